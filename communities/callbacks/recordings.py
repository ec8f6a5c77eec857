"""Voice recordings as telephones make them: what a file really is, by its first bytes."""

from __future__ import annotations

from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from core.files import NotAcceptable

LARGEST: Final = 10 * 1024 * 1024


def read_recording(*, upload: BinaryIO, field: str = "recording") -> tuple[bytes, str]:
    """
    Return the bytes and real media type of a voice recording: Ogg, WebM, MP4, AMR, MP3 or WAV.

    :raises NotAcceptable: if it is none of these, empty or larger than 10 MB
    """
    data = upload.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise NotAcceptable(_("This recording is larger than 10 MB."), field=field, next_step=_("Choose a shorter one."))
    media_type = _media_type(data[:16])
    if not media_type:
        raise NotAcceptable(_("This file is no voice recording that is known here."), field=field, next_step=_("Choose an audio file."))
    return data, media_type


def _media_type(start: bytes) -> str:
    if start[4:8] == b"ftyp":
        return "audio/mp4"
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        return "audio/wav"
    signs = {b"OggS": "audio/ogg", b"\x1aE\xdf\xa3": "audio/webm", b"#!AMR": "audio/amr", b"ID3": "audio/mpeg", b"\xff\xfb": "audio/mpeg"}
    return next((kind for sign, kind in signs.items() if start.startswith(sign)), "")
