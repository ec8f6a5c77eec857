"""What goes wrong, or seldom happens, in the demonstration: few examples, each through the services of those who do it."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from config.demonstration.office import Office
from config.demonstration.unusual import checks, money, payments, plans, spending, statements
from config.demonstration.unusual.example import Example

EXAMPLES: Final[tuple[Example, ...]] = (
    *money.EXAMPLES,
    *payments.EXAMPLES,
    *spending.EXAMPLES,
    *plans.EXAMPLES,
    *statements.EXAMPLES,
    *checks.EXAMPLES,
)


def load_unusual(office: Office) -> None:
    """Make each example that is not there yet, whole or not at all, after the running quarter's files."""
    for example in EXAMPLES:
        with transaction.atomic():
            if not example.is_there():
                example.make(office)
