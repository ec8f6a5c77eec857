"""The report's figures: frame in, frame out. Pure pandas on whole minor units; no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import pandas as pd

from revenue.ledger import chart
from revenue.ledger.queries import Flow

KEYS: Final = ["purpose", "recipient"]
MEASURES: Final = ["allocated_minor", "paid_minor", "spent_minor"]
SET_ASIDE: Final = frozenset({chart.POT, chart.RESERVE, chart.WITHHELD})
PAID_TO: Final = frozenset({chart.ADVANCE, chart.SPENT})


def flow_frame(spans: Mapping[date, Sequence[Flow]], *, pot_purposes: Mapping[str, str]) -> pd.DataFrame:
    """
    Turn flows into one row each: the first day of its span, amount, and kind, purpose and recipient of both places.

    ``pot_purposes`` gives the purpose of each pot by its ledger code; a reserve has the purpose "reserve".
    """
    columns = ["span", "amount", "debit_kind", "debit_purpose", "debit_recipient", "credit_kind", "credit_purpose", "credit_recipient"]
    made = [
        (start, flow.amount_minor, *_side(flow.debit, pot_purposes), *_side(flow.credit, pot_purposes))
        for start, flows in spans.items()
        for flow in flows
    ]
    return pd.DataFrame(made, columns=columns).astype({"amount": "int64"})


def _side(place: chart.Place, pot_purposes: Mapping[str, str]) -> tuple[str, str, str]:
    purpose = place.purpose or pot_purposes.get(place.pot, "") or ("reserve" if place.kind == chart.RESERVE else "")
    return place.kind, purpose, place.holder


def moves(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return what each flow adds to what was allocated, paid and spent: span, purpose, recipient, measure, amount.

    Each is a net movement, so a reversal takes back exactly what it reverses. Paid is what went from a commitment
    to a recipient (or was spent at once), less what the bank or the recipient gave back.
    """
    return pd.concat(_parts(frame), ignore_index=True)


def measures(moved: pd.DataFrame) -> pd.DataFrame:
    """Return what was allocated, paid and spent, a row for each purpose and recipient."""
    sums = moved.groupby([*KEYS, "measure"])["amount"].sum()
    return sums.unstack("measure", fill_value=0).reindex(columns=MEASURES, fill_value=0)


def totals(moved: pd.DataFrame) -> dict[date, dict[str, int]]:
    """Return the same three by span, all purposes and recipients together; in minor units, nothing where none moved."""
    sums: dict[date, dict[str, int]] = {}
    added_up = moved.groupby(["span", "measure"])["amount"].sum().reset_index()
    for start, measure, amount in added_up.itertuples(index=False, name=None):
        sums.setdefault(start, dict.fromkeys(MEASURES, 0))[measure] = int(amount)
    return sums


def _parts(frame: pd.DataFrame) -> list[pd.DataFrame]:
    debit, credit = frame["debit_kind"], frame["credit_kind"]
    outward = credit.eq(chart.COMMITTED) & debit.isin(PAID_TO)
    sent_back = debit.eq(chart.COMMITTED) & credit.isin(PAID_TO)
    given_back = debit.eq(chart.POT) & credit.isin({chart.ADVANCE, chart.RECOVERABLE})
    return [
        _part(frame, side="debit", measure="allocated_minor", sign=1, where=debit.isin(SET_ASIDE) & credit.isin(SET_ASIDE | {chart.UNALLOCATED})),
        _part(frame, side="credit", measure="allocated_minor", sign=-1, where=credit.isin(SET_ASIDE) & debit.isin(SET_ASIDE | {chart.UNALLOCATED})),
        _part(frame, side="debit", measure="paid_minor", sign=1, where=outward),
        _part(frame, side="credit", measure="paid_minor", sign=-1, where=sent_back | given_back),
        _part(frame, side="debit", measure="spent_minor", sign=1, where=debit.eq(chart.SPENT)),
        _part(frame, side="credit", measure="spent_minor", sign=-1, where=credit.eq(chart.SPENT)),
    ]


def _part(frame: pd.DataFrame, *, side: str, measure: str, sign: int, where: pd.Series) -> pd.DataFrame:
    chosen = frame.loc[where]
    return pd.DataFrame(
        {
            "span": chosen["span"],
            "purpose": chosen[f"{side}_purpose"],
            "recipient": chosen[f"{side}_recipient"],
            "measure": measure,
            "amount": sign * chosen["amount"],
        }
    )


def summed(table: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Return the measures summed by "purpose" or by "recipient"; the rows without one are left out of neither sum but "" ."""
    return table.groupby(level=by).sum()


def evidence_table(records: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    """
    Return spent and evidenced amounts and counts of records, a row for each value of ``by``.

    ``records`` has amount_minor, records, has_evidence and the columns of ``by``. What was undone altogether is no row.
    """
    marked = records.assign(
        evidenced_minor=records["amount_minor"].where(records["has_evidence"], 0), with_evidence=records["records"].where(records["has_evidence"], 0)
    )
    sums = marked.groupby(by, sort=True)[["amount_minor", "evidenced_minor", "records", "with_evidence"]].sum()
    # A record of an earlier period that was undone in this one is no record less than none.
    counts = sums[["records", "with_evidence"]].clip(lower=0)
    return sums.assign(records=counts["records"], with_evidence=counts["with_evidence"])[(sums != 0).any(axis=1)]
