"""
Freeze what the notice boards say: for each community its share, payments, purchases, and what is left or late.

However many communities there are, the number of queries is the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q

from communities.registry.models import Recipient, RecipientVillage
from communities.spending.models import Evidence, SpendingRecord
from core.audit.hashing import canonical, digest
from core.models import Programme
from reports.snapshot.build import Frozen
from reports.snapshot.documents import ACKNOWLEDGE_WITHIN_DAYS
from reports.words import both, named, plain, titled
from revenue.credits.models import Identification, Sale
from revenue.credits.publishing import published
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger.queries.rows import rows
from revenue.sharing.models import AllocationLine, AllocationRun, Purpose

SCHEMA: Final = "forest-dividend/statement-1"
Json = dict[str, Any]
_ByRecipient = dict[int, list[Json]]


def freeze_statements(
    *, recipient_ids: Sequence[int], label: str, first: date, end: date, at: datetime, currency: str = "USD", verify_address: str | None = None
) -> dict[str, Frozen]:
    """
    Freeze the statements of some communities for [first, end), by recipient code.

    ``at`` is the moment they are made; ``verify_address`` is where their codes are looked up, and is given only for
    statements that are kept: a sheet must not lead to a page that does not know it. Amounts are minor units of ``currency`` unless a row names its own.
    Run it in one repeatable-read transaction, so that all figures are of the same moment.
    """
    contents = statement_contents(
        recipient_ids=recipient_ids, label=label, first=first, end=end, at=at, currency=currency, verify_address=verify_address
    )
    texts = {content["recipient"]["code"]: canonical(content) for content in contents}
    return {code: Frozen(text, digest(text)) for code, text in texts.items()}


def statement_contents(
    *, recipient_ids: Sequence[int], label: str, first: date, end: date, at: datetime, currency: str = "USD", verify_address: str | None = None
) -> list[Json]:
    """Return the same as plain JSON values, in the order of the recipients' codes."""
    recipients = list(Recipient.objects.filter(id__in=recipient_ids).order_by("code"))
    reader = _Reader(recipients, first, end, currency)
    programme = Programme.objects.filter(id=1).first()
    head = {
        "schema": SCHEMA,
        "kind": "community_statement",
        "period": {"label": label, "first": first.isoformat(), "end": end.isoformat()},
        "currency": currency,
        "authority": {"en": programme.authority, "km": programme.authority_km} if programme else plain(""),
        "demonstration": bool(programme and programme.is_demonstration),
        "frozen_at": at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "verify_address": verify_address,
        # A telephone number or place, once the programme has one of its own.
        "complaints": "",
    }
    return [{**head, **reader.of(recipient)} for recipient in recipients]


class _Reader:
    """Reads everything about some recipients once, and hands it out one by one."""

    def __init__(self, recipients: Sequence[Recipient], first: date, end: date, currency: str) -> None:
        self._ids = [recipient.pk for recipient in recipients]
        self._codes = [recipient.code for recipient in recipients]
        self._first, self._end, self._currency = first, end, currency
        self._villages = self._read_villages()
        self._shares = self._read_shares()
        self._payments, self._arrivals_late = self._read_payments()
        self._spending = self._read_spending()
        self._waiting = self._read_waiting()
        self._held = self._read_held()
        self._late = self._read_late()
        self._rate = self._read_rate()

    def of(self, recipient: Recipient) -> Json:
        """Return what one community's statement says."""
        shares, payments, spending = self._shares[recipient.pk], self._payments[recipient.pk], self._spending[recipient.pk]
        late = [*self._late[recipient.pk], *self._arrivals_late[recipient.pk]]
        return {
            "recipient": {
                "code": recipient.code,
                "name": named(recipient),
                "kind_title": both(Recipient.Kind(recipient.kind).label),
                "province": plain(recipient.province),
                "villages": self._villages[recipient.pk],
            },
            "shares": shares,
            "payments": payments,
            "spending": spending,
            "waiting": {"records": self._waiting.get(recipient.pk, 0)},
            "money": self._money(recipient.code, shares, payments),
            "late": sorted(late, key=lambda row: (-row["days"], row["reference"], row["kind"])),
            "rate": self._rate,
        }

    def _money(self, code: str, shares: list[Json], payments: list[Json]) -> Json:
        held = self._held[code]
        opening, closing, paid, spent = held["opening"], held["closing"], held["paid"], held["spent"]
        return {
            "share_minor": sum(row["amount_minor"] for row in shares),
            "paid_minor": paid,
            "spent_minor": spent,
            "opening_minor": opening,
            "other_minor": closing - opening - paid + spent,
            "closing_minor": closing,
            "paid_out": _by_currency((row["local_currency"], row["local_minor"]) for row in payments if not row["sent_back_on"]),
            "held": [{"currency": currency, "minor": minor} for currency, minor in sorted(held["local"].items()) if minor],
            "at_bank_minor": held["at_bank"],
            "to_repay_minor": held["recoverable"],
        }

    def _read_villages(self) -> _ByRecipient:
        covered = RecipientVillage.objects.filter(recipient_id__in=self._ids, from_date__lt=self._end)
        covered = covered.filter(Q(to_date=None) | Q(to_date__gte=self._end)).select_related("village").order_by("village__code")
        return _grouped((row.recipient_id, named(row.village)) for row in covered)

    def _read_shares(self) -> _ByRecipient:
        lines = (
            AllocationLine.objects.filter(
                recipient_id__in=self._ids, run__status=AllocationRun.Status.ALLOCATED, amount_minor__gt=0,
                run__entry__day__gte=self._first, run__entry__day__lt=self._end, run__tranche__currency=self._currency,
            )
            .select_related("pot", "run__tranche", "recipient")
            # A run's whole result on each of its lines would be megabytes: it is read once a run, below.
            .defer("run__result")
            .order_by("run__tranche__received_on", "run__tranche_id", "position")
        )  # fmt: skip
        listed = list(lines)
        sales = sales_of({line.run.tranche_id for line in listed})
        spoken = _in_khmer({line.run_id for line in listed})
        return _grouped((line.recipient_id, _share(line, sales.get(line.run.tranche_id), spoken)) for line in listed if line.recipient_id)

    def _read_payments(self) -> tuple[_ByRecipient, _ByRecipient]:
        """Return the payments of the period, and all those that nobody has acknowledged in time."""
        found = (
            Payment.objects.filter(disbursement__recipient_id__in=self._ids, paid_on__lt=self._end, currency=self._currency)
            .select_related("disbursement", "payee_account", "acknowledgement")
            .order_by("paid_on", "id")
        )
        listed = list(found)
        shown = _grouped((row.disbursement.recipient_id, self._payment(row)) for row in listed if row.paid_on >= self._first)
        silent = [
            row for row in listed
            if (self._end - row.paid_on).days > ACKNOWLEDGE_WITHIN_DAYS and not self._arrival(row) and not self._sent_back_on(row)
        ]  # fmt: skip
        late = _grouped(
            (row.disbursement.recipient_id, _late(
                "acknowledge", row.disbursement.reference, (self._end - row.paid_on).days - ACKNOWLEDGE_WITHIN_DAYS, row.amount_minor
            ))
            for row in silent
        )  # fmt: skip
        return shown, late

    def _payment(self, row: Payment) -> Json:
        back = self._sent_back_on(row)
        return {
            "reference": row.disbursement.reference,
            "purpose": both(Purpose(row.disbursement.purpose).label),
            "kind": row.disbursement.kind.lower(),
            "paid_on": row.paid_on.isoformat(),
            "account": str(row.payee_account),
            "amount_minor": row.amount_minor,
            "local_currency": row.local_currency,
            "local_minor": row.local_minor,
            "sent_back_on": back.isoformat() if back else None,
            "acknowledged": self._arrival(row),
        }

    def _sent_back_on(self, row: Payment) -> date | None:
        return row.sent_back_on if row.sent_back_on and row.sent_back_on < self._end else None

    def _arrival(self, row: Payment) -> Json | None:
        found = getattr(row, "acknowledgement", None)
        if found is None or found.received_on >= self._end:
            return None
        return {"on": found.received_on.isoformat(), "signed_by": found.signed_by, "also_signed_by": found.also_signed_by}

    def _read_spending(self) -> _ByRecipient:
        found = (
            SpendingRecord.objects.filter(
                recipient_id__in=self._ids, status=SpendingRecord.Status.ACCEPTED, decided_on__gte=self._first, decided_on__lt=self._end
            )
            .annotate(has_evidence=Exists(Evidence.objects.filter(spending=OuterRef("pk"))))
            .select_related("category")
            .order_by("spent_on", "id")
        )
        return _grouped((row.recipient_id, _purchase(row)) for row in found)

    def _read_waiting(self) -> dict[int, int]:
        waiting = SpendingRecord.objects.filter(
            recipient_id__in=self._ids, status__in=[SpendingRecord.Status.LOGGED, SpendingRecord.Status.QUERIED], spent_on__lt=self._end
        )
        return dict(waiting.order_by().values("recipient_id").annotate(count=Count("id")).values_list("recipient_id", "count"))

    def _read_held(self) -> dict[str, Json]:
        """Return each recipient's sums from the ledger, by code: with them at both ends, paid, spent, at the bank for them."""
        places = ("opening", "closing", "recoverable", "at_bank", "paid", "spent")
        held: dict[str, Json] = {code: {**dict.fromkeys(places, 0), "local": defaultdict(int)} for code in self._codes}
        arguments = {"codes": self._codes, "first": self._first, "end": self._end, "currency": self._currency}
        for holder, kind, local_currency, opening, closing, local in rows(_HELD, arguments):
            sums = held[holder]
            if kind == "advance":
                sums["opening"] += opening or 0
                sums["closing"] += closing
                sums["local"][local_currency or self._currency] += local if local_currency else closing
            elif kind == "recoverable":
                sums["recoverable"] += closing
            else:
                sums["at_bank"] += closing
        for holder, paid, spent in rows(_MOVED, arguments):
            held[holder]["paid"], held[holder]["spent"] = paid or 0, spent or 0
        return held

    def _read_late(self) -> _ByRecipient:
        open_ = Disbursement.objects.filter(recipient_id__in=self._ids, currency=self._currency)
        advances = {row.pk: row for row in open_.filter(account_by__lt=self._end)}
        left = rows(_LEFT_OF_LOTS, {"lots": list(advances), "end": self._end})
        late = [(advances[lot], "account", advances[lot].account_by, amount) for lot, amount in left if amount > 0]
        unpaid = open_.filter(
            due_on__lt=self._end, requested_on__lt=self._end, status__in=[Disbursement.Status.REQUESTED, Disbursement.Status.APPROVED]
        )
        late += [(row, "payment", row.due_on, row.amount_minor) for row in unpaid]
        return _grouped((row.recipient_id, _late(kind, row.reference, (self._end - due).days, amount)) for row, kind, due, amount in late if due)

    def _read_rate(self) -> Json | None:
        """Return the last real exchange before the end: what was debited, and what was paid out for it."""
        found = Payment.objects.filter(paid_on__lt=self._end, currency=self._currency, status=Payment.Status.PAID)
        last = found.exclude(local_currency=self._currency).order_by("-paid_on", "-id").first()
        if last is None:
            return None
        return {
            "on": last.paid_on.isoformat(),
            "amount_minor": last.amount_minor,
            "local_currency": last.local_currency,
            "local_minor": last.local_minor,
        }


def _grouped(pairs: Iterable[tuple[int, Json]]) -> _ByRecipient:
    found: _ByRecipient = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found


def _by_currency(amounts: Iterable[tuple[str, int]]) -> list[Json]:
    sums: dict[str, int] = defaultdict(int)
    for currency, minor in amounts:
        sums[currency] += minor
    return [{"currency": currency, "minor": sums[currency]} for currency in sorted(sums)]


def _late(kind: str, reference: str, days: int, amount: int) -> Json:
    return {"kind": kind, "reference": reference, "days": days, "amount_minor": amount}


def sales_of(tranche_ids: set[int]) -> dict[int, Sale]:
    """Return the sale of each tranche, by its latest identification; other money has none."""
    latest = Identification.objects.filter(tranche_id__in=tranche_ids).order_by("tranche_id", "-number").distinct("tranche_id")
    return {row.tranche_id: row.sale for row in latest.select_related("sale") if row.sale}


def _in_khmer(run_ids: set[int]) -> dict[tuple[int, str, str], str]:
    """Return how each line came about in Khmer, by (run, pot code, recipient code), as the engine said it then."""
    found = {}
    for run_id, result in AllocationRun.objects.filter(id__in=run_ids).values_list("id", "result"):
        for line in json.loads(result)["lines"] if result else ():
            found[run_id, line["pot"], line["recipient"] or ""] = str(line.get("how_km", ""))
    return found


def _share(line: AllocationLine, sale: Sale | None, spoken: dict[tuple[int, str, str], str]) -> Json:
    tranche = line.run.tranche
    recipient = line.recipient.code if line.recipient else ""
    return {
        "receipt": tranche.code,
        "received_on": tranche.received_on.isoformat(),
        "sale": _sale(sale) if sale else None,
        "pot": titled(line.pot),
        "state": line.state,
        "how": {"en": line.how, "km": spoken.get((line.run_id, line.pot.code, recipient), "")},
        "amount_minor": line.amount_minor,
    }


def _sale(sale: Sale) -> Json:
    """
    Return what the notice board may say of the sale behind a share (``docs/decisions/005``).

    The sentence beside it names the dollars that were shared, so that tonnes, or the name under which a report prints them, would give the price.
    """
    if not published([sale]).shows_money(sale.pk):
        return {"reference": None, "date": None, "quantity": None}
    return {"reference": sale.reference, "date": sale.sale_date.isoformat(), "quantity": sale.quantity}


def _purchase(row: Any) -> Json:
    return {
        "reference": row.reference,
        "spent_on": row.spent_on.isoformat(),
        "category": named(row.category),
        "description": row.description,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "not_funded_minor": row.not_funded_minor or 0,
        "drawn_minor": row.drawn_minor or 0,
        "has_evidence": row.has_evidence,
    }


_HELD = """
SELECT holder, kind, local_currency, sum(amount) FILTER (WHERE day < %(first)s)::bigint, sum(amount)::bigint, sum(local)::bigint FROM (
    SELECT d.holder, d.kind, p.local_currency, p.day, p.amount_minor AS amount, p.local_minor AS local
      FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE d.holder = ANY(%(codes)s) AND p.day < %(end)s AND p.currency = %(currency)s
       AND d.kind IN ('advance', 'recoverable', 'pot', 'withheld', 'committed')
    UNION ALL
    SELECT c.holder, c.kind, p.local_currency, p.day, -p.amount_minor, -p.local_minor
      FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE c.holder = ANY(%(codes)s) AND p.day < %(end)s AND p.currency = %(currency)s
       AND c.kind IN ('advance', 'recoverable', 'pot', 'withheld', 'committed')
) moved GROUP BY holder, kind, local_currency
"""
# A final payment never lies with the recipient: it is paid and spent on the same day.
_MOVED = """
SELECT holder, sum(paid)::bigint, sum(spent)::bigint FROM (
    SELECT d.holder, p.amount_minor AS paid, CASE WHEN d.kind = 'spent' THEN p.amount_minor ELSE 0 END AS spent
      FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE p.event IN ('pay', 'pay_final') AND d.kind IN ('advance', 'spent') AND d.holder = ANY(%(codes)s)
       AND p.day >= %(first)s AND p.day < %(end)s AND p.currency = %(currency)s
    UNION ALL
    SELECT c.holder, 0, p.amount_minor
      FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE p.event = 'spend' AND c.kind = 'advance' AND c.holder = ANY(%(codes)s)
       AND p.day >= %(first)s AND p.day < %(end)s AND p.currency = %(currency)s
) moved GROUP BY holder
"""
_LEFT_OF_LOTS = """
SELECT p.lot, sum(CASE WHEN d.kind = 'advance' THEN p.amount_minor ELSE 0 END - CASE WHEN c.kind = 'advance' THEN p.amount_minor ELSE 0 END)::bigint
FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
WHERE p.lot = ANY(%(lots)s) AND p.day < %(end)s
GROUP BY p.lot
"""
