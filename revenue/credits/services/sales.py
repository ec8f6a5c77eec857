"""Sales of serial ranges: recorded, delivered, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import EXPONENTS, LARGEST_MINOR
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import Issuance, Project, Receipt, Sale, SaleLot
from revenue.credits.refusals import CannotSell, NotIssued, NotPossible, SerialsTaken, WrongValue, check_day, sentences
from revenue.credits.serials import SerialRange
from revenue.credits.services.projects import check_currency
from revenue.ledger.services import retry_on_deadlock

MOST_LOTS: Final = 200


class Lot(NamedTuple):
    """Serials of one issuance that are sold, first and last included."""

    issuance_id: int
    first: int
    last: int


@retry_on_deadlock
def record_sale(
    *,
    project_id: int,
    buyer_id: int,
    contract_reference: str,
    sale_date: date,
    currency: str,
    unit_price: Decimal,
    lots: Sequence[tuple[int, int, int]],
    by: User,
    at: datetime,
    fees_minor: int = 0,
    authorisation: str = Sale.Authorisation.NONE,
    authorisation_reference: str = "",
    price_is_public: bool = False,
    reference: str | None = None,
) -> Sale:
    """
    Record a sale of serial ranges; its amount is quantity × price, rounded half up to the currency's minor unit.

    ``unit_price`` is in major units a tonne, ``lots`` are (issuance id, first, last). The same contract with the same
    serials recorded twice is one sale.

    :raises CannotSell: if the project is not active
    :raises NotIssued: if a range is not inside its issuance, or the issuance is another project's
    :raises SerialsTaken: if some of the serials are in another live sale
    """
    require_role(person=by, roles=MAKERS)
    check_currency(currency=currency)
    check_day(day=sale_date, today=day_of(at), field="sale_date")
    wanted = [Lot(*lot) for lot in lots]
    quantity = _quantity(wanted)
    amount_minor = _amount(quantity=quantity, unit_price=unit_price, currency=currency)
    _check_terms(amount_minor=amount_minor, fees_minor=fees_minor, authorisation=authorisation, letter=authorisation_reference)
    with sentences(), transaction.atomic():
        project = _selling_project(project_id)
        issuances = _issuances(wanted, project)
        same = _same_sale(wanted, issuances, contract_reference=contract_reference, sale_date=sale_date, amount_minor=amount_minor)
        if same is not None:
            return same
        sale = Sale.objects.create(
            reference=reference or next_reference(prefix="SL", year=sale_date.year),
            project=project, buyer_id=buyer_id, contract_reference=contract_reference, sale_date=sale_date, currency=currency,
            quantity=quantity, unit_price=unit_price, amount_minor=amount_minor, fees_minor=fees_minor,
            authorisation=Sale.Authorisation(authorisation), authorisation_reference=authorisation_reference,
            price_is_public=price_is_public, recorded_by=by, recorded_at=at,
        )  # fmt: skip
        SaleLot.objects.bulk_create(_lots(sale, wanted, issuances))
        _audit_sale(sale, wanted, by, at)
    return sale


def deliver_sale(*, sale_id: int, on: date, by: User, at: datetime) -> None:
    """
    Record that the credits of a sale were transferred to the buyer's registry account.

    :raises NotPossible: if the sale is not agreed any more
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=on, today=day_of(at), field="on")
    with sentences(), transaction.atomic():
        sale = Sale.objects.get(id=sale_id)
        if on < sale.sale_date:
            raise WrongValue(_("The credits cannot be delivered before the sale."), field="on")
        if Sale.objects.filter(id=sale_id, status=Sale.Status.AGREED).update(status=Sale.Status.DELIVERED, delivered_on=on) != 1:
            raise _not_agreed(sale)
        record(act="sale.deliver", subject=f"sale:{sale.reference}", by=by, at=at, after={"delivered_on": on.isoformat()})


def cancel_sale(*, sale_id: int, on: date, reason: str, by: User, at: datetime) -> None:
    """
    Cancel an agreed sale: its serials may be sold again.

    :raises NotPossible: if it is delivered, cancelled, or money was received for it
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=on, today=day_of(at), field="on")
    if not reason.strip():
        raise WrongValue(_("Say why."), field="reason")
    with sentences(), transaction.atomic():
        # The lock makes a receipt recorded at the same moment wait, and this one see it.
        sale = Sale.objects.select_for_update().get(id=sale_id)
        if on < sale.sale_date:
            raise WrongValue(_("The sale cannot be cancelled before it was made."), field="on")
        if Receipt.objects.filter(sale=sale).exists():
            raise NotPossible(_("Money was received for this sale."), next_step=_("A sale with receipts cannot be cancelled."))
        if sale.status != Sale.Status.AGREED:
            raise _not_agreed(sale)
        SaleLot.objects.filter(sale=sale).update(is_live=False)
        Sale.objects.filter(id=sale_id).update(status=Sale.Status.CANCELLED, cancelled_on=on, cancel_reason=reason)
        record(act="sale.cancel", subject=f"sale:{sale.reference}", by=by, at=at, after={"cancelled_on": on.isoformat()}, reason=reason)


def _not_agreed(sale: Sale) -> NotPossible:
    sale.refresh_from_db()
    return NotPossible(_("This sale is %(status)s.") % {"status": sale.get_status_display()})


def _quantity(lots: Sequence[Lot]) -> int:
    if not lots:
        raise WrongValue(_("Name the serial numbers that are sold."), field="lots")
    if len(lots) > MOST_LOTS:
        raise WrongValue(_("A sale has at most %(most)s ranges.") % {"most": MOST_LOTS}, field="lots")
    ranges = [(lot.issuance_id, SerialRange(lot.first, lot.last)) for lot in lots]
    for place, (issuance_id, numbers) in enumerate(ranges):
        for other_id, other in ranges[:place]:
            if issuance_id == other_id and numbers.overlap(other):
                raise SerialsTaken(_("%(one)s and %(other)s overlap.") % {"one": numbers, "other": other}, field="lots")
    return sum(numbers.quantity for _issuance, numbers in ranges)


def _amount(*, quantity: int, unit_price: Decimal, currency: str) -> int:
    if not unit_price.is_finite() or unit_price <= 0:
        raise WrongValue(_("The price is above zero."), field="unit_price")
    if unit_price != round(unit_price, 6) or unit_price >= 10**8:
        raise WrongValue(_("A price has at most 6 decimals and is below 100 million."), field="unit_price")
    minor = int((quantity * unit_price).scaleb(EXPONENTS[currency]).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if not 0 < minor <= LARGEST_MINOR:
        raise WrongValue(_("Quantity times price gives an amount that cannot be right."), field="unit_price", next_step=_("Check both."))
    return minor


def _check_terms(*, amount_minor: int, fees_minor: int, authorisation: str, letter: str) -> None:
    if not 0 <= fees_minor <= amount_minor:
        raise WrongValue(_("The fees are between zero and the amount of the sale."), field="fees_minor")
    if authorisation not in Sale.Authorisation.values:
        raise WrongValue(_("Choose one of the authorisations."), field="authorisation")
    if authorisation != Sale.Authorisation.NONE and not letter.strip():
        raise WrongValue(_("An authorised sale names its letter of authorisation."), field="authorisation_reference")


def _selling_project(project_id: int) -> Project:
    # The database's own rule locks the project again, so that a suspension at the same moment waits or is seen.
    project = Project.objects.filter(id=project_id).first()
    if project is None:
        raise WrongValue(_("Choose a project."), field="project")
    if project.status != Project.Status.ACTIVE:
        raise CannotSell(
            _("%(project)s is %(status)s, so it cannot sell.") % {"project": project, "status": project.get_status_display()},
            field="project",
            next_step=_("An approver can reinstate it."),
        )
    return project


def _issuances(lots: Sequence[Lot], project: Project) -> dict[int, Issuance]:
    issuances = Issuance.objects.in_bulk({lot.issuance_id for lot in lots})
    for lot in lots:
        issuance = issuances.get(lot.issuance_id)
        if issuance is None or issuance.project_id != project.pk:
            raise NotIssued(_("This issuance is not one of %(project)s.") % {"project": project}, field="lots")
        if not SerialRange(issuance.first, issuance.last).contains(SerialRange(lot.first, lot.last)):
            raise NotIssued(
                _("%(first)s–%(last)s was not issued: this block is %(block)s.")
                % {"first": lot.first, "last": lot.last, "block": f"{issuance.first}–{issuance.last}"},
                field="lots",
            )
    return issuances


def _same_sale(lots: Sequence[Lot], issuances: dict[int, Issuance], *, contract_reference: str, sale_date: date, amount_minor: int) -> Sale | None:
    """
    Return the live sale that has exactly these facts: the same form sent twice.

    :raises SerialsTaken: if another sale has some of the serials
    """
    for lot in lots:
        sold = SaleLot.objects.filter(series=issuances[lot.issuance_id].series, is_live=True, first__lte=lot.last, last__gte=lot.first)
        other = sold.select_related("sale").order_by("first").first()
        if other is None:
            continue
        sale = other.sale
        if (sale.contract_reference, sale.sale_date, sale.amount_minor) == (contract_reference, sale_date, amount_minor):
            written = {tuple(row) for row in sale.lots.values_list("issuance_id", "first", "last")}
            if written == {tuple(lot) for lot in lots}:
                return sale
        raise SerialsTaken(
            _("%(first)s–%(last)s is in sale %(sale)s already.") % {"first": other.first, "last": other.last, "sale": sale.reference},
            field="lots",
            next_step=_("Look at what is left of the issuance."),
        )
    return None


def _lots(sale: Sale, lots: Sequence[Lot], issuances: dict[int, Issuance]) -> list[SaleLot]:
    return [
        SaleLot(
            sale=sale, issuance_id=lot.issuance_id, series=issuances[lot.issuance_id].series, first=lot.first, last=lot.last,
            issuance_first=issuances[lot.issuance_id].first, issuance_last=issuances[lot.issuance_id].last,
        )
        for lot in lots
    ]  # fmt: skip


def _audit_sale(sale: Sale, lots: Sequence[Lot], by: User, at: datetime) -> None:
    after = {
        "project": sale.project.code,
        "contract": sale.contract_reference,
        "quantity": sale.quantity,
        "price": str(sale.unit_price),
        "amount_minor": sale.amount_minor,
        "currency": sale.currency,
        "lots": [list(lot) for lot in lots],
    }
    record(act="sale.record", subject=f"sale:{sale.reference}", by=by, at=at, after=after)
