"""The door to the ledger for many entries at once, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from django.db import IntegrityError, connection, transaction

from revenue.ledger.places import open_accounts
from revenue.ledger.queries.rows import rows
from revenue.ledger.refusals import constraint_of, key_used_otherwise, sentences
from revenue.ledger.services.posting import EntryDraft, check, same_entry

# What COPY reads as the end of a field or line.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Lines sent together: the database writes one part while the next is being put into words.
_PART: Final = 500


def post_many(*, entries: Sequence[EntryDraft]) -> list[int]:
    """
    Write many entries as one batch, by COPY, in one transaction; return their ids in the same order.

    Entries whose key was used with the same facts are left as they are. One refusal refuses the batch.

    :raises NotEnoughMoney, PairNotAllowed, BooksClosed, OneCurrency, KeyUsedOtherwise: as ``post``
    """
    drafts = list(entries)
    seen: set[str] = set()
    for draft in drafts:
        check(draft)
        if draft.key in seen:
            raise key_used_otherwise(draft.key)
        seen.add(draft.key)
    if not drafts:
        return []
    with sentences(), transaction.atomic():
        accounts = _accounts(drafts)
        ids = _new_entries(drafts)
        if ids is not None:
            _copy_rows(zip(ids, drafts, strict=True), accounts)
            return ids
        written = _insert_new_entries(drafts)
        _copy_rows(((written[draft.key], draft) for draft in drafts if draft.key in written), accounts)
    return [written[draft.key] if draft.key in written else same_entry(draft).pk for draft in drafts]


def _accounts(drafts: Sequence[EntryDraft]) -> dict[int, int]:
    """Return the account of each place by the place's identity: its code is put together once, and not for each row."""
    places = {id(place): place for draft in drafts for row in draft.rows for place in (row.debit, row.credit)}
    codes = {one: place.code for one, place in places.items()}
    opened = open_accounts({code: places[one] for one, code in codes.items()}.values())
    return {one: opened[code] for one, code in codes.items()}


def _new_entries(drafts: Sequence[EntryDraft]) -> list[int] | None:
    """Insert the entries if all keys are new, and return their ids; None, and nothing written, if one is not."""
    # Numbered here, so that the rows need not ask for the numbers of their entries; the sequence is looked up once, and not for each.
    ((ids,),) = rows(
        "WITH numbers AS MATERIALIZED (SELECT pg_get_serial_sequence('ledger_entry', 'id')::regclass AS sequence)"
        " SELECT array_agg(nextval(sequence)) FROM numbers, generate_series(1, %s)",
        [len(drafts)],
    )
    try:
        with transaction.atomic():
            _copy_entries(zip(ids, drafts, strict=True))
    except IntegrityError as error:
        if constraint_of(error) != "ledger_entry_key":
            raise
        return None
    return list(ids)


def _copy_entries(numbered: Iterable[tuple[int, EntryDraft]]) -> None:
    lines = (
        f"{entry_id}\t{draft.event}\t{draft.day}\t{draft.occurred_on or draft.day}\t{_text(draft.key)}"
        f"\t{_text(draft.document)}\t{len(draft.rows)}\t{_or_null(draft.corrects_id)}\t{_or_null(draft.by_id)}\n"
        for entry_id, draft in numbered
    )
    _copy_in("ledger_entry (id, event, day, occurred_on, key, document, line_count, corrects_id, made_by_id)", lines)


def _text(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _or_null(number: int | None) -> str:
    return "\\N" if number is None else str(number)


def _insert_new_entries(drafts: Sequence[EntryDraft]) -> dict[str, int]:
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


def _copy_rows(numbered: Iterable[tuple[int, EntryDraft]], accounts: Mapping[int, int]) -> None:
    """Write all rows in one statement. Every value is a number, a date or a code: nothing needs escaping."""
    lines = (
        f"{entry_id}\t{line}\t{draft.event}\t{draft.day}\t{accounts[id(row.debit)]}\t{accounts[id(row.credit)]}"
        f"\t{row.tranche_id}\t{row.lot}\t{row.amount_minor}\t{row.debit.currency}\t{row.local_minor}\t{row.local_currency}\n"
        for entry_id, draft in numbered
        for line, row in enumerate(draft.rows, start=1)
    )
    _copy_in(
        "ledger_posting (entry_id, line, event, day, debit_id, credit_id, tranche_id, lot, amount_minor, currency, local_minor, local_currency)",
        lines,
    )


def _copy_in(table: str, lines: Iterator[str]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while part := "".join(islice(lines, _PART)):
            copy.write(part)
