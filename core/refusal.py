"""The expected "no": a sentence for the person, and what to do next."""

from __future__ import annotations


class Refused(Exception):
    """
    Something a person asked for and may not have, for a reason that can be said.

    Subclasses live beside the function that raises them. ``field`` names the form
    field the sentence belongs to, if there is one; ``code`` is stable for machines.
    """

    code = "refused"

    def __init__(self, message: str, *, field: str | None = None, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()
