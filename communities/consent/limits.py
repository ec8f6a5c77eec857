"""What a plan or consent may hold before it is taken for a slip of the finger."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from communities.consent.refusals import NotFilledIn
from core.money import Money

# Minor units; far above a village's budget for one activity and year.
LARGEST_MINOR: Final = {"KHR": 10_000_000_000, "USD": 250_000_000}
MOST_PEOPLE: Final = 100_000
EARLIEST_DAY: Final = date(2000, 1, 1)


def check_budget(*, amount_minor: int, currency: str) -> None:
    """
    Refuse a budget that cannot be right, in minor units.

    :raises NotFilledIn: at ``currency`` or ``amount``
    """
    if currency not in LARGEST_MINOR:
        raise NotFilledIn(_("Choose riel or dollars."), field="currency")
    if amount_minor <= 0:
        raise NotFilledIn(_("The amount must be more than zero."), field="amount", next_step=_("Write what it may cost."))
    if amount_minor > LARGEST_MINOR[currency]:
        raise NotFilledIn(
            _("%(amount)s is too large for one activity.") % {"amount": Money(amount_minor, currency)},
            field="amount",
            next_step=_("Check the number of zeros, and whether it is riel or dollars."),
        )


def check_meeting(*, women: int, men: int, needed: bool = True) -> None:
    """
    Refuse numbers of people at a meeting that cannot be right.

    :raises NotFilledIn: at the number that is wrong
    """
    for field, count in (("women", women), ("men", men)):
        if not 0 <= count <= MOST_PEOPLE:
            raise NotFilledIn(_("This number of people cannot be right."), field=field, next_step=_("Count each person once."))
    if needed and women + men == 0:
        raise NotFilledIn(_("Nobody came to the meeting, by these numbers."), field="women", next_step=_("Write how many women and men came."))


def check_day(*, day: date, today: date, field: str) -> None:
    """
    Refuse a day in the future, or before any of this began.

    :raises NotFilledIn: at ``field``
    """
    if day > today:
        raise NotFilledIn(_("This day has not come yet."), field=field, next_step=_("Choose today or an earlier day."))
    if day < EARLIEST_DAY:
        raise NotFilledIn(_("This day is too long ago."), field=field, next_step=_("Check the year."))


def needed(*, text: str, field: str, longest: int) -> str:
    """
    Return the text without spaces around it.

    :raises NotFilledIn: if it is empty or too long
    """
    words = " ".join(text.split())
    if not words:
        raise NotFilledIn(_("This is needed."), field=field)
    if len(words) > longest:
        raise NotFilledIn(_("This is longer than %(most)d letters.") % {"most": longest}, field=field, next_step=_("Shorten it."))
    return words
