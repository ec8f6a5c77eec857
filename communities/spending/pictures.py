"""Small copies of photos, so that a page of them opens on a slow line."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageOps

from core import files
from core.models import StoredFile

# Pixels of the longer side: sharp enough to recognise a receipt, about 30 kB.
SMALL: Final = 480


class CannotBeShown(Exception):
    """The bytes cannot be made into a picture: cut off, damaged, or gone from the disk."""


def small_jpeg(stored: StoredFile) -> bytes:
    """
    Return a small upright JPEG of a stored photo, without what the camera wrote about place and time.

    :raises CannotBeShown: if nothing can be drawn from it
    """
    try:
        return _drawn(stored)
    except (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError) as error:
        # What Pillow raises over damaged pixels, and over damaged notes of the camera.
        raise CannotBeShown from error


def _drawn(stored: StoredFile) -> bytes:
    with Image.open(io.BytesIO(files.read(stored))) as picture:
        picture.draft("RGB", (SMALL * 2, SMALL * 2))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((SMALL, SMALL))
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=72, optimize=True)
    return out.getvalue()
