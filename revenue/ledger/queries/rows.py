"""Ask the database, and turn account codes into places once each."""

from __future__ import annotations

from typing import Any

from django.db import connection

from revenue.ledger.chart import Place, place_of


class Places(dict[str, Place]):
    """The places of one answer, by code."""

    def __missing__(self, code: str) -> Place:
        place = self[code] = place_of(code)
        return place


def rows(sql: str, arguments: Any) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
