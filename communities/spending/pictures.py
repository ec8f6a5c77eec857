"""Small copies of photos, so that a page of them opens on a slow line."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageOps

from core import files
from core.models import StoredFile

# Pixels of the longer side: sharp enough to recognise a receipt, about 30 kB.
SMALL: Final = 480


def small_jpeg(stored: StoredFile) -> bytes:
    """Return a small upright JPEG of a stored photo, without what the camera wrote about place and time."""
    with Image.open(io.BytesIO(files.read(stored))) as picture:
        picture.draft("RGB", (SMALL * 2, SMALL * 2))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((SMALL, SMALL))
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=72, optimize=True)
    return out.getvalue()
