"""Who agrees to which version of a plan: the latest word of each community."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from communities.consent.models import Consent
from communities.registry.models import Recipient
from revenue.sharing.conditions import Asked
from revenue.sharing.models import Beneficiary, PlanVersion


@dataclass(frozen=True, slots=True)
class ConsentCount:
    """How many communities of a plan version said what last; ``asked_of`` are all of its communities on the day."""

    asked_of: int
    given: int
    refused: int
    withdrawn: int
    to_confirm: int

    @property
    def said_nothing(self) -> int:
        """How many have said nothing that counts, and nothing that waits to be confirmed."""
        return self.asked_of - self.given - self.refused - self.withdrawn - self.to_confirm


def standing_consents(*, plan_version_ids: Collection[int] | None = None, recipient_ids: Collection[int] | None = None) -> QuerySet[Consent]:
    """
    Return what each community said last about each version, as it counts now; each filter left out means all.

    A consent counts once it is confirmed. A refusal or withdrawal counts from when it is entered, unless somebody
    said with a reason that it is not right. The later day counts; of one day, what was entered later.
    """
    counts = Consent.objects.exclude(status=Consent.Status.REJECTED).exclude(kind=Consent.Kind.GIVEN, status=Consent.Status.ENTERED)
    if plan_version_ids is not None:
        counts = counts.filter(plan_version_id__in=plan_version_ids)
    if recipient_ids is not None:
        counts = counts.filter(recipient_id__in=recipient_ids)
    return counts.order_by("plan_version_id", "recipient_id", "-happened_on", "-id").distinct("plan_version_id", "recipient_id")


def who_consents(asked: Asked) -> Collection[int]:
    """
    Answer the gate's condition: who consents to this version of the plan, as it stands now.

    A consent given after the money came in lets it be shared; one withdrawn since holds it back.
    """
    if asked.plan_version_id is None:
        return frozenset()
    standing = standing_consents(plan_version_ids=[asked.plan_version_id], recipient_ids=asked.recipient_ids)
    return frozenset(one.recipient_id for one in standing if one.kind == Consent.Kind.GIVEN)


def consent_count(*, plan_version_id: int, on: date) -> ConsentCount:
    """Return how many of the communities that share by a plan version on a day said what last."""
    version = PlanVersion.objects.get(pk=plan_version_id)
    now = Q(to_date=None) | Q(to_date__gt=on)
    members = Beneficiary.objects.filter(now, project_id=version.project_id, from_date__lte=on, recipient__kind__in=Recipient.COMMUNITY_KINDS)
    communities = set(members.values_list("recipient_id", flat=True))
    kinds = {one.recipient_id: one.kind for one in standing_consents(plan_version_ids=[plan_version_id], recipient_ids=communities)}
    waiting = Consent.objects.filter(
        plan_version=version, recipient_id__in=communities - kinds.keys(), status=Consent.Status.ENTERED, kind=Consent.Kind.GIVEN
    )
    said = list(kinds.values())
    return ConsentCount(
        asked_of=len(communities),
        given=said.count(Consent.Kind.GIVEN),
        refused=said.count(Consent.Kind.REFUSED),
        withdrawn=said.count(Consent.Kind.WITHDRAWN),
        to_confirm=waiting.values("recipient_id").distinct().count(),
    )
