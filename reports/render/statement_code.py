"""The square on a statement that a telephone reads."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from reports.render import design


@lru_cache(maxsize=64)
def _qr_squares(address: str) -> tuple[int, str]:
    """Return how many squares a QR code is wide, and the operators that fill its dark ones in squares of size 1."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(address if "://" in address else f"https://{address}")
    # Any of the eight masks is readable; looking for the prettiest one costs more than the rest of the page.
    code.version = code.calculate_version()
    code.makeImpl(False, 0)
    count = code.getModuleCount()
    dark = [(row, column) for row in range(count) for column in range(count) if code.isDark(row, column)]
    return count, " ".join(f"{column} {count - 1 - row} 1 1 re" for row, column in dark)


def draw_qr(canvas: Any, address: str, x: float, y: float, side: float) -> None:
    """Draw a QR code as one path."""
    count, squares = _qr_squares(address)
    step = side / count
    canvas.saveState()
    canvas.setFillColor(design.INK)
    canvas._code.append(f"{step:.5f} 0 0 {step:.5f} {x:.3f} {y:.3f} cm {squares} f")
    canvas.restoreState()
