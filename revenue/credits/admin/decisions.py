"""The two acts by which another person decides what was proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.acts import Act, Asked, Fact
from core.people.access import CHECKERS
from revenue.credits.forms import DecisionForm
from revenue.credits.models.proposals import Proposal


def decision_acts(*, run: Callable[..., str], facts: Callable[[Any], Iterable[Fact]]) -> tuple[Act, Act]:
    """Return approve and refuse; ``run`` takes what was asked and whether it is approved, and calls the service."""

    def approved(asked: Asked) -> str:
        return run(asked, approve=True)

    def refused(asked: Asked) -> str:
        return run(asked, approve=False)

    return (
        Act(
            name="approve", title=_("Approve"), roles=CHECKERS, form=DecisionForm, run=approved, facts=facts, possible=_waits, maker=_maker,
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=DecisionForm, run=refused, facts=facts, possible=_waits, maker=_maker,
            is_refusal=True,
        ),
    )  # fmt: skip


def _waits(proposal: Any) -> bool:
    return bool(proposal.status == Proposal.Status.PROPOSED)


def _maker(proposal: Any) -> int:
    return int(proposal.proposed_by_id)
