"""
Where the bytes of files lie: on a disk of the server, or in an S3-compatible store, as ``STORAGES["default"]`` says.

A name is made of the sha256 of the bytes, so the same name always means the same bytes, and nothing is ever written over.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.http import content_disposition_header


def name_of(sha256: str) -> str:
    """Return the name under which the bytes with this hash are kept."""
    return f"{sha256[:2]}/{sha256}"


def small_name_of(sha256: str) -> str:
    """Return the name of the small copy of a photo."""
    return f"small/{name_of(sha256)}"


def on_disk(name: str) -> Path | None:
    """Return the path behind a name, None where the store has no paths."""
    return Path(default_storage.path(name)) if isinstance(default_storage, FileSystemStorage) else None


def write_once(*, name: str, data: bytes) -> None:
    """
    Keep bytes under a name, whole and for certain when this returns, unless they are kept already.

    :raises OSError: if they cannot be
    """
    path = on_disk(name)
    if path is not None:
        _write_to_disk(path=path, data=data)
        return
    with _as_os_error():
        if not default_storage.exists(name):
            # One PUT of a few megabytes: there wholly, or not at all.
            default_storage.save(name, ContentFile(data))


def opened(name: str) -> IO[bytes]:
    """
    Open what is kept under a name.

    :raises FileNotFoundError: if nothing is
    :raises OSError: if it cannot be read, or the store does not answer
    """
    path = on_disk(name)
    if path is not None:
        return path.open("rb")
    with _as_os_error():
        # The bytes themselves: the store's own file would fetch them later, where nobody waits for its errors.
        return cast("IO[bytes]", default_storage.open(name, "rb").file)


def link(*, name: str, media_type: str, as_attachment: bool, file_name: str) -> str | None:
    """
    Return an address at which the store itself hands out the bytes for FILES_LINK_SECONDS; None where we hand them out.

    Whoever has the address can open it until it expires: make it only after looking at the reader's session.
    """
    if not settings.FILES_LINK_SECONDS or isinstance(default_storage, FileSystemStorage):
        return None
    shown_as = {"ResponseContentType": media_type, "ResponseContentDisposition": content_disposition_header(as_attachment, file_name)}
    # Only the store's own ``url`` signs: Django's interface knows no such arguments.
    signed: Callable[..., str] = default_storage.url
    return signed(name, parameters=shown_as, expire=settings.FILES_LINK_SECONDS)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Say what a store answers as a disk would: callers know of no store."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(errno.EIO, f"the file store: {error}") from error


def _write_to_disk(*, path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(part).replace(path)
        _sync(path.parent)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Have the folder's new name on disk before a row says that the file is there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
