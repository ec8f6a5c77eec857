"""One shape for every error of the API: ``{"error": code, "message": sentence, "fields": {…}}``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.refusal import Refused


def answer_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an expected refusal, or one of the framework's own, into the one error shape."""
    if isinstance(error, Refused):
        fields = {error.field: [str(error)]} if error.field else {}
        return Response(_shape(code=error.code, message=str(error), fields=fields), status=status.HTTP_422_UNPROCESSABLE_ENTITY)
    answer = exception_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = answer.data if isinstance(answer.data, dict) else {"non_field_errors": answer.data}
        answer.data = _shape(code="invalid", message="Some values need to be corrected.", fields=fields)
    else:
        answer.data = _shape(code=_code(error), message=str(getattr(error, "detail", error)) or "Not possible.", fields={})
    return answer


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    return str(getattr(error, "default_code", "error"))


def _shape(*, code: str, message: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"error": code, "message": message, "fields": fields}
