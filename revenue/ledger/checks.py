"""
The checks of the books: each finds what must never be and says it in one sentence.

Every app registers its own; ``manage.py check_books`` and the nightly task run them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Final

from django.utils.translation import gettext as _

from core.audit import witnesses
from revenue.ledger import chart
from revenue.ledger.models import AllowedPair
from revenue.ledger.queries.rows import rows

Check = Callable[[], Iterable[str]]

_registered: dict[str, Check] = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in the books: the check that found it, and what it says."""

    check: str
    sentence: str


def register(name: str) -> Callable[[Check], Check]:
    """
    Register a check under a name such as ``ledger.totals``; it yields one sentence for each thing wrong.

    :raises ValueError: if another check has the name
    """

    def registered(check: Check) -> Check:
        if _registered.get(name, check) is not check:
            raise ValueError(f"two checks are called {name}")
        _registered[name] = check
        return check

    return registered


def names() -> list[str]:
    """Return the names of all checks, in order."""
    return sorted(_registered)


def run(only: Iterable[str] = ()) -> Iterator[Finding]:
    """
    Run all checks, or only some, and yield what is wrong.

    :raises KeyError: if there is no check of that name
    """
    for name in list(only) or names():
        for sentence in _registered[name]():
            yield Finding(name, sentence)


# Each amount times a number that its balance draws by lot anew in each run, added up over all postings and over all balances: if a
# single balance is not what its postings add up to, the sums differ but for one chance in 2^28. One pass without groups.
_ADDED_UP: Final = """
WITH place AS NOT MATERIALIZED (
    SELECT id, by_lot::int AS by_lot, by_lot_local, hashint8extended(id, %(drawn)s::bigint) AS drawn FROM ledger_account
), moved AS NOT MATERIALIZED (
    SELECT least(p.amount_minor, %(most)s) AS amount_minor,
        CASE WHEN d.by_lot_local OR c.by_lot_local THEN least(p.local_minor, %(most)s) ELSE 0 END AS local_minor,
        d.by_lot_local AS debit_local, c.by_lot_local AS credit_local,
        hashint8extended(p.lot * d.by_lot, hashint8extended(p.tranche_id, d.drawn)) & 268435455 AS debit,
        hashint8extended(p.lot * c.by_lot, hashint8extended(p.tranche_id, c.drawn)) & 268435455 AS credit
    FROM ledger_posting p JOIN place d ON d.id = p.debit_id JOIN place c ON c.id = p.credit_id
), kept AS NOT MATERIALIZED (
    SELECT greatest(-%(most)s, least(amount_minor, %(most)s)) AS amount_minor, greatest(-%(most)s, least(local_minor, %(most)s)) AS local_minor,
        hashint8extended(lot, hashint8extended(tranche_id, hashint8extended(account_id, %(drawn)s::bigint))) & 268435455 AS drawn
    FROM ledger_balance
)
SELECT coalesce(sum(amount_minor * (debit - credit)), 0),
    coalesce(sum(CASE
        WHEN local_minor = 0 THEN 0
        WHEN NOT credit_local THEN local_minor * debit
        WHEN NOT debit_local THEN -local_minor * credit
        ELSE local_minor * (debit - credit)
    END), 0),
    coalesce(greatest(max(amount_minor), max(local_minor)) < %(most)s, true)
FROM moved
UNION ALL
SELECT coalesce(sum(amount_minor * drawn), 0), coalesce(sum(CASE WHEN local_minor <> 0 THEN local_minor * drawn END), 0),
    coalesce(greatest(max(amount_minor), max(local_minor), -min(amount_minor), -min(local_minor)) < %(most)s, true)
FROM kept
"""
# So that no product leaves 63 bits: 171 million dollars in one amount. With a larger one the sums say nothing, and all are replayed.
_MOST: Final = 2**34

_REPLAYED: Final = """
SELECT a.code, t.code, r.lot, r.kept, r.replayed, r.local_kept, r.local_replayed
FROM (
    SELECT account_id, tranche_id, lot, sum(kept) AS kept, sum(replayed) AS replayed, sum(local_kept) AS local_kept,
        sum(local_replayed) AS local_replayed
    FROM (
        SELECT account_id, tranche_id, lot, amount_minor AS kept, 0 AS replayed, local_minor AS local_kept, 0 AS local_replayed
        FROM ledger_balance
        UNION ALL
        SELECT p.debit_id, p.tranche_id, CASE WHEN a.by_lot THEN p.lot ELSE 0 END, 0, p.amount_minor, 0,
            CASE WHEN a.by_lot_local THEN p.local_minor ELSE 0 END
        FROM ledger_posting p JOIN ledger_account a ON a.id = p.debit_id
        UNION ALL
        SELECT p.credit_id, p.tranche_id, CASE WHEN a.by_lot THEN p.lot ELSE 0 END, 0, -p.amount_minor, 0,
            CASE WHEN a.by_lot_local THEN -p.local_minor ELSE 0 END
        FROM ledger_posting p JOIN ledger_account a ON a.id = p.credit_id
    ) side
    GROUP BY account_id, tranche_id, lot
    HAVING sum(kept) <> sum(replayed) OR sum(local_kept) <> sum(local_replayed)
) r
JOIN ledger_account a ON a.id = r.account_id
JOIN ledger_tranche t ON t.id = r.tranche_id
ORDER BY 1, 2, 3
"""


@register("ledger.balances")
def balances_match_postings() -> Iterator[str]:
    """Every balance is what the postings add up to. Only if not all are, each is added up by itself, to name those that differ."""
    posted, kept = rows(_ADDED_UP, {"drawn": secrets.randbits(63), "most": _MOST})
    if posted == kept and posted[2]:
        return
    for account, tranche, lot, kept, replayed, local_kept, local_replayed in rows(_REPLAYED, []):
        yield _(
            "The balance of %(account)s in tranche %(tranche)s, lot %(lot)s is %(kept)s (local %(local_kept)s),"
            " and its postings add up to %(replayed)s (local %(local_replayed)s)."
        ) % {
            "account": account,
            "tranche": tranche,
            "lot": lot,
            "kept": kept,
            "local_kept": local_kept,
            "replayed": replayed,
            "local_replayed": local_replayed,
        }


@register("ledger.totals")
def totals_match_balances() -> Iterator[str]:
    """The total of every account is the sum of its balances."""
    found = rows(
        "SELECT a.code, coalesce(s.amount_minor, 0), coalesce(b.amount_minor, 0) FROM ledger_account a"
        " LEFT JOIN (SELECT account_id, sum(amount_minor) AS amount_minor FROM ledger_total GROUP BY 1) s ON s.account_id = a.id"
        " LEFT JOIN (SELECT account_id, sum(amount_minor) AS amount_minor FROM ledger_balance GROUP BY 1) b ON b.account_id = a.id"
        " WHERE coalesce(s.amount_minor, 0) <> coalesce(b.amount_minor, 0) ORDER BY 1",
        [],
    )
    for account, total, balances in found:
        yield _("The total of %(account)s is %(total)s, and its balances add up to %(balances)s.") % {
            "account": account,
            "total": total,
            "balances": balances,
        }


@register("ledger.equation")
def equation_holds_per_tranche() -> Iterator[str]:
    """In each tranche, what was received is somewhere, and what is not ours is owed to others."""
    found = rows(
        "SELECT t.code, sum(CASE WHEN a.kind IN ('others', 'not_ours') THEN 0 ELSE b.amount_minor END),"
        " sum(CASE WHEN a.kind IN ('others', 'not_ours') THEN b.amount_minor ELSE 0 END)"
        " FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id JOIN ledger_tranche t ON t.id = b.tranche_id"
        " GROUP BY t.code ORDER BY 1",
        [],
    )
    for tranche, ours, others in found:
        if ours:
            yield _("Tranche %(tranche)s: its places differ from what was received by %(difference)s.") % {"tranche": tranche, "difference": ours}
        if others:
            yield _("Tranche %(tranche)s: what is not ours differs from what is owed to others by %(difference)s.") % {
                "tranche": tranche,
                "difference": others,
            }


@register("ledger.currency")
def one_currency_on_each_posting() -> Iterator[str]:
    """A posting, its two accounts and its tranche are in one currency, and a lot is held in one local currency."""
    found = rows(
        "SELECT p.id FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id"
        " JOIN ledger_tranche t ON t.id = p.tranche_id"
        " WHERE NOT (p.currency = d.currency AND p.currency = c.currency AND p.currency = t.currency) ORDER BY 1",
        [],
    )
    for (posting,) in found:
        yield _("Posting %(posting)s mixes currencies.") % {"posting": posting}
    mixed = rows(
        "SELECT a.code, b.lot FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id WHERE b.lot > 0 AND b.local_currency <> ''"
        " GROUP BY 1, 2 HAVING count(DISTINCT b.local_currency) > 1 ORDER BY 1, 2",
        [],
    )
    for account, lot in mixed:
        yield _("Lot %(lot)s in %(account)s is held in more than one local currency.") % {"lot": lot, "account": account}


@register("ledger.guards")
def no_guarded_balance_is_negative() -> Iterator[str]:
    """No place of ours is below zero, no shortfall above it, no cents without riel, and the guards are those of the account."""
    found = rows(
        "SELECT a.code, t.code, b.lot, b.amount_minor FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id"
        " JOIN ledger_tranche t ON t.id = b.tranche_id"
        " WHERE a.guarded AND (b.amount_minor < 0 OR b.local_minor < 0) OR a.never_above_zero AND b.amount_minor > 0"
        " OR a.by_lot_local AND b.local_minor = 0 AND b.amount_minor <> 0"
        " OR (b.guarded, b.never_above_zero, b.by_lot_local) <> (a.guarded, a.never_above_zero, a.by_lot_local) ORDER BY 1, 2, 3",
        [],
    )
    for account, tranche, lot, amount in found:
        yield _("%(account)s holds %(amount)s in tranche %(tranche)s, lot %(lot)s, which its guards forbid.") % {
            "account": account,
            "amount": amount,
            "tranche": tranche,
            "lot": lot,
        }


@register("ledger.closed_books")
def closed_books_are_untouched() -> Iterator[str]:
    """As many postings lie in closed books as when they were closed."""
    found = rows(
        "SELECT k.closed_through, k.posting_count, (SELECT count(*) FROM ledger_posting p WHERE p.day <= k.closed_through) AS now"
        " FROM ledger_bookclosing k ORDER BY 1",
        [],
    )
    for through, then, now in found:
        if then != now:
            yield _("The books closed through %(through)s held %(then)s postings and hold %(now)s now.") % {
                "through": through,
                "then": then,
                "now": now,
            }


@register("ledger.entries")
def postings_agree_with_their_entry() -> Iterator[str]:
    """Every entry has all its lines, and they carry its event and day."""
    found = rows(
        "SELECT e.id, e.line_count, count(p.id), count(p.id) FILTER (WHERE p.event <> e.event OR p.day <> e.day)"
        " FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id GROUP BY e.id"
        " HAVING count(p.id) <> e.line_count OR count(p.id) FILTER (WHERE p.event <> e.event OR p.day <> e.day) > 0 ORDER BY 1",
        [],
    )
    for entry, declared, lines, differing in found:
        yield _("Entry %(entry)s declares %(declared)s lines and has %(lines)s; %(differing)s carry another event or day.") % {
            "entry": entry,
            "declared": declared,
            "lines": lines,
            "differing": differing,
        }


@register("ledger.pairs")
def allowed_pairs_are_the_charts() -> Iterator[str]:
    """The pairs in the database are those of the chart."""
    columns = ("event", "debit_kind", "credit_kind", "same_bank", "same_pot", "same_holder", "other_bank")
    in_database = set(AllowedPair.objects.values_list(*columns))
    in_chart = {astuple(pair) for pair in chart.PAIRS}
    for event, debit, credit, *_flags in sorted(in_database ^ in_chart):
        yield _("The allowed pair %(event)s: %(debit)s / %(credit)s differs between chart and database.") % {
            "event": event,
            "debit": debit,
            "credit": credit,
        }


register("audit.rows")(witnesses.differing)

TRIGGERS: Final = (
    *(
        f"ledger_{table}_{rule}"
        for table in ("account", "tranche", "entry", "posting", "bookclosing", "allowedpair", "balance", "total")
        for rule in ("append_only", "no_truncate")
    ),
    "ledger_balance_kept_by_database",
    "ledger_total_kept_by_database",
    "ledger_bookclosing_forward",
    "ledger_posting_keep_balances",
    "ledger_posting_await_seal",
)


@register("ledger.triggers")
def triggers_are_switched_on() -> Iterator[str]:
    """Every trigger that guards the ledger is there and switched on."""
    on = {name for (name,) in rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')", [])}
    for name in sorted(set(TRIGGERS) - on):
        yield _("The trigger %(name)s is missing or switched off.") % {"name": name}
