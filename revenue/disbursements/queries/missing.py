"""What is missing: shortfalls and exchange losses by receipt, how old they are, and what may bear them. Minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import QuerySet

from revenue.credits.models import Identification
from revenue.disbursements.covers import bears_itself, may_pay_for, used_by
from revenue.disbursements.models import Covering, Disbursement
from revenue.disbursements.models.coverings import LAST_CENTS
from revenue.ledger import chart
from revenue.ledger.chart import Place, place_of
from revenue.ledger.models import Account, Entry, Tranche
from revenue.ledger.queries.rows import rows
from revenue.sharing.models import Pot


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of one tranche in one account: ``amount_minor`` is how much, above zero; ``since`` the day it began."""

    account_id: int
    place: Place
    tranche_id: int
    amount_minor: int
    since: date

    @property
    def is_loss(self) -> bool:
        """Whether it is an exchange loss rather than a shortfall."""
        return self.place.kind == chart.FX

    def days(self, on: date) -> int:
        """Return its age on a day."""
        return max(0, (on - self.since).days)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A pot or reserve that may bear a gap, and how much of it."""

    account_id: int
    place: Place
    amount_minor: int


# Since the day it last went from nothing to something.
_GAPS: Final = """
WITH missing AS (
    SELECT b.account_id, b.tranche_id, a.code, a.kind, abs(b.amount_minor) AS amount_minor
    FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
    WHERE (a.kind = 'shortfall' AND b.amount_minor < 0 OR a.kind = 'fx' AND b.amount_minor > 0)
        AND (%(tranches)s::bigint[] IS NULL OR b.tranche_id = ANY(%(tranches)s::bigint[]))
), moved AS (
    SELECT m.account_id, m.tranche_id, p.id, e.occurred_on, (CASE WHEN p.debit_id = m.account_id THEN 1 ELSE -1 END) * p.amount_minor AS amount
    FROM missing m JOIN ledger_posting p ON p.tranche_id = m.tranche_id AND m.account_id IN (p.debit_id, p.credit_id)
    JOIN ledger_entry e ON e.id = p.entry_id
), running AS (
    SELECT *, sum(amount) OVER (PARTITION BY account_id, tranche_id ORDER BY id) AS after FROM moved
), began AS (
    SELECT DISTINCT ON (r.account_id, r.tranche_id) r.account_id, r.tranche_id, r.occurred_on
    FROM running r JOIN missing m USING (account_id, tranche_id)
    WHERE (m.kind = 'shortfall' AND r.after < 0 AND r.after - r.amount >= 0) OR (m.kind = 'fx' AND r.after > 0 AND r.after - r.amount <= 0)
    ORDER BY r.account_id, r.tranche_id, r.id DESC
)
SELECT m.account_id, m.code, m.tranche_id, m.amount_minor::bigint, n.occurred_on
FROM missing m JOIN began n USING (account_id, tranche_id)
ORDER BY m.kind DESC, n.occurred_on, m.account_id, m.tranche_id
"""


def gaps(*, tranche_ids: Iterable[int] | None = None) -> list[Gap]:
    """Return every shortfall and exchange loss, shortfalls first, the oldest first; of all tranches if none are named."""
    found = rows(_GAPS, {"tranches": None if tranche_ids is None else list(tranche_ids)})
    return [Gap(account, place_of(code), tranche, amount, since) for account, code, tranche, amount, since in found]


def gap_of(*, account_id: int, tranche_id: int) -> Gap | None:
    """Return what is missing of a tranche in an account, if anything is."""
    return next((gap for gap in gaps(tranche_ids=[tranche_id]) if gap.account_id == account_id), None)


def worth_deciding(found: Iterable[Gap]) -> list[Gap]:
    """
    Return the gaps that somebody has to deal with: every shortfall, and the exchange losses that are not trifling.

    A loss no larger than what an officer may close alone stays in ``fx``, where each report shows it; but many of them
    in one currency that together are more than that are all to be dealt with.
    """
    listed = list(found)
    trifling: dict[str, int] = defaultdict(int)
    for gap in listed:
        if _is_trifle(gap):
            trifling[gap.place.currency] += gap.amount_minor
    return [gap for gap in listed if not _is_trifle(gap) or trifling[gap.place.currency] > LAST_CENTS.get(gap.place.currency, 0)]


def _is_trifle(gap: Gap) -> bool:
    return gap.is_loss and gap.amount_minor <= LAST_CENTS.get(gap.place.currency, 0)


def bearers(gap: Gap) -> list[Bearer]:
    """
    Return the pots and the reserve that may bear a gap, with how much of it each can.

    They are of the receipt's own project; for a shortfall at the same bank. A community's own part of a pot bears only what
    was paid for that community. An exchange loss may stay with the pot that lost, whatever lies there.
    """
    tranche = Tranche.objects.get(id=gap.tranche_id)
    pots = _pots_of(gap.tranche_id)
    kinds = (chart.RESERVE, chart.POT) if gap.is_loss else (chart.RESERVE, chart.POT, chart.UNALLOCATED)
    found = Account.objects.filter(kind__in=kinds, currency=gap.place.currency, pot__in=["", *pots]).order_by("kind", "code")
    if not gap.is_loss:
        found = found.filter(bank=gap.place.bank)
    holders = {""} if gap.is_loss else {"", *_paid_for(gap)}
    mine = [account for account in found if account.holder in holders]
    able = _able(gap, tranche, mine)
    return _without_doubles(gap, [Bearer(one.pk, one.place, min(gap.amount_minor, able[one.pk])) for one in mine if able.get(one.pk)])


def _able(gap: Gap, tranche: Tranche, accounts: list[Account]) -> dict[int, int]:
    """Return how much each account can give: what it has of the same tranche, and of others as far as they can pay in its place."""
    others = may_pay_for(tranche)
    limit = gap.amount_minor if gap.is_loss else sum(one.amount_minor for one in used_by(tranche_id=tranche.pk, gap=gap.place))
    held: dict[int, tuple[int, int]] = {}
    found = rows(
        "SELECT account_id, tranche_id, amount_minor FROM ledger_balance WHERE account_id = ANY(%s) AND amount_minor > 0 AND lot = 0",
        [[account.pk for account in accounts]],
    )
    for account_id, tranche_id, amount in found:
        same, other = held.get(account_id, (0, 0))
        held[account_id] = (same + amount * (tranche_id == tranche.pk), other + amount * (tranche_id in others))
    able = {pk: same + min(other, limit) for pk, (same, other) in held.items()}
    for account in accounts:
        if account.kind == chart.UNALLOCATED:
            able[account.pk] = held.get(account.pk, (0, 0))[0]
        elif gap.is_loss and bears_itself(gap=gap.place, source=account.place):
            able[account.pk] = gap.amount_minor
    return able


def _without_doubles(gap: Gap, found: list[Bearer]) -> list[Bearer]:
    """A pot that bears its own loss moves no money, so it is offered once and not at each bank."""
    seen: set[str] = set()
    kept = []
    for one in found:
        if gap.is_loss and bears_itself(gap=gap.place, source=one.place):
            if one.place.pot in seen:
                continue
            seen.add(one.place.pot)
        kept.append(one)
    return kept


def _pots_of(tranche_id: int) -> list[str]:
    said = Identification.objects.filter(tranche_id=tranche_id).order_by("-number").first()
    return [] if said is None else [pot.ledger_code for pot in Pot.objects.filter(project_id=said.project_id).select_related("project")]


def _paid_for(gap: Gap) -> set[str]:
    """Return the recipients whose payments left the gap, by the documents of its entries."""
    found = rows(
        "SELECT DISTINCT e.document FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id WHERE p.credit_id = %s AND p.tranche_id = %s",
        [gap.account_id, gap.tranche_id],
    )
    return set(Disbursement.objects.filter(reference__in=[document for (document,) in found]).values_list("recipient__code", flat=True))


def standing_coverings() -> QuerySet[Covering]:
    """Return the coverings that were approved and not undone since."""
    approved = Covering.objects.filter(status=Covering.Status.APPROVED)
    return approved.filter(cover_entry__reversed_by=None, refund_entry__reversed_by=None)


def undone_by(covering: Covering) -> Entry | None:
    """Return the entry that undid a covering, if one did."""
    entries = [entry for entry in (covering.cover_entry_id, covering.refund_entry_id) if entry is not None]
    return Entry.objects.filter(reverses_id__in=entries).order_by("id").first()
