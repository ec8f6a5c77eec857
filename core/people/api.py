"""How the API knows who is asking."""

from __future__ import annotations

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class SignedIn(SessionAuthentication):
    """The same sign-in as the pages; who is not signed in is told so by 401, who may not by 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
