"""The back-scheduled chart: whose measures are on it, how the steps are reckoned, and the A3 paper."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from typing import Any

import pypdf
import pytest
import time_machine
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import chart as charts
from apps.supervision.chart import RULE, STEPS, Workdays, nodes_of
from apps.supervision.timescale import PAPER_GAP, SCREEN_GAP, Scale, bar_of, spread
from apps.units.models import User
from tests import factories as make
from tests.supervision import group, supervisor
from tests.test_query_counts import ledger, queries

pytestmark = pytest.mark.django_db
DAY = dt.date
A3 = (1190.55, 841.89)


def paper(user: User, **query: Any) -> pypdf.PdfReader:
    answer = make.signed_in(user).get(reverse("supervision:chart_pdf"), query)
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content))


def words(reader: pypdf.PdfReader) -> str:
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "").replace(" ", "")


def at(day: DAY) -> Any:
    return time_machine.travel(dt.datetime(day.year, day.month, day.day, 2, tzinfo=dt.UTC), tick=False)


class TestScale:
    def test_whole_months_three_at_least(self) -> None:
        scale = Scale.over([DAY(2025, 2, 20), DAY(2025, 3, 1)])
        assert (scale.first, scale.last) == (DAY(2025, 2, 1), DAY(2025, 4, 30))
        assert [month.words for month in scale.months] == ["2025-02", "3 月", "4 月"]
        assert scale.at(DAY(2025, 4, 30)) == "100.00%"
        assert scale.from_to(DAY(2025, 2, 1), DAY(2025, 2, 28)) == ("0.00%", "31.46%")

    def test_labels_have_room_and_a_new_year_is_named(self) -> None:
        scale = Scale.over([DAY(2025, 2, 1), DAY(2026, 12, 31)])
        assert [month.words for month in scale.months if month.words][:7] == [
            "2025-02",
            "4 月",
            "6 月",
            "8 月",
            "10 月",
            "12 月",
            "2026-02",
        ]

    def test_what_lies_outside_is_not_drawn(self) -> None:
        scale = Scale.over([DAY(2025, 2, 1), DAY(2025, 6, 30)])
        assert scale.from_to(DAY(2024, 1, 1), DAY(2024, 12, 31)) is None
        assert scale.from_to(DAY(2024, 1, 1), DAY(2025, 6, 30)) == ("0.00%", "100.00%")


class TestBars:
    def bar(self, measure: Measure, today: DAY) -> Any:
        return bar_of(measure, Scale.over([DAY(2025, 2, 1), DAY(2025, 12, 31)]), today, DAY(2025, 3, 1))

    def test_running_late_finished(self) -> None:
        running = Measure(due_on=DAY(2025, 8, 20), original_due_on=DAY(2025, 8, 20))
        early, late = self.bar(running, DAY(2025, 7, 1)), self.bar(running, DAY(2025, 9, 1))
        assert early.run
        assert early.left
        assert early.late is None
        assert late.left is None
        assert late.late
        assert self.bar(running, DAY(2025, 8, 20)).late is None
        running.stopped_on = DAY(2025, 8, 25)
        stopped = self.bar(running, DAY(2025, 9, 1))
        assert (stopped.left, stopped.late, stopped.original) == (None, None, "")
        running.original_due_on = DAY(2025, 6, 30)
        assert self.bar(running, DAY(2025, 9, 1)).original
        assert self.bar(Measure(due_on=None), DAY(2025, 9, 1)) is None


class TestSteps:
    def of(self, start: DAY, due: DAY, **facts: Any) -> list[tuple[str, DAY]]:
        scale = Scale.over([start, due])
        nodes = nodes_of(Measure(due_on=due, **facts), start, Workdays(start, due), scale)
        return [(node.word, node.day) for node in nodes]

    def test_they_are_counted_back_in_working_days(self) -> None:
        # 2025-03-03 … 2025-03-28 are 20 working days: 16, 8, 3 and 1 of them are left at the four steps.
        assert self.of(DAY(2025, 3, 2), DAY(2025, 3, 28)) == [
            ("方", DAY(2025, 3, 6)),
            ("施", DAY(2025, 3, 18)),
            ("查", DAY(2025, 3, 25)),
            ("报", DAY(2025, 3, 27)),
        ]

    def test_holidays_and_made_up_workdays_count_as_they_are_worked(self) -> None:
        # 2025-10-01 … 08 is a holiday, 2025-09-28 and 10-11 are worked Sundays and Saturdays.
        days = Workdays(DAY(2025, 9, 27), DAY(2025, 10, 11)).days
        assert days == [DAY(2025, 9, 28), DAY(2025, 9, 29), DAY(2025, 9, 30), DAY(2025, 10, 9), DAY(2025, 10, 10), DAY(2025, 10, 11)]

    def test_none_for_a_short_time_a_stopped_clock_or_a_year_that_is_not_loaded(self) -> None:
        assert self.of(DAY(2025, 3, 2), DAY(2025, 3, 13)) == []
        assert self.of(DAY(2025, 3, 2), DAY(2025, 6, 30), stopped_on=DAY(2025, 4, 1)) == []
        assert self.of(DAY(2098, 3, 2), DAY(2098, 12, 31)) == []
        work = Workdays(DAY(2025, 1, 1), DAY(2098, 3, 1))
        assert work.between(DAY(2025, 1, 1), DAY(2025, 12, 31))
        assert work.between(DAY(2025, 1, 1), DAY(2098, 1, 1)) is None

    def test_the_rule_names_every_step(self) -> None:
        assert all(f"{step.name}留 {step.left}%" in RULE for step in STEPS)


class TestLabels:
    """Words of the steps: never over each other or the due date, however short the time or long the axis."""

    def places(self, due: DAY, days: int, axis: int, name: str) -> list[list[float]]:
        start = due - dt.timedelta(days=days)
        scale = Scale.over([due - dt.timedelta(days=axis), due])
        nodes = nodes_of(Measure(due_on=due), start, Workdays(start, due), scale)
        assert nodes
        return [[float(getattr(node, name).rstrip("%")) for node in nodes if node.high is high] for high in (True, False)]

    @pytest.mark.parametrize(("name", "gap"), [("on_paper", PAPER_GAP), ("on_screen", SCREEN_GAP)])
    @pytest.mark.parametrize("days", [16, 30, 90, 300])
    @pytest.mark.parametrize("axis", [300, 700])
    def test_they_keep_their_distance(self, days: int, axis: int, name: str, gap: float) -> None:
        due = DAY(2025, 12, 20)
        end = float(Scale.over([due - dt.timedelta(days=axis), due]).at(due).rstrip("%"))
        for row in self.places(due, days, axis, name):
            assert all(right - left >= gap - 0.02 for left, right in itertools.pairwise([*row, end])), row

    def test_where_there_is_room_they_stand_at_their_day(self) -> None:
        start, due = DAY(2025, 3, 2), DAY(2025, 12, 19)
        nodes = nodes_of(Measure(due_on=due), start, Workdays(start, due), Scale.over([start, due]))
        assert [node.on_paper for node in nodes] == [node.left for node in nodes]

    def test_none_is_cut_off_where_the_axis_begins(self) -> None:
        assert spread([0.1, 0.2], 1.0, 4.0) == [2.0, 6.0]
        assert spread([], 50.0, 4.0) == []
        assert spread([10.0, 11.0], 50.0, 4.0) == [7.0, 11.0]


class TestPaper:
    def furnished(self) -> tuple[Any, User]:
        category = make.category(title="落实整改不到位")
        issue = make.issue(category, title="清理欠缴土地出让金", lead_official="区长")
        with at(DAY(2025, 3, 3)):
            make.measure(issue, due_on=DAY(2025, 6, 30), text="追缴欠款", person="王科长")
            make.finish(make.measure(issue, due_on=DAY(2025, 6, 30), text="清理台账"))
            make.measure(issue, due_on=DAY(2025, 12, 31), text="建章立制")
        return issue, make.office()

    def test_a3_landscape_with_who_when_and_what_is_late(self) -> None:
        issue, office = self.furnished()
        with at(DAY(2025, 7, 10)):
            reader = paper(office, unit=issue.lead_unit_id)
        assert {tuple(round(float(side), 2) for side in page.mediabox[2:]) for page in reader.pages} == {A3}
        text = words(reader)
        for part in (
            "1-1",
            "追缴欠款",
            "王科长",
            "2025-06-30",
            "逾期10天",
            "2025-03-03办结",
            "今天07-10",
            "责任领导区长",
            "倒排节点为系统计算",
        ):
            assert part in text, part
        assert "责任领导签字" in text
        assert f"第1页共{len(reader.pages)}页" in text
        # The control: on the day itself nothing is late.
        with at(DAY(2025, 6, 30)):
            assert "▲" not in words(paper(office, unit=issue.lead_unit_id))

    @pytest.mark.parametrize("kind", ["unit", "official", "category"])
    def test_by_unit_leader_and_category(self, kind: str) -> None:
        issue, office = self.furnished()
        strange = make.issue(make.category(issue.inspection, 2), title="另一个单位的问题", lead_official="书记")
        make.measure(strange)
        key = {"unit": issue.lead_unit_id, "official": "区长", "category": issue.category_id}[kind]
        text = words(paper(office, **{kind: key}))
        assert "清理欠缴土地出让金" in text
        assert "另一个单位的问题" not in text

    def test_long_lists_go_on_with_the_heading_repeated_and_no_row_lost(self) -> None:
        issue, office = self.furnished()
        make.measures(issue, 57)
        reader = paper(office, category=issue.category_id)
        assert len(reader.pages) >= 3
        for page in list(reader.pages)[:-1]:
            assert "整改措施" in page.extract_text()
        text = words(reader)
        assert all(f"1-{number}" in text for number in range(1, 61))

    def test_it_is_entered_in_the_book(self) -> None:
        issue, office = self.furnished()
        paper(office, unit=issue.lead_unit_id)
        entry = Entry.objects.latest("pk")
        assert entry.payload["name"].startswith("倒排工期图_")
        assert (entry.payload["rows"], entry.actor) == (3, office)

    def test_too_many_rows_are_refused_in_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        issue, office = self.furnished()
        monkeypatch.setattr(charts, "MOST_ROWS", 2)
        for name in ("supervision:chart", "supervision:chart_pdf"):
            answer = make.signed_in(office).get(reverse(name), {"unit": issue.lead_unit_id})
            assert answer.status_code == 400
            assert "有 3 条措施，一张图最多 2 条" in answer.content.decode()

    def test_who_sees_what(self) -> None:
        issue, _office = self.furnished()
        strange = make.issue(make.category(issue.inspection, 2))
        make.measure(strange)
        member = supervisor()
        group(issue.inspection, units=[issue.lead_unit], members=[member])
        for who in (member, make.liaison(issue.lead_unit)):
            assert "清理欠缴土地出让金" in words(paper(who, unit=issue.lead_unit_id))
            for query in ({"unit": strange.lead_unit_id}, {"category": strange.category_id}):
                assert make.signed_in(who).get(reverse("supervision:chart_pdf"), query).status_code == 400
        assert paper(make.leader(), unit=strange.lead_unit_id)
        for role in ("admin", "auditor"):
            assert make.signed_in(make.user(role)).get(reverse("supervision:chart_pdf")).status_code == 403

    @pytest.mark.parametrize("query", [{}, {"unit": "x"}, {"unit": "9" * 40}, {"official": "没有这个人"}, {"foo": "1"}, {"category": "-1"}])
    def test_what_is_not_understood_is_refused(self, query: dict[str, str]) -> None:
        _issue, office = self.furnished()
        answer = make.signed_in(office).get(reverse("supervision:chart_pdf"), query)
        assert answer.status_code == 400
        assert make.signed_in(office).get(reverse("supervision:chart"), query).status_code == (400 if query else 200)

    def test_one_choice_at_a_time(self) -> None:
        issue, office = self.furnished()
        query = {"unit": issue.lead_unit_id, "official": "区长"}
        assert make.signed_in(office).get(reverse("supervision:chart_pdf"), query).status_code == 400

    def test_no_round(self) -> None:
        office = make.signed_in(make.office())
        assert office.get(reverse("supervision:chart_pdf")).status_code == 400
        assert "还没有整改任务" in office.get(reverse("supervision:chart")).content.decode()


def test_the_page_shows_the_same_and_offers_the_paper() -> None:
    lead = make.unit()
    issue = make.issue(lead=lead)
    make.measure(issue, due_on=make.days(-2))
    page = make.signed_in(make.office()).get(reverse("supervision:chart"), {"unit": lead.pk})
    assert page.context["pdf"] == f"{reverse('supervision:chart_pdf')}?inspection={issue.inspection_id}&unit={lead.pk}"
    assert "▲ 逾期 2 天" in page.content.decode()
    assert page.context["chart"].counts == [("over", "逾期", 1)]


def test_the_page_costs_the_same_for_ten_times_the_data() -> None:
    small, large = make.unit(), make.unit()
    office = make.office()
    few_issues, many_issues = ledger(small, 3, 3), ledger(large, 30, 4)
    costs = [
        queries(make.signed_in(office), f"{reverse('supervision:chart')}?inspection={issues[0].inspection_id}&unit={lead.pk}")
        for issues, lead in ((few_issues, small), (many_issues, large))
    ]
    assert costs[0] == costs[1] <= 18
