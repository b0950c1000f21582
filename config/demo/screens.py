"""Links for screens in the demonstration: one that lives, and one that was stopped. Their tokens are known to nobody."""

from __future__ import annotations

from apps.issues.models import Inspection
from apps.supervision.models import ScreenLink
from apps.supervision.services import make_screen, revoke_screen
from apps.units.models import Source
from config.demo.people import People


def hang(inspection: Inspection, people: People) -> None:
    _hang(inspection, people, "三楼会议室大屏", hours=30 * 24)
    stopped = _hang(inspection, people, "调度会临时大屏", hours=8)
    revoke_screen(actor=people.reviewer, link=stopped)


def _hang(inspection: Inspection, people: People, name: str, *, hours: int) -> ScreenLink:
    link, _token = make_screen(
        actor=people.reviewer, inspection=inspection, group=None, name=name, hours=hours, source=Source.DEMONSTRATION
    )
    return link
