"""The expected "no": a sentence for the person, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation where Django is not imported; whoever shows it translates it."""
    return text


class Refused(Exception):
    """
    Something a person asked for and may not have, for a reason that can be said.

    Subclasses live beside the function that raises them. ``field`` names the form
    field the sentence belongs to, if there is one; ``code`` is stable for machines.
    """

    code = "refused"
    _translate: ClassVar[Callable[[str], str]] = staticmethod(gettext_noop)

    def __init__(self, message: str, *, field: str | None = None, next_step: str = "", values: Mapping[str, object] | None = None) -> None:
        """
        Keep what to say.

        A module that imports no Django gives its sentences in English, marked with ``gettext_noop``, and with
        ``values`` what stands in them ({} for nothing): they are said in the reader's language when they are read.
        """
        super().__init__(message)
        self.field = field
        self._sentence = message
        self._next_sentence = next_step
        self._values = values

    @classmethod
    def speak_with(cls, translate: Callable[[str], str]) -> None:
        """Let marked sentences be said in the reader's language; called once, when Django starts."""
        Refused._translate = staticmethod(translate)

    @property
    def message(self) -> str:
        """Return what is refused and why."""
        return self._said(self._sentence)

    @property
    def next_step(self) -> str:
        """Return what to do next, "" if nothing can be done."""
        return self._said(self._next_sentence)

    def _said(self, sentence: str) -> str:
        if self._values is None or not sentence:
            return sentence
        return Refused._translate(sentence) % self._values

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()
