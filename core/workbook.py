"""What a workbook would ask for before it is laid out: how far its cells go, and how much it unfolds to. Pure."""

from __future__ import annotations

import zipfile
from copy import copy
from xml.parsers import expat


class NotReadable(ValueError):
    """The sheet is not XML that a workbook holds."""


def unfolds_within(*, archive: zipfile.ZipFile, limit: int) -> bool:
    """Unfold every part once, since what the archive says of its sizes may be wrong; bytes. Two parts of one name are no workbook."""
    entries = archive.infolist()
    left = limit
    if sum(entry.file_size for entry in entries) > left or len({entry.filename for entry in entries}) < len(entries):
        return False
    for entry in entries:
        # What comes out is read to its end, and not to the end that the archive names.
        unbelieved = copy(entry)
        unbelieved.file_size = 1 << 40
        with archive.open(unbelieved) as part:
            while left >= 0 and (chunk := part.read(1 << 20)):
                left -= len(chunk)
        if left < 0:
            return False
    return True


def farthest_cell(*, sheet: bytes) -> tuple[int, int]:
    """
    Return how many lines and columns the cells that hold something span, from the sheet's XML.

    :raises NotReadable: if it is not XML, or declares a document type
    """
    follower = _Follower()
    parser = expat.ParserCreate()
    parser.StartElementHandler = follower.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as error:
        raise NotReadable from error
    return follower.lines, follower.columns


def place_of(*, letters: str) -> int:
    """Return the place of a column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


class _Follower:
    """Follows lines and cells, named or counted, and remembers the last that hold a value."""

    def __init__(self) -> None:
        self.lines, self.columns = 0, 0
        self._line, self._place = 0, -1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self._line, self._place = _number(attributes.get("r", ""), self._line + 1), -1
        elif tag == "c":
            named = attributes.get("r", "")
            letters = named.rstrip("0123456789")
            self._line = _number(named[len(letters) :], self._line)
            self._place = place_of(letters=letters) if letters else self._place + 1
        elif tag in {"v", "f", "is"}:
            self.lines, self.columns = max(self.lines, self._line), max(self.columns, self._place + 1)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def _refuse_doctype(*_declared: object) -> None:
    raise NotReadable
