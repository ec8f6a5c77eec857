"""What a recipient was given, has spent and still holds; what waits for whom. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, Sum, Value, When

from communities.registry.models import Recipient
from communities.spending.models import Category, LaterCover, Recoverable, Settlement, SpendingRecord, Status, TrainingRecord
from core.ordering import by_own_name
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger.chart import ADVANCE
from revenue.ledger.models import Balance
from revenue.sharing.models import SPENDING_PURPOSES, Purpose


@dataclass(frozen=True, slots=True)
class PurposeMoney:
    """
    One recipient's money for one purpose, in the currency they hold it in.

    ``advanced`` was paid and not sent back, ``spent`` was accepted from it and stands, ``waiting`` is logged and not yet
    decided, ``left`` is what they still have to account for on our books (so ``left - waiting`` is what they
    should have in hand), ``not_funded`` was accepted beyond the advances, ``to_repay`` they owe back.
    """

    purpose: str
    currency: str
    advanced: int
    spent: int
    waiting: int
    left: int
    not_funded: int
    to_repay: int

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
_Sums = dict[int, dict[_Key, int]]


def recipient_money(recipient: Recipient) -> list[PurposeMoney]:
    """Return a recipient's money by purpose and currency, in the order of the purposes."""
    return money_of([recipient])[recipient.pk]


def money_of(recipients: Sequence[Recipient]) -> dict[int, list[PurposeMoney]]:
    """Return the money of several recipients by their id: seven queries, however many they are."""
    covered, allowed = _covered(recipients), _allowed(recipients)
    owed, to_repay = _owed(recipients)
    accepted = [_by_key(_accepted(recipients), _RECORD, name) for name in ("funded_minor", "not_funded_minor")]
    sums: dict[str, _Sums] = {
        "advanced": _by_key(
            _advances().filter(disbursement__recipient__in=recipients),
            ("disbursement__recipient_id", "disbursement__purpose", "local_currency"),
            "local_minor",
        ),
        "spent": _summed(plus=[accepted[0], covered, allowed], minus=[owed]),
        "not_funded": _summed(plus=[accepted[1]], minus=[covered]),
        "to_repay": to_repay,
        "waiting": _by_key(
            SpendingRecord.objects.filter(recipient__in=recipients, status__in=[Status.LOGGED, Status.QUERIED]).annotate(
                carbon_minor=F("amount_minor") - F("other_minor")
            ),
            _RECORD,
            "carbon_minor",
        ),
        "left": _left(recipients),
    }
    return {recipient.pk: _purposes({name: found.get(recipient.pk, {}) for name, found in sums.items()}) for recipient in recipients}


_RECORD = ("recipient_id", "category__purpose", "currency")


def _advances() -> QuerySet[Payment]:
    return Payment.objects.filter(status=Payment.Status.PAID, disbursement__kind=Disbursement.Kind.ADVANCE)


def _accepted(recipients: Sequence[Recipient]) -> QuerySet[SpendingRecord]:
    return SpendingRecord.objects.filter(recipient__in=recipients, status=Status.ACCEPTED)


def _covered(recipients: Sequence[Recipient]) -> _Sums:
    covers = LaterCover.objects.filter(spending__recipient__in=recipients, spending__status=Status.ACCEPTED)
    return _by_key(covers, ("spending__recipient_id", "spending__category__purpose", "spending__currency"), "funded_minor")


def _owed(recipients: Sequence[Recipient]) -> tuple[_Sums, _Sums]:
    """Return what of accepted spending was asked back, and what of everything asked back is still owed."""
    found = Recoverable.objects.filter(recipient__in=recipients).order_by().values_list("recipient_id", "purpose", "local_currency")
    asked: _Sums = defaultdict(dict)
    left: _Sums = defaultdict(dict)
    spent = Sum("local_minor", filter=Q(spending__status=Status.ACCEPTED) & ~Q(origin=Recoverable.Origin.ADVANCE))
    for recipient_id, purpose, currency, total, owed in found.annotate(total=spent, owed=Sum("left_local_minor")):
        asked[recipient_id][purpose, currency] = int(total or 0)
        left[recipient_id][purpose, currency] = int(owed)
    return asked, left


def _allowed(recipients: Sequence[Recipient]) -> _Sums:
    done = Settlement.objects.filter(
        recoverable__recipient__in=recipients,
        recoverable__spending__status=Status.ACCEPTED,
        kind=Settlement.Kind.ALLOWED,
        status=Settlement.Status.DONE,
    ).exclude(recoverable__origin=Recoverable.Origin.ADVANCE)
    return _by_key(done, ("recoverable__recipient_id", "recoverable__purpose", "recoverable__local_currency"), "local_minor")


def _summed(*, plus: Sequence[_Sums], minus: Sequence[_Sums]) -> _Sums:
    found: _Sums = defaultdict(dict)
    for sign, terms in ((1, plus), (-1, minus)):
        for term in terms:
            for recipient_id, by_key in term.items():
                for key, amount in by_key.items():
                    found[recipient_id][key] = found[recipient_id].get(key, 0) + sign * amount
    return found


def _by_key(queryset: QuerySet[Any], key: tuple[str, str, str], summed: str) -> _Sums:
    found: _Sums = defaultdict(dict)
    for recipient_id, purpose, currency, total in queryset.order_by().values_list(*key).annotate(total=Sum(summed)):
        found[recipient_id][purpose, currency] = int(total)
    return found


def _left(recipients: Sequence[Recipient]) -> _Sums:
    ids = {recipient.code: recipient.pk for recipient in recipients}
    found: _Sums = defaultdict(dict)
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


def without_evidence() -> QuerySet[SpendingRecord]:
    """Return the accepted spending records that have no photo or document at all, oldest first."""
    return SpendingRecord.objects.filter(status=Status.ACCEPTED, evidence=None).select_related("recipient", "category").order_by("spent_on", "id")


def last_payees(recipient: Recipient, *, most: int = 12) -> list[str]:
    """Return who was paid lately, the latest first, each once."""
    found = SpendingRecord.objects.filter(recipient=recipient).values("payee").annotate(last=Max("logged_at")).order_by("-last")
    return [row["payee"] for row in found[:most]]


def categories() -> QuerySet[Category]:
    """Return what money may be spent on, by purpose in their order and by the name their reader sees."""
    order = Case(*(When(purpose=purpose, then=Value(place)) for place, purpose in enumerate(SPENDING_PURPOSES)), default=Value(99))
    return Category.objects.filter(is_eligible=True).alias(place=order).order_by("place", *by_own_name())


def not_eligible() -> QuerySet[Category]:
    """Return what carbon revenue may not pay for, by name."""
    return Category.objects.filter(is_eligible=False).order_by(*by_own_name())
