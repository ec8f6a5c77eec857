"""Keep photos behind a record. Nothing is replaced: better evidence is another photo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction
from django.utils.translation import gettext as _

from communities.spending import access
from communities.spending.models import Evidence, SpendingRecord, Status, TrainingRecord
from communities.spending.pictures import ask_for_small
from communities.spending.refusals import NotFilledIn, already_decided
from core import files
from core.audit.services import record as audit
from core.people.models import User

# (bytes, media type, name), read and judged by core.files.read_photo.
Photo = tuple[bytes, str, str]
MOST_PHOTOS = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """What a phone read from a photo before it shrank it: when and where it was taken (degrees), and its bytes then."""

    at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    original_size: int | None = None


NOTHING_KNOWN: Mapping[str, Taken] = MappingProxyType({})


def check_count(photos: Sequence[Photo]) -> None:
    """
    Refuse more photos than one form may bring.

    :raises NotFilledIn: at the field ``photos``
    """
    if len(photos) > MOST_PHOTOS:
        raise NotFilledIn(
            _("These are more than %(most)d photos.") % {"most": MOST_PHOTOS},
            field="photos",
            next_step=_("Send the most important ones; more can be added to the record later."),
        )


def keep(
    *,
    photos: Iterable[Photo],
    kind: str,
    by: User,
    at: datetime,
    spending: SpendingRecord | None = None,
    training: TrainingRecord | None = None,
    taken: Mapping[str, Taken] = NOTHING_KNOWN,
) -> list[str]:
    """Store photos and tie them to one record, with what is known of them; return their sha256. The same photo on the same record is once."""
    hashes = []
    for data, media_type, name in photos:
        stored = files.store(data=data, media_type=media_type, original_name=name, by=by, at=at)
        known = taken.get(stored.sha256, Taken())
        facts = {"taken_at": known.at, "latitude": known.latitude, "longitude": known.longitude, "original_size": known.original_size}
        Evidence.objects.get_or_create(
            spending=spending, training=training, file=stored, defaults={"kind": kind, "added_by": by, "added_at": at, **facts}
        )
        ask_for_small(stored=stored, at=at)
        hashes.append(stored.sha256)
    return hashes


@transaction.atomic
def add_evidence(*, record_id: int, photos: Sequence[Photo], by: User, at: datetime, kind: str = Evidence.Kind.RECEIPT) -> list[str]:
    """
    Add photos to a spending record, also after it was accepted: a receipt may turn up late.

    :raises NotHere: if the record is not this person's
    :raises AlreadyDecided: if the record was refused
    :raises NotFilledIn: if there is no photo, or too many
    """
    spending = access.loggable_spending(person=by, record_id=record_id, at=at)
    _check_addable(photos=photos, reference=spending.reference, status=Status(spending.status))
    hashes = keep(photos=photos, kind=kind, by=by, at=at, spending=spending)
    audit(act="spending.add_evidence", subject=f"spending:{spending.reference}", by=by, at=at, after={"files": hashes})
    return hashes


@transaction.atomic
def add_training_evidence(*, record_id: int, photos: Sequence[Photo], by: User, at: datetime, kind: str = Evidence.Kind.ATTENDANCE) -> list[str]:
    """
    Add photos to a training record.

    :raises NotHere: if the record is not this person's
    :raises AlreadyDecided: if the record was refused
    :raises NotFilledIn: if there is no photo, or too many
    """
    training = access.loggable_training(person=by, record_id=record_id, at=at)
    _check_addable(photos=photos, reference=training.reference, status=Status(training.status))
    hashes = keep(photos=photos, kind=kind, by=by, at=at, training=training)
    audit(act="training.add_evidence", subject=f"training:{training.reference}", by=by, at=at, after={"files": hashes})
    return hashes


def _check_addable(*, photos: Sequence[Photo], reference: str, status: Status) -> None:
    if status == Status.REFUSED:
        raise already_decided(reference=reference, standing=str(status.label))
    if not photos:
        raise NotFilledIn(_("No photo was chosen."), field="photos", next_step=_("Take or choose a photo first."))
    check_count(photos)
