"""The engine's "no": a plan that cannot be read, or a receipt that a plan cannot share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.refusal import Refused
from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import Text


@dataclass(frozen=True, slots=True)
class Said:
    """Words that stand inside a refusal and are said in the reader's language too; ``words`` is marked for translation."""

    words: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return Refused(self.words, values=self.values).message


@dataclass(frozen=True, slots=True)
class Titled:
    """A title of the plan inside a refusal, in whichever of its two languages the sentence around it is said."""

    title: Text

    def __str__(self) -> str:
        # Translators: the code of this language, as a plan's titles are keyed: not a word.
        return self.title.in_language(str(Said(_("en"))))


class PlanRefused(Refused):
    """
    A plan, or its facts, cannot give an exact answer; ``line`` is the line of the file, 0 if there is none.

    ``template`` and ``next_template`` are English, marked for translation, with ``values`` in their places: whoever
    reads the refusal reads it in their own language. Words of the file stand in it as the file writes them.
    """

    def __init__(self, code: str, template: str, *, values: Mapping[str, object] | None = None, line: int = 0, next_step: str | Said = "") -> None:
        next_template, of_next = (next_step.words, next_step.values) if isinstance(next_step, Said) else (next_step, {})
        self.template, self.next_template = template, next_template
        self.values: Mapping[str, object] = {**(values or {}), **of_next}
        super().__init__(template, next_step=next_template, values=self.values)
        self.code = code
        self.line = line
        # Other mistakes in the same file, which can be corrected at the same time.
        self.more: tuple[PlanRefused, ...] = ()

    def __str__(self) -> str:
        sentences = super().__str__()
        return str(Said(_("Line %(line)s: %(sentences)s"), {"line": self.line, "sentences": sentences})) if self.line else sentences
