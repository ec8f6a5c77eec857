"""Two communities that plan and consent, for the tests of both: on the stage where money is shared."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any
from uuid import uuid4

from communities.consent import services
from communities.consent.models import BudgetLine, Consent, VillagePlan
from communities.registry.models import Assignment, Recipient
from core.people.models import Role, User
from revenue.sharing.models import PlanVersion
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, PLAN, Stage

GATED = PLAN + "  - {gate: community, conditions: [community_consent, work_plan_approved]}\n"
CONSENTED = PLAN + "  - {gate: community, conditions: [consent_recorded]}\n"
MINUTES = (b"%PDF-1.4 the minutes of a meeting", "application/pdf", "minutes.pdf")
MET = date(2026, 1, 20)


class Community(Stage):
    """The stage with a liaison for Pu Char and two officers more, so that what one writes another can decide."""

    def __init__(self, *, plan: str = PLAN) -> None:
        super().__init__(plan=plan)
        self.second = office.person(Role.FINANCE_OFFICER, "second")
        self.liaison = office.person(Role.LIAISON, "sreymom")
        self.stranger = office.person(Role.LIAISON, "thida")
        self.auditor = office.person(Role.AUDITOR, "bopha")
        for person, recipient in ((self.liaison, self.pu_char), (self.stranger, self.pu_ngav)):
            Assignment.objects.create(person=person, recipient=recipient, from_date=date(2026, 1, 1))
        self._documents = itertools.count(1)

    def minutes(self) -> tuple[bytes, str, str]:
        return MINUTES[0] + str(next(self._documents)).encode(), MINUTES[1], MINUTES[2]

    # --- village plans ----------------------------------------------------------------------------------------------------
    def drafted(self, recipient: Recipient | None = None, *, years: tuple[int, int] = (2026, 2027), by: User | None = None) -> VillagePlan:
        return services.begin_plan(
            recipient_id=(recipient or self.pu_char).pk,
            title="Water and fields",
            first_year=years[0],
            last_year=years[1],
            by=by or self.liaison,
            at=AT,
        )

    def line(self, plan: VillagePlan, activity: str = "Two wells", *, year: int = 2026, by: User | None = None, **other: Any) -> BudgetLine:
        facts: dict[str, Any] = {"purpose": "community_development", "currency": "KHR", "amount_minor": 8_000_000, **other}
        return services.add_line(plan_id=plan.pk, activity=activity, year=year, by=by or self.liaison, at=AT, **facts)

    def sent(self, plan: VillagePlan, *, by: User | None = None, **other: Any) -> VillagePlan:
        facts: dict[str, Any] = {"met_on": MET, "women": 31, "men": 24, "minutes": self.minutes(), **other}
        return services.send_plan(plan_id=plan.pk, by=by or self.liaison, at=AT, **facts)

    def approved_plan(self, recipient: Recipient | None = None, *, by: User | None = None, **other: Any) -> VillagePlan:
        plan = self.drafted(recipient, by=by, **other)
        self.line(plan, by=by, year=plan.first_year)
        return services.decide_plan(plan_id=self.sent(plan, by=by).pk, approve=True, reason="", by=self.officer, at=AT)

    # --- consent ------------------------------------------------------------------------------------------------------------
    def said(
        self,
        kind: str = "GIVEN",
        *,
        on: date = MET,
        recipient: Recipient | None = None,
        by: User | None = None,
        version: PlanVersion | None = None,
        **other: Any,
    ) -> Consent:
        facts: dict[str, Any] = {
            "client_key": uuid4(), "recipient_id": (recipient or self.pu_char).pk, "plan_version_id": (version or self.plan).pk, "kind": kind,
            "happened_on": on, "said_by": "Village assembly", "women": 31, "men": 24, "spoken_language": "Bunong",
            "reason": "" if kind == "GIVEN" else "The share is too small", "document": self.minutes(), "by": by or self.liaison, "at": AT,
        }  # fmt: skip
        return services.record_consent(**{**facts, **other})

    def confirmed(self, said: Consent, *, by: User | None = None) -> Consent:
        return services.decide_consent(consent_id=said.pk, confirm=True, remark="", by=by or self.officer, at=AT)

    def consents(self, recipient: Recipient | None = None, *, by: User | None = None, **other: Any) -> Consent:
        return self.confirmed(self.said(recipient=recipient, by=by, **other))
