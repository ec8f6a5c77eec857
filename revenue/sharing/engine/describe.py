"""Say a plan in plain English and Khmer: one row a step, in the order of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from revenue.sharing.engine.plan import (
    Bands,
    Case,
    Choose,
    Decide,
    Gate,
    PayRate,
    Plan,
    Recoup,
    Recover,
    Share,
    Split,
    Step,
    Take,
    Text,
    Tiers,
)
from revenue.sharing.engine.words import (
    amount_text,
    bound_text,
    indicator_text,
    join,
    key_text,
    list_text,
    money_text,
    number_text,
    part_text,
    pot_text,
    rate_text,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One step in words. ``depth`` is 0 for steps of the plan itself, 1 and more inside a choice."""

    number: str
    kind: str
    title: Text
    sentence: Text
    clause: str = ""
    depth: int = 0
    parts: tuple[tuple[str, str], ...] = field(default_factory=tuple)  # (pot, share as text), for a table or a picture


def describe(plan: Plan) -> tuple[Row, ...]:
    """Return the plan as rows that a page can show, in both languages."""
    return tuple(_rows(plan, plan.steps, 0))


def _rows(plan: Plan, steps: tuple[Step, ...], depth: int) -> Iterator[Row]:
    for step in steps:
        head = step.head
        sentence = _sentence(plan, step)
        yield Row(head.number, _kind(step), head.title, sentence, head.clause, depth, tuple(_parts(step)))
        if isinstance(step, Choose):
            for place, case in enumerate(step.cases, start=1):
                yield Row(f"{head.number}.{place}", "case", Text(), _case(step, case), "", depth + 1)
                yield from _rows(plan, case.steps, depth + 2)
            if step.otherwise is not None:
                words = Text("Otherwise:", "បើមិនដូច្នេះទេ៖") if step.otherwise else Text("Otherwise, nothing more.", "បើមិនដូច្នេះទេ គ្មានអ្វីបន្ថែមទេ។")
                yield Row(f"{head.number}.{len(step.cases) + 1}", "case", Text(), words, "", depth + 1)
                yield from _rows(plan, step.otherwise, depth + 2)


def _kind(step: Step) -> str:
    return step.kind if isinstance(step, Take) else type(step).__name__.lower()


def _parts(step: Step) -> Iterator[tuple[str, str]]:
    if isinstance(step, Split):
        for code, part in step.into:
            yield code, part_text(part) if step.by is None else ""
        if step.remainder:
            yield step.remainder, part_text(1 - sum((part for _, part in step.into), Fraction(0)))
    elif isinstance(step, Tiers):
        for edge, code in step.bands:
            yield code, "" if edge is None else f"≤ {number_text(edge)}"


def _sentence(plan: Plan, step: Step) -> Text:
    return _SENTENCES[type(step)](plan, step)


def _choose(plan: Plan, step: Choose) -> Text:
    name = indicator_text(step.value)
    return Text(f"What follows depends on the {name.en}:", f"អ្វីដែលបន្ទាប់អាស្រ័យលើ {name.km}៖")


def _decide(plan: Plan, step: Decide) -> Text:
    pot, group = pot_text(plan, step.pot), indicator_text(step.group)
    return Text(
        f"The {group.en} decide themselves how {pot.en} is divided, and record it in minutes.",
        f"{group.km} សម្រេចដោយខ្លួនឯងអំពីការបែងចែក{pot.km} ហើយកត់ត្រាក្នុងកំណត់ហេតុ។",
    )


def _recoup(plan: Plan, step: Recoup) -> Text:
    pot, to = pot_text(plan, step.pot), pot_text(plan, step.to)
    return Text(
        f"Who was overpaid from {pot.en} before gets at most {part_text(step.cap)} less now; that goes to {to.en}.",
        f"អ្នកដែលបានបើកលើសពី{pot.km}ពីមុន ត្រូវកាត់យ៉ាងច្រើន {part_text(step.cap)} ឥឡូវនេះ ហើយប្រាក់នោះទៅ{to.km}។",
    )


def _take(plan: Plan, step: Take) -> Text:
    amount, to, source = (
        amount_text(plan, step.amount, step.source),
        pot_text(plan, step.to),
        pot_text(plan, step.source),
    )
    if step.kind != "hold":
        return Text(f"From {source.en}, {to.en} gets {amount.en}.", f"ពី{source.km} {to.km} ទទួលបាន {amount.km}។")
    text = Text(f"From {source.en}, {amount.en} is held as {to.en}.", f"ពី{source.km} រក្សាទុក {amount.km} ជា{to.km}។")
    if step.terms is None:
        return text
    release = step.terms.release
    text = join(text, Text(f" It is released: {release.en or release.km}.", f" ត្រូវដោះលែង៖ {release.km or release.en}។"))
    if step.terms.then_to is None:
        return text
    months, then = step.terms.expires_after_months, pot_text(plan, step.terms.then_to)
    return join(
        text,
        Text(
            f" If it is not released within {months} months, it goes to {then.en}.",
            f" បើមិនបានដោះលែងក្នុងរយៈពេល {months} ខែ វានឹងទៅ{then.km}។",
        ),
    )


def _recover(plan: Plan, step: Recover) -> Text:
    costs, to, source = amount_text(plan, step.costs, step.source), pot_text(plan, step.to), pot_text(plan, step.source)
    once = Text(" (only once)", " (តែម្តងគត់)") if step.once else Text()
    text = Text(
        f"From {source.en}, {to.en} is paid back: {costs.en}{once.en}, never more than came in; the rest waits for the next receipt",
        f"ពី{source.km} សង{to.km}វិញ៖ {costs.km}{once.km} មិនលើសពីប្រាក់ដែលបានចូល ចំណែកនៅសល់រង់ចាំចំណូលបន្ទាប់",
    )
    if step.interest:
        rate = part_text(step.interest)
        text = join(text, Text(f", with {rate} interest", f" ដោយគិតការប្រាក់ {rate}"))
    return join(text, Text(".", "។"))


def _split(plan: Plan, step: Split) -> Text:
    source = pot_text(plan, step.source)
    start = Text(f"From what is left of {source.en}, ", f"ពីអ្វីដែលនៅសល់នៃ{source.km} ")
    if step.by is not None:
        pots, key = list_text([pot_text(plan, code) for code, _ in step.into]), key_text(step.by)
        return join(start, Text(f"everything is divided {key.en} among {pots.en}.", f"ត្រូវបែងចែក{key.km} ក្នុងចំណោម {pots.km}។"))
    goes = [join(part_text(part), Text(" goes to ", " ទៅ"), pot_text(plan, code)) for code, part in step.into]
    if step.remainder:
        goes.append(join(Text("the rest goes to ", "ចំណែកនៅសល់ទៅ"), pot_text(plan, step.remainder)))
    return join(start, list_text(goes), Text(".", "។"))


def _share(plan: Plan, step: Share) -> Text:
    pot, group, key = pot_text(plan, step.pot), indicator_text(step.group), key_text(step.by)
    if step.within:
        parent = indicator_text(step.within)
        text = Text(
            f"What each of the {parent.en} got of {pot.en} is divided among its {group.en} {key.en}",
            f"ប្រាក់ដែល {parent.km} នីមួយៗទទួលបានពី{pot.km} ត្រូវបែងចែកឱ្យ {group.km} {key.km}",
        )
    else:
        text = Text(f"{pot.en} is divided among the {group.en} {key.en}", f"{pot.km} ត្រូវបែងចែកឱ្យ {group.km} {key.km}")
    if step.base is not None:
        base = amount_text(plan, step.base, step.pot)
        text = join(text, Text(f", after a base of {base.en} for each", f" បន្ទាប់ពីប្រាក់គោល {base.km} សម្រាប់ម្នាក់ៗ"))
    if step.floor is not None:
        floor = bound_text(plan, step.floor)
        text = join(text, Text(f"; nobody gets less than {floor.en}", f" គ្មាននរណាទទួលតិចជាង {floor.km}"))
    if step.ceiling is not None:
        top = bound_text(plan, step.ceiling)
        text = join(text, Text(f"; nobody gets more than {top.en}", f" គ្មាននរណាទទួលលើសពី {top.km}"))
    if step.above_ceiling:
        above = pot_text(plan, step.above_ceiling)
        text = join(text, Text(f", and what is over goes to {above.en}", f" ហើយអ្វីដែលលើសទៅ{above.km}"))
    return join(text, Text(".", "។"))


def _pay(plan: Plan, step: PayRate) -> Text:
    pot, group, key, rest = (
        pot_text(plan, step.pot),
        indicator_text(step.group),
        key_text(step.for_each),
        pot_text(plan, step.rest),
    )
    rate = rate_text(plan, step.rate)
    text = Text(
        f"From {pot.en}, the {group.en} are paid {rate.en} a unit, {key.en}",
        f"ពី{pot.km} {group.km} ទទួលបាន {rate.km} ក្នុងមួយឯកតា {key.km}",
    )
    for limit, words in (
        (step.at_least, Text(", at least ", " យ៉ាងតិច ")),
        (step.at_most, Text(", at most ", " យ៉ាងច្រើន ")),
    ):
        if limit is not None:
            text = join(text, words, rate_text(plan, limit))
    return join(text, Text(f"; what is left goes to {rest.en}.", f" អ្វីដែលនៅសល់ទៅ{rest.km}។"))


def _bands(plan: Plan, step: Bands) -> Text:
    pot, group, measure, rest = (
        pot_text(plan, step.pot),
        indicator_text(step.group),
        indicator_text(step.measure),
        pot_text(plan, step.unearned),
    )
    each = [Text(f"{part_text(paid)} from {number_text(edge)}", f"{part_text(paid)} ចាប់ពី {number_text(edge)}") for edge, paid in step.bands]
    bands = list_text(each)
    return Text(
        f"From {pot.en}, each of the {group.en} gets a part of its entitlement by {measure.en}: {bands.en}; what is not earned goes to {rest.en}.",
        f"ពី{pot.km} {group.km} នីមួយៗទទួលបានចំណែកនៃសិទ្ធិរបស់ខ្លួនតាម {measure.km}៖ {bands.km} អ្វីដែលមិនទទួលបានទៅ{rest.km}។",
    )


def _tiers(plan: Plan, step: Tiers) -> Text:
    source, measure = pot_text(plan, step.source), indicator_text(step.measure)
    goes = [
        join(
            Text("above that", "លើសពីនេះ") if edge is None else Text(f"up to {number_text(edge)}", f"រហូតដល់ {number_text(edge)}"),
            Text(" to ", " ទៅ"),
            pot_text(plan, code),
        )
        for edge, code in step.bands
    ]
    how = Text("layer by layer", "មួយកម្រិតម្តងៗ") if step.mode == "marginal" else Text("as a whole", "ទាំងមូល")
    return join(
        Text(f"{source.en} goes by {measure.en}, ", f"{source.km} ទៅតាម {measure.km} "),
        how,
        ": ",
        list_text(goes),
        Text(".", "។"),
    )


def _gate(plan: Plan, step: Gate) -> Text:
    pot = pot_text(plan, step.pot)
    needs = [indicator_text(name) for name in step.conditions]
    if step.minimum:
        least = money_text(step.minimum, plan.currency)
        needs.append(Text(f"at least {least} to pay", f"ត្រូវបើកយ៉ាងតិច {least}"))
    wanted = list_text(needs)
    return Text(f"{pot.en} is withheld from each until: {wanted.en}.", f"{pot.km} មិនទាន់បើកឱ្យរហូតដល់៖ {wanted.km}។")


def _case(step: Choose, case: Case) -> Text:
    name = indicator_text(step.value)
    if case.words:
        words = ", ".join(case.words)
        return Text(f"If the {name.en} is {words}:", f"បើ {name.km} គឺ {words}៖")
    low = "" if case.from_ is None else number_text(case.from_)
    high = "" if case.below is None else number_text(case.below)
    parts = [Text(f"from {low}", f"ចាប់ពី {low}")] if low else []
    parts += [Text(f"below {high}", f"ក្រោម {high}")] if high else []
    both = join(*(item for part in parts for item in (" ", part)))
    return Text(f"If the {name.en} is{both.en}:", f"បើ {name.km}{both.km}៖")


_SENTENCES: Final[dict[type, Callable[[Plan, Any], Text]]] = {
    Take: _take,
    Recover: _recover,
    Split: _split,
    Share: _share,
    PayRate: _pay,
    Bands: _bands,
    Tiers: _tiers,
    Choose: _choose,
    Gate: _gate,
    Decide: _decide,
    Recoup: _recoup,
}
