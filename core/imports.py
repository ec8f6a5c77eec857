"""One file read into the books: its preview is kept as a row, and accepted whole, once, by a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import files
from core.audit.services import record
from core.clock import day_of
from core.models import ImportRun
from core.people.access import require_role
from core.people.models import Role, User
from core.refusal import Refused
from core.sheets import LineError, Parsed

Text = str | Promise
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotWaiting(Refused):
    """The import was accepted or abandoned already."""

    code = "import_not_waiting"


class AcceptedBefore(Refused):
    """The same file was accepted before."""

    code = "import_accepted_before"


class HasErrors(Refused):
    """Some lines of the file cannot be read, so none is taken."""

    code = "import_has_errors"


class Parse(Protocol):
    """Bytes of a file to rows and mistakes; saves nothing. ``target`` says what the file was uploaded for."""

    def __call__(self, *, content: bytes, filename: str, target: str) -> Parsed[Any]: ...


class Accept(Protocol):
    """Write the rows of a previewed file, in one transaction; returns the sentence to show."""

    def __call__(self, *, import_run_id: int, by: User, at: datetime) -> str: ...


@dataclass(frozen=True)
class Importer:
    """How one kind of file is read, shown and accepted. ``columns`` are what the preview shows of each row."""

    kind: str
    roles: Collection[Role]
    parse: Parse
    columns: Sequence[tuple[Text, Callable[[Any], object]]]
    accept: Accept


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make a kind of import known to the preview page."""
    _importers[importer.kind] = importer


def importer_for(kind: str) -> Importer | None:
    """Return how this kind of file is read, if any page of ours reads it."""
    return _importers.get(kind)


def sentence_of(error: LineError) -> str:
    """Return what is wrong on a line, in the reader's language."""
    sentence = _(error.sentence)
    return sentence % error.values if error.values else sentence


@transaction.atomic
def open_run(*, kind: str, content: bytes, name: str, target: str, row_count: int, by: User, at: datetime) -> ImportRun:
    """
    Keep an uploaded file and its preview row. The same file uploaded twice is one preview.

    :raises AcceptedBefore: if this file was accepted for this target
    """
    media_type = XLSX if content.startswith(b"PK\x03\x04") else "text/plain"
    stored = files.store(data=content, media_type=media_type, original_name=name, by=by, at=at)
    same = ImportRun.objects.filter(kind=kind, file=stored, target=target).order_by("-id")
    accepted = same.filter(state=ImportRun.State.ACCEPTED).first()
    if accepted is not None:
        raise _accepted_before(accepted)
    waiting = same.filter(state=ImportRun.State.PREVIEWED, previewed_by=by).first()
    if waiting is not None:
        return waiting
    run = ImportRun.objects.create(kind=kind, file=stored, target=target, row_count=row_count, previewed_by=by, previewed_at=at)
    record(act="import.preview", subject=f"import:{run.pk}", by=by, at=at, after={"kind": kind, "sha256": stored.sha256, "rows": row_count})
    return run


def take_run(*, import_run_id: int, kind: str, by: User, at: datetime) -> ImportRun:
    """
    Mark a previewed import as accepted, inside the transaction that writes its rows.

    :raises NotWaiting: if somebody accepted or abandoned it first
    :raises AcceptedBefore: if the same file was accepted by another preview
    """
    try:
        with transaction.atomic():
            taken = ImportRun.objects.filter(id=import_run_id, kind=kind, state=ImportRun.State.PREVIEWED).update(
                state=ImportRun.State.ACCEPTED, accepted_by=by, accepted_at=at
            )
    except IntegrityError as error:
        raise _accepted_before(None) from error
    if taken != 1:
        raise NotWaiting(_("This import is not waiting any more."), next_step=_("Upload the file again if it is still needed."))
    return ImportRun.objects.select_related("file").get(id=import_run_id)


def rows_of(run: ImportRun) -> Parsed[Any]:
    """Read the kept file of an import again, as it was read for the preview."""
    importer = importer_for(run.kind)
    if importer is None:
        return Parsed(())
    return importer.parse(content=files.read(run.file), filename=run.file.original_name, target=run.target)


def require_readable(parsed: Parsed[Any]) -> None:
    """
    Let a file through that could be read whole.

    :raises HasErrors: naming the first line that could not
    """
    if parsed.errors:
        first = parsed.errors[0]
        where = _("Line %(line)s: ") % {"line": first.line} if first.line else ""
        raise HasErrors(f"{where}{sentence_of(first)}", field="file", next_step=_("Correct the file and upload it again."))
    if not parsed.rows:
        raise HasErrors(_("The file has no lines to read."), field="file", next_step=_("Choose another file."))


@transaction.atomic
def abandon_run(*, import_run_id: int, by: User, at: datetime) -> None:
    """
    Put a previewed import aside.

    :raises NotWaiting: if it was accepted or abandoned already
    """
    run = ImportRun.objects.get(id=import_run_id)
    importer = importer_for(run.kind)
    if importer is not None:
        require_role(person=by, roles=importer.roles)
    gone = ImportRun.objects.filter(id=import_run_id, state=ImportRun.State.PREVIEWED).update(state=ImportRun.State.ABANDONED)
    if gone != 1:
        raise NotWaiting(_("This import is not waiting any more."))
    record(act="import.abandon", subject=f"import:{import_run_id}", by=by, at=at)


def _accepted_before(run: ImportRun | None) -> AcceptedBefore:
    if run is None or run.accepted_at is None:
        return AcceptedBefore(_("This file has been accepted already."), field="file")
    return AcceptedBefore(
        _("This file was accepted on %(day)s by %(person)s.") % {"day": day_of(run.accepted_at).isoformat(), "person": run.accepted_by},
        field="file",
        next_step=_("Upload a file with what is new."),
    )
