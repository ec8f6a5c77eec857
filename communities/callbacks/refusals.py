"""What the independent check refuses."""

from __future__ import annotations

from core.refusal import Refused


class NotFoundHere(Refused):
    """There is nothing with this id for this person. Answered as 404, whether it exists or not."""

    code = "not_found"


class NothingToDraw(Refused):
    """No payment was made in the period."""

    code = "nothing_to_draw"


class NotFilledIn(Refused):
    """A value is missing or cannot be right; ``field`` names it."""

    code = "not_filled_in"


class NotIndependent(Refused):
    """The person had a hand in the payment, or helps the community."""

    code = "not_independent"
