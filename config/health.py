"""Two addresses for machines: /healthz (this process answers) and /readyz (it can also do its work). Up or down, nothing else."""

from __future__ import annotations

import logging

from django.core.cache import cache as shared_cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.preflight import unapplied_migrations

log = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "up"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """503 while the database or the cache does not answer, or the tables are older than the code."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        shared_cache.get("readyz")
        ready = _tables_fit()
    except (DatabaseError, OSError) as error:
        log.warning("not ready: %s", error)
        ready = False
    return JsonResponse({"status": "up" if ready else "down"}, status=200 if ready else 503)


def _tables_fit() -> bool:
    missing = unapplied_migrations()
    if missing:
        log.warning("not ready: migrations not applied: %s", ", ".join(missing))
    return not missing
