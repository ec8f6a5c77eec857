"""Make the jobs of the demonstration known to the worker."""

from __future__ import annotations

from config.demonstration import loading  # noqa: F401
