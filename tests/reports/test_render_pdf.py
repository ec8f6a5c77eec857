"""The PDF says what the snapshot says, is the same each time, and carries the snapshot."""

from __future__ import annotations

import io
import json
import re
import time
import zlib
from datetime import date
from functools import cache
from typing import Any

import pikepdf
import pypdfium2
import pytest

from core.money import Money, plain
from reports.render import fingerprint, render_pdf
from reports.render.archive import _end_well
from reports.render.frame import Proof
from reports.render.words import BOTH, EDITIONS, LANGUAGES, UnknownLanguage, word
from tests.golden.snapshot import empty_snapshot, golden_snapshot, large_snapshot, programme_snapshot


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


@cache
def golden_pdf(language: str) -> bytes:
    return render_pdf(snapshot=golden_snapshot(), language=language)


@cache
def golden_words(language: str) -> str:
    return " ".join(" ".join(pages_of(golden_pdf(language))).split())


def printed(minor: int) -> str:
    return plain(Money(minor, "USD")).replace("-", "−")


def amounts_in(part: Any) -> set[int]:
    """Find every amount of a part of the snapshot, however deep."""
    if isinstance(part, dict):
        own = {value for key, value in part.items() if key.endswith("_minor") and isinstance(value, int) and key != "local_minor"}
        members = set(part["members"].values()) if "members" in part else set()
        return own.union(members, *(amounts_in(value) for value in part.values()))
    if isinstance(part, list):
        return set().union(*(amounts_in(value) for value in part))
    return set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "part",
    ["headline", "equation", "by_purpose", "by_recipient", "by_category", "sales", "receipts", "allocations", "disbursements", "spending", "held"],
)
def test_every_amount_of_the_snapshot_can_be_read_in_the_pdf(part: str, language: str) -> None:
    missing = [printed(minor) for minor in amounts_in(golden_snapshot()[part]) if printed(minor) not in golden_words(language)]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_can_be_copied_out_of_the_pdf_letter_for_letter(language: str) -> None:
    without_breaks = golden_words(language).replace(" ", "")
    snapshot = golden_snapshot()
    names = [row["name"][language] for row in snapshot["by_recipient"]] + [row["sentence"][language] for row in snapshot["exceptions"]]
    assert [name for name in names if name.replace(" ", "").replace("-", "") not in without_breaks.replace("-", "").replace("\ufffe", "")] == []


@pytest.mark.parametrize("language", EDITIONS)
def test_the_same_snapshot_gives_the_same_bytes(language: str) -> None:
    first = golden_pdf(language)
    render_pdf(snapshot=empty_snapshot(), language="km")  # what was rendered in between leaves no mark
    time.sleep(1.1)  # nor does the clock
    assert render_pdf(snapshot=json.loads(json.dumps(golden_snapshot())), language=language) == first


def test_another_figure_gives_other_bytes_and_another_fingerprint() -> None:
    changed = golden_snapshot()
    changed["headline"]["period"]["paid_minor"] += 1
    assert fingerprint(snapshot=changed) != fingerprint(snapshot=golden_snapshot())
    assert render_pdf(snapshot=changed, language="en") != golden_pdf("en")


def test_the_snapshot_is_attached_and_hashes_to_the_printed_fingerprint() -> None:
    with pikepdf.open(io.BytesIO(golden_pdf("en"))) as document:
        attached = document.attachments["snapshot.json"].get_file().read_bytes()
    assert json.loads(attached) == golden_snapshot()
    assert fingerprint(snapshot=golden_snapshot()) in golden_words("en")


def test_the_file_states_the_archive_form_and_its_language() -> None:
    with pikepdf.open(io.BytesIO(golden_pdf("km"))) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert str(document.Root["/Lang"]) == "km"
        assert document.Root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_contents_name_the_page_on_which_each_section_begins() -> None:
    pages = pages_of(golden_pdf("en"))
    with pikepdf.open(io.BytesIO(golden_pdf("en"))) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert len(titles) == 15
    for title in titles:
        number, name = title.split(maxsplit=1)
        begins = [at for at, page in enumerate(pages, start=1) if at > 2 and re.search(rf"^{number}\s+{re.escape(name)}\s*$", page, re.MULTILINE)]
        assert len(begins) == 1, title
        assert str(begins[0]) in pages[1].split()


def test_every_inner_page_says_its_number_and_how_many_there_are() -> None:
    pages = pages_of(golden_pdf("en"))
    for at, page in enumerate(pages[1:], start=2):
        assert re.search(rf"Page {at} of\s+{len(pages)}\b", page), page[-200:]


@pytest.mark.parametrize("language", EDITIONS)
@pytest.mark.parametrize("snapshot", [golden_snapshot(), empty_snapshot(), programme_snapshot()])
def test_no_page_is_blank_but_for_its_head_and_foot(snapshot: dict[str, Any], language: str) -> None:
    bare = 6  # lines of head and foot
    assert all(len(page.splitlines()) > bare + 2 for page in pages_of(render_pdf(snapshot=snapshot, language=language)))


def test_every_page_of_a_demonstration_says_so() -> None:
    assert all(word("demonstration", "en") in page for page in pages_of(golden_pdf("en")))


def test_real_data_carries_no_demonstration_band() -> None:
    assert all(word("demonstration", "en") not in page for page in pages_of(render_pdf(snapshot=empty_snapshot(), language="en")))


def test_a_report_of_nothing_says_so_in_sentences() -> None:
    text = " ".join(pages_of(render_pdf(snapshot=empty_snapshot(), language="en")))
    for key in ("e_sales", "e_receipts", "e_allocation", "e_disbursements", "e_spending", "e_training", "e_held", "e_exceptions", "nothing_received"):
        assert word(key, "en") in text


def test_a_corrected_report_says_what_it_replaces_and_what_changed() -> None:
    pages = pages_of(render_pdf(snapshot=programme_snapshot(), language="en"))
    assert "2 (replaces version 1" in pages[0]
    assert "Interim — books not closed" in pages[0]
    assert "119,000.00" in pages[2]
    assert "A payment had been entered twice." in pages[2]


def test_a_difference_is_shouted_not_hidden() -> None:
    wrong = golden_snapshot()
    wrong["equation"]["closing"]["difference_minor"] = -150
    text = " ".join(pages_of(render_pdf(snapshot=wrong, language="en")))
    assert "The equation does not hold: difference USD −1.50" in text
    assert "The equation holds" not in text


def test_a_bank_without_statement_is_not_said_to_agree() -> None:
    snapshot = golden_snapshot()
    snapshot["equation"]["banks"][0] |= {"statement_on": None, "statement_minor": None, "difference_minor": None}
    text = " ".join(pages_of(render_pdf(snapshot=snapshot, language="en")))
    assert word("banks_differ", "en") in text


def test_a_very_long_name_wraps_and_stays_whole() -> None:
    snapshot = golden_snapshot()
    long_name = "Committee of the villages of " + ", ".join(f"Village{at:02d}" for at in range(60))
    snapshot["disbursements"][0]["recipient_name"] = {"en": long_name, "km": "គណៈកម្មការភូមិ" * 40}
    text = " ".join(" ".join(pages_of(render_pdf(snapshot=snapshot, language="en"))).split())
    assert long_name in text
    assert render_pdf(snapshot=snapshot, language="km")


def test_a_name_no_page_can_hold_is_cut_short_and_does_not_stop_the_report() -> None:
    snapshot = golden_snapshot()
    snapshot["held"][0]["reason"] = {"en": "W" * 40_000, "km": ""}
    assert "…" in " ".join(pages_of(render_pdf(snapshot=snapshot, language="en")))


def test_markup_and_letters_the_font_lacks_are_printed_as_text() -> None:
    snapshot = golden_snapshot()
    snapshot["sales"][0]["buyer"] = {"en": "<b>A&B</b> tCO₂ 株式会社", "km": "<b>A&B</b>"}
    text = " ".join(" ".join(pages_of(render_pdf(snapshot=snapshot, language="en"))).split())
    assert "<b>A&B</b> tCO2 ????" in text


def test_no_row_is_cut_by_the_end_of_a_page() -> None:
    snapshot = large_snapshot(200)
    pages = pages_of(render_pdf(snapshot=snapshot, language="en"))
    for at in range(200):
        holding = [page for page in pages if f"D-2026-{at:06d}" in page]
        assert len(holding) == 1
        assert f"Village committee number {at}" in holding[0]


def test_a_table_head_is_repeated_on_each_page() -> None:
    pages = pages_of(render_pdf(snapshot=large_snapshot(200), language="en"))
    listing = [page for page in pages if "D-2026-000" in page and "Village committee number" in page]
    assert len(listing) > 4
    assert all("Days from" in page and "Requested" in page for page in listing)


@pytest.mark.slow
def test_a_thousand_payments_are_all_printed() -> None:
    pdf = render_pdf(snapshot=large_snapshot(1000), language="en")
    assert len(pages_of(pdf)) > 40


@pytest.mark.parametrize("language", ["fr", "", "EN"])
def test_a_language_without_edition_is_refused(language: str) -> None:
    with pytest.raises(UnknownLanguage):
        render_pdf(snapshot=golden_snapshot(), language=language)


def test_the_last_day_printed_is_the_day_before_the_end() -> None:
    assert date.fromisoformat(golden_snapshot()["period"]["end"]) == date(2026, 10, 1)
    assert "1 Jul 2026 to 30 Sep 2026" in pages_of(golden_pdf("en"))[0]


def test_the_edition_of_both_languages_is_the_khmer_report_and_then_the_english_one() -> None:
    both, khmer, english = pages_of(golden_pdf(BOTH)), pages_of(golden_pdf("km")), pages_of(golden_pdf("en"))
    assert len(both) == len(khmer) + len(english) - 2  # one cover and one contents
    assert word("title", "en") in both[0]
    assert "របាយការណ៍" in both[0]

    def figures(pages: list[str]) -> list[str]:
        return re.findall(r"[\d,]+\.\d\d\b", "\n".join(pages))

    assert figures(both[2:]) == figures(khmer[2:]) + figures(english[2:])
    assert len(figures(both[2:])) > 200


def test_its_contents_name_both_pages_of_each_section_and_its_bookmarks_both_languages() -> None:
    pages = pages_of(golden_pdf(BOTH))
    with pikepdf.open(io.BytesIO(golden_pdf(BOTH))) as document, document.open_outline() as outline:
        assert [item.title for item in outline.root] == ["ភាសាខ្មែរ", "English"]
        assert [len(item.children) for item in outline.root] == [15, 15]
    begins = [at for at, page in enumerate(pages, start=1) if at > 2 and re.search(r"^1\s+At a glance\s*$", page, re.MULTILINE)]
    assert len(begins) == 1
    assert {"3", str(begins[0])} <= set(pages[1].split())


@pytest.mark.parametrize("language", EDITIONS)
def test_every_page_leads_to_its_verification(language: str) -> None:
    snapshot = golden_snapshot()
    address = Proof(fingerprint(snapshot=snapshot), snapshot["verify_address"]).address
    assert address
    assert address in "".join(pages_of(golden_pdf(language))[0].split())
    assert all(address in page for page in pages_of(golden_pdf(language)))
    with pikepdf.open(io.BytesIO(golden_pdf(language))) as document:
        assert all(any("qr" in name for name in page.resources.get("/XObject", {})) for page in document.pages)


@pytest.mark.parametrize("language", EDITIONS)
def test_a_file_without_signature_says_so_on_its_cover(language: str) -> None:
    cover = pages_of(golden_pdf(language))[0]
    if language != "km":
        assert "This copy is unsigned" in cover
    if language != "en":
        assert word("unsigned", "km").replace(" ", "") in "".join(cover.split())


@pytest.mark.parametrize("language", EDITIONS)
def test_a_second_judge_finds_the_archive_form_too(language: str) -> None:
    judge = pytest.importorskip("page")
    assert judge.validate_pdf_bytes(golden_pdf(language), profile="3b").is_compliant


def test_no_page_ends_in_what_could_be_read_as_a_line_end_once_it_is_packed() -> None:
    drawn = next(content for content in (b"q " * count for count in range(1, 300)) if zlib.compress(content).endswith(b"\r"))
    with pikepdf.new() as document:
        stream = pikepdf.Stream(document, drawn)
        _end_well(stream)
        assert stream.read_bytes() == drawn + b" "
        assert not zlib.compress(stream.read_bytes()).endswith(b"\r")
