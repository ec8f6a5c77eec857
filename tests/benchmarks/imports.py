"""Reading, checking and posting a long file, against COPY of the same rows; and reading a workbook against openpyxl."""

from __future__ import annotations

import io
import statistics
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Final

from openpyxl import Workbook, load_workbook

from core.lines import Line, read_file
from core.sheets import MOST_LINES, Column, read_grid
from revenue.ledger.chart import Row
from revenue.ledger.services import EntryDraft, open_tranche, post, post_many
from tests.benchmarks import raw, workload
from tests.benchmarks.timing import milliseconds

ROWS: Final = 100_000
BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line of the file: so many cents into a pot."""

    day: date
    pot: int
    minor: int
    reference: str


COLUMNS: Final = (Column("day"), Column("pot"), Column("amount"), Column("reference"))
_numbers = count(1)


def _lines(rows: int, mark: int) -> list[tuple[str, str, str, str]]:
    return [("2099-01-01", str(number % workload.POTS), f"{1 + number % 900}.{number % 100:02d}", f"line {mark}/{number}") for number in range(rows)]


def as_csv(rows: int, mark: int) -> list[bytes]:
    """Return files of at most as many lines as one import takes."""
    head = "day,pot,amount,reference\n"
    lines = [",".join(line) for line in _lines(rows, mark)]
    most = MOST_LINES - 1
    return [(head + "\n".join(lines[start : start + most]) + "\n").encode() for start in range(0, len(lines), most)]


def read(files: list[bytes]) -> list[Instruction]:
    """Read and check every line, as an import of the product does."""
    rows: list[Instruction] = []
    for number, content in enumerate(files):
        parsed = read_file(content=content, filename=f"part-{number}.csv", columns=COLUMNS, read=_instruction)
        assert not parsed.errors, parsed.errors[:3]
        rows += parsed.rows
    return rows


def _instruction(line: Line) -> Instruction:
    pot = line.whole("pot", most=workload.POTS - 1)
    return Instruction(line.day("day"), pot, line.amount("amount", currency="USD"), line.text("reference"))


def posted(rows: list[Instruction], tranche: int) -> list[int]:
    """Post the lines in batches and return their entries."""
    drafts = [
        EntryDraft("allocate", row.day, (Row(workload.pot(row.pot), workload.UNALLOCATED, row.minor, tranche),), row.reference, "bench", None)
        for row in rows
    ]
    return [one for start in range(0, len(drafts), BATCH) for one in post_many(entries=drafts[start : start + BATCH])]


def import_to_copy(*, rows: int = ROWS, rounds: int = 3) -> float:
    """Return how many times as long reading, checking and posting takes as COPY of the same rows alone: the median."""
    ratios = []
    for _round in range(rounds):
        mark = next(_numbers)
        files, day = as_csv(rows, mark), date(2099, 1, 1)
        tranche = open_tranche(source="SALE", received_on=day, currency="USD", code=f"import-{mark}").pk
        money = [Row(workload.UNALLOCATED, workload.RECEIVED, 10**11, tranche)]
        post(event="receipt", day=day, rows=money, key=f"import-{mark}", document="bench", by_id=None)
        written: list[int] = []
        mine = milliseconds(lambda: written.extend(posted(read(files), tranche)))  # noqa: B023 -- called at once
        texts = raw.copy_like(written)
        ratios.append(mine / milliseconds(lambda: raw.copy_in(texts)))  # noqa: B023 -- called at once
    return statistics.median(ratios)


def workbook_to_openpyxl(*, rows: int = ROWS) -> float:
    """Return how many times faster our reader is than openpyxl reading the same workbooks."""
    files = []
    for start in range(0, rows, MOST_LINES - 1):
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append([column.name for column in COLUMNS])
        for line in _lines(rows, 0)[start : start + MOST_LINES - 1]:
            sheet.append([line[0], int(line[1]), Decimal(line[2]), line[3]])
        out = io.BytesIO()
        book.save(out)
        files.append(out.getvalue())
    ours = milliseconds(lambda: [read_grid(content=content, filename="a.xlsx") for content in files])
    theirs = milliseconds(
        lambda: [list(load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)) for content in files]
    )
    return theirs / ours
