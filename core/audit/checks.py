"""Verify records, stored files and seals: recompute every hash, and say in one sentence what differs."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import files
from core.audit import sources, witnesses
from core.audit.hashing import NO_ROOT, Tree, canonical, digest, leaf
from core.audit.models import AuditRecord, Seal, SealItem, Unsealed
from core.audit.seals import ROWS_AT_ONCE, Contents, in_parts, root_text
from core.models import StoredFile

# The sealer comes each minute. What has waited so long while others were sealed was passed over.
PATIENCE: Final = timedelta(minutes=10)
TRIGGERS: Final = (
    "audit_auditrecord_append_only",
    "audit_auditrecord_no_truncate",
    "audit_seal_append_only",
    "audit_seal_follows",
    "audit_seal_no_truncate",
    "audit_seal_whole",
    "audit_sealitem_append_only",
    "audit_sealitem_no_truncate",
    "core_storedfile_append_only",
    "core_storedfile_no_truncate",
)


def findings() -> Iterator[str]:
    """Yield one sentence for each thing wrong, all as of one moment. Reads every sealed row and every stored file once."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for check in CHECKS:
            yield from check()


def triggers_are_switched_on() -> Iterator[str]:
    """The triggers that keep records and fill the queue are there and switched on."""
    wanted = {*TRIGGERS, *(sources.source_of(kind).trigger for kind in sources.kinds()), *witnesses.triggers()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
        on = {name for (name,) in cursor.fetchall()}
    for name in sorted(wanted - on):
        yield _("The trigger %(name)s is missing or switched off.") % {"name": name}


def records_are_what_was_hashed() -> Iterator[str]:
    """Each audit record's hash is that of its content, and its columns repeat the content."""
    for row in AuditRecord.objects.order_by("id").iterator(chunk_size=ROWS_AT_ONCE):
        name = _("Audit record %(id)s (%(act)s %(subject)s)") % {"id": row.pk, "act": row.act, "subject": row.subject}
        if digest(row.content) != row.sha256:
            yield _("%(name)s: its content is not what was hashed.") % {"name": name}
            continue
        for column in _columns_that_differ(row):
            yield _("%(name)s: its column %(column)s differs from its content.") % {"name": name, "column": column}


def _columns_that_differ(row: AuditRecord) -> list[str]:
    content = json.loads(row.content)
    columns = {
        "act": row.act,
        "actor": row.actor_id,
        "actor_name": row.actor_name,
        "address": row.address,
        "at": sources.iso(row.at),
        "reason": row.reason,
        "subject": row.subject,
    }
    return [column for column, value in columns.items() if content.get(column) != value]


def files_are_what_was_stored() -> Iterator[str]:
    """Each stored file is on disk, with the bytes its name says."""
    for row in StoredFile.objects.order_by("id").iterator(chunk_size=ROWS_AT_ONCE):
        problem = _file_problem(row)
        if problem:
            yield _("File %(id)s (%(file)s) %(problem)s.") % {"id": row.pk, "file": row.original_name, "problem": problem}


def _file_problem(row: StoredFile) -> str:
    try:
        with files.open_for_reading(row.sha256) as stored:
            # What opens it says less of itself than it is: a buffered file, or a store's.
            hashed = hashlib.file_digest(cast("io.BufferedReader", stored), "sha256").hexdigest()
            size = stored.tell()
    except FileNotFoundError:
        return _("is not on disk")
    except OSError as error:
        return _("cannot be read: %(error)s") % {"error": error.strerror}
    if hashed != row.sha256:
        return _("has other bytes on disk than were stored")
    return _("has another size than was recorded") if size != row.size else ""


def seals_form_one_chain() -> Iterator[str]:
    """Each seal is the next number, names the root before, and its root is the hash of its content."""
    number, previous = 0, NO_ROOT
    for seal in Seal.objects.order_by("number").iterator(chunk_size=ROWS_AT_ONCE):
        if seal.number != number + 1:
            yield _("Seal %(number)s follows seal %(before)s: seals between them are gone.") % {"number": seal.number, "before": number}
        elif seal.previous_root != previous:
            yield _("Seal %(number)s does not name the root of the seal before.") % {"number": seal.number}
        if digest(seal.content) != seal.root:
            yield _("Seal %(number)s: its root is not the hash of its content.") % {"number": seal.number}
        number, previous = seal.number, seal.root


def members_are_what_was_sealed() -> Iterator[str]:
    """Each member's row is there, in the words that were sealed."""
    for kind in sorted(set(SealItem.objects.values_list("kind", flat=True).distinct())):
        if kind not in sources.kinds():
            yield _("Nothing is known of the kind %(kind)s, of which items were sealed.") % {"kind": kind}
            continue
        members = SealItem.objects.filter(kind=kind).order_by("item_id").values_list("item_id", "leaf", "seal_id")
        for part in in_parts(members.iterator(chunk_size=ROWS_AT_ONCE), ROWS_AT_ONCE):
            yield from _differing(kind, part)


def _differing(kind: str, part: list[tuple[int, bytes, int]]) -> Iterator[str]:
    there = {item.id: item for item in sources.source_of(kind).texts([pk for pk, _leaf, _seal in part])}
    for pk, sealed, seal in part:
        item = there.get(pk)
        if item is None:
            yield _("%(kind)s %(id)s was sealed by seal %(seal)s and is gone.") % {"kind": kind.capitalize(), "id": pk, "seal": seal}
        elif leaf(item.text) != bytes(sealed):
            yield _("%(name)s is not what seal %(seal)s sealed.") % {"name": item.name[0].upper() + item.name[1:], "seal": seal}


def seals_are_over_their_members() -> Iterator[str]:
    """Each seal's tree, counts and text are those of its members."""
    members = SealItem.objects.order_by("seal_id", "kind", "item_id").values_list("seal_id", "kind", "leaf").iterator(chunk_size=ROWS_AT_ONCE)
    row = next(members, None)
    for seal in Seal.objects.order_by("number").iterator(chunk_size=ROWS_AT_ONCE):
        tree, counts = Tree(), dict[str, int]()
        while row is not None and row[0] == seal.number:
            tree.add(bytes(row[2]))
            counts[row[1]] = counts.get(row[1], 0) + 1
            row = next(members, None)
        if not _holds(seal, tree=tree, counts=counts):
            yield _("Seal %(number)s is not over the members it has: some were added, changed or taken away.") % {"number": seal.number}


def _holds(seal: Seal, *, tree: Tree, counts: dict[str, int]) -> bool:
    try:
        said = json.loads(seal.content)
        contents = {kind: Contents(**held) for kind, held in said["contents"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    if not tree.count or seal.item_count != tree.count or {kind: held.count for kind, held in contents.items()} != counts:
        return False
    text = root_text(number=seal.number, previous_root=seal.previous_root, tree=tree.root(), sealed_at=seal.sealed_at, contents=contents)
    return text == seal.content == canonical(said)


_NEVER_QUEUED: Final = """
SELECT t.id FROM {table} t
LEFT JOIN audit_sealitem m ON m.kind = %(kind)s AND m.item_id = t.id
LEFT JOIN (SELECT unnest(items) AS id FROM audit_unsealed WHERE kind = %(kind)s) q ON q.id = t.id
WHERE m.item_id IS NULL AND q.id IS NULL ORDER BY t.id
"""


def everything_is_sealed() -> Iterator[str]:
    """Every row has its seal, or waits for it since a short time: proved by comparing all rows with all members."""
    for kind in sources.kinds():
        source = sources.source_of(kind)
        with connection.cursor() as cursor:
            cursor.execute(_NEVER_QUEUED.format(table=source.table), {"kind": kind})
            missing = [pk for (pk,) in cursor.fetchall()]
        for part in in_parts(missing, ROWS_AT_ONCE):
            for item in source.texts(part):
                yield _("%(name)s has no seal and does not wait for one.") % {"name": item.name[0].upper() + item.name[1:]}
    newest = Seal.objects.order_by("-number").first()
    if newest:
        yield from _passed_over(newest.sealed_at)


def _passed_over(newest_at: datetime) -> Iterator[str]:
    for row in Unsealed.objects.filter(queued_at__lt=newest_at - PATIENCE).order_by("id"):
        yield _("%(kind)s %(ids)s: waiting for a seal since %(since)s.") % {
            "kind": row.kind.capitalize(),
            "ids": ", ".join(map(str, row.items)),
            "since": sources.iso(row.queued_at),
        }


CHECKS: Final[tuple[Callable[[], Iterator[Any]], ...]] = (
    triggers_are_switched_on,
    records_are_what_was_hashed,
    files_are_what_was_stored,
    seals_form_one_chain,
    members_are_what_was_sealed,
    seals_are_over_their_members,
    everything_is_sealed,
    witnesses.differing,
)
