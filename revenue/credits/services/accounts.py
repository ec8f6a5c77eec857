"""Change the bank or number of one of our own accounts: said by one person, decided by another."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.money import latin_digits
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import BankAccount, BankAccountChange
from revenue.credits.refusals import NotPossible, WrongValue, sentences

_NUMBER: Final = re.compile(r"^[0-9A-Za-z][0-9A-Za-z -]{4,38}$")


def propose_account_change(*, bank_account_id: int, institution: str, account_number: str, why: str, by: User, at: datetime) -> BankAccountChange:
    """
    Say that one of our accounts is at another bank or has another number. Nothing changes until another person approves it.

    The same proposal made twice is one.

    :raises NotPossible: if another change of it waits, or that is its number already
    :raises WrongValue: if the number cannot be an account number, or a value is missing
    """
    require_role(person=by, roles=MAKERS)
    facts = {"institution": institution.strip()[:80], "account_number": latin_digits(account_number).strip()[:40], "why": why.strip()[:300]}
    for field, value in facts.items():
        if not value:
            raise WrongValue(_("This is empty."), field=field)
    if not _NUMBER.match(facts["account_number"]):
        raise WrongValue(
            _("“%(text)s” is not an account number.") % {"text": account_number},
            field="account_number",
            next_step=_("It has at least five digits or letters; spaces and - may stand between them."),
        )
    with sentences(), transaction.atomic():
        account = BankAccount.objects.select_for_update().get(id=bank_account_id)
        waiting = BankAccountChange.objects.filter(bank_account=account, status=BankAccountChange.Status.PROPOSED).first()
        if waiting is not None and all(getattr(waiting, name) == value for name, value in facts.items()):
            return waiting
        if waiting is not None:
            raise NotPossible(_("Another change of this account waits to be decided."), next_step=_("Have it decided first."))
        if (account.institution, account.account_number) == (facts["institution"], facts["account_number"]):
            raise NotPossible(_("That is its number already."), next_step=_("Write the new number."))
        change = BankAccountChange.objects.create(
            bank_account=account, old_institution=account.institution, old_number=account.account_number, proposed_by=by, proposed_at=at, **facts
        )
        record(act="bank_account.propose-change", subject=f"bank_account:{account.code}", by=by, at=at, after=facts, reason=facts["why"])
    return change


def decide_account_change(*, change_id: int, approve: bool, reason: str, by: User, at: datetime) -> BankAccountChange:
    """
    Approve or refuse another bank or number of one of our accounts.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before
    :raises WrongValue: if it is refused without a reason
    """
    require_role(person=by, roles=CHECKERS)
    with sentences(), transaction.atomic():
        change = BankAccountChange.objects.select_for_update(of=("self",)).get(id=change_id)
        require_other_person(person=by, maker_id=change.proposed_by_id)
        if change.status != BankAccountChange.Status.PROPOSED:
            raise NotPossible(_("This change is %(status)s already.") % {"status": change.get_status_display()})
        if not approve and not reason.strip():
            raise WrongValue(_("Say why it is refused."), field="reason")
        change.status = BankAccountChange.Status.APPROVED if approve else BankAccountChange.Status.REFUSED
        change.decided_by, change.decided_at, change.reason = by, at, reason.strip()[:300]
        change.save()
        account = BankAccount.objects.select_for_update().get(id=change.bank_account_id)
        before, after = _facts(account), {"institution": change.institution, "account_number": change.account_number}
        if approve:
            account.institution, account.account_number = change.institution, change.account_number
            account.save(update_fields=["institution", "account_number"])
        act = "bank_account.approve-change" if approve else "bank_account.refuse-change"
        record(act=act, subject=f"bank_account:{account.code}", by=by, at=at, before=before, after=after, reason=reason or change.why)
    return change


def _facts(account: BankAccount) -> dict[str, str]:
    return {"institution": account.institution, "account_number": account.account_number}
