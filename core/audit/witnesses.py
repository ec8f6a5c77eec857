"""Each row beside its witness: find what was changed, added or taken away behind the rules, in any table, and name it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

ROOMS: Final = ("core", "revenue", "communities", "reports")
TRIGGERS: Final = ("witnessed", "witnessed_anew", "witness_leaves")


def kept_otherwise() -> dict[str, str]:
    """Return the tables that have no witness, each with the reason, as its app declares it."""
    return {table: why for app in apps.get_app_configs() for table, why in getattr(app, "KEPT_OTHERWISE", {}).items()}


def witnessed() -> dict[str, type[models.Model]]:
    """Return each table whose rows have a witness, in order: every table of ours that no app says is kept otherwise."""
    ours = (
        model
        for app in apps.get_app_configs()
        if app.name.split(".")[0] in ROOMS
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    )
    tables = {model._meta.db_table: model for model in ours}
    return {table: tables[table] for table in sorted(tables.keys() - kept_otherwise().keys())}


def triggers() -> list[str]:
    """Return the names of the triggers that write witnesses."""
    return [f"{table}_{trigger}" for table in witnessed() for trigger in TRIGGERS]


def let_witness() -> None:
    """Let the triggers stand on every table, as its owner, after a migration. What has a witness keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_let_witness(name) FROM unnest(%s::text[]) name", [list(witnessed())])


def differing() -> Iterator[str]:
    """Yield a sentence for each row that is not as it was last written, all as of one moment. Reads each row of each table once."""
    tables = witnessed()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, found.item_id, found.what, found.columns FROM unnest(%s::text[]) name, LATERAL audit_differing(name) found", [list(tables)]
        )
        found: list[tuple[str, int, str, list[str]]] = cursor.fetchall()
    for table, item_id, what, columns in found:
        yield _SENTENCES[what]() % {"row": _named(tables[table], item_id), "columns": ", ".join(columns)}


_SENTENCES: Final = {
    "changed": lambda: _("%(row)s was changed behind the rules: %(columns)s."),
    "new": lambda: _("%(row)s was not written through the rules."),
    "gone": lambda: _("%(row)s was taken away behind the rules."),
}


def _named(model: type[models.Model], item_id: int) -> str:
    """Return "disbursement 12 (DB-2026-0012), table disbursements_disbursement": without what may be damaged beyond reading."""
    called = next((one.attname for one in model._meta.concrete_fields if one.attname in ("reference", "code")), None)
    row: Any = model._base_manager.filter(pk=item_id).values_list(called, flat=True).first() if called else None
    name = f"{model._meta.verbose_name} {item_id}" + (f" ({row})" if row else "")
    return _("%(name)s (table %(table)s)") % {"name": name[:1].upper() + name[1:], "table": model._meta.db_table}
