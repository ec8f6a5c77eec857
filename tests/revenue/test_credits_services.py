"""Credits are sold once, money is received once, and every no is a sentence at the right field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from core.refusal import Refused
from revenue.credits import queries, services
from revenue.credits.models import Identification, Issuance, OpeningPosition, Project, Receipt, Sale, SaleLot
from revenue.credits.refusals import AlreadyThere, CannotSell, NotIssued, NotPossible, SerialsTaken, WrongValue
from revenue.credits.serials import NotARange, SerialRange
from revenue.ledger.chart import Place
from revenue.ledger.queries import balance
from revenue.ledger.services import close_books
from tests.revenue.credits_office import AT, DAY, approver, bank, issuance, officer, person, project, receipt, sale

pytestmark = pytest.mark.django_db

UNALLOCATED = Place("unallocated", "USD", bank="moe-usd")
NOT_OURS = Place("not_ours", "USD", bank="moe-usd")
FEES = Place("charge", "USD", pot="keo-seima/sender-fees")


@pytest.fixture
def block() -> Issuance:
    return issuance(project())


def sold(block: Issuance, first: int = 1001, last: int = 1100, **other: Any) -> Sale:
    return sale(block.project, (block.pk, first, last), **other)


# --- Projects -----------------------------------------------------------------------------------------------------------


def test_a_project_stands_once_in_a_registry() -> None:
    project()
    with pytest.raises(AlreadyThere) as refusal:
        project(code="other")
    assert refusal.value.field == "programme_id"


@pytest.mark.parametrize("code", ["", "-x", "keo seima", "x" * 41, "a|b"])
def test_a_code_that_the_ledger_cannot_carry_is_refused(code: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        project(code=code)
    assert refusal.value.field == "code"


def test_a_suspended_project_cannot_sell_until_it_is_reinstated(block: Issuance) -> None:
    services.suspend_project(project_id=block.project_id, reason="Registry review", by=approver(), at=AT)
    with pytest.raises(CannotSell):
        sold(block)
    services.reinstate_project(project_id=block.project_id, reason="Review closed", by=approver(), at=AT)
    assert sold(block).quantity == 100


def test_an_officer_may_not_suspend_a_project(block: Issuance) -> None:
    with pytest.raises(NotYours):
        services.suspend_project(project_id=block.project_id, reason="x", by=officer(), at=AT)
    assert Project.objects.get(id=block.project_id).status == Project.Status.ACTIVE


def test_suspending_twice_is_refused(block: Issuance) -> None:
    services.suspend_project(project_id=block.project_id, reason="x", by=approver(), at=AT)
    with pytest.raises(NotPossible):
        services.suspend_project(project_id=block.project_id, reason="x", by=approver(), at=AT)


# --- Issuances ----------------------------------------------------------------------------------------------------------


def test_the_same_block_typed_twice_is_one(block: Issuance) -> None:
    assert issuance(block.project) == block
    assert Issuance.objects.count() == 1


def test_a_block_that_overlaps_another_of_its_series_is_refused(block: Issuance) -> None:
    with pytest.raises(SerialsTaken) as refusal:
        issuance(block.project, 1999, 2500)
    assert "1001–2000" in str(refusal.value)


def test_the_same_numbers_of_another_vintage_are_other_credits(block: Issuance) -> None:
    other = issuance(block.project, vintage_start=date(2024, 1, 1), vintage_end=date(2024, 12, 31))
    assert other.series != block.series


def test_serials_the_wrong_way_round_are_refused(block: Issuance) -> None:
    with pytest.raises(NotARange):
        issuance(block.project, 3000, 2999)


def test_an_issuance_of_tomorrow_is_refused(block: Issuance) -> None:
    with pytest.raises(WrongValue) as refusal:
        issuance(block.project, 5000, 5001, issued_on=date(2026, 11, 23))
    assert refusal.value.field == "issued_on"


# --- Sales --------------------------------------------------------------------------------------------------------------


def test_the_amount_is_quantity_times_price_rounded_half_up_to_the_cent(block: Issuance) -> None:
    assert sold(block, 1001, 1001, price="4.125").amount_minor == 413
    assert sold(block, 1002, 1004, price="4.125", contract_reference="B").amount_minor == 1238


def test_the_same_sale_sent_twice_is_one_sale(block: Issuance) -> None:
    assert sold(block) == sold(block)
    assert Sale.objects.count() == 1


def test_a_serial_is_not_sold_twice(block: Issuance) -> None:
    first = sold(block)
    with pytest.raises(SerialsTaken) as refusal:
        sold(block, 1100, 1200, contract_reference="OTHER")
    assert first.reference in str(refusal.value)
    assert refusal.value.field == "lots"
    assert Sale.objects.count() == 1


def test_what_was_not_issued_cannot_be_sold(block: Issuance) -> None:
    with pytest.raises(NotIssued):
        sold(block, 1990, 2001)
    assert not SaleLot.objects.exists()


def test_serials_of_another_project_cannot_be_sold(block: Issuance) -> None:
    with pytest.raises(NotIssued):
        sale(project("tumring", "1689"), (block.pk, 1001, 1002))


def test_two_ranges_of_one_sale_may_not_overlap(block: Issuance) -> None:
    with pytest.raises(SerialsTaken):
        sale(block.project, (block.pk, 1001, 1010), (block.pk, 1010, 1020))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"price": "0"}, "unit_price"),
        ({"price": "-1"}, "unit_price"),
        ({"price": "NaN"}, "unit_price"),
        ({"price": "1.0000001"}, "unit_price"),
        ({"price": "100000000"}, "unit_price"),
        ({"currency": "XXX"}, "currency"),
        ({"sale_date": date(2026, 11, 23)}, "sale_date"),
        ({"sale_date": date(202, 9, 1)}, "sale_date"),
        ({"fees_minor": -1}, "fees_minor"),
        ({"fees_minor": 10**9}, "fees_minor"),
        ({"authorisation": "NDC"}, "authorisation_reference"),
        ({"authorisation": "SOME"}, "authorisation"),
    ],
)
def test_a_sale_that_cannot_be_right_is_refused_at_its_field(block: Issuance, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        sold(block, **changed)
    assert refusal.value.field == field
    assert not Sale.objects.exists()


def test_a_sale_without_serials_is_refused(block: Issuance) -> None:
    with pytest.raises(WrongValue):
        sale(block.project)


def test_an_auditor_records_nothing(block: Issuance) -> None:
    with pytest.raises(NotYours):
        services.deliver_sale(sale_id=sold(block).pk, on=DAY, by=person(Role.AUDITOR), at=AT)


def test_serials_of_a_cancelled_sale_may_be_sold_again(block: Issuance) -> None:
    first = sold(block)
    services.cancel_sale(sale_id=first.pk, on=DAY, reason="Buyer withdrew", by=officer(), at=AT)
    assert sold(block, contract_reference="NEW").pk != first.pk


def test_a_sale_that_was_paid_for_cannot_be_cancelled(block: Issuance) -> None:
    first = sold(block)
    receipt(first, 100)
    with pytest.raises(NotPossible):
        services.cancel_sale(sale_id=first.pk, on=DAY, reason="x", by=officer(), at=AT)
    assert Sale.objects.get().status == Sale.Status.AGREED


def test_a_delivered_sale_is_not_delivered_again(block: Issuance) -> None:
    first = sold(block)
    services.deliver_sale(sale_id=first.pk, on=DAY, by=officer(), at=AT)
    with pytest.raises(NotPossible):
        services.deliver_sale(sale_id=first.pk, on=DAY, by=officer(), at=AT)


def test_credits_are_not_delivered_before_the_sale(block: Issuance) -> None:
    with pytest.raises(WrongValue):
        services.deliver_sale(sale_id=sold(block).pk, on=date(2026, 8, 31), by=officer(), at=AT)


def test_what_is_left_of_an_issuance_is_what_no_live_sale_has(block: Issuance) -> None:
    sale(block.project, (block.pk, 1101, 1200), (block.pk, 1901, 2000))
    assert queries.available_ranges(issuance_id=block.pk) == [SerialRange(1001, 1100), SerialRange(1201, 1900)]
    assert queries.sold_of_issuances(issuance_ids=[block.pk]) == {block.pk: 200}


# --- Receipts -----------------------------------------------------------------------------------------------------------


def test_a_receipt_is_unallocated_money_of_its_sale(block: Issuance) -> None:
    first = sold(block)
    made = receipt(first, 20_000, sender_fee_minor=25_00)
    assert (balance(UNALLOCATED), balance(FEES), balance(NOT_OURS)) == (17_500, 2_500, 0)
    assert queries.tranche_project_map() == {made.tranche_id: block.project_id}
    assert queries.tranches_of_sale(sale_id=first.pk) == [made.tranche_id]
    assert queries.unallocated_of_tranches(tranche_ids=[made.tranche_id]) == {made.tranche_id: 17_500}
    assert queries.sale_progress(sale=first).outstanding_minor == 21_250


def test_what_is_paid_beyond_the_sale_is_held_as_not_ours(block: Issuance) -> None:
    first = sold(block)
    made = receipt(first, 50_000, sender_fee_minor=1_000)
    assert (balance(UNALLOCATED), balance(FEES), balance(NOT_OURS)) == (40_250, 1_000, 8_750)
    assert (made.not_ours_minor, made.held_minor, made.credited_minor) == (8_750, 8_750, 49_000)
    assert queries.sale_progress(sale=first).held_minor == 8_750


def test_a_fee_larger_than_what_is_ours_falls_on_what_is_held(block: Issuance) -> None:
    first = sold(block)
    receipt(first, first.amount_minor - 10)
    made = receipt(first, 1_000, "FT2", sender_fee_minor=30)
    assert made.not_ours_minor == 990
    assert made.held_minor == 970 == balance(NOT_OURS)
    assert made.credited_minor == 970


def test_a_receipt_beyond_a_sale_paid_in_full_is_held_whole(block: Issuance) -> None:
    first = sold(block)
    receipt(first, first.amount_minor)
    made = receipt(first, 700, "FT2")
    assert made.held_minor == 700 == balance(NOT_OURS)


def test_the_same_bank_reference_is_received_once(block: Issuance) -> None:
    made = receipt(sold(block), 100)
    with pytest.raises(AlreadyThere) as refusal:
        receipt(sold(block), 200)
    assert made.reference in str(refusal.value)
    assert balance(UNALLOCATED) == 100


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"gross": 0}, "gross_minor"),
        ({"gross": -5}, "gross_minor"),
        ({"gross": 10**16}, "gross_minor"),
        ({"sender_fee_minor": -1}, "sender_fee_minor"),
        ({"sender_fee_minor": 100}, "sender_fee_minor"),
        ({"value_date": date(2026, 12, 1)}, "value_date"),
        ({"bank_reference": "  "}, "bank_reference"),
    ],
)
def test_a_receipt_that_cannot_be_right_is_refused_at_its_field(block: Issuance, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        receipt(sold(block), **{"gross": 100, **changed})
    assert refusal.value.field == field
    assert not Receipt.objects.exists()


def test_money_is_not_received_for_a_cancelled_sale(block: Issuance) -> None:
    first = sold(block)
    services.cancel_sale(sale_id=first.pk, on=DAY, reason="x", by=officer(), at=AT)
    with pytest.raises(NotPossible):
        receipt(first, 100)


def test_a_receipt_of_a_closed_day_is_posted_on_the_first_open_one_and_keeps_its_day(block: Issuance) -> None:
    close_books(through=date(2026, 10, 31), by_id=approver().pk, at=AT)
    made = receipt(sold(block), 100)
    assert (made.entry.day, made.entry.occurred_on, made.tranche.received_on) == (date(2026, 11, 1), DAY, DAY)


def test_a_sale_in_another_currency_says_how_much_of_it_is_paid(block: Issuance) -> None:
    first = sold(block, currency="EUR")
    with pytest.raises(WrongValue) as refusal:
        receipt(first, 10_800)
    assert refusal.value.field == "invoice_minor"
    made = receipt(first, 10_800, invoice_minor=10_000)
    assert (made.ours_minor, queries.sale_progress(sale=first).outstanding_minor) == (10_800, 31_250)


def test_money_nobody_knows_is_held_until_it_is_identified(block: Issuance) -> None:
    made = receipt(None, 5_000, sender_fee_minor=100)
    assert (balance(UNALLOCATED), balance(NOT_OURS), made.held_minor) == (0, 4_900, 4_900)
    assert list(queries.unidentified_receipts()) == [made]
    done = services.identify_receipt(receipt_id=made.pk, sale_id=sold(block).pk, reason="Buyer's letter", by=officer(), at=AT)
    assert (balance(UNALLOCATED), balance(NOT_OURS), balance(FEES)) == (4_900, 0, 100)
    assert (done.status, done.held_minor, done.not_ours_minor) == (Receipt.Status.IDENTIFIED, 0, 0)
    assert Identification.objects.get().reason == "Buyer's letter"


def test_an_identified_receipt_larger_than_the_sale_stays_partly_held(block: Issuance) -> None:
    first = sold(block)
    made = receipt(None, 50_000)
    done = services.identify_receipt(receipt_id=made.pk, sale_id=first.pk, reason="", by=officer(), at=AT)
    assert (balance(UNALLOCATED), balance(NOT_OURS), done.held_minor) == (41_250, 8_750, 8_750)


def test_a_receipt_is_identified_once(block: Issuance) -> None:
    made = receipt(sold(block), 100)
    with pytest.raises(NotPossible):
        services.identify_receipt(receipt_id=made.pk, sale_id=sold(block).pk, reason="", by=officer(), at=AT)


def test_unidentified_money_goes_back_whole() -> None:
    made = receipt(None, 5_000, sender_fee_minor=100)
    done = services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    assert (done.status, done.refunded_minor, done.held_minor, balance(NOT_OURS)) == (Receipt.Status.REFUNDED, 4_900, 0, 0)
    with pytest.raises(NotPossible):
        services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT2", by=officer(), at=AT)


def test_only_what_was_overpaid_goes_back_of_an_identified_receipt(block: Issuance) -> None:
    made = receipt(sold(block), 50_000)
    done = services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    assert (done.status, done.refunded_minor, balance(UNALLOCATED)) == (Receipt.Status.IDENTIFIED, 8_750, 41_250)


def test_money_that_is_ours_is_not_refunded(block: Issuance) -> None:
    made = receipt(sold(block), 100)
    with pytest.raises(NotPossible):
        services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)


# --- Opening positions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def opening(block: Issuance) -> OpeningPosition:
    from core.files import store

    document = store(data=b"%PDF-1.4 letter", media_type="application/pdf", original_name="letter.pdf", by=officer(), at=AT)
    return services.propose_opening(
        project_id=block.project_id, bank_account_id=bank().pk, as_of=date(2026, 7, 1), amount_minor=1_234_56, document_id=document.pk,
        by=officer(), at=AT,
    )  # fmt: skip


def test_an_approved_opening_position_is_a_tranche_of_its_own(opening: OpeningPosition) -> None:
    done = services.decide_opening(opening_id=opening.pk, approve=True, reason="", by=approver(), at=AT)
    assert done.tranche is not None
    assert (balance(UNALLOCATED), done.tranche.source, done.tranche.received_on) == (123_456, "OPENING", date(2026, 7, 1))
    assert queries.tranche_project_map() == {done.tranche_id: opening.project_id}


def test_a_refused_opening_position_posts_nothing_and_says_why(opening: OpeningPosition) -> None:
    with pytest.raises(WrongValue):
        services.decide_opening(opening_id=opening.pk, approve=False, reason=" ", by=approver(), at=AT)
    services.decide_opening(opening_id=opening.pk, approve=False, reason="Wrong account", by=approver(), at=AT)
    assert balance(UNALLOCATED) == 0


def test_an_opening_position_is_decided_once(opening: OpeningPosition) -> None:
    services.decide_opening(opening_id=opening.pk, approve=True, reason="", by=approver(), at=AT)
    with pytest.raises(NotPossible):
        services.decide_opening(opening_id=opening.pk, approve=True, reason="", by=approver(), at=AT)
    assert balance(UNALLOCATED) == 123_456


def test_who_proposed_an_opening_position_does_not_decide_it(opening: OpeningPosition) -> None:
    both = officer()
    both.role = Role.FINANCE_APPROVER
    both.save()
    with pytest.raises(OwnRequest):
        services.decide_opening(opening_id=opening.pk, approve=True, reason="", by=both, at=AT)


def test_the_same_opening_position_proposed_twice_is_one(opening: OpeningPosition) -> None:
    again = services.propose_opening(
        project_id=opening.project_id, bank_account_id=opening.bank_account_id, as_of=opening.as_of, amount_minor=opening.amount_minor,
        document_id=opening.document_id, by=officer(), at=AT,
    )  # fmt: skip
    assert again == opening


# --- Every act is on record ----------------------------------------------------------------------------------------------


def test_every_act_leaves_an_audit_record(block: Issuance) -> None:
    made = receipt(sold(block), 50_000)
    services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT)
    acts = list(AuditRecord.objects.order_by("id").values_list("act", flat=True))
    assert acts == [
        "project.create", "issuance.record", "buyer.create", "sale.record", "bank_account.create", "receipt.record", "receipt.refund",
    ]  # fmt: skip


def test_what_is_refused_leaves_no_audit_record(block: Issuance) -> None:
    before = AuditRecord.objects.count()
    with pytest.raises(Refused):
        services.record_issuance(
            project_id=block.project_id, first=5, last=4, serial_text="", vintage_start=DAY, vintage_end=DAY, issued_on=DAY, by=officer(), at=AT
        )
    assert AuditRecord.objects.count() == before
