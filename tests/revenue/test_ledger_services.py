"""Posting twice is once; refusals say which; draws choose the right money."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from psycopg.sql import SQL, Identifier

from config.environment import APPLICATION_ROLE
from revenue.ledger import queries, services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Account, Entry, Posting, Tranche
from revenue.ledger.refusals import (
    AlreadyReversed,
    BooksClosed,
    KeyUsedOtherwise,
    MoneyHasMoved,
    MoreThanTheShortfall,
    NotEnoughMoney,
    OneCurrency,
    PairNotAllowed,
)
from revenue.ledger.services import EntryDraft
from tests.revenue.ledger_books import RECEIVED, RESERVE, SHORTFALL, UNALLOCATED, advance, charge, committed, pot, spent

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def tranche(code: str, received_on: date = date(2026, 1, 5), currency: str = "USD") -> Tranche:
    return services.open_tranche(source="SALE", received_on=received_on, currency=currency, code=code)


def post(event: str, *rows: Row, key: str, day: date = DAY, document: str = "doc:1") -> Entry:
    return services.post(event=event, day=day, rows=rows, key=key, document=document, by_id=1)


@pytest.fixture
def money() -> dict[str, Tranche]:
    """T1, the younger by number and older by date, and T2; 100.00 of each in pot A."""
    both = {"T2": tranche("T2", date(2026, 1, 6)), "T1": tranche("T1", date(2026, 1, 5))}
    for code, one in both.items():
        post("receipt", Row(UNALLOCATED, RECEIVED, 20000, one.pk), key=f"receipt {code}")
        post("allocate", Row(pot("A"), UNALLOCATED, 10000, one.pk), key=f"allocate {code}")
    return both


# --- Once ---------------------------------------------------------------------------------------------------------------


def test_the_same_key_with_the_same_facts_is_the_same_entry(money: dict[str, Tranche]) -> None:
    row = Row(pot("A"), UNALLOCATED, 1, money["T1"].pk)
    first, again = (post("allocate", row, key="k") for _time in range(2))
    assert first == again
    assert again.created_at == first.created_at
    assert Posting.objects.filter(entry=first).count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"rows": [Row(pot("A"), UNALLOCATED, 2, 0)]},
        {"rows": [Row(pot("B"), UNALLOCATED, 1, 0)]},
        {"day": date(2026, 3, 3)},
        {"document": "doc:2"},
        {"event": "release", "rows": [Row(pot("A"), RESERVE, 1, 0)]},
        {"occurred_on": date(2026, 2, 1)},
    ],
)
def test_the_same_key_with_other_facts_is_refused(money: dict[str, Tranche], other: dict[str, object]) -> None:
    facts: dict[str, object] = {"event": "allocate", "day": DAY, "rows": [Row(pot("A"), UNALLOCATED, 1, 0)], "document": "doc:1"}
    for asked in (facts, facts | other):
        rows = [Row(row.debit, row.credit, row.amount_minor, money["T1"].pk) for row in asked["rows"]]  # type: ignore[attr-defined]
        if asked is facts:
            services.post(**(asked | {"rows": rows}), key="k", by_id=1)  # type: ignore[arg-type]
        else:
            with pytest.raises(KeyUsedOtherwise):
                services.post(**(asked | {"rows": rows}), key="k", by_id=1)  # type: ignore[arg-type]
    assert queries.balance(pot("A")) == 20001


def test_a_tranche_is_opened_once_and_its_facts_stay() -> None:
    assert tranche("T1") == tranche("T1")
    with pytest.raises(KeyUsedOtherwise):
        tranche("T1", date(2026, 1, 9))


def test_an_entry_and_its_rows_are_one_statement(money: dict[str, Tranche]) -> None:
    with CaptureQueriesContext(connection) as seen:
        post("allocate", Row(pot("A"), UNALLOCATED, 1, money["T1"].pk), Row(pot("A"), UNALLOCATED, 1, money["T2"].pk), key="k")
    # With the savepoint before it and its release behind it: one message, and one answer that is waited for.
    (sent,) = (query["sql"] for query in seen)
    assert [part.split()[0] for part in sent.split(";")] == ["SAVEPOINT", "SELECT", "RELEASE"]


def test_a_refusal_leaves_the_transaction_and_what_it_holds_usable(money: dict[str, Tranche]) -> None:
    with transaction.atomic():
        post("allocate", Row(pot("A"), UNALLOCATED, 1, money["T1"].pk), key="before")
        for _time in range(2):
            with pytest.raises(NotEnoughMoney):
                post("allocate", Row(pot("A"), UNALLOCATED, 10**12, money["T1"].pk), key="refused")
        post("allocate", Row(pot("A"), UNALLOCATED, 1, money["T1"].pk), key="after")
    assert set(Entry.objects.filter(document="doc:1").values_list("key", flat=True)) >= {"before", "after"}
    assert not Entry.objects.filter(key="refused").exists()
    assert queries.balance(pot("A")) == 20002


def test_an_entry_without_rows_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="rows"):
        post("allocate", key="k")


def test_an_account_is_opened_when_its_place_is_first_named(money: dict[str, Tranche]) -> None:
    post("reallocate", Row(pot("new/pot"), pot("A"), 1, money["T1"].pk), key="k")
    assert Account.objects.get(pot="new/pot").place == pot("new/pot")


def test_the_database_and_the_chart_write_the_same_account_code() -> None:
    place = Place("advance", "USD", pot="keo-seima/villages", holder="KS-01", purpose="training")
    Account.objects.create(kind=place.kind, currency="USD", pot=place.pot, holder=place.holder, purpose=place.purpose)
    assert Account.objects.get(holder="KS-01").code == place.code


# --- Batches ----------------------------------------------------------------------------------------------------------------


def draft(amount: int, one: Tranche, key: str, event: str = "allocate", debit: Place = RESERVE) -> EntryDraft:
    return EntryDraft(event, DAY, [Row(debit, UNALLOCATED, amount, one.pk)], key, "doc:1", 1)


def test_a_batch_returns_ids_in_the_order_given_and_twice_is_once(money: dict[str, Tranche]) -> None:
    drafts = [draft(10, money["T1"], "b1"), draft(20, money["T2"], "b2")]
    ids = services.post_many(entries=drafts)
    assert [Entry.objects.get(id=one).key for one in ids] == ["b1", "b2"]
    assert services.post_many(entries=[*drafts, draft(30, money["T1"], "b3")])[:2] == ids
    assert queries.balance(RESERVE) == 60


def test_a_batch_with_one_refused_entry_writes_nothing(money: dict[str, Tranche]) -> None:
    with pytest.raises(NotEnoughMoney):
        services.post_many(entries=[draft(10, money["T1"], "b1"), draft(10**9, money["T1"], "b2")])
    assert not Entry.objects.filter(key__in=["b1", "b2"]).exists()
    assert queries.balance(RESERVE) == 0


def test_a_batch_that_names_a_key_twice_is_refused(money: dict[str, Tranche]) -> None:
    with pytest.raises(KeyUsedOtherwise):
        services.post_many(entries=[draft(10, money["T1"], "b1"), draft(20, money["T1"], "b1")])


def test_a_batch_keeps_every_letter_of_a_document(money: dict[str, Tranche]) -> None:
    odd = "a\\b\tc\nd\r\\N ខ្មែរ"
    services.post_many(entries=[EntryDraft("allocate", DAY, [Row(RESERVE, UNALLOCATED, 1, money["T1"].pk)], odd, odd, None)])
    assert Entry.objects.values_list("key", "document", "made_by_id").get(key=odd) == (odd, odd, None)


def rows_read(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = %s", [table])
        return int(cursor.fetchone()[0])


def test_one_entry_after_a_batch_reads_no_history(money: dict[str, Tranche]) -> None:
    services.post_many(entries=[draft(1, money["T1"], f"b{number}") for number in range(500)])
    # Without counts the planner may take a table of 500 rows for an empty one, and read it whole for that reason. Only owners count.
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE ledger_entry, ledger_posting")
        cursor.execute(SQL("SET ROLE {}").format(Identifier(APPLICATION_ROLE)))
    before = [rows_read(table) for table in ("ledger_entry", "ledger_posting")]
    post("allocate", Row(RESERVE, UNALLOCATED, 1, money["T1"].pk), key="k")
    assert [rows_read(table) for table in ("ledger_entry", "ledger_posting")] == before


def test_an_empty_batch_writes_nothing() -> None:
    assert services.post_many(entries=[]) == []


# --- Refusals are sentences ---------------------------------------------------------------------------------------------------


def test_a_refusal_leaves_the_callers_transaction_usable(money: dict[str, Tranche]) -> None:
    with pytest.raises(NotEnoughMoney):
        post("reallocate", Row(RESERVE, pot("A"), 10001, money["T1"].pk), key="k")
    assert queries.balance(pot("A")) == 20000


def test_an_event_that_does_not_know_the_pair_is_refused_in_words(money: dict[str, Tranche]) -> None:
    with pytest.raises(PairNotAllowed, match="Choose the event"):
        post("spend", Row(spent("V"), pot("A"), 1, money["T1"].pk), key="k")


def test_money_of_two_currencies_is_refused(money: dict[str, Tranche]) -> None:
    euro = Place("unallocated", "EUR", bank="X")
    with pytest.raises(OneCurrency):
        post("receipt", Row(euro, Place("received", "EUR"), 1, money["T1"].pk), key="k")


def test_a_closed_day_is_refused_and_the_next_is_not(money: dict[str, Tranche]) -> None:
    for _time in range(2):
        services.close_books(through=DAY, by_id=1, at=datetime(2026, 4, 1, tzinfo=UTC))
    with pytest.raises(BooksClosed):
        post("reallocate", Row(RESERVE, pot("A"), 1, money["T1"].pk), key="k")
    post("reallocate", Row(RESERVE, pot("A"), 1, money["T1"].pk), key="k", day=date(2026, 3, 3))


def test_books_are_not_closed_backwards() -> None:
    services.close_books(through=DAY, by_id=1, at=datetime(2026, 4, 1, tzinfo=UTC))
    with pytest.raises(BooksClosed):
        services.close_books(through=date(2026, 3, 1), by_id=1, at=datetime(2026, 4, 1, tzinfo=UTC))


def test_no_more_than_the_shortfall_is_covered(money: dict[str, Tranche]) -> None:
    post("bank_fee", Row(charge("A"), SHORTFALL, 1500, money["T1"].pk), key="fee")
    with pytest.raises(MoreThanTheShortfall):
        post("cover", Row(SHORTFALL, pot("A"), 1501, money["T1"].pk), key="k")


# --- Reversal -------------------------------------------------------------------------------------------------------------------


def undo(entry: Entry, key: str = "undo", **other: object) -> Entry:
    facts: dict[str, object] = {"day": date(2026, 3, 9), "by_id": 2, "document": "doc:9"}
    return services.reverse(entry_id=entry.pk, key=key, **(facts | other))  # type: ignore[arg-type]


def test_a_reversal_puts_everything_back(money: dict[str, Tranche]) -> None:
    before = queries.trial_balance("USD")
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    done = undo(entry)
    assert done.reverses_id == entry.pk
    assert [line for line in queries.trial_balance("USD") if line.amount_minor] == before


def test_the_same_reversal_twice_is_once(money: dict[str, Tranche]) -> None:
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    assert undo(entry) == undo(entry)


def test_a_second_reversal_is_refused(money: dict[str, Tranche]) -> None:
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    undo(entry)
    with pytest.raises(AlreadyReversed):
        undo(entry, key="undo again")


def test_a_reversal_with_a_key_of_something_else_is_refused(money: dict[str, Tranche]) -> None:
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    with pytest.raises(KeyUsedOtherwise):
        undo(entry, key="allocate T1")


def test_a_reversal_of_a_reversal_is_refused(money: dict[str, Tranche]) -> None:
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    with pytest.raises(PairNotAllowed):
        undo(undo(entry), key="undo the undoing")


def test_an_entry_whose_money_went_on_is_not_reversed(money: dict[str, Tranche]) -> None:
    with pytest.raises(MoneyHasMoved, match="no longer where it was put"):
        undo(Entry.objects.get(key="receipt T1"))


def test_a_reversal_on_a_closed_day_is_refused(money: dict[str, Tranche]) -> None:
    entry = post("reallocate", Row(pot("B"), pot("A"), 500, money["T1"].pk), key="k")
    services.close_books(through=date(2026, 3, 31), by_id=1, at=datetime(2026, 4, 1, tzinfo=UTC))
    with pytest.raises(BooksClosed):
        undo(entry)
    assert undo(entry, day=date(2026, 4, 1)).day == date(2026, 4, 1)


# --- Draws ------------------------------------------------------------------------------------------------------------------------


def test_a_draw_takes_the_tranche_received_first_whatever_its_number(money: dict[str, Tranche]) -> None:
    with transaction.atomic():
        drawn = services.draw(sources=[pot("A")], others=[committed("A")], amount_minor=10001)
    assert [(one.tranche_id, one.amount_minor) for one in drawn] == [(money["T1"].pk, 10000), (money["T2"].pk, 1)]


def test_a_draw_may_be_limited_to_named_tranches(money: dict[str, Tranche]) -> None:
    with transaction.atomic():
        drawn = services.draw(sources=[pot("A")], amount_minor=10000, tranche_ids=[money["T2"].pk])
    assert [one.tranche_id for one in drawn] == [money["T2"].pk]


def test_of_one_tranche_an_earlier_source_goes_first(money: dict[str, Tranche]) -> None:
    earmarked = Place("pot", "USD", bank="X", pot="A", holder="V")
    post("reallocate", Row(earmarked, pot("A"), 4000, money["T1"].pk), key="k")
    with transaction.atomic():
        drawn = services.draw(sources=[earmarked, pot("A")], amount_minor=5000)
    assert [(one.place, one.amount_minor) for one in drawn] == [(earmarked, 4000), (pot("A"), 1000)]


def test_a_draw_says_what_is_available_when_it_is_too_little(money: dict[str, Tranche]) -> None:
    with transaction.atomic(), pytest.raises(NotEnoughMoney, match="USD 200.00") as refusal:
        services.draw(sources=[pot("A")], amount_minor=20001)
    assert refusal.value.available_minor == 20000


def test_a_draw_from_a_place_never_used_finds_nothing(money: dict[str, Tranche]) -> None:
    with pytest.raises(NotEnoughMoney) as refusal, transaction.atomic():
        services.draw(sources=[pot("never")], amount_minor=1)
    assert refusal.value.available_minor == 0


@pytest.mark.django_db(transaction=True)
def test_a_draw_outside_a_transaction_is_a_fault_of_the_program() -> None:
    with pytest.raises(TransactionManagementError):
        services.draw(sources=[pot("A")], amount_minor=1)


def test_a_lot_is_drawn_as_it_was_filled(money: dict[str, Tranche]) -> None:
    rows = [Row(committed("A"), pot("A"), 600, money["T1"].pk, 7), Row(committed("A"), pot("A"), 400, money["T2"].pk, 7)]
    post("approve", *rows, key="k")
    with transaction.atomic():
        whole = services.draw_lot(place=committed("A"), amount_minor=1000, lot=7)
        with pytest.raises(NotEnoughMoney):
            services.draw_lot(place=committed("A"), amount_minor=1, lot=8)
    assert [(one.tranche_id, one.amount_minor) for one in whole] == [(money["T1"].pk, 600), (money["T2"].pk, 400)]


def _advance(one: Tranche, lot: int, cents: int, local: int, currency: str) -> None:
    post("approve", Row(committed("A"), pot("A"), cents, one.pk, lot), key=f"approve {lot}")
    post("pay", Row(advance("V"), committed("A"), cents, one.pk, lot, local, currency), key=f"pay {lot}")


def test_riel_are_drawn_in_the_order_the_lots_were_paid(money: dict[str, Tranche]) -> None:
    _advance(money["T1"], 7, 1000, 40000, "KHR")
    _advance(money["T2"], 8, 1000, 41000, "KHR")
    with transaction.atomic():
        drawn = services.draw_local(place=advance("V"), local_minor=82000, lots=[8, 7])
    assert [(one.lot, one.amount_minor, one.local_minor) for one in drawn.rows] == [(8, 1000, 41000), (7, 1000, 40000)]
    assert (drawn.not_covered_minor, drawn.local_currency) == (1000, "KHR")


def test_lots_held_in_two_currencies_want_one_named(money: dict[str, Tranche]) -> None:
    _advance(money["T1"], 7, 1000, 40000, "KHR")
    _advance(money["T2"], 8, 1000, 1000, "USD")
    with transaction.atomic():
        with pytest.raises(OneCurrency):
            services.draw_local(place=advance("V"), local_minor=100)
        assert services.draw_local(place=advance("V"), local_minor=100, local_currency="USD").rows[0].lot == 8


def test_what_nobody_advanced_is_not_covered(money: dict[str, Tranche]) -> None:
    with transaction.atomic():
        drawn = services.draw_local(place=advance("nobody"), local_minor=500)
    assert (drawn.rows, drawn.not_covered_minor, drawn.local_currency) == ([], 500, "")
