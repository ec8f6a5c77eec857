"""The ministry's emblem as a snapshot carries it, so that whoever draws the report again has it."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from core.refusal import Refused

LARGEST: Final = 150 * 1024
MOST_PIXELS: Final = 1000 * 1000
KINDS: Final = ("PNG", "JPEG")


class NoEmblem(Refused):
    """The emblem that the settings name cannot be used."""

    code = "no_emblem"


def emblem() -> str | None:
    """
    Return the picture that the settings name, in base64; None where they name none.

    :raises NoEmblem: if it cannot be read, is no PNG or JPEG picture, or is too large
    """
    if not settings.EMBLEM_FILE:
        return None
    next_step = _("Set EMBLEM_FILE to a PNG or JPEG picture of at most 150 kB, or to nothing.")
    try:
        data = Path(settings.EMBLEM_FILE).read_bytes()
        with Image.open(io.BytesIO(data)) as picture:
            fits = picture.format in KINDS and picture.width * picture.height <= MOST_PIXELS and len(data) <= LARGEST
            picture.verify()
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoEmblem(_("The ministry's emblem cannot be read."), next_step=next_step) from error
    if not fits:
        raise NoEmblem(_("The ministry's emblem is too large, or no PNG or JPEG picture."), next_step=next_step)
    return base64.b64encode(data).decode()
