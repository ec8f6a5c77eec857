"""Money moved between two bank accounts of the programme: recorded from the lines of both statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import LARGEST_MINOR
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount, BankTransfer, Identification
from revenue.credits.queries import MOVABLE
from revenue.credits.refusals import AlreadyThere, WrongValue, check_day, sentences
from revenue.credits.services.shares import SENDER_FEES
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row, place_of
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import Drawn, EntryDraft, draw, post_many, retry_on_deadlock


@retry_on_deadlock
def record_transfer(
    *,
    from_account_id: int,
    to_account_id: int,
    sent_reference: str,
    sent_on: date,
    sent_minor: int,
    credited_reference: str,
    credited_on: date,
    credited_minor: int,
    places: Sequence[str],
    by: User,
    at: datetime,
) -> BankTransfer:
    """
    Record a transfer between two accounts in one currency: what the one debited and the other credited.

    ``places`` are the ledger's account codes of what was moved, in the order it is taken, oldest tranche first. What a
    bank kept on the way is charged to the first pot among them, else to unallocated money. Posted on the day it
    arrived. The same transfer recorded twice is one.

    :raises NotEnoughMoney: if the places hold less
    :raises AlreadyThere: if one of the lines stands for another transfer
    :raises WrongValue: if a value cannot be right
    """
    require_role(person=by, roles=MAKERS)
    for day, field in ((sent_on, "sent_on"), (credited_on, "credited_on")):
        check_day(day=day, today=day_of(at), field=field)
    asked = _Asked(sent_reference.strip()[:80], sent_on, sent_minor, credited_reference.strip()[:80], credited_on, credited_minor)
    with sentences(), transaction.atomic():
        # Both accounts are held in one order: the same form sent twice finds what it made.
        accounts = {
            bank.pk: bank
            for bank in BankAccount.objects.select_for_update(no_key=True).filter(id__in=[from_account_id, to_account_id]).order_by("id")
        }
        origin, goal = accounts[from_account_id], accounts[to_account_id]
        _check(origin, goal, asked)
        same = BankTransfer.objects.filter(from_account=origin, sent_reference=asked.sent_reference).first()
        if same is not None:
            return _same(same, goal, asked)
        name = next_reference(prefix="BT", year=credited_on.year)
        entry_id, fee_id = _post(origin, goal, asked, _chosen(origin, places), name, by)
        transfer = BankTransfer.objects.create(
            reference=name, from_account=origin, to_account=goal, currency=origin.currency, sent_reference=asked.sent_reference, sent_on=sent_on,
            sent_minor=sent_minor, credited_reference=asked.credited_reference, credited_on=credited_on, credited_minor=credited_minor,
            entry_id=entry_id, fee_entry_id=fee_id, recorded_by=by, recorded_at=at,
        )  # fmt: skip
        after = {"from": origin.code, "to": goal.code, "sent_minor": sent_minor, "credited_minor": credited_minor, "currency": origin.currency}
        record(act="transfer.record", subject=f"transfer:{name}", by=by, at=at, after={**after, "places": list(places)})
    return transfer


@dataclass(frozen=True, slots=True)
class _Asked:
    sent_reference: str
    sent_on: date
    sent_minor: int
    credited_reference: str
    credited_on: date
    credited_minor: int


def _check(origin: BankAccount, goal: BankAccount, asked: _Asked) -> None:
    if origin == goal:
        raise WrongValue(_("Choose two different accounts."), field="to_account")
    if origin.currency != goal.currency:
        raise WrongValue(
            _("The accounts are in %(one)s and %(other)s.") % {"one": origin.currency, "other": goal.currency},
            field="to_account",
            next_step=_("Only accounts in one currency can be joined by a transfer."),
        )
    for text, field in ((asked.sent_reference, "sent_reference"), (asked.credited_reference, "credited_reference")):
        if not text:
            raise WrongValue(_("Copy the bank's reference from the statement."), field=field)
    if not 0 < asked.credited_minor <= asked.sent_minor <= LARGEST_MINOR:
        raise WrongValue(
            _("What was credited is above zero, and not more than what was debited."), field="credited_minor", next_step=_("Check the zeros.")
        )
    if (asked.sent_minor - asked.credited_minor) * 10 > asked.sent_minor:
        raise WrongValue(_("No bank keeps so much of a transfer."), field="credited_minor", next_step=_("Check the zeros of both amounts."))
    if asked.credited_on < asked.sent_on:
        raise WrongValue(_("The money cannot arrive before it left."), field="credited_on")


def _same(before: BankTransfer, goal: BankAccount, asked: _Asked) -> BankTransfer:
    facts = (before.to_account_id, before.sent_on, before.sent_minor, before.credited_reference, before.credited_on, before.credited_minor)
    if facts == (goal.pk, asked.sent_on, asked.sent_minor, asked.credited_reference, asked.credited_on, asked.credited_minor):
        return before
    raise AlreadyThere(
        _("This bank reference was recorded as transfer %(transfer)s already.") % {"transfer": before.reference},
        field="sent_reference",
        next_step=_("Open that transfer."),
    )


def _chosen(origin: BankAccount, codes: Sequence[str]) -> list[Place]:
    """Return the places that were chosen, each at the account the money left."""
    places = [place_of(code) for code in dict.fromkeys(codes) if code.count("|") == 5]
    right = [place for place in places if place.kind in MOVABLE and (place.bank, place.currency) == (origin.code, origin.currency)]
    if not right or len(right) < len(set(codes)):
        raise WrongValue(_("Choose what was moved, from what lies at that bank."), field="places")
    return right


def _post(origin: BankAccount, goal: BankAccount, asked: _Asked, places: Sequence[Place], name: str, by: User) -> tuple[int, int | None]:
    """Post what arrived and, in an entry of its own, what a bank kept; return the entries' ids."""
    arrived = {place: replace(place, bank=goal.code) for place in places}
    fee_minor = asked.sent_minor - asked.credited_minor
    drawn = draw(sources=places, others=list(arrived.values()), amount_minor=asked.sent_minor)
    fees, moved = _without_fee(drawn, _bearer(places), fee_minor) if fee_minor else ([], drawn)
    rows = [Row(arrived[part.place], part.place, part.amount_minor, part.tranche_id) for part in moved]
    day = first_open_day(happened_on=asked.credited_on)
    drafts = [EntryDraft(chart.BANK_TRANSFER, day, rows, f"transfer:{name}", name, by.pk, asked.credited_on)]
    if fees:
        event = chart.BANK_FEE if fees[0].place.kind == chart.POT else chart.SENDER_FEE
        drafts.append(EntryDraft(event, day, _charged(fees), f"transfer-fee:{name}", name, by.pk, asked.credited_on))
    entry_id, *fee_id = post_many(entries=drafts)
    return entry_id, fee_id[0] if fee_id else None


def _bearer(places: Sequence[Place]) -> Place:
    for kind in (chart.POT, chart.UNALLOCATED):
        for place in places:
            if place.kind == kind:
                return place
    raise WrongValue(
        _("A bank kept something on the way, and no reserve or withheld money may pay a fee."),
        field="places",
        next_step=_("Choose a pot or unallocated money too."),
    )


def _without_fee(drawn: Sequence[Drawn], bearer: Place, fee_minor: int) -> tuple[list[Drawn], list[Drawn]]:
    """Set aside the fee from what was drawn of one place, the newest money first; return it, and what is left to move."""
    fees, moved, left = list[Drawn](), list[Drawn](), fee_minor
    for part in reversed(drawn):
        some = min(left, part.amount_minor) if part.place == bearer else 0
        left -= some
        if some:
            fees.append(replace(part, amount_minor=some))
        if part.amount_minor > some:
            moved.insert(0, replace(part, amount_minor=part.amount_minor - some))
    if left:
        raise WrongValue(_("What bears the fee has less than the fee."), field="places", next_step=_("Choose another pot too."))
    return fees, moved


def _charged(fees: Sequence[Drawn]) -> list[Row]:
    projects = dict(
        Identification.objects.filter(tranche_id__in=[part.tranche_id for part in fees])
        .order_by("tranche_id", "-number")
        .distinct("tranche_id")
        .values_list("tranche_id", "project__code")
    )
    return [
        Row(
            Place(chart.CHARGE, part.place.currency, pot=part.place.pot or f"{projects[part.tranche_id]}/{SENDER_FEES}"),
            part.place,
            part.amount_minor,
            part.tranche_id,
        )
        for part in fees
    ]
