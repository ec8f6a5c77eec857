"""What a complaint is about in the books: a payment or a spending record, by the reference printed on the paper."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from communities.grievances.refusals import NotFilledIn
from communities.spending.models import SpendingRecord
from revenue.disbursements.models import Payment


@dataclass(frozen=True)
class Link:
    """A payment or a spending record."""

    payment: Payment | None = None
    spending: SpendingRecord | None = None


def link_of(*, reference: str) -> Link:
    """
    Return what a reference names: a disbursement's latest payment, or a spending record.

    :raises NotFilledIn: if it names neither
    """
    payment = Payment.objects.filter(disbursement__reference=reference.strip()).order_by("-paid_on", "-id").first()
    if payment is not None:
        return Link(payment=payment)
    spending = SpendingRecord.objects.filter(reference=reference.strip()).first()
    if spending is None:
        raise NotFilledIn(_("No payment and no spending has this reference."), field="reference", next_step=_("Look at the paper again."))
    return Link(spending=spending)
