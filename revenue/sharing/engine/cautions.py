"""Name the cases in which a plan will refuse a receipt, so that whoever approves it knows."""

from __future__ import annotations

from fractions import Fraction

from revenue.sharing.engine.plan import (
    RECEIPT,
    Amount,
    Bands,
    Choose,
    Decide,
    PayRate,
    Pick,
    Plan,
    Rate,
    Share,
    Split,
    Step,
    Take,
    Text,
    walk,
)
from revenue.sharing.engine.words import amount_text, bound_text, join, pot_text


def cautions(plan: Plan) -> tuple[Text, ...]:
    """Return one sentence for each case that the plan cannot share, in English and Khmer; none means it always can."""
    safe = _never_short(plan)
    return tuple(
        join(Text(f"Step {step.head.number} refuses ", f"ជំហានទី {step.head.number} បដិសេធ "), text)
        for step in walk(plan.steps)
        if step.head.number not in safe
        for text in _of(plan, step)
    )


def _never_short(plan: Plan) -> set[str]:
    """Name the first steps that take parts of the gross receipt from it and together take no more than all of it."""
    safe: set[str] = set()
    taken = Fraction(0)
    for step in plan.steps:
        if not (isinstance(step, Take) and step.source == RECEIPT and isinstance(step.amount, Rate)):
            break
        if step.amount.of.kind != "gross":
            break
        taken += step.amount.rate
        if taken <= 1:
            safe.add(step.head.number)
    return safe


def _of(plan: Plan, step: Step) -> list[Text]:
    found: list[Text] = []
    match step:
        case Take():
            if step.if_short == "refuse" and not _always_there(step.amount):
                amount, source = amount_text(plan, step.amount, step.source), pot_text(plan, step.source)
                found.append(Text(f"when less than {amount.en} is left of {source.en}.", f"នៅពេល{source.km}នៅសល់តិចជាង {amount.km}។"))
        case Split() if step.by is not None:
            found.append(_NO_WEIGHT)
        case Share():
            found += _share(plan, step)
        case PayRate():
            found += _pay(plan, step)
        case Bands():
            found.append(_bands(plan, step))
        case Decide():
            found.append(Text("until a decision with minutes is recorded.", "រហូតដល់មានសេចក្តីសម្រេចនិងកំណត់ហេតុ។"))
        case Choose() if step.otherwise is None:
            found.append(Text(f"when no case covers the {step.value}.", f"នៅពេលគ្មានករណីណាត្រូវនឹង {step.value}។"))
    return found


_NO_WEIGHT = Text("when the key is zero for everybody.", "នៅពេលសូចនាករស្មើសូន្យសម្រាប់អ្នកទាំងអស់។")


def _share(plan: Plan, step: Share) -> list[Text]:
    found: list[Text] = []
    if step.by.kind != "equal":
        found.append(_NO_WEIGHT)
    if step.base is not None:
        base = amount_text(plan, step.base, step.pot)
        found.append(Text(f"when there is not {base.en} for everybody.", f"នៅពេលមិនមាន {base.km} សម្រាប់គ្រប់គ្នា។"))
    if step.floor is not None:
        floor = bound_text(plan, step.floor)
        found.append(Text(f"when there is not {floor.en} for everybody.", f"នៅពេលមិនមាន {floor.km} សម្រាប់គ្រប់គ្នា។"))
    if step.ceiling is not None and step.above_ceiling is None:
        top = bound_text(plan, step.ceiling)
        found.append(Text(f"when there is more than {top.en} for everybody.", f"នៅពេលមានលើសពី {top.km} សម្រាប់គ្រប់គ្នា។"))
    return found


def _pay(plan: Plan, step: PayRate) -> list[Text]:
    if step.rate is not None and step.if_short == "refuse":
        pot = pot_text(plan, step.pot)
        return [Text(f"when the rate asks for more than {pot.en} holds.", f"នៅពេលអត្រាទាមទារលើសពី{pot.km}។")]
    if step.rate is None and step.at_least is not None:
        return [Text("when the pot cannot pay the lowest rate.", "នៅពេលថវិកាមិនគ្រប់អត្រាទាបបំផុត។")]
    return []


def _bands(plan: Plan, step: Bands) -> Text:
    if not isinstance(step.entitlement, str):
        return _NO_WEIGHT
    pot = pot_text(plan, step.pot)
    return Text(f"when the entitlements are more than {pot.en} holds.", f"នៅពេលសិទ្ធិទទួលលើសពី{pot.km}។")


def _always_there(amount: Amount) -> bool:
    """Say whether an amount can never be more than the pot it comes from: a part of what is left of it."""
    if isinstance(amount, Rate):
        return amount.of.kind == "left"
    if isinstance(amount, Pick):
        checks = [_always_there(item) for item in amount.amounts]
        return any(checks) if amount.which == "least" else all(checks)
    return False
