"""The bell: who is told of which act, that it comes and goes with the act, and the page that shows it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.issues.models import LookBack
from apps.issues.services import decide_closure, hold_look_back, sign_off
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import approve, decide_extension, endorse_extension, request_extension, send_back
from apps.units.models import Notification, Role, User
from apps.units.services import disable_user, mark_read, put_notifications
from tests import factories as make

pytestmark = pytest.mark.django_db
Kind = Notification.Kind


def told(person: User, kind: str) -> list[str]:
    return list(Notification.objects.filter(recipient=person, kind=kind).order_by("pk").values_list("title", flat=True))


def visible(person: User) -> bool:
    """Whether what the person was told of lies in what the person sees."""
    browser = make.signed_in(person)
    return all(browser.get(row.path).status_code == 200 for row in Notification.objects.filter(recipient=person))


# -- who is told ------------------------------------------------------------------------------------------------------


def test_a_report_calls_the_office_once_a_day_and_its_review_the_liaisons() -> None:
    measure = make.measure()
    office, colleague, away = make.office(), make.office(), make.office()
    disable_user(actor=None, user=away, reason="借调")
    liaison, stranger = make.liaison(measure.lead_unit), make.liaison()
    report = make.report(measure, by=liaison)
    assert [len(told(person, Kind.REVIEW)) for person in (office, colleague, away, liaison, stranger)] == [1, 1, 0, 0, 0]
    send_back(actor=office, report=report, requirement="请补充清单")
    again = make.report(measure, by=liaison)
    assert len(told(office, Kind.REVIEW)) == 1, "once a day for each measure"
    approve(actor=office, report=again)
    assert told(liaison, Kind.RETURNED) == [f"措施 {measure.number} 的填报已退回，请按要求补正后重报"]
    assert told(liaison, Kind.APPROVED) == [f"措施 {measure.number} 的填报已审核通过"]
    assert not Notification.objects.filter(recipient=stranger).exists()
    assert visible(office)
    assert visible(liaison)


def test_two_returns_on_one_day_are_two_things_to_know() -> None:
    measure, office = make.measure(), make.office()
    liaison = make.liaison(measure.lead_unit)
    for _time in range(2):
        send_back(actor=office, report=make.report(measure, by=liaison), requirement="请补充清单")
    assert len(told(liaison, Kind.RETURNED)) == 2


def test_what_is_entered_long_after_it_happened_calls_nobody() -> None:
    measure, clerk, office = make.measure(), make.office(), make.office()
    report = make.report(measure, by=clerk, on=make.days(-8), as_of=make.days(-8))
    assert told(office, Kind.REVIEW) == []
    approve(actor=office, report=report, on=make.days(-8))
    make.liaison(measure.lead_unit)
    assert Notification.objects.count() == 0
    make.report(measure, by=clerk, on=make.days(-7), as_of=make.days(-7))
    assert len(told(office, Kind.REVIEW)) == 1
    assert told(clerk, Kind.REVIEW) == [], "nobody is told of what they did themselves"


def test_an_extension_goes_from_desk_to_desk() -> None:
    measure, office, leader = make.measure(), make.office(), make.leader()
    liaison, other = make.liaison(measure.lead_unit), make.office()
    for days in (90, 120):
        request = request_extension(actor=liaison, measure=measure, new_due_on=make.days(days), reason="需分期缴纳")
        if days == 90:
            decide_extension(actor=office, extension=request, agree=True, opinion="同意")
    assert len(told(office, Kind.EXTENSION)) == len(told(other, Kind.EXTENSION)) == 2
    endorse_extension(actor=office, extension=request, opinion="拟同意")
    assert [title.endswith("待领导审批") for title in told(leader, Kind.EXTENSION)] == [True]
    decide_extension(actor=leader, extension=request, agree=False, opinion="请按期完成")
    assert [("同意" in title, "未获同意" in title) for title in told(liaison, Kind.EXTENSION)] == [(True, False), (True, True)]
    assert all(map(visible, (office, leader, liaison)))


def test_a_closure_calls_bodies_office_and_unit_and_a_relapse_the_unit() -> None:
    body = make.unit()
    inspection = make.inspection(reviewing_bodies=[body])
    issue = make.issue(make.category(inspection))
    liaison, reviewer, office = make.liaison(issue.lead_unit), make.liaison(body), make.office()
    make.finish(make.measure(issue), by=liaison, reviewer=office)
    closure = make.application(issue, by=liaison)
    assert [len(told(person, Kind.CLOSURE)) for person in (reviewer, office, liaison)] == [1, 1, 0]
    signature = closure.sign_offs.get()
    sign_off(actor=reviewer, sign_off=signature, agree=False, requirement="请补充缴款回单和会议纪要")
    assert body.short_name in told(liaison, Kind.CLOSURE)[0]
    decide_closure(actor=office, closure=closure, agree=False, opinion="请按会审意见完善")
    closure = make.application(issue, by=liaison)
    sign_off(actor=reviewer, sign_off=closure.sign_offs.get(), agree=True)
    decide_closure(actor=office, closure=closure, agree=True, opinion="同意销号")
    assert ["退回" in title for title in told(liaison, Kind.CLOSURE)[1:]] == [True, False]
    assert len(told(reviewer, Kind.CLOSURE)) == 2, "each application is a matter of its own"
    hold_look_back(actor=office, look_back=LookBack.objects.earliest("planned_on"), relapsed=True, note="又有新增")
    assert "反弹" in told(liaison, Kind.CLOSURE)[3]
    assert all(map(visible, (office, reviewer, liaison)))


def test_it_comes_and_goes_with_the_act() -> None:
    measure, office = make.measure(), make.office()
    liaison = make.liaison(measure.lead_unit)
    with transaction.atomic():
        make.report(measure, by=liaison)
        assert len(told(office, Kind.REVIEW)) == 1
        transaction.set_rollback(True)
    assert told(office, Kind.REVIEW) == []


def test_putting_twice_a_day_puts_once_and_another_day_again() -> None:
    measure, office = make.measure(), make.office()

    def put(day: dt.date) -> None:
        put_notifications(
            recipients=[office], kind=Kind.FLAG, subject=measure, day=day, title="逾期", number=measure.number, path="/measures/1/"
        )

    put(make.today())
    put(make.today())
    put(make.days(1))
    assert len(told(office, Kind.FLAG)) == 2


# -- the page and the bell --------------------------------------------------------------------------------------------


def bell(browser: Client, address: str = "/notifications/") -> str:
    page = browser.get(address).content.decode()
    found: str = page.partition('class="icb bell"')[2].partition("</a>")[0]
    assert found
    return found


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_a_bell(role: str) -> None:
    person = make.liaison() if role == Role.LIAISON else make.user(role)
    browser = make.signed_in(person)
    assert "<sup" not in bell(browser, "/workbench/")
    assert "还没有消息" in browser.get("/notifications/").content.decode()
    kind = Kind.FAILURE if role == Role.ADMIN else Kind.RETURNED
    make.notification(person, kind=kind)
    expected = role != Role.AUDITOR
    assert ("1 条未读" in bell(browser, "/workbench/")) is expected, "auditors know of no business"
    assert ("1 条未读" in bell(browser)) is expected


def test_opening_marks_read_and_leads_on_and_looking_up_does_not() -> None:
    liaison = make.liaison()
    measure = make.measure(make.issue(lead=liaison.unit))
    row = make.notification(liaison, of=measure)
    browser = make.signed_in(liaison)
    browser.head(f"/notifications/{row.pk}/")
    assert "1 条未读" in bell(browser)
    entries = Entry.objects.count()
    assert browser.get(f"/notifications/{row.pk}/")["Location"] == f"/measures/{measure.pk}/"
    assert Entry.objects.count() == entries, "reading is no act of the office"
    assert "<sup" not in bell(browser)
    shown = browser.get("/notifications/?show=all").content.decode()
    assert row.title in shown
    assert row.title not in browser.get("/notifications/").content.decode()


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "elsewhere", "/\\elsewhere.example"]
)
def test_it_leads_nowhere_else(path: str) -> None:
    office = make.office()
    row = make.notification(office)
    Notification.objects.filter(pk=row.pk).update(path=path)
    assert make.signed_in(office).get(f"/notifications/{row.pk}/")["Location"] == "/notifications/"


def test_another_persons_is_not_there() -> None:
    row = make.notification(make.office())
    browser = make.signed_in(make.office())
    assert browser.get(f"/notifications/{row.pk}/").status_code == 404
    assert browser.post("/notifications/read/", {"one": row.pk}).status_code == 302
    assert browser.post("/notifications/read/", {"until": row.pk}).status_code == 302
    row.refresh_from_db()
    assert row.read_at is None


def test_whether_it_may_be_seen_is_decided_where_it_leads() -> None:
    """Somebody who has moved to another unit since."""
    measure, liaison = make.measure(), make.liaison()
    row = make.notification(liaison, of=measure)
    assert make.signed_in(liaison).get(f"/notifications/{row.pk}/", follow=True).status_code == 404


def test_who_became_a_keeper_of_the_house_knows_of_no_business_any_more() -> None:
    person = make.office()
    row = make.notification(person)
    User.objects.filter(pk=person.pk).update(role=Role.ADMIN)
    browser = make.signed_in(User.objects.get(pk=person.pk))
    assert row.title not in browser.get("/notifications/?show=all").content.decode()
    assert browser.get(f"/notifications/{row.pk}/").status_code == 404


def test_all_that_the_page_showed_is_marked_and_what_came_since_is_not() -> None:
    office = make.office()
    browser = make.signed_in(office)
    shown = [make.notification(office) for _time in range(3)]
    other = make.notification(office, kind=Kind.CLOSURE)
    page = browser.get(f"/notifications/?kind={Kind.RETURNED}").content.decode()
    assert f'name="until" value="{shown[-1].pk}"' in " ".join(page.split())
    late = make.notification(office)
    answer = browser.post(f"/notifications/read/?kind={Kind.RETURNED}", {"until": shown[-1].pk})
    assert answer["Location"] == f"/notifications/?kind={Kind.RETURNED}"
    unread = set(Notification.objects.visible_to(office).unread().values_list("pk", flat=True))
    assert unread == {other.pk, late.pk}
    browser.post("/notifications/read/", {"one": other.pk})
    assert set(Notification.objects.visible_to(office).unread().values_list("pk", flat=True)) == {late.pk}


def test_marking_nothing_is_refused_with_words() -> None:
    browser = make.signed_in(make.office())
    for data in ({}, {"one": "x"}, {"until": "9" * 40}):
        assert browser.post("/notifications/read/", data).status_code == 400
    assert browser.get("/notifications/read/").status_code == 405


def test_marking_another_day_keeps_the_first_time() -> None:
    office = make.office()
    row = make.notification(office)
    assert mark_read(actor=office, notifications=[row.pk]) == 1
    assert mark_read(actor=office, notifications=[row.pk]) == 0


def test_the_bell_costs_no_query_and_the_page_does_not_grow() -> None:
    lead = make.unit()
    measure = make.measure(make.issue(lead=lead))
    for person in (make.office(), make.liaison(lead), make.leader()):
        browser = make.signed_in(person)
        counted = []
        for number in (0, 3, 60):
            rows = [
                Notification(
                    recipient=person,
                    kind=Kind.FLAG,
                    subject_type="measure",
                    subject_id=number * 1000 + n,
                    day=make.today(),
                    title="逾期",
                    number=measure.number,
                    path=f"/measures/{measure.pk}/",
                )
                for n in range(number)
            ]
            Notification.objects.bulk_create(rows)
            counted.append([queries(browser, address) for address in ("/register/", f"/issues/{measure.issue_id}/", "/notifications/")])
        registers, sheets, pages = zip(*counted, strict=True)
        assert len(set(registers)) == len(set(sheets)) == 1
        assert registers[0] <= 12
        assert pages[1] == pages[2]


def queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_the_number_beside_the_bell_stays_short() -> None:
    office = make.office()
    measure: Measure = make.measure()
    for day in range(120):
        put_notifications(
            recipients=[office], kind=Kind.FLAG, subject=measure, day=make.days(day), title="逾期", number=measure.number, path="/register/"
        )
    shown = bell(make.signed_in(office), "/register/")
    assert ">99+</sup>" in shown
    assert "120 条未读" in shown
