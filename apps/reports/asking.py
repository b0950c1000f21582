"""请单位补登: which figures of a draft a unit was asked to register, read back from the book."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from apps.ledgers.models import Entry
from apps.reports.models import Act, Audience, Notice
from apps.reports.proving.findings import Finding

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Asked:
    """Who asked which unit, and on which day of the round."""

    unit: str
    by: str
    on: dt.date


def key_of(finding: Finding) -> Key:
    """A figure in its sentence: another sentence, and the unit was not asked for that one."""
    return finding.place, finding.sentence, finding.written, finding.occurrence


def asked_for(notice: Notice, audience: str, items: Iterable[int]) -> dict[Key, Asked]:
    """The last request for each figure of that text, in those items."""
    about = [("noticeitem", items)]
    rows = Entry.objects.filter(book=notice.inspection.book_id, act=Act.ASK_REGISTRATION).about(about).order_by("seq")
    zone, label = zoneinfo.ZoneInfo(notice.inspection.time_zone), Audience(audience).label
    found: dict[Key, Asked] = {}
    for said, name, at in rows.values_list("payload", "actor_name", "at"):
        if said["told_to"] == label:
            key = (said["figure_place"], said["sentence"], said["figure"], said["occurrence"])
            found[key] = Asked(said["unit"], name, timezone.localdate(at, zone))
    return found
