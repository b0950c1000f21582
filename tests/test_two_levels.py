"""A second request for a later date: the office endorses, a leader decides; three persons; nothing after expiry."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Extension, Measure
from apps.measures.services import decide_extension, endorse_extension, request_extension
from apps.supervision.services import form_group
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST = reverse("measures:extensions")


@pytest.fixture
def office() -> User:
    return make.office()


@pytest.fixture
def leader() -> User:
    return make.leader()


@pytest.fixture
def measure() -> Measure:
    return make.measure(due_on=make.days(10))


def ask(measure: Measure, days: int, *, by: User | None = None) -> Extension:
    liaison = by or make.liaison(measure.lead_unit)
    return request_extension(actor=liaison, measure=measure, new_due_on=make.days(days), reason="招标推迟")


@pytest.fixture
def second(measure: Measure, office: User) -> Extension:
    decide_extension(actor=office, extension=ask(measure, 30), agree=True)
    return ask(measure, 60)


def fresh(row: Extension) -> Extension:
    return Extension.objects.select_related("measure").get(pk=row.pk)


def test_the_first_is_the_offices_and_needs_no_leader(measure: Measure, office: User, leader: User) -> None:
    first = ask(measure, 30)
    with pytest.raises(ActRefused, match="不需要报领导"):
        endorse_extension(actor=office, extension=first, opinion="同意")
    with pytest.raises(ActForbidden):
        decide_extension(actor=leader, extension=first, agree=True)
    assert decide_extension(actor=office, extension=first, agree=True).decision == Extension.Decision.AGREED


def test_the_second_takes_both(second: Extension, office: User, leader: User) -> None:
    with pytest.raises(ActRefused, match="先由整改办初审"):
        decide_extension(actor=office, extension=second, agree=True)
    with pytest.raises(ActForbidden):
        decide_extension(actor=leader, extension=second, agree=True)
    with pytest.raises(ActRefused, match="写明初审意见"):
        endorse_extension(actor=office, extension=second, opinion=" ")
    endorse_extension(actor=office, extension=second, opinion="情况属实")
    row = fresh(second)
    assert (row.decision, row.endorsed_by, row.endorsement) == (Extension.Decision.ENDORSED, office, "情况属实")
    assert row.measure.due_on == make.days(30)
    with pytest.raises(ActForbidden):
        decide_extension(actor=office, extension=second, agree=True)
    decide_extension(actor=leader, extension=second, agree=True, opinion="同意")
    row = fresh(second)
    assert (row.decision, row.decided_by) == (Extension.Decision.AGREED, leader)
    assert (row.measure.due_on, row.measure.original_due_on) == (make.days(60), make.days(10))
    acts = [entry.act for entry in Entry.objects.filter(act__contains="_extension").order_by("pk")]
    assert acts[-3:] == ["measures.request_extension", "measures.endorse_extension", "measures.agree_extension"]


def test_a_refused_first_request_does_not_count(measure: Measure, office: User) -> None:
    decide_extension(actor=office, extension=ask(measure, 30), agree=False, opinion="不必")
    assert decide_extension(actor=office, extension=ask(measure, 30), agree=True).decision == Extension.Decision.AGREED


def test_the_office_may_refuse_at_its_level_and_the_leader_at_his(second: Extension, office: User, leader: User) -> None:
    with pytest.raises(ActRefused, match="写明理由"):
        decide_extension(actor=office, extension=second, agree=False)
    decide_extension(actor=office, extension=second, agree=False, opinion="理由不足")
    third = ask(second.measure, 60)
    endorse_extension(actor=office, extension=third, opinion="属实")
    with pytest.raises(ActRefused, match="写明理由"):
        decide_extension(actor=leader, extension=third, agree=False)
    decide_extension(actor=leader, extension=third, agree=False, opinion="抓紧办理")
    assert fresh(third).measure.due_on == make.days(30)


def test_a_member_of_a_group_is_no_leader(second: Extension, office: User) -> None:
    member = make.user(Role.SUPERVISOR)
    form_group(
        actor=office,
        inspection=second.measure.issue.inspection,
        name="一组",
        lead_unit=second.measure.lead_unit,
        members=[member],
        units=[second.measure.lead_unit],
    )
    endorse_extension(actor=office, extension=second, opinion="属实")
    with pytest.raises(ActForbidden, match="督查组成员不能办理"):
        decide_extension(actor=member, extension=second, agree=True)
    assert make.signed_in(member).get(reverse("measures:decide-extension", args=(second.pk,))).status_code == 403


def test_three_persons_whatever_became_of_their_roles(second: Extension, office: User) -> None:
    endorse_extension(actor=office, extension=second, opinion="属实")
    User.objects.filter(pk=office.pk).update(role=Role.SUPERVISOR)
    promoted = User.objects.get(pk=office.pk)
    with pytest.raises(ActForbidden, match="不同的人"):
        decide_extension(actor=promoted, extension=second, agree=True)


def test_only_one_request_waits_at_a_time(second: Extension, office: User) -> None:
    for _state in ("pending", "endorsed"):
        with pytest.raises(ActConflict, match="已有一份"):
            ask(second.measure, 90)
        if fresh(second).decision == "pending":
            endorse_extension(actor=office, extension=second, opinion="属实")


def test_after_expiry_neither_level_agrees(second: Extension, office: User, leader: User) -> None:
    too_late = dt.datetime.now(dt.UTC) + dt.timedelta(days=31)
    with time_machine.travel(too_late), pytest.raises(ActConflict, match="已过"):
        endorse_extension(actor=office, extension=second, opinion="属实")
    endorse_extension(actor=office, extension=second, opinion="属实")
    with time_machine.travel(too_late):
        with pytest.raises(ActConflict, match="已过"):
            decide_extension(actor=leader, extension=second, agree=True)
        with pytest.raises(ActRefused, match="已过"):
            ask(make.measure(due_on=make.days(-1)), 60)
        decide_extension(actor=leader, extension=second, agree=False, opinion="时限已过")


# -- pages ------------------------------------------------------------------------------------------------------------


def test_both_levels_on_the_pages(second: Extension, office: User, leader: User) -> None:
    clerk, boss = make.signed_in(office), make.signed_in(leader)
    path = reverse("measures:decide-extension", args=(second.pk,))
    page = clerk.get(path).content.decode()
    for said in ("延期初审", "第 1 次延期", "考核按原定时限", "同意，报领导审批"):
        assert said in page
    assert boss.get(path).status_code == 403
    assert "等待整改办初审" in clerk.get(reverse("measures:sheet", args=(second.measure_id,))).content.decode()
    assert clerk.post(path, {"decision": "endorse", "opinion": "情况属实"}).status_code == 302
    assert clerk.get(path).status_code == 403
    assert "待您审批的延期" in boss.get(reverse("workbench")).content.decode()
    assert "情况属实" in boss.get(path).content.decode()
    assert boss.post(path, {"decision": "refuse", "opinion": ""}).status_code == 400
    assert boss.post(path, {"decision": "agree", "opinion": "同意"}).status_code == 302
    assert "待您审批的延期" not in boss.get(reverse("workbench")).content.decode()
    sheet = clerk.get(reverse("measures:sheet", args=(second.measure_id,))).content.decode()
    for said in ("再次延期，两级审批", f"原定时限 <b>{make.days(10)}</b>", "初审", str(leader)):
        assert said in sheet


def test_the_list_shows_what_one_may_see_with_filters(second: Extension, leader: User) -> None:
    other = ask(make.measure(due_on=make.days(5)), 50)
    liaison = make.signed_in(second.requested_by)
    page = liaison.get(LIST).content.decode()
    assert f">{second.measure.number}</a>" in page
    assert other.measure.lead_unit.short_name not in page.split("<tbody>")[1]
    boss = make.signed_in(leader)
    assert boss.get(LIST).context["page"].paginator.count == 3
    for query, count in (("state=pending", 2), ("state=agreed", 1), ("level=later", 1), ("level=first", 2), ("state=refused", 0)):
        assert boss.get(f"{LIST}?{query}").context["page"].paginator.count == count, query
    assert boss.get(f"{LIST}?unit={other.measure.lead_unit_id}").context["page"].paginator.count == 1
    assert "没有符合条件的延期申请" in boss.get(f"{LIST}?state=refused").content.decode()
    for query in ("state=x", "unit=x", "what=1", "page=99"):
        assert boss.get(f"{LIST}?{query}").status_code == 400, query
    for role in (Role.ADMIN, Role.AUDITOR):
        assert make.signed_in(make.user(role)).get(LIST).status_code == 403


def test_an_empty_list_says_how_it_begins(leader: User) -> None:
    assert "还没有延期申请" in make.signed_in(leader).get(LIST).content.decode()


def test_the_list_does_not_slow_down(leader: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    issue, browser = make.issue(), make.signed_in(leader)
    for row in make.measures(issue, 2):
        ask(row, 90)
    queries()
    few = queries()
    for row in make.measures(issue, 20):
        ask(row, 90)
    assert queries() == few <= 12
