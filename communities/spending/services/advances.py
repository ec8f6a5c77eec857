"""Choose what pays for an accepted record: the recipient's advances of its purpose, in its own currency."""

from __future__ import annotations

from dataclasses import dataclass

from communities.spending.models import SpendingRecord
from communities.spending.parts import advance_place, spent_place
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger.chart import Place, Row
from revenue.ledger.services import LocalDraw, draw_local, lock_places


@dataclass(frozen=True, slots=True)
class Cover:
    """
    What is drawn for a record.

    ``funded_minor`` and ``not_covered_minor`` are in the record's currency and add up to what carbon revenue
    was asked to pay; ``drawn_minor`` is in the advances' book currency ``currency``, empty if nothing was drawn.
    """

    rows: list[Row]
    funded_minor: int
    not_covered_minor: int
    drawn_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class _Lot:
    disbursement_id: int
    book_currency: str


def cover(*, record: SpendingRecord, asked: int | None = None, currency: str = "", from_any: bool = False) -> Cover:
    """
    Draw a record's carbon part, or ``asked`` of it, from the advances, oldest payment first, holding their places until the transaction ends.

    One record is drawn from advances of one book currency: that of the oldest that still holds money. An amount
    of zero, where another donor paid everything, draws nothing. ``currency`` leaves out other books; ``from_any``
    draws from other payments than the one that the record names.
    """
    asked = record.amount_minor - record.other_minor if asked is None else asked
    lots = [lot for lot in _lots(record, from_any=from_any) if currency in ("", lot.book_currency)]
    currencies = list(dict.fromkeys(lot.book_currency for lot in lots))
    if not asked or not lots:
        return Cover([], 0, asked, 0, "")
    lock_places(places=[place for currency in currencies for place in _places(record=record, currency=currency)])
    for book in currencies:
        drawn = _draw(record=record, asked=asked, currency=book, lots=[lot.disbursement_id for lot in lots if lot.book_currency == book])
        if drawn.rows:
            return _cover(record=record, drawn=drawn, asked=asked, currency=book)
    return Cover([], 0, asked, 0, "")


def _places(*, record: SpendingRecord, currency: str) -> tuple[Place, Place]:
    code, purpose = record.recipient.code, record.category.purpose
    return (
        advance_place(recipient_code=code, purpose=purpose, currency=currency),
        spent_place(recipient_code=code, purpose=purpose, currency=currency),
    )


def _lots(record: SpendingRecord, *, from_any: bool) -> list[_Lot]:
    """Return the advances that may pay for this record, in the order they were paid."""
    payments = Payment.objects.filter(
        status=Payment.Status.PAID,
        local_currency=record.currency,
        disbursement__recipient_id=record.recipient_id,
        disbursement__purpose=record.category.purpose,
        disbursement__kind=Disbursement.Kind.ADVANCE,
    )
    if record.disbursement_id is not None and not from_any:
        payments = payments.filter(disbursement_id=record.disbursement_id)
    found = payments.order_by("paid_on", "id").values_list("disbursement_id", "disbursement__currency")
    return [_Lot(disbursement_id, currency) for disbursement_id, currency in found]


def _draw(*, record: SpendingRecord, asked: int, currency: str, lots: list[int]) -> LocalDraw:
    advance, spent = _places(record=record, currency=currency)
    return draw_local(place=advance, local_minor=asked, lots=lots, local_currency=record.currency, others=[spent])


def _cover(*, record: SpendingRecord, drawn: LocalDraw, asked: int, currency: str) -> Cover:
    advance, spent = _places(record=record, currency=currency)
    rows = [
        Row(
            debit=spent,
            credit=advance,
            amount_minor=one.amount_minor,
            tranche_id=one.tranche_id,
            lot=one.lot,
            local_minor=one.local_minor,
            local_currency=record.currency,
        )
        for one in drawn.rows
    ]
    return Cover(rows, asked - drawn.not_covered_minor, drawn.not_covered_minor, sum(row.amount_minor for row in rows), currency)
