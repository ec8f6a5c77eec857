"""The summary of complaints: counts that were made safe to publish, with small numbers held back."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from reports.queries import Scope
from reports.words import both

Json = dict[str, Any]
GRIEVANCES: Final = "communities.grievances"


def complaints(*, scope: Scope) -> Json | None:
    """
    Return the complaints received in the period by category and by status; a number held back is None.

    They are counted for the whole programme only: a project's few would point at somebody. None where no complaints are kept.
    """
    if scope.project or find_spec(f"{GRIEVANCES}.queries") is None:
        return None
    counts = import_module(f"{GRIEVANCES}.queries").published_counts(first=scope.first, end=scope.end)
    case = import_module(f"{GRIEVANCES}.models").Case
    return {
        "total": counts["total"],
        "by_category": _rows(case.Category, counts["by_category"]),
        "by_status": _rows(case.Status, counts["by_status"]),
    }


def _rows(choices: Any, counts: Mapping[str, int | None]) -> list[Json]:
    return [{"code": name.lower(), "title": both(choices(name).label), "number": number} for name, number in counts.items()]
