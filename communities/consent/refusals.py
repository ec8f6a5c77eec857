"""What is refused about village plans and consent, and the database's refusals as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.refusal import Refused
from revenue.ledger.refusals import constraint_of


class NotFoundHere(Refused):
    """There is nothing with this id among what the person may see. Answered as 404, whether it exists or not."""

    code = "not_found"


class NotFilledIn(Refused):
    """A value is missing or cannot be right; ``field`` names it."""

    code = "not_filled_in"


class NotPossible(Refused):
    """The plan or consent is not in a state that allows this."""

    code = "not_possible"


class AlreadyDecided(Refused):
    """Somebody decided it first."""

    code = "already_decided"


class NothingToWithhold(Refused):
    """None of the money set aside for the recipient lies unpaid."""

    code = "nothing_to_withhold"


class NoConsent(Refused):
    """The community has not consented again."""

    code = "no_consent"


Said = tuple[type[Refused], str | Promise, str | None, str | Promise]
_DRAFTS_ONLY: Final = (
    NotPossible,
    gettext_lazy("A plan that was sent does not change."),
    None,
    gettext_lazy("Begin a new version."),
)
_SAID: Final[dict[str, Said]] = {
    "village_plan_one_open": (
        NotPossible,
        gettext_lazy("Another version of this plan is being written or waits for approval."),
        None,
        gettext_lazy("Finish that one first."),
    ),
    "village_plan_number_once": (NotPossible, gettext_lazy("Somebody began a version a moment ago."), None, gettext_lazy("Open the list again.")),
    "village_plan_years_in_order": (
        NotFilledIn,
        gettext_lazy("The last year is not before the first, and a plan is for ten years at most."),
        "last_year",
        "",
    ),
    "village_plan_only_drafts_change": _DRAFTS_ONLY,
    "village_plan_steps": _DRAFTS_ONLY,
    "village_plan_one_approved_a_year": (NotPossible, gettext_lazy("Somebody approved another plan for these years a moment ago."), None, ""),
    "village_plan_maker_is_not_checker": (NotPossible, gettext_lazy("Who wrote or sent a plan cannot decide it."), None, ""),
    "village_plan_writer_is_not_checker": (NotPossible, gettext_lazy("Who wrote or sent a plan cannot decide it."), None, ""),
    "village_plan_has_lines": (NotFilledIn, gettext_lazy("This plan has no budget yet."), None, gettext_lazy("Add an activity and what it costs.")),
    "budget_line_year_of_plan": (NotFilledIn, gettext_lazy("The plan is not for this year."), "year", gettext_lazy("Choose one of its years.")),
    "budget_line_once_a_year": (
        NotPossible,
        gettext_lazy("This activity has a budget for that year already."),
        "year",
        gettext_lazy("Remove that line first."),
    ),
    "activity_name_once": (NotPossible, gettext_lazy("The plan has this activity already."), "activity", ""),
    "consent_maker_is_not_checker": (NotPossible, gettext_lazy("Who entered this cannot confirm it."), None, ""),
}


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence; stands around ``transaction.atomic``.

    :raises Refused: one of this module's, by the constraint that was broken
    """
    try:
        yield
    except IntegrityError as error:
        said = _SAID.get(constraint_of(error))
        if said is None:
            raise
        kind, sentence, field, next_step = said
        raise kind(str(sentence), field=field, next_step=str(next_step)) from error
