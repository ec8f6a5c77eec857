"""Freeze a report's figures: read once, add up, and write the one text that every file is drawn from."""

from reports.snapshot.build import SCHEMA, Frozen, Replaced, freeze
from reports.snapshot.since import Last

__all__ = ["SCHEMA", "Frozen", "Last", "Replaced", "freeze"]
