"""Plans that are not decided: next year's draft at Keo Seima, and a proposal that its officer withdrew."""

from __future__ import annotations

from datetime import date
from typing import Final

from config.demonstration.acts import FILES
from config.demonstration.office import Office
from config.demonstration.unusual.example import ACCEPTED_AT, LATER_AT, LOGGED_AT, Example, at_hour
from revenue.sharing import services
from revenue.sharing.models import PlanVersion

PLAN: Final = "keo-seima"


def _next_year(*, training: int) -> str:
    """Return the plan in force as next year's, with another share for the communities; training has the remainder."""
    text = max((FILES / "plans").glob(f"{PLAN}-*.yaml")).read_text(encoding="utf-8")
    lines = ["effective_from: 2027-01-01" if line.startswith("effective_from:") else line for line in text.splitlines()]
    return "\n".join(lines).replace("community: 60 %", f"community: {72 - training} %") + "\n"


def withdraw_and_draft(office: Office) -> None:
    """A proposal is withdrawn by the officer who made it, and worked on as a draft."""
    project, day = office.projects[PLAN], date(2026, 11, 13)
    said = services.propose_plan(
        project_id=project.pk, text=_next_year(training=10), document_id=None, by=office.officer, at=at_hour(day, LOGGED_AT, "plan")
    )
    reason = "The communities asked to talk about the schools' share first."
    services.withdraw_plan(version_id=said.pk, reason=reason, by=office.officer, at=at_hour(day, ACCEPTED_AT, "plan"))
    services.draft_plan(project_id=project.pk, text=_next_year(training=7), document_id=None, by=office.officer, at=at_hour(day, LATER_AT, "plan"))


EXAMPLES: Final = (Example(lambda: PlanVersion.objects.filter(status=PlanVersion.Status.DRAFT, project__code=PLAN).exists(), withdraw_and_draft),)
