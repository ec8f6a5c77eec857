"""Money at the bank that is not ours: of which receipt it came, why it is held, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_noop

from reports.queries import Scope
from reports.words import sentence
from revenue.credits.models import Receipt
from revenue.ledger.models import Tranche
from revenue.ledger.queries.rows import rows

Json = dict[str, Any]


def not_ours(scope: Scope) -> Iterator[Json]:
    """
    Yield a row for each receipt of which something was held for others at the end, the oldest first.

    Whose nobody knows yet belongs to no project: the programme's report alone lists it. Amounts in minor units of the report's currency.
    """
    back = [entry for entry, day in scope.counted_back.items() if day < scope.end]
    amounts = dict(rows(_NOT_OURS, {"end": scope.end, "back": back, "currency": scope.currency}))
    gross = dict(Receipt.objects.filter(tranche_id__in=amounts, part_of=None).values_list("tranche_id", "gross_minor"))
    codes = {project.pk: project.code for project in scope.projects}
    for tranche in Tranche.objects.filter(id__in=amounts).order_by("received_on", "id"):
        project = codes.get(scope.project_of_tranche.get(tranche.pk, 0))
        if project or scope.project is None:
            yield _row(tranche, project, amounts[tranche.pk], is_whole=amounts[tranche.pk] == gross.get(tranche.pk), end=scope.end)


def _row(tranche: Tranche, project: str | None, amount: int, *, is_whole: bool, end: date) -> Json:
    unknown, beyond = gettext_noop("Nobody knows yet what it was paid for."), gettext_noop("It is more than was owed; to be returned.")
    return {
        "kind": "not_ours",
        "reference": tranche.code,
        "title": sentence(gettext_noop("Receipt %(reference)s"), reference=tranche.code),
        "project": project,
        "amount_minor": amount,
        "reason": sentence(unknown if is_whole else beyond),
        "since": tranche.received_on.isoformat(),
        "age_days": max(0, (end - tranche.received_on).days),
    }


# Today's balances of the few accounts of this kind, less what was posted to them since.
_NOT_OURS: Final = """
WITH held AS (SELECT id FROM ledger_account WHERE kind = 'not_ours' AND currency = %(currency)s)
SELECT tranche_id, sum(amount)::bigint FROM (
    SELECT tranche_id, amount_minor AS amount FROM ledger_balance WHERE account_id IN (SELECT id FROM held)
    UNION ALL
    SELECT tranche_id, -amount_minor FROM ledger_posting
     WHERE debit_id IN (SELECT id FROM held) AND day >= %(end)s AND NOT entry_id = ANY(%(back)s)
    UNION ALL
    SELECT tranche_id, amount_minor FROM ledger_posting
     WHERE credit_id IN (SELECT id FROM held) AND day >= %(end)s AND NOT entry_id = ANY(%(back)s)
) lies GROUP BY tranche_id HAVING sum(amount) <> 0
"""
