"""Each rule of the ledger that the database holds, refused by raw SQL as the application."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from revenue.ledger import services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Account, Balance, BookClosing, Entry, Posting, Total, Tranche
from revenue.ledger.places import open_accounts
from revenue.ledger.refusals import constraint_of
from tests.revenue.ledger_books import (
    FX,
    NOT_OURS,
    OTHERS,
    RECEIVED,
    RESERVE,
    SHORTFALL,
    UNALLOCATED,
    advance,
    at_bank,
    charge,
    committed,
    pot,
    spent,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


class refused:  # noqa: N801 - reads like pytest.raises
    """Expect the database to refuse what is inside by the named rule, and leave the transaction usable."""

    def __init__(self, constraint: str) -> None:
        self.constraint = constraint

    def __enter__(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self.savepoint.__exit__(kind, error, trace)
        assert isinstance(error, IntegrityError), f"not refused: {error!r}"
        assert constraint_of(error) == self.constraint
        return True


def run(sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall() if cursor.description else []


def raw(event: str, /, *rows: Row, key: str = "raw", lines: int | None = None, reverses: int | None = None, **other: Any) -> None:
    """Write an entry and its postings by hand, past every service; ``other`` overwrites columns of the postings."""
    accounts = open_accounts(place for row in rows for place in (row.debit, row.credit))
    entry = run(
        "INSERT INTO ledger_entry (event, day, occurred_on, key, document, line_count, reverses_id) VALUES (%s, %s, %s, %s, 'raw', %s, %s) RETURNING id",
        event,
        DAY,
        DAY,
        key,
        len(rows) if lines is None else lines,
        reverses,
    )[0][0]
    postings = [
        Posting(
            **{
                "entry_id": entry,
                "line": line,
                "event": event,
                "day": DAY,
                "debit_id": accounts[row.debit.code],
                "credit_id": accounts[row.credit.code],
                "tranche_id": row.tranche_id,
                "lot": row.lot,
                "amount_minor": row.amount_minor,
                "currency": row.debit.currency,
                "local_minor": row.local_minor,
                "local_currency": row.local_currency,
                **other,
            }
        )
        for line, row in enumerate(rows, start=1)
    ]
    Posting.objects.bulk_create(postings)


@pytest.fixture
def tranche() -> Tranche:
    return services.open_tranche(source="SALE", received_on=date(2026, 1, 5), currency="USD", code="T1")


@pytest.fixture
def funded(tranche: Tranche) -> Tranche:
    """Pot A holds 100.00 and the unallocated place 900.00 of one tranche."""
    raw("receipt", Row(UNALLOCATED, RECEIVED, 100000, tranche.pk), key="receipt")
    raw("allocate", Row(pot("A"), UNALLOCATED, 10000, tranche.pk), key="allocate")
    return tranche


# --- Accounts, tranches, entries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "constraint"),
    [
        (Place("cellar", "USD"), "ledger_account_kind_known"),
        (Place("received", "usd"), "ledger_account_currency_is_iso"),
        (Place("pot", "USD", pot="A"), "ledger_account_bank_where_due"),
        (Place("spent", "USD", bank="X"), "ledger_account_bank_where_due"),
        (Place("pot", "USD", bank="X"), "ledger_account_pot_where_due"),
        (Place("charge", "USD"), "ledger_account_pot_where_due"),
        (Place("advance", "USD"), "ledger_account_holder_where_due"),
        (Place("advance", "USD", holder="Sok Dara"), "ledger_account_codes_only"),
        (Place("spent", "USD", purpose="a|b"), "ledger_account_codes_only"),
    ],
)
def test_an_account_that_is_no_place_is_refused(place: Place, constraint: str) -> None:
    with refused(constraint):
        run(
            "INSERT INTO ledger_account (kind, currency, bank, pot, holder, purpose) VALUES (%s, %s, %s, %s, %s, %s)",
            place.kind,
            place.currency,
            place.bank,
            place.pot,
            place.holder,
            place.purpose,
        )


def test_one_place_has_one_account() -> None:
    Account.objects.create(kind="pot", currency="USD", bank="X", pot="A")
    with refused("ledger_account_one_per_place"):
        Account.objects.create(kind="pot", currency="USD", bank="X", pot="A")


def test_the_guards_of_an_account_follow_from_its_kind_and_cannot_be_given() -> None:
    account = Account.objects.create(kind="advance", currency="USD", holder="A")
    assert (account.guarded, account.by_lot, account.by_lot_local, account.never_above_zero) == (True, True, True, False)
    with pytest.raises(Exception, match="guarded"), transaction.atomic():
        run("INSERT INTO ledger_account (kind, currency, bank, pot, holder, purpose, guarded) VALUES ('pot', 'USD', 'X', 'Q', '', '', false)")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (("", "SALE", "USD"), "ledger_tranche_has_code"),
        (("T9", "LOTTERY", "USD"), "ledger_tranche_source_known"),
        (("T9", "SALE", "usd"), "ledger_tranche_currency_is_iso"),
        (("T1", "SALE", "USD"), "ledger_tranche_code"),
    ],
)
def test_a_tranche_without_its_facts_is_refused(tranche: Tranche, values: tuple[str, str, str], constraint: str) -> None:
    with refused(constraint):
        run("INSERT INTO ledger_tranche (code, source, currency, received_on) VALUES (%s, %s, %s, '2026-01-01')", *values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (("allocate", "", "doc", 1, None), "ledger_entry_has_key"),
        (("allocate", "k", "", 1, None), "ledger_entry_has_document"),
        (("gift", "k", "doc", 1, None), "ledger_entry_event_known"),
        (("allocate", "k", "doc", 0, None), "ledger_entry_has_lines"),
        (("reversal", "k", "doc", 1, None), "ledger_entry_reversal_names_entry"),
        (("allocate", "receipt", "doc", 1, None), "ledger_entry_key"),
    ],
)
def test_an_entry_without_its_facts_is_refused(funded: Tranche, values: tuple[Any, ...], constraint: str) -> None:
    with refused(constraint):
        run(
            "INSERT INTO ledger_entry (event, key, document, line_count, reverses_id, day, occurred_on)"
            " VALUES (%s, %s, %s, %s, %s, '2026-03-02', '2026-03-02')",
            *values,
        )


def test_an_ordinary_entry_reverses_nothing(funded: Tranche) -> None:
    with refused("ledger_entry_reversal_names_entry"):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), reverses=Entry.objects.get(key="receipt").pk)


# --- One posting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"amount_minor": 0}, "ledger_posting_moves_something"),
        ({"amount_minor": -1}, "ledger_posting_moves_something"),
        ({"local_minor": -1, "local_currency": "KHR"}, "ledger_posting_local_has_currency"),
        ({"local_minor": 100}, "ledger_posting_local_has_currency"),
        ({"local_currency": "KHR"}, "ledger_posting_local_has_currency"),
        ({"lot": -1}, "ledger_posting_lot_not_negative"),
        ({"line": 2}, "ledger_posting_copies_entry"),
        ({"day": date(2026, 3, 3)}, "ledger_posting_copies_entry"),
        ({"event": "reallocate"}, "ledger_posting_copies_entry"),
    ],
)
def test_a_posting_that_is_no_movement_is_refused(funded: Tranche, columns: dict[str, Any], constraint: str) -> None:
    with refused(constraint):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), **columns)


def test_a_posting_moves_between_two_accounts(funded: Tranche) -> None:
    with refused("ledger_posting_two_accounts"):
        raw("reallocate", Row(pot("A"), pot("A"), 1, funded.pk))


@pytest.mark.parametrize(
    ("debit", "credit", "currency", "constraint"),
    [
        (Place("unallocated", "EUR", bank="X"), RECEIVED, "USD", "ledger_posting_debit_currency"),
        (UNALLOCATED, Place("received", "EUR"), "USD", "ledger_posting_credit_currency"),
        (Place("unallocated", "EUR", bank="X"), Place("received", "EUR"), "EUR", "ledger_posting_tranche_currency"),
    ],
)
def test_a_posting_and_its_places_and_tranche_are_in_one_currency(
    funded: Tranche, debit: Place, credit: Place, currency: str, constraint: str
) -> None:
    with refused(constraint):
        raw("receipt", Row(debit, credit, 1, funded.pk), currency=currency)


def test_a_pair_that_the_event_does_not_know_is_refused(funded: Tranche) -> None:
    with refused("ledger_posting_pair_allowed"):
        raw("spend", Row(spent("A"), pot("A"), 1, funded.pk))


def test_a_payment_cannot_skip_its_approval(funded: Tranche) -> None:
    with refused("ledger_posting_pair_allowed"):
        raw("pay", Row(advance("A"), pot("A"), 1, funded.pk, 7, 1, "USD"))


@pytest.mark.parametrize(
    ("event", "debit", "credit", "constraint"),
    [
        ("allocate", pot("A", bank="Y"), UNALLOCATED, "ledger_posting_same_bank"),
        ("bank_transfer", at_bank("pot", "A", holder="V"), pot("A"), "ledger_posting_other_bank"),
        ("bank_transfer", pot("B", bank="Y"), pot("A"), "ledger_posting_same_pot"),
        ("approve", committed("B"), pot("A"), "ledger_posting_same_pot"),
        ("bank_fee", charge("B"), pot("A"), "ledger_posting_same_pot"),
        ("bank_transfer", at_bank("pot", "A", bank="Y", holder="V"), at_bank("pot", "A", holder="W"), "ledger_posting_same_holder"),
    ],
)
def test_two_places_that_must_agree_and_do_not_are_refused(funded: Tranche, event: str, debit: Place, credit: Place, constraint: str) -> None:
    with refused(constraint):
        raw(event, Row(debit, credit, 1, funded.pk, 7))


def test_money_kept_by_disbursement_names_one(funded: Tranche) -> None:
    with refused("ledger_posting_lot_needed"):
        raw("approve", Row(committed("A"), pot("A"), 1, funded.pk))


def test_a_posting_of_no_entry_is_refused(funded: Tranche) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), entry_id=10**9)
        run("SET CONSTRAINTS ALL IMMEDIATE")


# --- One entry -----------------------------------------------------------------------------------------------------------


def test_an_entry_is_written_with_all_its_lines(funded: Tranche) -> None:
    with refused("ledger_posting_whole_entry"):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), lines=2)


def test_a_line_cannot_be_added_to_an_entry_later(funded: Tranche) -> None:
    entry = Entry.objects.get(key="allocate")
    with refused("ledger_posting_line"):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), entry_id=entry.pk)
    with refused("ledger_posting_copies_entry"):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk), entry_id=entry.pk, line=2)


@pytest.mark.parametrize(
    "row",
    [
        lambda tranche: Row(UNALLOCATED, pot("A"), 9999, tranche.pk),
        lambda tranche: Row(RESERVE, pot("A"), 10000, tranche.pk),
        lambda tranche: Row(pot("A"), UNALLOCATED, 10000, tranche.pk),
    ],
)
def test_a_reversal_mirrors_its_entry(funded: Tranche, row: Any) -> None:
    with refused("ledger_posting_mirrors_entry"):
        raw("reversal", row(funded), reverses=Entry.objects.get(key="allocate").pk)


def test_a_reversal_is_not_reversed(funded: Tranche) -> None:
    raw("reversal", Row(UNALLOCATED, pot("A"), 10000, funded.pk), key="undo", reverses=Entry.objects.get(key="allocate").pk)
    with refused("ledger_posting_mirrors_entry"):
        raw("reversal", Row(pot("A"), UNALLOCATED, 10000, funded.pk), reverses=Entry.objects.get(key="undo").pk)


def test_an_entry_is_reversed_once(funded: Tranche) -> None:
    original = Entry.objects.get(key="allocate").pk
    raw("reversal", Row(UNALLOCATED, pot("A"), 10000, funded.pk), key="undo", reverses=original)
    with pytest.raises(IntegrityError, match="reverses_id"), transaction.atomic():
        raw("reversal", Row(UNALLOCATED, pot("A"), 10000, funded.pk), reverses=original)


def test_only_a_payment_is_returned_by_the_bank(funded: Tranche) -> None:
    with refused("ledger_posting_mirrors_entry"):
        raw("returned", Row(UNALLOCATED, pot("A"), 10000, funded.pk), reverses=Entry.objects.get(key="allocate").pk)


def test_a_refund_takes_in_one_tranche_what_it_gives_in_another(funded: Tranche) -> None:
    with refused("ledger_posting_refund_in_pairs"):
        raw("refund", Row(spent("A"), pot("A"), 100, funded.pk))


# --- Balances --------------------------------------------------------------------------------------------------------------


def test_a_place_of_ours_does_not_go_below_zero(funded: Tranche) -> None:
    with refused("ledger_balance_enough_money"):
        raw("reallocate", Row(RESERVE, pot("A"), 10001, funded.pk))


def test_the_money_of_another_tranche_does_not_help(funded: Tranche) -> None:
    other = services.open_tranche(source="SALE", received_on=date(2026, 1, 6), currency="USD", code="T2")
    with refused("ledger_balance_enough_money"):
        raw("reallocate", Row(RESERVE, pot("A"), 1, other.pk))


def test_the_money_of_another_disbursement_does_not_help(funded: Tranche) -> None:
    raw("approve", Row(committed("A"), pot("A"), 5000, funded.pk, 7), key="approve")
    with refused("ledger_balance_enough_money"):
        raw("release_commitment", Row(pot("A"), committed("A"), 1, funded.pk, 8))


def test_within_one_entry_only_the_net_counts(funded: Tranche) -> None:
    raw("reallocate", Row(pot("B"), pot("A"), 20000, funded.pk), Row(pot("A"), pot("C"), 15000, funded.pk), Row(pot("C"), pot("B"), 15000, funded.pk))
    assert Balance.objects.get(account__pot="A", account__kind="pot").amount_minor == 5000


def test_a_fact_is_never_refused(funded: Tranche) -> None:
    raw("bank_fee", Row(charge("A"), SHORTFALL, 10**9, funded.pk))
    assert Balance.objects.get(account__kind="shortfall").amount_minor == -(10**9)


def test_a_shortfall_is_never_above_zero(funded: Tranche) -> None:
    raw("bank_fee", Row(charge("A"), SHORTFALL, 100, funded.pk), key="fee")
    with refused("ledger_balance_shortfall_below_zero"):
        raw("cover", Row(SHORTFALL, pot("A"), 101, funded.pk))


def _paid(tranche: Tranche, lot: int, cents: int, riel: int, currency: str = "KHR") -> None:
    raw("approve", Row(committed("A"), pot("A"), cents, tranche.pk, lot), key=f"approve {lot}")
    raw("pay", Row(advance("V"), committed("A"), cents, tranche.pk, lot, riel, currency), key=f"pay {lot}")


def test_cents_do_not_stay_where_no_riel_are_left(funded: Tranche) -> None:
    _paid(funded, 7, 1000, 40000)
    with refused("ledger_balance_no_cents_without_riel"):
        raw("spend", Row(spent("V"), advance("V"), 999, funded.pk, 7, 40000, "KHR"))


def test_riel_may_stay_where_no_cents_are_left(funded: Tranche) -> None:
    _paid(funded, 7, 1000, 40000)
    raw("spend", Row(spent("V"), advance("V"), 1000, funded.pk, 7, 39999, "KHR"))


def test_more_riel_than_were_paid_are_not_spent(funded: Tranche) -> None:
    _paid(funded, 7, 1000, 40000)
    with refused("ledger_balance_enough_money"):
        raw("spend", Row(spent("V"), advance("V"), 1000, funded.pk, 7, 40001, "KHR"))


def test_a_lot_is_held_in_one_local_currency(funded: Tranche) -> None:
    _paid(funded, 7, 1000, 40000)
    with refused("ledger_posting_lot_one_local_currency"):
        raw("spend", Row(spent("V"), advance("V"), 10, funded.pk, 7, 10, "USD"))


def test_two_lots_may_be_held_in_two_currencies(funded: Tranche) -> None:
    _paid(funded, 7, 1000, 40000)
    _paid(funded, 8, 1000, 1000, "USD")
    assert set(Balance.objects.filter(account__kind="advance").values_list("lot", "local_currency")) == {(7, "KHR"), (8, "USD")}


def test_totals_follow_the_postings(funded: Tranche) -> None:
    totals = {total.account.code: total.amount_minor for total in Total.objects.select_related("account")}
    assert totals == {RECEIVED.code: -100000, UNALLOCATED.code: 90000, pot("A").code: 10000}


# --- Closed books ------------------------------------------------------------------------------------------------------------


def _close(through: date) -> None:
    run("INSERT INTO ledger_bookclosing (closed_through, closed_at, closed_by_id, posting_count) VALUES (%s, now(), 1, 0)", through)


def test_a_posting_on_a_closed_day_is_refused(funded: Tranche) -> None:
    _close(DAY)
    with refused("ledger_posting_books_open"):
        raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk))


def test_a_posting_after_the_closed_day_is_written(funded: Tranche) -> None:
    _close(date(2026, 3, 1))
    raw("allocate", Row(pot("A"), UNALLOCATED, 1, funded.pk))


@pytest.mark.parametrize("through", [date(2026, 3, 1), date(2026, 2, 28)])
def test_books_are_closed_forward_only(funded: Tranche, through: date) -> None:
    _close(date(2026, 3, 1))
    with refused("ledger_bookclosing_forward"):
        _close(through)


def test_a_closing_counts_its_postings_whatever_it_is_told(funded: Tranche) -> None:
    closing = BookClosing.objects.create(closed_through=DAY, closed_at=datetime(2026, 4, 1, tzinfo=UTC), closed_by_id=1, posting_count=99)
    closing.refresh_from_db()
    assert closing.posting_count == 2


# --- The other world -----------------------------------------------------------------------------------------------------------


def test_what_is_not_ours_is_guarded_and_outside_the_equation(funded: Tranche) -> None:
    raw("hold_not_ours", Row(NOT_OURS, OTHERS, 500, funded.pk), key="held")
    with refused("ledger_balance_enough_money"):
        raw("refund_not_ours", Row(OTHERS, NOT_OURS, 501, funded.pk))


def test_an_exchange_difference_may_go_either_way(funded: Tranche) -> None:
    raw("return", Row(pot("A"), FX, 300, funded.pk))
    assert Balance.objects.get(account__kind="fx").amount_minor == -300
