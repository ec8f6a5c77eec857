"""Who may open these pages, and the names they print."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language

from communities.registry.models import Recipient
from core.people.access import READERS, may
from revenue.sharing.engine import RECEIPT, Plan
from revenue.sharing.engine.words import pot_text

View = Callable[[HttpRequest, int], HttpResponse]


def for_readers(view: View) -> View:
    """Let in who reads the books; who is not signed in is asked to, others find nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, version_id: int) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(request.user, READERS):
            raise Http404
        return view(request, version_id)

    return guarded


def language() -> str:
    """Return km or en."""
    return (get_language() or "en")[:2]


def pot_titles(*plans: Plan) -> dict[str, str]:
    """Return the titles of the pots of some plans, the receipt's too, in the reader's language."""
    found: dict[str, str] = {}
    for plan in plans:
        found.update({pot.code: pot.title.in_language(language()) or pot.code for pot in plan.pots})
        found[RECEIPT] = pot_text(plan, RECEIPT).in_language(language())
    return found


def recipient_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of recipients by code, in the reader's language."""
    rows = Recipient.objects.filter(code__in=set(codes)).values_list("code", "name", "name_km")
    return {code: (name_km or name) if language() == "km" else name for code, name, name_km in rows}
