"""Choose which money to take: lock the accounts first, read in the next statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from core.money import Money
from revenue.ledger import riel
from revenue.ledger.chart import FIFO, PROPORTIONAL, Place
from revenue.ledger.places import open_accounts
from revenue.ledger.portions import in_proportion, oldest_first
from revenue.ledger.refusals import NotEnoughMoney, OneCurrency


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of one tranche in one place, in the place's minor units."""

    place: Place
    tranche_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LocalDrawn:
    """A part of one tranche and lot: ``amount_minor`` on the books for ``local_minor`` in hand."""

    tranche_id: int
    lot: int
    amount_minor: int
    local_minor: int


@dataclass(frozen=True, slots=True)
class LocalDraw:
    """What a local amount is drawn from, and how much of it no lot covers. ``local_currency`` is empty if none held any."""

    rows: list[LocalDrawn]
    not_covered_minor: int
    local_currency: str


def lock_places(*, places: Iterable[Place]) -> dict[str, int]:
    """
    Hold places until the transaction ends, and return their account ids by code.

    For services that draw more than once: name every place the entry will touch, here, first.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a draw holds only inside a transaction")
    ids = open_accounts(places)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock_accounts(%s)", [sorted(ids.values())])
    return ids


def draw(
    *,
    sources: Sequence[Place],
    others: Sequence[Place] = (),
    amount_minor: int,
    order: str = FIFO,
    tranche_ids: Sequence[int] | None = None,
) -> list[Drawn]:
    """
    Choose the tranches of an amount, oldest (received on, id) first or in proportion to what is there.

    Of one tranche, an earlier source is drawn before a later one. ``others`` are the further places the entry will
    touch: all are locked together, in one order. ``tranche_ids`` limits the draw to tranches the approver named.

    :raises NotEnoughMoney: if all sources together hold less; it knows what is available
    """
    ids = lock_places(places=[*sources, *others])
    places = {ids[place.code]: (rank, place) for rank, place in reversed(list(enumerate(sources)))}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.account_id, b.tranche_id, b.amount_minor FROM ledger_balance b"
            " JOIN ledger_tranche t ON t.id = b.tranche_id"
            " WHERE b.account_id = ANY(%s) AND b.lot = 0 AND b.amount_minor > 0"
            " AND (%s::bigint[] IS NULL OR b.tranche_id = ANY(%s::bigint[]))"
            " ORDER BY t.received_on, t.id, array_position(%s::bigint[], b.account_id)",
            [
                list(places),
                None if tranche_ids is None else list(tranche_ids),
                list(tranche_ids or []),
                [ids[place.code] for place in sources],
            ],
        )
        found = cursor.fetchall()
    parts = _parts(available=[amount for _a, _t, amount in found], amount_minor=amount_minor, order=order, sources=sources)
    return [Drawn(places[account][1], tranche, part) for (account, tranche, _amount), part in zip(found, parts, strict=True) if part]


def draw_lot(*, place: Place, amount_minor: int, lot: int, others: Sequence[Place] = ()) -> list[Drawn]:
    """
    Choose the tranches of an amount from what lies in one place for one disbursement, oldest first.

    The whole amount of the lot returns its mirror: each tranche with what it holds.

    :raises NotEnoughMoney: if the lot holds less there
    """
    ids = lock_places(places=[place, *others])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.tranche_id, b.amount_minor FROM ledger_balance b JOIN ledger_tranche t ON t.id = b.tranche_id"
            " WHERE b.account_id = %s AND b.lot = %s AND b.amount_minor > 0 ORDER BY t.received_on, t.id",
            [ids[place.code], lot],
        )
        found = cursor.fetchall()
    parts = _parts(available=[amount for _t, amount in found], amount_minor=amount_minor, order=FIFO, sources=[place])
    return [Drawn(place, tranche, part) for (tranche, _amount), part in zip(found, parts, strict=True) if part]


def draw_local(
    *,
    place: Place,
    local_minor: int,
    lots: Sequence[int] | None = None,
    local_currency: str | None = None,
    others: Sequence[Place] = (),
) -> LocalDraw:
    """
    Choose the lots and tranches of an amount in the currency a recipient holds, oldest lot first.

    ``lots`` are the disbursements that may be drawn, in the order they were paid (by number if not given); of one lot
    the oldest tranche goes first. ``local_currency`` leaves out lots held in another. What no lot covers is returned,
    not refused.

    :raises OneCurrency: if the lots are held in more than one currency and none was named
    """
    ids = lock_places(places=[place, *others])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.lot, b.tranche_id, b.amount_minor, b.local_minor, b.local_currency FROM ledger_balance b"
            " JOIN ledger_tranche t ON t.id = b.tranche_id"
            " WHERE b.account_id = %s AND b.local_minor > 0"
            " AND (%s::bigint[] IS NULL OR b.lot = ANY(%s::bigint[])) AND (%s::text IS NULL OR b.local_currency = %s)"
            " ORDER BY array_position(%s::bigint[], b.lot), b.lot, t.received_on, t.id",
            [
                ids[place.code],
                None if lots is None else list(lots),
                list(lots or []),
                local_currency,
                local_currency,
                list(lots or []),
            ],
        )
        found = cursor.fetchall()
    currencies = {row[4] for row in found}
    if len(currencies) > 1:
        raise OneCurrency(_("This recipient holds money in more than one currency."), next_step=_("Say which currency was spent."))
    taken, not_covered = riel.take(held=[riel.Held(*row[:4]) for row in found], local_minor=local_minor)
    rows = [LocalDrawn(one.tranche_id, one.lot, one.amount_minor, one.local_minor) for one in taken]
    return LocalDraw(rows, not_covered, next(iter(currencies), ""))


def _parts(*, available: list[int], amount_minor: int, order: str, sources: Sequence[Place]) -> list[int]:
    total = sum(available)
    if amount_minor > total:
        raise NotEnoughMoney(
            _("There is %(available)s here, and %(asked)s was asked for.")
            % {
                "available": Money(total, sources[0].currency),
                "asked": Money(amount_minor, sources[0].currency),
            },
            available_minor=total,
        )
    choose = {FIFO: oldest_first, PROPORTIONAL: in_proportion}[order]
    return choose(available=available, amount=amount_minor)
