"""Draw how money flows, such as one receipt through the pots to the recipients, as SVG text. Pure: the same in gives the same out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from revenue.sharing.engine import Allocation
from revenue.sharing.engine.words import money_text

MOST_RECIPIENTS = 14
_WIDTH, _BAR, _TALL, _GAP, _SLOT = 1000, 14, 460, 10, 30
_LABEL = 275
_FILLS = ("#123c2a", "#1e5b3f", "#2f7d57", "#5a8f3d", "#8a7a1f", "#9a4a12", "#1c5f8a", "#5b4a8a")
HELD_FILL, WITHHELD_FILL = "#8d8d8d", "#b0702a"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a picture in the reader's language. ``others`` holds one %(count)s."""

    title: str
    others: str
    to: str


@dataclass(frozen=True, slots=True)
class _Node:
    key: str
    label: str
    minor: int
    column: int
    x: int
    y: int
    height: int
    fill: str


def draw(*, allocation: Allocation, titles: Mapping[str, str], names: Mapping[str, str], words: Words) -> str:
    """
    Return one SVG element: the receipt on the left, pots in the middle, recipients on the right, as thick as their money.

    ``titles`` are by pot code, ``names`` by recipient code.
    """
    flows = _flows(allocation)
    states = {f"pot:{line.pot}": line.state for line in allocation.lines}
    fills = {node: {"held": HELD_FILL, "withheld": WITHHELD_FILL}[state] for node, state in states.items() if state in ("held", "withheld")}
    last = {to for _source, to in flows if not to.startswith("pot:")}
    return draw_flows(flows=flows, labels=_labels(flows, titles, names, words), currency=allocation.currency, words=words, fills=fills, last=last)


def draw_flows(
    *,
    flows: Mapping[tuple[str, str], int],
    labels: Mapping[str, str],
    currency: str,
    words: Words,
    fills: Mapping[str, str] = MappingProxyType({}),
    last: Collection[str] = (),
) -> str:
    """
    Return one SVG element of the minor units that flow from node to node, without cycles; empty if nothing flows.

    ``last`` are the nodes of the rightmost column, however short their way. The same flows stand as text in its
    description, for people who do not see it.
    """
    if not flows:
        return ""
    nodes = _placed(flows, labels, fills, last)
    tall = max(node.y + max(node.height, _SLOT) for node in nodes.values()) + _GAP
    said = "; ".join(f"{nodes[a].label} {words.to} {nodes[b].label}: {_plain(minor, currency)}" for (a, b), minor in flows.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {tall}" role="img" aria-labelledby="flow-title flow-text" class="flow">',
        f'<title id="flow-title">{escape(words.title)}</title><desc id="flow-text">{escape(said)}</desc>',
        *_ribbons(flows, nodes),
        *(_bar(node, currency) for node in nodes.values()),
        "</svg>",
    ]
    return "".join(parts)


def _flows(allocation: Allocation) -> dict[tuple[str, str], int]:
    """Return the minor units between nodes: pot to pot, then pot to recipient, the smallest recipients as one."""
    flows: dict[tuple[str, str], int] = defaultdict(int)
    for source, to, minor in allocation.moves:
        if minor:
            flows[f"pot:{source}", f"pot:{to}"] += minor
    totals: dict[str, int] = defaultdict(int)
    for line in allocation.lines:
        if line.recipient:
            totals[line.recipient] += line.amount_minor
    largest = sorted(totals, key=lambda code: (-totals[code], code))
    shown = set(largest if len(largest) <= MOST_RECIPIENTS + 1 else largest[:MOST_RECIPIENTS])
    for line in allocation.lines:
        if line.recipient and line.amount_minor:
            to = f"who:{line.recipient}" if line.recipient in shown else f"others:{len(largest) - len(shown)}"
            flows[f"pot:{line.pot}", to] += line.amount_minor
    return dict(flows)


def _depths(flows: Iterable[tuple[str, str]], last: Collection[str]) -> dict[str, int]:
    """Return how many steps from the first each node is, by the longest way."""
    into: dict[str, list[str]] = defaultdict(list)
    for source, to in flows:
        into[to].append(source)
    depth: dict[str, int] = {}

    def of(node: str) -> int:
        if node not in depth:
            depth[node] = 1 + max((of(source) for source in into[node]), default=-1)
        return depth[node]

    for source, to in flows:
        of(source), of(to)
    furthest = max(depth.values())
    return {node: furthest if node in last else found for node, found in depth.items()}


def _labels(flows: Iterable[tuple[str, str]], titles: Mapping[str, str], names: Mapping[str, str], words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in (end for ends in flows for end in ends):
        kind, _, code = node.partition(":")
        if kind == "others":
            found[node] = words.others % {"count": code}
        else:
            found[node] = titles.get(code, code) if kind == "pot" else names.get(code, code)
    return found


def _placed(flows: Mapping[tuple[str, str], int], labels: Mapping[str, str], fills: Mapping[str, str], last: Collection[str]) -> dict[str, _Node]:
    depth = _depths(flows, last)
    sums = {node: max(_sum(flows, node, 0), _sum(flows, node, 1)) for node in depth}
    whole = max(sums.values()) or 1
    columns = max(depth.values())
    room = (_WIDTH - _LABEL - _BAR) // max(columns, 1)
    y: dict[int, int] = defaultdict(lambda: _GAP)
    nodes: dict[str, _Node] = {}
    for place, node in enumerate(_in_order(depth, flows)):
        height = max(2, sums[node] * _TALL // whole)
        column = depth[node]
        fill = fills.get(node) or _FILLS[place % len(_FILLS)]
        nodes[node] = _Node(node, labels[node], sums[node], column, column * room, y[column] + (max(height, _SLOT) - height) // 2, height, fill)
        y[column] += max(height, _SLOT) + _GAP
    return nodes


def _in_order(depth: Mapping[str, int], flows: Mapping[tuple[str, str], int]) -> list[str]:
    """Column by column; within one, beside where the money comes from."""
    order: list[str] = []
    for column in range(max(depth.values()) + 1):
        here = [node for node, found in depth.items() if found == column]
        rank = {node: min((order.index(a) for a, b in flows if b == node and a in order), default=0) for node in here}
        order += sorted(here, key=lambda node: (rank[node], node.startswith("others:")))
    return order


def _sum(flows: Mapping[tuple[str, str], int], node: str, side: int) -> int:
    return sum(minor for ends, minor in flows.items() if ends[side] == node)


def _ribbons(flows: Mapping[tuple[str, str], int], nodes: Mapping[str, _Node]) -> Iterable[str]:
    left: dict[str, int] = defaultdict(int)
    entered: dict[str, int] = defaultdict(int)
    for (source, to), minor in sorted(flows.items(), key=lambda item: (nodes[item[0][0]].y, nodes[item[0][1]].y)):
        a, b = nodes[source], nodes[to]
        thick_a, thick_b = a.height * minor / max(a.minor, 1), b.height * minor / max(b.minor, 1)
        top_a, top_b = a.y + a.height * left[source] / max(a.minor, 1), b.y + b.height * entered[to] / max(b.minor, 1)
        left[source] += minor
        entered[to] += minor
        x1, x2 = a.x + _BAR, b.x
        bend = (x1 + x2) // 2
        path = (
            f"M{x1} {top_a:.1f}C{bend} {top_a:.1f} {bend} {top_b:.1f} {x2} {top_b:.1f}"
            f"V{top_b + max(thick_b, 1):.1f}C{bend} {top_b + max(thick_b, 1):.1f} {bend} {top_a + max(thick_a, 1):.1f} {x1} {top_a + max(thick_a, 1):.1f}Z"
        )
        yield f'<path d="{path}" fill={quoteattr(b.fill)} fill-opacity=".28"/>'


def _bar(node: _Node, currency: str) -> str:
    middle = node.y + max(node.height, 4) / 2
    halo = 'paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round"'
    x = node.x + _BAR + 6
    return (
        f'<rect x="{node.x}" y="{node.y}" width="{_BAR}" height="{node.height}" fill={quoteattr(node.fill)}/>'
        f'<text x="{x}" y="{middle - 1:.1f}" font-size="15" font-weight="700" fill="#16231d" {halo}>{escape(_cut(node.label))}</text>'
        f'<text x="{x}" y="{middle + 14:.1f}" font-size="13" fill="#33423a" {halo}>{escape(_plain(node.minor, currency))}</text>'
    )


def _cut(label: str) -> str:
    return label if len(label) <= 28 else f"{label[:27]}…"


def _plain(minor: int, currency: str) -> str:
    return money_text(minor, currency)
