"""Which sale a receipt pays, put right by two people."""

from __future__ import annotations

from random import Random
from typing import Final

from revenue.credits import services as selling
from revenue.credits.models import Correction, Receipt, Sale
from tests.soak.acts.shared import APPROVER, NOW, OFFICER, Act, Facts, by, id_of, some
from tests.soak.stage import Stage


def plan_correction(_stage: Stage, random: Random, _name: str) -> Facts | None:
    receipt = some(Receipt.objects.filter(status="IDENTIFIED", part_of=None), random)
    sale = some(Sale.objects.filter(status__in=["AGREED", "DELIVERED"]), random)
    return {"id": receipt.pk, "sale": sale.pk} if receipt and sale else None


def correct(_stage: Stage, facts: Facts) -> Correction:
    return selling.propose_correction(receipt_id=facts["id"], sale_id=facts["sale"], why="The buyer wrote again", by=by(OFFICER), at=NOW)


def plan_waiting(_stage: Stage, random: Random, _name: str) -> Facts | None:
    return id_of(Correction.objects.filter(status="PROPOSED"), random)


def approve(_stage: Stage, facts: Facts) -> Correction:
    return selling.decide_correction(correction_id=facts["id"], approve=True, reason="", by=by(APPROVER), at=NOW)


def refuse(_stage: Stage, facts: Facts) -> Correction:
    return selling.decide_correction(correction_id=facts["id"], approve=False, reason="The first was right", by=by(APPROVER), at=NOW)


def _of(row: Correction | Receipt) -> str:
    """Say whom it is about: the receipt, be it the row that is worked on or that of what was made."""
    return f"receipt:{(row.receipt if isinstance(row, Correction) else row).reference}"


ACTS: Final[dict[str, Act]] = {
    "correct": Act(1, "receipt.propose-correction", Receipt, plan_correction, correct, _of, once=False),
    "approve correction": Act(1, "receipt.correct", Correction, plan_waiting, approve, _of, once=False),
    "refuse correction": Act(0.3, "receipt.refuse-correction", Correction, plan_waiting, refuse, _of, once=False),
}
