"""Rows for the tests, made through the services, so that each has its entry in the book."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.issues.models import Category, Closure, Inspection, Issue
from apps.issues.rules import findings
from apps.issues.services import add_category, add_issue, apply_for_closure, open_inspection
from apps.measures.models import Measure, Progress
from apps.measures.services import EvidenceDraft, add_measures, approve, report_progress
from apps.measures.services.planning import MeasureDraft
from apps.supervision.models import Channel, Hook, HookCall
from apps.supervision.services import set_channel
from apps.supervision.services.hooking import ADDRESS, SECRET
from apps.units import encryption
from apps.units.models import Notification, Role, Unit, User
from apps.units.services import add_unit, create_user, put_notifications

PASSWORD = "jiandi-demo"
PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n"
    b"0000000058 00000 n \n0000000115 00000 n \ntrailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n186\n%%EOF\n"
)
FEEDBACK = dt.date(2025, 2, 20)
_numbers = itertools.count(1)


def today() -> dt.date:
    """The local date in the time zone of every inspection that these helpers open."""
    return Inspection(time_zone="Asia/Shanghai").today()


def days(count: int) -> dt.date:
    """That many days from today; negative for the past."""
    return today() + dt.timedelta(days=count)


def unit(name: str = "", kind: str = Unit.Kind.values[0]) -> Unit:
    name = name or f"单位{next(_numbers)}"
    return add_unit(actor=None, name=f"区{name}", short_name=name, kind=kind)


def user(role: str, *, of: Unit | None = None, username: str = "") -> User:
    username = username or f"{role}-{next(_numbers)}"
    return create_user(actor=None, username=username, name=f"姓名{username}", role=role, password=PASSWORD, unit=of, is_demo=True)


def office() -> User:
    return user(Role.OFFICE)


def liaison(of: Unit | None = None) -> User:
    """A liaison of that unit, or of a new one."""
    return user(Role.LIAISON, of=of or unit())


def head(of: Unit) -> User:
    """Whoever heads that unit and answers for its items in a notice."""
    username = f"head-{next(_numbers)}"
    return create_user(
        actor=None,
        username=username,
        name=f"姓名{username}",
        role=Role.LIAISON,
        password=PASSWORD,
        unit=of,
        heads_unit=True,
        is_demo=True,
    )


def leader() -> User:
    """A supervisor in no group: sees the whole round."""
    return user(Role.SUPERVISOR)


def signed_in(who: User) -> Client:
    """A browser in which that person is signed in."""
    browser = Client()
    browser.force_login(who)
    return browser


def inspection(name: str = "", **facts: Any) -> Inspection:
    """A round with feedback on 2025-02-20."""
    values: dict[str, Any] = {
        "level": Inspection.Level.PROVINCE,
        "kind": Inspection.Kind.XUNSHI,
        "inspecting_body": "省委巡视七组",
        "inspected_body": "区委",
        "on_site_from": dt.date(2024, 9, 10),
        "on_site_to": dt.date(2024, 11, 20),
        "feedback_on": FEEDBACK,
    }
    return open_inspection(actor=None, name=name or f"轮次{next(_numbers)}", **{**values, **facts})


def category(of: Inspection | None = None, number: int = 1, title: str = "落实整改不到位") -> Category:
    return add_category(actor=None, inspection=of or inspection(), number=number, title=title)


def issue(of: Category | None = None, *, lead: Unit | None = None, number: int = 0, **facts: Any) -> Issue:
    """An issue with the next free number of its round, led by that unit or a new one."""
    of = of or category()
    last = of.inspection.issues.order_by("-number").values_list("number", flat=True).first() or 0
    number = number or last + 1
    values = {"title": f"整改事项{number}", "finding": f"反馈的第{number}个问题"}
    return add_issue(actor=None, category=of, number=number, lead_unit=lead or unit(), **{**values, **facts})


def draft(lead: Unit, due_on: dt.date | None = None, **facts: Any) -> MeasureDraft:
    """A measure to be added, due in 60 days unless told otherwise."""
    values: dict[str, Any] = {"text": "逐项核实并建立台账", "nature": Measure.Nature.NOW, "pace": Measure.Pace.LIMITED}
    return MeasureDraft(lead_unit=lead, due_on=due_on or days(60), **{**values, **facts})


def measures(of: Issue | None = None, count: int = 1, **facts: Any) -> list[Measure]:
    """That many measures of the issue, led by its lead unit unless told otherwise."""
    of = of or issue()
    lead = facts.pop("lead", None) or of.lead_unit
    return add_measures(actor=None, issue=of, drafts=[draft(lead, **facts) for _ in range(count)])


def measure(of: Issue | None = None, **facts: Any) -> Measure:
    return measures(of, 1, **facts)[0]


def upload(name: str = "回单.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def evidence(name: str = "缴款回单") -> EvidenceDraft:
    return EvidenceDraft(name=name, file=upload(), effective_on=today())


def report(
    of: Measure, *, by: User | None = None, claim: str = Measure.State.ONGOING, files: Sequence[EvidenceDraft] = (), **facts: Any
) -> Progress:
    """A report by a liaison of the lead unit, as of today."""
    values: dict[str, Any] = {"text": "已逐项核实，台账建成。", "as_of": today(), "signed_by": "张局长", "is_vouched_for": True}
    by = by or of.lead_unit.users.filter(role=Role.LIAISON).first() or liaison(of.lead_unit)
    return report_progress(actor=by, measure=of, claim=claim, evidence=files, **{**values, **facts})


def finish(of: Measure, *, by: User | None = None, reviewer: User | None = None) -> Progress:
    """Report the measure as done with one piece of evidence, and have it approved."""
    made = report(of, by=by, claim=Measure.State.DONE, files=[evidence()])
    return approve(actor=reviewer or office(), report=made)


def answers(of: Issue) -> dict[str, str]:
    """A reason for each warning that the closing rules have about the issue."""
    return {finding.rule.id: "已研究，另有安排。" for finding in findings(of) if finding.warns}


def application(of: Issue, *, by: User | None = None, **facts: Any) -> Closure:
    """An application of the lead unit to close the issue, with a reason for each warning."""
    by = by or of.lead_unit.users.filter(role=Role.LIAISON).first() or liaison(of.lead_unit)
    values: dict[str, Any] = {"statement": "措施已全部落实，申请销号。", "reasons": answers(of)}
    return apply_for_closure(actor=by, issue=of, **{**values, **facts})


def notification(to: User, number: str = "措施 1-1", *, of: Measure | None = None, kind: str = Notification.Kind.RETURNED) -> Notification:
    """Something that person is to know of the measure, or of a new one."""
    of = of or measure()
    path = f"/measures/{of.pk}/"
    put_notifications(recipients=[to], kind=kind, subject=of, day=today(), title=f"{number} 已退回", number=number, path=path)
    return Notification.objects.filter(recipient=to).latest("pk")


def hook(by: User, of: Inspection | None = None) -> tuple[Hook, HookCall]:
    """A receiver in use, of which nobody asked where it is, and a call to it that failed."""
    address, secret = (
        encryption.encrypted(purpose, text) for purpose, text in ((ADDRESS, "https://platform.example/hook"), (SECRET, "s" * 64))
    )
    number = next(_numbers)
    facts = {"name": f"监督平台{number}", "host": "platform.example", "events": ["issues.amend_issue"], "made_by": by}
    made = Hook.objects.create(inspection=of or inspection(), address=address, secret=secret, **facts)
    failed = HookCall.objects.create(hook=made, event="issues.amend_issue", seq=1, body="{}", state=HookCall.State.FAILED, attempts=8)
    return made, failed


def channel(by: User, address: str = "feishu://abcdefgh-1234-1234-1234-abcdefghijkl/", *, audience: Sequence[User] = ()) -> Channel:
    """A channel of the office."""
    return set_channel(actor=by, name=f"工作群{next(_numbers)}", address=address, audience=list(audience) or [by])
