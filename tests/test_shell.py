"""The frame of every page: navigation by role, home pages, the jump box, error pages, tags, and what templates may not contain."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.ledgers.templatetags.book_ui import LOOKS, change_of
from apps.measures.models import Measure
from apps.measures.services import send_back
from apps.measures.templatetags.measure_ui import WORDS, due_words, pieces
from apps.supervision.models import Group
from apps.units.errors import ActConflict
from apps.units.models import Role, User
from config import views
from config.middleware import RefusalMiddleware
from config.navigation import ITEMS, grouped, links_for, tabs
from tests import factories
from tests.factories import signed_in

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ICON = re.compile(r"""\{% icon "([^"]+)\"""")


def text_of(page: bytes) -> str:
    """The words of a page, without markup and with single spaces."""
    return " ".join(strip_tags(page.decode()).split())


def somebody(role: str) -> User:
    return factories.liaison() if role == Role.LIAISON else factories.user(role)


# -- what templates contain -----------------------------------------------------------------------------------------


def test_every_icon_is_in_the_sprite() -> None:
    sprite = (settings.BASE_DIR / "static/img/sprite.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = {name for path in TEMPLATES for name in ICON.findall(path.read_text())}
    used |= {icon for icon, _ in LOOKS.values()} | {item.icon for item in ITEMS}
    used |= {f"s-{mark}" for mark in WORDS if mark != "returned"} | {"s-back"}
    assert used <= drawn, used - drawn


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_hold_no_inline_code(path: Path) -> None:
    """The Content-Security-Policy has no unsafe-inline: a style attribute or a handler would silently do nothing."""
    text = path.read_text()
    assert not re.search(r"<[^>]*\sstyle=", text)
    assert not re.search(r"<[^>]*\son[a-z]+=", text)
    # A PDF is no page of the site: its template carries its own style.
    assert not re.search(r"<style\b", text) or path.parent.name == "papers"
    assert not re.search(r"<script(?![^>]*(\bsrc=|type=\"application/json\"))", text)


def test_styles_keep_to_chromium_108() -> None:
    for path in (settings.BASE_DIR / "static/css").glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"oklch\(|color-mix\(|light-dark\(|subgrid|text-wrap:|anchor-name|view-transition", rules), path.name


# -- navigation -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_every_link_in_the_side_bar_opens(role: str) -> None:
    user = somebody(role)
    factories.measure()
    client = signed_in(user)
    for _, link in links_for(user, ""):
        response = client.get(link.href)
        assert response.status_code == HTTPStatus.OK, link.href


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_pages_of_the_side_bar_ask_for_a_sign_in(role: str) -> None:
    for _, link in links_for(somebody(role), ""):
        if link.href == reverse("reports:public"):
            continue
        response = Client().get(link.href)
        assert response.status_code == HTTPStatus.FOUND
        assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_the_auditor_is_offered_the_book_and_nothing_else() -> None:
    links = links_for(factories.user(Role.AUDITOR), "ledgers:book")
    assert [link.label for _, link in links] == ["工作台", "台账核验"]
    assert [link.current for _, link in links] == [False, True]


@pytest.mark.django_db
def test_the_discipline_role_is_offered_what_is_sealed_and_its_book() -> None:
    labels = [link.label for _, link in links_for(factories.user(Role.DISCIPLINE), "supervision:clue")]
    assert {"工作台", "移交线索", "台账核验"} <= set(labels)
    assert not {"整改台账", "通报稿", "账号", "公开通报"} & set(labels)


@pytest.mark.django_db
def test_side_bar_groups_and_phone_tabs() -> None:
    links = links_for(factories.office(), "measures:sheet")
    groups = grouped(links)
    assert [group.heading for group in groups] == ["", "台账", "督查", "公开", "管理"]
    assert [link.short for link in tabs(links)] == ["工作台", "审核", "台账", "看板"]
    assert [link.label for _, link in links if link.current] == ["整改台账"]


@pytest.mark.django_db
def test_waiting_reports_are_counted_beside_the_link() -> None:
    factories.report(factories.measure())
    counts = {link.label: link.count for _, link in links_for(factories.office(), "")}
    assert counts["待审核"] == 1


@pytest.mark.django_db
def test_frame_of_a_page() -> None:
    user = factories.office()
    factories.issue()
    page = signed_in(user).get(reverse("workbench")).content.decode()
    assert 'href="#main">跳到主要内容' in page
    assert page.count('aria-current="page"') == 3  # side bar, phone tabs, the user menu of phones
    every = page.partition('class="every"')[2].partition("</nav>")[0]
    for words in ("督查单", "督查组", "通报稿", "单位", "台账核验", "工作日调整"):
        assert words in every
    assert "台账链末端校验 <b>正常</b>" in page
    assert 'role="status"' in page
    assert f'action="{reverse("account_logout")}"' in page


@pytest.mark.django_db
def test_signed_in_pages_are_not_stored() -> None:
    response = signed_in(factories.office()).get(reverse("workbench"))
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_part_asked_for_without_a_session_reloads_the_page() -> None:
    response = Client().get(reverse("workbench"), headers={"HX-Request": "true"})
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response["HX-Refresh"] == "true"


# -- home pages -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_home_of_an_empty_house(role: str) -> None:
    response = signed_in(somebody(role)).get(reverse("workbench"))
    assert response.status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_office_sees_queues_with_the_worst_of_each() -> None:
    issue = factories.issue()
    factories.measure(issue, due_on=factories.days(-12))
    factories.measure(issue, due_on=factories.days(1))
    factories.report(factories.measure(issue))
    context = signed_in(factories.office()).get(reverse("workbench")).context
    assert {queue.mark: queue.count for queue in context["queues"]} == {"review": 1, "over": 1, "soon": 1, "done": 0}
    assert context["queues"][1].worst == "涉及 1 个问题、1 个牵头单位"
    assert [row.measure.number for row in context["late"]] == ["1-1"]
    assert context["late"][0].step.words == "发督查单"
    assert context["completion"].total == 3


@pytest.mark.django_db
def test_office_sees_issues_to_be_closed() -> None:
    issue = factories.issue()
    factories.finish(factories.measure(issue))
    factories.measure(factories.issue(issue.category))
    queue = signed_in(factories.office()).get(reverse("workbench")).context["queues"][3]
    assert (queue.count, queue.worst) == (0, "没有等待审定的申请；另有 1 个已具备条件，待单位提请")
    page = signed_in(factories.office()).get(queue.href)
    assert (page.status_code, page.context["mine"], page.context["others"]) == (200, [], [])


@pytest.mark.django_db
def test_liaison_sees_tasks_by_urgency_with_the_reviewers_words() -> None:
    issue = factories.issue()
    lead = issue.lead_unit
    late, soon, back, calm = (factories.measure(issue, due_on=factories.days(count)) for count in (-9, 1, 60, 90))
    worse = factories.measure(issue, due_on=factories.days(-20))
    factories.measure(factories.issue(issue.category), due_on=factories.days(-30))
    by = factories.liaison(lead)
    send_back(actor=factories.office(), report=factories.report(back, by=by), requirement="回单缺银行章，请补传。")
    response = signed_in(by).get(reverse("workbench"))
    tasks = response.context["tasks"]
    assert [task.measure.pk for task in tasks] == [worse.pk, late.pk, back.pk, soon.pk]
    assert [task.urgency for task in tasks] == ["over", "over", "back", "soon"]
    assert calm.pk not in [task.measure.pk for task in tasks]
    page = response.content.decode()
    assert "“回单缺银行章，请补传。”" in page
    assert page.count("btn-primary") == 1


@pytest.mark.django_db
def test_supervisor_sees_the_own_groups_figures_and_a_leader_all() -> None:
    issue = factories.issue()
    factories.measure(issue, due_on=factories.days(-3))
    other = factories.issue(issue.category)
    factories.measure(other)
    supervisor, leader = factories.user(Role.SUPERVISOR), factories.leader()
    for number, row in enumerate((issue, other), 1):
        group = Group.objects.create(inspection=issue.inspection, number=number, name=f"督查{number}组", lead_unit=row.lead_unit)
        group.units.add(row.lead_unit)
    Group.objects.get(number=1).members.add(supervisor)
    own = signed_in(supervisor).get(reverse("workbench")).context["groups"]
    assert [(stand.group.number, stand.counts["over"], stand.completion.total) for stand in own] == [(1, 1, 1)]
    every = signed_in(leader).get(reverse("workbench")).context["groups"]
    assert [(stand.group.number, stand.completion.total) for stand in every] == [(1, 1), (2, 1)]


@pytest.mark.django_db
def test_keepers_see_no_business_rows() -> None:
    measure = factories.measure(text="逐户核实涉农补贴发放情况")
    for role in (Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE):
        page = signed_in(factories.user(role)).get(reverse("workbench")).content.decode()
        assert measure.text not in page
        assert reverse("go") not in page


@pytest.mark.django_db
def test_several_rounds_are_offered_and_a_foreign_number_shows_the_latest() -> None:
    old, new = factories.issue().inspection, factories.issue().inspection
    client = signed_in(factories.office())
    assert client.get(reverse("workbench"), {"inspection": old.pk}).context["now"].inspection == old
    context = client.get(reverse("workbench"), {"inspection": "x"}).context
    assert context["now"].inspection == new
    assert context["now"].others == [old]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OFFICE, Role.LIAISON, Role.SUPERVISOR])
def test_queries_of_a_home_page_do_not_grow_with_the_measures(role: str) -> None:
    issue = factories.issue()
    lead = issue.lead_unit
    client = signed_in(factories.liaison(lead) if role == Role.LIAISON else factories.user(role))

    def grow(count: int) -> int:
        """Add that many late and that many reported measures; the queries of the page then."""
        factories.measures(issue, count, due_on=factories.days(-3))
        for row in factories.measures(issue, count):
            factories.report(row)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("workbench")).status_code == HTTPStatus.OK
        return len(queries)

    few = grow(2)
    assert grow(6) == few
    assert few <= 35


# -- the jump box ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["1-2", "１－２", " 1 – 2 ", "1—2"])
def test_a_measures_number_leads_to_it(text: str) -> None:
    issue = factories.issue()
    measure = factories.measures(issue, 2)[1]
    response = signed_in(factories.office()).get(reverse("go"), {"q": text})
    assert response["Location"] == reverse("measures:sheet", args=(measure.pk,))


@pytest.mark.django_db
def test_an_issues_number_leads_to_it() -> None:
    issue = factories.issue()
    response = signed_in(factories.office()).get(reverse("go"), {"q": "1"})
    assert response["Location"] == reverse("issues:sheet", args=(issue.pk,))


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["涉农 资金", "99", "1-9", "9" * 30, "%00&x"])
def test_anything_else_is_searched_for(text: str) -> None:
    factories.issue()
    client = signed_in(factories.office())
    response = client.get(reverse("go"), {"q": text})
    assert response["Location"].startswith(f"{reverse('measures:register')}?q=")
    assert client.get(response["Location"]).status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_somebody_elses_number_is_not_told() -> None:
    factories.measure()
    response = signed_in(factories.liaison()).get(reverse("go"), {"q": "1-1"})
    assert response["Location"].startswith(reverse("measures:register"))


@pytest.mark.django_db
def test_keepers_cannot_search() -> None:
    assert signed_in(factories.user(Role.AUDITOR)).get(reverse("go"), {"q": "1"}).status_code == HTTPStatus.FORBIDDEN


# -- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_unknown_page() -> None:
    response = Client().get("/no-such-page/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "找不到这个页面" in text_of(response.content)


@pytest.mark.django_db
def test_forbidden_page() -> None:
    response = signed_in(factories.liaison()).get(reverse("units:accounts"))
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "没有权限" in text_of(response.content)
    assert "返回工作台" in text_of(response.content)


@pytest.mark.django_db
def test_wrong_method_says_what_to_do() -> None:
    response = signed_in(factories.office()).post(reverse("workbench"))
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "GET" in response["Allow"]
    assert "请从页面上的按钮或链接进入" in text_of(response.content)


@pytest.mark.django_db
def test_stale_form() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {"login": "office", "password": "x"})
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "表单没有提交" in text_of(response.content)


@pytest.mark.parametrize("handler", [views.bad_request, views.permission_denied, views.page_not_found])
def test_handlers_answer_in_chinese(handler: object) -> None:
    assert callable(handler)
    response = handler(RequestFactory().get("/x/"), Exception("secret"))
    assert response.status_code >= HTTPStatus.BAD_REQUEST
    assert "secret" not in response.content.decode()


def test_server_error_needs_no_database() -> None:
    response = views.server_error(RequestFactory().get("/x/"))
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "没有保存" in text_of(response.content)


def test_the_api_gets_its_own_shape() -> None:
    response = views.page_not_found(RequestFactory().get("/api/v1/nothing/"), Exception())
    assert response["Content-Type"] == "application/json"
    assert b'"not_found"' in response.content


def test_a_refused_act_becomes_a_page_with_its_status() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        raise AssertionError

    request = RequestFactory().get("/x/")
    response = RefusalMiddleware(view).process_exception(request, ActConflict("别人刚审核过这条填报，请刷新页面"))
    assert response is not None
    assert response.status_code == HTTPStatus.CONFLICT
    assert "别人刚审核过这条填报" in text_of(response.content)
    assert RefusalMiddleware(view).process_exception(request, ValueError()) is None


# -- tags -----------------------------------------------------------------------------------------------------------


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui measure_ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"due": -3}, ("over", "逾期 3 天")),
        ({"due": 0}, ("", "今天到期")),
        ({"due": 5}, ("", "还剩 5 天")),
        ({"due": 5, "soon": True}, ("soon", "还剩 5 天")),
        ({"due": -3, "stopped": -1, "progress": "done"}, ("", "逾期 2 天办结")),
        ({"due": -3, "stopped": -3, "progress": "done"}, ("", "按期办结")),
        ({"due": -3, "stopped": -1, "progress": "in_review"}, ("", "逾期 2 天提交")),
        ({"due": 9, "stopped": -1, "progress": "in_review"}, ("", "按期提交")),
        ({"due": None}, ("", "长期坚持")),
        ({"due": None, "stopped": -1, "progress": "done"}, ("", "已办结")),
    ],
)
def test_words_of_a_deadline(facts: dict[str, Any], expected: tuple[str, str]) -> None:
    due, stopped = (None if facts.get(name) is None else factories.days(facts[name]) for name in ("due", "stopped"))
    measure = Measure(due_on=due, stopped_on=stopped, progress=facts.get("progress", "ongoing"))
    vars(measure)["is_soon"] = facts.get("soon", False)
    assert due_words(measure, factories.today()) == expected


def test_every_mark_has_an_icon_and_a_word() -> None:
    for mark, words in WORDS.items():
        html = rendered("{% status_pill mark %}", mark=mark)
        assert words in html
        assert "<use" in html


def test_pills_show_the_stored_facts() -> None:
    assert "推进中" in rendered("{% progress_pill row %}", row=Measure(progress="ongoing"))
    assert "阶段性完成" in rendered("{% progress_pill row %}", row=Measure(progress="stage_done"))
    assert "已销号" in rendered("{% closure_pill row %}", row=Issue(closure="closed"))


def test_strip_fills_its_width_in_the_fixed_order() -> None:
    found = pieces({"over": 1, "closed": 2, "doing": 1}, 4)
    assert [piece.mark for piece in found] == ["closed", "doing", "over"]
    assert [piece.left for piece in found] == ["0.00%", "50.00%", "75.00%"]
    html = rendered("{% seg counts %}", counts={"over": 1, "closed": 2, "doing": 1})
    assert 'aria-label="已销号 2、推进中 1、逾期 1"' in html
    assert pieces({}, 0) == []


def test_badge_stands_where_data_is_demonstration() -> None:
    row = Measure(demonstrated=["due_on"])
    assert "示例" in rendered('{% demo row "due_on" %}', row=row)
    assert "示例" not in rendered('{% demo row "text" %}', row=row)
    assert "示例" in rendered("{% demo row %}", row=Measure(source="demonstration"))


def test_changes_are_told_in_the_words_of_the_screen() -> None:
    entry = Entry(act="measures.amend_measure", subject_type="measure")
    change = change_of(entry, "nature", ["now", None])
    assert (change.name, change.before, change.after) == ("类型", "当下改", "（空）")
    assert change_of(entry, "supporting_units", [[], ["区财政局", "区林业局"]]).after == "区财政局、区林业局"
    assert change_of(Entry(act="gone.act", subject_type="gone"), "led", [True, False]).after == "否"
