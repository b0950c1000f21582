"""Hostile input at every address: a clear refusal in Chinese, never a 500, nothing half-written.

Every form of the site is filled in plausibly and then spoilt, one field at a time; every page is asked for with broken
parameters; every address with numbers that lead nowhere. The rules of each form have tests of their own beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.issues.models import Issue, LookBack, SignOff
from apps.issues.services import apply_for_closure, decide_closure, draw_look_backs, record_activity
from apps.measures.models import Handover, Measure, Progress, ReturnedWorkbook
from apps.measures.services import BulkChange, bulk_assign, claim_review, hand_over, save_view
from apps.measures.services.handing_over import Giver
from apps.reports.services import draft_notice, watch_word
from apps.units.models import User
from tests import api_world
from tests import factories as make
from tests.addresses import DOWNLOADS, FOR_MACHINES, OF_TWO_ROWS, OTHER_HOUSES, POST_ONLY
from tests.broken_queries import CHINESE, REFUSED, broken
from tests.filling import begun
from tests.late_rows import rows_of_supervision, screen_of
from tests.lists import brought_in
from tests.notice_runs import KEYED, drafted
from tests.spoilt_forms import filled, spoilt
from tests.test_notice import prose
from tests.told_rows import FORMS_OF_NOTICES, rows_of_notices, sealed_rows, withheld_in
from tests.undoing import undone

pytestmark = pytest.mark.django_db
NOWHERE = (0, 10**15, 10**30)
# Acts without a page of their own: what their forms send.
SENT = {
    "measures:approve": {"opinion": "情况属实"},
    "measures:claim": {},
    "measures:release": {},
    "measures:import-again": {"version": "1"},
    "measures:import-confirm": {"fingerprint": "0" * 64, "version": "1", "reason": "按清单更新"},
    "measures:import-drop": {"version": "1"},
    "measures:notice-add": {"version": "2", "title": "漏读的问题", "category": "c1"},
    "measures:notice-drop": {"version": "2"},
    "measures:notice-join": {"version": "2"},
    "measures:notice-reading": {"version": "2", "reading": "0:in_chinese>digit"},
    "measures:notice-rename": {"version": "2", "title": "另一个名称"},
    "measures:send-back": {"requirement": "请补充清单"},
    "measures:view-default": {"on": "1"},
    "measures:view-remove": {},
    "supervision:answer": {"answer": "已逐条办理"},
    "supervision:revoke_screen": {},
    "supervision:note_failure": {},
    "supervision:dispatch-agenda": {"version": "2", "do": "add", "numbers": "1-1", "pick": "1"},
    "supervision:dispatch-begin": {},
    "supervision:visit-check": {"measure": "1"},
    "supervision:sign": {},
    "supervision:channel-stop": {},
    "supervision:delivery-again": {},
    "supervision:hook-again": {},
    "supervision:hook-ping": {},
    "supervision:hook-rotate": {},
    "supervision:hook-stop": {},
    "units:token-revoke": {"reason": "不再使用"},
    "units:notifications-read": {"one": "1"},
    "supervision:update_flags": {},
    **FORMS_OF_NOTICES,
    "units:account-amend": {"name": "赵宁", "role": "office", "unit": "", "phone": "", "reason": "岗位调整"},
    "units:account-password": {},
    "units:account-switch": {"to": "stopped", "reason": "借调结束"},
}
WITHHELD = ("withheld", "withheld-ask", "withheld-approve", "withheld-refuse", "withheld-withdraw")
EXCEPTED = tuple(OF_TWO_ROWS)


@dataclass(frozen=True)
class House:
    """A world with one row behind every address, and who works with it."""

    rows: dict[str, int]
    logins: dict[str, User]
    batch: str = ""
    token: str = ""
    exception: int = 0

    def address(self, name: str) -> str:
        if name == "help-page":
            return reverse(name, args=("office",))
        if name == "supervision:screen":
            return reverse(name, args=(self.token,))
        numbers = [self.rows[name]] if name in self.rows else []
        if name == "reports:item-edit":
            numbers.append(1)
        if name == "reports:compare":
            numbers.append(numbers[0])
        if name in EXCEPTED:
            numbers.append(self.exception)
        if name in KEYED:
            return reverse(name, args=(self.rows[name], "c1.i1"))
        return reverse(name, args=[self.batch] if name == "measures:bulk-done" else numbers)

    def browser(self, name: str) -> Client:
        """Of somebody who may open that page, answering with the page of an error instead of raising it."""
        browser = Client(raise_request_exception=False)
        browser.force_login(self.logins.get(name) or self.logins["office"])
        return browser


@pytest.fixture
def house() -> House:
    world = api_world.world()
    own, office, leader = world.own, world.office, world.leader
    notice = draft_notice(actor=make.office(), inspection=world.inspection, prose=prose(), texts={1: "已办。", 2: "已办。"})
    issue, measure = own.issue.pk, own.measures[0].pk
    acts = dict.fromkeys(("sheet", "report", "amend", "assign"), measure)
    rows = {f"measures:{name}": pk for name, pk in acts.items()}
    rows |= {f"measures:{name}": issue for name in ("add", "add-indicator", "add-regulation")}
    rows |= {f"issues:{name}": issue for name in ("sheet", "amend", "assign")}
    rows |= {f"issues:{name}": world.inspection.pk for name in ("inspection", "add-category", "add-issue", "add-activity")}
    version = own.report.evidence.get().versions.get().pk
    rows |= dict.fromkeys((f"measures:evidence{part}" for part in ("", "-view", "-shown")), version)
    rows["measures:evidence-update"] = make.finish(make.measure()).evidence.get().versions.get().pk
    rows |= {f"units:{name}": own.liaison.pk for name in ("account", "account-amend", "account-switch", "account-password")}
    told, head = rows_of_notices(office, leader, notice)
    rows |= told | {f"reports:{name}": notice.pk for name in WITHHELD}
    rows |= {
        "measures:extend": make.measure(own.issue, due_on=make.days(40)).pk,
        "measures:decide-extension": own.extension.pk,
        "measures:read": own.indicator.pk,
        "measures:unit": own.unit.pk,
        "measures:approve": own.report.pk,
        "measures:send-back": own.report.pk,
        "measures:claim": own.report.pk,
        "measures:release": claimed(office, own).pk,
        "issues:apply": ready_issue(own).pk,
        "issues:decide": own.closure.pk,
        "issues:look-back": look_back(world).pk,
        "issues:sign": own.closure.pk,
        "issues:draw-new": world.inspection.pk,
        "issues:draw": draw_look_backs(actor=office, inspection=world.inspection, size=1, planned_on=make.today()).pk,
        "units:unit": own.unit.pk,
        **rows_of_supervision(office, world),
    }
    look_back(world)  # one more closed issue stays to be drawn
    reviewer = ask_for_signature(own)
    rows |= {"measures:as-of": measure, "measures:issue-as-of": issue}
    rows |= {f"measures:{name}": world.inspection.pk for name in ("round-as-of", "compare")}
    rows |= dict.fromkeys(("measures:workbook", "measures:workbook-original"), handed_in(own).pk)
    kept, batch = kept_by(office, own)
    rows |= {f"measures:{name}": pk for name, pk in brought_in(office, world.inspection).items()} | drafted(office, world.inspection)
    rows |= kept | counted_by(office, own) | {"measures:issue-papers": issue}
    rows["supervision:revoke_screen"], token = screen_of(office, world.inspection)
    admin, liaison = world.person("admin"), own.liaison
    logins = {name: admin for name in rows if name.startswith("units:account")}
    logins |= {"units:accounts": admin, "units:account-new": admin, "office": office, "supervision:check": leader}
    logins |= {"issues:sign": reviewer, "reports:review": head, "reports:reviews": head}
    logins |= dict.fromkeys(("measures:report", "measures:extend", "issues:apply", "supervision:sign", "supervision:answer"), liaison)
    exception = withheld_in(notice, office)
    rows["reports:watch-word-retire"] = watch_word(actor=office, word="没有公布的项目").pk
    sealed, discipline = sealed_rows(world)
    logins |= dict.fromkeys(EXCEPTED[:2], leader) | dict.fromkeys((*sealed, "supervision:clues", "supervision:clue-new"), discipline)
    logins |= dict.fromkeys(("reports:sealed", "reports:sealed-message"), discipline)
    return House(rows | sealed, logins, batch, token, exception)


def kept_by(office: User, plot: api_world.Plot) -> tuple[dict[str, int], str]:
    """A handover, a saved view, and the correlation id of a bulk act."""
    issue = make.issue(plot.category, lead=plot.unit)
    rows = Measure.objects.filter(pk=make.measure(issue).pk)
    batch = bulk_assign(actor=office, rows=rows, change=BulkChange(person="甲科长"), reason="分工").correlation
    giver = Giver(Handover.Kind.PERSON, "甲科长", plot.unit)
    handover = hand_over(
        actor=office, inspection=issue.inspection, giver=giver, to_name="乙科长", reason="调任", refeedback_by=make.days(28)
    )
    view = save_view(actor=office, name="逾期", query="timeliness=overdue")
    kept = {f"measures:{name}": view.pk for name in ("view", "view-amend", "view-remove", "view-default")}
    return {**kept, "measures:handover": handover.pk, "measures:refeed": handover.pk}, str(batch)


def handed_in(plot: api_world.Plot) -> ReturnedWorkbook:
    """A workbook that came back with a report that can be submitted."""
    measure = make.measure(make.issue(plot.category, lead=plot.unit))
    filling = begun(plot.liaison, plot.issue.inspection, plot.unit)
    filling.report(measure)
    return filling.taken(plot.liaison)


def counted_by(office: User, plot: api_world.Plot) -> dict[str, int]:
    """What is counted, which rules were made, what a meeting decided."""
    inspection = plot.issue.inspection
    meeting = record_activity(actor=office, inspection=inspection, kind="topic", title="专题会", held_on=make.today(), decided="建立台账")
    found = dict.fromkeys(("measures:indicator", "measures:amend-indicator", "measures:instalments"), plot.indicator.pk)
    found |= dict.fromkeys(("measures:regulation", "measures:amend-regulation"), plot.issue.regulations.get().pk)
    found |= dict.fromkeys(("issues:activity", "issues:amend-activity"), meeting.pk)
    found |= dict.fromkeys(("measures:add-round-regulation", "issues:amend-inspection"), inspection.pk)
    return {**found, "issues:item-to-measure": meeting.items.get().pk}


def ask_for_signature(plot: api_world.Plot) -> User:
    """Somebody of a body that has to sign the application."""
    body = make.unit()
    SignOff(closure=plot.closure, body=body).save()
    return make.liaison(body)


def ready_issue(plot: api_world.Plot) -> Issue:
    issue = make.issue(plot.category, lead=plot.unit)
    make.finish(make.measure(issue), by=plot.liaison)
    return issue


def claimed(office: User, plot: api_world.Plot) -> Progress:
    """Another report that the office has claimed."""
    return claim_review(actor=office, report=make.report(make.measure(plot.issue), by=plot.liaison))


def look_back(world: api_world.World) -> LookBack:
    issue = ready_issue(world.other)
    closure = apply_for_closure(actor=world.other.liaison, issue=issue, reasons=make.answers(issue), statement="已完成")
    decide_closure(actor=world.office, closure=closure, agree=True, opinion="同意")
    return issue.look_backs.earliest("planned_on")


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name:
                yield f"{namespace}:{entry.name}" if namespace else entry.name
        elif entry.namespace not in OTHER_HOUSES:
            yield from addresses(entry, entry.namespace or namespace)


NAMES = sorted(set(addresses(get_resolver())) - FOR_MACHINES)
PAGES = [name for name in NAMES if name not in POST_ONLY | DOWNLOADS]


def counts() -> list[tuple[str, int]]:
    """The number of rows of every table, in one query; the book grows with every act."""
    tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("apps."))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        found: list[tuple[str, int]] = cursor.fetchall()
    # The parts of a union come in any order where PostgreSQL reads them side by side.
    return sorted(found)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements inside that write. Most refusals write nothing, and counting every table after each of thousands of tries
    takes minutes."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield found


def try_out(browser: Client, path: str, data: dict[str, Any]) -> None:
    """Post it; accepted means a redirect or a one-time password, refused means a page that says so and rows as they were."""
    shown = {key: str(value)[:60] for key, value in data.items()}
    with undone():
        with writes() as written:
            answer = browser.post(path, data)
        if answer.status_code == 302 or 'class="secret"' in answer.content.decode():
            return
        left = counts() if written else []
    assert answer.status_code in REFUSED, (answer.status_code, path, shown)
    assert CHINESE.search(answer.content.decode()), (path, shown)
    assert not written or left == counts(), (path, shown)


def forms_of(name: str, house: House) -> dict[str, Any] | None:
    """What the form of that address would send; None for a page without one."""
    if name in POST_ONLY:
        return SENT[name]
    form = form_on(name, house)
    return filled(form) if form else None


def form_on(name: str, house: House) -> forms.BaseForm | None:
    page = house.browser(name).get(house.address(name) + query_of(name, house))
    assert page.status_code in (200, 302), (name, page.status_code)
    form = page.context.get("form") if page.context else None
    return form if isinstance(form, forms.BaseForm) else None


def query_of(name: str, house: House) -> str:
    if name == "measures:review-many":
        return f"?decision=return&report={house.rows['measures:approve']}"
    return f"?measure={house.rows['measures:sheet']}" if name == "supervision:send_letter" else ""


def test_a_row_that_a_refusal_leaves_is_found(client: Client, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def careless(path: str, data: dict[str, Any]) -> HttpResponse:
        make.unit()
        return HttpResponse("请填写", status=400)

    monkeypatch.setattr(client, "post", careless)
    with pytest.raises(AssertionError):
        try_out(client, "/", {})


# Signing in, changing the own password and asking for a reply are throttled after a few tries; they have tests of their own.
FORMS = sorted(
    set(NAMES)
    - DOWNLOADS
    - {"account_login", "account_logout", "account_inactive", "account_change_password", "go", "reports:feedback-status"}
)


def test_every_form_refuses_what_is_spoilt(house: House) -> None:
    tried = set()
    for name in FORMS:
        form = None if name in POST_ONLY else form_on(name, house)
        if form is None and name not in POST_ONLY:
            continue
        tried.add(name)
        good, fields = (filled(form), form.fields) if form else (SENT[name], {})
        browser, path = house.browser(name), house.address(name) + query_of(name, house)
        for data in spoilt(good, fields):
            try_out(browser, path, data)
    assert tried >= POST_ONLY | {
        "measures:report",
        "issues:add-issue",
        "supervision:send_letter",
        "reports:notice-new",
        "units:account-new",
    }


NO_EVIDENCE = (
    ("清单.exe", b"MZ\x90\x00"),
    ("清单.pdf", b"MZ\x90\x00 no document"),
    ("清单.pdf", b""),
    ("清单.docx", b"PK\x03\x04 torn"),
    ("../../清单.pdf", b"<html><script>"),
    ("清" * 400 + ".pdf", make.PDF),
    ("清单\x00.exe", make.PDF),
    ("清单", make.PDF),
)


def test_every_upload_that_is_no_evidence_is_refused_at_its_field(house: House) -> None:
    name = "measures:report"
    filled = forms_of(name, house) or {}
    further = re.compile(r"(name|effective_on|description)(_\d+)?")
    good = {key: value for key, value in filled.items() if not further.fullmatch(key)} | {"effective_on": make.today().isoformat()}
    before = counts()
    for filename, content in NO_EVIDENCE:
        answer = house.browser(name).post(house.address(name), {**good, "file": SimpleUploadedFile(filename, content)})
        assert answer.status_code == 400, (filename, content)
        assert answer.context["form"].errors["file"], (filename, content)
        assert counts() == before, (filename, content)


def test_broken_parameters_never_break_a_page(house: House) -> None:
    before = counts()
    # The viewer enters in the book that somebody saw the file, whatever stands behind its address.
    names = set(PAGES) - {"measures:evidence-view", "supervision:photo"}
    assert [problem for name in names for problem in broken(house.browser(name), house.address(name))] == []
    assert counts() == before


def test_numbers_that_lead_nowhere_are_not_found(house: House) -> None:
    before = counts()
    for name in house.rows:
        browser = house.browser(name)
        for number in NOWHERE:
            second = ["c1.i1"] if name in KEYED else [1] if name in ("reports:item-edit", "reports:compare", *EXCEPTED) else []
            path = reverse(name, args=[number, *second])
            answer = browser.post(path) if name in POST_ONLY else browser.get(path)
            assert answer.status_code == 404, (name, number, answer.status_code)
            assert "找不到这个页面" in answer.content.decode(), name
    assert counts() == before


@pytest.mark.once
def test_every_page_refuses_other_methods(house: House) -> None:
    for name in PAGES:
        browser, path = house.browser(name), house.address(name)
        for method in ("put", "delete", "patch"):
            answer = getattr(browser, method)(path)
            assert answer.status_code in {302} | REFUSED, (name, method, answer.status_code)
