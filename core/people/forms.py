"""Sign-in, the own password, and the administrators' forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.people.models import Role, User


class SignInForm(AuthenticationForm):
    """User name and password; a wrong one of either is answered with one sentence that tells neither."""

    error_messages = {
        "invalid_login": _("This user name and password do not belong together. Capital and small letters are different."),
        "inactive": _("This user name and password do not belong together. Capital and small letters are different."),
    }

    username = UsernameField(
        label=_("User name"),
        error_messages={"required": _("Write your user name.")},
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none", "autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Write your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The present password once and the new one twice; the service judges the new one."""

    old_password = forms.CharField(
        label=_("Your present password"),
        strip=False,
        error_messages={"required": _("Write the password you signed in with.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new_password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        error_messages={"required": _("Write a new password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=_("New password again"),
        strip=False,
        error_messages={"required": _("Write the new password again.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.rules = password_validators_help_texts()

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not self.person.check_password(old):
            raise forms.ValidationError(_("This is not your present password."))
        return old

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, second = given.get("new_password1"), given.get("new_password2")
        if first and second and first != second:
            self.add_error("new_password2", _("The two are not the same."))
        return given


class PersonForm(forms.Form):
    """A new person; the role is chosen once."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("Small letters, digits and . _ - without spaces; it is typed on phones."),
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", _("Use small letters, digits, . _ and - without spaces."))],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", "—"), *Role.choices],
        help_text=_("A role is never changed: who gets another task gets another account, and this one is suspended."),
        error_messages={"required": _("Choose the role.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("km", "ខ្មែរ")])


class DetailsForm(forms.Form):
    """How a person is called, and which language they are shown."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("km", "ខ្មែរ")])


class ReasonForm(forms.Form):
    """Why something is done to a person's access."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": _("Say why.")})
