"""Whatever the plan and whatever comes in, money is neither made nor lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from revenue.sharing.engine import Allocation, Decision, Facts, PlanRefused, Source, allocate, difference
from revenue.sharing.engine.plan import (
    RECEIPT,
    Bands,
    Base,
    Bound,
    Case,
    Choose,
    Decide,
    Fixed,
    FromFacts,
    Gate,
    Head,
    HoldTerms,
    Key,
    PayRate,
    Plan,
    Pot,
    Rate,
    Recoup,
    Recover,
    Share,
    Split,
    Step,
    Take,
    Text,
    Tiers,
    walk,
)
from revenue.sharing.planfile.flow import check_flow

DISTRICTS = {"d0": ("v00", "v01"), "d1": ("v02", "v03")}
RECIPIENTS = tuple(f"v{place:02}" for place in range(4))
PARTS = st.integers(0, 997).map(lambda number: Fraction(number, 997))
NUMBERS = st.integers(0, 10_000).map(lambda number: Fraction(number, 7))
# A plan of random depth with its facts is a large thing to draw; that is meant.
DRAWN = settings(deadline=None, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large])
RECEIPTS = st.integers(min_value=0, max_value=10**12)


class Draft:
    """A plan being drawn: pots are made as they are needed, so that money always has somewhere to go."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.pots: list[Pot] = []
        self.steps: list[Step] = []

    def pot(self) -> str:
        code = f"p{len(self.pots)}"
        self.pots.append(Pot(code, Text(code)))
        return code

    def head(self) -> Head:
        return Head(str(len(self.steps) + 1))

    def take(self, source: str) -> None:
        kind = self.draw(st.sampled_from(["charge", "give", "hold"]))
        base = self.draw(st.sampled_from([Base("left"), Base("gross")]))
        amount = self.draw(st.one_of(st.builds(Fixed, st.integers(0, 10**9)), st.builds(Rate, PARTS, st.just(base))))
        terms = HoldTerms(Text("later")) if kind == "hold" else None
        self.steps.append(Take(self.head(), kind, self.pot(), source, amount, "take_what_is_there", terms))

    def recover(self, source: str) -> None:
        costs = self.draw(st.sampled_from([FromFacts("costs"), Fixed(12_345)]))
        limit = self.draw(st.one_of(st.none(), st.builds(Rate, PARTS, st.just(Base("gross")))))
        to = self.pot()
        self.steps.append(Recover(self.head(), to, source, costs, memory=to, interest=self.draw(PARTS), at_most=limit))

    def choose(self, source: str) -> None:
        """A cost of the young projects only: where the case does not fit, nothing is taken."""
        give = Take(self.head(), "give", self.pot(), source, Rate(self.draw(PARTS), Base("left")), "take_what_is_there")
        case = Case((give,), from_=Fraction(0), below=self.draw(NUMBERS) + 1)
        self.steps.append(Choose(self.head(), "project_age", (case,), otherwise=()))

    def divide(self, source: str, depth: int) -> None:
        for _ in range(self.draw(st.integers(0, 2))):
            self.draw(st.sampled_from([self.take, self.take, self.recover, self.choose]))(source)
        if source != RECEIPT and (depth <= 0 or self.draw(st.booleans())):
            self.finish(source)
            return
        for code in self.draw(st.sampled_from([self.split, self.split, self.layers]))(source):
            self.divide(code, depth - 1)

    def split(self, source: str) -> list[str]:
        pots = [self.pot() for _ in range(self.draw(st.integers(1, 4)))]
        weights = self.draw(st.lists(st.integers(0, 1000), min_size=len(pots), max_size=len(pots)))
        whole = sum(weights) + 1
        shares = tuple((code, Fraction(weight, whole)) for code, weight in zip(pots, weights, strict=True))
        ties = tuple(self.draw(st.permutations(pots)))
        self.steps.append(Split(self.head(), source, shares, self.pot(), ties=ties))
        return pots

    def layers(self, source: str) -> list[str]:
        edges = sorted(self.draw(st.sets(st.integers(1, 5000), min_size=1, max_size=3)))
        bands = tuple((None if edge is None else Fraction(edge, 7), self.pot()) for edge in (*edges, None))
        self.steps.append(Tiers(self.head(), source, "price", self.draw(st.sampled_from(["whole", "marginal"])), bands))
        return [code for _, code in bands]

    def finish(self, pot: str) -> None:
        ending = self.draw(st.sampled_from(["leaf", "shared", "gated", "recouped", "two levels", "by rate", "by performance", "decided"]))
        if ending == "leaf":
            return
        key = self.draw(st.sampled_from([Key("equal"), AREA, Key("multiply", (*AREA.parts, *AREA.parts)), COMPOSITE]))
        match ending:
            case "two levels":
                self.steps.append(Share(self.head(), pot, "districts", AREA))
                self.steps.append(Share(self.head(), pot, "members", Key("equal"), within="districts"))
            case "by rate":
                rate = self.draw(st.one_of(st.none(), NUMBERS, st.just("norm")))
                limit = self.draw(st.one_of(st.none(), NUMBERS))
                self.steps.append(PayRate(self.head(), pot, "villages", key, rate, self.pot(), at_most=limit, if_short="in_proportion"))
            case "by performance":
                bands = ((Fraction(700), self.draw(PARTS)), (Fraction(10), self.draw(PARTS)))
                self.steps.append(Bands(self.head(), pot, "villages", key, "households", bands, self.pot()))
            case "decided":
                self.steps.append(Decide(self.head(), pot, "villages"))
            case _:
                self.share(pot, key)
        if ending == "gated":
            self.steps.append(Gate(self.head(), pot, ("consent_recorded",), minimum=500))
        if ending == "recouped":
            self.steps.append(Recoup(self.head(), pot, self.pot(), cap=self.draw(PARTS)))

    def share(self, pot: str, key: Key) -> None:
        """Among the villages, perhaps with a base for each, a floor or a ceiling."""
        base = Rate(Fraction(1, self.draw(st.integers(4, 50))), Base("left")) if self.draw(st.booleans()) else None
        floor = self.draw(st.one_of(st.none(), st.just(Bound("last_time")), st.builds(Bound, st.just("fixed"), st.integers(0, 10**5))))
        ceiling = self.draw(st.one_of(st.none(), st.builds(Bound, st.just("fixed"), st.integers(10**5, 10**8))))
        above = self.pot() if ceiling else None
        quantum = self.draw(st.sampled_from([None, None, 100]))
        self.steps.append(Share(self.head(), pot, "villages", key, None, base, floor, ceiling, above, quantum=quantum))


AREA = Key("indicator", (("area", Fraction(1)),))
COMPOSITE = Key("composite", (("area", Fraction(3)), ("households", Fraction(1, 3))))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    draft = Draft(draw)
    draft.divide(RECEIPT, depth=draw(st.integers(0, 3)))
    plan = Plan("P", Text("P"), "law", date(2024, 1, 1), "USD", tuple(draft.pots), tuple(draft.steps))
    try:
        check_flow(plan=plan)
    except PlanRefused as refusal:
        assert refusal.code == "too_many_ways"  # noqa: PT017 - what is drawn is otherwise right
        reject()
    return plan


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    # The first recipient's numbers are above zero, since a key that is zero for everybody is refused.
    def column() -> dict[str, Fraction]:
        return {code: draw(NUMBERS) + (1 if code == "v00" else 0) for code in RECIPIENTS}

    return Facts(
        groups={"villages": RECIPIENTS, "districts": tuple(DISTRICTS), "members": RECIPIENTS},
        within={"members": DISTRICTS},
        indicators={"area": {**column(), "d0": Fraction(1), "d1": draw(NUMBERS)}, "households": column()},
        values={"price": draw(NUMBERS) + 1, "project_age": draw(NUMBERS), "costs": Fraction(draw(st.integers(0, 10**6))), "norm": Fraction(3, 2)},
        last_time={f"p{place}": {"v01": 77, "v03": 5} for place in range(9)},
        conditions={"consent_recorded": frozenset(draw(st.sets(st.sampled_from(RECIPIENTS))))},
        owed={code: draw(st.integers(0, 10**6)) for code in draw(st.sets(st.sampled_from(RECIPIENTS)))},
    )


def _run(plan: Plan, known: Facts, minor: int) -> Allocation:
    """Share a receipt; where a bound cannot hold, the engine must say so, and nothing else is ever refused."""
    weights = known.indicators["area"]
    shares = {code: weights[code] / sum(weights[one] for one in RECIPIENTS) for code in RECIPIENTS}
    minutes = Decision("Assembly", "Minutes of 4 May", shares=shares)
    decisions = {step.head.number: minutes for step in walk(plan.steps) if isinstance(step, Decide)}
    try:
        return allocate(plan=plan, facts=replace(known, decisions=decisions), source=Source(minor, "USD"))
    except PlanRefused as refusal:
        assert refusal.code == "bound_cannot_hold"  # noqa: PT017 - any other refusal is a mistake of the engine
        reject()


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS)
def test_leaves_holds_and_charges_add_up_to_the_receipt_and_none_is_negative(plan: Plan, known: Facts, minor: int) -> None:
    lines = _run(plan, known, minor).lines
    assert sum(line.amount_minor for line in lines) == minor
    assert all(line.amount_minor >= 0 for line in lines)


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS)
def test_each_line_is_within_one_quantum_of_its_exact_value(plan: Plan, known: Facts, minor: int) -> None:
    coarse = {step.pot: step.quantum for step in walk(plan.steps) if isinstance(step, Share) and step.quantum}
    for line in _run(plan, known, minor).lines:
        assert abs(Fraction(line.exact) - line.amount_minor) < coarse.get(line.pot, 1)


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS)
def test_the_same_values_give_the_same_bytes(plan: Plan, known: Facts, minor: int) -> None:
    assert _run(plan, known, minor).to_json() == _run(plan, known, minor).to_json()


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS, st.permutations(RECIPIENTS))
def test_the_order_in_which_recipients_are_listed_changes_nothing(plan: Plan, known: Facts, minor: int, order: list[str]) -> None:
    shuffled = replace(
        known,
        groups={**known.groups, "villages": tuple(order)},
        indicators={name: {**{code: column[code] for code in order}, **column} for name, column in known.indicators.items()},
    )
    assert _run(plan, known, minor).to_json() == _run(plan, shuffled, minor).to_json()


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS)
def test_every_line_that_holds_money_says_its_way_through_the_plan(plan: Plan, known: Facts, minor: int) -> None:
    for line in _run(plan, known, minor).lines:
        assert line.steps
        assert line.how
        assert line.plan == plan.version


@settings(DRAWN, max_examples=25)
@given(plans(), facts(), RECEIPTS, RECEIPTS)
def test_a_rerun_posts_only_differences_and_they_add_up_to_the_change(plan: Plan, known: Facts, before: int, after: int) -> None:
    changes = difference(before=_run(plan, known, before), after=_run(plan, known, after))
    assert sum(change.difference_minor for change in changes) == after - before
