"""What becomes of promised and paid money, to the cent; after each step the books agree with the bank and with themselves."""

from __future__ import annotations

from datetime import date

import pytest

from core.people.access import NotYours
from revenue.disbursements import queries, services
from revenue.disbursements.models import Disbursement, LotClosing
from revenue.disbursements.refusals import NotAtThisStep, NotFilledIn, TooMuchLeft
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.ledger.queries import moves_of_lot
from revenue.ledger.refusals import MoneyHasMoved
from revenue.sharing.models import Pot
from tests.revenue.payment_stories import Bank, covered, in_tranche
from tests.revenue.sharing_stage import AT, Stage, held

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def stage() -> Stage:
    """Two receipts of 10,000.00: of each, Pu Char has 1,530.00, Pu Ngav 3,570.00, protection 3,400.00, costs 1,000.00, reserve 500.00."""
    stage = Stage()
    stage.shared()
    stage.shared(on=date(2026, 2, 20))
    return stage


@pytest.fixture
def bank(stage: Stage) -> Bank:
    bank = Bank(stage)
    bank.moved(2_000_000)
    return bank


def drawn(of: Disbursement) -> list[int]:
    """What the approval took of each receipt, oldest first."""
    assert of.approval_entry is not None
    return list(of.approval_entry.postings.order_by("tranche__received_on", "line").values_list("amount_minor", flat=True))


def approved(stage: Stage, amount: int) -> Disbursement:
    return stage.promised(amount=amount)


def test_a_commitment_that_is_cancelled_gives_each_receipt_back_its_own(stage: Stage, bank: Bank) -> None:
    first = approved(stage, 200_000)
    bank.agrees()
    assert drawn(first) == [153_000, 47_000]
    rejected = stage.asked(amount=100_000)
    services.reject_disbursement(disbursement_id=rejected.pk, reason="No quotation", by=stage.approver, at=AT, on=ON)
    bank.agrees()
    services.cancel_disbursement(disbursement_id=first.pk, reason="Another donor paid", by=stage.approver, at=AT, on=ON)
    bank.agrees()
    assert (held("committed"), held("pot", pot="community", holder="pu-char")) == (0, 306_000)
    assert drawn(approved(stage, 200_000)) == [153_000, 47_000]


def test_a_payment_of_two_receipts_pays_both_parts_and_splits_the_riel(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 200_000), fee_minor=150, local_minor=8_174_001, local_currency="KHR", rate="4,087")
    bank.moved(-200_150)
    rows = [step for step in moves_of_lot(paid.disbursement_id) if step.event == chart.PAY and step.debit.kind == chart.ADVANCE]
    assert [(step.amount_minor, step.local_minor) for step in rows] == [(153_000, 6_253_111), (47_000, 1_920_890)]
    assert (held("advance"), held("charge")) == (200_000, 150)


def test_a_fee_larger_than_the_pot_is_a_shortfall_that_the_reserve_covers(stage: Stage, bank: Bank) -> None:
    stage.paid(approved(stage, 306_000), fee_minor=1_500)
    bank.moved(-307_500)
    assert (held("charge"), held("shortfall")) == (1_500, -1_500)
    covering = covered(stage)
    bank.agrees()
    # The second receipt was short, and its own part of the reserve was there: nothing had to be paid by another.
    assert (covering.refund_entry, held("shortfall"), held("reserve"), held("charge")) == (None, 0, 98_500, 1_500)


def test_a_payment_the_bank_sent_back_is_paid_again_from_the_same_receipts(stage: Stage, bank: Bank) -> None:
    first = approved(stage, 200_000)
    paid = stage.paid(first, fee_minor=150)
    bank.moved(-200_150)
    services.payment_sent_back(payment_id=paid.pk, on=date(2026, 3, 9), fee_kept=True, by=stage.officer, at=AT)
    bank.moved(200_000)
    assert (held("advance"), held("committed"), held("charge")) == (0, 200_000, 150)
    again = stage.paid(first, paid_on=date(2026, 3, 10), fee_minor=150)
    bank.moved(-200_150)
    rows = [step for step in moves_of_lot(first.pk) if step.entry_id == again.entry_id and step.debit.kind == chart.ADVANCE]
    assert ([step.amount_minor for step in rows], held("charge")) == ([153_000, 47_000], 300)


def test_a_debit_above_the_approval_leaves_a_shortfall_that_another_receipt_pays(stage: Stage, bank: Bank) -> None:
    older, newer = (receipt.tranche for receipt in stage.sale.receipts.order_by("value_date"))
    # The reserve of the newer receipt goes first, so that only the older one's is left for it.
    stage.paid(approved(stage, 306_000), amount_minor=406_000, local_minor=406_000, confirmed_minor=406_000)
    bank.moved(-406_000)
    assert (held("advance"), held("shortfall"), in_tranche(newer, chart.SHORTFALL)[0]) == (406_000, -100_000, -100_000)
    gap = queries.gaps()[0]
    assert (gap.amount_minor, gap.since, gap.days(date(2026, 3, 15))) == (100_000, date(2026, 3, 5), 10)
    covering = covered(stage)
    bank.agrees()
    # Its own 500.00 within the receipt; 500.00 in pairs: the older receipt now advances what the newer did.
    assert (covering.cover_entry is not None, covering.refund_entry is not None) == (True, True)
    assert (held("shortfall"), held("reserve"), held("advance")) == (0, 0, 406_000)
    assert (in_tranche(older, chart.ADVANCE), in_tranche(newer, chart.ADVANCE)) == ((203_000, 203_000), (203_000, 203_000))
    assert not queries.gaps()


def test_what_was_spent_meanwhile_is_what_the_other_receipt_pays(stage: Stage, bank: Bank) -> None:
    older, newer = (receipt.tranche for receipt in stage.sale.receipts.order_by("value_date"))
    stage.paid(stage.promised(amount=306_000, kind="FINAL"), amount_minor=366_000, local_minor=366_000, confirmed_minor=366_000)
    bank.moved(-366_000)
    covered(stage, amount=55_000)
    bank.agrees()
    assert (held("shortfall"), in_tranche(older, chart.SPENT)[0], in_tranche(newer, chart.SPENT)[0]) == (-5_000, 158_000, 208_000)


def test_a_payment_sent_back_after_its_shortfall_was_covered_gives_back_what_covered_it(stage: Stage, bank: Bank) -> None:
    """What a bank did is never refused: not even when somebody has decided meanwhile who bears what it left."""
    older, newer = (receipt.tranche for receipt in stage.sale.receipts.order_by("value_date"))
    paid = stage.paid(approved(stage, 306_000), amount_minor=406_000, local_minor=406_000, confirmed_minor=406_000)
    bank.moved(-406_000)
    first, second = covered(stage, amount=40_000), covered(stage)
    bank.agrees()
    assert (first.refund_entry, second.refund_entry is not None, in_tranche(older, chart.ADVANCE)[0]) == (None, True, 203_000)
    services.payment_sent_back(payment_id=paid.pk, on=date(2026, 3, 9), by=stage.officer, at=AT)
    bank.moved(406_000)
    assert (held("advance"), held("shortfall"), held("committed"), held("reserve")) == (0, 0, 306_000, 100_000)
    assert not queries.standing_coverings().exists()
    again = stage.paid(paid.disbursement, paid_on=date(2026, 3, 10))
    bank.moved(-306_000)
    assert (held("advance"), in_tranche(newer, chart.ADVANCE)[0], again.amount_minor) == (306_000, 153_000, 306_000)


def test_a_covering_is_undone_once_and_covered_again_by_another(stage: Stage, bank: Bank) -> None:
    stage.paid(approved(stage, 306_000), amount_minor=406_000, local_minor=406_000, confirmed_minor=406_000)
    bank.moved(-406_000)
    covering = covered(stage)
    with pytest.raises(NotYours):
        services.undo_covering(covering_id=covering.pk, reason="The wrong pot", by=stage.officer, at=AT)
    with pytest.raises(NotFilledIn):
        services.undo_covering(covering_id=covering.pk, reason=" ", by=stage.approver, at=AT)
    services.undo_covering(covering_id=covering.pk, reason="The wrong pot", by=stage.approver, at=AT)
    bank.agrees()
    assert (held("shortfall"), held("reserve")) == (-100_000, 100_000)
    with pytest.raises(NotAtThisStep, match="does not stand"):
        services.undo_covering(covering_id=covering.pk, reason="Again", by=stage.approver, at=AT)
    covered(stage, source="protection")
    bank.agrees()
    assert (held("shortfall"), held("reserve"), held("pot", pot="protection")) == (0, 100_000, 580_000)


def test_a_covering_whose_money_was_spent_is_not_undone(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 306_000), amount_minor=406_000, local_minor=406_000, confirmed_minor=406_000)
    bank.moved(-406_000)
    covering = covered(stage)
    stage.returned(paid, 406_000, 406_000)
    bank.moved(406_000)
    with pytest.raises(MoneyHasMoved):
        services.undo_covering(covering_id=covering.pk, reason="The wrong pot", by=stage.approver, at=AT)
    bank.agrees()


def test_an_exchange_loss_that_was_borne_is_open_again_when_that_is_undone(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    stage.returned(paid, 4_087_000, 99_200)
    bank.moved(-800)
    covering = covered(stage, kind=chart.FX)
    services.undo_covering(covering_id=covering.pk, reason="The wrong pot", by=stage.approver, at=AT)
    bank.agrees()
    assert (held("fx"), held("charge"), held("reserve"), held("pot", pot="community")) == (800, 0, 100_000, 1_019_200)


def test_an_exchange_loss_stays_until_the_reserve_bears_it(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    bank.moved(-100_000)
    stage.returned(paid, 4_087_000, 99_200)
    bank.moved(99_200)
    assert (held("fx"), held("advance"), held("pot", pot="community")) == (800, 0, 1_019_200)
    covered(stage, kind=chart.FX)
    bank.agrees()
    assert (held("fx"), held("charge"), held("reserve"), held("pot", pot="community")) == (0, 800, 99_200, 1_020_000)


def test_a_few_cents_lost_by_exchange_are_nobodys_work_until_they_add_up(stage: Stage, bank: Bank) -> None:
    shown: list[tuple[int, int]] = []
    for amount, lost in ((1_000, 60), (1_000, 40), (1_000, 1)):
        paid = stage.paid(approved(stage, amount), local_minor=amount * 4_087 // 100, local_currency="KHR", rate="4,087")
        stage.returned(paid, paid.local_minor, amount - lost)
        bank.moved(-lost)
        found = queries.gaps()
        shown.append((sum(gap.amount_minor for gap in found), len(queries.worth_deciding(found))))
    # All of it stays visible; beyond one dollar somebody has to decide.
    assert shown == [(60, 0), (100, 0), (101, 1)]


def test_small_losses_of_two_receipts_count_together() -> None:
    place = Place(chart.FX, "USD", pot="keo-seima/community")
    small = [queries.Gap(1, place, tranche, 60, ON) for tranche in (1, 2)]
    shortfall = queries.Gap(2, Place(chart.SHORTFALL, "USD", bank="moe-usd"), 1, 1, ON)
    assert (queries.worth_deciding(small[:1]), queries.worth_deciding(small), queries.worth_deciding([shortfall])) == ([], small, [shortfall])


def test_a_pot_may_bear_its_own_exchange_loss(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    bank.moved(-100_000)
    stage.returned(paid, 4_087_000, 99_200)
    bank.moved(99_200)
    covered(stage, kind=chart.FX, source="community", amount=500)
    bank.agrees()
    assert (held("fx"), held("charge", pot="community"), held("reserve"), held("pot", pot="community")) == (300, 500, 100_000, 1_019_200)


def test_an_exchange_gain_is_nothing_to_cover(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    bank.moved(-100_000)
    stage.returned(paid, 4_087_000, 100_300)
    bank.moved(100_300)
    assert (held("fx"), queries.gaps()) == (-300, [])


def test_the_last_cents_of_a_lot_are_closed_to_exchange_differences(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    bank.moved(-100_000)
    facts = {"disbursement_id": paid.disbursement_id, "reason": "No note is that small", "by": stage.officer, "at": AT, "on": date(2026, 4, 2)}
    with pytest.raises(TooMuchLeft, match="4,087,000"):
        services.close_last_cents(**facts)
    stage.returned(paid, 4_084_000, 99_926)
    bank.moved(99_926)
    assert queries.lot_balance(paid.disbursement_id) == (74, 3_000)
    services.close_last_cents(**facts)
    bank.agrees()
    assert (queries.lot_balance(paid.disbursement_id), held("fx"), LotClosing.objects.get().amount_minor) == ((0, 0), 74, 74)
    with pytest.raises(NotAtThisStep, match="Nothing of"):
        services.close_last_cents(**facts)
    covered(stage, kind=chart.FX)
    bank.agrees()
    assert (held("fx"), held("pot", pot="community")) == (0, 1_020_000)


def test_a_few_riel_without_a_cent_are_closed_too(stage: Stage, bank: Bank) -> None:
    paid = stage.paid(approved(stage, 100), local_minor=4_087, local_currency="KHR", rate="4,087")
    bank.moved(-100)
    stage.returned(paid, 4_086, 99)
    bank.moved(99)
    facts = {"disbursement_id": paid.disbursement_id, "reason": "One riel", "by": stage.officer, "at": AT, "on": date(2026, 4, 2)}
    closing = services.close_last_cents(**facts)
    bank.agrees()
    assert (closing.amount_minor, closing.local_minor, held("advance")) == (1, 1, 0)


@pytest.mark.parametrize(("draw", "parts"), [(Pot.Draw.FIFO, [153_000, 47_000]), (Pot.Draw.PROPORTIONAL, [100_000, 100_000])])
def test_a_pot_draws_as_its_plan_says(stage: Stage, bank: Bank, draw: str, parts: list[int]) -> None:
    Pot.objects.filter(code="community").update(draw=draw)
    first = approved(stage, 200_000)
    bank.agrees()
    assert drawn(first) == parts
    paid = stage.paid(first)
    bank.moved(-200_000)
    stage.returned(paid, 200_000, 200_000)
    bank.moved(200_000)
    assert held("pot", pot="community", holder="pu-char") == 306_000
