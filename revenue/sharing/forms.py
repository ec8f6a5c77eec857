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
from core.forms import DayField, DocumentField
from revenue.credits.models import Project


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
        given = super().clean() or {}
        upload = given.get("file")
        if isinstance(upload, UploadedFile):
            given["text"] = self._text_of(upload)
            # What was uploaded stands in the text field when the page comes back with a mistake.
            self.data = MultiValueDict({**dict(cast("QueryDict", self.data).lists()), "text": [given["text"]]})
        if not given.get("text", "").strip() and "text" not in self.errors:
            self.add_error("text", _("Choose a plan file, or paste its text."))
        return given

    @staticmethod
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


class BeneficiaryForm(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    recipient = forms.ModelChoiceField(
        Recipient.objects.filter(is_active=True).order_by("name"), label=_("Recipient"), error_messages={"required": _("Choose the recipient.")}
    )
    group = forms.SlugField(label=_("Group"), max_length=40, help_text=_("As the plan file names it, for example villages."))
    from_date = DayField(label=_("From"))


class EndForm(forms.Form):
    to_date = DayField(label=_("Until"), help_text=_("The first day on which it no longer shares."))
