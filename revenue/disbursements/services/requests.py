"""Ask for a disbursement."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from core.audit.services import record
from core.money import LARGEST_MINOR
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement
from revenue.disbursements.refusals import NotFilledIn, key_used_otherwise, needed
from revenue.ledger.services import retry_on_deadlock
from revenue.sharing.models import SPENDING_PURPOSES, Pot


@retry_on_deadlock
@transaction.atomic
def request_disbursement(
    *,
    client_key: UUID,
    pot_id: int,
    bank_account_id: int,
    recipient_id: int,
    amount_minor: int,
    kind: str,
    description: str,
    due_on: date | None,
    account_by: date | None,
    by: User,
    at: datetime,
    on: date,
    reference: str | None = None,
) -> Disbursement:
    """
    Ask for money from a pot for one recipient; ``amount_minor`` in minor units of the pot's currency.

    The same ``client_key`` twice is the same disbursement. Nothing is posted: the pot is drawn at approval.

    :raises NotFilledIn: if a value cannot be right; ``field`` names it
    :raises ReferenceUsed: if the key was used with other values
    """
    require_role(person=by, roles=MAKERS)
    pot = Pot.objects.select_related("project").get(id=pot_id)
    bank = BankAccount.objects.get(id=bank_account_id)
    recipient = Recipient.objects.get(id=recipient_id)
    _check(pot, bank, recipient, amount_minor, kind)
    if account_by and due_on and account_by < due_on:
        raise NotFilledIn(_("It would have to be accounted for before it is paid."), field="account_by", next_step=_("Choose a later day."))
    values = {
        "project": pot.project,
        "pot": pot,
        "bank_account": bank,
        "recipient": recipient,
        "purpose": pot.purpose,
        "kind": kind,
        "amount_minor": amount_minor,
        "currency": bank.currency,
        "description": needed(text=description, field="description")[:300],
        "due_on": due_on,
        "account_by": account_by,
        "requested_by": by,
        "requested_at": at,
        "requested_on": on,
    }
    same = Disbursement.objects.filter(client_key=client_key).first()
    if same is not None:
        return _same(same, values)
    number = reference or next_reference(prefix="DB", year=on.year)
    disbursement, is_new = Disbursement.objects.get_or_create(client_key=client_key, defaults={**values, "reference": number})
    if not is_new:
        return _same(disbursement, values)
    after = {"amount_minor": amount_minor, "currency": bank.currency, "pot": pot.ledger_code, "recipient": recipient.code}
    record(act="disbursement.request", subject=f"disbursement:{disbursement.reference}", by=by, at=at, after=after)
    return disbursement


def _check(pot: Pot, bank: BankAccount, recipient: Recipient, amount_minor: int, kind: str) -> None:
    if not 0 < amount_minor <= LARGEST_MINOR:
        raise NotFilledIn(_("The amount must be above zero and possible."), field="amount", next_step=_("Check the number of zeros."))
    if kind not in Disbursement.Kind.values:
        raise NotFilledIn(_("Say whether this is an advance or a final payment."), field="kind")
    if pot.purpose not in SPENDING_PURPOSES:
        raise NotFilledIn(_("Nothing is paid from a reserve."), field="pot", next_step=_("Choose another pot, or have it released first."))
    if bank.currency != pot.project.currency:
        raise NotFilledIn(
            _("The pot is in %(pot)s and this bank account in %(bank)s.") % {"pot": pot.project.currency, "bank": bank.currency},
            field="bank_account",
            next_step=_("Choose an account in the pot's currency."),
        )
    if not recipient.is_active:
        raise NotFilledIn(
            _("This recipient is no longer active."), field="recipient", next_step=_("Choose another, or ask for it to be opened again.")
        )


def _same(before: Disbursement, values: dict[str, object]) -> Disbursement:
    """Return what the form made the first time, if it was the same form."""
    facts = ("pot", "bank_account", "recipient", "kind", "amount_minor", "description")
    if any(getattr(before, name) != values[name] for name in facts):
        raise key_used_otherwise()
    return before
