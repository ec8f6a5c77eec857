"""What every kind of act of the soak is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet

from core.people.models import User
from tests.flows.programme import morning
from tests.soak.stage import Stage

Facts = dict[str, Any]
Plan = Callable[[Stage, Random, str], Facts | None]

SOLD_ON: Final = date(2026, 7, 1)
TODAY: Final = date(2026, 9, 1)
NOW: Final = morning(TODAY)


@dataclass(frozen=True, slots=True)
class Act:
    """
    One kind of act.

    ``audit`` is what its audit record is called and ``subject`` whom that is about. A keyed act makes a row of ``model``
    that carries the key in ``field``; another act works on the row ``facts["id"]`` of it. ``moves`` is what the bank's
    balance gains, in cents. A ``once`` act can be confirmed to one client only.
    """

    weight: float
    audit: str
    model: type[Model]
    plan: Plan
    do: Callable[[Stage, Facts], Any]
    subject: Callable[[Any], str]
    field: str = ""
    moves: Callable[[Facts], int] = lambda _facts: 0
    once: bool = True


def some(found: QuerySet[Any], random: Random) -> Any:
    """Return one of the newest of these, so that clients meet at the same rows and old ones have their turn too."""
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: random.choice((5, 50, 500))])
    return found.model.objects.get(pk=random.choice(ids)) if ids else None


def id_of(found: QuerySet[Any], random: Random) -> Facts | None:
    row = some(found, random)
    return {"id": row.pk} if row else None


def new_uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def by(name: str) -> User:
    return User.objects.get(username=name)


OFFICER: Final = "dara"
APPROVER: Final = "chantha"
LIAISON: Final = "sreymom"


def subject_of(prefix: str, path: str = "reference") -> Callable[[Any], str]:
    def subject(row: Any) -> str:
        for step in path.split("__"):
            row = getattr(row, step)
        return f"{prefix}:{row}"

    return subject
