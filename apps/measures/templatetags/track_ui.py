"""Rates and tracks of completion, wherever a page shows them."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import RequestContext

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.measures.rates import percent
from apps.measures.tracks import TrackCounts

register = template.Library()


@register.simple_tag
def share(part: int, whole: int) -> str:
    """``{% share 3 20 %}``: 15.0%, and a dash where there is nothing to count."""
    found = percent(part, whole)
    return "—" if found is None else f"{found}%"


@register.inclusion_tag("measures/parts/tracks.html")
def tracks(counts: TrackCounts, of: str = "") -> dict[str, Any]:
    """``{% tracks counts "按牵头措施" %}``: three tracks of completion, the gaps between them, a formula beside each."""
    return {"counts": counts, "of": of}


@register.inclusion_tag("measures/parts/tracks.html", takes_context=True)
def tracks_of_round(context: RequestContext, inspection: Inspection) -> dict[str, Any]:
    """``{% tracks_of_round inspection %}``: of the measures of a round that the user sees."""
    seen = Measure.objects.visible_to(context["request"].user).filter(issue__inspection=inspection)
    return {"counts": seen.track_counts(), "of": "按本人可见的措施"}
