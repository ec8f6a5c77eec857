"""Photos on their way from a phone: taken part by part, resumed where a cut left them, stored when the hash is the announced one."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from communities.spending.models import Upload, UploadPart
from communities.spending.refusals import NotFilledIn, NotThisPhoto, PhotosMissing
from communities.spending.services.evidence import Photo
from core import files
from core.models import StoredFile
from core.people.access import LIAISONS, require_role
from core.people.models import User

# Bytes of one part: half a minute on a slow line.
LARGEST_PART: Final = 1024 * 1024
MOST_ON_THEIR_WAY: Final = 200
FORGOTTEN_AFTER: Final = timedelta(days=60)
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


def receive_part(*, sha256: str, size: int, first: int, data: bytes, by: User, at: datetime) -> Upload:
    """
    Take the bytes of a photo from ``first`` on; ``size`` is that of the whole.

    A part that does not begin where the last one ended changes nothing: the answer says how many bytes are here, and the
    phone goes on from there. The last part makes it a stored photo.

    :raises NotYours: if the person's role logs nothing on a phone
    :raises NotFilledIn: if the hash, the size or the part cannot be right
    :raises NotThisPhoto: if all bytes are here and are not the photo announced; it begins again
    :raises NotAcceptable: if it is no photo
    """
    require_role(person=by, roles=LIAISONS)
    _check(sha256=sha256, size=size, first=first, data=data)
    upload = _take(sha256=sha256, size=size, first=first, data=data, by=by, at=at)
    if upload is None:
        raise NotThisPhoto(_("The photo was damaged on its way."), field="photos", next_step=_("It is sent again from the beginning."))
    return upload


def upload_of(*, person: User, sha256: str) -> Upload | None:
    """Return how far a photo of this person is, None if nothing of it arrived."""
    return Upload.objects.select_related("file").filter(person=person, sha256=sha256).first()


def arrived_photos(*, hashes: Iterable[str], by: User) -> list[Photo]:
    """
    Return photos of this person that arrived whole, read back from where they are kept.

    :raises PhotosMissing: naming those that have not, or whose bytes are not there any more
    """
    wanted = list(dict.fromkeys(hashes))
    found = {upload.sha256: upload.file for upload in Upload.objects.select_related("file").filter(person=by, sha256__in=wanted)}
    photos = {sha256: photo for sha256, stored in found.items() if stored is not None and (photo := _read_back(stored)) is not None}
    missing = [sha256 for sha256 in wanted if sha256 not in photos]
    if missing:
        raise PhotosMissing(missing)
    return [photos[sha256] for sha256 in wanted]


def _read_back(stored: StoredFile) -> Photo | None:
    try:
        data = files.read(stored)
    except OSError:
        return None
    return (data, stored.media_type, stored.original_name) if hashlib.sha256(data).hexdigest() == stored.sha256 else None


def _check(*, sha256: str, size: int, first: int, data: bytes) -> None:
    if not _SHA256.match(sha256):
        raise NotFilledIn(_("This is not a sha256."), field="sha256")
    if not 0 < size <= files.LARGEST_PHOTO:
        raise NotFilledIn(_("This photo is too large."), field="photos", next_step=_("Take it again at a smaller size."))
    if not data or len(data) > LARGEST_PART or first < 0 or first + len(data) > size:
        raise NotFilledIn(_("This part does not fit into the photo."), field="photos")


@transaction.atomic
def _take(*, sha256: str, size: int, first: int, data: bytes, by: User, at: datetime) -> Upload | None:
    """Keep one part; return None, with nothing of the photo kept, if its bytes are not what was announced."""
    upload = _locked(sha256=sha256, size=size, by=by, at=at)
    if upload.file_id is not None or upload.size != size or first != upload.received:
        return upload
    UploadPart.objects.create(upload=upload, first=first, data=data)
    upload.received += len(data)
    if upload.received == upload.size:
        whole = b"".join(bytes(part) for part in upload.parts.order_by("first").values_list("data", flat=True))
        if hashlib.sha256(whole).hexdigest() != sha256:
            upload.delete()
            return None
        upload.file = _store(data=whole, by=by, at=at)
        upload.parts.all().delete()
    upload.save(update_fields=["received", "file"])
    return upload


def _locked(*, sha256: str, size: int, by: User, at: datetime) -> Upload:
    known = Upload.objects.filter(person=by, sha256=sha256)
    if not known.exists():
        open_ones = Upload.objects.filter(person=by, file=None)
        open_ones.filter(started_at__lt=at - FORGOTTEN_AFTER).delete()
        if open_ones.count() >= MOST_ON_THEIR_WAY:
            raise NotFilledIn(_("Too many photos are on their way at once."), field="photos", next_step=_("Let those before it arrive first."))
        Upload.objects.get_or_create(person=by, sha256=sha256, defaults={"size": size, "started_at": at})
    return known.select_for_update(of=("self",)).get()


def _store(*, data: bytes, by: User, at: datetime) -> StoredFile:
    content, media_type = files.read_photo(upload=io.BytesIO(data), field="photos")
    return files.store(data=content, media_type=media_type, original_name="photo.jpg", by=by, at=at)
