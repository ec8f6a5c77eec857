"""Fetch a record or a photo for a person, or say that it is not here."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.registry.access import recipients_of
from communities.registry.models import Recipient
from communities.spending.models import Evidence, SpendingRecord, TrainingRecord
from core.people.access import LIAISONS, MAKERS, READERS, may, require_role
from core.people.models import User
from core.refusal import Refused

# Liaisons, people tied to ranger units, partners and providers; an officer enters what came on paper.
LOGGERS = LIAISONS | MAKERS


class NotHere(Refused):
    """There is no such record for this person: it may be another community's."""

    code = "not_found"


def _not_here() -> NotHere:
    return NotHere(_("There is no such record among yours."), next_step=_("Open your list of records."))


def spending_of(*, person: User, on: date) -> QuerySet[SpendingRecord]:
    """Return the spending records this person may see: readers all, others their recipients'."""
    return SpendingRecord.objects.filter(recipient__in=_recipients(person=person, on=on))


def trainings_of(*, person: User, on: date) -> QuerySet[TrainingRecord]:
    """Return the training records this person may see."""
    return TrainingRecord.objects.filter(recipient__in=_recipients(person=person, on=on))


def _recipients(*, person: User, on: date) -> QuerySet[Recipient]:
    return Recipient.objects.all() if may(person, READERS) else recipients_of(person=person, on=on)


def spending_for(*, person: User, record_id: int, on: date) -> SpendingRecord:
    """
    Return one spending record.

    :raises NotHere: if it is not this person's to see
    """
    record = spending_of(person=person, on=on).select_related("recipient", "category").filter(pk=record_id).first()
    if record is None:
        raise _not_here()
    return record


def training_for(*, person: User, record_id: int, on: date) -> TrainingRecord:
    """
    Return one training record.

    :raises NotHere: if it is not this person's to see
    """
    record = trainings_of(person=person, on=on).select_related("recipient").filter(pk=record_id).first()
    if record is None:
        raise _not_here()
    return record


def loggable_spending(*, person: User, record_id: int, at: datetime) -> SpendingRecord:
    """
    Lock one spending record for somebody who logs for its recipient.

    :raises NotYours: if the person's role logs nothing
    :raises NotHere: if the record is not this person's
    """
    require_role(person=person, roles=LOGGERS)
    record = spending_for(person=person, record_id=record_id, on=timezone.localdate(at))
    return SpendingRecord.objects.select_for_update().get(pk=record.pk)


def loggable_training(*, person: User, record_id: int, at: datetime) -> TrainingRecord:
    """
    Lock one training record for somebody who logs for its recipient.

    :raises NotYours: if the person's role logs nothing
    :raises NotHere: if the record is not this person's
    """
    require_role(person=person, roles=LOGGERS)
    record = training_for(person=person, record_id=record_id, on=timezone.localdate(at))
    return TrainingRecord.objects.select_for_update().get(pk=record.pk)


def evidence_for(*, person: User, evidence_id: int, on: date) -> Evidence:
    """
    Return a photo whose record this person may see.

    :raises NotHere: if it is not this person's to see
    """
    mine = _recipients(person=person, on=on)
    seen = Evidence.objects.filter(Q(spending__recipient__in=mine) | Q(training__recipient__in=mine))
    found = seen.select_related("file").filter(pk=evidence_id).first()
    if found is None:
        raise _not_here()
    return found
