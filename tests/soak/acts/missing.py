"""What a bank took too much or an exchange lost: who bears it, decided by two people, and undone."""

from __future__ import annotations

from random import Random
from typing import Final
from uuid import UUID

from revenue.disbursements import queries
from revenue.disbursements import services as paying
from revenue.disbursements.models import Covering
from tests.soak.acts.shared import APPROVER, NOW, OFFICER, Act, Facts, by, id_of, new_uuid, subject_of
from tests.soak.stage import Stage


def plan_covering(_stage: Stage, random: Random, _name: str) -> Facts | None:
    gaps = queries.gaps()
    if not gaps:
        return None
    gap = random.choice(gaps)
    bearers = queries.bearers(gap)
    if not bearers:
        return None
    bearer = random.choice(bearers)
    amount = random.choice((bearer.amount_minor, (bearer.amount_minor + 1) // 2))
    return {"key": new_uuid(random), "tranche": gap.tranche_id, "gap": gap.account_id, "source": bearer.account_id, "amount": amount}


def ask(stage: Stage, facts: Facts) -> Covering:
    return paying.propose_covering(
        client_key=UUID(facts["key"]), tranche_id=facts["tranche"], gap_id=facts["gap"], source_id=facts["source"], amount_minor=facts["amount"],
        why="The committee decided it", document_id=stage.document_id, by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_waiting(_stage: Stage, random: Random, _name: str) -> Facts | None:
    return id_of(Covering.objects.filter(status="PROPOSED"), random)


def approve(_stage: Stage, facts: Facts) -> Covering:
    return paying.approve_covering(covering_id=facts["id"], by=by(APPROVER), at=NOW)


def refuse(_stage: Stage, facts: Facts) -> Covering:
    return paying.refuse_covering(covering_id=facts["id"], reason="Another pot shall bear it", by=by(APPROVER), at=NOW)


def plan_undoing(_stage: Stage, random: Random, _name: str) -> Facts | None:
    return id_of(queries.standing_coverings(), random)


def undo(_stage: Stage, facts: Facts) -> Covering:
    return paying.undo_covering(covering_id=facts["id"], reason="The wrong pot", by=by(APPROVER), at=NOW)


_OF: Final = subject_of("covering")

ACTS: Final[dict[str, Act]] = {
    "ask covering": Act(2, "covering.propose", Covering, plan_covering, ask, _OF, "client_key"),
    "cover": Act(2, "covering.approve", Covering, plan_waiting, approve, _OF),
    "refuse covering": Act(0.4, "covering.refuse", Covering, plan_waiting, refuse, _OF),
    # A payment that the bank sends back undoes what covered it, which no client asks for.
    "undo covering": Act(0.4, "covering.undo", Covering, plan_undoing, undo, _OF, once=False),
}
