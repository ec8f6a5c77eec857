"""Readable numbers for documents, taken from sequences: no row is locked to number another."""

from __future__ import annotations

import re

from django.db import connection

PREFIXES = {
    "SL": "sale",
    "RC": "receipt",
    "OP": "opening position",
    "OI": "other income",
    "RL": "recalled receipt",
    "BT": "transfer between banks",
    "AS": "money assigned to a pot",
    "CV": "covering",
    "DB": "disbursement",
    "SP": "spending record",
    "RV": "money to be repaid",
    "TR": "training record",
}


def next_reference(*, prefix: str, year: int) -> str:
    """
    Return the next reference of a kind of document: ``DB-2026-0042``.

    Numbers only grow; a number may be missing where an act was refused after it was taken.
    """
    if prefix not in PREFIXES or not re.fullmatch(r"[A-Z]{2}", prefix):
        raise ValueError(f"unknown prefix {prefix!r}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [f"core_reference_{prefix.lower()}"])
        (number,) = cursor.fetchone()
    return f"{prefix}-{year}-{number:04d}"
