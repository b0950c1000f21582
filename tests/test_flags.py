"""Deriving timeliness: what is raised, what is cleared, how often, and at what price."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from io import StringIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.ledgers.services import BATCH
from apps.measures.models import Extension, Measure
from apps.measures.services import (
    approve,
    assign_measure,
    decide_extension,
    override_calendar,
    report_progress,
    request_extension,
    send_back,
)
from apps.supervision.models import Act, Flag
from apps.supervision.services import derive_timeliness
from apps.supervision.tasks import derive_timeliness as task
from apps.supervision.timeliness.base import FINISHED, NOT_YET, SUBMITTED
from apps.supervision.timeliness.dates import NO_DUE_DATE, PASSED, RE_DATED
from tests import factories
from tests.supervision import group, supervisor

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
OVERDUE, SOON = Flag.Kind.OVERDUE, Flag.Kind.SOON


def run(inspection: Inspection, today: dt.date | None = None) -> tuple[int, int, int]:
    """(raised, reopened, cleared) of one run for the round."""
    (done,) = derive_timeliness(inspection=inspection, today=today)
    return done.raised, done.reopened, done.cleared


def entries(inspection: Inspection, act: Act) -> list[Entry]:
    return list(Entry.objects.filter(book=inspection.book, act=act.value).order_by("seq"))


def kinds(inspection: Inspection) -> list[str]:
    """Kinds of the open flags, by due date."""
    return list(Flag.objects.open().filter(measure__issue__inspection=inspection).order_by("due_on").values_list("kind", flat=True))


def on(day: str) -> dt.date:
    return dt.date.fromisoformat(day)


class TestWhatIsRaised:
    def test_due_yesterday_is_overdue_and_due_today_is_only_due_soon(self) -> None:
        found = factories.issue()
        for due_on in ("2026-03-10", "2026-03-11"):
            factories.measure(found, due_on=on(due_on))
        assert run(found.inspection, on("2026-03-11")) == (2, 0, 0)
        assert kinds(found.inspection) == [OVERDUE, SOON]

    def test_the_day_changes_at_midnight_of_the_inspections_time_zone(self) -> None:
        found = factories.issue()
        factories.measure(found, due_on=on("2026-03-11"))
        with time_machine.travel(dt.datetime(2026, 3, 11, 23, 59, tzinfo=SHANGHAI), tick=False):
            run(found.inspection)
            assert kinds(found.inspection) == [SOON]
        # In UTC it is still the eleventh, 16:01.
        with time_machine.travel(dt.datetime(2026, 3, 12, 0, 1, tzinfo=SHANGHAI), tick=False):
            run(found.inspection)
            assert kinds(found.inspection) == [OVERDUE]

    def test_a_round_elsewhere_counts_in_its_own_time_zone(self) -> None:
        found = factories.issue(factories.category(factories.inspection(time_zone="UTC")))
        factories.measure(found, due_on=on("2026-03-11"))
        with time_machine.travel(dt.datetime(2026, 3, 12, 0, 1, tzinfo=SHANGHAI), tick=False):
            derive_timeliness()
            assert kinds(found.inspection) == [SOON]

    @pytest.mark.parametrize(
        ("today", "last_soon"),
        [
            ("2026-03-11", "2026-03-18"),  # five working days over one weekend
            ("2026-09-29", "2026-10-12"),  # over the National Day holiday (1-7) and the make-up Saturday 10 October
            ("2026-02-12", "2026-02-26"),  # over the Spring Festival (15-23), with the make-up Saturday 14 February
        ],
    )
    def test_due_soon_counts_working_days(self, today: str, last_soon: str) -> None:
        found = factories.issue()
        factories.measure(found, due_on=on(last_soon))
        factories.measure(found, due_on=on(last_soon) + dt.timedelta(days=1))
        assert run(found.inspection, on(today)) == (1, 0, 0)
        assert Flag.objects.get().due_on == on(last_soon)

    def test_an_override_of_the_calendar_counts_first(self) -> None:
        found = factories.issue()
        factories.measure(found, due_on=on("2026-03-19"))
        assert run(found.inspection, on("2026-03-11")) == (0, 0, 0)
        override_calendar(actor=None, day=on("2026-03-12"), is_workday=False, note="市里通知")
        assert run(found.inspection, on("2026-03-11")) == (1, 0, 0)

    def test_where_the_calendar_ends_nothing_is_guessed_and_nothing_fails(self) -> None:
        found = factories.issue()
        factories.measure(found, due_on=on("2027-01-04"))
        factories.measure(found, due_on=on("2026-12-31"))
        assert run(found.inspection, on("2026-12-24")) == (1, 0, 0)
        # Five working days from here reach into a year that is not loaded: none is raised, none cleared.
        assert run(found.inspection, on("2026-12-30")) == (0, 0, 0)
        assert kinds(found.inspection) == [SOON]
        (done,) = derive_timeliness(inspection=found.inspection, today=on("2027-01-05"))
        assert (Flag.Kind.SOON.value, 2027) in done.paused.items()
        assert Counter(kinds(found.inspection)) == {OVERDUE: 2, Flag.Kind.MISSED: 2}

    def test_finished_submitted_and_undated_measures_get_no_flag(self) -> None:
        found = factories.issue()
        factories.finish(factories.measure(found, due_on=factories.days(-3)))
        waiting = factories.measure(found, due_on=factories.days(-3))
        factories.report(waiting, claim=Measure.State.DONE, files=[factories.evidence()])
        factories.measures(found, 1, pace=Measure.Pace.LONG_TERM, deadline_rule=Measure.DeadlineRule.NONE)
        assert run(found.inspection) == (0, 0, 0)

    def test_a_report_of_ongoing_work_does_not_stop_the_clock(self) -> None:
        late = factories.measure(due_on=factories.days(-3))
        factories.report(late)
        assert run(late.issue.inspection) == (1, 0, 0)


class TestTheBook:
    def test_an_entry_names_the_measure_the_kind_and_the_groups_that_cover_its_unit(self) -> None:
        late = factories.measure(due_on=factories.days(-3))
        inspection = late.issue.inspection
        group(inspection, units=[late.lead_unit], name="督查一组")
        group(inspection, units=[late.lead_unit], name="督查二组")
        group(inspection, units=[factories.unit()], name="督查三组")
        run(inspection)
        (entry,) = entries(inspection, Act.RAISE_FLAG)
        assert (entry.subject_type, entry.subject_id, entry.actor_name) == ("measure", late.pk, "系统")
        assert entry.payload["kind"] == "逾期"
        assert entry.payload["groups"] == ["督查一组", "督查二组"]
        assert entry.payload["flag"] == Flag.objects.get().pk

    def test_one_run_is_one_correlation_and_the_chain_holds(self) -> None:
        found = factories.issue()
        factories.measures(found, 3, due_on=factories.days(-3))
        factories.measures(found, 2, due_on=factories.today())
        run(found.inspection)
        raised = entries(found.inspection, Act.RAISE_FLAG)
        assert len(raised) == 5
        assert len({entry.correlation for entry in raised}) == 1
        assert chain.verify(found.inspection.book).holds

    def test_a_second_run_writes_nothing(self) -> None:
        found = factories.issue()
        factories.measures(found, 3, due_on=factories.days(-3))
        run(found.inspection)
        head = Entry.objects.filter(book=found.inspection.book).count()
        assert run(found.inspection) == (0, 0, 0)
        assert Entry.objects.filter(book=found.inspection.book).count() == head

    def test_a_late_run_raises_what_the_missed_ones_would_have_raised(self) -> None:
        found = factories.issue()
        factories.measure(found, due_on=on("2026-03-11"))
        assert run(found.inspection, on("2026-05-20")) == (2, 0, 0)
        assert sorted(kinds(found.inspection)) == [Flag.Kind.GRAVE, OVERDUE]


class TestWhatIsCleared:
    def flagged(self, days: int = -3) -> Measure:
        measure = factories.measure(due_on=factories.days(days))
        run(measure.issue.inspection)
        assert Flag.objects.open().count() == 1
        return measure

    def cleared(self, measure: Measure, because: str) -> None:
        """One more run clears the one flag, with that reason on the row and in the book."""
        inspection = measure.issue.inspection
        assert run(inspection)[2] == 1
        flag = Flag.objects.exclude(cleared_on=None).get()
        assert (flag.cleared_on, flag.cleared_because) == (factories.today(), because)
        (entry,) = entries(inspection, Act.CLEAR_FLAG)
        assert because in entry.reason
        assert entry.payload["flag"] == flag.pk

    def test_when_the_unit_claims_completion(self) -> None:
        late = self.flagged()
        factories.report(late, claim=Measure.State.DONE, files=[factories.evidence()])
        self.cleared(late, SUBMITTED)

    def test_when_the_office_has_verified_it(self) -> None:
        late = self.flagged()
        factories.finish(late)
        self.cleared(late, FINISHED)

    def test_when_due_soon_becomes_overdue(self) -> None:
        soon = self.flagged(days=0)
        assert run(soon.issue.inspection, factories.days(1)) == (1, 0, 1)
        assert kinds(soon.issue.inspection) == [OVERDUE]
        assert Flag.objects.get(kind=SOON).cleared_because == PASSED

    def test_when_the_date_is_extended(self) -> None:
        soon = self.flagged(days=0)
        asked = request_extension(
            actor=factories.liaison(soon.lead_unit), measure=soon, new_due_on=factories.days(60), reason="汛期不能施工"
        )
        decide_extension(actor=factories.office(), extension=asked, agree=True)
        assert asked.decision == Extension.Decision.PENDING  # the caller's copy is not the row
        self.cleared(soon, RE_DATED)

    def test_when_the_date_is_dropped(self) -> None:
        measure = factories.measure(due_on=factories.days(-3), pace=Measure.Pace.LONG_TERM)
        run(measure.issue.inspection)
        undated = factories.draft(measure.lead_unit, pace=Measure.Pace.LONG_TERM, deadline_rule=Measure.DeadlineRule.NONE)
        assign_measure(actor=factories.office(), measure=measure, draft=undated, reason="转为长期坚持")
        self.cleared(measure, NO_DUE_DATE)

    def test_when_the_run_is_for_an_earlier_day(self) -> None:
        late = self.flagged()
        assert run(late.issue.inspection, factories.days(-40)) == (0, 0, 1)
        assert Flag.objects.get().cleared_because == NOT_YET

    def test_a_report_that_is_sent_back_opens_the_same_flag_again(self) -> None:
        late = self.flagged()
        inspection = late.issue.inspection
        report = factories.report(late, claim=Measure.State.DONE, files=[factories.evidence()])
        assert run(inspection) == (0, 0, 1)
        send_back(actor=factories.office(), report=report, requirement="缺少回单")
        assert run(inspection) == (0, 1, 0)
        flag = Flag.objects.get()
        assert (flag.cleared_on, flag.cleared_because) == (None, "")
        assert [entry.payload["flag"] for entry in entries(inspection, Act.RAISE_FLAG)] == [flag.pk, flag.pk]
        assert run(inspection) == (0, 0, 0)

    def test_a_report_entered_late_and_approved_stays_cleared(self) -> None:
        late = self.flagged()
        clerk = factories.office()
        report = report_progress(
            actor=clerk,
            measure=late,
            claim=Measure.State.DONE,
            text="已完成",
            as_of=factories.days(-4),
            signed_by="张局长",
            is_vouched_for=True,
            evidence=[factories.evidence()],
            on=factories.days(-4),
        )
        approve(actor=factories.office(), report=report)
        self.cleared(late, FINISHED)


class TestThePrice:
    """Reads are the same for 40 and for 4,000 measures; writes take one statement a batch."""

    def queries(self, count: int, today: dt.date) -> tuple[int, dict[str, int]]:
        """(reads, writes by table) of the run that flags that many measures."""
        found = factories.issue()
        factories.measures(found, count, due_on=on("2026-03-10"))
        group(found.inspection, units=[found.lead_unit])
        return self.price(found.inspection, today, (count, 0, 0))

    def price(self, inspection: Inspection, today: dt.date, expected: tuple[int, int, int]) -> tuple[int, dict[str, int]]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert run(inspection, today) == expected
        statements = [query["sql"] for query in seen.captured_queries]
        writes = {
            table: sum(sql.startswith((f'INSERT INTO "{table}"', f'UPDATE "{table}"')) for sql in statements)
            for table in (Flag._meta.db_table, Entry._meta.db_table)
        }
        return len(statements) - sum(writes.values()), writes

    def batches(self, model: type[Flag] | type[Entry], count: int) -> int:
        """How many inserts Django needs: 500 rows each, fewer where the database limits the parameters of one statement."""
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        whole, rest = divmod(count, BATCH)
        return sum(math.ceil(rows / connection.ops.bulk_batch_size(fields, [None] * rows)) for rows in [BATCH] * whole + [rest] if rows)

    def test_raising(self) -> None:
        few, many = self.queries(40, on("2026-03-11")), self.queries(4000, on("2026-03-11"))
        assert few[0] == many[0]
        for count, (_reads, writes) in ((40, few), (4000, many)):
            assert writes == {model._meta.db_table: self.batches(model, count) for model in (Flag, Entry)}

    def test_a_run_that_finds_nothing_new(self) -> None:
        prices = []
        for count in (40, 4000):
            found = factories.issue()
            factories.measures(found, count, due_on=on("2026-03-10"))
            run(found.inspection, on("2026-03-11"))
            prices.append(self.price(found.inspection, on("2026-03-12"), (0, 0, 0)))
        assert prices[0] == prices[1]
        assert sum(prices[0][1].values()) == 0

    def test_clearing(self) -> None:
        found = factories.issue()
        factories.measures(found, 1200, due_on=on("2026-03-10"))
        run(found.inspection, on("2026-03-11"))
        _reads, writes = self.price(found.inspection, on("2026-01-11"), (0, 0, 1200))
        assert writes == {Flag._meta.db_table: math.ceil(1200 / BATCH), Entry._meta.db_table: self.batches(Entry, 1200)}


class TestDoors:
    def test_the_task_goes_over_every_round(self) -> None:
        for _ in range(2):
            factories.measure(due_on=factories.days(-3))
        task()
        assert Flag.objects.open().count() == 2

    def test_the_command_says_what_it_did(self) -> None:
        measure = factories.measure(due_on=on("2026-03-10"))
        said = StringIO()
        call_command("flag_overdue", "--on", "2026-03-11", stdout=said)
        numbers = "新提示 1 条，再次提示 0 条，解除 0 条\n"
        assert said.getvalue() == f"{measure.issue.inspection}（截至 2026-03-11）：{numbers}  逾期：{numbers}"

    def test_the_command_refuses_a_day_that_does_not_exist(self) -> None:
        with pytest.raises(CommandError, match="2026-02-30"):
            call_command("flag_overdue", "--on", "2026-02-30")

    def test_the_database_refuses_a_second_flag_of_the_same_kind_and_date(self) -> None:
        late = factories.measure(due_on=factories.days(-3))
        run(late.issue.inspection)
        flag = Flag.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            Flag.objects.bulk_create([Flag(measure=late, kind=flag.kind, due_on=flag.due_on, raised_on=flag.raised_on)])


def test_a_supervisor_sees_the_flags_of_the_units_their_group_covers() -> None:
    mine, other = factories.measure(due_on=factories.days(-3)), factories.measure(due_on=factories.days(-3))
    member = supervisor()
    group(mine.issue.inspection, units=[mine.lead_unit], members=[member])
    derive_timeliness()
    assert [flag.measure_id for flag in Flag.objects.visible_to(member)] == [mine.pk]
    assert Flag.objects.visible_to(factories.leader()).count() == 2
    assert [flag.measure_id for flag in Flag.objects.visible_to(factories.liaison(other.lead_unit))] == [other.pk]


def test_a_round_that_fails_does_not_stop_the_others() -> None:
    broken, sound = (factories.measure(factories.issue(), due_on=factories.days(-3)) for _ in range(2))
    Inspection.objects.filter(pk=broken.issue.inspection_id).update(time_zone="Mars/Base")
    with pytest.raises(ZoneInfoNotFoundError):
        derive_timeliness()
    assert [flag.measure for flag in Flag.objects.all()] == [sound]
