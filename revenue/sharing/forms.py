"""Forms of the acts on plans, beneficiaries and allocations. Field names are those the services refuse at."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core import files
from core.forms import CURRENCIES, DayField, DecimalTextField, DocumentField, NumberField
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.sharing.models import Pot, Purpose
from revenue.sharing.queries.tranches import waiting_tranches


class PlanForm(forms.Form):
    """A plan as a file or as text: what was uploaded is shown as text, so that a mistake can be corrected on the page."""

    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    file = forms.FileField(label=_("Plan file"), required=False, max_length=200, help_text=_("A text file (YAML). Or paste it below."))
    text = forms.CharField(
        label=_("The plan as text"),
        required=False,
        max_length=1_000_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false", "class": "plan-text"}),
    )
    document = DocumentField(label=_("Signed document"), required=False, help_text=_("A PDF or a photo of the signed plan."))

    def clean(self) -> dict[str, Any]:
        return take_text(self, super().clean() or {})


def take_text(form: forms.Form, given: dict[str, Any]) -> dict[str, Any]:
    """Read an uploaded plan file as text; it stands in the text field when the page comes back with a mistake."""
    upload = given.get("file")
    if isinstance(upload, UploadedFile):
        given["text"] = _text_of(upload)
        form.data = MultiValueDict({**dict(cast("QueryDict", form.data).lists()), "text": [given["text"]]})
    if not given.get("text", "").strip() and "text" not in form.errors:
        form.add_error("text", _("Choose a plan file, or paste its text."))
    return given


def _text_of(upload: UploadedFile) -> str:
    try:
        return files.read_sheet(upload=cast("BinaryIO", upload)).decode("utf-8-sig")
    except files.NotAcceptable as refusal:
        raise forms.ValidationError({"file": str(refusal)}) from refusal
    except UnicodeDecodeError as error:
        raise forms.ValidationError({"file": _("This is not a text file. Choose the plan file (YAML, UTF-8).")}) from error


class RemarkForm(forms.Form):
    """A decision that needs no reason, but may have a remark."""

    reason = forms.CharField(label=_("Remark"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SeenForm(forms.Form):
    """Confirms what was shown above it: the digest of that preview goes along."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class SeenReasonForm(SeenForm):
    """Confirms what was shown above it, and says why it is done again."""

    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")},
        help_text=_("Which fact came late, and where it is from."),
    )  # fmt: skip


class DraftForm(forms.Form):
    """A draft's file, as it stands or as it is uploaded anew."""

    file = forms.FileField(label=_("Plan file"), required=False, max_length=200, help_text=_("A text file (YAML). Or change it below."))
    text = forms.CharField(
        label=_("The plan as text"), required=False, max_length=1_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false", "class": "plan-text"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        return take_text(self, super().clean() or {})


class _PotField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.ledger_code})"


class ReserveForm(forms.Form):
    """Where money goes from reserve, and why now."""

    pot = _PotField(
        Pot.objects.exclude(purpose=Purpose.RESERVE).select_related("project").order_by("project__code", "code"), label=_("Into the pot"), required=False,
        help_text=_("Left out: where the plan says it goes when it expires."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})


class _TrancheField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.received_on.isoformat()} · {obj.currency}"


class FactForm(forms.Form):
    """A number or a word that a plan asks for."""

    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    name = forms.CharField(
        label=_("Name in the plan"), max_length=40, help_text=_("As the plan file writes it after “stated” or “choose”, for example costs or price."),
        error_messages={"required": _("Give the name.")},
    )  # fmt: skip
    value = forms.CharField(
        label=_("Value"), max_length=60, help_text=_("A number in major units, or a word."), error_messages={"required": _("Give the value.")}
    )
    from_date = DayField(label=_("From"), help_text=_("It holds for receipts of this day and later."))
    tranche = _TrancheField(
        Tranche.objects.order_by("-received_on", "-id"), label=_("Only for the receipt"), required=False,
        help_text=_("Costs are usually those of one receipt; a rate or an age holds for all."),
    )  # fmt: skip
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("The invoice, report or decision it is from."),
        error_messages={"required": _("Name the source.")},
    )
    document = DocumentField(label=_("Document"), required=False, help_text=_("A PDF or a photo."))


class RateForm(forms.Form):
    base = forms.ChoiceField(choices=CURRENCIES, label=_("One unit of"), initial="USD")
    currency = forms.ChoiceField(choices=CURRENCIES, label=_("is paid in"), initial="KHR")
    rate = DecimalTextField(label=_("Rate"), help_text=_("For example 4,050."))
    on = DayField(label=_("Day of the rate"))
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Who published it, for example the National Bank of Cambodia."),
        error_messages={"required": _("Name the source.")},
    )  # fmt: skip


class RulingForm(forms.Form):
    """What people decided about a step of the plan, with its document."""

    tranche = _TrancheField(Tranche.objects.none(), label=_("Receipt"), error_messages={"required": _("Choose a receipt that waits to be shared.")})
    step = forms.CharField(
        label=_("Step of the plan"), max_length=40, help_text=_("Its number on the plan's page, or its id in the file."),
        error_messages={"required": _("Name the step.")},
    )  # fmt: skip
    authority = forms.CharField(
        label=_("Who decided"),
        max_length=160,
        help_text=_("For example: Assembly of the villages."),
        error_messages={"required": _("Say who decided.")},
    )
    title = forms.CharField(
        label=_("Document"), max_length=160, help_text=_("For example: Minutes of 4 May 2026."), error_messages={"required": _("Name the document.")}
    )
    document = DocumentField(label=_("The document's file"), help_text=_("The minutes or the decision, as a PDF or a photo."))
    decided_on = DayField(label=_("Day of the decision"))
    women_present = NumberField(label=_("Women present"), required=False, help_text=_("For the recipients' own division."))
    men_present = NumberField(label=_("Men present"), required=False)
    why = forms.CharField(
        label=_("Why it departs from the rule"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Left out for a step that the recipients divide themselves."),
    )  # fmt: skip
    parts = forms.CharField(
        label=_("Who gets what"), max_length=200_000, widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "plan-text"}),
        help_text=_("One line each, all as shares or all as amounts: pu-char: 60 % or pu-char: 1/3 or pu-char: 1,250.00"),
        error_messages={"required": _("Write who gets what.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Tranche]", self.fields["tranche"])
        field.queryset = waiting_tranches()

    def clean_parts(self) -> dict[str, dict[str, str]]:
        shares: dict[str, str] = {}
        amounts: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["parts"].splitlines(), start=1):
            code, colon, text = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if not colon or not code or not text:
                raise forms.ValidationError(_("Line %(line)s: write the code, a colon, and the part."), params={"line": number})
            if code in shares or code in amounts:
                raise forms.ValidationError(_("Line %(line)s: “%(code)s” is there twice."), params={"line": number, "code": code})
            (shares if "%" in text or "/" in text else amounts)[code] = text
        if shares and amounts:
            raise forms.ValidationError(_("Write either all as shares or all as amounts."))
        return {"shares": shares} if shares else {"amounts": amounts}


class BeneficiaryForm(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    recipient = forms.ModelChoiceField(
        Recipient.objects.filter(is_active=True).order_by("name"), label=_("Recipient"), error_messages={"required": _("Choose the recipient.")}
    )
    group = forms.SlugField(label=_("Group"), max_length=40, help_text=_("As the plan file names it, for example villages."))
    from_date = DayField(label=_("From"))


class EndForm(forms.Form):
    to_date = DayField(label=_("Until"), help_text=_("The first day on which it no longer shares."))
