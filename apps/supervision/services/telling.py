"""Telling people about flags of today: the unit's liaisons and the members of the covering groups; the office about units that no
group covers.

Set-based: the number of queries does not depend on how many flags there are. Whoever would get more than ``MOST`` notifications at once
gets one that says how many.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from apps.issues.models import Inspection
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.supervision.coverage import coverage_of, uncovered_units
from apps.supervision.models import Flag, Group
from apps.supervision.timeliness.base import pause_words
from apps.units.models import Notification
from apps.units.recipients import liaisons_of, office_accounts
from apps.units.services import put_in_outbox, put_notifications

MOST = 100
SATURDAY = 6
IN_ORDER = {kind: place for place, kind in enumerate(Flag.Kind.values)}


@dataclass
class Told:
    """A measure that flags were raised for, and their kinds."""

    number: str
    unit: int
    category: int
    kinds: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "、".join(str(Flag.Kind(kind).label) for kind in sorted(self.kinds, key=IN_ORDER.__getitem__))


def tell(inspection: Inspection, today: dt.date) -> None:
    """One line a person, measure and day, that names all kinds raised for it: of the flags that still stand and that nobody was told of."""
    measures = _to_tell(inspection)
    if measures:
        _tell_of_flags(inspection, today, measures)
    _tell_of_uncovered(inspection, today, WorkCalendar())


def _to_tell(inspection: Inspection) -> dict[int, Told]:
    """By the key of the measure; the flags are marked as told."""
    marked = Flag.objects.filter(to_tell=True, measure__issue__inspection=inspection)
    facts = ("measure", "measure__issue__number", "measure__ordinal", "measure__lead_unit", "measure__issue__category", "kind")
    found: dict[int, Told] = {}
    for pk, issue, ordinal, unit, category, kind in marked.open().order_by("measure", "pk").values_list(*facts).iterator():
        found.setdefault(pk, Told(f"{issue}-{ordinal}", unit, category)).kinds.append(kind)
    marked.update(to_tell=False)
    return found


def _tell_of_flags(inspection: Inspection, today: dt.date, measures: dict[int, Told]) -> None:
    theirs: defaultdict[int, list[int]] = defaultdict(list)
    liaisons, members, coverage = _liaisons(measures), _members(inspection), coverage_of(inspection)
    for pk, measure in measures.items():
        groups = coverage.groups(measure.unit, measure.category)
        people = {*liaisons.get(measure.unit, ()), *(person for group in groups for person in members.get(group, ()))}
        for person in people:
            theirs[person].append(pk)
    supervising = {person for people in members.values() for person in people}
    rows = (
        row
        for person, these in theirs.items()
        for row in _rows(inspection, today, person, these, measures, supervises=person in supervising)
    )
    put_in_outbox(rows=rows)


def _rows(
    inspection: Inspection,
    today: dt.date,
    person: int,
    these: list[int],
    measures: dict[int, Told],
    *,
    supervises: bool,
) -> list[Notification]:
    """The page 临期逾期 is for supervisors; liaisons are led to the register."""
    if len(these) > MOST:
        name, page = ("临期逾期", "supervision:flags") if supervises else ("台账", "measures:register")
        title = f"今天有 {len(these)} 条措施新增提示，请到“{name}”查看"
        return [_row(person, today, "inspection", inspection.pk, title, name, f"{reverse(page)}?inspection={inspection.pk}")]
    return [
        _row(person, today, "measure", pk, f"措施 {number}：{measures[pk].words}", number, reverse("measures:sheet", args=(pk,)))
        for pk in these
        for number in [measures[pk].number]
    ]


def _row(person: int, day: dt.date, subject_type: str, subject: int, title: str, number: str, path: str) -> Notification:
    return Notification(
        recipient_id=person,
        kind=Notification.Kind.FLAG,
        subject_type=subject_type,
        subject_id=subject,
        day=day,
        title=title,
        number=number,
        path=path,
    )


def _liaisons(measures: dict[int, Told]) -> dict[int, list[int]]:
    units = {measure.unit for measure in measures.values()}
    found: defaultdict[int, list[int]] = defaultdict(list)
    for person in liaisons_of(*units):
        if person.unit_id is not None:
            found[person.unit_id].append(person.pk)
    return found


def _members(inspection: Inspection) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    rows = Group.objects.filter(inspection=inspection, members__is_active=True).order_by()
    for group, person in rows.values_list("pk", "members"):
        found[group].append(person)
    return found


def _tell_of_uncovered(inspection: Inspection, today: dt.date, calendar: WorkCalendar) -> None:
    """To the office, once a working day: which units with running measures no group covers."""
    if not _is_working(calendar, today):
        return
    found = uncovered_units(inspection)
    if not found:
        return
    names = "、".join(row.unit.short_name for row in found[:3])
    put_notifications(
        recipients=office_accounts(),
        kind=Notification.Kind.UNCOVERED,
        subject=inspection,
        day=today,
        title=f"{len(found)} 个单位没有督查组负责：{names}{'等' if len(found) > 3 else ''}",
        number="督查组",
        path=f"{reverse('supervision:groups')}?inspection={inspection.pk}",
    )


def tell_of_pause(inspection: Inspection, today: dt.date, resting: Mapping[Flag.Kind, int]) -> None:
    """To the office, once for each year whose working days nobody has told, in whichever round the rules rest first: it is the year
    that is missing, not the round. The pages go on saying so until it is there."""
    if not resting:
        return
    number = f"{max(resting.values())} 年节假日安排"
    if Notification.objects.filter(kind=Notification.Kind.PAUSED, number=number).exists():
        return
    put_notifications(
        recipients=office_accounts(),
        kind=Notification.Kind.PAUSED,
        subject=inspection,
        day=today,
        title=f"{pause_words(resting)}，请在“工作日调整”中登记",
        number=number,
        path=reverse("admin:measures_calendaroverride_changelist"),
    )


def _is_working(calendar: WorkCalendar, today: dt.date) -> bool:
    """Where the calendar of the year is not loaded, Monday to Friday: no deadline hangs on it."""
    try:
        return calendar.is_workday(today)
    except CalendarNotLoaded:
        return today.isoweekday() < SATURDAY
