"""What officers choose from: sales, and bank accounts with what lies there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.money import Money
from revenue.credits.models import BankAccount, Sale
from revenue.credits.queries import movable_places
from revenue.ledger import chart


class SaleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Sales with what they still owe."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.reference} · {obj.project} · {obj.buyer}"


def open_sales() -> QuerySet[Sale]:
    """Return the sales that can still be paid, newest first."""
    return Sale.objects.exclude(status=Sale.Status.CANCELLED).select_related("project", "buyer").order_by("-sale_date", "-id")


def bank_choice(label: Any) -> forms.ModelChoiceField:  # type: ignore[type-arg]  # not subscriptable at run time
    """Return a field that chooses one of our bank accounts."""
    return forms.ModelChoiceField(BankAccount.objects.order_by("name"), label=label, error_messages={"required": _("Choose the bank account.")})


def movable() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what lies at each account and may be moved, by kind and pot: (account, [(value, what and how much)])."""
    groups = []
    for bank in BankAccount.objects.order_by("name"):
        sums: dict[tuple[str, str], int] = {}
        for place, amount in movable_places(bank=bank):
            sums[place.kind, place.pot] = sums.get((place.kind, place.pot), 0) + amount
        there = [
            (f"{bank.code}|{kind}|{pot}", f"{chart.KIND_NAMES[kind]} {pot}".strip() + f" · {Money(amount, bank.currency)}")
            for (kind, pot), amount in sums.items()
        ]
        if there:
            groups.append((str(bank), there))
    return groups
