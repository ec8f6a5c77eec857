"""Asking for a covering and deciding it: what is refused, and what the pages show to whom."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role, User
from core.refusal import Refused
from revenue.credits.models import BankAccount, BankAccountChange
from revenue.credits.refusals import NotPossible, WrongValue
from revenue.credits.services import decide_account_change, propose_account_change
from revenue.disbursements import queries, services
from revenue.disbursements.models import Covering, Payment
from revenue.disbursements.refusals import CannotCover, NotAtThisStep, NotFilledIn, NothingMissing, ReferenceUsed
from revenue.ledger import chart
from revenue.ledger.models import Entry
from tests.flows.programme import picture
from tests.revenue import credits_office as office
from tests.revenue.payment_stories import asked, source_of
from tests.revenue.sharing_stage import AT, Stage, held

pytestmark = pytest.mark.django_db
UNCOVERED, COVERINGS = "/admin/disbursements/uncovered/", "/admin/disbursements/covering/"


@pytest.fixture
def stage() -> Stage:
    """One receipt of 10,000.00, of which the bank took 70.00 more for Pu Char than its part of the pot had."""
    stage = Stage()
    stage.shared()
    stage.paid(stage.promised(amount=153_000), amount_minor=160_000, local_minor=160_000)
    return stage


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Asking --------------------------------------------------------------------------------------------------------------


def test_asking_moves_nothing_and_leaves_a_record(stage: Stage) -> None:
    before = Entry.objects.count()
    covering = asked(stage)
    assert (covering.status, Entry.objects.count(), held("shortfall")) == ("PROPOSED", before, -7_000)
    assert covering.reference in AuditRecord.objects.get(act="covering.propose").subject


def test_the_same_form_twice_is_one_covering(stage: Stage) -> None:
    key = uuid4()
    assert asked(stage, client_key=key) == asked(stage, client_key=key)
    with pytest.raises(ReferenceUsed):
        asked(stage, client_key=key, amount=1)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": 7_001}, NothingMissing),
        ({"amount": -1}, NotFilledIn),
        ({"why": " "}, NotFilledIn),
        # Another community's own part pays for nobody else.
        ({"source": "community.pu-ngav"}, CannotCover),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(stage: Stage, change: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal, match=r"\w") as caught:
        asked(stage, **change)
    assert (str(caught.value).endswith("."), Covering.objects.count()) == (True, 0)


def test_one_covering_of_a_gap_waits_at_a_time(stage: Stage) -> None:
    asked(stage, amount=1_000)
    with pytest.raises(ReferenceUsed, match="waits for its decision"):
        asked(stage, amount=2_000)


@pytest.mark.parametrize("role", [Role.FINANCE_APPROVER, Role.AUDITOR, Role.ADMINISTRATOR, Role.LIAISON])
def test_only_an_officer_asks(stage: Stage, role: str) -> None:
    with pytest.raises(NotYours):
        asked(stage, by=office.person(role))


# --- Deciding --------------------------------------------------------------------------------------------------------------


def test_an_approver_decides_once_and_never_their_own(stage: Stage) -> None:
    covering = asked(stage)
    with pytest.raises(NotYours):
        services.approve_covering(covering_id=covering.pk, by=stage.officer, at=AT)
    User.objects.filter(pk=stage.officer.pk).update(role=Role.FINANCE_APPROVER)
    with pytest.raises(OwnRequest):
        services.approve_covering(covering_id=covering.pk, by=User.objects.get(pk=stage.officer.pk), at=AT)
    services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)
    with pytest.raises(NotAtThisStep):
        services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)
    assert (held("shortfall"), held("reserve")) == (0, 43_000)


def test_a_refusal_says_why_and_leaves_it_missing(stage: Stage) -> None:
    covering = asked(stage)
    with pytest.raises(NotFilledIn):
        services.refuse_covering(covering_id=covering.pk, reason=" ", by=stage.approver, at=AT)
    services.refuse_covering(covering_id=covering.pk, reason="The bank will pay it back", by=stage.approver, at=AT)
    assert (held("shortfall"), Covering.objects.get().status) == (-7_000, "REFUSED")
    assert asked(stage).status == "PROPOSED"


def test_what_is_covered_or_spent_meanwhile_is_told_at_the_decision(stage: Stage) -> None:
    covering = asked(stage, source="protection")
    services.approve_disbursement(disbursement_id=stage.asked(stage.rangers, 340_000, "protection").pk, by=stage.approver, at=AT, on=AT.date())
    with pytest.raises(CannotCover, match=r"USD 0\.00"):
        services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)
    assert (held("shortfall"), Covering.objects.get().status) == (-7_000, "PROPOSED")


def test_what_may_bear_it_is_listed_with_how_much(stage: Stage) -> None:
    able = {(one.place.kind, one.place.pot, one.place.holder): one.amount_minor for one in queries.bearers(queries.gaps()[0])}
    assert able == {("pot", "keo-seima/costs", ""): 7_000, ("pot", "keo-seima/protection", ""): 7_000, ("reserve", "keo-seima/reserve", ""): 7_000}


def test_money_of_donors_pays_for_no_sale(stage: Stage) -> None:
    from revenue.disbursements.covers import may_pay_for
    from revenue.ledger.models import Tranche

    sale = Tranche.objects.get()
    donor = Tranche.objects.create(code="GRANT", source=chart.DONOR, received_on=sale.received_on, currency="USD")
    assert (may_pay_for(sale), may_pay_for(donor)) == (set(), set())
    other = Tranche.objects.create(code="INT", source=chart.INTEREST, received_on=sale.received_on, currency="USD")
    assert may_pay_for(sale) == {other.pk}


# --- The pages ---------------------------------------------------------------------------------------------------------------


def test_the_page_lists_what_is_missing_with_its_age_and_who_may_bear_it(stage: Stage) -> None:
    client = signed_in(stage.officer)
    page = text(client.get(UNCOVERED))
    assert "USD 70.00" in page
    assert re.search(r"\b26\d\b", page)  # days from 5 March to 22 November, the clock of this machine being later
    row = text(client.get(f"{UNCOVERED}{queries.gaps()[0].tranche_id}/change/"))
    assert "Reserve · keo-seima/reserve · moe-usd can bear USD 70.00" in row
    assert "Shortfalls to cover" in text(client.get("/admin/"))


def test_a_covering_is_asked_for_and_approved_on_pages(stage: Stage) -> None:
    gap, officer = queries.gaps()[0], signed_in(stage.officer)
    page = f"{UNCOVERED}{gap.tranche_id}/act/cover/"
    assert "Reserve · keo-seima/reserve" in text(officer.get(page))
    given = {
        "client_key": str(uuid4()), "cover": f"{gap.account_id}:{source_of('reserve').pk}", "amount": "៧០.00", "why": "Rates moved",
        "document": SimpleUploadedFile("minutes.jpg", picture(), "image/jpeg"),
    }  # fmt: skip
    assert officer.post(page, given | {"amount": "71", "document": SimpleUploadedFile("m.jpg", picture(), "image/jpeg")}).status_code == 422
    assert officer.post(page, given | {"cover": "1:1", "document": SimpleUploadedFile("m.jpg", picture(), "image/jpeg")}).status_code == 422
    assert officer.post(page, given).status_code == 302
    covering = Covering.objects.get()
    approver = signed_in(stage.approver)
    assert "Rates moved" in text(approver.get(f"{COVERINGS}{covering.pk}/act/approve/"))
    assert approver.post(f"{COVERINGS}{covering.pk}/act/approve/", {}).status_code == 302
    assert "USD 70.00: Reserve · keo-seima/reserve · moe-usd → Shortfall" in text(approver.get(f"{COVERINGS}{covering.pk}/change/")).replace(
        "&#x27;", "'"
    )
    assert "Nothing is missing" in text(officer.get(UNCOVERED))
    assert officer.post(f"{COVERINGS}{covering.pk}/act/undo/", {"reason": "x"}).status_code == 404
    assert approver.post(f"{COVERINGS}{covering.pk}/act/undo/", {"reason": "The wrong pot"}).status_code == 302
    assert "Undone" in text(approver.get(f"{COVERINGS}{covering.pk}/change/"))
    assert "USD 70.00" in text(officer.get(UNCOVERED))


def test_a_large_debit_brings_a_box_to_tick_with_its_amount(stage: Stage) -> None:
    approved, officer = stage.promised(stage.pu_ngav, 100_000), signed_in(stage.officer)
    page = f"/admin/disbursements/disbursement/{approved.pk}/act/pay/"
    given = {"bank_reference": "FT-9", "paid_on": "2026-03-05", "amount": "1,200.00", "fee": "", "local_currency": "USD"}
    assert "paper says so" not in text(officer.get(page))
    again = officer.post(page, given)
    assert (again.status_code, Payment.objects.filter(disbursement=approved).count()) == (422, 0)
    assert "USD 1,000.00 was approved, and USD 1,200.00 is far more." in text(again)
    assert "USD 1,200.00 was debited." in text(again)
    # The tick was for another amount.
    assert officer.post(page, given | {"amount": "1,300.00", "confirmed": "120000"}).status_code == 422
    assert officer.post(page, given | {"confirmed": "120000"}).status_code == 302
    assert Payment.objects.get(disbursement=approved).above_confirmed
    assert "Debits far above what was approved" in text(officer.get("/admin/"))
    assert "FT-9" in text(officer.get("/admin/disbursements/payment/?above=yes"))


def test_the_last_cents_are_closed_on_the_page(stage: Stage) -> None:
    paid = stage.paid(stage.promised(stage.pu_ngav, 100), local_minor=4_087, local_currency="KHR", rate="4,087")
    officer = signed_in(stage.officer)
    page = f"/admin/disbursements/payment/{paid.pk}/act/close/"
    assert officer.post(page, {"on": "2026-04-02", "reason": ""}).status_code == 422
    assert officer.post(page, {"on": "2026-04-02", "reason": "No note is that small"}).status_code == 302
    assert (queries.lot_balance(paid.disbursement_id), held("fx")) == ((0, 0), 100)


# --- Our own accounts ----------------------------------------------------------------------------------------------------------


def test_the_number_of_our_account_is_changed_by_two_people(stage: Stage) -> None:
    facts: dict[str, Any] = {"bank_account_id": stage.bank.pk, "institution": "ABA", "account_number": "000 ៩៩៩ 111", "why": "A letter", "at": AT}
    change = propose_account_change(**facts, by=stage.officer)
    assert (propose_account_change(**facts, by=stage.officer), BankAccount.objects.get().account_number) == (change, "0001-moe-usd")
    with pytest.raises(NotPossible):
        propose_account_change(**{**facts, "account_number": "000 999 222"}, by=stage.officer)
    with pytest.raises(NotYours):
        decide_account_change(change_id=change.pk, approve=True, reason="", by=stage.officer, at=AT)
    with pytest.raises(WrongValue):
        decide_account_change(change_id=change.pk, approve=False, reason="", by=stage.approver, at=AT)
    decide_account_change(change_id=change.pk, approve=True, reason="", by=stage.approver, at=AT)
    assert (BankAccount.objects.get().institution, BankAccount.objects.get().account_number) == ("ABA", "000 999 111")
    with pytest.raises(NotPossible):
        decide_account_change(change_id=change.pk, approve=True, reason="", by=stage.approver, at=AT)
    assert "0001-moe-usd" in AuditRecord.objects.get(act="bank_account.approve-change").content


def test_the_pages_change_a_number_only_by_two(stage: Stage) -> None:
    officer, page = signed_in(stage.officer), f"/admin/credits/bankaccount/{stage.bank.pk}/"
    officer.post(f"{page}change/", {"name": "Main", "institution": "ABA", "account_number": "666666"})
    assert (BankAccount.objects.get().name, BankAccount.objects.get().account_number) == ("Main", "0001-moe-usd")
    assert officer.post(f"{page}act/change/", {"institution": "ABA", "account_number": "!", "why": "x"}).status_code == 422
    assert officer.post(f"{page}act/change/", {"institution": "ABA", "account_number": "666666", "why": "A letter"}).status_code == 302
    change = BankAccountChange.objects.get()
    assert "Until now" in text(signed_in(stage.approver).get(f"/admin/credits/bankaccountchange/{change.pk}/act/approve/"))
    assert signed_in(stage.approver).post(f"/admin/credits/bankaccountchange/{change.pk}/act/approve/", {"reason": ""}).status_code == 302
    assert BankAccount.objects.get().account_number == "666666"
