"""Turn a finished PDF into an archive file (PDF/A-3b) that carries its own figures, byte for byte the same each time."""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from datetime import datetime
from typing import Final

import pikepdf
from pikepdf import pdfa

from reports.render.letters import BOLD, REGULAR, true_letters

PRINTED: Final = 4  # annotation flag: PDF/A wants every annotation to be printed
FORM: Final = "3b"
CARRIAGE_RETURN: Final = 0x0D
# Judging takes longer than drawing. Where hundreds are drawn alike, the first in each process and every hundredth is judged.
JUDGED_EVERY: Final = 100
_alike: Counter[str] = Counter()


def archive(*, pdf: bytes, attachment: bytes, name: str, description: str, when: datetime, alike: bool = False) -> bytes:
    """
    Attach the figures, state the archive form, and compress.

    ``when`` (with a zone) is the only time in the file. What was written is judged; of papers that are drawn ``alike``
    by the hundred, by name of their attachment, the first in this process and every hundredth. The bytes are the same either way.

    :raises pikepdf.pdfa.PdfaError: if the result is not a valid PDF/A-3b
    """
    stamp = when.strftime("D:%Y%m%d%H%M%S+00'00'")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _tidy(document)
        document.attachments[name] = pikepdf.AttachedFileSpec(
            document,
            attachment,
            filename=name,
            mime_type="application/json",
            description=description,
            relationship=pikepdf.Name.Source,  # type: ignore[call-arg]  # missing from pikepdf's stubs
            creation_date=stamp,
            mod_date=stamp,
        )
        pdfa.prepare(document, FORM)
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key in ("xmp:MetadataDate", "xmp:ModifyDate", "xmp:CreateDate"):
                metadata[key] = when.isoformat()
        document.docinfo["/CreationDate"] = document.docinfo["/ModDate"] = stamp
        written = io.BytesIO()
        if _is_judged(name, alike=alike):
            pdfa.save(document, written, FORM, repair=False, deterministic_id=True)
        else:
            document.save(written, **pdfa.resolve_save_kwargs(FORM, deterministic_id=True))
    return written.getvalue()


def _is_judged(name: str, *, alike: bool) -> bool:
    if not alike:
        return True
    _alike[name] += 1
    return _alike[name] % JUDGED_EVERY == 1


def _tidy(document: pikepdf.Pdf) -> None:
    """Remove what PDF/A forbids and say what private letters stand for."""
    for page in document.pages:
        if "/Trans" in page.obj:
            del page.obj["/Trans"]
        for note in page.obj.get("/Annots", pikepdf.Array()):
            note["/F"] = PRINTED
    document.Root["/ViewerPreferences"] = pikepdf.Dictionary(DisplayDocTitle=True)
    for thing in document.objects:
        if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
            thing.write(thing.read_bytes())  # packed anew when it is saved: Python's own zlib is another one on another Python
        if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing and "/BaseFont" in thing:
            _spell(thing)
    for thing in document.objects:
        # What is drawn, and what spells it: a space more changes neither. Fonts, profiles and attachments stay as they are.
        if isinstance(thing, pikepdf.Stream) and (thing.get("/Subtype") == "/Form" or not {"/Type", "/Length1", "/N"} & set(thing.keys())):
            _end_well(thing)


def _end_well(stream: pikepdf.Stream) -> None:
    """
    Let no page's content end in a carriage return once it is packed.

    Packed data ends in a sum of its bytes. Before the line end that follows it a carriage return could be read as a part of that
    line end, and the stream as one byte shorter than it says: some judges of the archive form do. A space more is another sum.
    """
    content = stream.read_bytes()
    if zlib.adler32(content) & 0xFF == CARRIAGE_RETURN:
        stream.write(content + b" ")


def _spell(font: pikepdf.Object) -> None:
    face = BOLD if BOLD in str(font["/BaseFont"]) else REGULAR
    letters = true_letters(face)

    def spelled(found: re.Match[bytes]) -> bytes:
        text = letters.get(chr(int(found[2], 16)))
        return found[0] if text is None else found[1] + b"<" + text.encode("utf-16-be").hex().upper().encode() + b">"

    stream = font["/ToUnicode"]
    stream.write(re.sub(rb"(<[0-9A-Fa-f]{2}>\s+)<([0-9A-Fa-f]{4})>", spelled, stream.read_bytes()))
