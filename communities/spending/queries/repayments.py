"""Under which references banks print what recipients repaid, for whoever matches statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from communities.spending.models import Settlement
from revenue.credits.models import BankAccount
from revenue.disbursements import movements


@movements.register
def repaid_references(bank: BankAccount, entry_ids: list[int]) -> Mapping[int, Iterable[str]]:
    """Return the bank's reference of each repayment among some entries."""
    found = Settlement.objects.filter(kind=Settlement.Kind.REPAID, bank_account=bank, entry__in=entry_ids)
    return {entry_id: [reference] for entry_id, reference in found.values_list("entry_id", "bank_reference") if entry_id}
