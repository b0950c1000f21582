"""Due runs of the jobs: each once, tried again, given up where it fails for good, and seen by those who keep the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import OperationalError
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.supervision import jobs, services
from apps.supervision.models import Act, Derivation, Flag, JobRun
from apps.supervision.services import derive_timeliness, note_failure, running
from apps.supervision.tasks import derive_timeliness as task
from apps.supervision.views.jobs import alarm
from apps.units.errors import ActConflict, ActForbidden
from apps.units.models import Notification, Role
from tests import factories
from tests.supervision import group, supervisor

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 11, 9, 20, tzinfo=dt.UTC)
DUE = dt.datetime(2026, 3, 11, 9, 5, tzinfo=dt.UTC)
SECRET = "措施 63-2 张三退缴 12 万元"


def claim(by: str = "a", due_at: dt.datetime = DUE) -> JobRun | None:
    return running.claim_run(job="test.job", due_at=due_at, by=by)


def claimed(by: str = "a", due_at: dt.datetime = DUE) -> JobRun:
    return claim(by, due_at) or pytest.fail("not claimed")


class TestWhenItIsDue:
    @pytest.mark.parametrize(
        ("due", "now", "expected"),
        [
            (jobs.hourly(minute=5), "2026-03-11T09:20", "2026-03-11T09:05"),
            (jobs.hourly(minute=5), "2026-03-11T09:04", "2026-03-11T08:05"),
            (jobs.hourly(minute=5), "2026-03-11T09:05", "2026-03-11T09:05"),
            (jobs.every(10), "2026-03-11T09:29", "2026-03-11T09:20"),
        ],
    )
    def test_the_latest_due_time_by_the_clock(self, due: Callable[[dt.datetime], dt.datetime], now: str, expected: str) -> None:
        assert due(dt.datetime.fromisoformat(f"{now}+00:00")) == dt.datetime.fromisoformat(f"{expected}+00:00")

    def test_two_clocks_run_a_due_time_once_and_the_next_hour_again(self) -> None:
        factories.measure(due_on=factories.days(-3))
        with time_machine.travel(NOW, tick=False):
            task()
            task()
            assert JobRun.objects.count() == 1
        with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
            task()
        assert list(JobRun.objects.values_list("state", "attempts")) == [("done", 1)] * 2


class TestClaims:
    def test_another_message_does_not_begin_what_is_under_way_but_the_same_one_goes_on(self) -> None:
        assert claim("a") is not None
        assert claim("b") is None
        assert claimed("a").attempts == 2

    def test_what_shows_no_sign_is_taken_over(self) -> None:
        with time_machine.travel(NOW, tick=False):
            claim("a")
        with time_machine.travel(NOW + running.LEASE, tick=False):
            assert claim("b") is None
        with time_machine.travel(NOW + running.LEASE + dt.timedelta(seconds=1), tick=False):
            assert claim("b") is not None

    def test_what_kills_its_worker_is_not_begun_a_sixth_time_and_the_operators_are_told(self) -> None:
        admin = factories.user(Role.ADMIN)
        assert [claimed("a").attempts for _ in range(running.MOST_TRIES)] == [1, 2, 3, 4, 5]
        assert claim("a") is None
        row = JobRun.objects.get()
        assert (row.state, row.error) == (JobRun.State.FAILED, running.DEAD)
        assert claim("a") is None
        told = Notification.objects.get()
        assert (told.recipient, told.kind, told.path) == (admin, "failure", reverse("supervision:jobs"))

    def test_a_run_that_was_never_heard_of_again_is_given_up_by_a_later_one(self) -> None:
        with time_machine.travel(NOW, tick=False):
            claim()
        with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
            running.finish_run(run=claimed("b", DUE + dt.timedelta(hours=1)), result={})
        assert list(JobRun.objects.order_by("due_at").values_list("state", "error")) == [("failed", running.LOST), ("done", "")]


class TestFailing:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> list[services.Derived]:
            raise OperationalError(SECRET)

        monkeypatch.setattr(services, "derive_timeliness", fail)

    @pytest.mark.usefixtures("broken")
    def test_it_is_tried_again_with_a_growing_pause_and_ends_in_the_list_without_its_words(self) -> None:
        admin = factories.user(Role.ADMIN)
        with time_machine.travel(NOW, tick=False):
            for _ in range(running.MOST_TRIES - 1):
                with pytest.raises(OperationalError):  # called outside a worker, a retry raises what it is about
                    task()
                JobRun.objects.update(started_at=NOW - dt.timedelta(hours=1))  # each call is a message of its own
            assert JobRun.objects.get().state == JobRun.State.RETRYING
            task()
        row = JobRun.objects.get()
        assert (row.state, row.attempts) == (JobRun.State.FAILED, running.MOST_TRIES)
        page = factories.signed_in(admin).get(reverse("supervision:jobs")).content.decode()
        assert "数据库连接失败或超时（OperationalError）" in page
        assert "63-2" not in page + row.error + Notification.objects.get().title

    def test_the_pause_doubles(self) -> None:
        assert [jobs.pause(tries) for tries in (1, 2, 3, 4, 5, 50)] == [30, 60, 120, 240, 480, 480]


class TestTheOperatorsPage:
    def failed(self) -> JobRun:
        run = claimed()
        for _ in range(running.MOST_TRIES - 1):
            claimed()
        running.fail_run(run=run, failure=ValueError(SECRET))
        return JobRun.objects.get()

    def test_who_may_open_it(self) -> None:
        codes = [
            factories.signed_in(factories.user(role, of=factories.unit())).get(reverse("supervision:jobs")).status_code for role in Role
        ]
        assert dict(zip(Role, codes, strict=True)) == {
            Role.OFFICE: 200,
            Role.LIAISON: 403,
            Role.SUPERVISOR: 403,
            Role.ADMIN: 200,
            Role.AUDITOR: 403,
            Role.DISCIPLINE: 403,
        }

    def test_a_failure_stays_until_somebody_takes_note(self) -> None:
        run, admin = self.failed(), factories.user(Role.ADMIN)
        browser = factories.signed_in(admin)
        assert len(browser.get(reverse("supervision:jobs")).context["failed"]) == 1
        assert browser.post(reverse("supervision:note_failure", args=(run.pk,))).status_code == 302
        assert browser.get(reverse("supervision:jobs")).context["failed"] == []
        assert Entry.objects.get(act=Act.NOTE_FAILURE.value).actor_id == admin.pk
        with pytest.raises(ActConflict):
            note_failure(actor=admin, run=run)
        with pytest.raises(ActForbidden):
            note_failure(actor=supervisor(), run=run)

    def test_it_says_when_the_clock_stands_still(self) -> None:
        assert "还没有运行过" in alarm(NOW)
        with time_machine.travel(NOW, tick=False):
            task()
        assert alarm(NOW + dt.timedelta(minutes=105)) == ""
        assert "后台任务已停止 2 小时" in alarm(NOW + dt.timedelta(minutes=106))
        assert "后台任务已停止 7 小时" in alarm(NOW + dt.timedelta(hours=7))


class TestCatchingUp:
    def at(self, day: str) -> time_machine.travel:
        return time_machine.travel(dt.datetime.fromisoformat(f"{day}T12:00:00+08:00"), tick=False)

    def test_days_that_were_missed_are_derived_in_their_order(self) -> None:
        with self.at("2026-03-02"):
            measure = factories.measure(due_on=dt.date(2026, 3, 16))
            derive_timeliness()
        with self.at("2026-03-20"):
            done = derive_timeliness()
        assert [one.today.day for one in done] == list(range(3, 21))
        raised = dict(Flag.objects.values_list("kind", "raised_on"))
        assert raised == {"soon": dt.date(2026, 3, 9), "overdue": dt.date(2026, 3, 17)}
        assert Flag.objects.get(kind="soon").cleared_on == dt.date(2026, 3, 17)
        assert Derivation.objects.get().day == dt.date(2026, 3, 20)
        assert measure.flags.open().count() == 1

    def test_without_the_missed_days_the_flag_of_the_time_between_would_be_lost(self) -> None:
        """The control: the same gap, derived for its last day alone."""
        with self.at("2026-03-02"):
            factories.measure(due_on=dt.date(2026, 3, 16))
        derive_timeliness(today=dt.date(2026, 3, 20))
        assert set(Flag.objects.values_list("kind", flat=True)) == {"overdue"}

    def test_a_second_run_and_one_by_hand_change_nothing_about_the_last_day(self) -> None:
        with self.at("2026-03-20"):
            factories.measure(due_on=dt.date(2026, 3, 16))
            derive_timeliness()
            assert [(one.raised, one.cleared) for one in derive_timeliness()] == [(0, 0)]
            derive_timeliness(today=dt.date(2026, 3, 1))
        assert Derivation.objects.get().day == dt.date(2026, 3, 20)

    def test_a_long_gap_is_not_walked_through_from_its_beginning(self) -> None:
        with self.at("2025-03-20"):
            factories.measure(due_on=dt.date(2026, 3, 16))
            derive_timeliness()
        with self.at("2026-03-20"):
            days = [one.today for one in derive_timeliness()]
        assert (len(days), days[-1]) == (62, dt.date(2026, 3, 20))

    def test_only_flags_that_stand_today_are_told_and_one_line_a_measure(self) -> None:
        with self.at("2026-03-02"):
            measure = factories.measure(due_on=dt.date(2026, 3, 19))
            liaison, member = factories.liaison(measure.lead_unit), supervisor()
            group(measure.issue.inspection, units=[measure.lead_unit], members=[member])
            derive_timeliness()
        with self.at("2026-03-20"):
            derive_timeliness()
            derive_timeliness()
        told = Notification.objects.filter(kind="flag")
        assert {(row.recipient_id, row.title, row.number) for row in told} == {
            (person.pk, f"措施 {measure.number}：逾期", measure.number) for person in (liaison, member)
        }

    def told_of_flags(self) -> list[str]:
        return list(Notification.objects.filter(kind="flag").order_by("pk").values_list("title", flat=True))

    def test_what_was_raised_for_a_day_made_up_for_is_told_all_the_same(self) -> None:
        """The day on which the measure was late for the first time is one on which the job did not run."""
        with self.at("2026-03-18"):
            measure = factories.measure(due_on=dt.date(2026, 3, 18))
            derive_timeliness()
            factories.liaison(measure.lead_unit)
        with self.at("2026-03-20"):
            derive_timeliness()
            derive_timeliness()
        assert Flag.objects.get(kind="overdue").raised_on == dt.date(2026, 3, 19)
        assert self.told_of_flags() == [f"措施 {measure.number}：逾期"]

    def test_what_a_run_by_hand_raised_is_told_by_the_next_run_of_the_job(self) -> None:
        with self.at("2026-03-20"):
            measure, later = factories.measure(due_on=dt.date(2026, 3, 18)), factories.measure(due_on=dt.date(2026, 5, 18))
            factories.liaison(measure.lead_unit)
            factories.liaison(later.lead_unit)
            derive_timeliness(today=dt.date(2026, 3, 20))
            derive_timeliness(today=dt.date(2026, 5, 20))  # what is late on another day only is told to nobody
            derive_timeliness(today=dt.date(2026, 3, 20))
            assert self.told_of_flags() == []
            derive_timeliness()
            derive_timeliness()
        assert self.told_of_flags() == [f"措施 {measure.number}：逾期"]

    def test_units_that_nobody_covers_are_told_to_the_office_once_a_working_day(self) -> None:
        clerk = factories.office()
        with self.at("2026-03-20"):  # a Friday
            measure = factories.measure()
            derive_timeliness()
            derive_timeliness()
        with self.at("2026-03-21"):
            derive_timeliness()
        told = Notification.objects.get(kind="uncovered")
        assert (told.recipient, told.day) == (clerk, dt.date(2026, 3, 20))
        assert measure.lead_unit.short_name in told.title
        group(measure.issue.inspection, units=[measure.lead_unit])
        with self.at("2026-03-23"):
            derive_timeliness()
        assert Notification.objects.filter(kind="uncovered").count() == 1
