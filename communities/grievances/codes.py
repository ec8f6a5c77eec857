"""Receipt codes: sixteen digits that nobody can guess, easily read out and typed in Khmer or Latin digits. Pure but for the secret key."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from core.money import latin_digits

DIGITS = 16


def code_of(*, client_key: UUID, content: str) -> str:
    """
    Return the code of one sent form: the same form sent again gives the same code, and nothing else does.

    ``client_key`` is the random key of the form. The code is not kept, so that whoever reads the books cannot follow a complaint as a villager.
    """
    made = hmac.new(settings.SECRET_KEY.encode(), f"complaint:{client_key}:{content}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made, 'big') % 10**DIGITS:0{DIGITS}d}"


def spaced(code: str) -> str:
    """Write a code in groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, DIGITS, 4))


def hash_of(typed: str) -> str:
    """
    Return the keyed hash of a code as somebody typed it, or an empty text where it cannot be one.

    Without the key nobody who reads the table can try the codes through: sixteen digits alone would be found in days.
    """
    return next(iter(hashes_of(typed)), "")


def hashes_of(typed: str) -> list[str]:
    """Return the hashes a code may be kept under, the newest key first: a key can be replaced while codes are in people's hands."""
    code = "".join(sign for sign in latin_digits(typed) if sign.isascii() and sign.isdigit())
    if len(code) != DIGITS:
        return []
    plain = hashlib.sha256(code.encode()).hexdigest()
    keys = dict.fromkeys([settings.COMPLAINT_CODE_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    return [keyed(plain, key=key) for key in keys]


def keyed(plain: str, *, key: str) -> str:
    """Return the keyed hash of a code from its plain one (64 hexadecimal digits)."""
    return hmac.new(key.encode(), f"complaint code:{plain}".encode(), hashlib.sha256).hexdigest()
