"""Registry exports and typed sheets: previewed, then accepted whole."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import imports
from core.audit.services import record
from core.models import ImportRun
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.refusal import gettext_noop
from core.sheets import LineError, Parsed
from revenue.credits.importers.by_hand import TypedRow, parse_typed_issuances
from revenue.credits.importers.verra import VerraRow, parse_verra_export
from revenue.credits.models import Issuance, Project
from revenue.credits.refusals import WrongValue, sentences
from revenue.credits.serials import SerialRange
from revenue.ledger.services import retry_on_deadlock

VERRA: Final = "verra"
TYPED: Final = "typed"
LAYOUTS: Final = {VERRA: gettext_lazy("Verra's export of issued units"), TYPED: gettext_lazy("a sheet typed by hand (any registry)")}

IN_THE_BOOKS: Final = gettext_noop("Some of these credits are in the books already, as %(first)s to %(last)s. Remove the line.")
OTHER_REGISTRY: Final = gettext_noop("No project here has number %(said)s in the registry %(registry)s.")


@dataclass(frozen=True, slots=True)
class NewIssuance:
    """One block of an import with the project it belongs to; ``is_known`` if exactly this block is in the books."""

    line: int
    project: Project
    series: str
    serial_text: str
    numbers: SerialRange
    vintage_start: date
    vintage_end: date
    issued_on: date
    methodology: str
    certifications: str
    is_known: bool


def parse_issuances(*, content: bytes, filename: str, target: str) -> Parsed[NewIssuance]:
    """Read a file of issuances in the layout ``target`` ("verra" or "typed") and compare it with the books. Saves nothing."""
    projects = {(project.registry, project.programme_id.upper()): project for project in Project.objects.all()}
    numbers = {number for _registry, number in projects}
    parsed: Parsed[Any]
    if target == VERRA:
        parsed = parse_verra_export(content=content, filename=filename, programmes=numbers)
    elif target == TYPED:
        parsed = parse_typed_issuances(content=content, filename=filename, programmes=numbers)
    else:
        raise WrongValue(_("Choose the layout of the file."), field="layout")
    known = _Known()
    rows: list[NewIssuance] = []
    errors = list(parsed.errors)
    for row in parsed.rows:
        plain = _plain(row, projects)
        compared = plain if isinstance(plain, LineError) else known.compare(plain)
        if isinstance(compared, LineError):
            errors.append(compared)
        else:
            rows.append(compared)
    return Parsed(tuple(rows), tuple(sorted(errors, key=lambda error: error.line)))


class _Known:
    """The blocks in the books, by series and in order, so that a long export is compared without a query a line."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        found = Issuance.objects.order_by("series", "first").values_list("series", "first", "last", "project_id")
        for series_key, first, last, project_id in found:
            self._blocks[series_key].append((first, last, project_id))

    def compare(self, row: NewIssuance) -> NewIssuance | LineError:
        """Mark a block that is in the books exactly so, and refuse one that overlaps another."""
        blocks = self._blocks[row.series]
        place = bisect_right(blocks, row.numbers.last, key=lambda block: block[0])
        if place == 0 or blocks[place - 1][1] < row.numbers.first:
            return row
        first, last, project_id = blocks[place - 1]
        if (first, last, project_id) != (row.numbers.first, row.numbers.last, row.project.pk):
            return LineError(row.line, "Serial Number", IN_THE_BOOKS, {"first": first, "last": last})
        return replace(row, is_known=True)


def _plain(row: VerraRow | TypedRow, projects: dict[tuple[str, str], Project]) -> NewIssuance | LineError:
    registry = row.block.registry if isinstance(row, VerraRow) else row.registry
    project = projects.get((registry, row.programme_id.upper()))
    if project is None:
        return LineError(row.line, "ID", OTHER_REGISTRY, {"said": row.programme_id, "registry": registry})
    if isinstance(row, VerraRow):
        block = row.block
        return NewIssuance(
            row.line, project, block.series, block.text, block.numbers, block.vintage_start, block.vintage_end, row.issued_on,
            row.methodology, row.certifications, is_known=False,
        )  # fmt: skip
    text = f"{row.programme_id} {row.numbers}"
    return NewIssuance(
        row.line, project, row.series, text, row.numbers, row.vintage_start, row.vintage_end, row.issued_on, row.methodology, "",
        is_known=False,
    )  # fmt: skip


def preview_import(*, kind: str, content: bytes, name: str, target: str, by: User, at: datetime) -> tuple[ImportRun, Parsed[Any]]:
    """
    Read an uploaded file and keep it with its preview; nothing else is saved.

    ``kind`` is ISSUANCES here; ``target`` its layout, "verra" or "typed".

    :raises AcceptedBefore: if the same file was accepted before
    """
    require_role(person=by, roles=MAKERS)
    importer = imports.importer_for(kind)
    if importer is None:
        raise WrongValue(_("Files of this kind are not read here."), field="file")
    parsed = importer.parse(content=content, filename=name, target=target)
    run = imports.open_run(kind=kind, content=content, name=name, target=target, row_count=len(parsed.rows), by=by, at=at)
    return run, parsed


@retry_on_deadlock
def accept_issuances(*, import_run_id: int, by: User, at: datetime) -> int:
    """
    Take every block of a previewed file into the books, or none; returns how many are new.

    A block that is in the books exactly so is left as it is, so that a newer export of the same registry can be read.

    :raises HasErrors: if a line cannot be read
    :raises NotWaiting: if the import was accepted or abandoned already
    :raises SerialsTaken: if somebody recorded some of the credits meanwhile
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.ISSUANCES, by=by, at=at)
        parsed: Parsed[NewIssuance] = imports.rows_of(run)
        imports.require_readable(parsed)
        new = [row for row in parsed.rows if not row.is_known]
        Issuance.objects.bulk_create(_issuances(new, run))
        after = {"blocks": len(new), "credits": sum(row.numbers.quantity for row in new), "sha256": run.file.sha256}
        record(act="issuance.import", subject=f"import:{run.pk}", by=by, at=at, after=after)
    return len(new)


def _issuances(rows: Sequence[NewIssuance], run: ImportRun) -> list[Issuance]:
    return [
        Issuance(
            project=row.project, series=row.series, serial_text=row.serial_text, first=row.numbers.first, last=row.numbers.last,
            quantity=row.numbers.quantity, vintage_start=row.vintage_start, vintage_end=row.vintage_end, issued_on=row.issued_on,
            methodology=row.methodology[:60], certifications=row.certifications[:160], import_run=run, import_line=row.line,
        )
        for row in rows
    ]  # fmt: skip


def _accept(*, import_run_id: int, by: User, at: datetime) -> str:
    count = accept_issuances(import_run_id=import_run_id, by=by, at=at)
    return _("%(count)s blocks of credits were added.") % {"count": f"{count:,}"}


imports.register(
    imports.Importer(
        kind=ImportRun.Kind.ISSUANCES,
        roles=MAKERS,
        parse=parse_issuances,
        columns=(
            (gettext_lazy("Project"), lambda row: row.project),
            (gettext_lazy("Serial numbers"), lambda row: row.numbers),
            (gettext_lazy("Quantity (tCO2e)"), lambda row: f"{row.numbers.quantity:,}"),
            (gettext_lazy("Vintage"), lambda row: f"{row.vintage_start} – {row.vintage_end}"),
            (gettext_lazy("Issued on"), lambda row: row.issued_on),
            (gettext_lazy("In the books"), lambda row: _("already") if row.is_known else _("new")),
        ),
        accept=_accept,
    )
)
