"""Khmer is shaped, broken between words, and copied out of a PDF letter for letter."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from reports.render import letters
from reports.render.letters import BOLD, REGULAR, draw_text, line_width, printable, text_width, true_letters, words, wrap
from reports.render.words import LANGUAGES, WORDS

letters.register_fonts()

PHRASES = [
    "ក្រសួងបរិស្ថាន ព្រះរាជាណាចក្រកម្ពុជា",
    "គម្រោងរេដបូក ដែនជម្រកសត្វព្រៃកែវសីមា 2026 (USD)",
    "Keo Seima — “បញ្ជី” «ផែនការ» ២០២៦ ៖ ខ្ញែង ស៊ី ប៉ុស្តិ៍ កញ្ញា",
    "គណៈកម្មការភូមិអណ្តូងក្រឡឹង",
    "Aក្រសួង",
]


def copied(text: str, face: str, *, align: str = "left") -> str:
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(800, 100), initialFontName=REGULAR, invariant=1)
    draw_text(canvas, 400 if align == "centre" else 20 if align == "left" else 780, 50, text, face, 16, align=align)
    canvas.save()
    return str(pypdfium2.PdfDocument(written.getvalue())[0].get_textpage().get_text_range())


@pytest.mark.parametrize("face", [REGULAR, BOLD])
@pytest.mark.parametrize("text", PHRASES)
def test_text_is_copied_letter_for_letter(text: str, face: str) -> None:
    assert copied(text, face) == text


@pytest.mark.parametrize("align", ["right", "centre"])
def test_alignment_does_not_change_the_letters(align: str) -> None:
    assert copied(PHRASES[0], REGULAR, align=align) == PHRASES[0]


def test_subscript_letters_are_shaped_and_not_set_side_by_side() -> None:
    (word,) = words("ក្រ", REGULAR)
    assert len(word.glyphs) == 2  # coeng and ro are one glyph, drawn before the letter
    assert word.width < sum(text_width(letter, REGULAR, 1) for letter in "ករ") * 1.1


def test_a_long_phrase_breaks_between_words() -> None:
    text = "បង្កាន់ដៃបានចូលនៅពេលគ្មានផែនការមានសុពលភាពហើយមិនទាន់បានបែងចែក"
    lines = wrap(text, REGULAR, 10, 120)
    assert len(lines) > 1
    assert "".join(word.text for line in lines for word in line) == text
    pieces = {word.text for word in words(text, REGULAR)}
    assert all(word.text in pieces for line in lines for word in line)


@pytest.mark.parametrize("width", [30.0, 77.0, 200.0])
@pytest.mark.parametrize("text", [*PHRASES, "12629001-12684000-VCS-VCU-263-VER-KH-14-1650-01012020-31122020-1", "W" * 90, "ក" * 90])
def test_no_line_is_wider_than_asked(text: str, width: float) -> None:
    for line in wrap(text, REGULAR, 9, width):
        assert line_width(line, REGULAR) * 9 <= width + 0.01 or len(line) == 1


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="កខគ្រា ិុំះេសូមabc1-/ ", max_size=60), st.sampled_from([40.0, 90.0, 300.0]))
def test_wrapping_loses_no_letter(text: str, width: float) -> None:
    kept = "".join(word.text for line in wrap(text, REGULAR, 9, width) for word in line)
    assert kept == "".join(text.split())


def test_letters_the_font_lacks_are_replaced_not_boxed() -> None:
    assert printable("tCO₂ 株 ﬁ", REGULAR) == "tCO2 ? fi"


def test_control_and_private_letters_are_dropped() -> None:
    assert printable("a\x00b\u2063c\ue123d", REGULAR) == "abcd"


def test_private_codes_stand_for_real_letters() -> None:
    spelled = true_letters(REGULAR)
    (word,) = words("ក", REGULAR)
    assert spelled[word.glyphs[0].letter] == "ក"


@pytest.mark.parametrize("key", sorted(WORDS))
def test_each_word_of_the_report_exists_and_can_be_printed_in_both_languages(key: str) -> None:
    assert len(WORDS[key]) == len(LANGUAGES)
    for text in WORDS[key]:
        assert text.strip()
        assert printable(text, REGULAR) == text.replace("\u200b", "\u200b")
