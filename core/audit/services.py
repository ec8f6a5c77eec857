"""Write audit records, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.db import connection

from core.audit.hashing import canonical, digest
from core.audit.middleware import origin
from core.audit.models import AuditRecord
from core.people.models import User

_COLUMNS: Final = ("at", "actor_id", "actor_name", "act", "subject", "reason", "address", "content", "sha256")
_INSERT: Final = f"INSERT INTO audit_auditrecord ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))}) RETURNING id"  # noqa: S608 - names of this module


def record(
    *,
    act: str,
    subject: str,
    by: User | None,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> AuditRecord:
    """
    Write what was done, in the transaction that did it.

    ``act`` is "noun.verb" ("disbursement.approve"), ``subject`` names the row
    ("disbursement:DB-2026-0012"). ``before`` and ``after`` hold plain JSON values
    (no floats; dates as ISO text). Called last in a service: locks come in the order
    document, accounts, audit.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs in the transaction of the act it records")
    address = origin()
    content = canonical(
        {
            "act": act,
            "actor": by.pk if by else None,
            "actor_name": by.full_name if by else "",
            "address": address,
            "after": dict(after or {}),
            "at": at.astimezone(UTC).isoformat(),
            "before": dict(before or {}),
            "reason": reason,
            "subject": subject,
        }
    )
    written = AuditRecord(
        at=at,
        actor=by,
        actor_name=by.full_name if by else "",
        act=act,
        subject=subject,
        reason=reason,
        address=address,
        content=content,
        sha256=digest(content),
    )
    # Beside each act of money: putting the same words together through the ORM took as long as writing them.
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [getattr(written, name) for name in _COLUMNS])
        (written.pk,) = cursor.fetchone()
    written._state.adding = False
    written._state.db = connection.alias
    return written
