"""Where each dollar of a sale went, as a picture: from the receipts through the pots to what it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.utils.translation import gettext as _

from reports.words import own_name
from revenue.credits.models import Sale
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import balances
from revenue.sharing.flow_picture import HELD_FILL, WITHHELD_FILL, Words, draw_flows
from revenue.sharing.models import Pot
from revenue.sharing.models.plans import Purpose

_FILLS: Mapping[str, str] = {"now:reserve": HELD_FILL, "now:unallocated": HELD_FILL, "now:withheld": WITHHELD_FILL}


def flow_of_sale(*, sale: Sale, tranche_ids: list[int]) -> str:
    """
    Return the picture as SVG text, drawn from the balances: as thick as the money that lies or was used there.

    A gain by exchange, and what a bank took too much, are no money that flows: the table says them.
    """
    codes = dict(Tranche.objects.filter(id__in=tranche_ids).values_list("id", "code"))
    titles = {pot.ledger_code: own_name(pot.title, pot.title_km) for pot in Pot.objects.select_related("project")}
    flows: dict[tuple[str, str], int] = defaultdict(int)
    labels = {"sale": sale.reference}
    held = balances(grouped=["kind", "pot", "purpose", "tranche_id"], currency=sale.currency, tranche_ids=tranche_ids, kinds=chart.OURS)
    for kind, pot, purpose, tranche, minor in ((*found.key, found.amount_minor) for found in held):
        if minor <= 0:
            continue
        receipt, now = f"receipt:{tranche}", f"now:{kind}/{purpose}" if purpose else f"now:{kind}"
        labels[receipt], labels[now] = codes[tranche], _now(kind, purpose)
        flows["sale", receipt] += minor
        if pot:
            labels[f"pot:{pot}"] = titles.get(pot, pot)
            flows[receipt, f"pot:{pot}"] += minor
            flows[f"pot:{pot}", now] += minor
        else:
            flows[receipt, now] += minor
    words = Words(title=_("Where each part of the money went"), others="%(count)s", to=_("to"))
    return draw_flows(
        flows=flows, labels=labels, currency=sale.currency, words=words, fills=_FILLS, last={to for _a, to in flows if to.startswith("now:")}
    )


def _now(kind: str, purpose: str) -> str:
    name = str(chart.KIND_NAMES[kind])
    return f"{name}: {Purpose(purpose).label}" if purpose in Purpose.values else name
