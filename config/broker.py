"""
The broker that needs no server, made safe: a message appears in its folder whole or not at all.

Kombu's own writes into the file after it has a name that readers look for; a worker that reads it in between
ends with an error, and the demo with it.
"""

from __future__ import annotations

import logging
from json import JSONDecodeError
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Messages as files of a folder."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        part = Path(self.data_folder_out) / f".{name}"
        part.write_text(dumps(payload), encoding="utf-8")
        part.replace(part.with_name(name))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except JSONDecodeError as error:
            # It is out of the folder already, and only a hint: the job's row is still there, and the sweep sends again.
            logger.warning("A message that cannot be read was put aside", exc_info=True)
            raise Empty from error


class Transport(filesystem.Transport):
    """Kombu's file system transport with whole messages."""

    Channel = Channel
