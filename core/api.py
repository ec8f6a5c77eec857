"""One shape for every error of the API: ``{"error": code, "message": sentence, "fields": {…}}``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found
from drf_spectacular.authentication import SessionScheme
from rest_framework import exceptions, permissions, serializers, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from core.people.access import READERS, may
from core.refusal import Refused

# Every other refusal is the caller's to mend: 422.
_STATUS = {
    "not_found": status.HTTP_404_NOT_FOUND,
    "not_yours": status.HTTP_403_FORBIDDEN,
    "own_request": status.HTTP_403_FORBIDDEN,
    "not_this_person": status.HTTP_403_FORBIDDEN,
}


def answer_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an expected refusal, or one of the framework's own, into the one error shape."""
    if isinstance(error, Refused):
        fields = {error.field: [str(error)]} if error.field else {}
        return Response(_shape(code=error.code, message=str(error), fields=fields), status=_STATUS.get(error.code, 422))
    answer = exception_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = answer.data if isinstance(answer.data, dict) else {"non_field_errors": answer.data}
        answer.data = _shape(code="invalid", message="Some values need to be corrected.", fields=fields)
    else:
        answer.data = _shape(code=_code(error), message=str(getattr(error, "detail", error)) or "Not possible.", fields={})
    return answer


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere: in the one error shape under /api/, as a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse(_shape(code="not_found", message=_("There is nothing at this address."), fields={}), status=404)
    return page_not_found(request, exception)


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    return str(getattr(error, "default_code", "error"))


def _shape(*, code: str, message: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"error": code, "message": message, "fields": fields}


class SignedInScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """How the schema names it: the pages' own session cookie."""

    target_class = "core.people.api.SignedIn"


MOST_LEVELS: Final = 20
_NULL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class PlainJSON(JSONParser):
    """JSON nested no deeper than anything here is, of whole letters. A null character is told at its field."""

    refuses_null = False

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            found = super().parse(stream, media_type, parser_context)
            _refuse_deep(found)
            text = json.dumps(found, ensure_ascii=False)
            text.encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise exceptions.ParseError from error
        if self.refuses_null and _NULL.search(text):
            raise exceptions.ParseError
        return found


class KeepableJSON(PlainJSON):
    """JSON that is kept word for word: the database holds no null character in it."""

    refuses_null = True


def _refuse_deep(found: object) -> None:
    level, depth = [found], 0
    while level := [child for one in level for child in _children(one)]:
        depth += 1
        if depth > MOST_LEVELS:
            raise exceptions.ParseError


def _children(one: object) -> list[object]:
    return list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []


class ReadsBooks(permissions.BasePermission):
    """Finance officers, approvers and auditors read everything of the books."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may(request.user, READERS)


class ErrorAnswer(serializers.Serializer[Any]):
    """The one shape of every error."""

    error = serializers.CharField(help_text="Stable code for machines")
    message = serializers.CharField(help_text="A sentence for the person, in the language asked for")
    fields = serializers.DictField(help_text="Sentences by field")  # type: ignore[assignment]


class NoSuchAddress(APIView):
    """Answer an address of the API that is none in the API's own shape."""

    permission_classes = (permissions.AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


_REFUSALS = {
    "400": "A value is wrong; ``fields`` says which",
    "401": "Nobody is signed in",
    "403": "Not for this person's role",
    "404": "There is none, or none for this person",
    "429": "Too many questions at once",
}


def describe_refusals(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add to every operation of the schema how it refuses: the same shape everywhere."""
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for code, sentence in _REFUSALS.items():
                operation["responses"][code] = {"description": sentence, "content": shape}
    return result
