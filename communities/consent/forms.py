"""Forms of the acts on village plans and consents. Field names are those the services refuse at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communities.consent.models import Consent
from communities.registry.models import Recipient
from core.forms import AmountField, DayField, DocumentField, NumberField, minor_of
from core.ordering import by_own_name
from revenue.sharing.models import SPENDING_PURPOSES, PlanVersion, Purpose

CURRENCIES = [("KHR", _("riel (៛)")), ("USD", _("dollars ($)"))]


class CommunityChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Communities by name."""

    def __init__(self, **kwargs: Any) -> None:
        communities = Recipient.objects.filter(is_active=True, kind__in=Recipient.COMMUNITY_KINDS)
        super().__init__(
            communities.order_by(*by_own_name()), label=_("Community"), error_messages={"required": _("Choose the community.")}, **kwargs
        )

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name_km if get_language() == 'km' and obj.name_km else obj.name} ({obj.code})"


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Plan versions that communities are asked about, the newest first."""

    def __init__(self, **kwargs: Any) -> None:
        asked = PlanVersion.objects.filter(status__in=[PlanVersion.Status.PROPOSED, PlanVersion.Status.APPROVED]).select_related("project")
        super().__init__(
            asked.order_by("project__name", "-number"),
            label=_("Benefit-sharing plan"),
            error_messages={"required": _("Choose the plan that the community was asked about.")},
            **kwargs,
        )

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.project} · v{obj.number} · {obj.title}"


class ChangePlanForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=160, help_text=_("For example: Water and fields 2026–2027."))
    first_year = NumberField(label=_("First year"))
    last_year = NumberField(label=_("Last year"), help_text=_("The same as the first for a plan of one year."))


class BeginPlanForm(ChangePlanForm):
    recipient = CommunityChoice()
    field_order = ("recipient", "title", "first_year", "last_year")


class LineForm(forms.Form):
    activity = forms.CharField(
        label=_("Activity"), max_length=160, help_text=_("As the community calls it. The same name again adds another year to the same activity.")
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[(one.value, one.label) for one in SPENDING_PURPOSES if one != Purpose.COSTS])
    year = NumberField(label=_("Year"))
    amount = AmountField(label=_("Budget"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "amount" in given and "currency" in given:
            given["amount_minor"] = minor_of(form=self, field="amount", currency=given["currency"])
        given.pop("amount", None)
        return given


class SendPlanForm(forms.Form):
    met_on = DayField(label=_("Day of the community's meeting"))
    women = NumberField(label=_("Women at the meeting"))
    men = NumberField(label=_("Men at the meeting"))
    minutes = DocumentField(label=_("Minutes of the meeting"), help_text=_("A PDF or a photo of the signed paper."))


class RefusePlanForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})


class SaidForm(forms.Form):
    """What a community said, without which community: a liaison's page knows it already."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    plan_version = VersionChoice()
    kind = forms.ChoiceField(
        label=_("Community's answer"), choices=[("", "—"), *Consent.Kind.choices], error_messages={"required": _("Choose what was said.")}
    )
    happened_on = DayField(label=_("Day on which it was said"))
    said_by = forms.CharField(
        label=_("Who said it"), max_length=200, help_text=_("For example: the village assembly, or the elders and the committee.")
    )
    women = NumberField(label=_("Women at the meeting"), required=False)
    men = NumberField(label=_("Men at the meeting"), required=False)
    spoken_language = forms.CharField(
        label=_("Language in which it was explained"), max_length=60, required=False, help_text=_("For example: Khmer, Bunong.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where consent is refused or withdrawn: in the community's own words."),
    )
    document = DocumentField(
        label=_("Minutes or photo of them"), required=False, help_text=_("Needed for consent given or refused. A withdrawal may come without paper.")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        return {**given, "women": given.get("women") or 0, "men": given.get("men") or 0, "document": given.get("document") or None}


class ConsentForm(SaidForm):
    recipient = CommunityChoice()
    field_order = ("client_key", "recipient", "plan_version")


class ConfirmForm(forms.Form):
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class RejectForm(forms.Form):
    remark = forms.CharField(
        label=_("What is not right"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what is not right.")},
    )
