"""Consent: entered by one, confirmed by another, withdrawn at once; and what gates and withholding make of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.consent import queries, services
from communities.consent.models import Consent, Withholding
from communities.consent.refusals import AlreadyDecided, NoConsent, NotFilledIn, NothingToWithhold, NotPossible
from communities.registry.refusals import NotFoundHere
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from revenue.ledger import chart, checks
from revenue.sharing import conditions
from revenue.sharing import services as sharing
from tests.communities.consenting import AT, CONSENTED, GATED, Community
from tests.revenue.sharing_stage import held

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
SHARE = 153_000  # cents: 30 % of 60 % of 85 % of USD 10,000.00


@pytest.fixture
def there() -> Community:
    return Community()


def consenting(there: Community) -> set[int]:
    asked = conditions.Asked(there.project.pk, there.plan.pk, frozenset({there.pu_char.pk, there.pu_ngav.pk}), DAY)
    return set(conditions.met(codes=["community_consent"], asked=asked)["community_consent"])


# --- What was said ---------------------------------------------------------------------------------------------------------


def test_a_consent_counts_once_another_person_has_confirmed_it(there: Community) -> None:
    said = there.said()
    assert consenting(there) == set()
    confirmed = there.confirmed(said)
    assert (confirmed.status, confirmed.decided_by) == (Consent.Status.CONFIRMED, there.officer)
    assert consenting(there) == {there.pu_char.pk}
    acts = AuditRecord.objects.filter(subject=f"consent:pu-char:{there.plan}").order_by("id").values_list("act", flat=True)
    assert list(acts) == ["consent.record", "consent.confirm"]


def test_a_withdrawal_counts_at_once_and_a_new_consent_after_it(there: Community) -> None:
    there.consents()
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 1), document=None, spoken_language="", women=0, men=0)
    assert consenting(there) == set()
    there.confirmed(withdrawn)
    assert consenting(there) == set()
    there.consents(on=date(2026, 2, 20))
    assert consenting(there) == {there.pu_char.pk}
    assert Consent.objects.count() == 3


def test_a_withdrawal_that_is_not_right_leaves_the_consent(there: Community) -> None:
    there.consents()
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 1))
    with pytest.raises(NotFilledIn, match="not right"):
        services.decide_consent(consent_id=withdrawn.pk, confirm=False, remark=" ", by=there.officer, at=AT)
    services.decide_consent(consent_id=withdrawn.pk, confirm=False, remark="It was another village's letter", by=there.officer, at=AT)
    assert consenting(there) == {there.pu_char.pk}


def test_an_older_consent_that_turns_up_late_does_not_undo_a_withdrawal(there: Community) -> None:
    there.consents(on=date(2026, 1, 10))
    there.said("WITHDRAWN", on=date(2026, 2, 1))
    there.consents(on=date(2026, 1, 25))
    assert consenting(there) == set()


def test_consent_is_to_one_version(there: Community) -> None:
    there.consents()
    other = there.proposed(GATED.replace("effective_from: 2026-01-01", "effective_from: 2027-01-01"))
    asked = conditions.Asked(there.project.pk, other.pk, frozenset({there.pu_char.pk}), DAY)
    assert queries.who_consents(asked) == frozenset()
    assert queries.who_consents(conditions.Asked(there.project.pk, None, frozenset({there.pu_char.pk}), DAY)) == frozenset()


def test_who_entered_it_does_not_confirm_it(there: Community) -> None:
    said = there.said(by=there.officer)
    with pytest.raises(OwnRequest):
        there.confirmed(said, by=there.officer)
    for person in (there.liaison, there.auditor):
        with pytest.raises(NotYours):
            there.confirmed(said, by=person)
    there.confirmed(said, by=there.approver)
    with pytest.raises(AlreadyDecided):
        there.confirmed(said, by=there.second)


def test_only_the_communitys_own_liaison_or_an_officer_enters_it(there: Community) -> None:
    with pytest.raises(NotFoundHere):
        there.said(by=there.stranger)
    for person in (there.approver, there.auditor):
        with pytest.raises(NotYours):
            there.said(by=person)
    assert not Consent.objects.exists()


def test_the_same_form_twice_is_one_record(there: Community) -> None:
    key = uuid4()
    assert there.said(client_key=key) == there.said(client_key=key)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "MAYBE"}, "kind"),
        ({"said_by": " "}, "said_by"),
        ({"happened_on": date(2027, 1, 1)}, "happened_on"),
        ({"women": 0, "men": 0}, "women"),
        ({"men": 10**9}, "men"),
        ({"spoken_language": ""}, "spoken_language"),
        ({"document": None}, "document"),
        ({"kind": "REFUSED", "reason": ""}, "reason"),
    ],
)
def test_what_is_missing_is_refused_at_its_field(there: Community, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFilledIn) as refusal:
        there.said(**wrong)
    assert refusal.value.field == field


def test_what_cannot_be_said_is_refused(there: Community) -> None:
    with pytest.raises(NotPossible, match="nothing to withdraw"):
        there.said("WITHDRAWN")
    with pytest.raises(NotPossible, match="no community"):
        there.said(recipient=there.rangers, by=there.officer)
    stranger = there.recipient("far-away")
    stranger.beneficiaries.all().delete()
    with pytest.raises(NotPossible, match="does not share"):
        there.said(recipient=stranger, by=there.officer)


def test_the_count_says_who_said_what_last(there: Community) -> None:
    count = queries.consent_count(plan_version_id=there.plan.pk, on=DAY)
    assert (count.asked_of, count.said_nothing) == (2, 2)
    there.consents()
    there.said(recipient=there.pu_ngav, by=there.stranger)
    count = queries.consent_count(plan_version_id=there.plan.pk, on=DAY)
    assert (count.given, count.to_confirm, count.said_nothing) == (1, 1, 0)
    there.said("WITHDRAWN", on=date(2026, 2, 1))
    there.said("REFUSED", on=date(2026, 2, 1), recipient=there.pu_ngav, by=there.stranger)
    count = queries.consent_count(plan_version_id=there.plan.pk, on=DAY)
    assert (count.given, count.refused, count.withdrawn, count.to_confirm, count.said_nothing) == (0, 1, 1, 0, 0)


# --- Gates --------------------------------------------------------------------------------------------------------------------


def test_each_condition_is_one_query_for_any_number_of_recipients(there: Community) -> None:
    there.consents()
    there.approved_plan()
    everybody = frozenset({there.pu_char.pk, there.pu_ngav.pk, there.rangers.pk})
    asked = conditions.Asked(there.project.pk, there.plan.pk, everybody, DAY)
    for answer in (queries.who_consents, queries.who_has_a_plan):
        with CaptureQueriesContext(connection) as made:
            assert answer(asked) == frozenset({there.pu_char.pk})
        assert len(made) == 1


def gated(text: str) -> Community:
    return Community(plan=text)


def share_of(receipt: Any, code: str = "pu-char") -> Any:
    return receipt.tranche.allocation_runs.get().lines.get(recipient__code=code)


def test_the_share_is_withheld_with_the_reason_until_the_community_consents_and_plans() -> None:
    there = gated(GATED)
    there.consents()
    line = share_of(there.shared())
    assert (line.state, line.amount_minor) == ("withheld", SHARE)
    assert "work plan approved" in line.how
    assert "consent" not in line.how
    there.approved_plan()
    assert share_of(there.shared(on=date(2026, 2, 2))).state == "allocated"


def test_after_consent_what_was_withheld_is_released_by_an_act_and_after_withdrawal_the_next_is_withheld() -> None:
    there = gated(CONSENTED)
    line = share_of(there.shared())
    assert line.state == "withheld"
    assert "consent recorded" in line.how
    assert held(chart.WITHHELD, holder="pu-char") == SHARE
    there.consents()
    assert held(chart.WITHHELD, holder="pu-char") == SHARE  # nothing moves by itself
    sharing.release_withheld(line_id=line.pk, reason="Consent of 20 January is confirmed", by=there.approver, at=AT, day=DAY)
    assert held(chart.POT, holder="pu-char") == SHARE
    assert share_of(there.shared(on=date(2026, 2, 2))).state == "allocated"
    there.said("WITHDRAWN", on=date(2026, 2, 3))
    assert share_of(there.shared(on=date(2026, 2, 4))).state == "withheld"


# --- Money not yet paid when consent is withdrawn -------------------------------------------------------------------------------


def test_money_not_yet_paid_is_listed_when_consent_is_withdrawn(there: Community) -> None:
    there.consents()
    there.shared()
    promised = there.promised(amount=50_000)
    there.paid(there.promised(amount=3_000))
    assert queries.unpaid_after_consent() == []
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    (found,) = queries.unpaid_after_consent()
    assert found.consent == withdrawn
    assert [(part.pot, part.amount_minor) for part in found.in_pots] == [("keo-seima/community", SHARE - 53_000)]
    assert found.promised == [("USD", promised.pk, 50_000)]


def test_it_is_withheld_by_an_act_and_released_by_another_person_after_a_new_consent(there: Community) -> None:
    there.consents()
    there.shared()
    there.shared(on=date(2026, 2, 2))
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    withheld = services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=DAY)
    assert (withheld.amount_minor, withheld.currency) == (2 * SHARE, "USD")
    assert (held(chart.POT, holder="pu-char"), held(chart.WITHHELD, holder="pu-char")) == (0, 2 * SHARE)
    assert held(chart.POT, holder="pu-ngav") == 2 * 357_000
    assert queries.unpaid_after_consent() == []

    def release(by: Any = there.approver) -> Withholding:
        return services.release_withholding(withholding_id=withheld.pk, reason="They agreed again", by=by, at=AT, day=DAY)

    with pytest.raises(NoConsent):
        release()
    again = there.said(on=date(2026, 2, 20))
    with pytest.raises(NoConsent):
        release()
    there.confirmed(again)
    with pytest.raises(NotYours):
        release(there.officer)
    assert release().release_reason == "They agreed again"
    assert (held(chart.POT, holder="pu-char"), held(chart.WITHHELD, holder="pu-char")) == (2 * SHARE, 0)
    with pytest.raises(NotPossible, match="released before"):
        release()
    assert not list(checks.run(["consent.withheld"]))


def test_nothing_is_withheld_twice_or_from_a_community_that_consents(there: Community) -> None:
    given = there.consents()
    there.shared()
    with pytest.raises(NothingToWithhold):
        services.withhold_unpaid(consent_id=given.pk, by=there.officer, at=AT, day=DAY)
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    for person in (there.approver, there.liaison, there.auditor):
        with pytest.raises(NotYours):
            services.withhold_unpaid(consent_id=withdrawn.pk, by=person, at=AT, day=DAY)
    services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=DAY)
    with pytest.raises(NothingToWithhold):
        services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=DAY)
    assert Withholding.objects.count() == 1


def test_consent_to_a_later_version_lets_go_what_an_earlier_one_withheld(there: Community) -> None:
    there.consents()
    there.shared()
    withdrawn = there.said("WITHDRAWN", on=date(2026, 2, 3))
    withheld = services.withhold_unpaid(consent_id=withdrawn.pk, by=there.officer, at=AT, day=DAY)
    later = there.proposed(CONSENTED.replace("effective_from: 2026-01-01", "effective_from: 2027-01-01"))
    there.consents(version=later, on=date(2026, 2, 20))
    services.release_withholding(withholding_id=withheld.pk, reason="They agreed to the new plan", by=there.approver, at=AT, day=DAY)
    assert held(chart.POT, holder="pu-char") == SHARE


def test_what_another_version_shared_is_not_withheld(there: Community) -> None:
    there.shared()
    later = there.approved(CONSENTED.replace("effective_from: 2026-01-01", "effective_from: 2026-06-01"))
    there.said("REFUSED", version=later, on=date(2026, 2, 3))
    assert queries.unpaid_after_consent() == []
