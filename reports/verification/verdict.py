"""What is found out about a paper, in plain values: for the page, for the command line, and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    """How sure it is."""

    GENUINE = "genuine"  # these very bytes were issued here
    KNOWN = "known"  # a code: such a paper was issued here; whether the one at hand is it, its file tells
    CHANGED = "changed"  # the figures inside are ours, the file around them is not the one that was issued
    UNKNOWN = "unknown"


class Hand(StrEnum):
    """What is found out about a signature."""

    NONE = "unsigned"
    GOOD = "good"
    BROKEN = "broken"
    FOREIGN = "foreign"  # whole and valid, by somebody else's certificate
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Newer:
    """The version that took a paper's place."""

    version: int
    issued_on: date | None
    report_id: int | None


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal of the books, as a paper or the register names it; ``is_here`` says whether this installation still has it."""

    number: int
    root: str
    sealed_at: datetime | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """What the register says about a paper. ``version`` 0: papers of its kind have no versions."""

    kind: str
    title: str
    version: int
    issued_on: date | None
    snapshot_sha256: str
    report_id: int | None = None
    newer: Newer | None = None
    books_seal: Seal | None = None
    file_seal: Seal | None = None
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a file says about who signed it, judged."""

    hand: Hand
    name: str = ""
    organisation: str = ""
    certificate_sha256: str = ""
    signed_at: str = ""
    certificate_ends: str = ""
    is_development: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole answer. ``asked`` is the file's sha256, or the code."""

    answer: Answer
    asked: str
    issued: Issued | None = None
    signature: Signature | None = None
    attached: dict[str, str] = field(default_factory=dict)
    size: int | None = None

    @property
    def is_genuine(self) -> bool:
        """Whether these very bytes were issued here."""
        return self.answer == Answer.GENUINE

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        found: dict[str, Any] = asdict(self)
        return _plain(found)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
