"""The gazetteer: lists of places previewed and accepted whole, and the other names people write."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.registry.importers.places import PlaceRow, parse_places
from communities.registry.models import Place, PlaceName
from communities.registry.refusals import WrongValue, sentences
from core import imports
from core.audit.services import record
from core.models import ImportRun
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.sheets import Parsed
from revenue.ledger.services import retry_on_deadlock

Known = dict[tuple[str, str], list[Place]]


def preview_places(*, content: bytes, name: str, source: str, as_of: date, by: User, at: datetime) -> tuple[ImportRun, Parsed[PlaceRow]]:
    """Read a gazetteer and keep it with its preview; its places hold from ``as_of`` on where a line says no other day."""
    require_role(person=by, roles=MAKERS)
    if not source.strip() or len(source.strip()) > 49:
        raise WrongValue(_("Say in at most 49 letters where the list comes from, with its year."), field="source")
    target = f"{as_of.isoformat()}|{source.strip()}"
    parsed = parse_places(content=content, filename=name)
    rows = len(parsed.rows)
    return imports.open_run(kind=ImportRun.Kind.PLACES, content=content, name=name, target=target, row_count=rows, by=by, at=at), parsed


@retry_on_deadlock
def accept_places(*, import_run_id: int, by: User, at: datetime) -> int:
    """
    Add what a previewed gazetteer lists, end what it ends; return how many places are new.

    A place that the list leaves out stays as it is: absence from a list is no merger. A new name of a known code is a place
    beside the old one until a list says when the old one ended, and what took its place.

    :raises WrongValue: if a successor is neither in the list nor in the gazetteer
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.PLACES, by=by, at=at)
        parsed: Parsed[PlaceRow] = imports.rows_of(run)
        imports.require_readable(parsed)
        day, source = run.target.split("|", 1)
        as_of = date.fromisoformat(day)
        known = _known()
        placed = [(row, _match(row, known) or _new(row, source=source, as_of=as_of)) for row in parsed.rows]
        fresh = [place for _row, place in placed if place._state.adding]
        Place.objects.bulk_create(fresh)
        _end(placed)
        _correct(placed)
        names = [PlaceName(place=place, name=name) for row, place in placed for name in row.other_names]
        PlaceName.objects.bulk_create(names, ignore_conflicts=True)
        after = {"rows": len(placed), "created": len(fresh), "source": source, "sha256": run.file.sha256}
        record(act="places.import", subject=f"import:{run.pk}", by=by, at=at, after=after)
    return len(fresh)


@transaction.atomic
def add_name(*, place_id: int, name: str, by: User, at: datetime) -> PlaceName:
    """Say how else people write a place: "Keo Seima" is filed as "Kaev Seima"."""
    require_role(person=by, roles=MAKERS)
    place = Place.objects.get(id=place_id)
    if not name.strip() or len(name.strip()) > 120:
        raise WrongValue(_("Write the other name in at most 120 letters."), field="name")
    written, created = PlaceName.objects.get_or_create(place=place, name=name.strip())
    if created:
        record(act="place.add_name", subject=f"place:{place.pk}", by=by, at=at, after={"code": place.code, "name": written.name})
    return written


def _known() -> Known:
    known: Known = defaultdict(list)
    for place in Place.objects.select_for_update().order_by("id"):
        known[place.code, place.name].append(place)
    return known


def _match(row: PlaceRow, known: Known) -> Place | None:
    """Return the place in force with this code and name, or the one that ended on the day the row says."""
    found = known.get((row.code, row.name), [])
    return next((one for one in found if one.valid_to is None), None) or next((one for one in found if one.valid_to == row.valid_to), None)


def _new(row: PlaceRow, *, source: str, as_of: date) -> Place:
    # A place that had ended before the list's own day began at an unknown day: the day before it ended is the latest possible.
    first = row.valid_from or (as_of if row.valid_to is None or row.valid_to > as_of else date.fromordinal(row.valid_to.toordinal() - 1))
    return Place(code=row.code, level=row.level, name=row.name, name_km=row.name_km, valid_from=first, source=source)


def _end(placed: list[tuple[PlaceRow, Place]]) -> None:
    ended = [(row, place) for row, place in placed if row.valid_to is not None]
    wanted = {row.successor for row, _place in ended if row.successor}
    leaving = {place.pk for _row, place in ended}
    after = {place.code: place for place in Place.objects.filter(code__in=wanted, valid_to=None).exclude(pk__in=leaving).order_by("-id")}
    for row, place in ended:
        if row.successor and row.successor not in after:
            raise WrongValue(
                _("The successor %(successor)s of %(code)s is not in the gazetteer.") % {"successor": row.successor, "code": row.code}, field="file"
            )
        if row.valid_to and row.valid_to <= place.valid_from:
            raise WrongValue(_("%(code)s would end before it began.") % {"code": row.code}, field="file")
        place.valid_to, place.successor = row.valid_to, after.get(row.successor)
    Place.objects.bulk_update([place for _row, place in ended], ["valid_to", "successor"])


def _correct(placed: list[tuple[PlaceRow, Place]]) -> None:
    changed = [(row, place) for row, place in placed if row.name_km and place.name_km != row.name_km]
    for row, place in changed:
        place.name_km = row.name_km
    Place.objects.bulk_update([place for _row, place in changed], ["name_km"])


def _read_places(*, content: bytes, filename: str, target: str) -> Parsed[PlaceRow]:
    return parse_places(content=content, filename=filename)


def _said_places(*, import_run_id: int, by: User, at: datetime) -> str:
    return _("%(count)s places were added.") % {"count": accept_places(import_run_id=import_run_id, by=by, at=at)}


def _level(row: Any) -> str:
    return str(Place.Level(row.level).label) if row.level else ""


imports.register(
    imports.Importer(
        kind=ImportRun.Kind.PLACES,
        roles=MAKERS,
        parse=_read_places,
        columns=(
            (gettext_lazy("Code"), lambda row: row.code),
            (gettext_lazy("Level"), _level),
            (gettext_lazy("Name"), lambda row: row.name),
            (gettext_lazy("Name in Khmer"), lambda row: row.name_km),
            (gettext_lazy("Also written"), lambda row: ", ".join(row.other_names)),
            (gettext_lazy("Ended on"), lambda row: row.valid_to or ""),
        ),
        accept=_said_places,
    )
)
