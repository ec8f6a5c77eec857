"""Read a periods file: several receipts of one project, each with its facts."""

from __future__ import annotations

from core.refusal import gettext_noop as _
from revenue.sharing.engine.facts import Facts, Source
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.planfile import values
from revenue.sharing.planfile.factsfile import facts_of
from revenue.sharing.planfile.nodes import Fields, Node, as_list, read_yaml

_LARGEST = 50_000_000


def parse_periods(text: str, *, currency: str) -> tuple[tuple[Source, Facts], ...]:
    """
    Read receipts in their order; amounts are major units of ``currency``.

    :raises PlanRefused: no_periods, and those of a facts file
    """
    fields = Fields(read_yaml(text=text, largest=_LARGEST), Said(_("A periods file")))
    node = fields.need("periods")
    fields.done()
    found = tuple(_period(item, currency) for item in as_list(node=node, what="periods"))
    if not found:
        raise PlanRefused("no_periods", _("There are no periods here."), line=node.line)
    return found


def _period(node: Node, currency: str) -> tuple[Source, Facts]:
    fields = Fields(node, Said(_("A period")))
    on, facts = fields.get("on"), fields.get("facts")
    source = Source(
        amount_minor=values.money(node=fields.need("amount", "90,000.00"), frame=values.Frame(currency, ()), what="amount"),
        currency=currency,
        on=values.day(node=on, what="on") if on else None,
        reference=fields.text("reference"),
    )
    found = source, facts_of(node=facts, currency=currency) if facts else Facts()
    fields.done()
    return found
