"""The book on the pages of rounds, units, groups and issues: who sees which entries, and no page slower for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.services import add_category, record_activity
from apps.ledgers.models import Entry
from apps.ledgers.templatetags.book_ui import line_of
from apps.measures.models import Measure
from apps.measures.services import add_indicator, add_regulation, log_export, override_calendar, report_progress
from apps.supervision.services import form_group, reform_group, send_letter
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db


def acts(browser: Client, name: str, pk: int | None = None) -> list[tuple[str, str]]:
    """The entries of the page's timeline: act and subject."""
    answer = browser.get(reverse(name, args=(pk,) if pk else ()))
    assert answer.status_code == 200
    return [(entry.act.partition(".")[2], entry.subject_label) for entry in answer.context["entries"]]


def test_a_round_shows_its_own_entries_and_only_ones_own_exports() -> None:
    measure = make.measure()
    inspection, office, liaison = measure.issue.inspection, make.office(), make.liaison(measure.lead_unit)
    add_category(actor=office, inspection=inspection, number=2, title="别的方面")
    record_activity(actor=office, inspection=inspection, kind="dispatch", title="全轮调度会")
    record_activity(actor=office, inspection=inspection, issue=make.issue(measure.issue.category), kind="dispatch", title="他人的会")
    for who in (office, liaison):
        log_export(actor=who, inspection=inspection, rows=1, filters={})
    seen_by_office = acts(make.signed_in(office), "issues:inspection", inspection.pk)
    seen_by_liaison = acts(make.signed_in(liaison), "issues:inspection", inspection.pk)
    assert [act for act, _subject in seen_by_office] == [
        "export_register",
        "export_register",
        "record_activity",
        "add_category",
        "add_category",
        "open_inspection",
    ]
    assert [act for act, _subject in seen_by_liaison] == ["export_register", "record_activity", "add_category", "open_inspection"]
    assert not any("别的方面" in subject for _act, subject in seen_by_liaison)


def supervised(measure: Measure) -> User:
    """A supervisor whose group covers the lead unit."""
    who = make.user(Role.SUPERVISOR)
    form_group(
        actor=None, inspection=measure.issue.inspection, name="一组", lead_unit=measure.lead_unit, members=[who], units=[measure.lead_unit]
    )
    return who


def next_workday() -> dt.date:
    """A working day soon, whatever the calendar that is loaded says of the year."""
    day = make.days(7)
    return override_calendar(actor=None, day=day, is_workday=True, note="测试").day


def test_a_unit_shows_entries_on_its_measures_and_letters() -> None:
    measure = make.measure()
    other = make.measure(make.issue(measure.issue.category))
    inspection, supervisor = measure.issue.inspection, supervised(measure)
    make.report(measure)
    late = make.measure(measure.issue)
    for row in (late, other):
        send_letter(
            actor=make.leader(),
            inspection=inspection,
            unit=row.lead_unit,
            measures=[row],
            level="orange",
            requirement="请抓紧。",
            reply_by=next_workday(),
        )
    expected = ["send_letter", "add_measure", "report_progress", "add_measure"]
    for who in (make.office(), supervisor, measure.lead_unit.users.filter(role=Role.LIAISON)[0]):
        found = acts(make.signed_in(who), "measures:unit", measure.lead_unit_id)
        assert [act for act, _subject in found] == expected
        assert not any(other.number in subject for _act, subject in found)


def test_groups_show_how_they_were_formed_and_changed() -> None:
    measure = make.measure()
    supervisor = supervised(measure)
    group = measure.issue.inspection.supervision_groups.get()
    form_group(actor=None, inspection=measure.issue.inspection, name="二组", lead_unit=make.unit())
    reform_group(
        actor=make.office(),
        group=group,
        name="新一组",
        lead_unit=group.lead_unit,
        members=[supervisor],
        units=[measure.lead_unit],
        reason="分工",
    )
    assert [act for act, _ in acts(make.signed_in(make.office()), "supervision:groups")] == ["reform_group", "form_group", "form_group"]
    assert [act for act, _ in acts(make.signed_in(supervisor), "supervision:groups")] == ["reform_group", "form_group"]


def test_an_issue_shows_its_figures_rules_and_meetings() -> None:
    issue = make.issue()
    add_indicator(actor=None, issue=issue, name="收回资金", kind="money", unit="万元")
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, title="管理办法", kind="made", unit=issue.lead_unit)
    record_activity(actor=None, inspection=issue.inspection, issue=issue, kind="dispatch", title="调度会")
    page = make.signed_in(make.office()).get(reverse("issues:sheet", args=(issue.pk,)))
    found = [entry.act.partition(".")[2] for entry in page.context["sheet"].entries]
    assert found == ["record_activity", "add_regulation", "add_indicator", "add_issue"]


def test_a_late_entry_names_the_day_it_speaks_of() -> None:
    measure = make.measure()
    day = make.days(-20)
    report_progress(
        actor=make.office(),
        measure=measure,
        claim=Measure.State.ONGOING,
        text="已开展。",
        as_of=day,
        signed_by="张局长",
        is_vouched_for=True,
        on=day,
    )
    late, plain = (Entry.objects.get(act=f"measures.{act}") for act in ("report_progress", "add_measure"))
    assert (line_of(late).stated, line_of(plain).stated) == (day, None)
    page = make.signed_in(make.office()).get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
    assert f"办理日期 {day}" in page


@pytest.mark.parametrize("name", ["issues:inspection", "measures:unit"])
def test_pages_do_not_slow_down(name: str) -> None:
    measure = make.measure()
    pk = measure.lead_unit_id if name == "measures:unit" else measure.issue.inspection_id
    people = [make.office(), make.liaison(measure.lead_unit)]

    def counted() -> list[int]:
        found = []
        for who in people:
            browser = make.signed_in(who)
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(reverse(name, args=(pk,))).status_code == 200
            found.append(len(captured))
        return found

    few = counted()
    for _number in range(4):
        for row in make.measures(make.issue(measure.issue.category, lead=measure.lead_unit), 4):
            make.report(row)
        record_activity(actor=None, inspection=measure.issue.inspection, kind="dispatch", title=f"调度{_number}")
    assert counted() == few
    assert max(few) <= 22
