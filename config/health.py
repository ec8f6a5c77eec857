"""Whether this process can do its work: asked by the proxy, the supervisor of the demo and monitoring."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.models import Job

# A job that waits this long has no worker, whatever the broker says of itself.
STUCK_AFTER = timedelta(minutes=5)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, else 503; say beside it whether the queue moves."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        stuck = Job.objects.filter(state=Job.State.WAITING, created_at__lt=clock.now() - STUCK_AFTER).exists()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok", "queue": "waiting" if stuck else "ok"})
