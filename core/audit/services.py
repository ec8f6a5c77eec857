"""Write audit records, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import connection

from core.audit.hashing import canonical, digest
from core.audit.middleware import origin
from core.audit.models import AuditRecord
from core.people.models import User


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
    return AuditRecord.objects.create(
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
