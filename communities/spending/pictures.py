"""
Small copies of photos, so that a page of them opens on a slow line.

A worker draws each once, when its photo has arrived: the job's row is the truth, and the sweep sends again what was lost. A
page that is opened sooner draws its own.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy, gettext_noop
from PIL import Image, ImageOps

from core import files, jobs
from core.models import StoredFile

# Pixels of the longer side: sharp enough to recognise a receipt, about 30 kB.
SMALL: Final = 480
JOB_KIND: Final = "spending.small_picture"


class CannotBeShown(Exception):
    """The bytes cannot be made into a picture: cut off, damaged, or gone from the disk."""


def ask_for_small(*, stored: StoredFile, at: datetime) -> None:
    """Have a worker draw the small copy of a photo, once for the same photo."""
    if stored.media_type in files.PHOTO_TYPES.values():
        jobs.enqueue(kind=JOB_KIND, key=f"small:{stored.sha256}", arguments={"file_id": stored.pk}, at=at)


@jobs.kind(JOB_KIND, gettext_lazy("Making a small picture of a photo"))
def draw_small(*, progress: jobs.Progress, file_id: int) -> str:
    """Draw and keep the small copy. A photo nothing can be drawn from is no failure: trying again would not help."""
    stored = StoredFile.objects.get(id=file_id)
    try:
        files.keep_small(stored=stored, data=_drawn_or_refused(stored))
    except CannotBeShown:
        return gettext_noop("Nothing can be drawn from this photo.")
    return gettext_noop("Drawn.")


def small_jpeg(stored: StoredFile) -> bytes:
    """
    Return a small upright JPEG of a stored photo, without what the camera wrote about place and time.

    :raises CannotBeShown: if nothing can be drawn from it
    """
    return files.read_small(stored) or _drawn_or_refused(stored)


def _drawn_or_refused(stored: StoredFile) -> bytes:
    try:
        return _drawn(stored)
    except (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError) as error:
        # What Pillow raises over damaged pixels, and over damaged notes of the camera.
        raise CannotBeShown from error


def _drawn(stored: StoredFile) -> bytes:
    with Image.open(io.BytesIO(files.read(stored))) as picture:
        # Small first: a copy of all its pixels, to turn it, would be in memory beside it.
        picture.thumbnail((SMALL, SMALL), reducing_gap=2.0)
        upright = ImageOps.exif_transpose(picture)
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=72, optimize=True, comment=b"")
    return out.getvalue()
