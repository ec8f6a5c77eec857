"""The door to the ledger for one entry, and the way back; ``batches`` is the door for many."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
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


# Entry and postings in one statement; its plans live in the function, as long as the session.
_POST: Final = """
SELECT complete, entry_id, written_at FROM ledger_post(
    %(event)s, %(day)s, %(occurred_on)s, %(key)s, %(document)s, %(corrects_id)s::bigint, %(by_id)s::bigint, %(debit)s::text[],
    %(credit)s::text[], %(amount)s::bigint[], %(tranche)s::bigint[], %(lot)s::bigint[], %(local)s::bigint[], %(local_currency)s::text[]
)
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
    check(draft)
    arguments = _arguments(draft)
    with sentences():
        complete, entry_id, created_at = _one(_POST, arguments)
        if not complete:
            with _savepoint():
                open_accounts(place for row in draft.rows for place in (row.debit, row.credit))
                complete, entry_id, created_at = _one(_POST, arguments)
    if entry_id is None:
        return same_entry(draft)
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
        with sentences():
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


def check(draft: EntryDraft) -> None:
    if not draft.rows:
        raise ValueError("an entry has rows")
    if draft.event in REVERSING:
        raise ValueError("reversals are made by reverse()")


def _savepoint() -> AbstractContextManager[Any]:
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _one(sql: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
    """
    Return the first row of one statement.

    A refusal inside somebody's transaction must leave it usable: there the statement goes between a savepoint and its
    release, all three in one message, since each answer that is waited for costs as much as the posting. Alone, one
    statement is one transaction.
    """
    with connection.cursor() as cursor:
        if not connection.in_atomic_block:
            cursor.execute(sql, arguments)
            return cursor.fetchone() or (None,)
        try:
            cursor.execute(f"SAVEPOINT posting; {sql}; RELEASE SAVEPOINT posting", arguments)
        except DatabaseError:
            _back_to_savepoint()
            raise
        cursor.nextset()
        return cursor.fetchone() or (None,)


def _back_to_savepoint() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO SAVEPOINT posting; RELEASE SAVEPOINT posting")
    except DatabaseError:
        # The connection is gone, or there was no savepoint yet: nothing but the end of the transaction is left.
        connection.needs_rollback = True


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
        "debit": [row.debit.code for row in rows],
        "credit": [row.credit.code for row in rows],
        "amount": [row.amount_minor for row in rows],
        "tranche": [row.tranche_id for row in rows],
        "lot": [row.lot for row in rows],
        "local": [row.local_minor for row in rows],
        "local_currency": [row.local_currency for row in rows],
    }


def same_entry(draft: EntryDraft) -> Entry:
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
