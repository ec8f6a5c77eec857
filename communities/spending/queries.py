"""What a recipient was given, has spent and still holds; what waits for whom. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, Max, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from communities.spending.models import Category, SpendingRecord, Status, TrainingRecord
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger.chart import ADVANCE
from revenue.ledger.models import Balance
from revenue.sharing.models import SPENDING_PURPOSES, Purpose


@dataclass(frozen=True, slots=True)
class PurposeMoney:
    """
    One recipient's money for one purpose, in the currency they hold it in.

    ``advanced`` was paid and not sent back, ``spent`` was accepted from it, ``waiting`` is logged and not yet
    decided, ``left`` is what they still have to account for on our books (so ``left - waiting`` is what they
    should have in hand), ``not_funded`` was accepted beyond the advances.
    """

    purpose: str
    currency: str
    advanced: int
    spent: int
    waiting: int
    left: int
    not_funded: int

    @property
    def purpose_name(self) -> str:
        """The purpose in words."""
        return str(Purpose(self.purpose).label)

    @property
    def given_back(self) -> int:
        """What left the advances without being spent: returned to the programme, or to be repaid."""
        return self.advanced - self.spent - self.left


@dataclass(frozen=True, slots=True)
class OpenAdvance:
    """A payment that is not yet accounted for: what of it the recipient still holds."""

    disbursement: Disbursement
    paid_on: date
    local_minor: int
    currency: str

    def is_late(self, on: date) -> bool:
        """Whether it should have been accounted for before this day."""
        return self.disbursement.account_by is not None and self.disbursement.account_by < on


_Key = tuple[str, str]


def recipient_money(recipient: Recipient) -> list[PurposeMoney]:
    """Return a recipient's money by purpose and currency, in the order of the purposes."""
    return money_of([recipient])[recipient.pk]


def money_of(recipients: Sequence[Recipient]) -> dict[int, list[PurposeMoney]]:
    """Return the money of several recipients by their id: four queries, however many they are."""
    sums: dict[str, dict[int, dict[_Key, int]]] = {
        "advanced": _by_key(
            _advances().filter(disbursement__recipient__in=recipients),
            ("disbursement__recipient_id", "disbursement__purpose", "local_currency"),
            "local_minor",
        ),
        "spent": _by_key(_accepted(recipients), _RECORD, "funded_minor"),
        "not_funded": _by_key(_accepted(recipients), _RECORD, "not_funded_minor"),
        "waiting": _by_key(
            SpendingRecord.objects.filter(recipient__in=recipients, status__in=[Status.LOGGED, Status.QUERIED]).annotate(
                carbon_minor=F("amount_minor") - F("other_minor")
            ),
            _RECORD,
            "carbon_minor",
        ),
        "left": _left(recipients),
    }
    return {recipient.pk: _purposes({name: found[recipient.pk] for name, found in sums.items()}) for recipient in recipients}


_RECORD = ("recipient_id", "category__purpose", "currency")


def _advances() -> QuerySet[Payment]:
    return Payment.objects.filter(status=Payment.Status.PAID, disbursement__kind=Disbursement.Kind.ADVANCE)


def _accepted(recipients: Sequence[Recipient]) -> QuerySet[SpendingRecord]:
    return SpendingRecord.objects.filter(recipient__in=recipients, status=Status.ACCEPTED)


def _by_key(queryset: QuerySet[Payment] | QuerySet[SpendingRecord], key: tuple[str, str, str], summed: str) -> dict[int, dict[_Key, int]]:
    found: dict[int, dict[_Key, int]] = defaultdict(dict)
    for recipient_id, purpose, currency, total in queryset.order_by().values_list(*key).annotate(total=Sum(summed)):
        found[recipient_id][purpose, currency] = int(total)
    return found


def _left(recipients: Sequence[Recipient]) -> dict[int, dict[_Key, int]]:
    ids = {recipient.code: recipient.pk for recipient in recipients}
    found: dict[int, dict[_Key, int]] = defaultdict(dict)
    balances = Balance.objects.filter(account__kind=ADVANCE, account__holder__in=ids, local_minor__gt=0)
    grouped = balances.order_by().values_list("account__holder", "account__purpose", "local_currency").annotate(total=Sum("local_minor"))
    for holder, purpose, currency, total in grouped:
        found[ids[holder]][purpose, currency] = int(total)
    return found


def _purposes(sums: dict[str, dict[_Key, int]]) -> list[PurposeMoney]:
    order = {purpose.value: place for place, purpose in enumerate(Purpose)}
    keys = {key for by_key in sums.values() for key in by_key}
    return [
        PurposeMoney(purpose, currency, **{name: by_key.get((purpose, currency), 0) for name, by_key in sums.items()})
        for purpose, currency in sorted(keys, key=lambda key: (order.get(key[0], 99), key[1]))
    ]


def open_advances(recipients: Sequence[Recipient]) -> list[OpenAdvance]:
    """Return the advances that still hold money, the first due first."""
    ids = {recipient.code: recipient.pk for recipient in recipients}
    balances = Balance.objects.filter(account__kind=ADVANCE, account__holder__in=ids, local_minor__gt=0)
    held = {
        lot: (int(total), currency)
        for lot, currency, total in balances.order_by().values_list("lot", "local_currency").annotate(total=Sum("local_minor"))
    }
    payments = _advances().filter(disbursement_id__in=held).select_related("disbursement", "disbursement__recipient")
    found = [OpenAdvance(payment.disbursement, payment.paid_on, *held[payment.disbursement_id]) for payment in payments]
    return sorted(found, key=lambda one: (one.disbursement.account_by or date.max, one.paid_on, one.disbursement.pk))


def payments_to_acknowledge(recipients: Sequence[Recipient]) -> QuerySet[Payment]:
    """Return the payments whose arrival nobody confirmed, oldest first."""
    return (
        Payment.objects.filter(status=Payment.Status.PAID, acknowledgement=None, disbursement__recipient__in=recipients)
        .select_related("disbursement", "disbursement__recipient")
        .order_by("paid_on", "id")
    )


def questions_for(recipients: Sequence[Recipient]) -> tuple[QuerySet[SpendingRecord], QuerySet[TrainingRecord]]:
    """Return the spending and the training records about which the office asked and was not answered, oldest first."""
    return (
        SpendingRecord.objects.filter(recipient__in=recipients, status=Status.QUERIED)
        .select_related("recipient", "category")
        .order_by("logged_at", "id"),
        TrainingRecord.objects.filter(recipient__in=recipients, status=Status.QUERIED).select_related("recipient").order_by("logged_at", "id"),
    )


def to_check() -> QuerySet[SpendingRecord]:
    """Return the spending records that wait for the office, oldest first."""
    return SpendingRecord.objects.filter(status=Status.LOGGED).select_related("recipient", "category", "logged_by").order_by("logged_at", "id")


def trainings_to_check() -> QuerySet[TrainingRecord]:
    """Return the training records that wait for the office, oldest first."""
    return TrainingRecord.objects.filter(status=Status.LOGGED).select_related("recipient", "logged_by").order_by("logged_at", "id")


def without_evidence() -> QuerySet[SpendingRecord]:
    """Return the accepted spending records that have no photo or document at all, oldest first."""
    return SpendingRecord.objects.filter(status=Status.ACCEPTED, evidence=None).select_related("recipient", "category").order_by("spent_on", "id")


def last_payees(recipient: Recipient, *, most: int = 12) -> list[str]:
    """Return who was paid lately, the latest first, each once."""
    found = SpendingRecord.objects.filter(recipient=recipient).values("payee").annotate(last=Max("logged_at")).order_by("-last")
    return [row["payee"] for row in found[:most]]


def categories() -> QuerySet[Category]:
    """Return what money may be spent on, by purpose in their order and by name."""
    order = Case(*(When(purpose=purpose, then=Value(place)) for place, purpose in enumerate(SPENDING_PURPOSES)), default=Value(99))
    return Category.objects.filter(is_eligible=True).alias(place=order).order_by("place", "name")


def not_eligible() -> QuerySet[Category]:
    """Return what carbon revenue may not pay for, by name."""
    return Category.objects.filter(is_eligible=False).order_by("name")


def same_photos(record: SpendingRecord) -> list[SpendingRecord]:
    """Return the other records that show the very same file as evidence: a receipt pays for one thing."""
    files = record.evidence.values("file_id")
    return list(SpendingRecord.objects.filter(evidence__file_id__in=files).exclude(pk=record.pk).distinct().order_by("reference"))


def waiting_total() -> dict[str, int]:
    """Return what waits for the office, by currency."""
    found = to_check().order_by().values_list("currency").annotate(total=Coalesce(Sum("amount_minor"), 0))
    return {currency: int(total) for currency, total in found}


@dataclass(frozen=True, slots=True)
class Advance:
    """An advance of a record's purpose that still holds money, and whether this record may be drawn from it."""

    advance: OpenAdvance
    is_drawn: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What accepting a record now would do: ``funded`` and ``not_funded`` in its own currency, and from which advances."""

    advances: list[Advance]
    funded: int
    not_funded: int


def outlook(record: SpendingRecord) -> Outlook:
    """Tell what accepting a waiting record would draw, without holding anything: another officer may draw first."""
    asked = left = record.amount_minor - record.other_minor
    found = []
    purpose = record.category.purpose
    advances = [one for one in open_advances([record.recipient]) if one.disbursement.purpose == purpose]
    book = ""
    for one in sorted(advances, key=lambda one: (one.paid_on, one.disbursement.pk)):
        why_not = _why_not(record=record, one=one, book=book)
        if not why_not:
            book = one.disbursement.currency
            if not left:
                why_not = _("not needed: older payments cover it")
        found.append(Advance(one, not why_not, why_not))
        left -= 0 if why_not else min(left, one.local_minor)
    return Outlook(found, asked - left, left)


def _why_not(*, record: SpendingRecord, one: OpenAdvance, book: str) -> str:
    if record.disbursement_id is not None and record.disbursement_id != one.disbursement.pk:
        return _("the record names another payment")
    if one.currency != record.currency:
        return _("held in %(held)s, spent in %(spent)s: nothing is converted") % {"held": one.currency, "spent": record.currency}
    if book and one.disbursement.currency != book:
        return _("on books in another currency than the older one")
    return ""
