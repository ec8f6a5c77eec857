"""Print the measures so that growth is what meets the eye."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tests.benchmarks.timing import Measure, exponent

Disk = Sequence[tuple[int, float, float]]


def as_json(measures: Sequence[Measure], disk: Disk) -> str:
    """Return everything measured, with the exponent of each thing."""
    return json.dumps(
        {
            "measures": [asdict(one) for one in measures],
            "exponents": {name: round(exponent(_points(measures, name)), 3) for name in _names(measures)},
            "bytes_per_posting": [{"size": size, "ours": round(ours), "raw": round(plain)} for size, ours, plain in disk],
        },
        indent=2,
    )


def as_text(measures: Sequence[Measure], disk: Disk) -> str:
    """Return a table: for each thing the cost as a multiple of that at the smallest size, the exponent, and times."""
    sizes = sorted({one.size for one in measures})
    head = ["", *(f"{size:,}" for size in sizes), "exponent", "median ms", "x plain SQL"]
    lines = [head]
    for name in _names(measures):
        points = _points(measures, name)
        base = points[0][1]
        raw = [f"{one.to_raw:.2f}" if one.to_raw is not None else "-" for one in sorted(measures, key=lambda one: one.size) if one.name == name]
        lines.append(
            [
                name,
                *(f"x {cost / base:.2f}" for _size, cost in points),
                f"{exponent(points):+.2f}",
                " / ".join(f"{cost:.2f}" for _size, cost in points),
                " / ".join(raw),
            ]
        )
    lines.append(["bytes a posting (plain SQL)", *(f"{ours:.0f} ({plain:.0f})" for _size, ours, plain in disk), "", "", ""])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _names(measures: Sequence[Measure]) -> list[str]:
    return list(dict.fromkeys(one.name for one in measures))


def _points(measures: Sequence[Measure], name: str) -> list[tuple[int, float]]:
    return sorted((one.size, one.milliseconds) for one in measures if one.name == name)
