"""Asked for, approved, paid, acknowledged, given back: what is posted, and what is refused."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from communities.registry.models import Assignment, PayeeAccount
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from core.refusal import Refused
from revenue.disbursements import queries, services
from revenue.disbursements.access import NotFoundHere
from revenue.disbursements.models import Disbursement, Payment
from revenue.disbursements.refusals import (
    MoreThanTheyHold,
    NoPayeeAccount,
    NotAtThisStep,
    NotConfirmed,
    NotEnoughInPot,
    NotFilledIn,
    ReferenceUsed,
)
from revenue.disbursements.states import Status
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.ledger.refusals import MoneyHasMoved
from revenue.ledger.services import Place, Row, close_books, post
from revenue.sharing.models import Pot
from tests.database import tampered
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, Stage, held, liaison

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def stage() -> Stage:
    """The pots after one receipt of 10,000.00: community 1,530.00 for Pu Char and 3,570.00 for Pu Ngav, protection 3,400.00."""
    stage = Stage()
    stage.shared()
    return stage


@pytest.fixture(autouse=True)
def _books_are_well(request: pytest.FixtureRequest) -> object:
    """Whatever a test does, the books are in order afterwards."""
    yield
    if "stage" in request.fixturenames:
        below = [name for name in checks.names() if name.split(".")[0] in {"ledger", "credits", "sharing", "disbursements"}]
        assert list(checks.run(below)) == []


def approve(asked: Disbursement, *, by: object = None, **other: object) -> Disbursement:
    return services.approve_disbursement(disbursement_id=asked.pk, by=by or office.approver(), at=AT, on=ON, **other)  # type: ignore[arg-type]


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_a_request_posts_nothing(stage: Stage) -> None:
    before = Entry.objects.count()
    asked = stage.asked()
    assert asked.status == Status.REQUESTED
    assert asked.reference.startswith("DB-2026-")
    assert Entry.objects.count() == before


def test_the_same_form_twice_is_one_request(stage: Stage) -> None:
    key = uuid4()
    assert stage.asked(client_key=key) == stage.asked(client_key=key)
    assert Disbursement.objects.count() == 1
    assert AuditRecord.objects.filter(act="disbursement.request").count() == 1


def test_the_same_key_with_another_amount_is_refused(stage: Stage) -> None:
    key = uuid4()
    stage.asked(client_key=key)
    with pytest.raises(ReferenceUsed):
        stage.asked(client_key=key, amount_minor=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_minor": 0}, "amount"),
        ({"amount_minor": -1}, "amount"),
        ({"amount_minor": 10**16}, "amount"),
        ({"kind": "GIFT"}, "kind"),
        ({"description": " "}, "description"),
        ({"due_on": date(2026, 7, 1)}, "account_by"),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field(stage: Stage, change: dict[str, object], field: str) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.asked(**change)
    assert caught.value.field == field


def test_nothing_is_asked_from_a_reserve(stage: Stage) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.asked(pot="reserve")
    assert caught.value.field == "pot"


def test_the_bank_account_is_in_the_pots_currency(stage: Stage) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.asked(bank_account_id=office.bank("riel", "KHR").pk)
    assert caught.value.field == "bank_account"


@pytest.mark.parametrize("role", [Role.FINANCE_APPROVER, Role.AUDITOR, Role.ADMINISTRATOR, Role.LIAISON])
def test_only_an_officer_asks(stage: Stage, role: str) -> None:
    with pytest.raises(NotYours):
        stage.asked(by=office.person(role))


# --- Deciding ----------------------------------------------------------------------------------------------------------


def test_approval_promises_the_recipients_own_money_first(stage: Stage) -> None:
    approve(stage.asked(amount=100_000))
    assert (held("pot", pot="community", holder="pu-char"), held("committed", holder="pu-char")) == (53_000, 100_000)


def test_a_pot_that_is_not_divided_pays_anybody(stage: Stage) -> None:
    approve(stage.asked(stage.rangers, 340_000, "protection"))
    assert (held("pot", pot="protection"), held("committed", holder="rangers-1")) == (0, 340_000)


def test_the_oldest_tranche_is_drawn_first(stage: Stage) -> None:
    stage.shared(on=date(2026, 2, 20))
    asked = stage.asked(amount=200_000)
    drawn = [(line.tranche.received_on, line.amount_minor) for line in queries.preview_draw(asked)]
    assert drawn == [(date(2026, 2, 1), 153_000), (date(2026, 2, 20), 47_000)]
    approved = approve(asked)
    assert approved.approval_entry is not None
    assert list(approved.approval_entry.postings.order_by("line").values_list("amount_minor", flat=True)) == [153_000, 47_000]


def test_a_proportional_pot_draws_in_proportion(stage: Stage) -> None:
    stage.shared(on=date(2026, 2, 20))
    Pot.objects.filter(code="community").update(draw=Pot.Draw.PROPORTIONAL)
    assert [line.amount_minor for line in queries.preview_draw(stage.asked(amount=100_000))] == [50_000, 50_000]


def test_the_approver_may_name_the_tranches(stage: Stage) -> None:
    newer = stage.shared(on=date(2026, 2, 20))
    approved = approve(stage.asked(amount=100_000), tranche_ids=[newer.tranche_id])
    assert approved.approval_entry is not None
    assert approved.approval_entry.postings.get().tranche_id == newer.tranche_id


def test_more_than_the_pot_has_is_refused_with_what_it_has(stage: Stage) -> None:
    asked = stage.asked(amount=153_001)
    with pytest.raises(NotEnoughInPot, match=r"USD 1,530\.00") as caught:
        approve(asked)
    assert caught.value.available_minor == 153_000
    asked.refresh_from_db()
    assert asked.status == Status.REQUESTED


def test_another_recipients_own_money_is_never_drawn(stage: Stage) -> None:
    with pytest.raises(NotEnoughInPot):
        approve(stage.asked(stage.rangers, 100, "community"))


def test_who_asked_cannot_approve(stage: Stage) -> None:
    asked = stage.asked()
    with tampered():
        Disbursement.objects.filter(id=asked.pk).update(requested_by=stage.approver)
    with pytest.raises(OwnRequest):
        approve(asked)


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.LIAISON])
def test_only_an_approver_approves(stage: Stage, role: str) -> None:
    with pytest.raises(NotYours):
        approve(stage.asked(), by=office.person(role, "another"))


def test_a_request_is_approved_once(stage: Stage) -> None:
    asked = stage.asked()
    approve(asked)
    with pytest.raises(NotAtThisStep):
        approve(asked)
    assert held("committed") == 100_000


def test_it_is_not_approved_before_it_was_asked_for(stage: Stage) -> None:
    with pytest.raises(NotFilledIn):
        services.approve_disbursement(disbursement_id=stage.asked().pk, by=stage.approver, at=AT, on=date(2026, 2, 1))


def test_a_rejection_needs_its_reason_and_posts_nothing(stage: Stage) -> None:
    asked = stage.asked()
    with pytest.raises(NotFilledIn):
        services.reject_disbursement(disbursement_id=asked.pk, reason="", by=stage.approver, at=AT, on=ON)
    rejected = services.reject_disbursement(disbursement_id=asked.pk, reason="No village plan", by=stage.approver, at=AT, on=ON)
    assert (rejected.status, held("committed")) == (Status.REJECTED, 0)
    with pytest.raises(NotAtThisStep):
        approve(asked)


def test_cancelling_gives_each_tranche_back_where_it_was_drawn(stage: Stage) -> None:
    promised = stage.promised()
    services.cancel_disbursement(disbursement_id=promised.pk, reason="The village changed its plan", by=stage.approver, at=AT, on=date(2026, 3, 9))
    assert (held("committed"), held("pot", pot="community", holder="pu-char")) == (0, 153_000)


def test_a_paid_disbursement_cannot_be_cancelled(stage: Stage) -> None:
    payment = stage.paid()
    with pytest.raises(NotAtThisStep):
        services.cancel_disbursement(disbursement_id=payment.disbursement_id, reason="x", by=stage.approver, at=AT, on=ON)


# --- Paying --------------------------------------------------------------------------------------------------------------


def test_a_payment_becomes_an_advance(stage: Stage) -> None:
    payment = stage.paid()
    assert (held("committed"), held("advance", holder="pu-char")) == (0, 100_000)
    assert queries.lot_balance(payment.disbursement_id) == (100_000, 100_000)
    assert payment.disbursement.status in (Status.APPROVED, Status.PAID)


def test_a_final_payment_is_spent_at_once(stage: Stage) -> None:
    stage.paid(stage.promised(kind="FINAL"))
    assert (held("advance"), held("spent", holder="pu-char")) == (0, 100_000)


def test_riel_are_kept_beside_the_dollars(stage: Stage) -> None:
    payment = stage.paid(local_minor=4_087_000, local_currency="KHR", rate="4,087")
    assert queries.lot_balance(payment.disbursement_id) == (100_000, 4_087_000)


@pytest.mark.parametrize("rate", ["", "none", "40.87", "40,870"])
def test_a_rate_that_cannot_be_right_is_refused(stage: Stage, rate: str) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.paid(local_minor=4_087_000, local_currency="KHR", rate=rate)
    assert caught.value.field == "rate"


def test_without_exchange_both_amounts_are_the_same(stage: Stage) -> None:
    with pytest.raises(NotFilledIn):
        stage.paid(local_minor=99_999)


def test_the_fee_is_charged_to_the_pot_that_pays(stage: Stage) -> None:
    stage.paid(fee_minor=1_500)
    assert (held("charge", pot="community"), held("pot", pot="community", holder="pu-char")) == (1_500, 51_500)


def test_a_fee_beyond_the_pot_is_a_shortfall(stage: Stage) -> None:
    stage.paid(stage.promised(amount=153_000), fee_minor=1_500)
    assert (held("charge", pot="community"), held("shortfall")) == (1_500, -1_500)


def test_less_debited_than_approved_goes_back_to_the_pot_in_an_entry_of_its_own(stage: Stage) -> None:
    before = Entry.objects.count()
    stage.paid(stage.promised(), amount_minor=99_997, local_minor=99_997)
    assert (held("committed"), held("advance"), held("pot", pot="community", holder="pu-char")) == (0, 99_997, 53_003)
    assert Entry.objects.count() == before + 3  # the approval, the rest to the pot, the payment


def test_a_fee_may_be_taken_from_what_was_not_debited(stage: Stage) -> None:
    stage.paid(stage.promised(amount=153_000), amount_minor=152_000, local_minor=152_000, fee_minor=400)
    assert (held("charge", pot="community"), held("shortfall"), held("pot", pot="community", holder="pu-char")) == (400, 0, 600)


def test_more_debited_than_approved_comes_from_the_pot(stage: Stage) -> None:
    stage.paid(stage.promised(), amount_minor=100_010, local_minor=100_010)
    assert (held("advance"), held("pot", pot="community", holder="pu-char"), held("shortfall")) == (100_010, 52_990, 0)


def test_more_debited_than_the_pot_has_is_a_shortfall(stage: Stage) -> None:
    stage.paid(stage.promised(amount=153_000), amount_minor=153_007, local_minor=153_007)
    assert (held("advance"), held("shortfall")) == (153_007, -7)


def test_a_debit_far_above_what_was_approved_is_asked_about_again(stage: Stage) -> None:
    approved = stage.promised()
    for confirmed in (None, 105_000):
        with pytest.raises(NotConfirmed, match="far more") as caught:
            stage.paid(approved, amount_minor=105_001, local_minor=105_001, confirmed_minor=confirmed)
    assert (caught.value.field, held("advance"), held("committed")) == ("confirmed", 0, 100_000)


def test_a_debit_far_above_what_was_approved_is_posted_when_it_is_confirmed(stage: Stage) -> None:
    payment = stage.paid(amount_minor=160_000, local_minor=160_000, confirmed_minor=160_000)
    assert (payment.above_confirmed, held("advance"), held("shortfall"), held("pot", pot="community", holder="pu-char")) == (True, 160_000, -7_000, 0)
    said = AuditRecord.objects.get(act="disbursement.pay")
    assert '"above_confirmed":true' in said.content
    assert list(queries.far_above(since=date(2026, 1, 1))) == [payment]


def test_what_has_not_happened_yet_is_not_recorded(stage: Stage) -> None:
    tomorrow = date(2026, 11, 23)
    for act, field in (
        (lambda: stage.paid(paid_on=tomorrow), "paid_on"),
        (lambda: services.payment_sent_back(payment_id=stage.paid(stage.promised(stage.pu_ngav)).pk, on=tomorrow, by=stage.officer, at=AT), "on"),
        (lambda: stage.returned(stage.paid(stage.promised(stage.pu_ngav)), 1, 1, returned_on=tomorrow), "returned_on"),
    ):
        with pytest.raises(NotFilledIn, match="has not come yet") as caught:
            act()
        assert caught.value.field == field


def test_a_fee_above_the_payment_is_a_slip(stage: Stage) -> None:
    with pytest.raises(NotFilledIn, match="fee") as caught:
        stage.paid(fee_minor=150_000)
    assert (caught.value.field, held("charge")) == ("fee", 0)


def test_the_payee_needs_an_approved_account(stage: Stage) -> None:
    PayeeAccount.objects.filter(recipient=stage.pu_char).update(status="REPLACED")
    with pytest.raises(NoPayeeAccount, match="recipient's page"):
        stage.paid()


def test_the_same_payment_twice_is_once(stage: Stage) -> None:
    facts = stage.payment_facts(stage.promised())
    assert services.pay_disbursement(**facts) == services.pay_disbursement(**facts)
    assert Payment.objects.count() == 1


def test_a_bank_reference_stands_for_one_payment(stage: Stage) -> None:
    first = stage.paid()
    with pytest.raises(ReferenceUsed) as caught:
        stage.paid(stage.promised(amount=1_000), bank_reference=first.bank_reference)
    assert caught.value.field == "bank_reference"


def test_what_is_not_approved_is_not_paid(stage: Stage) -> None:
    with pytest.raises(NotAtThisStep):
        stage.paid(stage.asked())


def test_it_is_not_paid_before_it_was_approved(stage: Stage) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.paid(paid_on=date(2026, 3, 1))
    assert caught.value.field == "paid_on"


def test_a_payment_of_closed_days_is_posted_on_the_first_open_day(stage: Stage) -> None:
    promised = stage.promised()
    close_books(through=date(2026, 3, 31), by_id=stage.officer.pk, at=AT)
    payment = stage.paid(promised)
    assert (payment.entry.day, payment.entry.occurred_on) == (date(2026, 4, 1), date(2026, 3, 5))


# --- Sent back by the bank ---------------------------------------------------------------------------------------------------


def send_back(payment: Payment, **other: object) -> Payment:
    return services.payment_sent_back(payment_id=payment.pk, on=date(2026, 3, 12), by=office.officer(), at=AT, **other)  # type: ignore[arg-type]


def test_a_payment_sent_back_can_be_paid_again(stage: Stage) -> None:
    payment = stage.paid(fee_minor=200)
    send_back(payment)
    payment.disbursement.refresh_from_db()
    assert (payment.disbursement.status, held("committed"), held("charge", pot="community")) == (Status.APPROVED, 100_000, 0)
    stage.paid(payment.disbursement)
    assert held("advance") == 100_000


def test_a_payment_is_sent_back_although_its_rest_was_promised_to_another(stage: Stage) -> None:
    payment = stage.paid(stage.promised(), amount_minor=99_997, local_minor=99_997)
    stage.promised(amount=53_003)
    send_back(payment)
    payment.disbursement.refresh_from_db()
    assert (payment.disbursement.status, held("committed"), held("advance")) == (Status.APPROVED, 153_000, 0)
    stage.paid(payment.disbursement, amount_minor=99_997, local_minor=99_997)
    assert (held("committed"), held("advance")) == (53_003, 99_997)


def test_a_payment_sent_back_can_be_cancelled(stage: Stage) -> None:
    payment = send_back(stage.paid())
    services.cancel_disbursement(disbursement_id=payment.disbursement_id, reason="Account closed", by=stage.approver, at=AT, on=date(2026, 3, 13))
    assert held("pot", pot="community", holder="pu-char") == 153_000


def test_the_bank_may_keep_its_fee(stage: Stage) -> None:
    send_back(stage.paid(fee_minor=200), fee_kept=True)
    assert (held("charge", pot="community"), held("pot", pot="community", holder="pu-char")) == (200, 52_800)


def test_sent_back_twice_is_once(stage: Stage) -> None:
    payment = stage.paid()
    assert send_back(payment).sent_back_entry == send_back(payment).sent_back_entry


def test_what_was_acknowledged_was_not_sent_back(stage: Stage) -> None:
    payment = stage.paid()
    stage.acknowledged(payment)
    with pytest.raises(NotAtThisStep):
        send_back(payment)


def test_what_was_spent_was_not_sent_back(stage: Stage) -> None:
    payment = stage.paid()
    spend(payment, 10_000)
    with pytest.raises(MoneyHasMoved):
        send_back(payment)


def spend(payment: Payment, amount: int) -> None:
    advance = Place("advance", "USD", holder="pu-char", purpose="community_development")
    spent = Place("spent", "USD", holder="pu-char", purpose="community_development")
    tranche = payment.entry.postings.order_by("line")[0].tranche_id
    row = Row(spent, advance, amount, tranche, payment.disbursement_id, amount, "USD")
    post(event="spend", day=date(2026, 3, 20), rows=[row], key="spend:1", document="SP-1", by_id=None)


# --- Given back by the recipient ---------------------------------------------------------------------------------------------


def test_unspent_money_goes_back_to_the_recipients_part_of_the_pot(stage: Stage) -> None:
    payment = stage.paid()
    spend(payment, 60_000)
    stage.returned(payment, 40_000, 40_000)
    assert (held("advance"), held("pot", pot="community", holder="pu-char"), held("fx")) == (0, 93_000, 0)


def test_riel_given_back_for_less_are_an_exchange_loss(stage: Stage) -> None:
    payment = stage.paid(local_minor=4_087_000, local_currency="KHR", rate="4087")
    stage.returned(payment, 4_087_000, 99_200)
    assert (held("advance"), held("fx"), queries.lot_balance(payment.disbursement_id)) == (0, 800, (0, 0))


def test_riel_given_back_for_more_are_an_exchange_gain(stage: Stage) -> None:
    payment = stage.paid(local_minor=4_087_000, local_currency="KHR", rate="4087")
    stage.returned(payment, 4_087_000, 100_300)
    assert (held("advance"), held("fx"), held("pot", pot="community", holder="pu-char")) == (0, -300, 153_300)


def test_part_of_the_riel_takes_its_part_of_the_cents(stage: Stage) -> None:
    payment = stage.paid(local_minor=4_087_000, local_currency="KHR", rate="4087")
    stage.returned(payment, 50, 1)
    assert queries.lot_balance(payment.disbursement_id) == (99_999, 4_086_950)


def test_more_than_they_hold_is_refused(stage: Stage) -> None:
    with pytest.raises(MoreThanTheyHold) as caught:
        stage.returned(stage.paid(), 100_001, 100_001)
    assert caught.value.field == "local_amount"


def test_a_final_payment_is_not_given_back(stage: Stage) -> None:
    with pytest.raises(NotAtThisStep):
        stage.returned(stage.paid(stage.promised(kind="FINAL")), 100, 100)


def test_the_same_return_twice_is_once(stage: Stage) -> None:
    payment = stage.paid()
    facts = {"bank_reference": "FT-R"}
    assert stage.returned(payment, 500, 500, **facts) == stage.returned(payment, 500, 500, **facts)
    with pytest.raises(ReferenceUsed):
        stage.returned(payment, 501, 501, **facts)


# --- Acknowledged --------------------------------------------------------------------------------------------------------------


def assigned(stage: Stage, recipient: object) -> object:
    person = liaison()
    Assignment.objects.create(person=person, recipient=recipient, from_date=date(2026, 1, 1))
    return person


def test_nothing_has_arrived_on_a_day_that_has_not_come(stage: Stage) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.acknowledged(stage.paid(), received_on=date(2026, 11, 23))
    assert caught.value.field == "received_on"


def test_the_recipients_liaison_acknowledges(stage: Stage) -> None:
    acknowledged = stage.acknowledged(stage.paid(), by=assigned(stage, stage.pu_char))
    assert acknowledged.local_minor == 100_000
    assert not queries.to_acknowledge().exists()


def test_another_recipients_liaison_finds_nothing(stage: Stage) -> None:
    with pytest.raises(NotFoundHere):
        stage.acknowledged(stage.paid(), by=assigned(stage, stage.pu_ngav))


@pytest.mark.parametrize("role", [Role.FINANCE_APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_acknowledges(stage: Stage, role: str) -> None:
    with pytest.raises(NotFoundHere):
        stage.acknowledged(stage.paid(), by=office.person(role))


def test_the_same_acknowledgement_twice_is_once(stage: Stage) -> None:
    payment = stage.paid()
    assert stage.acknowledged(payment) == stage.acknowledged(payment)
    with pytest.raises(NotAtThisStep):
        stage.acknowledged(payment, client_key=UUID(int=99))


def test_less_may_arrive_than_was_paid(stage: Stage) -> None:
    assert stage.acknowledged(stage.paid(), local_minor=99_000).local_minor == 99_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"local_minor": 0}, "amount"),
        ({"local_currency": "KHR"}, "local_currency"),
        ({"received_on": date(2026, 3, 4)}, "received_on"),
        ({"signed_by": " "}, "signed_by"),
        ({"also_signed_by": "CHAN THY"}, "also_signed_by"),
    ],
)
def test_an_acknowledgement_that_cannot_be_right_is_told_at_its_field(stage: Stage, change: dict[str, object], field: str) -> None:
    with pytest.raises(NotFilledIn) as caught:
        stage.acknowledged(stage.paid(), **change)
    assert caught.value.field == field


# --- Queues ----------------------------------------------------------------------------------------------------------------------


def test_an_advance_is_late_while_something_is_left(stage: Stage) -> None:
    payment = stage.paid()
    assert queries.late_advances(on=date(2026, 6, 1)) == []
    late = queries.late_advances(on=date(2026, 6, 11))
    assert [(one.disbursement, one.amount_minor, one.days_late) for one in late] == [(payment.disbursement, 100_000, 10)]
    spend(payment, 100_000)
    assert queries.late_advances(on=date(2026, 6, 11)) == []


def test_each_disbursement_is_in_one_queue(stage: Stage) -> None:
    asked, promised = stage.asked(amount=1_000), stage.promised(amount=2_000)
    stage.paid(stage.promised(amount=3_000))
    assert (list(queries.to_approve()), list(queries.to_pay())) == ([asked], [promised])


def test_every_refusal_is_a_sentence(stage: Stage) -> None:
    with pytest.raises(Refused) as caught:
        approve(stage.asked(amount=10**9))
    assert str(caught.value).endswith(".")
