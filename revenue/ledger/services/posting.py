"""The two doors to the ledger, one entry or many, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from revenue.ledger.chart import REVERSAL, REVERSING, Row
from revenue.ledger.models import Entry
from revenue.ledger.places import open_accounts
from revenue.ledger.refusals import (
    MoneyHasMoved,
    NotEnoughMoney,
    PairNotAllowed,
    already_reversed,
    key_used_otherwise,
    sentences,
)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry to be posted; the same facts as the arguments of ``post``."""

    event: str
    day: date
    rows: Sequence[Row]
    key: str
    document: str
    by_id: int | None
    occurred_on: date | None = None
    corrects_id: int | None = None


# Entry and postings in one statement. Nothing is written if an account is missing or the key was used.
_POST: Final = """
WITH given AS (
    SELECT * FROM unnest(
        %(line)s::int[], %(debit)s::text[], %(credit)s::text[], %(amount)s::bigint[], %(tranche)s::bigint[],
        %(lot)s::bigint[], %(local)s::bigint[], %(local_currency)s::text[]
    ) AS g (line, debit, credit, amount_minor, tranche_id, lot, local_minor, local_currency)
), found AS (
    SELECT g.*, d.id AS debit_id, c.id AS credit_id, d.currency
    FROM given g JOIN ledger_account d ON d.code = g.debit JOIN ledger_account c ON c.code = g.credit
), entry AS (
    INSERT INTO ledger_entry (event, day, occurred_on, key, document, line_count, corrects_id, made_by_id)
    SELECT %(event)s, %(day)s, %(occurred_on)s, %(key)s, %(document)s, %(count)s, %(corrects_id)s, %(by_id)s
    WHERE (SELECT count(*) FROM found) = %(count)s
    ON CONFLICT (key) DO NOTHING
    RETURNING id, created_at
), put AS (
    INSERT INTO ledger_posting (
        entry_id, line, event, day, debit_id, credit_id, tranche_id, lot, amount_minor, currency, local_minor, local_currency
    )
    SELECT entry.id, line, %(event)s, %(day)s, debit_id, credit_id, tranche_id, lot, amount_minor, currency, local_minor,
        local_currency
    FROM found CROSS JOIN entry ORDER BY line
)
SELECT (SELECT count(*) FROM found) = %(count)s, (SELECT id FROM entry), (SELECT created_at FROM entry)
"""


def post(
    *,
    event: str,
    day: date,
    rows: Sequence[Row],
    key: str,
    document: str,
    by_id: int | None,
    occurred_on: date | None = None,
    corrects_id: int | None = None,
) -> Entry:
    """
    Write one entry with its rows, in one statement. The same key with the same facts returns the same entry.

    ``day`` is the day it is posted on, ``occurred_on`` the day it happened if that was another.

    :raises NotEnoughMoney: if a place of ours would go below zero in a tranche or lot
    :raises PairNotAllowed: if the event may not move money between two of the places
    :raises BooksClosed: if the books are closed for the day
    :raises OneCurrency: if places, tranche or lot are in different currencies
    :raises KeyUsedOtherwise: if the key stands for other facts
    """
    draft = EntryDraft(event, day, tuple(rows), key, document, by_id, occurred_on, corrects_id)
    _check(draft)
    with sentences(), _savepoint():
        complete, entry_id, created_at = _one(_POST, _arguments(draft))
        if not complete:
            open_accounts(place for row in draft.rows for place in (row.debit, row.credit))
            complete, entry_id, created_at = _one(_POST, _arguments(draft))
    if entry_id is None:
        return _same_entry(draft)
    entry = Entry(
        id=entry_id,
        event=event,
        day=day,
        occurred_on=occurred_on or day,
        key=key,
        document=document,
        line_count=len(draft.rows),
        corrects_id=corrects_id,
        made_by_id=by_id,
        created_at=created_at,
    )
    entry._state.adding = False
    entry._state.db = connection.alias
    return entry


def post_many(*, entries: Sequence[EntryDraft]) -> list[int]:
    """
    Write many entries as one batch, by COPY, in one transaction; return their ids in the same order.

    Entries whose key was used with the same facts are left as they are. One refusal refuses the batch.

    :raises NotEnoughMoney, PairNotAllowed, BooksClosed, OneCurrency, KeyUsedOtherwise: as ``post``
    """
    drafts = list(entries)
    seen: set[str] = set()
    for draft in drafts:
        _check(draft)
        if draft.key in seen:
            raise key_used_otherwise(draft.key)
        seen.add(draft.key)
    if not drafts:
        return []
    with sentences(), transaction.atomic():
        accounts = open_accounts({place for draft in drafts for row in draft.rows for place in (row.debit, row.credit)})
        written = _insert_entries(drafts)
        _copy_rows([(written[draft.key], draft) for draft in drafts if draft.key in written], accounts)
    return [written[draft.key] if draft.key in written else _same_entry(draft).pk for draft in drafts]


# The rows of an entry the other way round; the database compares them with the original again.
_REVERSE: Final = """
WITH entry AS (
    INSERT INTO ledger_entry (event, day, occurred_on, key, document, line_count, reverses_id, made_by_id)
    SELECT %(event)s, %(day)s, %(day)s, %(key)s, %(document)s, line_count, id, %(by_id)s
    FROM ledger_entry WHERE id = %(reverses_id)s
    ON CONFLICT DO NOTHING
    RETURNING id
), put AS (
    INSERT INTO ledger_posting (
        entry_id, line, event, day, debit_id, credit_id, tranche_id, lot, amount_minor, currency, local_minor, local_currency
    )
    SELECT entry.id, line, %(event)s, %(day)s, credit_id, debit_id, tranche_id, lot, amount_minor, currency, local_minor,
        local_currency
    FROM ledger_posting CROSS JOIN entry WHERE entry_id = %(reverses_id)s ORDER BY line
)
SELECT id FROM entry
"""


def reverse(*, entry_id: int, day: date, key: str, by_id: int | None, document: str, event: str = REVERSAL) -> Entry:
    """
    Undo a whole entry, once: the same rows the other way round, posted on an open day.

    ``event`` is RETURNED for a payment the bank sent back.

    :raises MoneyHasMoved: if its money is no longer where it was put
    :raises AlreadyReversed: if it was reversed with another key
    :raises PairNotAllowed: if it is a reversal itself, or RETURNED and not a payment
    :raises BooksClosed: if the books are closed for the day
    :raises KeyUsedOtherwise: if the key stands for another entry
    """
    original = Entry.objects.get(id=entry_id)
    if original.event in REVERSING:
        raise PairNotAllowed(_("A reversal cannot be reversed."), next_step=_("Write the entry again if it was right after all."))
    arguments = {
        "event": event, "day": day, "key": key, "document": document, "reverses_id": entry_id, "by_id": by_id,
    }  # fmt: skip
    try:
        with sentences(), _savepoint():
            new_id = _one(_REVERSE, arguments)[0]
    except NotEnoughMoney as refusal:
        raise MoneyHasMoved(
            _("The money of this entry is no longer where it was put."),
            next_step=_("Undo what happened after it first, or write a correcting entry that names it."),
        ) from refusal
    if new_id is not None:
        return Entry.objects.get(id=new_id)
    before = Entry.objects.filter(key=key).first()
    if before is None:
        raise already_reversed()
    if (before.reverses_id, before.event, before.day, before.document) != (entry_id, event, day, document):
        raise key_used_otherwise(key)
    return before


def _check(draft: EntryDraft) -> None:
    if not draft.rows:
        raise ValueError("an entry has rows")
    if draft.event in REVERSING:
        raise ValueError("reversals are made by reverse()")


def _savepoint() -> AbstractContextManager[Any]:
    """A refusal inside somebody's transaction must leave it usable; alone, one statement is one transaction."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _one(sql: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchone() or (None,)


def _arguments(draft: EntryDraft) -> dict[str, Any]:
    rows = draft.rows
    return {
        "event": draft.event,
        "day": draft.day,
        "occurred_on": draft.occurred_on or draft.day,
        "key": draft.key,
        "document": draft.document,
        "corrects_id": draft.corrects_id,
        "by_id": draft.by_id,
        "count": len(rows),
        "line": list(range(1, len(rows) + 1)),
        "debit": [row.debit.code for row in rows],
        "credit": [row.credit.code for row in rows],
        "amount": [row.amount_minor for row in rows],
        "tranche": [row.tranche_id for row in rows],
        "lot": [row.lot for row in rows],
        "local": [row.local_minor for row in rows],
        "local_currency": [row.local_currency for row in rows],
    }


def _same_entry(draft: EntryDraft) -> Entry:
    """
    Return the entry that was written with this key.

    :raises KeyUsedOtherwise: if its facts are not those of the draft
    """
    entry = Entry.objects.get(key=draft.key)
    facts = (entry.event, entry.day, entry.occurred_on, entry.document, entry.corrects_id, entry.reverses_id)
    asked = (draft.event, draft.day, draft.occurred_on or draft.day, draft.document, draft.corrects_id, None)
    written = list(
        entry.postings.order_by("line").values_list(
            "debit__code", "credit__code", "amount_minor", "tranche_id", "lot", "local_minor", "local_currency"
        )
    )
    wanted = [(row.debit.code, row.credit.code, row.amount_minor, row.tranche_id, row.lot, row.local_minor, row.local_currency) for row in draft.rows]
    if facts != asked or written != wanted:
        raise key_used_otherwise(draft.key)
    return entry


def _insert_entries(drafts: Sequence[EntryDraft]) -> dict[str, int]:
    """Insert the entries whose key is new, and return their ids by key."""
    columns = zip(
        *(
            (
                draft.event,
                draft.day,
                draft.occurred_on or draft.day,
                draft.key,
                draft.document,
                len(draft.rows),
                draft.corrects_id,
                draft.by_id,
            )
            for draft in drafts
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (event, day, occurred_on, key, document, line_count, corrects_id, made_by_id)"
            " SELECT * FROM unnest(%s::text[], %s::date[], %s::date[], %s::text[], %s::text[], %s::int[], %s::bigint[],"
            " %s::bigint[]) ON CONFLICT (key) DO NOTHING RETURNING key, id",
            [list(column) for column in columns],
        )
        return dict(cursor.fetchall())


def _copy_rows(numbered: Sequence[tuple[int, EntryDraft]], accounts: dict[str, int]) -> None:
    """Write all rows in one statement. Every value is a number, a date or a code: nothing needs escaping."""
    lines = [
        f"{entry_id}\t{line}\t{draft.event}\t{draft.day}\t{accounts[row.debit.code]}\t{accounts[row.credit.code]}"
        f"\t{row.tranche_id}\t{row.lot}\t{row.amount_minor}\t{row.debit.currency}\t{row.local_minor}\t{row.local_currency}\n"
        for entry_id, draft in numbered
        for line, row in enumerate(draft.rows, start=1)
    ]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY ledger_posting (entry_id, line, event, day, debit_id, credit_id, tranche_id, lot, amount_minor,"
            " currency, local_minor, local_currency) FROM STDIN"
        ) as copy,
    ):
        copy.write("".join(lines))
