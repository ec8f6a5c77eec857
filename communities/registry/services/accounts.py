"""Where recipients are paid: proposed by an officer, decided by an approver who did not propose it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import PayeeAccount, Recipient
from communities.registry.refusals import NotPossible, WrongValue, sentences
from core.audit.services import record
from core.money import latin_digits
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User

_NUMBER: Final = re.compile(r"^\+?\d[\d -]{4,38}\d$")


def propose_account(
    *, recipient_id: int, channel: str, institution: str, account_name: str, account_number: str, reason: str, by: User, at: datetime
) -> PayeeAccount:
    """
    Propose where a recipient is paid from now on. Payments go to the approved account until this is decided.

    The same account proposed twice is one proposal.

    :raises NotPossible: if another proposal waits, or this account is the approved one
    :raises WrongValue: if the number cannot be an account number
    """
    require_role(person=by, roles=MAKERS)
    number = latin_digits(account_number).strip()
    if not _NUMBER.match(number):
        raise WrongValue(
            _("“%(text)s” is not an account number.") % {"text": account_number},
            field="account_number",
            next_step=_("It has at least six digits; spaces and - may stand between them."),
        )
    facts = {"channel": PayeeAccount.Channel(channel), "institution": institution, "account_name": account_name, "account_number": number}
    with sentences(), transaction.atomic():
        recipient = Recipient.objects.select_for_update().get(id=recipient_id)
        same = PayeeAccount.objects.filter(recipient=recipient, **facts)
        waiting = same.filter(status=PayeeAccount.Status.PROPOSED).first()
        if waiting is not None:
            return waiting
        if same.filter(status=PayeeAccount.Status.APPROVED).exists():
            raise NotPossible(_("The recipient is paid into this account already."), field="account_number")
        account = PayeeAccount.objects.create(recipient=recipient, reason=reason, proposed_by=by, proposed_at=at, **facts)
        after = {"channel": channel, "institution": institution, "account_name": account_name, "account_number": number}
        record(act="payee_account.propose", subject=f"recipient:{recipient.code}", by=by, at=at, after=after, reason=reason)
    return account


def decide_account(*, account_id: int, approve: bool, reason: str, by: User, at: datetime) -> PayeeAccount:
    """
    Approve or refuse a proposed account; approved, it replaces the one before.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before
    """
    require_role(person=by, roles=CHECKERS)
    with sentences(), transaction.atomic():
        account = PayeeAccount.objects.select_related("recipient").get(id=account_id)
        require_other_person(person=by, maker_id=account.proposed_by_id)
        if not approve and not reason.strip():
            raise WrongValue(_("Say why it is refused."), field="reason")
        # The recipient's row is locked first by everybody who changes its accounts.
        Recipient.objects.select_for_update().get(id=account.recipient_id)
        before = PayeeAccount.objects.filter(recipient_id=account.recipient_id, status=PayeeAccount.Status.APPROVED).first()
        if approve and before is not None:
            PayeeAccount.objects.filter(id=before.pk).update(status=PayeeAccount.Status.REPLACED)
        status = PayeeAccount.Status.APPROVED if approve else PayeeAccount.Status.REFUSED
        decided = PayeeAccount.objects.filter(id=account_id, status=PayeeAccount.Status.PROPOSED).update(
            status=status, decided_by=by, decided_at=at, reason=reason or account.reason
        )
        if decided != 1:
            raise NotPossible(_("This account is not waiting for a decision any more."))
        act = "payee_account.approve" if approve else "payee_account.refuse"
        was = {"account": str(before)} if before else {}
        record(act=act, subject=f"recipient:{account.recipient.code}", by=by, at=at, before=was, after={"account": str(account)}, reason=reason)
        account.refresh_from_db()
    return account
