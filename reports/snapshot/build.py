"""Put the sections together into the canonical text and its hash."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.audit.hashing import canonical, digest
from core.models import Programme
from reports.queries import Scope
from reports.snapshot import attention, documents, equation, money, restated, since
from reports.snapshot.checks import checks
from reports.snapshot.complaints import complaints
from reports.snapshot.decisions import decisions
from reports.snapshot.emblem import emblem
from reports.words import Text, both, named, plain

SCHEMA: Final = "forest-dividend/snapshot-1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The snapshot that a corrected report corrects, and why."""

    text: str
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A snapshot's canonical JSON text and its sha256."""

    text: str
    sha256: str


def freeze(
    *,
    scope: Scope,
    label: str,
    version: int,
    replaces: Replaced | None = None,
    last: since.Last | None = None,
    closed_on: date | None,
    at: datetime,
    seal: Json | None,
) -> Frozen:
    """
    Read the scope's books and documents as of its end, and freeze what the report says.

    Runs in one repeatable-read transaction of the caller, so that every figure is of the same moment. ``seal`` is the
    newest seal of the books: number, root and time. ``replaces`` is what a corrected report corrects, ``last`` the last issued report
    of the same scope and kind of period.
    """
    books = money.read(scope)
    listed = documents.read(scope)
    shown = documents.shown_of(scope=scope, listed=listed)
    rows = documents.rows(scope=scope, listed=listed, shown=shown)
    held = attention.held(scope=scope, books=books, listed=listed)
    found = attention.exceptions(scope=scope, listed=listed, held=held, disbursements=rows["disbursements"])
    headline = money.headline(scope=scope, books=books, listed=listed, shown=shown, disbursements=rows["disbursements"])
    content = {
        **_head(scope=scope, label=label, version=version, closed_on=closed_on, at=at, seal=seal),
        **rows,
        **money.sections(scope=scope, books=books, listed=listed),
        "equation": equation.section(scope=scope, ledger=books.ledger, listed=listed, shown=shown),
        "held": held,
        "exceptions": found[: attention.MOST_LISTED],
        "decisions": decisions(scope=scope, listed=listed),
        "checks": checks(scope=scope),
        "complaints": complaints(scope=scope),
        "since_last": since.section(last=last, headline=headline, exceptions=found, currency=scope.currency, most_listed=attention.MOST_LISTED),
        "headline": headline,
    }
    if replaces:
        content |= _corrected(content, replaces, scope)
    text = canonical(content)
    return Frozen(text, digest(text))


def _corrected(content: Json, replaces: Replaced, scope: Scope) -> Json:
    """Return what a corrected report says of the version before."""
    before = json.loads(replaces.text)
    frozen_at = datetime.fromisoformat(before["frozen_at"])
    return {
        "replaces": {"version": before["version"], "sha256": replaces.sha256, "reason": plain(replaces.reason)},
        "changes": restated.changes(before=before, after=content, scope=scope, frozen_at=frozen_at),
        "late_entries": restated.late_entries(scope=scope),
        "notes": [*content["notes"], both(_AS_CORRECTED)],
    }


_AS_CORRECTED: Final = _(
    "The figures of this version are as corrected: what a bank did, and what undoes or corrects an entry, counts on the day to which it "
    "belongs, although it was recorded after the books were closed. The books themselves did not move: the same entries also stand in the "
    "quarter in which they were posted. The version before shows what was known then."
)


def _head(*, scope: Scope, label: str, version: int, closed_on: date | None, at: datetime, seal: Json | None) -> Json:
    programme = Programme.objects.filter(id=1).first()
    demonstration = bool(programme and programme.is_demonstration)
    return {
        "schema": SCHEMA,
        "kind": "reinvestment",
        "scope": {
            "level": "project" if scope.project else "programme",
            "name": named(scope.project) if scope.project else (named(programme) if programme else both(_("National programme"))),
            "projects": [_project(project) for project in scope.projects],
        },
        "period": {"label": label, "first": scope.first.isoformat(), "end": scope.end.isoformat()},
        "currency": scope.currency,
        "version": version,
        "replaces": None,
        "changes": [],
        "authority": {"en": programme.authority, "km": programme.authority_km} if programme else plain(""),
        "demonstration": demonstration,
        "frozen_at": at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "prepared_by": both(_("Finance office of the programme")),
        "books": {"closed": closed_on is not None, "closed_on": closed_on.isoformat() if closed_on else None},
        "seal": seal,
        "verify_address": f"{settings.PUBLIC_URL}/verify",
        "emblem": emblem(),
        "notes": _notes(demonstration),
        "sources": _sources(scope),
    }


def _project(project: Any) -> Json:
    return {
        "code": project.code,
        "name": named(project),
        "registry": project.registry,
        "standard": project.standard,
        "mechanism": project.mechanism,
        "programme_id": project.programme_id,
        "host_authority": plain(project.host_authority),
        "proponent": plain(project.proponent),
    }


def _notes(demonstration: bool) -> list[Text]:
    notes = [
        both(_("Received is counted from the receipt documents; every place of money is counted from the ledger. They must be equal.")),
        both(
            _("Paid is what left the bank for recipients, less what came back. Spent is what the office accepted. Evidenced is spent with a receipt.")
        ),
    ]
    if demonstration:
        notes.insert(0, both(_("This is demonstration data. Published facts are named with their source; every other amount is invented.")))
    return notes


def _sources(scope: Scope) -> list[Json]:
    return [
        {"title": {"en": fact_of.name, "km": fact_of.name_km}, "reference": line.strip(), "sha256": None}
        for fact_of in scope.projects
        for line in fact_of.facts.splitlines()
        if line.strip()
    ]
