"""
What a plan's gates may wait for.

A plan file names conditions (``conditions: [account_checked, consent_recorded]``); the app that knows the answer
registers it from its ``AppConfig.ready``::

    from revenue.sharing import conditions

    conditions.register(code="community_consent", name=gettext_lazy("community consent recorded"), answer=queries.who_consents)

``answer`` takes one `Asked` and returns the ids of those of its recipients who meet the condition on that day, in a
number of queries that does not grow with them. It only reads. Whoever is not named does not meet it, so that a doubt
withholds money and never pays it. A condition that nobody registered is met by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communities.registry.models import PayeeAccount


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about: ``recipient_ids`` of a project's plan version (None where no version is in force), on a day."""

    project_id: int
    plan_version_id: int | None
    recipient_ids: frozenset[int]
    on: date


Answer = Callable[[Asked], Collection[int]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as plan files call it, and as people read it."""

    code: str
    name: str | Promise
    answer: Answer


_registered: dict[str, Condition] = {}

# Names that a plan file may use for the same condition.
_ALSO_CALLED: Final = {"consent_recorded": "community_consent"}


def register(*, code: str, name: str | Promise, answer: Answer) -> None:
    """
    Let gates wait for a condition.

    :raises ValueError: if another condition has the code
    """
    known = _registered.get(code)
    if known is not None and known.answer is not answer:
        raise ValueError(f"two conditions are called {code}")
    _registered[code] = Condition(code, name, answer)


def known(*, code: str) -> Condition | None:
    """Return the condition of that name in a plan file, if somebody answers it."""
    return _registered.get(code) or _registered.get(_ALSO_CALLED.get(code, ""))


def names() -> list[str]:
    """Return every name that a plan file may use, in order."""
    return sorted({*_registered, *(name for name, code in _ALSO_CALLED.items() if code in _registered)})


def met(*, codes: Iterable[str], asked: Asked) -> dict[str, frozenset[int]]:
    """Return, for each condition named in a plan, the ids of the recipients who meet it."""
    found: dict[str, frozenset[int]] = {}
    for code in codes:
        condition = known(code=code)
        yes = condition.answer(asked) if condition and asked.recipient_ids else ()
        found[code] = asked.recipient_ids & frozenset(yes)
    return found


def condition_names(codes: Iterable[str]) -> list[str]:
    """Name conditions as people read them; one that nobody answers by the name it has in the plan."""
    found = ((code, known(code=code)) for code in codes)
    return [str(condition.name) if condition else code.replace("_", " ") for code, condition in found]


def _accounts_checked(asked: Asked) -> Collection[int]:
    agreed = PayeeAccount.objects.filter(recipient_id__in=asked.recipient_ids, status=PayeeAccount.Status.APPROVED)
    return frozenset(agreed.values_list("recipient_id", flat=True))


register(code="account_checked", name=_("account checked by two people"), answer=_accounts_checked)
