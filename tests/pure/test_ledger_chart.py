"""The chart says of every kind and event what the rest relies on."""

from __future__ import annotations

from collections import Counter

from revenue.ledger import chart
from revenue.ledger.chart import Place, place_of


def test_a_place_survives_being_written_as_a_code() -> None:
    place = Place("pot", "USD", bank="ABA-1", pot="keo-seima/villages", holder="KS-01", purpose="training")
    assert place_of(place.code) == place


def test_each_pair_is_listed_once_for_its_event() -> None:
    listed = Counter((pair.event, pair.debit, pair.credit) for pair in chart.PAIRS)
    assert [key for key, times in listed.items() if times > 1] == []


def test_only_known_kinds_stand_in_pairs() -> None:
    assert {kind for pair in chart.PAIRS for kind in (pair.debit, pair.credit)} <= set(chart.KINDS)


def test_every_kind_and_event_has_a_name_to_read() -> None:
    assert set(chart.KIND_NAMES) == set(chart.KINDS)
    assert set(chart.EVENT_NAMES) == set(chart.EVENTS)


def test_money_enters_and_leaves_the_equation_only_by_receipts() -> None:
    across = [pair for pair in chart.PAIRS if (pair.debit in chart.OURS) != (pair.credit in chart.OURS)]
    assert {pair.event for pair in across} == {"receipt", "identify", "opening", "recall"}
    assert all(chart.RECEIVED in (pair.debit, pair.credit) for pair in across)


def test_what_is_not_ours_moves_only_against_what_is_owed_to_others_or_to_another_bank() -> None:
    touching = {(pair.debit, pair.credit) for pair in chart.PAIRS if chart.NOT_OURS in (pair.debit, pair.credit)}
    assert touching == {("not_ours", "others"), ("others", "not_ours"), ("not_ours", "not_ours")}


def test_money_leaves_the_pot_for_a_recipient_only_after_approval() -> None:
    paying = {pair.credit for pair in chart.PAIRS if pair.debit == chart.ADVANCE and pair.event not in ("refund", "opening")}
    assert paying == {chart.COMMITTED}
