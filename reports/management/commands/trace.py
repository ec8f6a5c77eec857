"""Follow money from a sale down, or from a purchase up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.money import Money
from core.refusal import Refused
from reports.trace import PlaceTrace, SaleTrace, SpendingTrace, trace_disbursement, trace_recipient, trace_sale, trace_spending

FOLLOW: Final[Mapping[str, Callable[[str], SaleTrace | SpendingTrace | PlaceTrace]]] = {
    "sale": trace_sale,
    "spending": trace_spending,
    "disbursement": trace_disbursement,
    "recipient": trace_recipient,
}


class Command(BaseCommand):
    help = (
        "Follow the money: trace sale SL-2026-0001 (down to each purchase), trace spending SP-2026-0001 (up to the serial numbers),"
        " trace disbursement DB-2026-0001 or trace recipient CODE (the sales behind them)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=list(FOLLOW))
        parser.add_argument("reference")
        parser.add_argument("--json", action="store_true", help="every hop, as JSON; amounts in minor units, exact")

    def handle(self, *_args: Any, what: str, reference: str, **options: Any) -> None:
        try:
            found = FOLLOW[what](reference)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=_iso))
        elif isinstance(found, SaleTrace):
            self._print_sale(found)
        elif isinstance(found, SpendingTrace):
            self._print_spending(found)
        else:
            self._print_place(found)

    def _print_sale(self, found: SaleTrace) -> None:
        self.stdout.write(
            f"{found.reference}: {found.quantity:,} credits of {found.project} to {found.buyer}, received {_money(found.received_minor, found.currency)}"
        )
        for kind, amount in found.places.items():
            self.stdout.write(f"  {kind:<14}{_money(amount, found.currency):>22}")
        self.stdout.write(f"  {'difference':<14}{_money(found.difference_minor, found.currency):>22}")
        for receipt in found.receipts:
            self.stdout.write(f"  {receipt.reference} of {receipt.received_on}: {_money(receipt.received_minor, found.currency)}")
            for pot in receipt.pots:
                self.stdout.write(
                    f"    {pot.title} {pot.recipient}: {_money(pot.allocated_minor, found.currency)}, of which left {_money(pot.left_minor, found.currency)}"
                )
                for paid in pot.disbursements:
                    self.stdout.write(
                        f"      {paid.reference} {paid.recipient}: {_money(paid.drawn_minor, found.currency)}, spent {_money(paid.spent_minor, found.currency)} in {len(paid.spending)} records"
                    )

    def _print_spending(self, found: SpendingTrace) -> None:
        self.stdout.write(
            f"{found.reference}: {_money(found.amount_minor, found.currency)} by {found.recipient} on {found.spent_on}, to {found.payee}"
        )
        for source in found.sources:
            amount = _money(source.amount_minor, found.drawn_currency)
            self.stdout.write(
                f"  {amount} through {source.disbursement} from {source.receipt} of {source.received_on}, sale {source.sale or '(none)'}"
            )
            for serials in source.serials:
                self.stdout.write(f"    serials {serials.first}-{serials.last} of {serials.serial_text}")

    def _print_place(self, found: PlaceTrace) -> None:
        self.stdout.write(f"{found.reference}: {found.title}")
        for backing in found.backings:
            for kind, amount in backing.places.items():
                self.stdout.write(f"  {kind:<14}{_money(amount, backing.currency):>22}")
            for origin in backing.origins:
                self.stdout.write(
                    f"  {_money(origin.amount_minor, backing.currency)} from {origin.tranche} of {origin.received_on}, sale {origin.sale or '(none)'}"
                )


def _money(minor: int, currency: str) -> str:
    return str(Money(minor, currency))


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
