"""What every unusual example needs: a working hour, a document, and a record that somebody logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from communities.spending import services
from communities.spending.models import SpendingRecord
from config.demonstration.acts import form_key, moment
from config.demonstration.office import Office
from config.demonstration.receipts import ReceiptRecord, attendance_image, receipt_image
from core import files
from revenue.disbursements.models import Disbursement

LOGGED_AT, ACCEPTED_AT, LATER_AT, DECIDED_AT = 60, 200, 320, 420


@dataclass(frozen=True, slots=True)
class Example:
    """One example, made whole or not at all; ``is_there`` tells that it was made before."""

    is_there: Callable[[], bool]
    make: Callable[[Office], object]


@dataclass(frozen=True, slots=True)
class Purchase:
    """A record of spending: amount in minor units of its currency, ``paper`` the key of the drawing that is its evidence."""

    key: str
    disbursement: str
    category: str
    on: date
    amount_minor: int
    currency: str
    payee: str
    words: str
    paper: str = ""


def at_hour(day: date, minutes: int, key: str) -> datetime:
    """Return a time of a working day, so many minutes after the office opens."""
    return moment(day=day, minutes=minutes, key=key)


def paper(office: Office, *, words: str, day: date) -> int:
    """Draw and keep the document that an act asks for; return its id."""
    drawn = attendance_image(key=words, topic=words, place="Phnom Penh", day=day.isoformat(), women=4, men=4)
    name = f"{words.lower().replace(' ', '-')}.jpg"
    return files.store(data=drawn, media_type="image/jpeg", original_name=name, by=office.officer, at=at_hour(day, 30, words)).pk


def log(office: Office, bought: Purchase) -> SpendingRecord:
    """Log a purchase as the person of its community does, with a photo of its receipt."""
    advance = Disbursement.objects.select_related("recipient").get(reference=bought.disbursement)
    shown = ReceiptRecord(
        key=bought.paper or bought.key, day=bought.on.isoformat(), amount_minor=bought.amount_minor, currency=bought.currency, payee=bought.payee,
        description=bought.words, paid_by=advance.recipient.name,
    )  # fmt: skip
    return services.log_spending(
        client_key=form_key(key=bought.key),
        recipient_id=advance.recipient_id,
        category_id=office.categories[bought.category],
        disbursement_id=advance.pk,
        spent_on=bought.on,
        amount_minor=bought.amount_minor,
        currency=bought.currency,
        payee=bought.payee,
        description=bought.words,
        women=24,
        men=21,
        photos=[(receipt_image(shown), "image/jpeg", f"receipt-{bought.key}.jpg")],
        by=office.logger(advance.recipient.code),
        at=at_hour(bought.on, LOGGED_AT, bought.key),
    )


def is_logged(key: str) -> Callable[[], bool]:
    """Tell whether a record was logged."""
    return lambda: SpendingRecord.objects.filter(client_key=form_key(key=key)).exists()
