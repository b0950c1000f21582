"""Each rule of timeliness on every day of 2026: the first day on which it holds, to the day, and the day before as the control."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from apps.issues.models import Inspection
from apps.measures.models import Measure, Progress
from apps.measures.services import FigureDraft, InstalmentDraft, add_indicator, plan_instalments, read_indicator, send_back
from apps.supervision.models import Flag, Letter
from apps.supervision.services import derive_timeliness, set_thresholds
from apps.supervision.timeliness.base import FINISHED
from apps.supervision.timeliness.reports import CAUGHT_UP, MOVED, NEXT_PERIOD, RESUBMITTED
from apps.units.models import Notification
from tests import factories
from tests.supervision import letter

pytestmark = pytest.mark.django_db
Kind = Flag.Kind
YEAR = [dt.date(2026, 1, 1) + n * dt.timedelta(days=1) for n in range(365)]


def on(day: str) -> dt.date:
    return dt.date.fromisoformat(day)


def at(day: str) -> time_machine.travel:
    """Noon in Shanghai on that day."""
    return time_machine.travel(dt.datetime.fromisoformat(f"{day}T12:00:00+08:00"), tick=False)


def derive(inspection: Inspection, day: dt.date) -> None:
    derive_timeliness(inspection=inspection, today=day)


def carried(measure: Measure) -> set[str]:
    return set(Flag.objects.open().filter(measure=measure).values_list("kind", flat=True))


def first_days(
    inspection: Inspection, measures: list[Measure], kinds: set[str], days: list[dt.date]
) -> dict[int, dict[str, tuple[str, str]]]:
    """Walk through the days; by measure and kind the first and the last day on which the flag was open."""
    found: defaultdict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
    for day in days:
        derive(inspection, day)
        for pk, kind in Flag.objects.open().filter(measure__in=measures, kind__in=kinds).values_list("measure", "kind"):
            first = found[pk].get(kind, (day.isoformat(), ""))[0]
            found[pk][kind] = (first, day.isoformat())
    return dict(found)


# 365 days of the calendar; what the database has to do on any of them is done by the tests below, too.
@pytest.mark.once
def test_the_due_dates_of_a_year_with_its_holidays_and_made_up_saturdays() -> None:
    """春节 15–23 February with 14 and 28 February worked, 国庆 1–7 October with 20 September and 10 October worked."""
    with at("2026-01-01"):
        found = factories.issue()
        dates = ("2026-02-24", "2026-03-02", "2026-10-08", "2026-10-12", "2026-05-06")
        made = [factories.measure(found, due_on=on(day)) for day in dates]
    walked = first_days(found.inspection, made, {Kind.SOON, Kind.OVERDUE, Kind.GRAVE}, YEAR)
    expected = {
        # 25–27 September are 中秋; five working days before 24 February: 10, 11, 12, 13 and 14 (a Saturday that is worked) lie between
        "2026-02-24": ("2026-02-10", "2026-02-25", "2026-03-27"),
        "2026-03-02": ("2026-02-24", "2026-03-03", "2026-04-02"),
        "2026-10-08": ("2026-09-23", "2026-10-09", "2026-11-08"),
        "2026-10-12": ("2026-09-29", "2026-10-13", "2026-11-12"),
        "2026-05-06": ("2026-04-24", "2026-05-07", "2026-06-06"),
    }
    for measure, due in zip(made, dates, strict=True):
        soon, overdue, grave = expected[due]
        kinds = walked[measure.pk]
        assert kinds[Kind.OVERDUE] == (overdue, "2026-12-31"), due
        assert kinds[Kind.GRAVE] == (grave, "2026-12-31"), due
        assert kinds[Kind.SOON] == (soon, due), due
    assert not Flag.objects.filter(kind=Kind.SOON, cleared_on=None).exists()


def test_who_did_not_report_is_missed_from_the_first_day_of_the_next_period() -> None:
    with at("2026-01-05"):
        found = factories.issue()
        silent, late, punctual = factories.measures(found, 3, due_on=on("2026-12-20"))
    with at("2026-02-10"):
        factories.report(punctual)
    with at("2026-03-12"):
        factories.report(late)
    days = [on("2026-02-28"), on("2026-03-01"), on("2026-03-11"), on("2026-03-12"), on("2026-03-31"), on("2026-04-01")]
    seen = []
    for day in days[:3]:  # before the late report, as far as the rule can tell
        Progress.objects.filter(measure=late).update(reported_on=on("2026-03-12"))
        derive(found.inspection, day)
        seen.append(carried(silent) & {Kind.MISSED})
    assert seen == [set(), {Kind.MISSED}, {Kind.MISSED}]
    flag = Flag.objects.get(measure=silent, kind=Kind.MISSED)
    assert (flag.due_on, flag.facts["period"]) == (on("2026-02-28"), "2026 年 2 月")
    assert "2026 年 2 月" in flag.rule
    derive(found.inspection, on("2026-04-01"))
    assert {row.due_on: row.cleared_because for row in Flag.objects.filter(measure=silent, kind=Kind.MISSED)} == {
        on("2026-02-28"): NEXT_PERIOD,
        on("2026-03-31"): "",
    }
    assert not Flag.objects.filter(measure=late, kind=Kind.MISSED).exists()
    assert set(Flag.objects.filter(measure=punctual, kind=Kind.MISSED).values_list("due_on", flat=True)) == {on("2026-03-31")}


def test_a_missed_report_is_cleared_when_it_is_made_up_for() -> None:
    with at("2026-01-05"):
        measure = factories.measure(due_on=on("2026-12-20"))
    inspection = measure.issue.inspection
    with at("2026-03-02"):
        derive_timeliness(inspection=inspection)
        assert Kind.MISSED in carried(measure)
        factories.report(measure)
        derive_timeliness(inspection=inspection)
        assert Kind.MISSED not in carried(measure)
    assert Flag.objects.get(kind=Kind.MISSED).cleared_because == CAUGHT_UP


def test_stalled_on_the_day_the_days_are_full_and_not_the_day_before() -> None:
    with at("2026-01-05"):
        measure = factories.measure(due_on=on("2026-12-20"))
    inspection = measure.issue.inspection
    with at("2026-02-01"):
        factories.report(measure)
    walked = first_days(inspection, [measure], {Kind.STALLED}, YEAR[:120])
    assert walked[measure.pk][Kind.STALLED][0] == "2026-04-02"  # sixty days after 1 February
    flag = Flag.objects.get(kind=Kind.STALLED)
    assert (flag.due_on, flag.facts) == (on("2026-04-02"), {"since": "2026-02-01", "full_on": "2026-04-02", "days": 60})
    set_thresholds(
        actor=factories.office(),
        inspection=inspection,
        grave_days=30,
        stalled_days=90,
        returned_working_days=5,
        reason="任务周期长",
    )
    derive(inspection, on("2026-04-30"))
    assert carried(measure) == {Kind.MISSED}
    derive(inspection, on("2026-05-02"))
    assert Kind.STALLED in carried(measure)


def test_a_new_report_ends_the_standstill() -> None:
    with at("2026-01-05"):
        measure = factories.measure(due_on=on("2026-12-20"))
    with at("2026-03-20"):
        derive_timeliness(inspection=measure.issue.inspection)
        assert Kind.STALLED in carried(measure)
        factories.report(measure)
        derive_timeliness(inspection=measure.issue.inspection)
    assert Flag.objects.get(kind=Kind.STALLED).cleared_because == MOVED


def test_returned_over_the_national_day_counts_working_days() -> None:
    with at("2026-09-01"):
        measure = factories.measure(due_on=on("2026-12-20"))
    with at("2026-09-29"):
        made = factories.report(measure)
        send_back(actor=factories.office(), report=made, requirement="缺少回单")
    # 30 September, 8, 9, 10 (a Saturday that is worked), 12 October: five working days
    walked = first_days(measure.issue.inspection, [measure], {Kind.RETURNED}, YEAR[265:300])
    assert walked[measure.pk][Kind.RETURNED][0] == "2026-10-13"
    flag = Flag.objects.get(kind=Kind.RETURNED)
    assert (flag.due_on, flag.facts["returned_on"]) == (on("2026-10-12"), "2026-09-29")
    with at("2026-10-28"):
        factories.report(measure)
        derive_timeliness(inspection=measure.issue.inspection)
    assert Flag.objects.get(kind=Kind.RETURNED).cleared_because == RESUBMITTED


def test_a_letter_without_an_answer_is_on_each_of_its_measures_from_the_day_after() -> None:
    with at("2026-03-02"):
        measure = factories.measure(due_on=on("2026-12-20"))
        sent = letter(measure, reply_by=on("2026-03-06"))
    walked = first_days(measure.issue.inspection, [measure], {Kind.UNANSWERED}, YEAR[60:75])
    assert walked[measure.pk][Kind.UNANSWERED][0] == "2026-03-07"
    flag = Flag.objects.get(kind=Kind.UNANSWERED)
    assert (flag.due_on, flag.matter) == (on("2026-03-06"), f"letter:{sent.pk}")
    assert sent.doc_number in flag.rule
    Letter.objects.filter(pk=sent.pk).update(
        state="answered",
        answered_by=factories.office(),
        answered_on=on("2026-03-17"),
        signed_by=factories.office(),
        signed_at="2026-03-17T00:00Z",
    )
    derive(measure.issue.inspection, on("2026-03-18"))
    assert Flag.objects.get(kind=Kind.UNANSWERED).cleared_because == "督查单已回复"


def money(measure: Measure, *, whole_issue: bool) -> Any:
    office = factories.office()
    about = None if whole_issue else measure
    facts: dict[str, Any] = {"name": "应退资金", "kind": "money", "unit": "万元", "outcome": "recovered", "due_amount": Decimal(10)}
    row = add_indicator(actor=office, issue=measure.issue, measure=about, **facts)
    steps = [InstalmentDraft(on("2026-03-31"), Decimal(4)), InstalmentDraft(on("2026-06-30"), Decimal(6))]
    plan_instalments(actor=office, indicator=row, instalments=steps, reason="按协议")
    return row


@pytest.mark.parametrize("whole_issue", [False, True])
def test_an_instalment_that_has_not_come_is_on_the_measure_of_the_figure_or_the_first(whole_issue: bool) -> None:
    with at("2026-03-02"):
        first, *_others = factories.measures(factories.issue(), 2, due_on=on("2026-12-20"))
        row = money(first, whole_issue=whole_issue)
    inspection = first.issue.inspection
    derive(inspection, on("2026-03-31"))
    assert Kind.UNPAID not in carried(first)
    derive(inspection, on("2026-04-01"))
    flag = Flag.objects.get(kind=Kind.UNPAID)
    assert (flag.measure_id, flag.due_on, flag.facts["upto"], flag.facts["latest"]) == (first.pk, on("2026-03-31"), "4 万元", "0 万元")
    with at("2026-04-02"):
        read_indicator(actor=factories.office(), indicator=row, figures=[FigureDraft(Decimal(4), on("2026-04-02"))])
        derive_timeliness(inspection=inspection)
    assert Flag.objects.get(kind=Kind.UNPAID).cleared_because == "应到数额已登记到账"
    derive(inspection, on("2026-07-01"))
    assert Flag.objects.open().get(kind=Kind.UNPAID).due_on == on("2026-06-30")


def test_the_days_late_stop_when_the_measure_is_finished() -> None:
    with at("2026-03-02"):
        measure = factories.measure(due_on=on("2026-03-20"))
    with at("2026-05-01"):
        derive_timeliness(inspection=measure.issue.inspection)
        assert {Kind.OVERDUE, Kind.GRAVE} <= carried(measure)
        factories.finish(measure)
        page = factories.signed_in(factories.office()).get(reverse("supervision:flags"))
        assert page.context["sections"] == []  # before the job has run
        derive_timeliness(inspection=measure.issue.inspection)
    assert set(Flag.objects.filter(kind__in=(Kind.OVERDUE, Kind.GRAVE)).values_list("cleared_because", flat=True)) == {FINISHED}
    assert Measure.objects.get().days_late(on("2026-12-31")) == 42
    for day in ("2026-06-01", "2026-12-01"):
        derive(measure.issue.inspection, on(day))
        assert carried(measure) == set()


@pytest.fixture
def unloaded() -> Iterator[Measure]:
    """Of a year whose calendar nobody has loaded, with a flag 临期 and one 退回未改 of the year before."""
    with at("2026-12-01"):
        measure = factories.measure(due_on=on("2027-02-10"))
    yield measure


def test_in_a_year_that_is_not_loaded_the_rules_of_working_days_rest_and_the_page_says_so(unloaded: Measure) -> None:
    inspection = unloaded.issue.inspection
    derive(inspection, on("2027-02-10"))
    assert carried(unloaded) == {Kind.MISSED, Kind.STALLED}  # the others go on
    flag = Flag.objects.create(measure=unloaded, kind=Kind.SOON, due_on=on("2027-02-10"), raised_on=on("2027-02-01"))
    derive(inspection, on("2027-02-10"))
    assert Flag.objects.open().filter(pk=flag.pk).exists()  # neither raised nor cleared
    derive(inspection, on("2027-02-11"))
    assert not Flag.objects.open().filter(pk=flag.pk).exists()  # over by the date alone
    with at("2027-02-11"):
        page = factories.signed_in(factories.office()).get(reverse("supervision:flags")).content.decode()
        assert "2027 年的节假日安排尚未载入，临期、退回未改两类提示暂停" in page
    with at("2026-11-02"):
        page = factories.signed_in(factories.office()).get(reverse("supervision:flags")).content.decode()
        assert "暂停" not in page


def test_every_page_that_goes_by_the_rules_says_that_they_rest_and_what_to_do(unloaded: Measure) -> None:
    inspection = unloaded.issue.inspection
    pages = [reverse("supervision:flags"), reverse("supervision:dashboard"), reverse("supervision:dashboard-forecast")]
    calendar = reverse("admin:measures_calendaroverride_changelist")
    for day, rest in (("2027-02-11", True), ("2026-11-02", False)):
        with at(day):
            office, leader = factories.signed_in(factories.office()), factories.signed_in(factories.leader())
            for page in [*pages, reverse("supervision:thresholds", args=(inspection.pk,))]:
                text = office.get(page).content.decode()
                assert ("2027 年的节假日安排尚未载入，临期、退回未改两类提示暂停" in text) == rest, page
                assert (f'请在<a href="{calendar}">“工作日调整”</a>中登记当年安排' in text) == rest, page
            for page in pages:
                text = leader.get(page).content.decode()
                assert ("请联系整改办在“工作日调整”中登记当年安排" in text) == rest, page
    with at("2027-02-11"):
        assert factories.signed_in(factories.office()).get(calendar).status_code == 200


def test_the_office_is_told_once_of_a_year_that_is_missing(unloaded: Measure) -> None:
    with at("2026-11-02"):
        clerk = factories.office()
        factories.inspection()
        derive_timeliness()
        told = Notification.objects.filter(kind="paused")
        assert not told.exists(), "the control: all days are known"
    with at("2027-02-11"):
        derive_timeliness()
        [note] = told.filter(recipient=clerk)
        assert note.title == "2027 年的节假日安排尚未载入，临期、退回未改两类提示暂停，请在“工作日调整”中登记"
        assert set(told.values_list("recipient__role", flat=True)) == {"office"}
    with at("2027-02-12"):
        derive_timeliness()
        assert told.filter(recipient=clerk).count() == 1
