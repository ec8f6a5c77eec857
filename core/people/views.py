"""Sign in, sign out, choose a password, and where each role begins."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from core import clock, digits
from core.people import services
from core.people.forms import PasswordForm, SignInForm
from core.people.models import Role, User
from core.refusal import Refused


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    form = SignInForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.get_user()
        assert isinstance(person, User)
        login(request, person)
        response = HttpResponseRedirect(_wanted(request))
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax", secure=request.is_secure(), max_age=365 * 24 * 3600)
        return response
    status = 422 if request.method == "POST" else 200
    return render(request, "people/login.html", {"form": form, "next": request.GET.get(REDIRECT_FIELD_NAME, "")}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_digits(request: HttpRequest) -> HttpResponse:
    """Take which digits amounts and days are shown in on this device: anybody's choice, as the language is."""
    chosen = request.POST.get("digits", "")
    if chosen not in {digits.KHMER, digits.LATIN}:
        return render(
            request, "people/digits.html", {"next": request.GET.get(REDIRECT_FIELD_NAME, "")}, status=422 if request.method == "POST" else 200
        )
    response = HttpResponseRedirect(_wanted(request))
    # Read by scripts too: the phone pages show it without a signal.
    response.set_cookie(digits.COOKIE, chosen, samesite="Lax", secure=request.is_secure(), max_age=365 * 24 * 3600)
    return response


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)
    form = PasswordForm(request.POST or None, person=person)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _chosen(request, form, person):
            messages.success(request, _("Your new password holds from now on. Other devices have been signed out."))
            return redirect("home")
    return render(request, "people/password.html", {"form": form, "is_first": person.must_change_password}, status=status)


def _chosen(request: HttpRequest, form: PasswordForm, person: User) -> bool:
    try:
        services.choose_password(person=person, password=form.cleaned_data["new_password1"], at=clock.now())
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    update_session_auth_hash(request, person)
    return True


def home(request: HttpRequest) -> HttpResponse:
    """Send each role to where its work begins, and everybody else to what is published."""
    person = request.user
    if isinstance(person, User):
        return HttpResponseRedirect(_address("spending:home") if person.role == Role.LIAISON else reverse("admin:index"))
    return HttpResponseRedirect(_address("reports:issued"))


def _wanted(request: HttpRequest) -> str:
    """Return the page the person asked for before signing in, if it is one of ours."""
    asked = request.POST.get(REDIRECT_FIELD_NAME, "") or request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if is_ours and asked else reverse("home")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("login")
