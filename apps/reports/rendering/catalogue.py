"""The open data as a list: every edition with the addresses of its files, the schema of the JSON, the feed, and the licence."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.reports.models import Edition
from apps.reports.rendering.making import MEDIA_TYPES
from apps.reports.rendering.published import downloads_of


def catalogue() -> bytes:
    """All editions told to society, the latest first."""
    editions = Edition.objects.for_history().select_related("corrects").prefetch_related("renderings")
    body = {
        "title": "巡视整改进展情况通报",
        "licence": {"text": settings.DATA_LICENCE, "url": settings.DATA_LICENCE_URL},
        "schema": _at(reverse("reports:schema")),
        "feed": _at(reverse("reports:feed")),
        "editions": [_edition(edition) for edition in editions],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def _edition(edition: Edition) -> dict[str, Any]:
    files = [row for row in downloads_of(edition) if row.url]
    return {
        "id": edition.pk,
        "number": edition.number,
        "title": edition.content["title"],
        "issuer": edition.content["issuer"],
        "inspection": edition.inspection.name,
        "published_at": edition.published_at.isoformat(),
        "sha256": edition.sha256,
        "demonstration": edition.content.get("demonstration", ""),
        "corrects": edition.corrects_id,
        "page": _at(reverse("reports:edition", args=(edition.pk,))),
        "files": [{"kind": row.kind, "url": _at(row.url), "media_type": MEDIA_TYPES[row.kind], "size": row.size} for row in files],
    }


def _at(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
