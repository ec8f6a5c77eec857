"""What the village and the office are told "no" to about spending and trainings."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.refusal import Refused


class NotFilledIn(Refused):
    """A value of the record is missing or cannot be right; ``field`` names it."""

    code = "not_filled_in"


class NotEligible(Refused):
    """Carbon revenue may not pay for this category."""

    code = "not_eligible"


class AmountNotCredible(Refused):
    """The amount cannot be right."""

    code = "amount_not_credible"


class NotThisPayment(Refused):
    """The payment named is not an advance of this recipient for this purpose."""

    code = "not_this_payment"


class MoreThanThereIs(Refused):
    """More is asked back, settled or not accepted than there is."""

    code = "more_than_there_is"


class ReferenceUsed(Refused):
    """The bank reference stands for another repayment."""

    code = "reference_used"


class SettleFirst(Refused):
    """Something else has to be settled before this can be done."""

    code = "settle_first"


class NotThisActivity(Refused):
    """The activity named is not in a plan of this community that was approved."""

    code = "not_this_activity"


class KeyUsedOtherwise(Refused):
    """The same form was sent before with other values."""

    code = "key_used_otherwise"


class AlreadyDecided(Refused):
    """The record does not stand where this step begins."""

    code = "already_decided"


class ChangedMeanwhile(Refused):
    """Somebody else changed or said something since this person last saw it: a person decides with both before them."""

    code = "changed_meanwhile"


class PhotosMissing(Refused):
    """What was sent names photos that have not arrived whole; ``missing`` are their sha256."""

    code = "photos_missing"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(_("Some photos have not arrived yet."), field="photos", next_step=_("Send them first; the phone does this by itself."))
        self.missing = missing


class NotThisPhoto(Refused):
    """The bytes that arrived are not the photo that was announced."""

    code = "not_this_photo"


class NotThisPerson(Refused):
    """What was written on a phone is sent by the person who wrote it, not by whoever signed in there since."""

    code = "not_this_person"


class WordsNeeded(Refused):
    """A question, an answer or a refusal needs words."""

    code = "words_needed"


def key_used_otherwise(reference: str) -> KeyUsedOtherwise:
    """Say that the form was sent before with other values."""
    return KeyUsedOtherwise(
        _("This form was sent before with other values, as %(reference)s.") % {"reference": reference},
        next_step=_("Open that record to see what was saved, or start a new form."),
    )


def already_decided(*, reference: str, standing: str) -> AlreadyDecided:
    """Say where the record stands, since somebody acted first."""
    return AlreadyDecided(
        _("%(reference)s cannot be changed this way now: it is “%(standing)s”.") % {"reference": reference, "standing": standing},
        next_step=_("Open the record to see what happened."),
    )


def changed_meanwhile(reference: str) -> ChangedMeanwhile:
    """Say that somebody else was there first."""
    return ChangedMeanwhile(
        _("Something else was written about %(reference)s meanwhile.") % {"reference": reference},
        next_step=_("Look at both and choose what is right."),
    )


def words_needed(field: str = "words") -> WordsNeeded:
    """Ask for words."""
    return WordsNeeded(_("Please write what you want to say."), field=field, next_step=_("One or two plain sentences are enough."))
