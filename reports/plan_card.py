"""One page for one community: how much came in, what was taken off and why, its share, when, into which account, how to complain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils import translation

from communities.registry.models import Recipient
from communities.registry.queries import approved_account, liaisons_of
from core.money import Money, plain
from revenue.credits.models import Identification, Sale
from revenue.disbursements.models import Payment
from revenue.sharing.conditions import condition_names
from revenue.sharing.engine import Plan, PlanRefused, Text, describe
from revenue.sharing.engine.split import down
from revenue.sharing.engine.units import number
from revenue.sharing.engine.words import indicator_text
from revenue.sharing.models import AllocationLine, AllocationRun, Purpose
from revenue.sharing.queries import plan_of
from revenue.sharing.queries.withheld import waits

MONTHS_KM: Final = ("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# A card has one page: what does not fit is summed up in one line.
MOST_TAKEN, MOST_PAID = 5, 3
RIEL_NOTE: Final = 100
# Letters in both languages beyond which a card is printed one size smaller.
SIZES: Final = (1900, 2500, 3300)
# As the engine names a fact it used: "households of pu-char on 2026-06-30: 120".
_COUNTED: Final = re.compile(r"(?P<name>[a-z][a-z0-9_]*) of \S+(?: on (?P<day>\S+))?: (?P<value>.+)")
_PURPOSES: Final = {
    Purpose.FOREST_PROTECTION: Text("forest protection", "ការការពារព្រៃឈើ"),
    Purpose.COMMUNITY_DEVELOPMENT: Text("community development", "ការអភិវឌ្ឍសហគមន៍"),
    Purpose.TRAINING: Text("training", "ការបណ្តុះបណ្តាល"),
}

# The total of a sale gives its price by a division; what came in from it is the villages' own question.
_NO_PRICE: Final = Text(
    "It is from a sale of carbon credits. Its contract does not let the price or the total be published.",
    "ប្រាក់នេះបានមកពីការលក់ឥណទានកាបូន។ កិច្ចសន្យាមិនអនុញ្ញាតឱ្យផ្សព្វផ្សាយតម្លៃ ឬចំនួនសរុបទេ។",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an answer: an amount, what it is, and why; all ready to print in both languages."""

    amount: str
    what: Text
    why: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the card with its answer in both languages."""

    question: Text
    sentences: tuple[Text, ...]
    parts: tuple[Part, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The card of one recipient for one receipt; ``run`` is None where nothing was ever shared with it."""

    recipient: Recipient
    project: Text
    run: AllocationRun | None
    answers: tuple[Answer, ...]

    @property
    def letters(self) -> int:
        """How many letters stand on it in both languages."""
        said = [text for answer in self.answers for text in (answer.question, *answer.sentences)]
        said += [text for answer in self.answers for part in answer.parts for text in (part.what, part.why)]
        return sum(len(text.en) + len(text.km) for text in said)

    @property
    def size(self) -> int:
        """How large it can be printed and stay on one sheet of A4: 1 (largest) to 4."""
        return 1 + sum(self.letters > most for most in SIZES)


def runs_of(*, recipient: Recipient) -> list[AllocationRun]:
    """Return the receipts that were shared with a recipient, the newest first."""
    done = AllocationRun.objects.filter(status=AllocationRun.Status.ALLOCATED, lines__recipient=recipient).distinct()
    return list(done.select_related("tranche", "project", "plan_version__project", "snapshot").order_by("-tranche__received_on", "-id"))


def plan_card(*, recipient: Recipient, run: AllocationRun | None, on: date) -> Card:
    """Return the card of a recipient for one receipt that was shared with it, as things stand on a day."""
    if run is None:
        none = Text("No receipt has been shared with you yet.", "មិនទាន់មានចំណូលណាមួយត្រូវបានបែងចែកជូនលោកអ្នកនៅឡើយទេ។")
        return Card(recipient, Text(), None, (Answer(Text("Your share", "ចំណែករបស់លោកអ្នក"), (none,)), _account(recipient), _complain(recipient, on)))
    plan = _plan(run)
    lines = list(run.lines.select_related("pot", "recipient").order_by("position"))
    mine = [line for line in lines if line.recipient_id == recipient.pk and line.amount_minor]
    answers = (
        _sale(run),
        _taken(run, lines, plan),
        _rest(run, lines),
        _share(run, recipient, mine),
        _when(run, recipient, mine, on),
        _account(recipient),
        _complain(recipient, on),
    )
    project = Text(run.project.name, run.project.name_km or run.project.name)
    return Card(recipient, project, run, answers)


# --- The answers, in the order in which people ask ----------------------------------------------------------------------------
def _sale(run: AllocationRun) -> Answer:
    said = Identification.objects.filter(tranche=run.tranche).select_related("sale__buyer").order_by("-number").first()
    question = Text("How much was the sale?", "តើលក់បានប៉ុន្មាន?")
    amount, day = _money(run.amount_minor, run.currency), _day(run.tranche.received_on)
    if said is None or said.sale is None or not said.sale.price_is_public:
        came = Text(
            f"{amount} came in on {day.en} and was shared by this plan.",
            f"{amount} បានចូលនៅ{day.km} ហើយត្រូវបានបែងចែកតាមផែនការនេះ។",
        )
        return Answer(question, (came,) if said is None or said.sale is None else (came, _NO_PRICE))
    came = Text(
        f"{amount} of it came in on {day.en} and was shared by this plan.",
        f"ក្នុងនោះ {amount} បានចូលនៅ{day.km} ហើយត្រូវបានបែងចែកតាមផែនការនេះ។",
    )
    return Answer(question, (_sold(said.sale), came))


def _sold(sale: Sale) -> Text:
    day, total = _day(sale.sale_date), _money(sale.amount_minor, sale.currency)
    each = f"{sale.currency} {sale.unit_price.normalize():f}"
    return Text(
        f"On {day.en}, {sale.quantity:,} tonnes of carbon were sold at {each} each: {total} in all.",
        f"នៅ{day.km} កាបូន {sale.quantity:,} តោនត្រូវបានលក់ក្នុងតម្លៃ {each} ក្នុងមួយតោន៖ សរុប {total}។",
    )


def _taken(run: AllocationRun, lines: list[AllocationLine], plan: Plan | None) -> Answer:
    question = Text("What was taken off before, and why?", "តើបានដកអ្វីខ្លះមុន ហើយហេតុអ្វី?")
    before = [line for line in lines if line.pot.purpose in (Purpose.COSTS, Purpose.RESERVE) and line.amount_minor]
    if not before:
        return Answer(question, (Text("Nothing.", "គ្មានទេ។"),))
    said = {row.number: row for row in describe(plan)} if plan else {}
    parts = []
    for line in before[:MOST_TAKEN]:
        row = said.get(str(line.steps[-1]).partition(" ")[0]) if line.steps else None
        why = row.sentence if row else Text(line.how, line.how)
        parts.append(Part(_money(line.amount_minor, run.currency), _pot(line), Text(f"{why.en} {row.clause if row else ''}".strip(), why.km)))
    more = sum(line.amount_minor for line in before[MOST_TAKEN:])
    if more:
        count = len(before) - MOST_TAKEN
        parts.append(Part(_money(more, run.currency), Text(f"{count} other charges", f"ការកាត់ផ្សេងទៀត {count}")))
    return Answer(question, (), tuple(parts))


def _rest(run: AllocationRun, lines: list[AllocationLine]) -> Answer:
    sums: dict[Purpose, int] = {}
    for line in lines:
        purpose = Purpose(line.pot.purpose)
        if purpose in _PURPOSES:
            sums[purpose] = sums.get(purpose, 0) + line.amount_minor
    parts = tuple(Part(_money(minor, run.currency), _PURPOSES[purpose]) for purpose, minor in sums.items() if minor)
    return Answer(Text("What is the rest for?", "តើប្រាក់នៅសល់សម្រាប់អ្វី?"), (), parts)


def _share(run: AllocationRun, recipient: Recipient, mine: list[AllocationLine]) -> Answer:
    total = sum(line.amount_minor for line in mine)
    riel = _riel(total, run.currency, recipient)
    whole = _money(total, run.currency)
    # A single part says it already.
    sentences = [Text(f"In all {whole}{riel.en}.", f"សរុប {whole}{riel.km}។")] if len(mine) != 1 or riel.en else []
    told = _told(run, mine)
    days = {counted["day"] for line in told for fact in line.get("facts", ()) if (counted := _COUNTED.fullmatch(fact))}
    # Where the numbers are of several days, each says its own; one source would not be true of all.
    several = len(days) > 1
    if run.snapshot is not None and any(line.get("facts") for line in told) and not several:
        source, day = run.snapshot.source, _day(run.snapshot.as_of)
        sentences.append(Text(f"Counted on {day.en}; source: {source}.", f"រាប់នៅ{day.km} ប្រភព៖ {source}។"))
    parts = tuple(
        Part(_money(line.amount_minor, run.currency), _pot(line), _why(line, said, dated=several)) for line, said in zip(mine, told, strict=True)
    )
    return Answer(Text("How much is our share, and why?", "តើចំណែករបស់យើងប៉ុន្មាន ហើយហេតុអ្វី?"), tuple(sentences), parts)


def _told(run: AllocationRun, mine: list[AllocationLine]) -> list[dict[str, Any]]:
    """Return what the engine said of each line: it is kept with the run."""
    found: dict[str, Any] = json.loads(run.result) if run.result else {}
    by_place = {(line["pot"], line["recipient"]): line for line in found.get("lines", ())}
    return [by_place.get((line.pot.code, line.recipient.code if line.recipient else None), {}) for line in mine]


def _why(line: AllocationLine, told: dict[str, Any], *, dated: bool) -> Text:
    """Say how a line came about, in both languages, with the recipient's own counts."""
    en, km = str(told.get("how") or line.how), str(told.get("how_km") or line.how)
    for fact in told.get("facts", ()):
        counted = _COUNTED.fullmatch(fact)
        if counted:
            name = indicator_text(counted["name"])
            day = _day(date.fromisoformat(counted["day"])) if dated and counted["day"] else Text("", "")
            on = Text(f" (counted on {day.en})", f" (រាប់នៅ{day.km})") if day.en else day
            en, km = f"{en}; {name.en} here: {counted['value']}{on.en}", f"{km}; {name.km} នៅទីនេះ៖ {counted['value']}{on.km}"
    return Text(en, km)


def _when(run: AllocationRun, recipient: Recipient, mine: list[AllocationLine], on: date) -> Answer:
    sentences: list[Text] = []
    for line in mine:
        days = line.pot.deadline_days
        if line.state == AllocationLine.State.WITHHELD and line.release_entry_id is None:
            why = _waits_for(line, on)
            sentences.append(Text(f"{_pot(line).en}: held back for now. {why.en}".strip(), f"{_pot(line).km}៖ ត្រូវបានរក្សាទុកសិន។ {why.km}".strip()))
        elif days:
            due = _day(date.fromordinal(run.tranche.received_on.toordinal() + days))
            sentences.append(Text(f"{_pot(line).en}: the plan promises it by {due.en}.", f"{_pot(line).km}៖ ផែនការសន្យាបើកត្រឹម{due.km}។"))
    paid = Payment.objects.filter(disbursement__recipient=recipient, disbursement__project=run.project, status=Payment.Status.PAID)
    parts = tuple(
        Part(
            _money(one.local_minor, one.local_currency),
            Text(f"paid on {_day(one.paid_on).en}, reference {one.bank_reference}", f"បានបើកនៅ{_day(one.paid_on).km} លេខយោង {one.bank_reference}"),
        )
        for one in paid.filter(paid_on__gte=run.tranche.received_on).order_by("-paid_on", "-id")[:MOST_PAID]
    )
    if not parts:
        sentences.append(Text("Nothing of this project has been paid to you since.", "ចាប់ពីពេលនោះមក មិនទាន់មានប្រាក់ពីគម្រោងនេះបើកជូនលោកអ្នកទេ។"))
    return Answer(Text("When?", "ពេលណា?"), tuple(sentences), parts)


def _account(recipient: Recipient) -> Answer:
    account = approved_account(recipient_id=recipient.pk)
    question = Text("Into which account?", "ចូលគណនីណា?")
    if account is None:
        none = Text("No account has been agreed yet: nothing can be paid.", "មិនទាន់មានគណនីដែលបានព្រមព្រៀងទេ៖ មិនអាចបើកប្រាក់បានឡើយ។")
        return Answer(question, (none,))
    same = f"{account}, {account.account_name}"
    return Answer(question, (Text(same, same),))


def _complain(recipient: Recipient, on: date) -> Answer:
    names = ", ".join(person.full_name for person in liaisons_of(recipient_id=recipient.pk, on=on)[:2])
    whom_en, whom_km = (f" ({names})", f" ({names})") if names else ("", "")
    return Answer(
        Text("What if something is not right?", "បើមានអ្វីមិនត្រឹមត្រូវ?"),
        (
            Text(
                f"Tell your committee, the community liaison{whom_en}, or the office that printed this page. You need not give your name. "
                "It costs nothing, and nobody may be punished for it.",
                f"សូមប្រាប់គណៈកម្មការ មន្ត្រីទំនាក់ទំនងសហគមន៍{whom_km} ឬការិយាល័យដែលបានបោះពុម្ពទំព័រនេះ។ មិនចាំបាច់ប្រាប់ឈ្មោះទេ។ "
                "មិនអស់ថ្លៃអ្វីឡើយ ហើយគ្មាននរណាត្រូវទទួលទោសដោយសារការប្តឹងទេ។",
            ),
        ),
        url=_grievances(),
    )


# --- Small words ------------------------------------------------------------------------------------------------------------
def _plan(run: AllocationRun) -> Plan | None:
    try:
        return plan_of(run.plan_version) if run.plan_version else None
    except PlanRefused:
        return None


def _pot(line: AllocationLine) -> Text:
    return Text(line.pot.title, line.pot.title_km or line.pot.title)


def _waits_for(line: AllocationLine, on: date) -> Text:
    """Say what a withheld line still waits for, in both languages; nothing where all of it holds by now."""
    found = waits(lines=[line], on=on)[line.pk]
    if found.missing:
        return Text(f"Still missing: {_names(found.missing, 'en')}.", f"នៅខ្វះ៖ {_names(found.missing, 'km')}។")
    if found.short_minor:
        short = _money(found.short_minor, line.run.currency)
        return Text(f"{short} below the smallest payment; it is kept for you.", f"{short} ក្រោមការទូទាត់តិចបំផុត វាត្រូវបានរក្សាទុកជូន។")
    return Text("Nothing is missing any more: the office releases it.", "លែងខ្វះអ្វីហើយ៖ ការិយាល័យនឹងដោះលែងវា។")


def _names(codes: Iterable[str], language: str) -> str:
    with translation.override(language):
        return ", ".join(condition_names(codes))


def _grievances() -> str:
    """Return where a complaint may be written, or nothing where there is no such page."""
    try:
        return reverse("grievances:start")
    except NoReverseMatch:
        return ""


def _money(minor: int, currency: str) -> str:
    return f"{plain(Money(minor, currency))} {currency}"


def _day(day: date) -> Text:
    return Text(f"{day.day} {MONTHS[day.month - 1]} {day.year}", f"ថ្ងៃទី{day.day} ខែ{MONTHS_KM[day.month - 1]} ឆ្នាំ{day.year}")


def _riel(minor: int, currency: str, recipient: Recipient) -> Text:
    """Say about how much it is in riel, at the rate of the last payment in riel; nothing where none was ever paid."""
    if currency == "KHR" or not minor:
        return Text()
    paid = Payment.objects.filter(currency=currency, local_currency="KHR", status=Payment.Status.PAID).exclude(rate="").order_by("-paid_on", "-id")
    last = paid.filter(disbursement__recipient=recipient).first() or paid.first()
    rate: Fraction | None = number(text=last.rate) if last else None
    if last is None or rate is None:
        return Text()
    riel = plain(Money(down(exact=Fraction(Money(minor, currency).major()) * rate, quantum=RIEL_NOTE), "KHR"))
    day = _day(last.paid_on)
    return Text(
        f", about {riel} riel at {last.rate}, the rate of the last payment in riel ({day.en})",
        f" ប្រហែល {riel} រៀល តាមអត្រា {last.rate} នៃការបើកប្រាក់រៀលចុងក្រោយ ({day.km})",
    )
