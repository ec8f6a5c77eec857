"""Freeze a report's figures: read once, add up, and write the one text that every file is drawn from."""

from reports.snapshot.build import SCHEMA, Frozen, freeze

__all__ = ["SCHEMA", "Frozen", "freeze"]
