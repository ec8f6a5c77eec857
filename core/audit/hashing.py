"""How records are written as text and hashed, alone and many together. Pure: no Django, no clock, no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

# What the first seal names as the one before it.
NO_ROOT: Final = "0" * 64


def canonical(value: object) -> str:
    """
    Write plain JSON values as the one text that is stored and hashed.

    Keys in code point order, no blanks, no escapes beyond JSON's own; floats are refused,
    since two programs may write the same float differently.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """Return the sha256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def leaf(text: str) -> bytes:
    """Return the hash of one sealed text. Its first byte differs from a node's, so that neither passes for the other."""
    return hashlib.sha256(b"\0" + text.encode()).digest()


class Tree:
    """
    A Merkle tree that grows leaf by leaf and keeps only its open edge: 20 hashes for a million leaves.

    Two neighbours make a node; one without a neighbour is carried up, as in RFC 6962, section 2.1.
    """

    __slots__ = ("_edge", "count")

    def __init__(self) -> None:
        self.count = 0
        self._edge: list[tuple[int, bytes]] = []

    def add(self, hashed: bytes) -> None:
        """Take in the next leaf."""
        self.count += 1
        size = 1
        while self._edge and self._edge[-1][0] == size:
            hashed = _node(self._edge.pop()[1], hashed)
            size *= 2
        self._edge.append((size, hashed))

    def root(self) -> str:
        """
        Return the hash over all leaves, as 64 hexadecimal digits.

        :raises ValueError: if there is no leaf
        """
        if not self._edge:
            raise ValueError("a tree without leaves has no root")
        root = self._edge[-1][1]
        for _size, left in reversed(self._edge[:-1]):
            root = _node(left, root)
        return root.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no single written form: use an integer or a text")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
