"""What is sealed: each app says which rows, and in which exact words. Higher apps register theirs, as the ledger does its postings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core.audit.hashing import canonical
from core.audit.models import AuditRecord
from core.models import StoredFile

AUDIT: Final = "audit"
FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Sealable:
    """One row as it is sealed: its canonical text, its day ("2026-07-01", in UTC), and what a person calls it."""

    id: int
    text: str
    day: str
    name: str


Texts = Callable[[Sequence[int]], Iterable[Sealable]]


@dataclass(frozen=True, slots=True)
class Source:
    """
    A table whose rows are sealed as ``kind``.

    ``texts`` reads the rows of some ids, in order of id; rows that are gone are left out. ``trigger`` puts new rows
    into the queue.
    """

    kind: str
    table: str
    trigger: str
    texts: Texts


_registered: dict[str, Source] = {}


def register(*, kind: str, table: str, trigger: str, texts: Texts) -> None:
    """
    Have the rows of a table sealed.

    :raises ValueError: if the kind is another table's
    """
    source = Source(kind, table, trigger, texts)
    if _registered.get(kind, source) != source:
        raise ValueError(f"two tables are sealed as {kind}")
    _registered[kind] = source


def kinds() -> list[str]:
    """Return the kinds that are sealed, in the order in which their items stand in a tree."""
    return sorted(_registered)


def source_of(kind: str) -> Source:
    """
    Return the source of a kind.

    :raises KeyError: if nobody registered it
    """
    return _registered[kind]


def iso(at: datetime) -> str:
    """Write an instant in UTC, always in the same form."""
    return at.astimezone(UTC).isoformat()


def _audit_texts(ids: Sequence[int]) -> Iterable[Sealable]:
    rows = AuditRecord.objects.filter(id__in=ids).order_by("id").values_list("id", "content", "sha256", "at", "act", "subject")
    for pk, content, sha256, at, act, subject in rows.iterator():
        text = canonical({"content": content, "id": pk, "kind": AUDIT, "sha256": sha256})
        yield Sealable(pk, text, iso(at)[:10], f"audit record {pk} ({act} {subject})")


def _file_texts(ids: Sequence[int]) -> Iterable[Sealable]:
    for row in StoredFile.objects.filter(id__in=ids).order_by("id").iterator():
        facts = {
            "id": row.pk,
            "kind": FILE,
            "media_type": row.media_type,
            "original_name": row.original_name,
            "sha256": row.sha256,
            "size": row.size,
            "stored_at": iso(row.stored_at),
            "stored_by": row.stored_by_id,
        }
        yield Sealable(row.pk, canonical(facts), iso(row.stored_at)[:10], f"file {row.pk} ({row.original_name})")


register(kind=AUDIT, table="audit_auditrecord", trigger="audit_auditrecord_await_seal", texts=_audit_texts)
register(kind=FILE, table="core_storedfile", trigger="core_storedfile_await_seal", texts=_file_texts)
