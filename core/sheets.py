"""Read a CSV or XLSX file into a header and lines of text. Pure: bytes in, text out, nothing saved."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, Generic, TypeVar
from xml.etree import ElementTree

import python_calamine

from core.refusal import Refused
from core.refusal import gettext_noop as _
from core.workbook import NotReadable, farthest_cell, place_of, unfolds_within

LARGEST_FILE: Final = 10 * 1024 * 1024
# What a compressed workbook may unfold to: beyond this it is a bomb or the wrong file.
LARGEST_UNFOLDED: Final = 120 * 1024 * 1024
MOST_LINES: Final = 50_000
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 4_000
# How far down a header may stand: bank statements begin with some lines about the account.
DEEPEST_HEADER: Final = 40

# What a formula may begin with.
_RUN: Final = frozenset("=@+-")
_NO_NAMES: Final[frozenset[str]] = frozenset()
_NUMBER_OR_PHONE = re.compile(r"^[+-]?[\d\s.,()-]*$")
_SPREADSHEET_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')

# What a damaged, locked or foreign archive raises while it is opened.
_UNREADABLE_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, KeyError, StopIteration, ElementTree.ParseError, NotImplementedError, RuntimeError,
)  # fmt: skip

Row_co = TypeVar("Row_co", covariant=True)


class NotASheet(Refused):
    """The file cannot be read as a table."""

    code = "not_a_sheet"


@dataclass(frozen=True, slots=True)
class LineError:
    """
    What is wrong on one line of a file, and what would be right.

    ``line`` is the line as a spreadsheet or editor numbers it, 0 for the whole file; ``column`` its heading
    or "". ``sentence`` is the text to translate and ``values`` what stands in it; ``message`` is the English.
    """

    line: int
    column: str
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the sentence in English, with its values in it."""
        return self.sentence % self.values if self.values else self.sentence


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Row_co]):
    """What a file says: the lines that could be read, in file order, and every one that could not."""

    rows: tuple[Row_co, ...]
    errors: tuple[LineError, ...] = ()

    @property
    def readable(self) -> bool:
        """Say whether every line could be read."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Column:
    """A column a file must or may have: its heading, other headings it is known by, and whether it must be there."""

    name: str
    also: tuple[str, ...] = ()
    required: bool = True

    def known_by(self, heading: str) -> bool:
        """Say whether a heading of the file means this column, whatever its capitals and spaces."""
        return _folded(heading) in {_folded(name) for name in (self.name, *self.also)}


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line of a file: its number as an editor shows it, its cells as text, and which cells hold a formula."""

    line: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line under the header: text by column name; columns the file lacks are absent."""

    line: int
    cells: Mapping[str, str]
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the line its header stands on, the columns found, and its lines. ``preamble`` is what stood above."""

    header_line: int
    columns: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    preamble: tuple[GridLine, ...] = ()


def read_sheet(*, content: bytes, filename: str, columns: Sequence[Column]) -> Sheet:
    """
    Read the table of a CSV or XLSX file (its first sheet) whose header names these columns.

    :raises NotASheet: if it is too large, not a table, or a column is missing or there twice
    """
    return find_table(grid=read_grid(content=content, filename=filename), columns=columns)


def read_grid(*, content: bytes, filename: str) -> tuple[GridLine, ...]:
    """
    Read every line of a CSV or XLSX file (its first sheet) that is not empty.

    The kind is decided by what the file is, not by its name.

    :raises NotASheet: if it is empty, too large, or neither of the two
    """
    if not content.strip():
        raise NotASheet(_("The file is empty."), next_step=_("Choose the file again."), values={})
    if len(content) > LARGEST_FILE:
        raise NotASheet(
            _("The file is larger than %(most)s MB."),
            next_step=_("Split it into smaller files."),
            values={"most": LARGEST_FILE // 1024 // 1024},
        )
    grid = _workbook_lines(content) if content.startswith(b"PK\x03\x04") else _delimited_lines(content, filename)
    return tuple(line for line in grid if any(line.cells) or line.formulas)


def find_table(*, grid: Sequence[GridLine], columns: Sequence[Column]) -> Sheet:
    """
    Find the header among the first lines of a grid and give the lines below it by column name.

    :raises NotASheet: if a column is missing or there twice; the sentence names it
    """
    place = _header_place(grid, columns)
    header = grid[place]
    positions = _positions(header, columns)
    return Sheet(
        header_line=header.line,
        columns=tuple(positions),
        lines=tuple(_sheet_line(line, positions) for line in grid[place + 1 :]),
        preamble=tuple(grid[:place]),
    )


def _header_place(grid: Sequence[GridLine], columns: Sequence[Column]) -> int:
    """Return the place of the line that names most of the columns; ties go to the first."""

    def found(place: int) -> int:
        return sum(any(column.known_by(cell) for cell in grid[place].cells) for column in columns)

    if not grid:
        raise NotASheet(_("The file has no lines."), next_step=_("Choose the file again."), values={})
    return max(range(min(len(grid), DEEPEST_HEADER)), key=lambda place: (found(place), -place))


def _positions(header: GridLine, columns: Sequence[Column]) -> dict[str, int]:
    positions: dict[str, int] = {}
    missing: list[str] = []
    for column in columns:
        places = [place for place, heading in enumerate(header.cells) if column.known_by(heading)]
        if len(places) > 1:
            raise NotASheet(
                _("Line %(line)s has the column “%(column)s” %(times)s times."),
                next_step=_("Keep one of them and upload the file again."),
                values={"line": header.line, "column": column.name, "times": len(places)},
            )
        if places:
            positions[column.name] = places[0]
        elif column.required:
            missing.append(column.name)
    if missing:
        raise NotASheet(
            _("The column %(names)s is missing.") if len(missing) == 1 else _("The columns %(names)s are missing."),
            next_step=_("Add what is missing to the first line of the table."),
            values={"names": ", ".join(f"“{name}”" for name in missing)},
        )
    return positions


def _sheet_line(line: GridLine, positions: Mapping[str, int]) -> SheetLine:
    cells, width = line.cells, len(line.cells)
    return SheetLine(
        line=line.line,
        cells={name: cells[place] if place < width else "" for name, place in positions.items()},
        formulas=frozenset(name for name, place in positions.items() if place in line.formulas) if line.formulas else _NO_NAMES,
    )


def _folded(heading: str) -> str:
    return " ".join(heading.replace("_", " ").split()).casefold()


# --- text files -------------------------------------------------------------------------------------------------


def _delimited_lines(content: bytes, filename: str) -> Iterable[GridLine]:
    text = _decoded(content, filename)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    lines: list[GridLine] = []
    before = 0
    try:
        for raw in reader:
            lines.append(_text_line(before + 1, raw))
            before = reader.line_num
            _check_size(len(lines), len(raw))
    except csv.Error as error:
        raise NotASheet(
            _("Line %(line)s cannot be read as a table line."),
            next_step=_("Look for a quotation mark without its pair."),
            values={"line": before + 1},
        ) from error
    return lines


def _decoded(content: bytes, filename: str) -> str:
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotASheet(_("“%(file)s” is not a table."), next_step=_("Upload a CSV or XLSX file."), values={"file": filename})
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotASheet(
            _("Line %(line)s has letters that cannot be read."),
            next_step=_("In Excel choose “CSV UTF-8” when saving, or upload the XLSX file."),
            values={"line": line},
        ) from error


def _delimiter(text: str) -> str:
    """Return the delimiter that divides the first lines most, outside quotation marks; the comma if none does."""
    start = re.sub(r'"[^"]*"', "", "\n".join(text.split("\n", DEEPEST_HEADER)[:DEEPEST_HEADER]))
    return max((",", ";", "\t"), key=lambda mark: max(line.count(mark) for line in start.split("\n")))


def _text_line(line: int, raw: Sequence[str]) -> GridLine:
    cells = tuple(_clean(cell, line) for cell in raw)
    # Most lines hold no formula: only a cell that begins like one is looked at closely.
    if not any(cell[:1] in _RUN for cell in cells):
        return GridLine(line, cells)
    return GridLine(line, cells, frozenset(place for place, cell in enumerate(cells) if looks_like_formula(text=cell)))


def looks_like_formula(*, text: str) -> bool:
    """Say whether a spreadsheet would run this text: it begins with = or @, or with + or - and is no number."""
    first = text[:1]
    return first in _RUN and (first in "=@" or not _NUMBER_OR_PHONE.match(text))


def _clean(cell: str, line: int) -> str:
    text = cell.replace("\x00", "").strip(" \t\r\n\u00a0\ufeff")
    if len(text) > LONGEST_CELL:
        raise NotASheet(_("A cell on line %(line)s is longer than %(most)s characters."), values={"line": line, "most": f"{LONGEST_CELL:,}"})
    return text


def _check_size(lines: int, columns: int) -> None:
    if lines > MOST_LINES:
        raise NotASheet(_("The file has more than %(most)s lines."), next_step=_("Split it into smaller files."), values={"most": f"{MOST_LINES:,}"})
    if columns > MOST_COLUMNS:
        raise NotASheet(_("The file has more than %(most)s columns."), next_step=_("Remove what is not needed."), values={"most": MOST_COLUMNS})


# --- workbooks --------------------------------------------------------------------------------------------------


def _workbook_lines(content: bytes) -> Iterable[GridLine]:
    sheet = _first_sheet_xml(content)
    _check_reach(sheet)
    formulas = _formulas(sheet)
    try:
        with python_calamine.load_workbook(io.BytesIO(content)) as workbook:
            table = workbook.get_sheet_by_index(0)
            _check_size(table.total_height, table.total_width)
            rows = table.to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise NotASheet(_("The workbook cannot be opened."), next_step=_("Save it again as XLSX, without a password."), values={}) from error
    return [
        GridLine(line, tuple(_clean(_as_text(cell), line) for cell in row), formulas.get(line, frozenset())) for line, row in enumerate(rows, start=1)
    ]


def _check_reach(sheet: bytes) -> None:
    """Look before the library lays the sheet out: one cell in the farthest corner would ask it for more memory than there is."""
    try:
        lines, columns = farthest_cell(sheet=sheet)
    except NotReadable as error:
        raise NotASheet(_("The file is not a workbook."), next_step=_("Upload a CSV or XLSX file."), values={}) from error
    _check_size(lines, columns)


def _as_text(cell: object) -> str:
    """Write a workbook's cell as a person would read it. Excel keeps 15 digits, so no more are believed."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _formulas(sheet: bytes) -> dict[int, frozenset[int]]:
    """Find the cells of a sheet that hold a formula, since only their last result can be read."""
    found: dict[int, set[int]] = {}
    for letters, row in _SPREADSHEET_CELL.findall(sheet):
        found.setdefault(int(row), set()).add(place_of(letters=letters.decode()))
    return {line: frozenset(places) for line, places in found.items()}


def _first_sheet_xml(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not unfolds_within(archive=archive, limit=LARGEST_UNFOLDED):
                raise NotASheet(_("The workbook unfolds to more than can be read."), next_step=_("Split it into smaller files."), values={})
            return archive.read(_first_sheet_name(archive))
    except _UNREADABLE_ARCHIVE as error:
        raise NotASheet(_("The file is not a workbook."), next_step=_("Upload a CSV or XLSX file."), values={}) from error


def _first_sheet_name(archive: zipfile.ZipFile) -> str:
    book = parse_xml(content=archive.read("xl/workbook.xml"))
    links = parse_xml(content=archive.read("xl/_rels/workbook.xml.rels"))
    sheet = next(element for element in book.iter() if element.tag.endswith("}sheet"))
    wanted = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
    target = next(link.attrib["Target"] for link in links if link.attrib.get("Id") == wanted)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds a tree, and refuses a document type: it is where entity bombs and outside files come from."""

    def doctype(self, _name: str, _public_id: str | None, _system: str | None) -> None:
        raise NotASheet(_("The file declares a document type, which is not accepted."), next_step=_("Ask the sender for a plain file."), values={})


def parse_xml(*, content: bytes) -> ElementTree.Element:
    """
    Parse XML that came from outside.

    :raises NotASheet: if it declares a document type (entities, outside files)
    :raises xml.etree.ElementTree.ParseError: if it is not XML
    """
    # Entities can only be declared in a document type, and the parser's target refuses any.
    return ElementTree.fromstring(content, parser=ElementTree.XMLParser(target=_NoDoctype()))  # noqa: S314
