"""The engine's "no": a plan that cannot be read, or a receipt that a plan cannot share."""

from __future__ import annotations

from core.refusal import Refused


class PlanRefused(Refused):
    """A plan, or its facts, cannot give an exact answer; ``line`` is the line of the file, 0 if there is none."""

    def __init__(self, code: str, message: str, *, line: int = 0, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.code = code
        self.line = line
        # Other mistakes in the same file, which can be corrected at the same time.
        self.more: tuple[PlanRefused, ...] = ()

    def __str__(self) -> str:
        where = f"Line {self.line}: " if self.line else ""
        return f"{where}{super().__str__()}"
