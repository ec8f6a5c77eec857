"""Turn a finished PDF into an archive file (PDF/A-3b) that carries its own figures, byte for byte the same each time."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pikepdf
from pikepdf import pdfa

from reports.render.letters import BOLD, REGULAR, true_letters

PRINTED = 4  # annotation flag: PDF/A wants every annotation to be printed


def archive(*, pdf: bytes, attachment: bytes, name: str, description: str, when: datetime) -> bytes:
    """
    Attach the figures, state the archive form, and compress.

    ``when`` (with a zone) is the only time in the file. What was written is validated.

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
        pdfa.prepare(document, "3b")
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key in ("xmp:MetadataDate", "xmp:ModifyDate", "xmp:CreateDate"):
                metadata[key] = when.isoformat()
        document.docinfo["/CreationDate"] = document.docinfo["/ModDate"] = stamp
        written = io.BytesIO()
        pdfa.save(document, written, "3b", repair=False, deterministic_id=True)
    return written.getvalue()


def _tidy(document: pikepdf.Pdf) -> None:
    """Remove what PDF/A forbids and say what private letters stand for."""
    for page in document.pages:
        if "/Trans" in page.obj:
            del page.obj["/Trans"]
        for note in page.obj.get("/Annots", pikepdf.Array()):
            note["/F"] = PRINTED
    document.Root["/ViewerPreferences"] = pikepdf.Dictionary(DisplayDocTitle=True)
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing and "/BaseFont" in thing:
            _spell(thing)


def _spell(font: pikepdf.Object) -> None:
    face = BOLD if BOLD in str(font["/BaseFont"]) else REGULAR
    letters = true_letters(face)

    def spelled(found: re.Match[bytes]) -> bytes:
        text = letters.get(chr(int(found[2], 16)))
        return found[0] if text is None else found[1] + b"<" + text.encode("utf-16-be").hex().upper().encode() + b">"

    stream = font["/ToUnicode"]
    stream.write(re.sub(rb"(<[0-9A-Fa-f]{2}>\s+)<([0-9A-Fa-f]{4})>", spelled, stream.read_bytes()))
