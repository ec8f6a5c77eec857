"""Receipts taken back, identified anew, refunded or of other money; transfers between banks: facts kept, every no a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from core.audit.models import AuditRecord
from core.files import store
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from revenue.credits import queries, services
from revenue.credits.models import BankTransfer, Correction, Identification, Issuance, OtherIncome, Recall, Receipt, Sale
from revenue.credits.refusals import AlreadyThere, NotPossible, WrongValue
from revenue.ledger import checks
from revenue.ledger.chart import ALLOCATE, APPROVE, Place, Row
from revenue.ledger.queries import balance, balances_by_tranche, equations_by_tranche
from revenue.ledger.refusals import NotEnoughMoney
from revenue.ledger.services import close_books, post
from tests.database import tampered
from tests.revenue.credits_office import AT, DAY, approver, bank, issuance, officer, person, project, receipt, sale

pytestmark = pytest.mark.django_db

USD, X = "USD", "moe-usd"
UNALLOCATED = Place("unallocated", USD, bank=X)
NOT_OURS = Place("not_ours", USD, bank=X)
SHORTFALL = Place("shortfall", USD, bank=X)
RESERVE = Place("reserve", USD, bank=X, pot="keo-seima/reserve")
A = Place("pot", USD, bank=X, pot="keo-seima/a")
B = Place("pot", USD, bank=X, pot="keo-seima/b")
COMMITTED_A = Place("committed", USD, bank=X, pot="keo-seima/a")


def document() -> int:
    return store(data=b"%PDF-1.4 advice", media_type="application/pdf", original_name="advice.pdf", by=officer(), at=AT).pk


def recall(of: Receipt, amount: int, reference: str = "RV1", **other: Any) -> Recall:
    facts: dict[str, Any] = {"value_date": date(2026, 10, 20), "reason": "Payment stopped", "document_id": document(), "by": officer(), "at": AT}
    return services.recall_receipt(receipt_id=of.pk, amount_minor=amount, bank_reference=reference, **{**facts, **other})


def shared(of: Receipt, **amounts: int) -> None:
    """Share a receipt out by hand: reserve, a and b."""
    places = {"reserve": RESERVE, "a": A, "b": B}
    rows = [Row(places[name], UNALLOCATED, amount, of.tranche_id) for name, amount in amounts.items()]
    post(event=ALLOCATE, day=DAY, rows=rows, key=f"share:{of.reference}", document=of.reference, by_id=None)


def promised(of: Receipt, amount: int, lot: int) -> None:
    rows = [Row(COMMITTED_A, A, amount, of.tranche_id, lot=lot)]
    post(event=APPROVE, day=DAY, rows=rows, key=f"approve:{lot}", document=f"DB-{lot}", by_id=None)


def used(of: Receipt, amount: int, lot: int) -> None:
    """Promise and pay out for good, so that it cannot be taken back."""
    promised(of, amount, lot)
    rows = [Row(Place("spent", USD, holder="pu-char"), COMMITTED_A, amount, of.tranche_id, lot=lot, local_minor=amount, local_currency=USD)]
    post(event="pay_final", day=DAY, rows=rows, key=f"pay:{lot}", document=f"DB-{lot}", by_id=None)


def of_tranche(place: Place, tranche_id: int) -> int:
    return sum(one.amount_minor for one in balances_by_tranche(place) if one.tranche_id == tranche_id)


def the_books_are_well() -> None:
    assert [found.sentence for found in checks.run(name for name in checks.names() if name.startswith(("ledger.", "credits.")))] == []
    for receipt_ in Receipt.objects.all():
        found = equations_by_tranche(currency=receipt_.currency, tranche_ids=[receipt_.tranche_id]).get(receipt_.tranche_id)
        assert (found.received if found else 0) == receipt_.kept_minor


@pytest.fixture(autouse=True)
def _well_at_the_end(db: None) -> Any:
    yield
    the_books_are_well()


@pytest.fixture
def block() -> Issuance:
    return issuance(project(), 1, 100_000)


@pytest.fixture
def sold(block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 1, 2_000), price="10")


@pytest.fixture
def other_sale(sold: Sale, block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 2_001, 3_000), price="10", contract_reference="ERPA-8")


# --- Taken back by the buyer's bank -------------------------------------------------------------------------------------


def test_a_recall_takes_what_still_lies_there_and_leaves_what_was_used_as_a_shortfall(sold: Sale) -> None:
    paid = receipt(sold, 800_000)
    shared(paid, reserve=80_000, a=480_000, b=240_000)
    used(paid, 61_594, lot=1)
    taken = recall(paid, 800_000)
    assert taken.shortfall_minor == 61_594
    assert balance(SHORTFALL) == -61_594
    assert [balance(place) for place in (UNALLOCATED, RESERVE, A, B)] == [0, 0, 0, 0]
    assert taken.entry is not None
    assert taken.held_entry is None
    paid.refresh_from_db()
    assert (paid.status, paid.recalled_minor, paid.settled_minor, paid.kept_minor) == ("IDENTIFIED", 800_000, 0, 0)
    assert queries.sale_progress(sale=sold).outstanding_minor == 2_000_000


def test_a_recall_in_part_takes_unallocated_money_before_reserve_before_pots(sold: Sale) -> None:
    paid = receipt(sold, 100_000)
    shared(paid, reserve=10_000, a=30_000, b=10_000)
    recall(paid, 55_000)
    assert [balance(place) for place in (UNALLOCATED, RESERVE, A, B)] == [0, 5_000, 30_000, 10_000]
    # 5,000 from the reserve, then 30,001 of the pots in proportion 3 : 1, to the cent.
    recall(paid, 35_001, "RV2")
    assert [balance(place) for place in (RESERVE, A, B)] == [0, 7_499, 2_500]
    assert balance(SHORTFALL) == 0


def test_a_recall_takes_what_is_promised_last_and_the_latest_promise_first(sold: Sale) -> None:
    paid = receipt(sold, 100_000)
    shared(paid, a=100_000)
    promised(paid, 40_000, lot=7)
    promised(paid, 50_000, lot=8)
    taken = recall(paid, 70_000)
    by_lot = {one.lot: one.amount_minor for one in balances_by_tranche(COMMITTED_A)}
    assert by_lot == {7: 30_000}
    assert queries.lots_of_recall(recall=taken) == ["DB-7", "DB-8"]


def test_money_of_the_tranche_at_another_bank_is_not_what_this_bank_took(sold: Sale) -> None:
    other = bank("other-usd")
    paid = receipt(sold, 100_000)
    move(100_000, other.pk)
    taken = recall(paid, 100_000)
    assert taken.shortfall_minor == 100_000
    assert balance(Place("unallocated", USD, bank="other-usd")) == 100_000


def test_what_is_held_goes_back_before_what_is_ours(sold: Sale) -> None:
    paid = receipt(sold, 2_050_000)
    assert paid.held_minor == 50_000
    taken = recall(paid, 60_000)
    assert (taken.held_minor, taken.ours_minor) == (50_000, 10_000)
    assert (balance(NOT_OURS), balance(UNALLOCATED)) == (0, 1_990_000)
    assert taken.entry is not None
    assert taken.held_entry is not None


def test_a_receipt_of_nobody_that_is_taken_back_whole_is_closed(sold: Sale) -> None:
    strange = receipt(None, 70_000)
    recall(strange, 30_000)
    strange.refresh_from_db()
    assert (strange.status, strange.held_minor) == ("UNIDENTIFIED", 40_000)
    recall(strange, 40_000, "RV2")
    strange.refresh_from_db()
    assert (strange.status, strange.held_minor) == ("RECALLED", 0)
    with pytest.raises(NotPossible):
        services.identify_receipt(receipt_id=strange.pk, sale_id=sold.pk, reason="Late", by=officer(), at=AT)


def test_what_is_left_of_a_receipt_taken_back_in_part_can_be_identified(sold: Sale) -> None:
    strange = receipt(None, 70_000, sender_fee_minor=1_000)
    recall(strange, 30_000)
    services.identify_receipt(receipt_id=strange.pk, sale_id=sold.pk, reason="The buyer's letter", by=officer(), at=AT)
    strange.refresh_from_db()
    assert (strange.ours_minor, strange.held_minor, strange.settled_minor) == (40_000, 0, 40_000)
    assert balance(UNALLOCATED) == 39_000


def test_a_recall_recorded_twice_is_one(sold: Sale) -> None:
    paid = receipt(sold, 10_000)
    assert recall(paid, 4_000) == recall(paid, 4_000)
    with pytest.raises(AlreadyThere):
        recall(paid, 5_000)
    assert Recall.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 10_001}, "amount_minor"),
        ({"value_date": date(2026, 10, 4)}, "value_date"),
        ({"value_date": date(2026, 12, 1)}, "value_date"),
        ({"bank_reference": "  "}, "bank_reference"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_recall_that_cannot_be_is_refused_at_its_field(sold: Sale, changed: dict[str, Any], field: str) -> None:
    paid = receipt(sold, 10_000)
    facts = {"amount_minor": 1_000, "value_date": date(2026, 10, 20), "bank_reference": "RV1", "reason": "Stopped", **changed}
    with pytest.raises(WrongValue) as refusal:
        services.recall_receipt(receipt_id=paid.pk, document_id=document(), by=officer(), at=AT, **facts)
    assert refusal.value.field == field
    assert not Recall.objects.exists()


def test_a_recall_of_what_was_sent_back_already_is_refused() -> None:
    strange = receipt(None, 10_000)
    services.refund_receipt(receipt_id=strange.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    with pytest.raises(NotPossible):
        recall(strange, 10_000)


def test_a_recall_after_the_quarter_closed_is_posted_on_the_first_open_day(sold: Sale) -> None:
    paid = receipt(sold, 10_000)
    close_books(through=date(2026, 10, 31), by_id=officer().pk, at=AT)
    taken = recall(paid, 10_000)
    assert taken.entry is not None
    assert (taken.entry.day, taken.entry.occurred_on) == (date(2026, 11, 1), date(2026, 10, 20))


def test_a_recall_of_a_sale_in_another_currency_unsettles_its_share_of_the_invoice(block: Issuance) -> None:
    euro = sale(block.project, (block.pk, 1, 1_000), price="9", currency="EUR")
    paid = receipt(euro, 981_000, invoice_minor=900_000, rate="1.09")
    assert (paid.rate, paid.invoice_currency) == ("1.09", "EUR")
    recall(paid, 327_000)
    paid.refresh_from_db()
    assert paid.settled_minor == 600_000
    assert queries.settled_of_sales(sale_ids=[euro.pk]) == {euro.pk: 600_000}


def test_a_recall_is_recorded_by_finance_officers_and_leaves_an_audit_record(sold: Sale) -> None:
    paid = receipt(sold, 10_000)
    with pytest.raises(NotYours):
        recall(paid, 1_000, by=approver())
    with pytest.raises(NotYours):
        recall(paid, 1_000, by=person(Role.AUDITOR))
    recall(paid, 1_000)
    assert AuditRecord.objects.filter(act="receipt.recall", subject=f"receipt:{paid.reference}", reason="Payment stopped").count() == 1


# --- Another currency -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", ["1.09", "EUR/USD 1.0900", "0.91743", "១.០៩"])
def test_a_rate_is_kept_as_the_bank_wrote_it(block: Issuance, rate: str) -> None:
    euro = sale(block.project, (block.pk, 1, 1_000), price="9", currency="EUR")
    assert receipt(euro, 981_000, invoice_minor=900_000, rate=rate).rate == rate


@pytest.mark.parametrize("rate", ["10.9", "0", "one", "-"])
def test_a_rate_far_from_the_amounts_is_refused(block: Issuance, rate: str) -> None:
    euro = sale(block.project, (block.pk, 1, 1_000), price="9", currency="EUR")
    with pytest.raises(WrongValue) as refusal:
        receipt(euro, 981_000, invoice_minor=900_000, rate=rate)
    assert refusal.value.field == "rate"


def test_a_rate_where_nothing_was_exchanged_is_refused(sold: Sale) -> None:
    with pytest.raises(WrongValue) as refusal:
        receipt(sold, 10_000, rate="1.09")
    assert refusal.value.field == "rate"


# --- Overpaid, and known later ---------------------------------------------------------------------------------------------


def test_the_overpaid_part_that_pays_another_sale_is_a_receipt_of_its_own(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 2_300_000)
    shared(paid, a=2_000_000)
    part = services.identify_held(receipt_id=paid.pk, sale_id=other_sale.pk, reason="The buyer's letter", by=officer(), at=AT)
    assert (part.part_of, part.gross_minor, part.value_date, part.settled_minor) == (paid, 300_000, paid.value_date, 300_000)
    assert part.tranche_id != paid.tranche_id
    assert queries.tranche_sale_map(tranche_ids=[paid.tranche_id, part.tranche_id]) == {paid.tranche_id: sold.pk, part.tranche_id: other_sale.pk}
    paid.refresh_from_db()
    assert (paid.passed_minor, paid.held_minor) == (300_000, 0)
    # It waits to be shared out, which it may be once, like any other.
    assert queries.unallocated_of_tranches(tranche_ids=[part.tranche_id]) == {part.tranche_id: 300_000}
    assert balance(NOT_OURS) == 0
    assert queries.sale_progress(sale=other_sale).outstanding_minor == 700_000


def test_what_the_other_sale_does_not_owe_stays_held(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 3_100_000)
    part = services.identify_held(receipt_id=paid.pk, sale_id=other_sale.pk, reason="Letter", by=officer(), at=AT)
    paid.refresh_from_db()
    assert (part.gross_minor, paid.held_minor) == (1_000_000, 100_000)
    services.refund_receipt(receipt_id=paid.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    assert balance(NOT_OURS) == 0


def test_nothing_held_cannot_be_identified(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 10_000)
    with pytest.raises(NotPossible):
        services.identify_held(receipt_id=paid.pk, sale_id=other_sale.pk, reason="Letter", by=officer(), at=AT)
    over = receipt(sold, 2_000_000, "FT2")
    with pytest.raises(NotPossible) as refusal:
        services.identify_held(receipt_id=over.pk, sale_id=sold.pk, reason="Letter", by=officer(), at=AT)
    assert "paid in full" in str(refusal.value)


def test_a_refund_recorded_twice_is_one(sold: Sale) -> None:
    paid = receipt(sold, 2_010_000)
    for _twice in range(2):
        services.refund_receipt(receipt_id=paid.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    assert AuditRecord.objects.filter(act="receipt.refund").count() == 1
    # What is ours of it can still be taken back.
    recall(paid, 2_000_000)
    assert balance(UNALLOCATED) == 0


# --- A wrong identification -------------------------------------------------------------------------------------------------


def propose(of: Receipt, right: Sale, **other: Any) -> Correction:
    return services.propose_correction(**{"receipt_id": of.pk, "sale_id": right.pk, "why": "The buyer's letter", "by": officer(), "at": AT, **other})


def decide(correction: Correction, *, approve: bool = True, **other: Any) -> Correction:
    return services.decide_correction(**{"correction_id": correction.pk, "approve": approve, "reason": "", "by": approver(), "at": AT, **other})


def test_a_corrected_identification_is_a_new_row_by_two_people_and_everything_follows(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 400_000)
    entries = balance(UNALLOCATED)
    correction = propose(paid, other_sale)
    assert queries.tranches_of_sale(sale_id=sold.pk) == [paid.tranche_id]
    decide(correction)
    paid.refresh_from_db()
    assert paid.sale == other_sale
    said = list(Identification.objects.filter(tranche=paid.tranche_id).order_by("number"))
    assert [(one.sale, one.identified_by, one.approved_by, one.reason) for one in said] == [
        (sold, officer(), None, ""),
        (other_sale, officer(), approver(), "The buyer's letter"),
    ]
    assert (queries.tranches_of_sale(sale_id=sold.pk), queries.tranches_of_sale(sale_id=other_sale.pk)) == ([], [paid.tranche_id])
    assert (queries.sale_progress(sale=sold).outstanding_minor, queries.sale_progress(sale=other_sale).outstanding_minor) == (2_000_000, 600_000)
    assert balance(UNALLOCATED) == entries


def test_a_correction_to_a_sale_of_another_project_moves_the_project(sold: Sale) -> None:
    elsewhere = project("tumring", "1689", name="Tumring")
    block = issuance(elsewhere, 1, 1_000)
    right = sale(elsewhere, (block.pk, 1, 1_000), price="10", contract_reference="ERPA-9")
    paid = receipt(sold, 400_000)
    decide(propose(paid, right))
    assert queries.tranche_project_map(tranche_ids=[paid.tranche_id]) == {paid.tranche_id: elsewhere.pk}
    assert queries.tranches_of_project(project_id=sold.project_id) == []


def test_who_proposed_a_correction_does_not_decide_it(sold: Sale, other_sale: Sale) -> None:
    correction = propose(receipt(sold, 400_000), other_sale)
    with pytest.raises(NotYours):
        decide(correction, by=officer())
    Correction.objects.filter(pk=correction.pk).update(status="PROPOSED")
    promoted = officer()
    promoted.role = Role.FINANCE_APPROVER
    promoted.save()
    with pytest.raises(OwnRequest):
        decide(correction, by=promoted)


def test_a_refused_correction_changes_nothing_and_says_why(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 400_000)
    correction = propose(paid, other_sale)
    with pytest.raises(WrongValue):
        decide(correction, approve=False)
    decide(correction, approve=False, reason="The letter is of another year")
    paid.refresh_from_db()
    assert paid.sale == sold
    with pytest.raises(NotPossible):
        decide(correction)
    assert propose(paid, other_sale) != correction


def test_a_correction_that_cannot_be_is_refused(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 1_400_000)
    with pytest.raises(WrongValue, match="owes"):
        propose(paid, other_sale)
    with pytest.raises(WrongValue, match="already"):
        propose(paid, sold)
    with pytest.raises(NotPossible):
        propose(receipt(None, 5, "FT5"), sold)
    services.cancel_sale(sale_id=other_sale.pk, on=DAY, reason="Dropped", by=officer(), at=AT)
    with pytest.raises(NotPossible):
        propose(paid, other_sale)


def test_a_correction_waits_alone_and_twice_is_once(sold: Sale, other_sale: Sale, block: Issuance) -> None:
    paid = receipt(sold, 400_000)
    assert propose(paid, other_sale) == propose(paid, other_sale)
    third = sale(block.project, (block.pk, 3_001, 4_000), price="10", contract_reference="ERPA-10")
    with pytest.raises(NotPossible):
        propose(paid, third)


def test_a_correction_is_refused_when_the_right_sale_was_paid_meanwhile(sold: Sale, other_sale: Sale) -> None:
    correction = propose(receipt(sold, 400_000), other_sale)
    receipt(other_sale, 900_000, "FT2")
    with pytest.raises(WrongValue, match="owes"):
        decide(correction)
    correction.refresh_from_db()
    assert correction.status == "PROPOSED"


def test_a_receipt_taken_back_in_part_can_be_corrected_too(sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 400_000)
    recall(paid, 100_000)
    decide(propose(paid, other_sale))
    assert queries.sale_progress(sale=other_sale).settled_minor == 300_000


# --- Interest and donors -------------------------------------------------------------------------------------------------------


def income(kind: str = "INTEREST", amount: int = 1_234, reference: str = "INT-1", **other: Any) -> OtherIncome:
    facts: dict[str, Any] = {
        "project_id": (queries.Project.objects.first() or project()).pk, "bank_account_id": bank().pk, "value_date": date(2026, 9, 30),
        "payer": "" if kind == "INTEREST" else "Forest Fund", "document_id": document(), "by": officer(), "at": AT,
    }  # fmt: skip
    return services.propose_income(**{**facts, "kind": kind, "amount_minor": amount, "bank_reference": reference, **other})


def approve(one: OtherIncome, **other: Any) -> OtherIncome:
    return services.decide_income(**{"income_id": one.pk, "approve": True, "reason": "", "by": approver(), "at": AT, **other})


def test_interest_of_a_bank_and_year_is_one_tranche() -> None:
    first, second = approve(income()), approve(income(amount=600, reference="INT-2", value_date=date(2026, 3, 31)))
    next_year = approve(income(amount=700, reference="INT-3", value_date=date(2025, 12, 31)))
    elsewhere = approve(income(amount=800, reference="INT-1", bank_account_id=bank("other-usd").pk))
    assert first.tranche == second.tranche
    assert len({first.tranche_id, next_year.tranche_id, elsewhere.tranche_id}) == 3
    assert first.tranche is not None
    assert (first.tranche.source, first.tranche.code) == ("INTEREST", "INT-moe-usd-2026")
    assert equations_by_tranche(tranche_ids=[first.tranche.pk])[first.tranche.pk].received == 1_834


@pytest.mark.parametrize("kind", ["GRANT", "COFUNDING", "PREFINANCING"])
def test_what_a_donor_gives_is_a_tranche_of_its_own_with_its_own_equation(kind: str) -> None:
    one, two = approve(income(kind, 50_000, "D1")), approve(income(kind, 60_000, "D2"))
    assert one.tranche_id != two.tranche_id
    assert one.tranche is not None
    assert one.tranche.source == "DONOR"
    assert of_tranche(UNALLOCATED, one.tranche.pk) == 50_000


def test_other_income_is_nothing_until_another_person_approves_it() -> None:
    waiting = income()
    assert balance(UNALLOCATED) == 0
    with pytest.raises(NotYours):
        approve(waiting, by=officer())
    with pytest.raises(WrongValue):
        services.decide_income(income_id=waiting.pk, approve=False, reason=" ", by=approver(), at=AT)
    services.decide_income(income_id=waiting.pk, approve=False, reason="Booked twice", by=approver(), at=AT)
    with pytest.raises(NotPossible):
        approve(waiting)
    assert balance(UNALLOCATED) == 0
    # Refused, it may be entered again.
    approve(income())
    assert balance(UNALLOCATED) == 1_234


def test_other_income_twice_is_once_and_a_credit_of_the_bank_counts_once(sold: Sale) -> None:
    assert income() == income()
    with pytest.raises(AlreadyThere):
        income(amount=9)
    with pytest.raises(AlreadyThere):
        receipt(sold, 1_234, "INT-1")
    receipt(sold, 10_000, "FT9")
    with pytest.raises(AlreadyThere):
        income(reference="FT9")


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        ("INTEREST", {"payer": "Somebody"}, "payer"),
        ("GRANT", {"payer": " "}, "payer"),
        ("LOAN", {}, "kind"),
        ("GRANT", {"amount_minor": 0}, "amount_minor"),
        ("GRANT", {"amount_minor": 10**17}, "amount_minor"),
        ("GRANT", {"bank_reference": ""}, "bank_reference"),
        ("GRANT", {"value_date": date(2027, 1, 1)}, "value_date"),
    ],
)
def test_other_income_that_cannot_be_is_refused_at_its_field(kind: str, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        income(kind, **changed)
    assert refusal.value.field == field


def test_interest_of_one_account_and_year_is_of_one_project() -> None:
    approve(income())
    other = project("tumring", "1689", name="Tumring")
    with pytest.raises(NotPossible):
        approve(income(reference="INT-2", project_id=other.pk))


# --- From bank to bank ------------------------------------------------------------------------------------------------------------


def move(amount: int, to: int, *places: Place, credited: int | None = None, **other: Any) -> BankTransfer:
    facts: dict[str, Any] = {
        "from_account_id": bank().pk, "to_account_id": to, "sent_reference": "OUT-1", "sent_on": date(2026, 10, 10), "sent_minor": amount,
        "credited_reference": "IN-1", "credited_on": date(2026, 10, 11), "credited_minor": amount if credited is None else credited,
        "places": [place.code for place in places or (UNALLOCATED,)], "by": officer(), "at": AT,
    }  # fmt: skip
    return services.record_transfer(**{**facts, **other})


def test_a_transfer_moves_the_oldest_money_and_keeps_what_it_is_for(sold: Sale) -> None:
    old, new = receipt(sold, 100_000), receipt(sold, 200_000, "FT2", value_date=date(2026, 10, 6))
    shared(old, a=100_000)
    shared(new, a=150_000)
    move(180_000, bank("other-usd").pk, A, UNALLOCATED)
    there = Place("pot", USD, bank="other-usd", pot="keo-seima/a")
    assert [of_tranche(there, one.tranche_id) for one in (old, new)] == [100_000, 80_000]
    assert (balance(A), balance(UNALLOCATED)) == (70_000, 50_000)


def test_what_a_bank_kept_of_a_transfer_is_charged_to_the_pot(sold: Sale) -> None:
    shared(receipt(sold, 100_000), a=60_000)
    made = move(70_000, bank("other-usd").pk, UNALLOCATED, A, credited=69_500)
    assert made.fee_entry is not None
    assert balance(Place("charge", USD, pot="keo-seima/a")) == 500
    assert balance(Place("unallocated", USD, bank="other-usd")) == 40_000
    assert balance(Place("pot", USD, bank="other-usd", pot="keo-seima/a")) == 29_500


def test_what_a_bank_kept_of_unallocated_money_is_the_projects_charge(sold: Sale) -> None:
    receipt(sold, 100_000)
    move(70_000, bank("other-usd").pk, credited=69_500)
    assert balance(Place("charge", USD, pot="keo-seima/sender-fees")) == 500


def test_a_transfer_of_more_than_lies_there_is_refused(sold: Sale) -> None:
    receipt(sold, 10_000)
    with pytest.raises(NotEnoughMoney):
        move(10_001, bank("other-usd").pk)
    assert not BankTransfer.objects.exists()


def test_a_transfer_recorded_twice_is_one(sold: Sale) -> None:
    receipt(sold, 10_000)
    other = bank("other-usd").pk
    assert move(4_000, other) == move(4_000, other)
    with pytest.raises(AlreadyThere):
        move(5_000, other)
    with pytest.raises(AlreadyThere) as refusal:
        move(5_000, other, sent_reference="OUT-2")
    assert refusal.value.field == "credited_reference"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"credited_minor": 4_001}, "credited_minor"),
        ({"credited_minor": 0}, "credited_minor"),
        ({"credited_minor": 400}, "credited_minor"),
        ({"credited_on": date(2026, 10, 9)}, "credited_on"),
        ({"sent_on": date(2027, 1, 1), "credited_on": date(2027, 1, 1)}, "sent_on"),
        ({"sent_reference": " "}, "sent_reference"),
        ({"credited_reference": ""}, "credited_reference"),
        ({"places": []}, "places"),
        ({"places": ["unallocated|USD|other-usd|||"]}, "places"),
        ({"places": ["committed|USD|moe-usd|keo-seima/a||"]}, "places"),
        ({"places": ["nonsense"]}, "places"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_at_its_field(sold: Sale, changed: dict[str, Any], field: str) -> None:
    receipt(sold, 10_000)
    with pytest.raises(WrongValue) as refusal:
        move(4_000, bank("other-usd").pk, **changed)
    assert refusal.value.field == field


def test_accounts_that_cannot_be_joined_are_refused(sold: Sale) -> None:
    receipt(sold, 10_000)
    for other in (bank().pk, bank("moe-eur", "EUR").pk):
        with pytest.raises(WrongValue) as refusal:
            move(4_000, other)
        assert refusal.value.field == "to_account"


def test_a_reserve_bears_no_bank_fee(sold: Sale) -> None:
    shared(receipt(sold, 10_000), reserve=10_000)
    with pytest.raises(WrongValue, match="fee"):
        move(5_000, bank("other-usd").pk, RESERVE, credited=4_900)


# --- The checks of the books ---------------------------------------------------------------------------------------------------------


def test_the_checks_name_a_document_that_says_something_else_than_the_books(sold: Sale) -> None:
    paid = receipt(sold, 10_000)
    move(4_000, bank("other-usd").pk)
    with tampered(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_receipt SET gross_minor = gross_minor + 1 WHERE id = %s", [paid.pk])
        cursor.execute("UPDATE credits_banktransfer SET credited_minor = credited_minor - 7, sent_minor = sent_minor - 7")
    said = [found.sentence for found in checks.run(["credits.documents", "credits.transfers"])]
    assert len(said) == 2
    assert paid.reference in said[0]
    assert "USD 100.01" in said[0]
    assert "BT-" in said[1]
    with tampered(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_receipt SET gross_minor = gross_minor - 1 WHERE id = %s", [paid.pk])
        cursor.execute("UPDATE credits_banktransfer SET credited_minor = credited_minor + 7, sent_minor = sent_minor + 7")
