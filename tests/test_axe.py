"""Every page, as those who work with it see it, on a desk and on a phone: accessible, no wider than the screen, no script error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.encoding import iri_to_uri
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.addresses import (
    DOWNLOADS,
    FOR_MACHINES,
    OF_A_PART,
    OF_NO_ROW,
    OF_TWO_ROWS,
    ON_THE_WAY_IN,
    OTHER_HOUSES,
    POST_ONLY,
    REDIRECTS,
)
from tests.browser import DESKTOP, PHONE, watched
from tests.demo_site import DemoSite, Visit

AXE = Axe()
GRAVE = ("serious", "critical")
ISSUE = "SELECT id FROM issues_issue WHERE number = {}"
MEASURE = "SELECT m.id FROM measures_measure m JOIN issues_issue i ON i.id = m.issue_id WHERE i.number = {} AND m.ordinal = {}"
FILE = (
    "SELECT max(v.id) FROM measures_evidenceversion v JOIN measures_evidence e ON e.id = v.evidence_id"
    " JOIN measures_measure m ON m.id = e.measure_id JOIN issues_issue i ON i.id = m.issue_id"
    " WHERE i.number = 63 AND m.ordinal = 1 AND v.filename LIKE '%.{}'"
)
ROUND = "SELECT id FROM issues_inspection"
SCHEDULED = "SELECT min(indicator_id) FROM measures_instalment"
MEETING = "SELECT min(activity_id) FROM issues_decideditem"
EDITION = "SELECT max(id) FROM reports_edition WHERE audience = 'society'"
PARTY = "SELECT max(id) FROM reports_edition WHERE audience = 'party'"
REVIEWING = "SELECT max(id) FROM reports_notice WHERE state = 'reviewing'"
TO_REVIEW = (
    "SELECT min(i.id) FROM reports_noticeitem i JOIN reports_notice n ON n.id = i.notice_id JOIN issues_issue q ON q.id = i.issue_id"
    " JOIN units_user h ON h.unit_id = q.lead_unit_id WHERE n.state = 'reviewing' AND h.username = 'head'"
)
PUBLISHED = "SELECT max(id) FROM reports_notice WHERE state = 'published'"
CORRECTING = "SELECT max(id) FROM reports_notice WHERE corrects_id IS NOT NULL"
DRAFT = "SELECT max(id) FROM reports_notice WHERE state = 'draft'"
LETTER = "SELECT min(l.id) FROM supervision_letter l JOIN units_unit u ON u.id = l.unit_id WHERE u.short_name = '区自然资源局'"
IN_STATE = "SELECT min(id) FROM supervision_letter WHERE state = '{}'"
LATE_LETTER = "SELECT min(letter_id) FROM supervision_escalation WHERE state = 'open'"
CLUE = "SELECT max(id) FROM supervision_clue"
PLANNED = "SELECT max(id) FROM supervision_visit WHERE state = 'planned'"
PREPARED = "SELECT max(id) FROM supervision_dispatch WHERE state = 'planned'"
OPEN_MESSAGE = "SELECT min(id) FROM reports_feedback WHERE sealing = '' AND state = '{}'"
SEALED_MESSAGE = "SELECT min(id) FROM reports_feedback WHERE sealing <> ''"
WAITING = "SELECT min(id) FROM measures_progress WHERE review = 'pending'"
UNIT = "SELECT id FROM units_unit WHERE short_name = '区自然资源局'"
ACCOUNT = "SELECT id FROM units_user WHERE username = 'liaison'"


@dataclass(frozen=True)
class Sight:
    """A page as one person sees it; ``of`` asks the site's database for the number in the address."""

    name: str
    login: str
    of: str = ""
    query: str = ""
    status: int = 200

    def __str__(self) -> str:
        return "-".join(filter(None, (self.name, self.login, self.query)))

    def path(self, site: DemoSite) -> str:
        numbers = [site.ask(self.of)] if self.of else []
        if self.name == "help-page":
            return reverse(self.name, args=("office",))
        if self.name == "reports:item-edit":
            numbers.append(5)
        if self.name == "reports:compare":
            numbers.append(numbers[0])
        return reverse(self.name, args=numbers) + self.query


def of_each(name: str, *logins: str, of: str = "", query: str = "") -> list[Sight]:
    return [Sight(name, login, of, query) for login in logins]


SIGHTS = [
    *of_each("workbench", "office", "liaison", "supervisor", "leader", "admin", "auditor", "discipline"),
    *of_each("measures:register", "office", "liaison", "supervisor"),
    Sight("measures:register", "office", query="?timeliness=overdue&nature=now"),
    Sight("measures:register", "office", query="?q=没有这样的文字"),
    Sight("measures:register", "office", query="?timeliness=never", status=400),
    Sight("measures:register", "office", query="?q=土地+出让"),
    Sight("measures:bulk", "office", query="?timeliness=overdue"),
    Sight("measures:bulk", "office", query="?q=没有这样的文字"),
    Sight("measures:bulk-done", "office", "SELECT correlation FROM ledgers_entry WHERE act = 'measures.assign_measure' LIMIT 1"),
    *of_each("measures:views", "office", "liaison", "leader"),
    Sight("measures:view-new", "liaison", query="?timeliness=soon"),
    Sight("measures:view-amend", "office", "SELECT min(id) FROM measures_savedview WHERE scope = 'office'"),
    *of_each("measures:imports", "office"),
    *of_each("measures:import-new", "office"),
    *of_each("measures:notice-new", "office"),
    *of_each("measures:handovers", "office", "leader", "liaison"),
    Sight("measures:handover-new", "office"),
    *of_each("measures:handover", "office", "leader", of="SELECT min(id) FROM measures_handover"),
    Sight("measures:refeed", "office", "SELECT max(id) FROM measures_handover"),
    *of_each("issues:sheet", "office", "liaison", "leader", of=ISSUE.format(63)),
    *of_each("issues:sheet", "office", of=ISSUE.format(4)),
    *of_each("measures:sheet", "office", "liaison", "leader", of=MEASURE.format(63, 3)),
    *of_each("measures:report", "liaison", "office", of=MEASURE.format(63, 3)),
    *of_each("measures:evidence-view", "office", "liaison", of=FILE.format("pdf")),
    *of_each("measures:evidence-view", "office", of=FILE.format("jpg")),
    *of_each("measures:evidence-view", "leader", of=FILE.format("txt")),
    Sight("measures:evidence-update", "liaison", FILE.format("pdf")),
    Sight("measures:extend", "liaison", MEASURE.format(63, 5)),
    Sight("measures:decide-extension", "office", "SELECT min(id) FROM measures_extension WHERE decision = 'pending'"),
    Sight("measures:decide-extension", "leader", "SELECT min(id) FROM measures_extension WHERE decision = 'endorsed'"),
    *of_each("measures:extensions", "office", "liaison", "leader"),
    *of_each("measures:missing", "office", "liaison", "supervisor-3"),
    Sight("measures:review-many", "office"),
    *of_each("measures:sheet", "leader", of=MEASURE.format(32, 4)),
    *of_each("measures:sheet", "office", of=MEASURE.format(20, 4)),
    Sight("measures:report", "office", MEASURE.format(28, 3)),
    Sight("measures:reviews", "office", query="?whose=others"),
    Sight("measures:amend", "office", MEASURE.format(63, 3)),
    Sight("measures:assign", "office", MEASURE.format(63, 3)),
    Sight("measures:add", "office", ISSUE.format(63)),
    Sight("measures:add-indicator", "office", ISSUE.format(63)),
    Sight("measures:add-regulation", "office", ISSUE.format(63)),
    Sight("measures:read", "office", "SELECT min(id) FROM measures_indicator"),
    *of_each("measures:figures", "office", "liaison", "leader"),
    Sight("measures:indicator", "office", SCHEDULED),
    Sight("measures:indicator", "leader", SCHEDULED),
    Sight("measures:amend-indicator", "office", SCHEDULED),
    Sight("measures:instalments", "office", SCHEDULED),
    *of_each("measures:regulations", "office", "liaison"),
    Sight("measures:regulations", "office", query="?kind=abolished"),
    Sight("measures:regulation", "office", "SELECT min(id) FROM measures_regulation"),
    Sight("measures:amend-regulation", "office", "SELECT min(id) FROM measures_regulation"),
    Sight("measures:add-round-regulation", "office", ROUND),
    Sight("measures:reviews", "office"),
    *of_each("measures:papers", "office", "liaison"),
    *of_each("measures:issue-papers", "office", "liaison", of=ISSUE.format(63)),
    *of_each("measures:workbooks", "office", "liaison"),
    *of_each("measures:workbook", "office", "liaison", of="SELECT max(id) FROM measures_returnedworkbook"),
    Sight("measures:as-of", "office", MEASURE.format(63, 3), query="?date=2025-12-31"),
    Sight("measures:as-of", "liaison", MEASURE.format(63, 3), query="?date=2024-01-01"),
    Sight("measures:issue-as-of", "office", ISSUE.format(63), query="?date=2025-12-31"),
    *of_each("measures:round-as-of", "office", "liaison", of=ROUND, query="?date=2025-12-31"),
    *of_each("measures:compare", "office", "liaison", of=ROUND, query="?from=2025-06-30"),
    Sight("help", "office"),
    Sight("help", "auditor", query="?q=核验"),
    Sight("help-page", "liaison"),
    *of_each("measures:unit", "office", "supervisor-3", of=UNIT),
    Sight("issues:open", "office"),
    *of_each("issues:inspection", "office", "leader", of=ROUND),
    Sight("issues:amend-inspection", "office", ROUND),
    Sight("issues:add-category", "office", ROUND),
    Sight("issues:add-issue", "office", ROUND),
    Sight("issues:add-activity", "office", ROUND),
    *of_each("issues:activities", "office", "liaison"),
    *of_each("issues:activity", "office", "leader", of=MEETING),
    Sight("issues:amend-activity", "office", MEETING),
    Sight("issues:item-to-measure", "office", "SELECT min(id) FROM issues_decideditem"),
    Sight("issues:amend", "office", ISSUE.format(63)),
    Sight("issues:assign", "office", ISSUE.format(63)),
    Sight("issues:apply", "office", ISSUE.format(70), status=403),
    *of_each("issues:sheet", "office", "review-xcb", of=ISSUE.format(40)),
    Sight("issues:sheet", "office", ISSUE.format(30)),
    *of_each("issues:closures", "office", "review-xcb", "liaison", "leader"),
    Sight("issues:apply", "liaison-qwb", ISSUE.format(70)),
    Sight("issues:sign", "review-xcb", "SELECT c.id FROM issues_closure c JOIN issues_issue i ON i.id = c.issue_id WHERE i.number = 79"),
    *of_each("issues:look-backs", "office", "leader", "liaison"),
    Sight("issues:look-backs", "office", query="?show=held"),
    Sight("issues:draw-new", "office", ROUND),
    Sight("issues:draw", "office", "SELECT min(id) FROM issues_lookbackdraw", "?check=1"),
    Sight("workbench", "review-xcb"),
    Sight("issues:decide", "office", "SELECT max(id) FROM issues_closure WHERE decision = 'pending'"),
    Sight("issues:look-back", "office", "SELECT max(id) FROM issues_lookback WHERE held_on IS NULL"),
    *of_each("supervision:dashboard", "office", "supervisor", "leader", "liaison"),
    *of_each("supervision:dashboard-progress", "office", "liaison"),
    *of_each("supervision:dashboard-units", "leader", "supervisor-3"),
    *of_each("supervision:dashboard-outcomes", "leader", "liaison"),
    *of_each("supervision:dashboard-forecast", "office", "liaison"),
    *of_each("supervision:flags", "office", "supervisor", "leader"),
    *of_each("supervision:letters", "office", "liaison", "supervisor"),
    Sight("supervision:send_letter", "supervisor-3", query=""),
    Sight("supervision:send_letters", "office"),
    Sight("supervision:ladder", "office"),
    *of_each("supervision:escalations", "office", "supervisor"),
    Sight("supervision:escalate", "office", LATE_LETTER),
    Sight("supervision:decline", "office", LATE_LETTER),
    Sight("supervision:close_letter", "office", IN_STATE.format("answered")),
    Sight("supervision:return_answer", "office", IN_STATE.format("answered")),
    Sight("supervision:letter", "office", IN_STATE.format("answered")),
    Sight("supervision:letter", "leader", IN_STATE.format("closed")),
    Sight("supervision:letter", "leader", LATE_LETTER),
    *of_each("supervision:letter", "office", "liaison", "supervisor-3", of=LETTER),
    Sight("supervision:check", "supervisor-3", MEASURE.format(63, 3)),
    Sight("supervision:groups", "office"),
    *of_each("supervision:visits", "office", "supervisor-3"),
    Sight("supervision:visit-new", "supervisor-3", query="?standing=finished"),
    *of_each("supervision:visit", "office", "supervisor-3", of="SELECT min(id) FROM supervision_visit"),
    Sight("supervision:visit", "supervisor", PLANNED),
    Sight("supervision:visit-amend", "supervisor", PLANNED),
    Sight("supervision:visit-cancel", "supervisor", PLANNED),
    Sight("supervision:visit-hold", "supervisor", PLANNED),
    *of_each("supervision:photo", "supervisor-3", "liaison", of="SELECT min(id) FROM supervision_attachment WHERE site_check_id > 0"),
    *of_each("supervision:dispatches", "office", "supervisor"),
    Sight("supervision:dispatch-new", "supervisor"),
    Sight("supervision:dispatch", "leader", "SELECT min(id) FROM supervision_dispatch"),
    Sight("supervision:dispatch", "supervisor", PREPARED),
    Sight("supervision:dispatch-amend", "supervisor", PREPARED),
    Sight("supervision:dispatch-close", "supervisor", PREPARED),
    Sight("supervision:dispatch-item", "leader", "SELECT min(id) FROM supervision_dispatchitem"),
    Sight("supervision:form_group", "office"),
    *of_each("supervision:jobs", "office", "admin"),
    Sight("supervision:thresholds", "office", ROUND),
    Sight("supervision:acknowledge", "office", "SELECT min(id) FROM supervision_flag WHERE cleared_on IS NULL"),
    Sight("supervision:reform_group", "office", "SELECT min(id) FROM supervision_group"),
    *of_each("units:notifications", "office", "liaison", "supervisor", "admin", "auditor"),
    Sight("units:notifications", "office", query="?show=all&kind=review"),
    *of_each("supervision:deliveries", "office", "admin"),
    Sight("supervision:hooks", "office"),
    Sight("supervision:hook-new", "office"),
    Sight("supervision:hook", "office", "SELECT min(id) FROM supervision_hook"),
    Sight("supervision:hook-amend", "office", "SELECT min(id) FROM supervision_hook"),
    *of_each("units:tokens", "office", "liaison", "admin"),
    Sight("supervision:channel-new", "office"),
    Sight("supervision:channel", "office", "SELECT min(id) FROM supervision_channel"),
    *of_each("supervision:wall", "office", "supervisor"),
    Sight("supervision:screen", "", "SELECT 'no-such-link'", status=404),
    *of_each("supervision:screens", "office", "supervisor"),
    *of_each("supervision:chart", "office", "liaison"),
    Sight("supervision:chart", "office", query="?unit=999999", status=400),
    *of_each("reports:public", "", "office"),
    Sight("reports:editions", ""),
    Sight("reports:edition", "", EDITION),
    Sight("reports:edition", "", EDITION, "?q=土地+出让"),
    Sight("reports:edition", "", EDITION, "?q=没有这样的文字&category=2"),
    Sight("reports:edition", "", EDITION, "?category=never", 400),
    Sight("reports:edition", "", "SELECT max(id) + 999 FROM reports_edition", status=404),
    Sight("reports:verify", "", EDITION),
    Sight("reports:compare", "", EDITION),
    Sight("reports:verify-any", ""),
    Sight("reports:verify-any", "", query="?sha256=" + "0" * 64),
    Sight("reports:correct", "office", EDITION),
    *of_each("reports:party-editions", "office", "liaison"),
    *of_each("reports:party-edition", "leader", "liaison", of=PARTY),
    *of_each("reports:circulation", "office", "leader", of=REVIEWING),
    Sight("reports:reviews", "head"),
    Sight("reports:review", "head", TO_REVIEW),
    Sight("reports:feedback", "", query="?item=63"),
    Sight("reports:feedback-status", ""),
    Sight("reports:feedback-statistics", ""),
    *of_each("reports:inbox", "office", "leader"),
    Sight("reports:inbox", "office", query="?state=aside"),
    *of_each("reports:message", "office", "leader", of=OPEN_MESSAGE.format("received")),
    Sight("reports:message", "office", OPEN_MESSAGE.format("answered")),
    Sight("reports:sealed", "discipline"),
    Sight("reports:sealed-message", "discipline", SEALED_MESSAGE),
    *of_each("reports:notices", "office", "leader"),
    Sight("reports:notice-new", "office"),
    *of_each("reports:notice", "office", "leader", of=PUBLISHED),
    Sight("reports:notice", "office", DRAFT),
    *of_each("reports:check", "office", "leader", of=PUBLISHED),
    Sight("reports:check", "office", PUBLISHED, "?show=all"),
    *of_each("reports:withheld", "office", "leader", of=PUBLISHED),
    Sight("reports:withheld", "office", DRAFT),
    *of_each("reports:watch-words", "office", "leader"),
    Sight("supervision:clues", "discipline"),
    Sight("supervision:clues", "discipline", query="?state=concluded"),
    Sight("supervision:clue", "discipline", CLUE),
    Sight("supervision:clue-new", "discipline"),
    Sight("supervision:clue-take-up", "discipline", CLUE),
    Sight("supervision:clue-conclude", "discipline", CLUE),
    *of_each("reports:files", "office", "leader", of=PUBLISHED),
    Sight("reports:files", "office", DRAFT),
    Sight("reports:notice-edit", "office", DRAFT),
    Sight("reports:item-edit", "office", DRAFT),
    Sight("reports:notice", "office", DRAFT, query="?audience=internal"),
    Sight("reports:layout", "office", DRAFT),
    Sight("reports:correction", "office", CORRECTING),
    *of_each("units:list", "office", "admin"),
    Sight("units:unit-new", "office"),
    Sight("units:unit", "office", UNIT),
    Sight("units:accounts", "admin"),
    Sight("units:account-new", "admin"),
    Sight("units:account", "admin", ACCOUNT),
    *of_each("ledgers:book", "office", "admin", "auditor", "discipline"),
    Sight("ledgers:book", "auditor", query="?verify=1"),
    Sight("account_login", ""),
    Sight("account_logout", "office"),
    Sight("account_inactive", ""),
    Sight("account_change_password", "office"),
    Sight("api:docs", "office"),
]


def problems_on(page: Page) -> list[str]:
    """What a reader of this page would stumble over, a line each."""
    found = []
    # It is half a megabyte to read: once for all looks at one page.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    for violation in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
        if violation["impact"] in GRAVE:
            places = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:5])
            found.append(f"{violation['id']} ({violation['impact']}, {len(violation['nodes'])}): {places}")
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} h1")
    language = page.locator("html").get_attribute("lang")
    if language != "zh-CN":
        found.append(f"lang {language}")
    width, wanted = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if width > wanted:
        found.append(f"{width} px wide on a screen of {wanted}")
    return found


@pytest.fixture(scope="module")
def furnished(demo_site: DemoSite) -> None:
    """What the demonstration does not hold: a request for a later date, a notice in the making, and one that is with the units."""
    liaison = demo_site.context("liaison")
    page = liaison.new_page()
    page.goto(reverse("measures:extend", args=(demo_site.ask(MEASURE.format(63, 5)),)))
    page.get_by_label("申请时限").fill("2099-06-30")
    page.get_by_label("延期理由").fill("欠缴单位分期缴纳，需延长期限。")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("已办理")).to_be_visible()
    liaison.close()
    office = demo_site.context("office")
    page = office.new_page()
    page.goto(reverse("reports:correct", args=(demo_site.ask(EDITION),)))
    page.get_by_label("更正理由").fill("第一条的表述有误")
    page.get_by_role("button", name="起草更正").click()
    expect(page.get_by_text("已起草第")).to_be_visible()
    for circulated in (True, False):
        page.goto(reverse("reports:notice-new"))
        page.get_by_role("button", name="起草").click()
        expect(page.get_by_text("已起草")).to_be_visible()
        if circulated:
            page.get_by_role("button", name="送单位审核").click()
            expect(page.get_by_text("已送单位负责人审核")).to_be_visible()
    office.close()


@dataclass
class Window:
    """The one page in which a person looks at sight after sight, and what went wrong in it."""

    page: Page
    problems: list[str]


@pytest.fixture(scope="module")
def windows(demo_site: DemoSite) -> Iterator[Callable[[str], Window]]:
    """A browser for each of hundreds of sights would take longer than the sights."""
    opened: dict[str, Window] = {}

    def of(login: str) -> Window:
        if login not in opened:
            problems: list[str] = []
            opened[login] = Window(watched(demo_site.context(login).new_page(), problems), problems)
        return opened[login]

    yield of
    for window in opened.values():
        window.page.context.close()


@pytest.mark.browser
@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_page_is_accessible_and_fits(sight: Sight, demo_site: DemoSite, windows: Callable[[str], Window]) -> None:
    window = windows(sight.login)
    page = window.page
    # Whatever the sight before this one still asks for is not this one's.
    page.goto("about:blank")
    window.problems.clear()
    page.set_viewport_size(DESKTOP)
    path = sight.path(demo_site)
    if sight.name == "supervision:send_letter":
        path += f"?measure={demo_site.ask(MEASURE.format(63, 3))}"
    if sight.name == "measures:review-many":
        path += f"?decision=return&report={demo_site.ask(WAITING)}"
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert (answer.status, page.url) == (sight.status, demo_site.address + iri_to_uri(path))
    # The page of the API writes itself.
    expect(page.locator("h1").first).to_be_attached()
    assert problems_on(page) == []
    page.set_viewport_size(PHONE)
    assert problems_on(page) == []
    assert window.problems == []


@pytest.mark.browser
def test_the_same_eyes_find_what_is_wrong(visit: Visit) -> None:
    page = visit()
    page.set_viewport_size(PHONE)
    page.set_content("<!DOCTYPE html><html lang='en'><h1>a</h1><h1>b</h1><img src='data:,'><input><hr width='900'></html>")
    found = problems_on(page)
    assert any(line.startswith("image-alt (critical") for line in found)
    assert any(line.startswith("label (critical") for line in found)
    assert {"2 h1", "lang en"} <= set(found)
    assert any("px wide" in line for line in found)


@pytest.mark.once
def test_every_address_is_looked_at_or_is_no_page() -> None:
    looked_at = {sight.name for sight in SIGHTS}
    elsewhere = POST_ONLY | DOWNLOADS | REDIRECTS | FOR_MACHINES | ON_THE_WAY_IN
    assert names_of(get_resolver()) == looked_at - {"api:docs"} | elsewhere
    assert not looked_at & elsewhere


def names_of(resolver: URLResolver, namespace: str = "") -> set[str]:
    """The names of all addresses below; an address without a name goes by its pattern."""
    found = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            name = entry.name or str(entry.pattern)
            found.add(f"{namespace}:{name}" if namespace else name)
        elif entry.namespace not in OTHER_HOUSES:
            found |= names_of(entry, entry.namespace or namespace)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_acts_have_no_page(name: str, client: Client) -> None:
    client.force_login(make.office())
    row: tuple[object, ...] = (1, 1) if name in OF_TWO_ROWS else (1, "c1") if name in OF_A_PART else () if name in OF_NO_ROW else (1,)
    answer = client.get(reverse(name, args=row))
    assert answer.status_code == 405
    assert "不能这样访问" in answer.content.decode()
