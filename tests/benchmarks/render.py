"""
How long papers take to draw, against the same text joined by hand and against a Paragraph in every cell. No database.

Processor time of one core. Each round draws all contestants in turn, so that whatever else the machine does meets
them alike; medians and ratios are of one run.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate

from reports.render import design
from reports.render.annex import AnnexColumn, AnnexTable, Line
from reports.render.annex_pages import FIRST_ROW, ROWS, SIZE, STEP, annex_pdf, figures
from reports.render.letters import REGULAR, register_fonts
from reports.render.statement import render_statement

NAME: Final = "render"
ROUNDS: Final = 5
PAGES: Final = (50, 500)
STATEMENTS: Final = 60
ROOT: Final = Path(__file__).resolve().parents[2]
COLUMNS: Final = (
    AnnexColumn("day", "day", 12), AnnexColumn("event", share=15), AnnexColumn("document", share=16), AnnexColumn("entry", "count", 7),
    AnnexColumn("from_place", share=40), AnnexColumn("to_place", share=40), AnnexColumn("amount", "money", 14, 7), AnnexColumn("currency", share=8),
)  # fmt: skip
HEAD: Final[dict[str, Any]] = {
    "schema": "forest-dividend/annex-1", "kind": "annex", "report": {"name": {"en": "Keo Seima", "km": "កែវសីមា"}, "version": 1, "sha256": "a" * 64},
    "period": {"label": "2026Q3", "first": "2026-07-01", "end": "2026-10-01"}, "currency": "USD", "authority": {"en": "Ministry", "km": ""},
    "demonstration": True, "frozen_at": "2026-10-05T03:00:00Z", "verify_address": "https://forest.example/verify", "lists": [],
    "control": [{"member": "spent", "in_report_minor": 500, "in_lines_minor": 500, "difference_minor": 0}],
}  # fmt: skip
Measure = dict[str, Any]


def lines(count: int) -> Iterator[Line]:
    """Yield made-up postings, the same each time and no two alike."""
    for at in range(count):
        day = f"2026-{7 + at % 3:02d}-{at % 28 + 1:02d}"
        places = f"Committed main keo-seima/community {at % 17}", f"With recipient KS-VC-{at % 83:02d} {at % 7}"
        yield day, "Advance paid", f"D-2026-{at // 3:06d}", at, *places, 123_456 + at * 7919 % 10_000_000, "USD"


def table(pages: int) -> AnnexTable:
    """Return a list that fills so many pages."""
    return AnnexTable("postings", COLUMNS, pages * ROWS, lambda: lines(pages * ROWS))


def ours(pages: int) -> bytes:
    """Draw the annex as it is handed out: PDF/A-3b, compressed, with its head inside."""
    return annex_pdf(head=HEAD, tables=[table(pages)], language="en")


def cells(line: Line) -> list[str]:
    """Return what is printed of a line."""
    return [str(line[0]), *map(str, line[1:6]), figures(line[6], line[7]), str(line[7])]


def by_hand(pages: int) -> bytes:
    """Draw the same text on a canvas, the operators of a page joined by hand: no measuring, no cutting, no head and foot, no hair lines."""
    register_fonts()
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=design.WIDE_PAGE, pageCompression=0, invariant=1, initialFontName=REGULAR)
    edges = [34 + 95 * at for at in range(len(COLUMNS))]
    rows = lines(pages * ROWS)
    for _page in range(pages):
        canvas.setFont(REGULAR, SIZE)
        parts = []
        for at in range(ROWS):
            y = FIRST_ROW - at * STEP
            parts += [f"1 0 0 1 {x} {y:.1f} Tm ({text}) Tj" for x, text in zip(edges, cells(next(rows)), strict=True)]
        name = canvas._doc.fontMapping.get(REGULAR) or "/F1"
        canvas._code.append(f"BT {name} {SIZE:g} Tf {' '.join(parts)} ET")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def by_paragraphs(pages: int) -> bytes:
    """Draw the same text as most examples do: a long table with a Paragraph in every cell."""
    register_fonts()
    written = io.BytesIO()
    style = ParagraphStyle("cell", fontName=REGULAR, fontSize=SIZE, leading=STEP - 3)
    rows = [[Paragraph(text, style) for text in cells(line)] for line in lines(pages * ROWS)]
    document = SimpleDocTemplate(written, pagesize=design.WIDE_PAGE, initialFontName=REGULAR, pageCompression=0, invariant=1)
    document.build([LongTable(rows, colWidths=[48, 55, 60, 35, 180, 180, 60, 30])])
    return written.getvalue()


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _ratio(first: Callable[[], object], second: Callable[[], object], rounds: int) -> float:
    """Return how many times longer the first takes than the second: the median of the rounds' own ratios."""
    return statistics.median(_seconds(first) / _seconds(second) for _round in range(rounds))


def _measure(name: str, what: str, value: float, unit: str, limit: float, *, at_least: bool = False) -> Measure:
    holds = value >= limit if at_least else value <= limit
    return {"id": name, "what": what, "value": round(value, 2), "unit": unit, "limit": limit, "at_least": at_least, "holds": holds}


def run(*, say: Callable[[str], object], pages: Sequence[int] = PAGES, rounds: int = ROUNDS, statements: int = STATEMENTS) -> list[Measure]:
    """Measure everything; with the usual numbers it takes some minutes, most of them for the Paragraphs."""
    ours(1), by_hand(1), by_paragraphs(1)
    found: list[Measure] = []
    for number, count in enumerate(pages, start=1):
        say(f"drawing {count} pages …")
        mine, plain, usual = partial(ours, count), partial(by_hand, count), partial(by_paragraphs, count)
        found.append(_measure(f"report-{number}", f"{count}-page annex as PDF/A / joined by hand", _ratio(mine, plain, rounds), "×", 3))
        few = 1 if count > 100 else rounds
        found.append(_measure(f"report-{number + 2}", f"{count} pages of Paragraphs / our annex", _ratio(usual, mine, few), "×", 8, at_least=True))
    peak = _peak(pages[-1])
    found.append(_measure("report-5", f"peak memory of {pages[-1]} pages above idle", peak, "MB", 100))
    found.append(_measure("report-6", "peak memory a page", peak / pages[-1], "MB", 0.1))
    found.append(_measure("report-7", "bilingual statements, one core", _statements(statements), "a second", 20, at_least=True))
    return sorted(found, key=lambda one: str(one["id"]))


def _peak(pages: int) -> float:
    """Return the megabytes a process of its own needed for an annex above what it had after a small one."""
    program = f"from tests.benchmarks import render; print(render.grown({pages}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def grown(pages: int) -> float:
    """Return by how many megabytes this process's peak grows when it makes an annex."""
    ours(1)
    # Not getrusage: its peak is inherited from the process that started this one.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_kilobytes()
    ours(pages)
    return (_peak_kilobytes() - before) / 1024


def _peak_kilobytes() -> int:
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def _statements(count: int) -> float:
    contents = [statement(at) for at in range(count + 1)]
    render_statement(content=contents[0])
    return count / _seconds(lambda: [render_statement(content=content) for content in contents[1:]])


def statement(number: int) -> dict[str, Any]:
    """Return the made-up content of a community's year: three receipts, three payments, five purchases."""
    return {
        "schema": "forest-dividend/statement-1", "kind": "community_statement", "currency": "USD", "demonstration": True, "complaints": "",
        "period": {"label": "2026", "first": "2026-01-01", "end": "2027-01-01"}, "frozen_at": "2027-01-09T02:15:00Z",
        "authority": {"en": "Ministry of Environment", "km": "ក្រសួងបរិស្ថាន"}, "verify_address": "https://forest.example/verify",
        "recipient": {
            "code": f"KS-{number:04d}", "name": _both(f"Village committee {number}", f"គណៈកម្មការភូមិ {number}"),
            "kind_title": _both("Village committee", "គណៈកម្មការភូមិ"), "province": _both("Mondulkiri", "មណ្ឌលគិរី"),
            "villages": [_both("Andoung Kraloeng", "អណ្តូងក្រឡឹង")],
        },
        "shares": [
            {
                "sale": {"reference": f"S-2026-{at:04d}", "quantity": 100_001 + number, "date": "2026-02-03"}, "received_on": f"2026-03-0{at + 1}",
                "state": "allocated", "amount_minor": 123_456 + number * 7 + at, "pot": _both("Community development", "អភិវឌ្ឍន៍សហគមន៍"),
                "how": _both("60 % of the receipt, by households: 37 of 200", "៦០% នៃប្រាក់ទទួលបាន តាមចំនួនគ្រួសារ ៣៧ ក្នុង ២០០"),
            }
            for at in range(3)
        ],
        "payments": [
            {
                "paid_on": f"2026-04-1{at}", "local_minor": 4_100_000 + number, "local_currency": "KHR", "amount_minor": 100_000 + number,
                "purpose": _both("Community development", "អភិវឌ្ឍន៍សហគមន៍"), "account": "ACLEDA ****1234", "sent_back_on": None,
                "acknowledged": {"signed_by": "Chan Thy", "also_signed_by": "Sok Mealea", "on": "2026-04-15"},
            }
            for at in range(3)
        ],
        "spending": [
            {
                "spent_on": f"2026-05-1{at}", "description": "", "category": _both("Well or pump", "អណ្តូង ឬស្នប់ទឹក"), "has_evidence": True,
                "currency": "KHR", "amount_minor": 410_000 + number + at, "not_funded_minor": 0,
            }
            for at in range(5)
        ],
        "waiting": {"records": 0}, "late": [], "rate": {"on": "2026-04-10", "amount_minor": 1_000, "local_minor": 41_000, "local_currency": "KHR"},
        "money": {
            "share_minor": 370_368 + number, "paid_minor": 300_000, "spent_minor": 200_000, "opening_minor": 0, "other_minor": 0,
            "closing_minor": 100_000, "at_bank_minor": 70_368, "to_repay_minor": 0,
            "paid_out": [{"currency": "KHR", "minor": 12_300_000}], "held": [{"currency": "KHR", "minor": 4_100_000}],
        },
    }  # fmt: skip


def _both(english: str, khmer: str) -> dict[str, str]:
    return {"en": english, "km": khmer}


def as_text(measures: Sequence[Measure]) -> str:
    """Print each measure beside its limit."""
    rows = ["Papers: processor time of one core, medians and ratios of one run", ""]
    for one in measures:
        limit = f"{'≥' if one['at_least'] else '≤'} {one['limit']} {one['unit']}"
        rows.append(
            f"{one['id']:<10}{one['what']:<66}{one['value']:>10.2f} {one['unit']:<10}{limit:<16}{'holds' if one['holds'] else 'DOES NOT HOLD'}"
        )
    return "\n".join(rows) + "\n"


def as_json(measures: Sequence[Measure]) -> str:
    """Return all measures as JSON."""
    return json.dumps({"render": list(measures)}, ensure_ascii=False, indent=1)
