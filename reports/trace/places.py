"""Which sales are behind a disbursement, a community or one place of the books: exact. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from reports.trace.documents import NothingToTrace, Serials, sales_of, serials_of
from reports.words import own_name
from revenue.credits.models import Receipt
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.models import Account, Tranche
from revenue.ledger.queries import balances, balances_by_tranche, moves_of_lot

# What a disbursement holds or has used: the rest of what it took lies in its pot again.
_OF_A_LOT = (chart.COMMITTED, *chart.WITH_RECIPIENTS, *chart.USED)


@dataclass(frozen=True, slots=True)
class Origin:
    """How much of the money came from one receipt, and the sale and serial numbers behind that."""

    amount_minor: int
    tranche: str
    source: str
    received_on: date
    bank_reference: str
    sale: str
    buyer: str
    project: str
    serials: list[Serials]


@dataclass(frozen=True, slots=True)
class Backing:
    """Money of one currency, what it is now (by kind of place), and where it came from: both add up to the amount."""

    currency: str
    amount_minor: int
    places: dict[str, int]
    origins: list[Origin]


@dataclass(frozen=True, slots=True)
class PlaceTrace:
    """A disbursement, a community or a place of the books, and the money in it or used by it."""

    what: str
    reference: str
    title: str
    backings: list[Backing]


Share = tuple[str, str, int, int]  # currency, kind, tranche, minor units


def trace_disbursement(reference: str) -> PlaceTrace:
    """
    Return the receipts and sales behind what a disbursement holds or has used.

    :raises NothingToTrace: if there is no such disbursement
    """
    row = Disbursement.objects.filter(reference=reference).select_related("recipient").first()
    if row is None:
        raise NothingToTrace(
            _("There is no disbursement %(reference)s.") % {"reference": reference}, next_step=_("Look it up in the list of disbursements.")
        )
    shares: list[Share] = []
    for step in moves_of_lot(row.pk):
        shares += [(step.debit.currency, step.debit.kind, step.tranche_id, step.amount_minor)]
        shares += [(step.credit.currency, step.credit.kind, step.tranche_id, -step.amount_minor)]
    title = f"{own_name(row.recipient.name, row.recipient.name_km)}: {row.description}"
    return PlaceTrace("disbursement", reference, title, _backings(share for share in shares if share[1] in _OF_A_LOT))


def trace_recipient(code: str) -> PlaceTrace:
    """
    Return the receipts and sales behind all that a recipient holds, has used, or has set aside for it.

    :raises NothingToTrace: if there is no such recipient
    """
    row = Recipient.objects.filter(code=code).first()
    if row is None:
        raise NothingToTrace(_("There is no recipient %(code)s.") % {"code": code}, next_step=_("Look it up in the list of recipients."))
    held = balances(grouped=["currency", "kind", "tranche_id"], holders=[code])
    return PlaceTrace("recipient", code, own_name(row.name, row.name_km), _backings((*found.key, found.amount_minor) for found in held))


def trace_account(account_id: int) -> PlaceTrace:
    """
    Return the receipts and sales behind what lies in one place of the books.

    :raises NothingToTrace: if there is no such account
    """
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise NothingToTrace(_("There is no such account."), next_step=_("Look it up in the trial balance."))
    held = balances_by_tranche(account.place)
    shares = [(account.currency, account.kind, found.tranche_id, found.amount_minor) for found in held]
    codes = ", ".join(code for code in (account.bank, account.pot, account.holder, account.purpose) if code)
    return PlaceTrace(
        "account", str(account.pk), f"{chart.KIND_NAMES[account.kind]}: {codes}" if codes else str(chart.KIND_NAMES[account.kind]), _backings(shares)
    )


def _backings(shares: Iterable[Share]) -> list[Backing]:
    """Sum shares by currency; what is zero in the end is left out."""
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    tranches: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for currency, kind, tranche, minor in shares:
        kinds[currency][kind] += minor
        tranches[currency][tranche] += minor
    return [
        Backing(
            currency,
            sum(tranches[currency].values()),
            {kind: kinds[currency][kind] for kind in chart.KINDS if kinds[currency].get(kind)},
            _origins({tranche: minor for tranche, minor in tranches[currency].items() if minor}),
        )
        for currency in sorted(kinds)
    ]


def _origins(amounts: Mapping[int, int]) -> list[Origin]:
    sales = sales_of(amounts)
    references = dict(Receipt.objects.filter(tranche_id__in=amounts).values_list("tranche_id", "bank_reference"))
    return [
        Origin(
            amounts[tranche.pk], tranche.code, tranche.source, tranche.received_on, references.get(tranche.pk, ""),
            sale.reference if sale else "", sale.buyer.name if sale else "", sale.project.code if sale else "", serials_of(sale) if sale else [],
        )
        for tranche in Tranche.objects.filter(id__in=amounts).order_by("received_on", "id")
        for sale in [sales.get(tranche.pk)]
    ]  # fmt: skip
