"""What a table of a report is made of: named columns, rows of values, totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reports.render.values import Value

Row = Mapping[str, Any]
Cells = tuple[Value, ...]
# both: a text in two languages; money: an amount (or, in the headline, a count); figure: a count, share or price.
Kind = Literal["plain", "both", "money", "figure", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key (the CSV's name, and the word printed), how to find its value, its kind, and whether it adds up."""

    key: str
    get: Callable[[Row], Value]
    kind: Kind = "plain"
    total: bool = False

    @property
    def numeric(self) -> bool:
        """Tell whether its values are figures, which stand at the right."""
        return self.kind in {"money", "figure"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns. ``totals`` lines up with the columns; ``empty`` is the sentence where there are no rows."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    totals: Cells | None
    empty: str

    def place(self, column: str) -> int:
        """Return the position of a column."""
        return next(at for at, one in enumerate(self.columns) if one.key == column)
