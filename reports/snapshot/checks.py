"""What the independent check found: of the payments of the period drawn at random, how many villages say the same as the books."""

from __future__ import annotations

from typing import Any, Final

from communities.callbacks.queries import match_rate
from reports.queries import Scope

Json = dict[str, Any]
# Of fewer villages asked, a number would point at those that said otherwise.
FEWEST_REACHED: Final = 5


def checks(*, scope: Scope) -> Json:
    """Return how many payments of the period were drawn, how many villages were reached, and how many say the same; None is held back."""
    found = match_rate(first=scope.first, end=scope.end, project_id=scope.project.pk if scope.project else None)
    return {"drawn": found.drawn, "reached": found.reached, "matched": found.matched if found.reached >= FEWEST_REACHED else None}
