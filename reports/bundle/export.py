"""Write a quarter's audit bundle, read as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.audit.models import Seal, Unsealed
from core.audit.seals import seal_now
from core.models import Programme
from core.refusal import Refused
from reports.bundle import books, documents
from reports.bundle.archive import Archive
from reports.periods import Span

SCHEMA: Final = "forest-dividend/audit-bundle-1"
SCRIPT: Final = Path(__file__).with_name("verify.py")
# The sealed kinds and their files. verify.py has the same list.
TEXTS: Final = {"audit": "audit.jsonl", "file": "files.jsonl", "posting": "postings.jsonl"}
_ATTEMPTS: Final = 20


class NothingToExport(Refused):
    """There is no seal: the books are empty."""

    code = "nothing_to_export"


class Rushed(Refused):
    """So much is being written that no moment was found at which all of it was sealed."""

    code = "rushed"


def export_bundle(*, quarter: Span, path: Path, at: datetime) -> str:
    """
    Write the bundle of a quarter to a file, and return the root of its newest seal.

    Seals what is new first. The same books and the same seals give the same bytes.

    :raises NothingToExport: if nothing was ever written
    :raises Rushed: if writers leave no moment without an unsealed row
    """
    with _all_sealed(at=at):
        newest = Seal.objects.order_by("-number").first()
        if newest is None:
            raise NothingToExport(_("There is nothing in the books yet."), next_step=_("Export a bundle when the first money is recorded."))
        with Archive(path) as archive:
            _write(archive, quarter)
            archive.manifest(_facts(quarter=quarter, newest=newest))
    return newest.root


def _write(archive: Archive, quarter: Span) -> None:
    archive.text("verify.py", SCRIPT.read_bytes())
    numbers = books.seals_of(first=quarter.first, end=quarter.end)
    archive.rows("seals.jsonl", books.seals())
    archive.rows("members.jsonl", books.members(numbers))
    for kind, name in TEXTS.items():
        archive.lines(name, books.texts(kind, numbers))
    archive.rows("pairs.jsonl", books.pairs())
    archive.rows("opening.jsonl", books.balances(before=quarter.first))
    archive.rows("closing.jsonl", books.balances(before=quarter.end))
    wanted = documents.Wanted(quarter.first, quarter.end, books.lots(first=quarter.first, end=quarter.end))
    for name, rows in documents.files(wanted):
        archive.rows(name, rows)


def _facts(*, quarter: Span, newest: Seal) -> dict[str, object]:
    programme = Programme.objects.filter(id=1).first()
    return {
        "schema": SCHEMA,
        "programme": programme.name if programme else "",
        "demonstration": bool(programme and programme.is_demonstration),
        "period": str(quarter),
        "first": quarter.first.isoformat(),
        "end": quarter.end.isoformat(),
        "newest_seal": {"number": newest.number, "root": newest.root},
    }


@contextmanager
def _all_sealed(*, at: datetime) -> Iterator[None]:
    """Hold one moment of the database at which nothing waits for its seal."""
    nested = connection.in_atomic_block
    for _attempt in range(_ATTEMPTS):
        seal_now(at=at)
        with transaction.atomic():
            if not nested:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if not Unsealed.objects.exists():
                yield
                return
    raise Rushed(_("Rows are waiting for a seal and cannot be sealed."), next_step=_("Run verify_audit, and try again in a quieter minute."))
