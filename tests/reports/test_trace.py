"""Money is followed to the cent also where it came back, was refused, or was not all ours."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from uuid import uuid4

import pytest

from communities.spending import services as spending
from communities.spending.models import SpendingRecord
from core import files
from core.models import StoredFile
from reports.trace import (
    NothingToTrace,
    PaidOut,
    SaleTrace,
    flow_of_sale,
    rows_of_sale,
    trace_account,
    trace_disbursement,
    trace_recipient,
    trace_sale,
    trace_spending,
    tranches_of_sale,
)
from revenue.credits import services as selling
from revenue.credits.models import Sale
from revenue.disbursements import queries as paying_queries
from revenue.disbursements import services as paying
from revenue.disbursements.models import Covering, Payment
from revenue.ledger import checks
from revenue.ledger import services as ledger
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Account
from revenue.ledger.queries import balances
from tests.flows.programme import AFTER, SmallProgramme, morning, picture

pytestmark = pytest.mark.django_db
PAID_ON = date(2026, 8, 10)


@pytest.fixture
def programme() -> SmallProgramme:
    return SmallProgramme()


@pytest.fixture
def sale(programme: SmallProgramme) -> Sale:
    sale = programme.sell()
    programme.allocate(programme.receive(sale, 10_000_003, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    return sale


def whole(sale: Sale) -> SaleTrace:
    """Return the trace of a sale after asserting that nothing is lost at any hop, and that the books agree."""
    trace = trace_sale(sale.reference)
    assert trace.received_minor == sum(trace.places.values())
    assert trace.difference_minor == 0
    for receipt in trace.receipts:
        assert receipt.received_minor == sum(receipt.places.values())
        for pot in receipt.pots:
            for paid in pot.disbursements:
                assert paid.drawn_minor == rest_of(paid), asdict(paid)
    assert [finding.sentence for finding in checks.run()] == []
    return trace


def rest_of(paid: PaidOut) -> int:
    kept = paid.committed_minor + paid.with_recipient_minor + paid.spent_minor + paid.recoverable_minor + paid.lost_minor
    return kept + paid.given_back_minor + paid.fx_minor + paid.charges_minor


def paid_out(trace: SaleTrace, payment: Payment) -> PaidOut:
    """Return the one hop of a disbursement."""
    hops = [paid for receipt in trace.receipts for pot in receipt.pots for paid in pot.disbursements]
    (found,) = [paid for paid in hops if paid.reference == payment.disbursement.reference]
    return found


def give_back(programme: SmallProgramme, payment: Payment, *, local: int, credited: int) -> None:
    paying.return_money(
        disbursement_id=payment.disbursement_id, bank_account_id=programme.bank.pk, bank_reference="BACK-1", returned_on=date(2026, 9, 1),
        local_minor=local, credited_minor=credited, reason="Not used", by=programme.officer, at=morning(date(2026, 9, 1)),
    )  # fmt: skip


def test_what_a_village_gave_back_is_in_the_pot_again_and_the_rate_is_named(programme: SmallProgramme, sale: Sale) -> None:
    payment = programme.pay_out(programme.pu_char, 100_000, on=PAID_ON, riel=4_100_000)
    programme.accept(programme.log(1_025_000, on=date(2026, 8, 20), currency="KHR"), on=date(2026, 8, 21))
    give_back(programme, payment, local=3_075_000, credited=74_600)
    hop = paid_out(whole(sale), payment)
    assert (hop.drawn_minor, hop.spent_minor, hop.with_recipient_minor) == (100_000, 25_000, 0)
    assert (hop.given_back_minor, hop.fx_minor) == (74_600, 400)


def test_a_return_that_brought_more_than_was_paid_is_traced_too(programme: SmallProgramme, sale: Sale) -> None:
    payment = programme.pay_out(programme.pu_char, 100_000, on=PAID_ON, riel=4_100_000)
    give_back(programme, payment, local=4_100_000, credited=100_700)
    trace = whole(sale)
    # The gain never was this disbursement's: it is the exchange's, of the tranche.
    assert (paid_out(trace, payment).given_back_minor, trace.places["fx"]) == (100_000, -700)


def test_a_payment_the_bank_sent_back_and_paid_again_is_drawn_once(programme: SmallProgramme, sale: Sale) -> None:
    first = programme.pay_out(programme.pu_char, 100_000, on=PAID_ON, fee=150)
    paying.payment_sent_back(payment_id=first.pk, on=date(2026, 8, 12), by=programme.officer, at=morning(date(2026, 8, 12)))
    again = programme.pay(first.disbursement, on=date(2026, 8, 14))
    hop = paid_out(whole(sale), again)
    assert (hop.drawn_minor, hop.with_recipient_minor, hop.given_back_minor) == (100_000, 100_000, 0)


def test_a_payment_sent_back_for_which_the_bank_kept_its_fee(programme: SmallProgramme, sale: Sale) -> None:
    payment = programme.pay_out(programme.pu_char, 100_000, on=PAID_ON, fee=150)
    paying.payment_sent_back(payment_id=payment.pk, on=date(2026, 8, 12), by=programme.officer, at=morning(date(2026, 8, 12)), fee_kept=True)
    trace = whole(sale)
    assert trace.places["charge"] == 150
    assert paid_out(trace, payment).committed_minor == 100_000


def test_a_rejected_request_took_nothing(programme: SmallProgramme, sale: Sale) -> None:
    asked = programme.request(programme.pu_char, 100_000, on=PAID_ON)
    paying.reject_disbursement(disbursement_id=asked.pk, reason="No plan", by=programme.approver, at=morning(PAID_ON), on=PAID_ON)
    assert not any(pot.disbursements for receipt in whole(sale).receipts for pot in receipt.pots)


def test_an_approved_one_that_was_cancelled_gave_all_back(programme: SmallProgramme, sale: Sale) -> None:
    asked = programme.approve(programme.request(programme.pu_char, 100_000, on=PAID_ON), on=PAID_ON)
    paying.cancel_disbursement(disbursement_id=asked.pk, reason="Not needed", by=programme.approver, at=morning(PAID_ON), on=PAID_ON)
    hops = [paid for receipt in whole(sale).receipts for pot in receipt.pots for paid in pot.disbursements]
    assert [(paid.drawn_minor, paid.given_back_minor) for paid in hops] == [(100_000, 100_000)]


def test_money_overpaid_is_not_part_of_the_sale(programme: SmallProgramme) -> None:
    sale = programme.sell(quantity=100)
    programme.receive(sale, sale.amount_minor + 7_777, on=date(2026, 7, 6))
    trace = whole(sale)
    assert (trace.received_minor, trace.places) == (sale.amount_minor, {"unallocated": sale.amount_minor})


def test_money_identified_later_belongs_to_its_sale_from_then_on(programme: SmallProgramme) -> None:
    sale = programme.sell()
    held = programme.receive(None, 50_000, on=date(2026, 7, 6))
    assert whole(sale).receipts == []
    selling.identify_receipt(receipt_id=held.pk, sale_id=sale.pk, reason="The buyer wrote", by=programme.officer, at=morning(date(2026, 7, 20)))
    trace = whole(sale)
    assert [(receipt.reference, receipt.received_minor) for receipt in trace.receipts] == [(held.reference, 50_000)]


def test_money_waiting_for_a_plan_is_traced_as_unallocated(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 50_000, on=date(2026, 7, 6))
    trace = whole(sale)
    assert (trace.places, trace.receipts[0].pots) == ({"unallocated": 50_000}, [])


def test_two_sales_are_never_mixed(programme: SmallProgramme, sale: Sale) -> None:
    other = programme.sell(first=1_200_001, quantity=1000)
    programme.allocate(programme.receive(other, 300_001, on=date(2026, 7, 8)), on=date(2026, 7, 9))
    # More than the first sale left for this village: the second pays the rest.
    shares = {one.reference: one for one in (whole(sale), whole(other))}
    available = sum(pot.left_minor for one in shares.values() for receipt in one.receipts for pot in receipt.pots if pot.recipient == "Pu Char")
    payment = programme.pay_out(programme.pu_char, available, on=PAID_ON)
    record = programme.accept(programme.log(available, on=date(2026, 8, 20)), on=date(2026, 8, 21))
    up = trace_spending(record.reference)
    by_sale = {source.sale: source.amount_minor for source in up.sources}
    down = {one.reference: paid_out(whole(one), payment).spent_minor for one in (sale, other)}
    assert by_sale == down
    assert sum(by_sale.values()) == available


def test_spending_beyond_the_advance_has_sources_for_what_was_covered_only(programme: SmallProgramme, sale: Sale) -> None:
    programme.pay_out(programme.pu_char, 10_000, on=PAID_ON)
    record = programme.accept(programme.log(12_500, on=date(2026, 8, 20)), on=date(2026, 8, 21))
    up = trace_spending(record.reference)
    assert (up.funded_minor, up.not_funded_minor, sum(source.amount_minor for source in up.sources)) == (10_000, 2_500, 10_000)


def test_spending_that_is_not_accepted_has_no_sources(programme: SmallProgramme, sale: Sale) -> None:
    programme.pay_out(programme.pu_char, 10_000, on=PAID_ON)
    record = programme.log(5_000, on=date(2026, 8, 20))
    assert trace_spending(record.reference).sources == []
    spending.refuse_spending(record_id=record.pk, words="Not in the plan", by=programme.officer, at=AFTER)
    assert trace_spending(record.reference).sources == []


def test_a_final_payment_is_spent_when_it_is_paid(programme: SmallProgramme, sale: Sale) -> None:
    payment = programme.pay_out(programme.trainer, 40_000, on=PAID_ON, pot="training", kind="FINAL", account_by=None)
    hop = paid_out(whole(sale), payment)
    assert (hop.spent_minor, hop.with_recipient_minor, hop.spending) == (40_000, 0, [])


@pytest.mark.parametrize("follow", [trace_sale, trace_spending])
def test_what_is_not_there_is_said(follow: object) -> None:
    with pytest.raises(NothingToTrace, match="NO-1"):
        follow("NO-1")  # type: ignore[operator]


# --- from a place, up to the sales ------------------------------------------------------------------------------------------
@pytest.fixture
def two_sales(programme: SmallProgramme, sale: Sale) -> tuple[Sale, Payment]:
    """A disbursement that drew money of two sales, was paid in riel, and of which a part was spent."""
    second = programme.sell(on=date(2026, 7, 20), first=1_200_000, quantity=5_000)
    programme.allocate(programme.receive(second, 2_000_000, on=date(2026, 7, 21)), on=date(2026, 7, 22))
    held = balances(grouped=["tranche_id"], currency="USD", kinds=["pot"], pots=[programme.pot("community").ledger_code], holders=["pu-char"])
    amount = sum(part.amount_minor for part in held) - 7
    payment = programme.pay_out(programme.pu_char, amount, on=PAID_ON, riel=amount * 41)
    programme.accept(programme.log(2_050_001, on=date(2026, 8, 20), currency="KHR"), on=date(2026, 8, 21))
    return second, payment


def test_a_disbursement_leads_to_every_sale_behind_it(sale: Sale, two_sales: tuple[Sale, Payment]) -> None:
    second, payment = two_sales
    (backing,) = trace_disbursement(payment.disbursement.reference).backings
    assert backing.amount_minor == payment.amount_minor == sum(backing.places.values()) == sum(origin.amount_minor for origin in backing.origins)
    assert [origin.sale for origin in backing.origins] == [sale.reference, second.reference]
    assert [(one.first, one.last) for one in backing.origins[1].serials] == [(1_200_000, 1_204_999)]


def test_what_a_recipient_has_and_used_leads_to_the_sales(sale: Sale, two_sales: tuple[Sale, Payment]) -> None:
    second, payment = two_sales
    (backing,) = trace_recipient("pu-char").backings
    assert {"advance", "spent", "pot"} == set(backing.places)
    assert backing.amount_minor == payment.amount_minor + 7 == sum(origin.amount_minor for origin in backing.origins)
    assert {origin.sale for origin in backing.origins} == {sale.reference, second.reference}


def test_a_place_of_the_books_leads_to_the_sales(sale: Sale, two_sales: tuple[Sale, Payment]) -> None:
    account = Account.objects.get(kind="reserve")
    (backing,) = trace_account(account.pk).backings
    assert (backing.amount_minor, [origin.sale for origin in backing.origins]) == (1_200_000, [sale.reference, two_sales[0].reference])


def test_the_rows_of_a_sale_add_up_to_what_it_brought(programme: SmallProgramme, sale: Sale, two_sales: tuple[Sale, Payment]) -> None:
    head, *rows = rows_of_sale(trace_sale(sale.reference))
    assert sum(row[head.index("amount_minor")] for row in rows) == 10_000_003
    assert all(row[head.index("pot")] for row in rows)
    assert SpendingRecord.objects.get().reference in {row[head.index("record")] for row in rows}


def test_the_picture_of_a_sale_shows_each_pot_and_what_became_of_it(sale: Sale, two_sales: tuple[Sale, Payment]) -> None:
    drawn = flow_of_sale(sale=sale, tranche_ids=tranches_of_sale(sale))
    assert drawn.startswith("<svg")
    for words in ("Community development", "Reserve", "Advance", "Spent: Community development"):
        assert words.lower() in drawn.lower(), words


def test_money_that_was_moved_to_another_pot_later_is_followed_there(programme: SmallProgramme, sale: Sale) -> None:
    ledger.post(
        event="reallocate", day=PAID_ON, key="moved", document="test", by_id=programme.officer.pk,
        rows=[Row(*(Place("pot", "USD", bank="main", pot=programme.pot(code).ledger_code) for code in ("training", "rangers")), 1_000, sale_tranche(sale))],
    )  # fmt: skip
    trace = whole(sale)
    (training,) = [pot for receipt in trace.receipts for pot in receipt.pots if pot.pot == programme.pot("training").ledger_code]
    head, *rows = rows_of_sale(trace)
    assert training.left_minor == training.allocated_minor + 1_000
    assert sum(row[head.index("amount_minor")] for row in rows) == 10_000_003


@pytest.fixture
def from_two_parts(programme: SmallProgramme, sale: Sale) -> tuple[Payment, int]:
    """A disbursement that drew the village's own part of the pot and 500.00 of what is not divided, and what it took."""
    bank, community = programme.bank.code, programme.pot("community").ledger_code
    ledger.post(
        event="reallocate", day=PAID_ON, key="undivided", document="test", by_id=programme.officer.pk,
        rows=[Row(*(Place("pot", "USD", bank=bank, pot=pot) for pot in (community, programme.pot("rangers").ledger_code)), 50_000, sale_tranche(sale))],
    )  # fmt: skip
    amount = sum(one.amount_minor for one in balances(grouped=["pot"], currency="USD", pots=[community], holders=["pu-char"])) + 40_000
    payment = programme.pay_out(programme.pu_char, amount, on=PAID_ON)
    programme.accept(programme.log(25_000, on=date(2026, 8, 20)), on=date(2026, 8, 21))
    return payment, amount


def test_what_a_disbursement_drew_from_two_parts_of_a_pot_is_told_once(sale: Sale, from_two_parts: tuple[Payment, int]) -> None:
    payment, amount = from_two_parts
    trace = whole(sale)
    hop = paid_out(trace, payment)
    assert (hop.drawn_minor, hop.spent_minor, len(hop.spending)) == (amount, 25_000, 1)
    assert [(share.recipient, share.amount_minor) for share in hop.drawn_elsewhere] == [("", 40_000)]
    told = [(pot.recipient, share) for receipt in trace.receipts for pot in receipt.pots for share in pot.told_elsewhere]
    assert [(where, share.reference, share.recipient, share.amount_minor) for where, share in told] == [
        ("", payment.disbursement.reference, "Pu Char", 40_000)
    ]
    rows_are_true(trace)


def test_what_the_reserve_bore_is_told_under_the_reserve(programme: SmallProgramme, sale: Sale) -> None:
    own = sum(one.amount_minor for one in balances(grouped=["pot"], currency="USD", holders=["pu-char"], kinds=["pot"]))
    asked = programme.approve(programme.request(programme.pu_char, own, on=PAID_ON), on=PAID_ON)
    paying.pay_disbursement(
        disbursement_id=asked.pk, bank_reference="MORE-1", paid_on=PAID_ON, amount_minor=own + 7_000, fee_minor=0, local_minor=own + 7_000,
        local_currency="USD", rate="", by=programme.officer, at=morning(PAID_ON),
    )  # fmt: skip
    before = whole(sale)
    cover(programme)
    trace = whole(sale)
    assert (before.places["shortfall"], trace.places.get("shortfall", 0)) == (-7_000, 0)
    (reserve,) = [pot for receipt in trace.receipts for pot in receipt.pots if pot.kind == "reserve"]
    assert [(moved.kind, moved.document, moved.amount_minor) for moved in reserve.moved] == [("shortfall", Covering.objects.get().reference, -7_000)]
    assert reserve.left_minor == reserve.allocated_minor - 7_000
    rows_are_true(trace)


def test_what_the_reserve_paid_for_another_sale_is_told_under_that_reserve_too(programme: SmallProgramme, sale: Sale) -> None:
    other = programme.sell(first=1_200_001, quantity=1_000)
    second = programme.receive(other, 300_001, on=date(2026, 7, 8))
    programme.allocate(second, on=date(2026, 7, 9))
    own = sum(one.amount_minor for one in balances(grouped=["pot"], currency="USD", holders=["pu-char"], kinds=["pot"]))
    payment = programme.pay_out(programme.pu_char, own, on=PAID_ON)
    programme.accept(programme.log(own, on=date(2026, 8, 20)), on=date(2026, 8, 21))
    selling.recall_receipt(
        receipt_id=second.pk, bank_reference="RECALL-1", value_date=date(2026, 8, 25), amount_minor=second.gross_minor, reason="Fraud",
        document_id=paper(programme).pk, by=programme.officer, at=morning(date(2026, 8, 25)),
    )  # fmt: skip
    lost = -whole(other).places["shortfall"]
    cover(programme)
    trace = whole(sale)
    (reserve,) = [pot for receipt in trace.receipts for pot in receipt.pots if pot.kind == "reserve"]
    # The village's own part paid first, so all that this sale paid is told there.
    assert [(share.reference, share.recipient, share.amount_minor) for share in reserve.told_elsewhere] == [
        (payment.disbursement.reference, "Pu Char", lost)
    ]
    assert (paid_out(trace, payment).drawn_minor, paid_out(trace, payment).spent_minor) == (own, own)
    assert reserve.left_minor == reserve.allocated_minor - lost
    rows_are_true(trace)
    assert {kind for kind, minor in whole(other).places.items() if minor} == set()


def cover(programme: SmallProgramme) -> Covering:
    """Let the reserve bear what is missing."""
    (gap,) = paying_queries.gaps()
    asked = paying.propose_covering(
        client_key=uuid4(), tranche_id=gap.tranche_id, gap_id=gap.account_id, source_id=Account.objects.get(kind="reserve").pk, amount_minor=gap.amount_minor,
        why="The committee decided it", document_id=paper(programme).pk, by=programme.officer, at=AFTER,
    )  # fmt: skip
    return paying.approve_covering(covering_id=asked.pk, by=programme.approver, at=AFTER)


def paper(programme: SmallProgramme) -> StoredFile:
    return files.store(data=picture(), media_type="image/jpeg", original_name="minutes.jpg", by=programme.officer, at=AFTER)


def rows_are_true(trace: SaleTrace) -> None:
    """Each place of each receipt is told once, and only what a bank took too much, or an exchange gained, is below zero."""
    head, *rows = rows_of_sale(trace)
    receipt, where, amount = (head.index(name) for name in ("receipt", "where", "amount_minor"))
    sums: dict[tuple[object, object], int] = {}
    for row in rows:
        assert int(str(row[amount])) > 0 or row[where] in ("shortfall", "fx"), row
        sums[row[receipt], row[where]] = sums.get((row[receipt], row[where]), 0) + int(str(row[amount]))
    assert sums == {(one.reference, kind): minor for one in trace.receipts for kind, minor in one.places.items()}


def sale_tranche(sale: Sale) -> int:
    (tranche,) = tranches_of_sale(sale)
    return tranche


def test_what_is_asked_about_nothing_is_said_so() -> None:
    for follow, asked in ((trace_disbursement, "DB-1"), (trace_recipient, "nobody"), (trace_account, 0)):
        with pytest.raises(NothingToTrace):
            follow(asked)  # type: ignore[operator]
