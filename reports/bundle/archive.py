"""A ZIP whose bytes depend on what is in it and on nothing else: JSON Lines, a hash for each line, a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from core.audit.hashing import canonical

# Line hashes only say which line differs; the whole file's sha256 is what decides.
LINE_HASH_DIGITS: Final = 16
_IN_MEMORY: Final = 4 * 1024 * 1024
_AT_ONCE: Final = 64 * 1024


class Archive:
    """Written member by member to ``path``, which appears only when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._files: dict[str, dict[str, object]] = {}

    def __enter__(self) -> Self:
        self._zip = ZipFile(self._part, "w")
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        self._zip.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    def rows(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add a JSON Lines file of plain rows."""
        self.lines(name, (canonical(row) for row in rows))

    def lines(self, name: str, lines: Iterable[str]) -> None:
        """Add a file of lines as they are, and beside it the hash of each line."""
        lines_in = f"lines/{Path(name).stem}.txt"
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as hashes:
            count = self._write(name, (f"{line}\n".encode() for line in lines), hashes=hashes)
            self._files[name] |= {"lines": count, "lines_in": lines_in}
            hashes.seek(0)
            self._write(lines_in, iter(lambda: hashes.read(_AT_ONCE), b""))

    def text(self, name: str, data: bytes) -> None:
        """Add a file of text as it is."""
        self._write(name, [data])

    def manifest(self, facts: dict[str, object]) -> None:
        """Add the list of all files so far with their hashes, and its own hash. Called last."""
        text = canonical({**facts, "files": self._files}).encode()
        self._write("manifest.json", [text])
        self._write("manifest.sha256", [f"{hashlib.sha256(text).hexdigest()}\n".encode()])

    def _write(self, name: str, parts: Iterable[bytes], *, hashes: IO[bytes] | None = None) -> int:
        whole, size, count = hashlib.sha256(), 0, 0
        with self._zip.open(_stamped(name), "w", force_zip64=True) as out:
            for part in parts:
                count += 1
                out.write(part)
                whole.update(part)
                size += len(part)
                if hashes is not None:
                    hashes.write(f"{hashlib.sha256(part).hexdigest()[:LINE_HASH_DIGITS]}\n".encode())
        self._files[name] = {"bytes": size, "sha256": whole.hexdigest()}
        return count


def _stamped(name: str) -> ZipInfo:
    info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info
