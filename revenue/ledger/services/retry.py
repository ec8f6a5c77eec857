"""Try a whole service again when the database chose it to break a deadlock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")

TRIES: Final = 5
DEADLOCK_DETECTED: Final = "40P01"


def retry_on_deadlock(service: Callable[P, R]) -> Callable[P, R]:
    """
    Run a service again, at most five times in all, when it lost a deadlock.

    For outermost services: inside somebody else's transaction nothing can be tried again, and nothing is.
    """

    @wraps(service)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in range(TRIES - 1, -1, -1):
            try:
                return service(*args, **kwargs)
            except OperationalError as error:
                if left == 0 or connection.in_atomic_block or not _is_deadlock(error):
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - only so that the two do not meet again
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    return tried


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK_DETECTED
