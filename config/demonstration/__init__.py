"""The demonstration programme: its files, how they were made, and how they are loaded."""

from config.demonstration.logins import welcome

__all__ = ["welcome"]
