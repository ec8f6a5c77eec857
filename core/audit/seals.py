"""The one sealer: puts what is new into a Merkle tree, and chains its root to the seal before."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction

from core.audit import sources
from core.audit.hashing import NO_ROOT, Tree, canonical, digest, leaf
from core.audit.models import Seal, SealItem, Unsealed

logger = logging.getLogger(__name__)

# The lock of the chain: the database takes the same one when a seal is written (0003_seals.sql).
CHAIN_LOCK: Final = 731012
# A seal holds at most about so many items, and reads so many rows at once: its memory does not grow with the backlog.
ITEMS_A_SEAL: Final = 10_000
ROWS_AT_ONCE: Final = 1_000


@dataclass(slots=True)
class Contents:
    """What a seal holds of one kind: how many, and from which first to which last day."""

    count: int = 0
    first: str = ""
    last: str = ""

    def add(self, day: str) -> None:
        self.count += 1
        self.first = min(self.first or day, day)
        self.last = max(self.last, day)

    def as_json(self) -> dict[str, object]:
        return {"count": self.count, "first": self.first, "last": self.last}


@dataclass(slots=True)
class Gathered:
    """The leaves of a seal in the making, in the order of the tree: kind, then id."""

    tree: Tree = field(default_factory=Tree)
    kinds: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    contents: dict[str, Contents] = field(default_factory=dict)

    def add(self, *, kind: str, item: sources.Sealable) -> None:
        hashed = leaf(item.text)
        self.tree.add(hashed)
        self.kinds.append(kind)
        self.ids.append(item.id)
        self.leaves.append(hashed)
        self.contents.setdefault(kind, Contents()).add(item.day)


def seal_now(*, at: datetime) -> Seal | None:
    """
    Seal everything that is committed now and has no seal; return the newest seal, or None while there is nothing at all.

    Safe to call at any time and by many at once: one works, the others wait and find nothing left. Each seal is a
    transaction of its own (or of the caller's): a sealer that dies leaves whole seals and a shorter queue.
    """
    newest_waiting = Unsealed.objects.order_by("-id").values_list("id", flat=True).first()
    after = 0
    while newest_waiting is not None and after < newest_waiting:
        looked_at = _seal_some(after=after, until=newest_waiting, at=at)
        if looked_at is None:
            break
        after = looked_at
    return Seal.objects.order_by("-number").first()


def root_text(*, number: int, previous_root: str, tree: str, sealed_at: datetime, contents: dict[str, Contents]) -> str:
    """Return the text whose sha256 is the seal's root."""
    kinds = {kind: held.as_json() for kind, held in contents.items()}
    return canonical({"contents": kinds, "number": number, "previous_root": previous_root, "sealed_at": sources.iso(sealed_at), "tree": tree})


@transaction.atomic
def _seal_some(*, after: int, until: int, at: datetime) -> int | None:
    """Make one seal of the queue's rows in (after, until]; return the last row looked at, or None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    # Read in a statement after the lock was granted: what the sealer before us took is gone from it.
    waiting = _next_rows(after=after, until=until)
    if not waiting:
        return None
    gathered = _gather(waiting)
    if gathered.ids:
        _write(gathered, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget_sealed(%s)", [[row for row, _kind, _items in waiting]])
    return waiting[-1][0]


_NEXT: Final = """
SELECT id, kind, items FROM (
    SELECT id, kind, items, sum(cardinality(items)) OVER (ORDER BY id) AS running FROM (
        SELECT id, kind, items FROM audit_unsealed WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
    ) first_rows
) counted
WHERE running - cardinality(items) < %s ORDER BY id
"""


def _next_rows(*, after: int, until: int) -> list[tuple[int, str, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [after, until, ITEMS_A_SEAL, ITEMS_A_SEAL])
        found: list[tuple[int, str, list[int]]] = cursor.fetchall()
    return found


def _gather(waiting: Iterable[tuple[int, str, list[int]]]) -> Gathered:
    ids_of: defaultdict[str, set[int]] = defaultdict(set)
    for _row, kind, items in waiting:
        ids_of[kind].update(items)
    gathered = Gathered()
    for kind in sorted(ids_of):
        for ids in in_parts(sorted(ids_of[kind]), ROWS_AT_ONCE):
            _gather_part(gathered, kind=kind, ids=ids)
    return gathered


def _gather_part(gathered: Gathered, *, kind: str, ids: Sequence[int]) -> None:
    # Rows may be queued a second time, by a restore of data alone: they keep the seal they have.
    sealed = set(SealItem.objects.filter(kind=kind, item_id__in=ids).values_list("item_id", flat=True))
    wanted = [item for item in ids if item not in sealed]
    found = 0
    for item in sources.source_of(kind).texts(wanted):
        gathered.add(kind=kind, item=item)
        found += 1
    if found != len(wanted):
        # They stay in the queue, and verify_audit names them.
        logger.error("Of %s waiting rows of kind %s only %s are there to be sealed", len(wanted), kind, found)


def _write(gathered: Gathered, *, at: datetime) -> None:
    newest = Seal.objects.order_by("-number").first()
    number, previous_root = (newest.number + 1, newest.root) if newest else (1, NO_ROOT)
    content = root_text(number=number, previous_root=previous_root, tree=gathered.tree.root(), sealed_at=at, contents=gathered.contents)
    Seal.objects.create(
        number=number, previous_root=previous_root, root=digest(content), item_count=gathered.tree.count, sealed_at=at, content=content
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_sealitem (seal_id, kind, item_id, leaf) SELECT %s, * FROM unnest(%s::text[], %s::bigint[], %s::bytea[])",
            [number, gathered.kinds, gathered.ids, gathered.leaves],
        )


def in_parts(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Cut a run of values into lists of at most ``size``."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
