"""Digests: one a person and working day, never guessed, never more than kinds, numbers and links."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from apps.issues.models import Issue
from apps.measures.models import CalendarOverride, Measure
from apps.measures.services import override_calendar
from apps.supervision.models import Delivery
from apps.supervision.services import build_digests, set_channel
from apps.supervision.tasks import build_digests as build_task
from apps.units.models import Notification, Unit, User
from apps.units.services import put_notifications
from config.celery import app
from tests import demonstration
from tests import factories as make

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = "https://ledger.example"
FRIDAY, SATURDAY, SUNDAY, MONDAY = (dt.date(2026, 3, day) for day in (6, 7, 8, 9))
FULL_YEAR = 2026


@pytest.fixture(autouse=True)
def _mail_is_on(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_FROM, settings.SITE_URL = "mail.example", "jiandi@example.gov.cn", SITE


def at(day: dt.date, hour: int = 8, minute: int = 35) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI)


def reachable(person: User) -> User:
    User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.gov.cn")
    return person


def put(person: User, number: str, when: dt.datetime, kind: str = Notification.Kind.RETURNED) -> Notification:
    row = make.notification(person, number, of=make.measure(), kind=kind)
    Notification.objects.filter(pk=row.pk).update(put_at=when)
    return row


def bodies(person: User) -> list[str]:
    return list(Delivery.objects.filter(recipient=person).order_by("day").values_list("body", flat=True))


def numbers(body: str) -> list[str]:
    return re.findall(r"退回补正 (\S+ \S+)：", body)


def test_a_day_begins_at_half_past_eight_and_has_one_digest() -> None:
    person = reachable(make.liaison())
    row = put(person, "措施 3-1", at(MONDAY, 8, 0))
    assert build_digests(now=at(MONDAY, 8, 29)).made == 0
    assert build_digests(now=at(MONDAY, 8, 30)).made == 1
    assert [build_digests(now=at(MONDAY, hour)).made for hour in (9, 12, 23)] == [0, 0, 0]
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.day, delivery.state) == (person, MONDAY, Delivery.State.WAITING)
    assert f"退回补正 措施 3-1：请登录查看 {SITE}/notifications/{row.pk}/" in delivery.body.splitlines()


def test_each_matter_is_in_one_digest_whenever_the_job_comes_round() -> None:
    person = reachable(make.liaison())
    put(person, "措施 1-1", at(FRIDAY, 8, 29))
    put(person, "措施 1-2", at(FRIDAY, 8, 31))
    read = put(person, "措施 1-3", at(FRIDAY, 9, 0))
    put(person, "措施 1-4", at(SUNDAY, 20, 0))
    Notification.objects.filter(pk=read.pk).update(read_at=timezone.now())
    build_digests(now=at(FRIDAY, 15))
    build_digests(now=at(MONDAY, 23))
    assert [numbers(body) for body in bodies(person)] == [["措施 1-1"], ["措施 1-4", "措施 1-2"]]


def test_a_missed_day_is_made_good_on_the_next() -> None:
    person = reachable(make.liaison())
    for day in (FRIDAY, MONDAY):
        put(person, f"措施 1-{day.day}", at(day, 8, 0))
    build_digests(now=at(MONDAY))
    assert [numbers(body) for body in bodies(person)] == [["措施 1-9", "措施 1-6"]]


def test_nothing_new_and_nothing_waiting_is_no_digest() -> None:
    reachable(make.liaison())
    make.liaison()
    assert build_digests(now=at(MONDAY)).made == 0


def test_what_waits_is_told_in_numbers() -> None:
    measure = make.measure()
    office = reachable(make.office())
    make.report(measure)
    Notification.objects.all().delete()
    build_digests(now=at(make.today() if is_worked(make.today()) else MONDAY))
    assert f"待审核填报 1 项：{SITE}/reviews/" in Delivery.objects.get(recipient=office).body.splitlines()


def is_worked(day: dt.date) -> bool:
    return day.isoweekday() < 6 and day.year == FULL_YEAR


def test_keepers_of_the_house_get_what_is_about_the_house() -> None:
    admin, auditor = reachable(make.user("admin")), reachable(make.user("auditor"))
    for person in (admin, auditor):
        put(person, "措施 1-1", at(FRIDAY))
        put(person, "措施 1-2", at(FRIDAY), Notification.Kind.FAILURE)
    build_digests(now=at(MONDAY))
    for body in bodies(admin) + bodies(auditor):
        assert "后台任务失败" in body
        assert "退回补正" not in body


def test_no_mail_server_no_address_no_account_in_use_no_mail(settings: Any) -> None:
    without, left, person = make.liaison(), reachable(make.liaison()), reachable(make.liaison())
    for one in (without, left, person):
        put(one, "措施 1-1", at(FRIDAY))
    User.objects.filter(pk=left.pk).update(is_active=False)
    settings.EMAIL_HOST = ""
    assert build_digests(now=at(MONDAY)).made == 0
    settings.EMAIL_HOST = "mail.example"
    assert build_digests(now=at(MONDAY)).made == 1
    assert Delivery.objects.get().recipient == person


# -- working days -----------------------------------------------------------------------------------------------------


def test_a_year_of_working_days(settings: Any) -> None:
    """2026 as the State Council laid it: 248 digests; none in the holidays, but on the Saturdays and Sundays that make up for them."""
    person = reachable(make.liaison())
    put(person, "措施 1-1", at(dt.date(2025, 12, 31)))
    made = set()
    day = dt.date(FULL_YEAR, 1, 1)
    while day.year == FULL_YEAR:
        Notification.objects.update(put_at=at(day, 8, 0))
        if build_digests(now=at(day)).made:
            made.add(day)
        day += dt.timedelta(days=1)
    assert len(made) == 248
    holidays = [(1, 1), (2, 17), (2, 20), (4, 6), (5, 1), (6, 19), (10, 1), (10, 7)]
    make_up = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    assert not made & {dt.date(FULL_YEAR, *when) for when in holidays}
    assert {dt.date(FULL_YEAR, *when) for when in make_up} <= made


def test_a_day_that_the_office_has_declared_counts() -> None:
    person = reachable(make.liaison())
    put(person, "措施 1-1", at(FRIDAY))
    assert build_digests(now=at(SATURDAY)).made == 0
    override_calendar(actor=make.office(), day=SATURDAY, is_workday=True, note="区里通知上班")
    assert build_digests(now=at(SATURDAY)).made == 1


def test_a_year_that_is_not_loaded_is_refused_and_said(caplog: pytest.LogCaptureFixture) -> None:
    person = reachable(make.liaison())
    monday = dt.date(2031, 3, 3)
    put(person, "措施 1-1", at(FRIDAY))
    with caplog.at_level(logging.ERROR):
        made = build_digests(now=at(monday))
    assert (made.made, "2031 年" in made.refused) == (0, True)
    assert "not loaded" in caplog.text
    CalendarOverride(day=monday, is_workday=True, note="按周一计").save()
    assert build_digests(now=at(monday)).made == 1


def test_the_clock_rings_for_both_jobs() -> None:
    tasks = {row["task"] for row in app.conf.beat_schedule.values()}
    assert {"supervision.build_digests", "supervision.send_digests"} <= tasks
    build_task()


# -- nothing confidential ---------------------------------------------------------------------------------------------

LINE = re.compile(
    r"新消息|待办||本消息由系统自动发送，只含编号和链接，请勿回复。"
    r"|[\u4e00-\u9fff]{2,12}(?: (?:措施|问题|督查单)? ?[\d〔〕\-]+ ?号?)?：请登录查看 https://ledger\.example/[a-z\-/\d]+"
    r"|[\u4e00-\u9fff]{3,14} \d+ 项：https://ledger\.example/[a-z\-/=?]+(?:&lead=\d+)?"
    r"|另有 \d+ 条，请登录查看：https://ledger\.example/notifications/"
)


def test_whatever_is_put_only_kind_number_and_link_leave_the_house() -> None:
    """Other rooms put what they like; a number that is more than a number stays inside."""
    person, office = reachable(make.liaison()), make.office()
    said = [
        "措施 63-2",
        "问题 63",
        "督查单〔2026〕3号",
        "〔2026〕12 号",
        "区自然资源局",
        "63-2 土地出让金",
        "问题 63：张三",
        "<b>",
        "3\n密",
    ]
    for number in said:
        put(person, number, at(FRIDAY))
    channel = set_channel(actor=office, name="群", address="feishu://abcdefgh-1234-1234-1234-abcdefghijkl/", audience=[person])
    build_digests(now=at(MONDAY))
    for delivery in Delivery.objects.all():
        assert all(LINE.fullmatch(line) for line in delivery.body.splitlines()), delivery.body
        assert [number in delivery.body for number in said] == [True] * 4 + [False] * 5
    assert Delivery.objects.get(channel=channel).body.count("https://") == len(said)


@pytest.mark.once
def test_no_word_of_the_demonstration_leaves_the_house() -> None:
    with demonstration.loaded():
        retold = list(Delivery.objects.values_list("pk", flat=True))
        User.objects.update(email="someone@example.gov.cn")
        for measure in Measure.objects.select_related("issue")[:60]:
            people = list(User.objects.filter(is_active=True))
            put_notifications(
                recipients=people,
                kind=Notification.Kind.FLAG,
                subject=measure,
                day=make.today(),
                title=measure.text,
                number=measure.text[:60],
                path=f"/measures/{measure.pk}/",
            )
        Notification.objects.update(put_at=at(FRIDAY))
        assert build_digests(now=at(MONDAY)).made > 20
        words = {text[:12] for text in Measure.objects.values_list("text", flat=True)}
        words |= {text[:8] for text in Issue.objects.values_list("title", flat=True)} | set(Unit.objects.values_list("name", flat=True))
        words |= set(Unit.objects.values_list("short_name", flat=True)) | set(User.objects.values_list("name", flat=True))
        for delivery in Delivery.objects.exclude(pk__in=retold):
            assert all(LINE.fullmatch(line) for line in delivery.body.splitlines()), delivery.body
            assert [word for word in words if word in delivery.body + delivery.title] == []


def test_a_channel_tells_each_matter_once_and_leads_to_the_matter() -> None:
    office, first, second = make.office(), make.liaison(), make.liaison()
    measure = make.measure()
    channel = make.channel(office, audience=[first, second])
    for person in (first, second):
        row = make.notification(person, measure.number, of=measure)
        Notification.objects.filter(pk=row.pk).update(put_at=at(FRIDAY))
    build_digests(now=at(MONDAY))
    build_digests(now=at(MONDAY, 10))
    delivery = Delivery.objects.get(channel=channel)
    assert delivery.body.count(f"{SITE}/measures/{measure.pk}/") == 1
    build_digests(now=at(MONDAY + dt.timedelta(days=1)))
    assert Delivery.objects.filter(channel=channel).count() == 1
