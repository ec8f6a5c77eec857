"""What one record may hold before it is taken for a slip of the finger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from communities.spending.refusals import AmountNotCredible, NotFilledIn
from core.money import Money

# Minor units. Both are far above the largest single purchase of a village and far below a slip of three zeros.
LARGEST_MINOR: Final = {"KHR": 10_000_000_000, "USD": 250_000_000}
MOST_PEOPLE: Final = 100_000
EARLIEST_DAY: Final = date(2010, 1, 1)


def check_amounts(*, amount_minor: int, other_minor: int, currency: str) -> None:
    """
    Refuse amounts that cannot be right.

    :raises NotFilledIn: at ``currency``
    :raises AmountNotCredible: at ``amount`` or ``other``
    """
    if currency not in LARGEST_MINOR:
        raise NotFilledIn(_("Choose riel or dollars."), field="currency")
    if amount_minor <= 0:
        raise AmountNotCredible(_("The amount must be more than zero."), field="amount", next_step=_("Write what was paid."))
    if amount_minor > LARGEST_MINOR[currency]:
        raise AmountNotCredible(
            _("%(amount)s is too large for one record.") % {"amount": Money(amount_minor, currency)},
            field="amount",
            next_step=_("Check the number of zeros, and whether it was riel or dollars."),
        )
    if not 0 <= other_minor <= amount_minor:
        raise AmountNotCredible(
            _("What another donor paid cannot be more than the whole amount."), field="other", next_step=_("Write 0 if nobody else paid.")
        )


def check_people(*, women: int, men: int, youth: int = 0, indigenous: int = 0) -> None:
    """
    Refuse counts of people that cannot be right.

    :raises NotFilledIn: at the count that is wrong
    """
    for field, count in (("women", women), ("men", men), ("youth", youth), ("indigenous", indigenous)):
        if not 0 <= count <= MOST_PEOPLE:
            raise NotFilledIn(_("This number of people cannot be right."), field=field, next_step=_("Count each person once."))
    for field, count in (("youth", youth), ("indigenous", indigenous)):
        if count > women + men:
            raise NotFilledIn(
                _("This is more than the women and men together."), field=field, next_step=_("Count only people who are also counted above.")
            )


def check_households(count: int) -> None:
    """
    Refuse a number of poor households that cannot be right.

    :raises NotFilledIn: at ``poor_households``
    """
    if not 0 <= count <= MOST_PEOPLE:
        raise NotFilledIn(_("This number of households cannot be right."), field="poor_households", next_step=_("Count each household once."))


def check_place(*, latitude: Decimal | None, longitude: Decimal | None) -> None:
    """
    Refuse half a place, or one that is not on earth; in degrees.

    :raises NotFilledIn: at ``place``
    """
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotFilledIn(_("This place is not on earth."), field="place", next_step=_("Take the place again, or leave it out."))


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
    words = text.strip()
    if not words:
        raise NotFilledIn(_("This is needed."), field=field)
    if len(words) > longest:
        raise NotFilledIn(_("This is longer than %(most)d letters.") % {"most": longest}, field=field, next_step=_("Shorten it."))
    return words
