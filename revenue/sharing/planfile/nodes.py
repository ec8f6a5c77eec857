"""YAML as text with line numbers: numbers stay exactly as written, and every mistake can name its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

import yaml

from core.refusal import gettext_noop as _
from revenue.sharing.engine.refusal import PlanRefused, Said

_DEEPEST = 40
Value = TypeVar("Value")
_THOUSANDS = re.compile(r"\d{3}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the file: text, a list, or named entries. ``line`` counts from 1."""

    line: int
    text: str | None = None
    items: tuple[Node, ...] | None = None
    entries: dict[str, Node] | None = None

    def kind(self) -> Said:
        """Say in words what stands here."""
        return Said(_("a list") if self.items is not None else _("named entries") if self.entries is not None else _("one value"))


def read_yaml(*, text: str, largest: int) -> Node:
    """
    Read one YAML document of at most ``largest`` characters.

    :raises PlanRefused: too_large, not_yaml, empty_file, several_documents, alias_used, repeated_entry, too_deep
    """
    if len(text) > largest:
        raise PlanRefused("too_large", _("The file has more than %(largest)s characters."), values={"largest": f"{largest:,}"})
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.compose_all(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise PlanRefused(
            "not_yaml",
            _("This is not readable as YAML: %(problem)s."),
            values={"problem": error.problem},
            line=line,
            next_step=_("Check the indentation, the colons and the quotes around here."),
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PlanRefused("not_yaml", _("This is not readable as YAML.")) from error
    if not documents:
        raise PlanRefused("empty_file", _("The file is empty."))
    if len(documents) > 1:
        raise PlanRefused("several_documents", _("The file holds several documents; keep one."), line=documents[1].start_mark.line + 1)
    return _node(documents[0], set(), 0)


def _node(raw: yaml.Node, seen: set[int], depth: int) -> Node:
    line = raw.start_mark.line + 1
    if id(raw) in seen:
        raise PlanRefused("alias_used", _("An anchor (&, *) is used."), line=line, next_step=_("Write it out in full."))
    seen.add(id(raw))
    if depth > _DEEPEST:
        raise PlanRefused("too_deep", _("More than %(most)s levels stand inside one another here."), values={"most": _DEEPEST}, line=line)
    if isinstance(raw, yaml.SequenceNode):
        return Node(line, items=tuple(_node(item, seen, depth + 1) for item in raw.value))
    if isinstance(raw, yaml.MappingNode):
        entries: dict[str, Node] = {}
        for key, value in raw.value:
            name = str(key.value)
            if raw.flow_style and _THOUSANDS.fullmatch(name) and value.value == "":
                raise PlanRefused(
                    "comma_in_braces",
                    _("Inside braces, the comma before “%(name)s” separates two entries."),
                    values={"name": name},
                    line=key.start_mark.line + 1,
                    next_step=_("Write the amount without commas, or each entry on its own line."),
                )
            if name in entries:
                raise PlanRefused(
                    "repeated_entry",
                    _("“%(name)s” stands here a second time."),
                    values={"name": name, "first_line": entries[name].line},
                    line=key.start_mark.line + 1,
                    next_step=_("The first is in line %(first_line)s; keep one."),
                )
            entries[name] = _node(value, seen, depth + 1)
        return Node(line, entries=entries)
    empty = raw.tag == "tag:yaml.org,2002:null"
    return Node(line, text="" if empty else str(raw.value).strip())


def nearest(*, word: str, known: Iterable[str]) -> Said:
    """Suggest what was meant: ``Did you mean “area”?``, or list what is possible."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return Said(_("Did you mean “%(meant)s”?"), {"meant": close[0]})
    return Said(_("Possible here: %(possible)s."), {"possible": ", ".join(names[:20])}) if names else Said("")


@dataclass(slots=True)
class Fields:
    """The named entries of one node, read one by one; ``done`` refuses those nobody asked for."""

    node: Node
    what: str | Said
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.node.entries is None:
            raise PlanRefused(
                "not_entries",
                _("%(what)s must be named entries, but %(kind)s stands here."),
                values={"what": self.what, "kind": self.node.kind()},
                line=self.node.line,
                next_step=_("Write name: value, one a line."),
            )

    @property
    def line(self) -> int:
        """Return the line the entries start on."""
        return self.node.line

    def get(self, name: str) -> Node | None:
        """Return an entry, or None if it is not there or empty."""
        self.asked.add(name)
        found = (self.node.entries or {}).get(name)
        return None if found is None or found.text == "" else found

    def need(self, name: str, example: str = "") -> Node:
        """
        Return an entry that must be there.

        :raises PlanRefused: missing_entry
        """
        found = self.get(name)
        if found is None:
            raise PlanRefused(
                "missing_entry",
                _("%(what)s needs “%(name)s”."),
                values={"what": self.what, "name": name},
                line=self.line,
                next_step=Said(_("For example: %(name)s: %(example)s"), {"name": name, "example": example}) if example else "",
            )
        return found

    def text(self, name: str, default: str = "") -> str:
        """Return an entry as text."""
        found = self.get(name)
        return default if found is None else as_text(node=found, what=name)

    def done(self) -> None:
        """
        Check that every entry was understood.

        :raises PlanRefused: unknown_entry, with the others in ``more``
        """
        unknown = [
            PlanRefused(
                "unknown_entry",
                _("%(what)s has no entry “%(name)s”."),
                values={"what": self.what, "name": name},
                line=node.line,
                next_step=nearest(word=name, known=sorted(self.asked)),
            )
            for name, node in (self.node.entries or {}).items()
            if name not in self.asked
        ]
        if unknown:
            raise_all(unknown)


def as_text(*, node: Node, what: str | Said) -> str:
    """
    Return one value as text.

    :raises PlanRefused: not_one_value
    """
    if node.text is None:
        raise PlanRefused(
            "not_one_value", _("“%(what)s” must be one value, but %(kind)s stands here."), values={"what": what, "kind": node.kind()}, line=node.line
        )
    return node.text


def as_list(*, node: Node, what: str) -> tuple[Node, ...]:
    """
    Return the items of a list.

    :raises PlanRefused: not_a_list
    """
    if node.items is None:
        raise PlanRefused(
            "not_a_list",
            _("“%(what)s” must be a list, but %(kind)s stands here."),
            values={"what": what, "kind": node.kind()},
            line=node.line,
            next_step=_("Start each item with a dash."),
        )
    return node.items


def each(*, nodes: Iterable[Node], read: Callable[[Node, int], Value]) -> tuple[Value, ...]:
    """
    Read every node with its place from 1, and name all their mistakes at once.

    :raises PlanRefused: the first mistake, with the others in ``more``
    """
    found: list[Value] = []
    mistakes: list[PlanRefused] = []
    for place, node in enumerate(nodes, start=1):
        try:
            found.append(read(node, place))
        except PlanRefused as refusal:
            mistakes += [refusal, *refusal.more]
    return tuple(found) if not mistakes else raise_all(mistakes)


@dataclass(slots=True)
class Mistakes:
    """The mistakes of things that are read beside one another, so that all are named at once."""

    found: list[PlanRefused] = field(default_factory=list)

    def read(self, read: Callable[[], Value]) -> Value | None:
        """Return what was read; None, with the mistake kept, where it was refused."""
        try:
            return read()
        except PlanRefused as refusal:
            self.found += [refusal, *refusal.more]
            return None

    def refuse(self) -> None:
        """
        Refuse if there was any mistake.

        :raises PlanRefused: the mistake that stands highest in the file, with the others in ``more``
        """
        if self.found:
            raise_all(sorted(self.found, key=lambda mistake: mistake.line))


def raise_all(mistakes: list[PlanRefused]) -> NoReturn:
    """Raise the first mistake, with the others in ``more``."""
    mistakes[0].more = tuple(mistakes[1:])
    raise mistakes[0]


def as_entries(*, node: Node, what: str) -> dict[str, Node]:
    """
    Return named entries of any names.

    :raises PlanRefused: not_entries
    """
    return Fields(node, f"“{what}”").node.entries or {}
