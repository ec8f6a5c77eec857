"""Pages for who wants to be told of issued reports, and for who wants that no more."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clock
from core.refusal import Refused
from reports import services
from reports.forms import SubscriberForm


@require_http_methods(["GET", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take an address; the answer is the same whether it is known or not."""
    form = SubscriberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            services.subscribe(email=asked["email"], language=asked["language"], project_code=asked["project"], at=clock.now())
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("An e-mail is on its way to you: open the link in it within a week."))
            return redirect("reports:subscribe")
    return render(request, "reports/subscribe.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address: only when its owner presses the button, since programs that look at links open them too."""
    try:
        row = services.subscriber_of(token=token, purpose=services.CONFIRM)
        if request.method == "POST":
            services.confirm_subscriber(token=token, at=clock.now())
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal
    return render(request, "reports/subscribed.html", {"row": row, "is_done": request.method == "POST", "is_leaving": False})


# The token is the right to leave; mail programs send it without a form of ours (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Stop telling an address."""
    try:
        row = services.subscriber_of(token=token, purpose=services.LEAVE)
        if request.method == "POST":
            services.leave(token=token, at=clock.now())
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal
    return render(request, "reports/subscribed.html", {"row": row, "is_done": request.method == "POST", "is_leaving": True})
