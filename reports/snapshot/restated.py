"""What a corrected report states otherwise than the version before: each figure, old and new, and what changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from communities.spending.models import Evidence
from core.money import Money, plain
from reports import figures, queries
from reports.queries import Scope
from reports.render.tables import HEADLINE, MEASURES, MEMBERS
from reports.render.words import word
from reports.snapshot.equation import MEMBERS as KIND_OF_MEMBER
from reports.snapshot.ledger import BEGINNING
from reports.words import Text
from revenue.credits.models import Identification, Sale
from revenue.disbursements.models import Acknowledgement
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries import Flow, Step, steps_of_entries

Json = dict[str, Any]
# What an entry or document touches: ("paid", purpose, recipient), or ("kind", "pot"); None stands for any.
Token = tuple[str | None, ...]
LONGEST_NAME: Final = 120
NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that a report states: what it is called, its value, and what would change it."""

    name: Text
    value: int | None
    is_money: bool
    token: Token = ()


def changes(*, before: Json, after: Json, scope: Scope, frozen_at: datetime) -> list[Json]:
    """
    Return each figure that ``before`` states otherwise than ``after``, with the entries and documents that changed it.

    ``frozen_at`` is when ``before`` was frozen: documents recorded since may have changed what entries did not.
    """
    old, new = (dict(_figures(content)) for content in (before, after))
    causes = [*_entries(scope), *_documents(scope, frozen_at)]
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        figure = now or was
        if figure is None or (was and was.value) == (now and now.value):
            continue
        found.append(
            {
                "figure": figure.name,
                "before": _said(was, after["currency"]),
                "after": _said(now, after["currency"]),
                "entries": _causes_of(figure, causes),
            }
        )
    return found


def late_entries(*, scope: Scope) -> list[Json]:
    """Return the entries that a corrected report counts on an earlier day than that of the books."""
    rows = Entry.objects.filter(id__in=scope.counted_back).order_by("id").values("id", "document", "event", "day")
    return [
        {
            "entry": row["id"],
            "document": row["document"],
            "event": row["event"],
            "posted_on": row["day"].isoformat(),
            "belongs_on": scope.counted_back[row["id"]].isoformat(),
        }
        for row in rows
    ]


def _said(figure: Figure | None, currency: str) -> str:
    if figure is None or figure.value is None:
        return NOTHING
    return plain(Money(figure.value, currency)) if figure.is_money else f"{figure.value:,}"


# --- the figures of a report -------------------------------------------------------------------------------------------------
def _figures(content: Json) -> Iterator[tuple[tuple[str, ...], Figure]]:
    yield from _of_the_first_page(content["headline"])
    for column in ("opening", "movement", "closing"):
        yield from _of_an_equation(("equation", column), _words(column), content["equation"][column])
    for row in content["equation"]["by_project"]:
        yield from _of_an_equation(("project", row["code"]), row["name"], row)
    for row in content["by_purpose"]:
        yield from _of_measures(("purpose", row["purpose"]), row["title"], row, ("purpose", row["purpose"]))
        yield _money(("purpose", row["purpose"], "balance"), [row["title"], _words("balance")], row["balance_minor"], ("aside", row["purpose"]))
    for row in content["by_recipient"]:
        yield from _of_measures(("recipient", row["code"]), row["name"], row, ("recipient", row["code"]))
        yield _money(("recipient", row["code"], "with"), [row["name"], _words("with_recipient")], row["with_recipient_minor"], ("with", row["code"]))
    for row in content["receipts"]:
        name = [_same(row["reference"]), _words("credited")]
        yield _money(("receipt", row["reference"]), name, row["credited_minor"], ("document", row["reference"]))
    # Reports of earlier days say nothing of the independent check: none made since is no change.
    for name, value in content.get("checks", {}).items():
        if value:
            yield ("checks", name), Figure(_words(f"checks_{name}"), value, False)


def _of_the_first_page(headline: Json) -> Iterator[tuple[tuple[str, ...], Figure]]:
    for span, title in (("period", "in_period"), ("to_date", "to_date")):
        for measure in HEADLINE:
            in_money = f"{measure}_minor" in headline[span]
            value = headline[span].get(f"{measure}_minor" if in_money else measure)
            token: Token = ("kind", chart.RECEIVED) if measure == "received" else (measure, None, None)
            yield ("headline", span, measure), Figure(_joined([_words(measure), _words(title)]), value, in_money, token)
    for key, name in (("days_receipt_to_payment_median", "days_median"), ("days_receipt_to_payment_longest", "days_longest")):
        yield ("headline", key), Figure(_words(name), headline[key], False, ("paid", None, None))
    yield ("headline", "recipients_paid"), Figure(_words("recipients_paid"), headline["recipients_paid"], False, ("paid", None, None))


def _of_an_equation(key: tuple[str, ...], name: Text, column: Json) -> Iterator[tuple[tuple[str, ...], Figure]]:
    yield _money((*key, "received"), [_words("received"), name], column["received_minor"], ("kind", chart.RECEIVED))
    for member in MEMBERS:
        yield _money((*key, member), [_words(member), name], column["members"][member], ("kind", KIND_OF_MEMBER[member]))


def _of_measures(key: tuple[str, ...], name: Text, row: Json, whose: tuple[str, str]) -> Iterator[tuple[tuple[str, ...], Figure]]:
    for span, title in (("period", "in_period"), ("to_date", "to_date")):
        for measure in MEASURES:
            purpose, recipient = (whose[1], None) if whose[0] == "purpose" else (None, whose[1])
            token = (measure, purpose, recipient)
            yield _money((*key, span, measure), [name, _words(measure), _words(title)], row[span][f"{measure}_minor"], token)


def _money(key: tuple[str, ...], name: list[Text], value: int, token: Token) -> tuple[tuple[str, ...], Figure]:
    return key, Figure(_joined(name), value, True, token)


def _words(key: str) -> Text:
    return {"en": word(key, "en"), "km": word(key, "km")}


def _same(text: str) -> Text:
    return {"en": text, "km": text}


def _joined(parts: list[Text]) -> Text:
    return {language: " · ".join(part[language] or part["en"] for part in parts) for language in ("en", "km")}


# --- what changed them -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Cause:
    """An entry or document that came after the books were closed, and what it touches."""

    name: str
    tokens: frozenset[Token]

    def touches(self, token: Token) -> bool:
        """Whether a figure is one of those that this changes."""
        return any(len(one) == len(token) and all(b is None or a == b for a, b in zip(one, token, strict=True)) for one in self.tokens)


def _causes_of(figure: Figure, causes: list[Cause]) -> list[str]:
    named = [cause.name for cause in causes if cause.touches(figure.token)]
    # A tranche that was given to another project takes all its figures along.
    return named or [cause.name for cause in causes if ("all",) in cause.tokens]


def _entries(scope: Scope) -> list[Cause]:
    by_entry: dict[int, list[Step]] = defaultdict(list)
    for step in steps_of_entries(sorted(scope.counted_back)):
        if step.tranche_id in scope.project_of_tranche:
            by_entry[step.entry_id].append(step)
    purposes = {pot.ledger_code: str(pot.purpose) for pot in queries.pots(scope)}
    return [Cause(f"#{entry} {steps[0].document}"[:LONGEST_NAME], _touched(steps, purposes)) for entry, steps in by_entry.items()]


def _touched(steps: list[Step], purposes: Mapping[str, str]) -> frozenset[Token]:
    flows = [Flow(step.event, step.debit, step.credit, step.tranche_id, step.amount_minor, 1) for step in steps]
    table = figures.measures(figures.moves(figures.flow_frame({BEGINNING: flows}, pot_purposes=purposes)))
    found: set[Token] = {("document", step.document) for step in steps}
    for (purpose, recipient), row in zip(table.index.to_list(), table.to_dict("records"), strict=True):
        found |= {(str(name).removesuffix("_minor"), purpose, recipient) for name, amount in row.items() if amount}
    for flow in flows:
        for place in (flow.debit, flow.credit):
            found.add(("kind", place.kind))
            found.add(("aside", purposes.get(place.pot, "reserve" if place.kind == chart.RESERVE else "")))
            found.add(("with", place.holder))
    return frozenset(found)


def _documents(scope: Scope, frozen_at: datetime) -> list[Cause]:
    return [*_sold(scope, frozen_at), *_identified(scope, frozen_at), *_acknowledged(scope, frozen_at), *_evidenced(scope, frozen_at)]


def _sold(scope: Scope, frozen_at: datetime) -> list[Cause]:
    late = Sale.objects.filter(scope.project_filter, recorded_at__gt=frozen_at, sale_date__lt=scope.end).order_by("id")
    return [Cause(row.reference, frozenset({("units_sold", None, None), ("sold", None, None)})) for row in late]


def _identified(scope: Scope, frozen_at: datetime) -> list[Cause]:
    again = Identification.objects.filter(number__gt=1, identified_at__gt=frozen_at, tranche__received_on__lt=scope.end)
    return [Cause(row.tranche.code, frozenset({("all",)})) for row in again.select_related("tranche").order_by("id")]


def _acknowledged(scope: Scope, frozen_at: datetime) -> list[Cause]:
    late = Acknowledgement.objects.filter(acknowledged_at__gt=frozen_at, received_on__lt=scope.end).select_related("payment__disbursement__recipient")
    return [_document(row.payment.disbursement, ("acknowledged", "evidenced")) for row in late.order_by("id")]


def _evidenced(scope: Scope, frozen_at: datetime) -> list[Cause]:
    late = Evidence.objects.filter(spending__isnull=False, added_at__gt=frozen_at, spending__decided_on__lt=scope.end)
    rows = late.select_related("spending__recipient", "spending__category").order_by("spending_id").distinct("spending_id")
    records = [row.spending for row in rows if row.spending]
    return [Cause(one.reference, frozenset({("evidenced", one.category.purpose, one.recipient.code)})) for one in records]


def _document(disbursement: Any, measures: tuple[str, ...]) -> Cause:
    return Cause(disbursement.reference, frozenset((measure, disbursement.purpose, disbursement.recipient.code) for measure in measures))
