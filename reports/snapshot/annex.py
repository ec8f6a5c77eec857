"""
The lines behind a report's figures, read one by one from the books, with the sums that set them against the report.

What is frozen is the head: the sums, and how many lines each list has. The lines themselves are append-only rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from django.db import connection
from django.utils.translation import override

from reports import queries
from reports.models import Report
from reports.queries import Scope
from reports.render.annex import BETWEEN, AnnexColumn, AnnexTable, Line
from reports.render.words import languages_of
from reports.snapshot.equation import MEMBERS
from revenue.disbursements.models import Payment
from revenue.ledger import chart
from revenue.ledger.queries.rows import rows

SCHEMA: Final = "forest-dividend/annex-1"
Json = dict[str, Any]
AT_ONCE: Final = 2_000


def annex_scope(*, report: Report, content: Mapping[str, Any]) -> Scope:
    """Return what the report is about, for the days its snapshot states."""
    first, end = (date.fromisoformat(content["period"][key]) for key in ("first", "end"))
    back = {row["entry"]: date.fromisoformat(row["belongs_on"]) for row in content.get("late_entries", [])}
    return queries.scope_of(project=report.project, first=first, end=end, currency=content["currency"], counted_back=back)


def annex_head(*, report: Report, content: Mapping[str, Any], sha256: str, tables: Sequence[AnnexTable]) -> Json:
    """
    Return the annex's own figures: each member of the equation as the report has it and as its lines add up.

    ``content`` is the report's snapshot and ``sha256`` its hash. Minor units of the report's currency.
    """
    scope = annex_scope(report=report, content=content)
    return {
        "schema": SCHEMA,
        "kind": "annex",
        "report": {"name": content["scope"]["name"], "version": content["version"], "sha256": sha256},
        "period": dict(content["period"]),
        "currency": content["currency"],
        "authority": content["authority"],
        "demonstration": content["demonstration"],
        "frozen_at": content["frozen_at"],
        "verify_address": content["verify_address"],
        "control": _control(scope, content["equation"]["movement"]),
        "lists": [{"key": table.key, "lines": table.count} for table in tables],
    }


def annex_tables(*, scope: Scope, language: str) -> list[AnnexTable]:
    """
    Return the lists of a report's annex, their words in one language; in an edition of both the Khmer, ``BETWEEN``, the English.

    Read them within one transaction, so that they agree.

    :raises UnknownLanguage: if papers are not made in this edition
    """
    languages = languages_of(language)
    arguments = _arguments(scope)
    arguments["projects"] = [project.pk for project in scope.projects]
    events = {event: _said(label, languages) for event, label in chart.EVENT_NAMES.items()}
    kinds = {kind: _each(label, languages) for kind, label in chart.KIND_NAMES.items()}
    states = {str(state.value): _said(state.label, languages) for state in Payment.Status}
    name = _NAMES[languages]
    spending = queries.ENTRIES_OF_RECORDS + _SPENDING.replace("{name}", name).replace("{category}", name.replace("r.", "c."))
    spoken = partial(_posting, events=events, kinds=kinds)
    return [
        _table("postings", _POSTING_COLUMNS, _POSTINGS, arguments, spoken),
        _table("payments", _PAYMENT_COLUMNS, _PAYMENTS.replace("{name}", name), arguments, partial(_payment, states=states)),
        _table("acknowledgements", _ACKNOWLEDGEMENT_COLUMNS, _ACKNOWLEDGEMENTS.replace("{name}", name), arguments, tuple),
        _table("spending", _SPENDING_COLUMNS, spending, arguments, tuple),
    ]


def _arguments(scope: Scope) -> Json:
    # Of a corrected report also what belongs to these days although it was posted later.
    back = [entry for entry, day in scope.counted_back.items() if scope.first <= day < scope.end]
    return {"first": scope.first, "end": scope.end, "back": back, "tranches": scope.tranche_ids, "currency": scope.currency}


def _table(key: str, columns: Sequence[AnnexColumn], sql: str, arguments: Json, spoken: Callable[[Line], Line]) -> AnnexTable:
    ((count,),) = rows(f"SELECT count(*) FROM ({sql}) counted", arguments)  # noqa: S608 -- one of the four queries below
    return AnnexTable(key, columns, count, lambda: map(spoken, _read(sql, arguments)))


def _read(sql: str, arguments: Json) -> Iterator[Line]:
    """Yield the rows of a query through a cursor on the server: a few thousand are here at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, arguments)
        while found := cursor.fetchmany(AT_ONCE):
            yield from found


def _each(label: Any, languages: Sequence[str]) -> list[str]:
    """Return a label in each language of the edition."""
    found = []
    for language in languages:
        with override(language):
            found.append(str(label))
    return found


def _said(label: Any, languages: Sequence[str]) -> str:
    return BETWEEN.join(dict.fromkeys(_each(label, languages)))


def _place(kind: Sequence[str], of: str) -> str:
    return BETWEEN.join(dict.fromkeys(f"{name} {of}".strip() for name in kind))


def _posting(line: Line, *, events: Mapping[str, str], kinds: Mapping[str, Sequence[str]]) -> Line:
    day, happened, event, document, entry, number, tranche, source, source_of, target, target_of, *rest = line
    return (
        day, happened, events[event], document, entry, number, tranche,
        _place(kinds[source], source_of), _place(kinds[target], target_of), *rest,
    )  # fmt: skip


def _payment(line: Line, *, states: Mapping[str, str]) -> Line:
    return (*line[:-2], states[line[-2]], line[-1])


# A name in both languages says once what is the same in both.
_NAMES: Final = {
    ("en",): "r.name",
    ("km",): "COALESCE(NULLIF(r.name_km, ''), r.name)",
    ("km", "en"): f"concat_ws(chr({ord(BETWEEN)}), NULLIF(NULLIF(r.name_km, ''), r.name), r.name)",
}
_C = AnnexColumn
_POSTING_COLUMNS: Final = (
    _C("day", "day", 12), _C("happened_on", "day"), _C("event", share=15), _C("document", share=16), _C("entry", "count", 7), _C("line", "count", 4),
    _C("tranche", share=14), _C("from_place", share=40), _C("to_place", share=40), _C("disbursement", share=14), _C("amount", "money", 14, 11),
    _C("currency"), _C("local_amount", "money", 17, 13), _C("local_currency"),
)  # fmt: skip
_POSTINGS: Final = """
SELECT p.day::text, e.occurred_on::text, p.event, e.document, p.entry_id, p.line, t.code,
       c.kind, concat_ws(' ', NULLIF(c.bank, ''), NULLIF(c.pot, ''), NULLIF(c.holder, ''), NULLIF(c.purpose, '')),
       d.kind, concat_ws(' ', NULLIF(d.bank, ''), NULLIF(d.pot, ''), NULLIF(d.holder, ''), NULLIF(d.purpose, '')),
       COALESCE(x.reference, ''), p.amount_minor, p.currency, p.local_minor, p.local_currency
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_tranche t ON t.id = p.tranche_id
JOIN ledger_account c ON c.id = p.credit_id
JOIN ledger_account d ON d.id = p.debit_id
LEFT JOIN disbursements_disbursement x ON x.id = p.lot AND p.lot <> 0
WHERE p.tranche_id = ANY(%(tranches)s) AND (p.day >= %(first)s AND p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.currency = %(currency)s
ORDER BY p.day, p.entry_id, p.line
"""
_PAYMENT_COLUMNS: Final = (
    _C("paid_on", "day", 12), _C("disbursement", share=14), _C("recipient", share=34), _C("bank", share=12), _C("bank_reference", share=20),
    _C("amount", "money", 13, 6), _C("currency"), _C("fee", "money", 9, 6), _C("local_amount", "money", 17, 9), _C("local_currency"),
    _C("rate", share=12), _C("status", share=14), _C("sent_back_on", "day", 12),
)  # fmt: skip
_PAYMENTS: Final = """
SELECT p.paid_on::text, x.reference, {name}, b.code, p.bank_reference, p.amount_minor, p.currency, p.fee_minor, p.local_minor, p.local_currency,
       p.rate, p.status, p.sent_back_on::text
FROM disbursements_payment p
JOIN disbursements_disbursement x ON x.id = p.disbursement_id
JOIN registry_recipient r ON r.id = x.recipient_id
JOIN credits_bankaccount b ON b.id = p.bank_account_id
WHERE p.paid_on >= %(first)s AND p.paid_on < %(end)s AND x.project_id = ANY(%(projects)s) AND p.currency = %(currency)s
ORDER BY p.paid_on, p.id
"""
_ACKNOWLEDGEMENT_COLUMNS: Final = (
    _C("received_on", "day", 12), _C("disbursement", share=14), _C("recipient", share=34), _C("local_amount", "money", 17, 4), _C("local_currency"),
    _C("signatures", share=46), _C("photo_sha256", share=66),
)  # fmt: skip
_ACKNOWLEDGEMENTS: Final = """
SELECT a.received_on::text, x.reference, {name}, a.local_minor, a.local_currency, concat_ws(', ', a.signed_by, NULLIF(a.also_signed_by, '')),
       COALESCE(f.sha256, '')
FROM disbursements_acknowledgement a
JOIN disbursements_payment p ON p.id = a.payment_id
JOIN disbursements_disbursement x ON x.id = p.disbursement_id
JOIN registry_recipient r ON r.id = x.recipient_id
LEFT JOIN core_storedfile f ON f.id = a.photo_id
WHERE a.received_on >= %(first)s AND a.received_on < %(end)s AND x.project_id = ANY(%(projects)s) AND p.currency = %(currency)s
ORDER BY a.received_on, a.id
"""
_SPENDING_COLUMNS: Final = (
    _C("accepted_on", "day", 12), _C("spent_on", "day", 12), _C("reference", share=13), _C("recipient", share=30), _C("category", share=20),
    _C("amount", "money", 16, 6), _C("currency"), _C("not_funded", "money", 13, 6), _C("drawn", "money", 13, 9), _C("local_currency"),
    _C("evidence", "count", 6), _C("evidence_sha256", share=66),
)  # fmt: skip
# What is undone in the same days is no line.
_SPENDING: Final = """
SELECT s.decided_on::text, s.spent_on::text, s.reference, {name}, {category}, s.amount_minor, s.currency, s.not_funded_minor, moved.amount_minor,
       %(currency)s::text, COALESCE(proof.number, 0), COALESCE(proof.hashes, '')
FROM (
    SELECT w.record_id, sum(p.amount_minor * CASE WHEN d.kind = 'spent' THEN 1 ELSE -1 END)::bigint AS amount_minor
    FROM ledger_posting p
    JOIN belongs w ON w.entry_id = p.entry_id
    JOIN ledger_account d ON d.id = p.debit_id
    JOIN ledger_account c ON c.id = p.credit_id
    WHERE (d.kind = 'spent') <> (c.kind = 'spent') AND p.tranche_id = ANY(%(tranches)s) AND p.currency = %(currency)s
      AND (p.day >= %(first)s AND p.day < %(end)s OR p.entry_id = ANY(%(back)s))
    GROUP BY w.record_id
    HAVING sum(p.amount_minor * CASE WHEN d.kind = 'spent' THEN 1 ELSE -1 END) <> 0
        OR sum(p.local_minor * CASE WHEN d.kind = 'spent' THEN 1 ELSE -1 END) <> 0
) moved
JOIN spending_spendingrecord s ON s.id = moved.record_id
JOIN registry_recipient r ON r.id = s.recipient_id
JOIN spending_category c ON c.id = s.category_id
LEFT JOIN (
    SELECT v.spending_id, count(*) AS number, string_agg(f.sha256, ' ' ORDER BY f.sha256) AS hashes
    FROM spending_evidence v JOIN core_storedfile f ON f.id = v.file_id WHERE v.spending_id IS NOT NULL GROUP BY v.spending_id
) proof ON proof.spending_id = s.id
ORDER BY s.decided_on, s.id
"""
_SUMS: Final = """
SELECT kind, sum(amount)::bigint FROM (
    SELECT d.kind, p.amount_minor AS amount FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE p.tranche_id = ANY(%(tranches)s) AND (p.day >= %(first)s AND p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.currency = %(currency)s
    UNION ALL
    SELECT c.kind, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE p.tranche_id = ANY(%(tranches)s) AND (p.day >= %(first)s AND p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.currency = %(currency)s
) moved GROUP BY kind
"""


def _control(scope: Scope, movement: Mapping[str, Any]) -> list[Json]:
    arguments = _arguments(scope)
    sums = dict(rows(_SUMS, arguments))
    pairs = [("received", movement["received_minor"], -sums.get(chart.RECEIVED, 0))]
    pairs += [(member, movement["members"][member], sums.get(kind, 0)) for member, kind in MEMBERS.items()]
    return [{"member": member, "in_report_minor": said, "in_lines_minor": found, "difference_minor": found - said} for member, said, found in pairs]
