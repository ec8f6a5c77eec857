"""How often one network address may send complaints or try codes. Addresses are kept only as hashes, for an hour."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from communities.grievances.refusals import TooOften

# A whole village may share one address of a telephone company.
MOST_SENT = 30
MOST_WRONG_CODES = 20
_HOUR = 3600


def count(*, what: str, address: str) -> None:
    """Remember that something came from an address."""
    key = _key(what, address)
    cache.add(key, 0, _HOUR)
    try:
        cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, _HOUR)


def require_room(*, what: str, address: str, most: int) -> None:
    """
    Let an address through that did not send too much within the hour.

    :raises TooOften: if it did
    """
    if cache.get(_key(what, address), 0) >= most:
        raise TooOften(_("Too much came from your connection within an hour."), next_step=_("Try again in an hour, or tell the community liaison."))


def _key(what: str, address: str) -> str:
    hashed = hashlib.sha256(f"{settings.SECRET_KEY}{address}".encode()).hexdigest()
    return f"complaints:{what}:{hashed}"
