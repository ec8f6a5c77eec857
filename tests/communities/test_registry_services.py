"""Recipients, accounts changed by two people, liaisons' assignments, and what was counted in villages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from communities.registry import queries, services
from communities.registry.access import NotFoundHere, recipient_for, recipients_of
from communities.registry.models import Assignment, IndicatorSnapshot, PayeeAccount, Recipient, RecipientVillage, Village
from communities.registry.refusals import AlreadyThere, NotPossible, WrongValue
from communities.registry.services.imports import Counts
from core.imports import AcceptedBefore, HasErrors, NotWaiting
from core.models import ImportRun
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from tests.revenue.credits_office import AT, approver, officer, person

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 5)

VILLAGES = (
    "village_code,name,name_km,commune,district,province\n"
    "11010101,Pu Tung,ពូទុង,Chong Phlah,Kaev Seima,Mondul Kiri\n"
    "11010102,Pu Huong,ពូហ៊ួង,Chong Phlah,Kaev Seima,Mondul Kiri\n"
)
RECIPIENTS = (
    "recipient_code,kind,name,name_km,village_codes,account_channel,account_institution,account_name,account_number\n"
    "KS-ICC-01,ICC,Pu Tung community,ពូទុង,11010101 11010102,BANK,ACLEDA,PU TUNG,000 536 001\n"
    "KS-RGR-01,RANGER_UNIT,Keo Seima rangers,,,,,,\n"
)
COUNTS = "village_code,households,population_female,population_male\n11010101,120,300,290\n11010102,80,,\n"


def recipient(code: str = "KS-VC-01", kind: str = "VILLAGE_COMMITTEE") -> Recipient:
    return services.create_recipient(code=code, kind=kind, name=code, by=officer(), at=AT)


def proposed(of: Recipient, number: str = "000 111 222") -> PayeeAccount:
    return services.propose_account(
        recipient_id=of.pk, channel="BANK", institution="ACLEDA", account_name="VC", account_number=number, reason="Letter", by=officer(), at=AT
    )


def approved(of: Recipient, number: str = "000 111 222") -> PayeeAccount:
    return services.decide_account(account_id=proposed(of, number).pk, approve=True, reason="", by=approver(), at=AT)


def accepted_villages() -> Counts:
    run, _parsed = services.preview_villages(content=VILLAGES.encode(), name="v.csv", source="gazetteer", by=officer(), at=AT)
    return services.accept_villages(import_run_id=run.pk, by=officer(), at=AT)


def previewed_list(content: str = RECIPIENTS, from_date: date = date(2026, 1, 1)) -> ImportRun:
    return services.preview_community_list(content=content.encode(), name="r.csv", from_date=from_date, by=officer(), at=AT)[0]


# --- Accounts -----------------------------------------------------------------------------------------------------------


def test_an_account_holds_once_another_person_approved_it() -> None:
    one = recipient()
    waiting = proposed(one)
    assert queries.approved_account(recipient_id=one.pk) is None
    services.decide_account(account_id=waiting.pk, approve=True, reason="", by=approver(), at=AT)
    assert queries.approved_account(recipient_id=one.pk) == waiting


def test_a_new_account_replaces_the_one_before() -> None:
    one = recipient()
    first = approved(one)
    second = approved(one, "000 333 444")
    first.refresh_from_db()
    assert (first.status, queries.approved_account(recipient_id=one.pk)) == (PayeeAccount.Status.REPLACED, second)


def test_until_it_is_decided_the_account_before_holds() -> None:
    one = recipient()
    first = approved(one)
    proposed(one, "000 333 444")
    assert queries.approved_account(recipient_id=one.pk) == first


def test_who_proposed_an_account_does_not_decide_it() -> None:
    waiting = proposed(recipient())
    both = officer()
    both.role = Role.FINANCE_APPROVER
    both.save()
    with pytest.raises(OwnRequest):
        services.decide_account(account_id=waiting.pk, approve=True, reason="", by=both, at=AT)


def test_an_officer_decides_no_account() -> None:
    waiting = proposed(recipient())
    with pytest.raises(NotYours):
        services.decide_account(account_id=waiting.pk, approve=True, reason="", by=person(Role.FINANCE_OFFICER, "other"), at=AT)


def test_an_account_is_decided_once() -> None:
    done = approved(recipient())
    with pytest.raises(NotPossible):
        services.decide_account(account_id=done.pk, approve=False, reason="x", by=approver(), at=AT)
    done.refresh_from_db()
    assert done.status == PayeeAccount.Status.APPROVED


def test_a_decision_that_came_too_late_leaves_the_approved_account_alone() -> None:
    one = recipient()
    first = approved(one)
    with pytest.raises(NotPossible):
        services.decide_account(account_id=first.pk, approve=True, reason="", by=approver(), at=AT)
    assert queries.approved_account(recipient_id=one.pk) == first


def test_a_refusal_says_why() -> None:
    waiting = proposed(recipient())
    with pytest.raises(WrongValue):
        services.decide_account(account_id=waiting.pk, approve=False, reason=" ", by=approver(), at=AT)


def test_the_same_account_proposed_twice_is_one_proposal() -> None:
    one = recipient()
    assert proposed(one) == proposed(one)


def test_another_account_waits_until_the_first_is_decided() -> None:
    one = recipient()
    proposed(one)
    with pytest.raises(NotPossible):
        proposed(one, "000 333 444")


@pytest.mark.parametrize("number", ["", "12", "abc", "12 34 ab", "=1+1"])
def test_what_is_no_account_number_is_refused(number: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        proposed(recipient(), number)
    assert refusal.value.field == "account_number"


# --- Assignments and access ------------------------------------------------------------------------------------------------


def test_a_liaison_sees_the_recipients_assigned_on_that_day_and_no_others() -> None:
    one, other, liaison = recipient(), recipient("KS-VC-02"), person(Role.LIAISON)
    made = services.assign(person_id=liaison.pk, recipient_id=one.pk, from_date=date(2026, 2, 1), by=officer(), at=AT)
    services.end_assignment(assignment_id=made.pk, to_date=date(2026, 3, 1), by=officer(), at=AT)
    seen = {day: list(recipients_of(person=liaison, on=day)) for day in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 1))}
    assert seen == {date(2026, 1, 31): [], date(2026, 2, 28): [one], date(2026, 3, 1): []}
    assert other not in seen[date(2026, 2, 28)]


def test_a_recipient_of_somebody_else_is_not_found() -> None:
    with pytest.raises(NotFoundHere):
        recipient_for(person=person(Role.LIAISON), recipient_id=recipient().pk, on=DAY)


def test_a_recipient_that_does_not_exist_gets_the_same_answer() -> None:
    with pytest.raises(NotFoundHere) as missing:
        recipient_for(person=person(Role.LIAISON), recipient_id=10**9, on=DAY)
    with pytest.raises(NotFoundHere) as foreign:
        recipient_for(person=person(Role.LIAISON), recipient_id=recipient().pk, on=DAY)
    assert str(missing.value) == str(foreign.value)


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR])
def test_readers_of_the_books_see_every_recipient(role: str) -> None:
    one = recipient()
    assert list(recipients_of(person=person(role), on=DAY)) == [one]


def test_an_administrator_sees_no_recipients_money() -> None:
    recipient()
    assert not recipients_of(person=person(Role.ADMINISTRATOR), on=DAY).exists()


def test_only_liaisons_are_assigned() -> None:
    with pytest.raises(WrongValue):
        services.assign(person_id=approver().pk, recipient_id=recipient().pk, from_date=DAY, by=officer(), at=AT)


def test_a_liaison_is_not_assigned_twice_at_a_time() -> None:
    one, liaison = recipient(), person(Role.LIAISON)
    services.assign(person_id=liaison.pk, recipient_id=one.pk, from_date=DAY, by=officer(), at=AT)
    with pytest.raises(AlreadyThere):
        services.assign(person_id=liaison.pk, recipient_id=one.pk, from_date=date(2026, 11, 1), by=officer(), at=AT)
    assert Assignment.objects.count() == 1


def test_an_assignment_does_not_end_before_it_begins() -> None:
    made = services.assign(person_id=person(Role.LIAISON).pk, recipient_id=recipient().pk, from_date=DAY, by=officer(), at=AT)
    with pytest.raises(WrongValue):
        services.end_assignment(assignment_id=made.pk, to_date=DAY, by=officer(), at=AT)


# --- Lists --------------------------------------------------------------------------------------------------------------


def test_a_list_of_villages_is_taken_once_and_corrected_by_the_next() -> None:
    counts = accepted_villages()
    assert (counts.created, counts.changed) == (2, 0)
    changed = VILLAGES.replace("Pu Huong", "Pou Huong")
    run, _parsed = services.preview_villages(content=changed.encode(), name="v2.csv", source="gazetteer 2", by=officer(), at=AT)
    counts = services.accept_villages(import_run_id=run.pk, by=officer(), at=AT)
    assert (counts.created, counts.changed, counts.unchanged) == (0, 1, 1)
    assert Village.objects.get(code="11010102").name == "Pou Huong"


def test_a_community_list_brings_recipients_villages_and_accounts_to_decide() -> None:
    accepted_villages()
    counts = services.accept_community_list(import_run_id=previewed_list().pk, by=officer(), at=AT)
    assert (counts.created, counts.accounts) == (2, 1)
    assert RecipientVillage.objects.filter(recipient__code="KS-ICC-01", from_date=date(2026, 1, 1)).count() == 2
    assert queries.accounts_to_decide().get().account_number == "000 536 001"


def test_a_preview_saves_nothing() -> None:
    accepted_villages()
    previewed_list()
    assert not Recipient.objects.exists()


def test_a_list_with_one_mistake_is_not_taken_at_all() -> None:
    accepted_villages()
    run = previewed_list(RECIPIENTS.replace("11010102", "99999999"))
    with pytest.raises(HasErrors) as refusal:
        services.accept_community_list(import_run_id=run.pk, by=officer(), at=AT)
    assert "Line 2" in str(refusal.value)
    assert "99999999" in str(refusal.value)
    run.refresh_from_db()
    assert (Recipient.objects.count(), run.state) == (0, ImportRun.State.PREVIEWED)


def test_a_list_is_accepted_once() -> None:
    accepted_villages()
    run = previewed_list()
    services.accept_community_list(import_run_id=run.pk, by=officer(), at=AT)
    with pytest.raises(NotWaiting):
        services.accept_community_list(import_run_id=run.pk, by=officer(), at=AT)
    with pytest.raises(AcceptedBefore):
        previewed_list()


def test_a_village_that_a_newer_list_drops_is_covered_until_that_lists_day() -> None:
    accepted_villages()
    services.accept_community_list(import_run_id=previewed_list().pk, by=officer(), at=AT)
    run = previewed_list(RECIPIENTS.replace("11010101 11010102", "11010101"), date(2026, 7, 1))
    counts = services.accept_community_list(import_run_id=run.pk, by=officer(), at=AT)
    assert (counts.created, counts.accounts) == (0, 0)
    assert RecipientVillage.objects.get(village__code="11010102").to_date == date(2026, 7, 1)
    assert RecipientVillage.objects.get(village__code="11010101").to_date is None


def test_counts_add_up_over_the_villages_a_recipient_covers_on_the_day() -> None:
    accepted_villages()
    services.accept_community_list(import_run_id=previewed_list().pk, by=officer(), at=AT)
    run, _parsed = services.preview_indicators(content=COUNTS.encode(), name="c.csv", code="c-26", as_of=DAY, source="survey", by=officer(), at=AT)
    snapshot = services.accept_indicators(import_run_id=run.pk, by=officer(), at=AT)
    ids = list(Recipient.objects.values_list("id", flat=True))
    found = queries.recipient_indicators(snapshot_id=snapshot.pk, recipient_ids=ids, on=DAY)
    assert found["households"] == {"KS-ICC-01": Decimal(200)}
    assert found["population"] == {"KS-ICC-01": Decimal(590)}
    assert queries.recipient_indicators(snapshot_id=snapshot.pk, recipient_ids=ids, on=date(2025, 12, 31)) == {}


def test_a_snapshots_code_is_given_once() -> None:
    accepted_villages()
    values = [("11010101", "households", Decimal(3))]
    services.record_indicators(code="c", as_of=DAY, source="s", values=values, by=officer(), at=AT)
    with pytest.raises(AlreadyThere):
        services.record_indicators(code="c", as_of=DAY, source="s", values=values, by=officer(), at=AT)
    assert IndicatorSnapshot.objects.count() == 1


def test_counts_of_a_village_that_nobody_knows_are_refused() -> None:
    with pytest.raises(WrongValue):
        services.record_indicators(code="c", as_of=DAY, source="s", values=[("11010101", "households", Decimal(3))], by=officer(), at=AT)
