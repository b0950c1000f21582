"""Jobs of this room."""

from __future__ import annotations

from apps.reports import services
from apps.supervision.jobs import Facts, hourly, job


@job("reports.tend_feedback", label="群众反馈：清除到期联系方式，补算答复期限", due=hourly(minute=50))
def tend_feedback() -> Facts:
    """Wipe contacts whose time is over, and give messages their day where the calendar was not loaded; safe late, twice, or in two
    workers at once. The numbers are of open messages: the operators do not learn how many were sealed."""
    return {"wiped": services.wipe_contacts(), "clocks": services.set_clocks()}
