"""Money that no sale brought: entered with its document by one person, decided by another."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import LARGEST_MINOR
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount, Identification, OtherIncome
from revenue.credits.refusals import AlreadyThere, NotPossible, WrongValue, check_day, sentences
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import Place, Row, open_tranche, post, retry_on_deadlock


def propose_income(
    *,
    kind: str,
    project_id: int,
    bank_account_id: int,
    bank_reference: str,
    value_date: date,
    amount_minor: int,
    payer: str,
    document_id: int,
    by: User,
    at: datetime,
    reference: str | None = None,
) -> OtherIncome:
    """
    Enter interest, a grant, co-funding or pre-financing that a bank credited, with the document that shows it.

    ``amount_minor`` is in minor units of the bank account's currency; ``payer`` who gave it, empty for interest. The
    same facts proposed twice are one proposal.

    :raises AlreadyThere: if the bank reference stands for other money of the account
    :raises WrongValue: if a value cannot be right
    """
    require_role(person=by, roles=MAKERS)
    _check(kind=kind, amount_minor=amount_minor, payer=payer, bank_reference=bank_reference)
    check_day(day=value_date, today=day_of(at), field="value_date")
    facts = {"kind": kind, "project_id": project_id, "value_date": value_date, "amount_minor": amount_minor, "payer": payer.strip()}
    with sentences(), transaction.atomic():
        # One at a time for an account, so that the same form sent twice finds what it made.
        bank = BankAccount.objects.select_for_update(no_key=True).get(id=bank_account_id)
        live = OtherIncome.objects.filter(bank_account=bank, bank_reference=bank_reference.strip()).exclude(status=OtherIncome.Status.REFUSED)
        same = live.first()
        if same is not None and all(getattr(same, name) == value for name, value in facts.items()):
            return same
        if same is not None:
            raise AlreadyThere(_("This bank reference was recorded as %(income)s already.") % {"income": same.reference}, field="bank_reference")
        income = OtherIncome.objects.create(
            reference=reference or next_reference(prefix="OI", year=value_date.year), bank_account=bank, currency=bank.currency,
            bank_reference=bank_reference.strip(), document_id=document_id, proposed_by=by, proposed_at=at, **facts,
        )  # fmt: skip
        _audit("income.propose", income, by, at)
    return income


@retry_on_deadlock
def decide_income(*, income_id: int, approve: bool, reason: str, by: User, at: datetime) -> OtherIncome:
    """
    Approve or refuse other income. Approved, it is received and unallocated until two people assign it to a pot.

    Interest joins the tranche of its bank account and year; of a donor, each payment is a tranche.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before
    """
    require_role(person=by, roles=CHECKERS)
    with sentences(), transaction.atomic():
        income = OtherIncome.objects.select_for_update(of=("self",)).select_related("bank_account").get(id=income_id)
        require_other_person(person=by, maker_id=income.proposed_by_id)
        if income.status != OtherIncome.Status.PROPOSED:
            raise NotPossible(_("This income is %(status)s already.") % {"status": income.get_status_display()})
        if not approve and not reason.strip():
            raise WrongValue(_("Say why it is refused."), field="reason")
        income.status = OtherIncome.Status.APPROVED if approve else OtherIncome.Status.REFUSED
        income.decided_by, income.decided_at, income.reason = by, at, reason.strip()[:300]
        if approve:
            _post(income, by, at)
        income.save()
        _audit("income.approve" if approve else "income.refuse", income, by, at, reason)
    return income


def _check(*, kind: str, amount_minor: int, payer: str, bank_reference: str) -> None:
    if kind not in OtherIncome.Kind.values:
        raise WrongValue(_("Choose what kind of money it is."), field="kind")
    if not 0 < amount_minor <= LARGEST_MINOR:
        raise WrongValue(_("The amount is above zero, and not absurdly large."), field="amount_minor")
    if not bank_reference.strip():
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    is_interest = kind == OtherIncome.Kind.INTEREST
    if is_interest and payer.strip():
        raise WrongValue(_("Interest comes from the bank itself."), field="payer", next_step=_("Leave it empty."))
    if not is_interest and not payer.strip():
        raise WrongValue(_("Say who gave the money."), field="payer")


def _post(income: OtherIncome, by: User, at: datetime) -> None:
    income.tranche = _tranche(income, by, at)
    income.entry = post(
        event=chart.RECEIPT,
        day=first_open_day(happened_on=income.value_date),
        occurred_on=income.value_date,
        rows=[
            Row(
                Place(chart.UNALLOCATED, income.currency, bank=income.bank_account.code),
                Place(chart.RECEIVED, income.currency),
                income.amount_minor,
                income.tranche.pk,
            )
        ],
        key=f"income:{income.reference}",
        document=income.reference,
        by_id=by.pk,
    )


def _tranche(income: OtherIncome, by: User, at: datetime) -> Tranche:
    code = income.reference
    if income.source == chart.INTEREST:
        # The account is held, so that two who approve its first interest of a year open one tranche.
        BankAccount.objects.select_for_update(no_key=True).get(id=income.bank_account_id)
        code = f"INT-{income.bank_account.code}-{income.value_date.year}"
    tranche = Tranche.objects.filter(code=code, source=income.source).first()
    if tranche is None:
        tranche = open_tranche(source=income.source, received_on=income.value_date, currency=income.currency, code=code)
        Identification.objects.create(tranche=tranche, project_id=income.project_id, identified_by=by, identified_at=at)
        return tranche
    owner = Identification.objects.filter(tranche=tranche).order_by("-number").values_list("project_id", flat=True).first()
    if owner != income.project_id:
        raise NotPossible(
            _("The interest of this account and year was entered for another project."),
            next_step=_("Refuse this one, and enter it for that project."),
        )
    return tranche


def _audit(act: str, income: OtherIncome, by: User, at: datetime, reason: str = "") -> None:
    after = {
        "kind": income.kind,
        "bank": income.bank_account.code,
        "bank_reference": income.bank_reference,
        "value_date": income.value_date.isoformat(),
        "amount_minor": income.amount_minor,
        "currency": income.currency,
        "payer": income.payer,
        "status": str(income.status),
    }
    record(act=act, subject=f"income:{income.reference}", by=by, at=at, after=after, reason=reason)
