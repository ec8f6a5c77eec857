"""What sharing refuses, and the database's refusals about it as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.refusal import Refused
from revenue.ledger.refusals import constraint_of


class NotThisPlan(Refused):
    """The plan file can be read, but it is not a plan for this project."""

    code = "not_this_plan"


class AlreadyDecided(Refused):
    """Somebody decided it first."""

    code = "already_decided"


class ReasonNeeded(Refused):
    """A refusal or a release needs its reason."""

    code = "reason_needed"


class PlanOverlaps(Refused):
    """The version would begin where another has been in force, or has been used."""

    code = "plan_overlaps"


class NothingToAllocate(Refused):
    """The tranche holds nothing that is unallocated."""

    code = "nothing_to_allocate"


class PreviewChanged(Refused):
    """What would be posted is not what the person looked at."""

    code = "preview_changed"


class NotWithheld(Refused):
    """The line holds nothing back, or was released before."""

    code = "not_withheld"


class LaterReceipts(Refused):
    """A later receipt was shared with what this one left to remember."""

    code = "later_receipts"


class NotAsked(Refused):
    """Nobody asked for it, so nobody decides it."""

    code = "not_asked"


class WrongFact(Refused):
    """A fact, a rate or a decision that cannot be right; ``field`` says which part."""

    code = "wrong_fact"


class AlreadyBeneficiary(Refused):
    """The recipient is in this group at that time already."""

    code = "already_beneficiary"


class DaysInOrder(Refused):
    """The last day comes before the first."""

    code = "days_in_order"


_SENTENCES: Final[dict[str, tuple[type[Refused], str | Promise, str | Promise]]] = {
    "plan_one_in_force": (
        PlanOverlaps,
        gettext_lazy("Another version is in force on some of these days."),
        gettext_lazy("Let this version begin later."),
    ),
    "plan_version_number_once": (
        PlanOverlaps,
        gettext_lazy("Somebody proposed a version at the same moment."),
        gettext_lazy("Look at the list of versions, then propose again."),
    ),
    "plan_ends_after_it_begins": (
        DaysInOrder,
        gettext_lazy("The plan would end before it begins."),
        gettext_lazy("Correct effective_from or effective_to."),
    ),
    "tranche_proposed_once": (
        AlreadyDecided,
        gettext_lazy("Somebody proposed to share this receipt at the same moment."),
        gettext_lazy("Open the page again and look at that proposal."),
    ),
    "ruling_once_a_step": (
        AlreadyDecided,
        gettext_lazy("A decision about this step of this receipt is recorded already."),
        gettext_lazy("Let it be refused first, if it was wrong."),
    ),
    "beneficiary_once_at_a_time": (
        AlreadyBeneficiary,
        gettext_lazy("This recipient is in this group at that time already."),
        gettext_lazy("End the earlier membership first."),
    ),
    "beneficiary_ends_after_it_begins": (
        DaysInOrder,
        gettext_lazy("The last day comes before the first."),
        gettext_lazy("Choose a later day."),
    ),
}


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence.

    :raises Refused: one of this module's, by the constraint that was broken
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        found = _SENTENCES.get(constraint_of(error))
        if found is None:
            raise
        kind, message, next_step = found
        raise kind(str(message), next_step=str(next_step)) from error


def reason_needed(*, field: str = "reason") -> ReasonNeeded:
    """Say that the reason is missing."""
    return ReasonNeeded(_("The reason is missing."), field=field, next_step=_("Write it in a few words: it stays on the record."))
