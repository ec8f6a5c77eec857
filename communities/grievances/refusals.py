"""What complaints refuse."""

from __future__ import annotations

from core.refusal import Refused


class NotFoundHere(Refused):
    """There is no such complaint for this person, or no complaint with this code."""

    code = "not_found"


class NotFilledIn(Refused):
    """A value is missing or cannot be right; ``field`` names it."""

    code = "not_filled_in"


class NotNow(Refused):
    """The complaint stands elsewhere than this step needs."""

    code = "not_now"


class NotIndependent(Refused):
    """The person had a hand in what the complaint is about."""

    code = "not_independent"


class TooOften(Refused):
    """Too much came from one address within an hour."""

    code = "too_often"
