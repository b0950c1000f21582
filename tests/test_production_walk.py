"""Under the production settings, with PostgreSQL, Redis, gunicorn, a worker and beat: one report from submission to the public page.

Ordinary accounts, real forms over HTTP as nginx hands it on. That nothing starts while a demonstration account is active is
tested in tests/test_operations.py.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest

from apps.reports.secrecy import CHECKLIST
from scripts.environment import ROOT
from tests import factories as make
from tests.production import SITE, ProductionStack, fresh_database
from tests.test_notice import prose
from tests.workers import wait_until

pytestmark = pytest.mark.postgres
PASSWORD = "石榴-crane-41-riverbank"
# Two issues of one round: the unit finishes the measure of the first, and is three days late with that of the second.
HOUSE = f"""
import datetime as dt, json
from apps.issues.services import add_category, add_issue, open_inspection
from apps.measures.services import add_measures
from apps.measures.services.planning import MeasureDraft
from apps.supervision.services import form_group
from apps.units.services import add_unit, create_user
unit = add_unit(actor=None, name="区自然资源局", short_name="自然资源局", kind="government")
body = add_unit(actor=None, name="区委督查室", short_name="督查室", kind="party")
people = dict(office=None, colleague=None, liaison=unit, member=body, leader=body)
roles = dict(office="office", colleague="office", liaison="liaison", member="supervisor", leader="supervisor")
people = {{
    name: create_user(actor=None, username=name, name=name, role=roles[name], unit=of, password={PASSWORD!r})
    for name, of in people.items()
}}
office = people["office"]
round_ = open_inspection(
    actor=office, name="区委巡察", level="county", kind="xuncha", inspecting_body="巡察组", inspected_body="区委",
    on_site_from=dt.date(2025, 1, 6), on_site_to=dt.date(2025, 2, 6), feedback_on=dt.date(2025, 2, 20))
category = add_category(actor=office, inspection=round_, number=1, title="追缴不到位")
issues, measures = [], []
for number, days in ((1, 20), (2, -3)):
    issue = add_issue(actor=office, category=category, number=number, title=f"整改事项{{number}}", finding="应收未收", lead_unit=unit)
    due_on = round_.today() + dt.timedelta(days=days)
    draft = MeasureDraft(text="逐宗核实并追缴入库", nature="now", pace="limited", lead_unit=unit, due_on=due_on)
    issues.append(issue.pk)
    measures += [row.pk for row in add_measures(actor=office, issue=issue, drafts=[draft])]
form_group(actor=office, inspection=round_, name="第一督查组", lead_unit=body, members=[people["member"]], units=[unit])
print(json.dumps(dict(issues=issues, measures=measures)))
"""


@dataclass
class Visitor:
    """A browser without scripts: keeps its cookies, sends a page's hidden fields back with what is filled in."""

    stack: ProductionStack
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, status: int = 200) -> str:
        return self._send("GET", path, None, {}, status)[0]

    def post(self, page: str, fields: dict[str, Any], *, to: str = "", files: dict[str, tuple[str, bytes]] | None = None) -> str:
        """Fill in the form on ``page`` and send it to ``to`` (the page itself unless given); where it leads, after success."""
        shown = self.get(page)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
        border = secrets.token_hex(16)
        body = multipart({**hidden, **fields}, files or {}, border)
        headers = {"Content-Type": f"multipart/form-data; boundary={border}", "Referer": f"https://{SITE}{page}"}
        return self._send("POST", to or page, body, headers, 302)[1]

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int) -> tuple[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with self.stack.request(method, path, body, {**headers, "Cookie": cookie}) as answer:
            text = answer.read().decode()
            assert answer.status == status, (method, path, answer.status, errors_on(text))
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, rest = line.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return text, answer.headers.get("Location") or ""


def errors_on(text: str) -> str:
    """The words of a refused page without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text.partition("<main")[2])))[:1500]


def multipart(fields: dict[str, Any], files: dict[str, tuple[str, bytes]], border: str) -> bytes:
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs]
    for name, (filename, data) in files.items():
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: application/pdf\r\n\r\n'
        )
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{border}--\r\n".encode()


def signed_in(stack: ProductionStack, login: str) -> Visitor:
    visitor = Visitor(stack)
    assert visitor.post("/accounts/login/", {"login": login, "password": PASSWORD}) == "/workbench/"
    return visitor


@dataclass
class Walk:
    """The people, and the rows they work on."""

    stack: ProductionStack
    issues: list[int]
    measures: list[int]
    people: dict[str, Visitor] = field(default_factory=dict)

    def of(self, login: str) -> Visitor:
        if login not in self.people:
            self.people[login] = signed_in(self.stack, login)
        return self.people[login]

    def report_and_approve(self) -> None:
        measure = f"/measures/{self.measures[0]}/"
        today = make.today().isoformat()
        told = {
            "claim": "done",
            "text": "已追缴入库46万元。",
            "as_of": today,
            "signed_by": "张局长",
            "is_vouched_for": "on",
            "name": "缴款回单",
            "effective_on": today,
        }
        liaison, office = self.of("liaison"), self.of("office")
        assert liaison.post(f"{measure}report/", told, files={"file": ("回单.pdf", make.PDF)}) == measure
        assert "待审核" in liaison.get(measure)
        waiting = re.search(r'action="(/reports/\d+/approve/)"', office.get("/reviews/"))
        assert waiting
        assert office.post("/reviews/", {}, to=waiting[1]) == "/reviews/"
        assert "已完成" in liaison.get(measure)

    def flag(self) -> None:
        """The job that beat sends every hour, sent now; the worker does it."""
        member = self.of("member")
        assert "逾期 3 天" not in member.get("/supervision/")
        call = [sys.executable, "-m", "celery", "--app", "config", "call", "supervision.derive_timeliness"]
        sent = subprocess.run(call, cwd=ROOT, env=self.stack.env, capture_output=True, text=True, check=False)
        assert sent.returncode == 0, sent.stderr
        wait_until(lambda: "逾期 3 天" in member.get("/supervision/"), "the worker to raise the flag")

    def close(self) -> None:
        issue = f"/issues/{self.issues[0]}/"
        warned = re.findall(r'name="(reason-[^"]+)"', self.of("liaison").get(f"{issue}apply/"))
        answers = dict.fromkeys(warned, "已研究，另有安排。")
        assert self.of("liaison").post(f"{issue}apply/", {"statement": "措施已落实，申请销号。", **answers}) == issue
        asked = re.search(r'href="(/closures/\d+/decide/)"', self.of("office").get(issue))
        assert asked
        assert self.of("office").post(asked[1], {"decision": "agree", "opinion": "同意销号"}) == issue
        assert "销号记录" in self.of("liaison").get(issue)

    def accept_the_figure(self, notice: str) -> None:
        """The report names a sum that no reading of the ledger has: it stops the notice until somebody answers for it."""
        office = self.of("office")
        shown = office.get(f"{notice}check/")
        found = re.search(r'name="sentence_hash"\s+value="(\w+)"[^>]*>\s*<input type="hidden" name="written" value="46万元"', shown)
        assert found
        figure = {"place": "item:1", "sentence_hash": found[1], "written": "46万元", "verdict": "accepted"}
        office.post(notice, {**figure, "reason": "财政局缴款凭证"}, to=f"{notice}check/decide/")

    def publish(self) -> None:
        office, leader = self.of("office"), self.of("leader")
        notice = office.post("/notices/new/", {**prose(), "texts": "reports"})
        office.post(f"{notice}items/2/", {"title": "整改事项2", "text": "正在推进，尚未完成。"})
        self.accept_the_figure(notice)
        office.post(notice, {}, to=f"{notice}submit/")
        leader.post(notice, {}, to=f"{notice}approve/")
        leader.post(notice, {"confirmed": list(CHECKLIST)}, to=f"{notice}secrecy/")
        office.post(notice, {"confirmed": "yes"}, to=f"{notice}publish/")


@pytest.fixture
def production_database() -> Iterator[str]:
    """Empty: what `migrate` does in production, from its first line to its last."""
    with fresh_database("production") as address:
        yield address


@pytest.fixture
def walk(production_unstarted: ProductionStack) -> Walk:
    made = production_unstarted.manage("shell", "-c", HOUSE)
    assert made.returncode == 0, made.stderr
    production_unstarted.start()
    return Walk(production_unstarted, **json.loads(made.stdout.splitlines()[-1]))


def test_one_report_from_submission_to_the_public_page(walk: Walk) -> None:
    public = Visitor(walk.stack)
    assert "还没有发布过通报" in public.get("/")
    walk.report_and_approve()
    walk.flag()
    walk.close()
    walk.publish()
    page = public.get("/")
    assert "已追缴入库46万元。" in page
    assert "正在推进，尚未完成。" in page
    assert "示例" not in page
    download = re.search(r'href="(/editions/\d+\.json)"', page)
    assert download
    fingerprint = re.search(r'class="fp"[^>]*>([0-9a-f\s]+)<', page)
    assert fingerprint
    assert hashlib.sha256(public.get(download[1]).encode()).hexdigest() == re.sub(r"\s", "", fingerprint[1])
    assert public.cookies == {}
    verified = walk.stack.manage("verify_ledger")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Traceback" not in walk.stack.logs()
