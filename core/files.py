"""Uploads: what a file really is, its hash, private storage by content, and how it is handed out."""

from __future__ import annotations

import hashlib
import io
import logging
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, Final

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from core import stores
from core.models import StoredFile
from core.people.models import User
from core.refusal import Refused

logger = logging.getLogger(__name__)

LARGEST_PHOTO: Final = 12 * 1024 * 1024
LARGEST_DOCUMENT: Final = 20 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
# Of what cannot be opened small each pixel is in memory before the first small copy is drawn: 64 MB of these.
MOST_PIXELS_AT_ONCE: Final = 16_000_000
# A photo opened by itself is laid out by the browser's own inline style; nothing else runs or loads there.
POLICY_OF_PHOTOS: Final = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
# Many telephones put further pictures behind a JPEG (a depth map, a brighter copy): "MPO". Whoever reads JPEG reads the first.
PHOTO_TYPES: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class NotAcceptable(Refused):
    """The file is not what it says it is, or is too large."""

    code = "file_not_acceptable"


def read_photo(*, upload: BinaryIO, field: str = "photo") -> tuple[bytes, str]:
    """
    Return the bytes and real media type of an uploaded photo.

    :raises NotAcceptable: if it is not a JPEG, PNG or WebP picture, or is too large
    """
    data = _read(upload=upload, limit=LARGEST_PHOTO, field=field)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            kind, (width, height) = picture.format, picture.size
            if kind not in PHOTO_TYPES:
                raise UnidentifiedImageError
            if width * height > (MOST_PIXELS if _opens_small(picture) else MOST_PIXELS_AT_ONCE):
                raise NotAcceptable(_("This photo has too many pixels."), field=field, next_step=_("Take it again at a smaller size."))
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NotAcceptable(
            _("This file is not a photo that can be opened."), field=field, next_step=_("Choose a JPEG, PNG or WebP photo.")
        ) from error
    return data, PHOTO_TYPES[kind]


def _opens_small(picture: Image.Image) -> bool:
    """Say whether only some of a picture's pixels can be worked out: a JPEG's, unless it was written in passes over all of them."""
    return PHOTO_TYPES[picture.format or ""] == "image/jpeg" and not picture.info.get("progressive")


def read_document(*, upload: BinaryIO, field: str = "document") -> tuple[bytes, str]:
    """
    Return the bytes and real media type of a document: a PDF or a photo of it.

    :raises NotAcceptable: if it is neither, or is too large
    """
    data = _read(upload=upload, limit=LARGEST_DOCUMENT, field=field)
    if data.startswith(b"%PDF-"):
        return data, "application/pdf"
    try:
        return read_photo(upload=io.BytesIO(data), field=field)
    except NotAcceptable as error:
        raise NotAcceptable(
            _("This file is neither a PDF nor a photo."), field=field, next_step=_("Choose a PDF, JPEG, PNG or WebP file.")
        ) from error


def read_sheet(*, upload: BinaryIO, field: str = "file") -> bytes:
    """Return the bytes of an uploaded sheet or statement, within the size limit. Its content is judged by its importer."""
    return _read(upload=upload, limit=LARGEST_DOCUMENT, field=field)


def _read(*, upload: BinaryIO, limit: int, field: str) -> bytes:
    data = upload.read(limit + 1)
    if len(data) > limit:
        raise NotAcceptable(
            _("This file is larger than %(limit)d MB.") % {"limit": limit // 1024 // 1024}, field=field, next_step=_("Choose a smaller one.")
        )
    if not data:
        raise NotAcceptable(_("This file is empty."), field=field, next_step=_("Choose it again."))
    return data


def store(*, data: bytes, media_type: str, original_name: str, by: User | None, at: datetime) -> StoredFile:
    """
    Keep a file under its sha256. The same bytes are kept once.

    The file is kept, whole, before its row exists: a crash leaves at worst a file without a row.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    stores.write_once(name=stores.name_of(sha256), data=data)
    stored, _created = StoredFile.objects.get_or_create(
        sha256=sha256,
        defaults={
            "size": len(data),
            "media_type": media_type,
            "original_name": Path(original_name.replace("\\", "/")).name[-200:] or "file",
            "stored_by": by,
            "stored_at": at,
        },
    )
    return stored


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash are kept on disk: private, outside the web root."""
    return Path(settings.MEDIA_ROOT) / stores.name_of(sha256)


def keep_small(*, stored: StoredFile, data: bytes) -> None:
    """Keep a small copy of a photo beside the originals. It can always be drawn again: no row, no backup."""
    stores.write_once(name=stores.small_name_of(stored.sha256), data=data)


def read_small(stored: StoredFile) -> bytes | None:
    """Return the small copy of a photo, None while none is kept."""
    try:
        with stores.opened(stores.small_name_of(stored.sha256)) as small:
            return small.read()
    except FileNotFoundError:
        return None


def read(stored: StoredFile) -> bytes:
    """
    Return the bytes of a stored file.

    :raises OSError: FileNotFoundError if they are gone; another if the store cannot be read
    """
    with stores.opened(stores.name_of(stored.sha256)) as kept:
        return kept.read()


def open_for_reading(sha256: str) -> IO[bytes]:
    """
    Open the bytes with this hash.

    :raises OSError: FileNotFoundError if they are gone; another if the store cannot be read
    """
    return stores.opened(stores.name_of(sha256))


def answer(stored: StoredFile, *, as_attachment: bool = False, name: str = "", linked: bool = True) -> HttpResponseBase:
    """
    Hand out a file whose reader has been checked by the caller; never guess its type, never run it.

    Where a store hands out the bytes, the reader is sent to a link of a few minutes, unless not ``linked``.
    """
    as_attachment = as_attachment or stored.media_type not in {"application/pdf", *PHOTO_TYPES.values()}
    kept_as, file_name = stores.name_of(stored.sha256), name or stored.original_name
    link = stores.link(name=kept_as, media_type=stored.media_type, as_attachment=as_attachment, file_name=file_name) if linked else None
    if link:
        away = HttpResponseRedirect(link)
        away["Cache-Control"] = "private, no-store"
        away["Referrer-Policy"] = "no-referrer"
        return away
    try:
        opened = stores.opened(kept_as)
    except FileNotFoundError as error:
        # verify_audit names it too; a reader gets a page that says it is not there, not a broken one.
        logger.exception("File %s is missing where files are kept", stored.sha256)
        raise Http404 from error
    response = FileResponse(opened, as_attachment=as_attachment, filename=file_name, content_type=stored.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    if stored.media_type in PHOTO_TYPES.values():
        response["Content-Security-Policy"] = POLICY_OF_PHOTOS
    response["Cache-Control"] = "private, max-age=3600"
    return response
