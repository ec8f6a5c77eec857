"""Put the sections together into the canonical text and its hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.audit.hashing import canonical, digest
from core.models import Programme
from reports.queries import Scope
from reports.snapshot import attention, documents, equation, money
from reports.words import Text, both, named, plain

SCHEMA: Final = "forest-dividend/snapshot-1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A snapshot's canonical JSON text and its sha256."""

    text: str
    sha256: str


def freeze(*, scope: Scope, label: str, version: int, replaces: Json | None, closed_on: date | None, at: datetime, seal: Json | None) -> Frozen:
    """
    Read the scope's books and documents as of its end, and freeze what the report says.

    Runs in one repeatable-read transaction of the caller, so that every figure is of the same moment. ``seal`` is the
    newest seal of the books: number, root and time.
    """
    books = money.read(scope)
    listed = documents.read(scope)
    rows = documents.rows(scope=scope, listed=listed)
    held = attention.held(scope=scope, books=books, listed=listed)
    content = {
        **_head(scope=scope, label=label, version=version, replaces=replaces, closed_on=closed_on, at=at, seal=seal),
        **rows,
        **money.sections(scope=scope, books=books, listed=listed),
        "equation": equation.section(scope=scope, received=listed.received_by_tranche),
        "held": held,
        "exceptions": attention.exceptions(scope=scope, listed=listed, held=held, disbursements=rows["disbursements"]),
        "headline": money.headline(scope=scope, books=books, listed=listed, disbursements=rows["disbursements"]),
    }
    text = canonical(content)
    return Frozen(text, digest(text))


def _head(*, scope: Scope, label: str, version: int, replaces: Json | None, closed_on: date | None, at: datetime, seal: Json | None) -> Json:
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
        "replaces": replaces,
        "changes": [],
        "authority": {"en": programme.authority, "km": programme.authority_km} if programme else plain(""),
        "demonstration": demonstration,
        "frozen_at": at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "prepared_by": both(_("Finance office of the programme")),
        "books": {"closed": closed_on is not None, "closed_on": closed_on.isoformat() if closed_on else None},
        "seal": seal,
        "verify_address": f"{settings.PUBLIC_URL}/verify",
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
