"""What officers and approvers do about money to be repaid, each as a page: one service call, one sentence back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.spending import services
from communities.spending.amounts import shown
from communities.spending.models import Category, Recoverable, Settlement, SpendingRecord, Status
from communities.spending.parts import spent_parts
from communities.spending.refusals import already_decided
from core import clock, files
from core.acts import Act, Asked, Done, Fact
from core.admin import row_address
from core.clock import day_of
from core.forms import AmountField, DocumentField, ReasonForm
from core.money import Money, plain
from core.people.access import CHECKERS, MAKERS, OFFICERS
from revenue.credits.models import BankAccount
from revenue.disbursements.forms import PastDayField, minor
from revenue.disbursements.models import Disbursement, Payment

IN_RECORDS_CURRENCY = gettext_lazy("In the currency it was spent in.")


class DisallowForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    amount = AmountField(label=gettext_lazy("Amount that is not allowed"), help_text=IN_RECORDS_CURRENCY)
    category = forms.ModelChoiceField(
        Category.objects.order_by("is_eligible", "name"),
        label=gettext_lazy("What it was in truth"),
        required=False,
        empty_label=gettext_lazy("As logged"),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class PaymentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Advances that were paid, by recipient."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.recipient} · {obj} · {obj.get_purpose_display()}"


class AskBackForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    disbursement = PaymentChoice(
        Disbursement.objects.filter(kind=Disbursement.Kind.ADVANCE, status=Disbursement.Status.PAID)
        .select_related("recipient")
        .order_by("recipient__name", "reference"),
        label=gettext_lazy("From which payment"),
        error_messages={"required": gettext_lazy("Choose the payment.")},
    )
    amount = AmountField(label=gettext_lazy("Amount to be repaid"), help_text=gettext_lazy("In the currency that the recipient was paid in."))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RepaidForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    bank_account = forms.ModelChoiceField(
        BankAccount.objects.order_by("name"),
        label=gettext_lazy("Back on our account"),
        error_messages={"required": gettext_lazy("Choose the bank account.")},
    )
    bank_reference = forms.CharField(label=gettext_lazy("Bank reference"), max_length=80)
    repaid_on = PastDayField(label=gettext_lazy("Repaid on"))
    amount = AmountField(label=gettext_lazy("Of what is owed"), help_text=IN_RECORDS_CURRENCY)
    credited = AmountField(label=gettext_lazy("Credited by our bank"), help_text=gettext_lazy("In the currency of the account."))


class WriteOffForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    amount = AmountField(label=gettext_lazy("Amount to write off"), help_text=IN_RECORDS_CURRENCY)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    document = DocumentField(label=gettext_lazy("The paper with the decision"), help_text=gettext_lazy("A PDF or a photo of it."))


class AllowForm(WriteOffForm):
    amount = AmountField(label=gettext_lazy("Amount to allow after all"), help_text=IN_RECORDS_CURRENCY)
    document = DocumentField(
        label=gettext_lazy("The paper that shows it"), required=False, help_text=gettext_lazy("Needed where nothing was logged for this money.")
    )


class TakeBackForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class AgreeForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


def waiting(row: Recoverable) -> Settlement | None:
    """Return what waits for an approver about it, if anything does."""
    return row.settlements.filter(status=Settlement.Status.PROPOSED).select_related("asked_by", "document").first()


# --- What is seen before deciding ---------------------------------------------------------------------------------------


def owed_facts(row: Recoverable) -> Iterable[Fact]:
    """Say what is owed, by whom and why."""
    yield Fact(_("Money to be repaid"), row.reference, row_address(row))
    yield Fact(_("Recipient"), row.recipient, row_address(row.recipient))
    if row.spending:
        yield Fact(_("Spending record"), row.spending, row_address(row.spending))
    if row.disbursement:
        yield Fact(_("From which payment"), row.disbursement, row_address(row.disbursement))
    yield Fact(_("Why"), row.reason)
    yield Fact(_("Still owed"), f"{shown(row.left_local_minor, row.local_currency)} = {Money(row.left_minor, row.currency)}")


def _to_decide(row: Recoverable) -> Iterable[Fact]:
    yield from owed_facts(row)
    asked = waiting(row)
    if asked is not None:
        yield Fact(_("Asked for"), f"{asked.get_kind_display()}: {shown(asked.local_minor, row.local_currency)}")
        if asked.undoes:
            yield from _of_repayment(asked.undoes)
        yield Fact(_("Why"), asked.reason)
        yield Fact(_("Asked for by"), f"{asked.asked_by}, {asked.asked_at:%Y-%m-%d}")
        if asked.document:
            yield Fact(_("The paper with the decision"), asked.document.original_name, reverse("admin:spending_settlement_paper", args=[asked.pk]))


def _of_repayment(repayment: Settlement) -> Iterable[Fact]:
    row = repayment.recoverable
    yield Fact(_("Repayment"), f"{repayment.bank_account} {repayment.bank_reference}, {repayment.repaid_on}", row_address(repayment))
    yield Fact(_("Credited by our bank"), Money(repayment.credited_minor or 0, row.currency))
    yield Fact(_("Of what is owed"), shown(repayment.local_minor, row.local_currency))
    yield Fact(_("Recorded by"), repayment.asked_by)


def _of_record(record: SpendingRecord) -> Iterable[Fact]:
    yield Fact(_("Spending record"), record.reference, row_address(record))
    yield Fact(_("Recipient"), record.recipient)
    yield Fact(_("Amount"), shown(record.amount_minor, record.currency))
    yield Fact(_("Paid from carbon revenue"), shown(sum(part.local_minor for part in spent_parts(record)), record.currency))
    yield Fact(_("Category"), record.category)
    yield Fact(_("What it was for"), record.description)


# --- One service call each ----------------------------------------------------------------------------------------------------


def _disallow(asked: Asked) -> Done:
    given = asked.data
    made = services.disallow_spending(
        client_key=given["client_key"], record_id=asked.row.pk, local_minor=minor(text=given["amount"], currency=asked.row.currency, field="amount"),
        reason=given["reason"], by=asked.by, at=asked.at, on=clock.today(), category_id=given["category"].pk if given["category"] else None,
    )  # fmt: skip
    return _made(made)


def _ask_back(asked: Asked) -> Done:
    given, record = asked.data, asked.row
    payment = given["disbursement"].payments.filter(status=Payment.Status.PAID).first()
    currency = payment.local_currency if payment else given["disbursement"].currency
    made = services.disallow_advance(
        client_key=given["client_key"], disbursement_id=given["disbursement"].pk, local_minor=minor(text=given["amount"], currency=currency, field="amount"),
        reason=given["reason"], by=asked.by, at=asked.at, on=clock.today(), record_id=record.pk if isinstance(record, SpendingRecord) else None,
    )  # fmt: skip
    return _made(made)


def _made(made: Recoverable) -> Done:
    amount = shown(made.local_minor, made.local_currency)
    said = _("%(reference)s: %(recipient)s owes %(amount)s back.") % {"reference": made.reference, "recipient": made.recipient, "amount": amount}
    return Done(said, url=row_address(made))


def _repaid(asked: Asked) -> str:
    given, row = asked.data, asked.row
    services.record_repayment(
        client_key=given["client_key"], recoverable_id=row.pk, bank_account_id=given["bank_account"].pk, bank_reference=given["bank_reference"],
        repaid_on=given["repaid_on"], local_minor=minor(text=given["amount"], currency=row.local_currency, field="amount"),
        credited_minor=minor(text=given["credited"], currency=row.currency, field="credited"), by=asked.by, at=asked.at,
    )  # fmt: skip
    return _("The repayment is recorded, and the money is back in the pot.")


def _ask_write_off(asked: Asked) -> str:
    services.ask_write_off(**_asked(asked))
    return _("An approver decides about %(reference)s.") % {"reference": asked.row.reference}


def _ask_to_allow(asked: Asked) -> str:
    services.ask_to_allow(**_asked(asked))
    return _("An approver decides about %(reference)s.") % {"reference": asked.row.reference}


def _ask_take_back(asked: Asked) -> str:
    given, row = asked.data, asked.row
    services.ask_to_take_back(client_key=given["client_key"], repayment_id=row.pk, reason=given["reason"], by=asked.by, at=asked.at)
    return _("An approver decides about %(reference)s.") % {"reference": row.recoverable.reference}


def _asked(asked: Asked) -> dict[str, Any]:
    given, document = asked.data, None
    if given["document"]:
        content, media_type, name = given["document"]
        document = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    return {
        "client_key": given["client_key"],
        "recoverable_id": asked.row.pk,
        "local_minor": minor(text=given["amount"], currency=asked.row.local_currency, field="amount"),
        "reason": given["reason"],
        "document_id": document.pk if document else None,
        "by": asked.by,
        "at": asked.at,
    }


def _decide(asked: Asked, *, approve: bool, words: str) -> None:
    found = waiting(asked.row)
    if found is None:
        raise already_decided(reference=asked.row.reference, standing=_("decided"))
    services.decide_settlement(settlement_id=found.pk, approve=approve, words=words, by=asked.by, at=asked.at, on=day_of(asked.at))


def _agree(asked: Asked) -> str:
    _decide(asked, approve=True, words=asked.data["words"])
    return _("It is done as it was asked for.")


def _decline(asked: Asked) -> str:
    _decide(asked, approve=False, words=asked.data["reason"])
    return _("It is refused: the money is still owed.")


def _cover_later(asked: Asked) -> str:
    made = services.cover_later(record_id=asked.row.pk, by=asked.by, at=asked.at, on=clock.today())
    return _("%(amount)s of %(record)s is now paid from carbon revenue.") % {
        "amount": shown(made.funded_minor, asked.row.currency),
        "record": asked.row,
    }


def _undo(asked: Asked) -> str:
    services.undo_acceptance(record_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, on=clock.today())
    return _("The acceptance of %(record)s is undone: its money is an advance again.") % {"record": asked.row}


# --- The acts ----------------------------------------------------------------------------------------------------------------


def _new_key(_row: Any) -> dict[str, Any]:
    return {"client_key": uuid4()}


def _whole_record(record: SpendingRecord) -> dict[str, Any]:
    return {"client_key": uuid4(), "amount": plain(Money(sum(part.local_minor for part in spent_parts(record)), record.currency))}


def _refused_amount(record: SpendingRecord) -> dict[str, Any]:
    return {"client_key": uuid4(), "amount": plain(Money(record.amount_minor - record.other_minor, record.currency))}


def _whole_rest(row: Recoverable) -> dict[str, Any]:
    return {"client_key": uuid4(), "amount": plain(Money(row.left_local_minor, row.local_currency))}


def _logger(record: SpendingRecord) -> int:
    return record.logged_by_id


def _asker(row: Recoverable) -> int | None:
    asked = waiting(row)
    return asked.asked_by_id if asked else None


def _is_owed(row: Recoverable) -> bool:
    return row.left_local_minor > 0


def _can_be_asked(row: Recoverable) -> bool:
    return row.left_local_minor > 0 and waiting(row) is None


def _stands(row: Settlement) -> bool:
    return row.kind == Settlement.Kind.REPAID and not row.is_undone


def _waits(row: Recoverable) -> bool:
    return waiting(row) is not None


def _is_accepted(record: SpendingRecord) -> bool:
    return record.status == Status.ACCEPTED


def _is_paid_by_us(record: SpendingRecord) -> bool:
    return _is_accepted(record) and bool(spent_parts(record))


def _is_refused(record: SpendingRecord) -> bool:
    return record.status == Status.REFUSED


def _is_open(record: SpendingRecord) -> bool:
    return _is_accepted(record) and services.open_minor(record) > 0


DISALLOW = Act(
    name="disallow", title=gettext_lazy("Disallow"), roles=OFFICERS, form=DisallowForm, run=_disallow, facts=_of_record, initial=_whole_record,
    possible=_is_paid_by_us, maker=_logger, is_refusal=True,
    explanation=gettext_lazy("What is not allowed is to be repaid. It stays open until it is repaid, written off or allowed after all."),
)  # fmt: skip
ASK_BACK_REFUSED = Act(
    name="ask-back", title=gettext_lazy("Ask the money back"), roles=OFFICERS, form=AskBackForm, run=_ask_back, facts=_of_record,
    initial=_refused_amount, possible=_is_refused, maker=_logger, is_refusal=True,
    explanation=gettext_lazy("For money of an advance that went to what was refused: it is no advance any more, and is to be repaid."),
)  # fmt: skip
COVER_LATER = Act(
    name="cover-later", title=gettext_lazy("Pay from a later advance"), roles=OFFICERS, run=_cover_later, facts=_of_record, possible=_is_open,
    maker=_logger, explanation=gettext_lazy("What was spent beyond the advances is drawn from those that were paid since, the oldest first."),
)  # fmt: skip
UNDO = Act(
    name="undo", title=gettext_lazy("Undo the acceptance"), roles=CHECKERS, form=ReasonForm, run=_undo, facts=_of_record, possible=_is_accepted,
    maker=lambda record: record.decided_by_id, is_refusal=True,
    explanation=gettext_lazy(
        "For an acceptance that was a mistake. Its entries are reversed on the first open day; what was spent in truth is logged again."
    ),
)  # fmt: skip
ASK_BACK = Act(
    name="ask-back", title=gettext_lazy("Ask an advance back"), roles=OFFICERS, form=AskBackForm, run=_ask_back, initial=_new_key,
    explanation=gettext_lazy("For an advance that nobody accounted for. It is no advance any more, and is to be repaid."),
)  # fmt: skip
REPAID = Act(
    name="repaid", title=gettext_lazy("Record a repayment"), roles=MAKERS, form=RepaidForm, run=_repaid, facts=owed_facts, initial=_whole_rest,
    possible=_is_owed,
    explanation=gettext_lazy("It goes back to the pot it came from. What the bank credited more or less than the books is an exchange difference."),
)  # fmt: skip
WRITE_OFF = Act(
    name="write-off", title=gettext_lazy("Ask to write it off"), roles=OFFICERS, form=WriteOffForm, run=_ask_write_off, facts=owed_facts,
    initial=_whole_rest, possible=_can_be_asked, explanation=gettext_lazy("An approver decides, never the person who asked."),
)  # fmt: skip
ALLOW = Act(
    name="allow", title=gettext_lazy("Ask to allow it after all"), roles=OFFICERS, form=AllowForm, run=_ask_to_allow, facts=owed_facts,
    initial=_whole_rest, possible=_can_be_asked, explanation=gettext_lazy("An approver decides, never the person who asked."),
)  # fmt: skip
TAKE_BACK = Act(
    name="take-back", title=gettext_lazy("Ask to take it back"), roles=OFFICERS, form=TakeBackForm, run=_ask_take_back, facts=_of_repayment,
    initial=_new_key, possible=_stands, is_refusal=True,
    explanation=gettext_lazy(
        "For a repayment that was of another debt, or never came. An approver decides, never the person who asked or recorded it."
        " Its whole entry is reversed, and what it paid is owed again."
    ),
)  # fmt: skip
AGREE = Act(name="agree", title=gettext_lazy("Agree"), roles=CHECKERS, form=AgreeForm, run=_agree, facts=_to_decide, possible=_waits, maker=_asker)
DECLINE = Act(
    name="decline", title=gettext_lazy("Refuse"), roles=CHECKERS, form=ReasonForm, run=_decline, facts=_to_decide, possible=_waits, maker=_asker,
    is_refusal=True,
)  # fmt: skip
