"""Two units that work side by side in one round, and everybody who may or may not look: the world of the API's tests.

Whatever belongs to the second unit carries ``CANARY``, so that a leak anywhere in an answer shows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model
from rest_framework.test import APIClient

from apps.issues.models import Category, Closure, Inspection, Issue
from apps.issues.services import amend_issue, apply_for_closure, record_activity
from apps.measures.models import Extension, Indicator, Measure, Progress
from apps.measures.services import EvidenceDraft, ReadingDraft, add_indicator, add_regulation, request_extension
from apps.supervision.models import Flag, Letter, SiteCheck
from apps.supervision.services import check_site, derive_timeliness, form_group, send_letter
from apps.units.models import Role, Unit, User
from tests import factories as make

CANARY = "金丝雀"
BUSINESS = (
    *("inspections", "categories", "issues", "closures", "measures", "reports", "extensions", "flags", "letters", "site-checks"),
    *("indicators", "readings", "regulations", "activities", "visits", "dispatches", "dispatch-items"),
)


def client(user: User | None = None) -> APIClient:
    made = APIClient()
    if user is not None:
        made.force_authenticate(user)
    return made


def with_token(key: str) -> APIClient:
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return made


def url(*parts: object) -> str:
    return f"/api/v1/{'/'.join(map(str, parts))}/"


def workday() -> dt.date:
    """A working day after today in the statutory calendar, as letters want it."""
    from apps.measures.deadlines import WorkCalendar

    return WorkCalendar().after(make.today(), 3)


@dataclass
class Plot:
    """What one unit has: an issue in work, another applied for closure, and one row of everything that hangs on them."""

    unit: Unit
    liaison: User
    category: Category
    issue: Issue
    finished: Issue
    measures: list[Measure]
    indicator: Indicator
    report: Progress
    extension: Extension
    closure: Closure
    letter: Letter
    check: SiteCheck

    def rows(self) -> dict[str, list[Model]]:
        """By the address under which the API shows them."""
        issues = [self.issue, self.finished]
        return {
            "categories": [self.category],
            "issues": list(issues),
            "closures": [self.closure],
            "measures": list(Measure.objects.filter(issue__in=issues)),
            "reports": list(Progress.objects.filter(measure__issue__in=issues)),
            "extensions": [self.extension],
            "flags": list(Flag.objects.filter(measure__issue__in=issues)),
            "letters": [self.letter],
            "site-checks": [self.check],
            "indicators": [self.indicator],
            "readings": list(self.indicator.readings.all()),
            "regulations": list(self.issue.regulations.all()),
            "activities": list(self.issue.activities.all()),
        }


@dataclass
class World:
    inspection: Inspection
    people: dict[str, User | None]
    own: Plot
    other: Plot
    office: User = field(init=False)
    leader: User = field(init=False)

    def __post_init__(self) -> None:
        self.office, self.leader = self.person("office"), self.person("leader")

    def person(self, name: str) -> User:
        """Read anew, as a request would: nothing is cached on the user."""
        found = self.people[name]
        assert found is not None
        return User.objects.get(pk=found.pk)


def world() -> World:
    inspection = make.inspection()
    office, leader = make.office(), make.leader()
    own = plot(inspection, office, leader, number=1)
    other = plot(inspection, office, leader, number=2, word=CANARY)
    amend_issue(actor=office, issue=own.issue, values={"prior_issue": other.issue}, reason="同类问题")
    member = make.user(Role.SUPERVISOR)
    form_group(actor=office, inspection=inspection, name="第一督查组", lead_unit=own.unit, members=[member], units=[own.unit])
    derive_timeliness(inspection=inspection)
    people = {
        "office": office,
        "leader": leader,
        "supervisor": member,
        "own liaison": own.liaison,
        "other liaison": other.liaison,
        "admin": make.user(Role.ADMIN),
        "auditor": make.user(Role.AUDITOR),
        "discipline": make.user(Role.DISCIPLINE),
        "anonymous": None,
    }
    return World(inspection, people, own, other)


def plot(inspection: Inspection, office: User, leader: User, *, number: int, word: str = "") -> Plot:
    unit = make.unit()
    liaison = make.user(Role.LIAISON, of=unit, username=f"liaison-{word}{unit.pk}")
    category = make.category(inspection, number=number, title=f"{word}方面{number}")
    texts: dict[str, Any] = {"title": f"{word}事项", "finding": f"{word}问题", "goal": f"{word}目标", "lead_official": f"{word}领导"}
    issue = make.issue(category, lead=unit, **texts)
    late, soon, long = (
        make.measure(issue, due_on=day, text=f"{word}措施", person=f"{word}责任人", deadline_basis=f"{word}依据")
        for day in (make.days(-3), make.days(1), make.days(90))
    )
    indicator = add_indicator(actor=office, issue=issue, name=f"{word}退还金额", kind=Indicator.Kind.MONEY, unit="万元")
    add_regulation(actor=office, inspection=inspection, issue=issue, title=f"{word}办法{number}", kind="made", unit=unit)
    record_activity(actor=office, inspection=inspection, issue=issue, kind="topic", title=f"{word}专题会", decided=f"{word}议定")
    letter = send_letter(
        actor=office,
        inspection=inspection,
        unit=unit,
        measures=[late],
        level=Letter.Level.BLUE,
        requirement=f"{word}督办要求",
        reply_by=workday(),
    )
    check = check_site(actor=leader, measure=late, finding=SiteCheck.Finding.PARTLY, note=f"{word}核查情况", checked_on=make.today())
    extension = request_extension(actor=liaison, measure=soon, new_due_on=make.days(30), reason=f"{word}延期理由")
    report = make.report(
        long,
        by=liaison,
        files=[EvidenceDraft(name=f"{word}回单", file=make.upload(f"{word}回单.pdf"), effective_on=make.today())],
        readings=[ReadingDraft(indicator=indicator, value=Decimal("46.5"), as_of=make.today())],
        text=f"{word}进展",
        signed_by=f"{word}局长",
        difficulties=f"{word}困难",
        next_step=f"{word}打算",
    )
    finished = make.issue(category, lead=unit, **texts)
    make.finish(make.measure(finished, text=f"{word}已办措施"), by=liaison, reviewer=office)
    closure = apply_for_closure(actor=liaison, issue=finished, reasons=make.answers(finished), statement=f"{word}完成情况")
    return Plot(unit, liaison, category, issue, finished, [late, soon, long], indicator, report, extension, closure, letter, check)


def refused(answer: Any, status: int) -> dict[str, Any]:
    """The error of an answer, which has exactly the one shape."""
    assert answer.status_code == status, answer.content
    assert set(answer.json()) == {"error"}
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["code"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error["message"]), error
    return error
