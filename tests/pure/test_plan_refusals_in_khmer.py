"""What a plan file, a facts file and the engine refuse is said in Khmer too, with every value in its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation

from config import translations
from revenue.sharing.engine import Facts, NoEffectivePlan, PlanRefused, Source, allocate
from revenue.sharing.engine.refusal import Said
from revenue.sharing.planfile import parse, parse_facts, parse_periods
from tests.pure.test_engine_refusals import HEAD, SHARE, SPLIT, TWO
from tests.pure.test_planfile_mistakes import FACTS_MISTAKES, GOOD, MISTAKES

ROOM = Path(translations.ROOT) / "revenue" / "sharing"
_KHMER = re.compile(r"[\u1780-\u17ff]")
# Letters of a place that was not filled, or of a percent sign that was not halved.
_LEFT_OVER = re.compile(r"%\(|%%|Said\(")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin in English: a request leaves its language behind in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def khmer() -> Catalog:
    return translations.read("km")


@pytest.fixture(scope="module")
def refusals() -> list[PlanRefused]:
    return [one for first in _raised() for one in (first, *first.more)]


def _raised() -> Iterator[PlanRefused]:
    for _code, right, wrong, _line in MISTAKES:
        with pytest.raises(PlanRefused) as refused:
            parse(GOOD.replace(right, wrong, 1))
        yield refused.value
    for _code, text, _line in FACTS_MISTAKES:
        with pytest.raises(PlanRefused) as refused:
            parse_facts(text, currency="USD")
        yield refused.value
    with pytest.raises(PlanRefused) as refused:
        parse_periods("periods: []", currency="USD")
    yield refused.value
    for steps, facts in (
        (SHARE, ""),
        (SHARE, "groups: {villages: [a, b]}\nindicators:\n  area: {a: 1}"),
        (SHARE + "    floor: 500.00\n", TWO),
        (SHARE + "    ceiling: 100.00\n", TWO),
        (SHARE + "    base: 500.00\n", TWO),
        ("  - charge: rest\n    from: receipt\n    take: 2,000.00\n" + SPLIT, TWO),
        ("  - charge: rest\n    from: receipt\n    take: stated fee\n" + SPLIT, TWO),
        (SPLIT + "  - decided: villages\n    among: villages\n", TWO),
        (SPLIT, "overrides:\n  main: {authority: x, document: y, shares: {villages: 90 %}}"),
    ):
        with pytest.raises(PlanRefused) as refused:
            allocate(plan=parse(HEAD + steps), facts=parse_facts(facts, currency="USD") if facts else Facts(), source=Source(100_000, "USD"))
        yield refused.value
    yield NoEffectivePlan(source=Source(100_000, "USD"))


def _sentences(one: PlanRefused | Said) -> Iterator[str]:
    """Give every marked text a refusal is made of, those in its places included."""
    yield from (text for text in ((one.words,) if isinstance(one, Said) else (one.template, one.next_template)) if text)
    for value in one.values.values():
        if isinstance(value, Said):
            yield from _sentences(value)


def test_each_sentence_a_refusal_is_made_of_is_in_the_khmer_catalogue(refusals: list[PlanRefused], khmer: Catalog) -> None:
    said = {sentence for refusal in refusals for sentence in _sentences(refusal)}
    assert len(said) > 130
    missing = {sentence for sentence in said if (message := khmer.get(sentence)) is None or not message.string}
    assert missing == set()


def test_each_place_is_filled_in_both_languages_and_the_khmer_is_khmer(refusals: list[PlanRefused]) -> None:
    for refusal in refusals:
        english = str(refusal)
        with translation.override("km"):
            assert _KHMER.search(refusal.message), refusal.code
            assert not refusal.next_step or _KHMER.search(refusal.next_step), refusal.code
            assert not _LEFT_OVER.search(str(refusal)), str(refusal)
        assert not _LEFT_OVER.search(english) and not _KHMER.search(english), english
        assert str(refusal) == english


def test_words_inside_a_sentence_are_khmer_too_and_words_of_the_file_stay() -> None:
    with pytest.raises(PlanRefused) as refused:
        parse(GOOD.replace("charge: broker", "charge: [broker]", 1))
    assert str(refused.value) == "Line 13: “pot” must be one value, but a list stands here."
    with translation.override("km"):
        assert str(refused.value) == "បន្ទាត់ 13៖ «pot» ត្រូវតែជាតម្លៃតែមួយ ប៉ុន្តែនៅទីនេះមានបញ្ជី។"


def test_a_pot_is_called_by_its_title_in_the_language_of_the_sentence() -> None:
    text = HEAD.replace("title: Villages", "title: {en: Villages, km: ភូមិទាំងអស់}") + SPLIT + "  - decided: villages\n    among: villages\n"
    with pytest.raises(PlanRefused) as refused:
        allocate(plan=parse(text), facts=parse_facts(TWO, currency="USD"), source=Source(100_000, "USD"))
    assert "the recipients of Villages decide" in str(refused.value)
    with translation.override("km"):
        assert "អ្នកទទួលនៃ ភូមិទាំងអស់ សម្រេច" in str(refused.value)


def test_the_reason_a_line_keeps_is_the_same_whoever_reads_it() -> None:
    with translation.override("km"):
        refusal = NoEffectivePlan(source=Source(100_000, "USD"))
    assert refusal.lines[0].reason == "No approved benefit-sharing plan is in force for this receipt, so nothing is allocated."


def test_no_refusal_is_written_as_a_finished_english_sentence() -> None:
    found = [
        f"{path.relative_to(ROOM)}:{call.lineno}"
        for path in sorted(ROOM.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and any(_unmarked(text) for text in _texts(call))
    ]
    assert found == []


def _texts(call: ast.Call) -> list[ast.expr]:
    """Return the sentences a call refuses with; none if it refuses nothing."""
    if isinstance(call.func, ast.Name) and call.func.id == "PlanRefused":
        given = call.args[1:2]
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "refuse" and len(call.args) > 1:
        given = call.args[2:3]
    else:
        return []
    return [*given, *(keyword.value for keyword in call.keywords if keyword.arg == "next_step")]


def _unmarked(text: ast.expr) -> bool:
    if isinstance(text, ast.JoinedStr):
        return True
    # What holds nothing but other sentences has nothing to translate.
    return isinstance(text, ast.Constant) and text.value not in ("", "%(mistakes)s")
