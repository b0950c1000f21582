"""The first draft of what is told of an issue: from approved reports, readings that count and regulations, never from unreviewed text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.issues.models import Activity, Issue
from apps.issues.services import record_activity
from apps.measures.models import Measure, Progress, Regulation
from apps.measures.services import FigureDraft, add_indicator, add_regulation, approve, read_indicator
from apps.reports import services
from apps.reports.composing import Composition, composed, names_of, says
from tests import factories as make
from tests.test_layouts import round_of
from tests.test_notice import prose

pytestmark = pytest.mark.django_db
MAY = dt.date(2025, 5, 31)


def draft_of(issue: Issue) -> Composition:
    return composed([issue])[issue.pk]


def figure(issue: Issue, name: str, value: str, unit: str = "万元", *, kind: str = "money") -> None:
    row = add_indicator(actor=None, issue=issue, name=name, kind=kind, unit=unit)
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(value), MAY)])


def rule(issue: Issue, title: str, kind: str = Regulation.Kind.MADE) -> None:
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, title=title, kind=kind, unit=issue.lead_unit)


def approved(measure: Measure, text: str, **facts: Any) -> Progress:
    return approve(actor=make.office(), report=make.report(measure, text=text, **facts))


class TestWhatIsTold:
    def test_reports_in_the_order_of_the_measures_then_figures_then_regulations(self) -> None:
        issue = make.issue()
        first, second = make.measures(issue, 2)
        approved(second, "完善了流程")
        approved(first, "全面清查了合同；")
        figure(issue, "已追缴出让金", "46")
        rule(issue, "土地供应监管办法")
        rule(issue, "《合同管理规定》", Regulation.Kind.REVISED)
        assert draft_of(issue).society == (
            "全面清查了合同。完善了流程。截至2025年5月31日，已追缴出让金46万元。制定《土地供应监管办法》，修订《合同管理规定》。"
        )

    def test_every_sentence_says_where_it_comes_from(self) -> None:
        issue = make.issue(number=63)
        measure = make.measure(issue)
        report = approved(measure, "已清查。")
        figure(issue, "已追缴", "46")
        rule(issue, "办法")
        origins = [sentence.origin for sentence in draft_of(issue).told]
        assert origins == [f"措施 63-1，截至 {report.as_of} 的填报，审核通过", "成效指标，截至 2025-05-31 的数据", "规章制度：办法"]
        assert draft_of(issue).told[0].measure == measure.pk

    def test_the_latest_approved_report_of_each_measure_counts(self) -> None:
        measure = make.measure()
        approved(measure, "进展一。")
        approved(measure, "进展二。")
        assert draft_of(measure.issue).society == "进展二。"

    def test_a_sentence_of_two_reports_is_told_once(self) -> None:
        issue = make.issue()
        for measure, text in zip(make.measures(issue, 2), ("已清查，已入库。", "已入库。已建账。"), strict=True):
            approved(measure, text)
        assert draft_of(issue).society == "已清查，已入库。已建账。"

    def test_what_the_reports_say_already_is_not_said_twice(self) -> None:
        issue = make.issue()
        approved(make.measure(issue), "已追缴４６万元、3,155.25万元，制定《监管办法》。")
        for name, value in (("追缴", "46"), ("入库", "3155.25")):
            figure(issue, name, value)
        rule(issue, "监管办法")
        assert draft_of(issue).society == "已追缴４６万元、3,155.25万元，制定《监管办法》。"

    @pytest.mark.parametrize("text", ["已追缴146万元。", "已追缴4.46万元。", "已追缴46元。", "已追缴46.5万元。"])
    def test_another_figure_is_not_taken_for_it(self, text: str) -> None:
        assert not says(text, "46", "万元")
        assert says(text + "另有46 万元。", "46", "万元")

    def test_abolished_rules_and_those_of_other_issues_are_not_told(self) -> None:
        issue = make.issue()
        rule(issue, "旧办法", Regulation.Kind.ABOLISHED)
        rule(make.issue(issue.category), "别的办法")
        assert draft_of(issue).society == ""


class TestNothingUnreviewed:
    """Unreviewed text is told nowhere, the same text once approved is (the control)."""

    def test_pending_and_returned_and_unfounded_reports(self) -> None:
        issue = make.issue()
        pending, returned, untrue, control = make.measures(issue, 4)
        make.report(pending, text="待审核的话。", difficulties="待审核的困难", next_step="待审核的打算")
        sent_back = make.report(returned, text="已退回的话。", difficulties="退回的困难")
        Progress.objects.filter(pk=sent_back.pk).update(
            review=Progress.Review.RETURNED, reviewed_by=make.office(), reviewed_on=make.today()
        )
        false = approved(untrue, "查实为假的话。")
        Progress.objects.filter(pk=false.pk).update(unfounded_on=make.today())
        approved(control, "审核通过的话。")
        draft = draft_of(issue)
        whole = draft.society + draft.party + draft.internal
        assert "审核通过的话。" in draft.society
        for word in ("待审核的话", "待审核的困难", "待审核的打算", "已退回的话", "退回的困难", "查实为假"):
            assert word not in whole

    def test_readings_of_reports_that_do_not_count(self) -> None:
        issue = make.issue()
        row = add_indicator(actor=None, issue=issue, name="已追缴", kind="money", unit="万元")
        report = make.report(make.measure(issue), text="追缴中。")
        row.readings.create(value=990000, as_of=MAY, progress=report)
        assert "99" not in draft_of(issue).internal
        approve(actor=make.office(), report=report)
        assert "已追缴99万元" in draft_of(issue).society
        Progress.objects.filter(pk=report.pk).update(unfounded_on=make.today())
        assert "99" not in draft_of(issue).society


class TestInside:
    def test_the_house_reads_what_is_left_and_what_comes_next(self) -> None:
        issue = make.issue(number=7)
        measure = make.measure(issue, due_on=dt.date(2030, 12, 31))
        approved(measure, "已清查。", difficulties="资金未到位", next_step="起诉追缴")
        draft = draft_of(issue)
        assert draft.society == "已清查。"
        assert draft.internal == "已清查。措施7-1尚未完成（推进中，时限2030年12月31日）。未完成原因：资金未到位。下一步：起诉追缴。"

    def test_nothing_is_left_so_it_reads_the_same(self) -> None:
        measure = make.measure()
        make.finish(measure)
        assert (draft_of(measure.issue).internal, draft_of(measure.issue).party) == ("", "")


class TestNames:
    def test_society_does_not_read_the_names_of_those_talked_to(self) -> None:
        issue = make.issue()
        approved(make.measure(issue), "约谈张三丰、李某四，责令张三丰退缴。")
        record_activity(
            actor=None, inspection=issue.inspection, issue=issue, kind=Activity.Kind.TALK, title="约谈", attendance="张三丰、李某四等"
        )
        draft = draft_of(issue)
        assert draft.society == "约谈相关人员、相关人员，责令相关人员退缴。"
        assert draft.party == "约谈张三丰、李某四，责令张三丰退缴。"

    def test_those_at_a_meeting_are_not_people_dealt_with(self) -> None:
        issue = make.issue()
        approved(make.measure(issue), "张三丰牵头推进。")
        record_activity(
            actor=None, inspection=issue.inspection, issue=issue, kind=Activity.Kind.COMMITTEE, title="会议", attendance="张三丰"
        )
        assert draft_of(issue).society == "张三丰牵头推进。"

    def test_offices_are_no_names(self) -> None:
        assert names_of("区住建局、王局长、陈村，李四同志；相关单位") == ["李四"]


def test_the_same_ledger_gives_the_same_words() -> None:
    issue = make.issue()
    for number, measure in enumerate(make.measures(issue, 3)):
        approved(measure, f"进展{number}。")
        figure(issue, f"指标{number}", f"{number + 1}")
    first = draft_of(issue)
    assert first == draft_of(Issue.objects.get(pk=issue.pk))
    assert timezone.now().strftime("%H:%M") not in first.internal


def test_as_many_queries_for_83_issues_as_for_one() -> None:
    issues = round_of(83)
    make.finish(issues[0].measures.get())
    figure(issues[0], "追缴", "46")
    with CaptureQueriesContext(connection) as one:
        composed(issues[:1])
    with CaptureQueriesContext(connection) as all_of_them:
        composed(issues)
    assert len(one) == len(all_of_them) <= 5


def test_a_drafted_notice_has_all_three_texts() -> None:
    issue = make.issue()
    approved(make.measure(issue), "已清查。", next_step="起诉追缴")
    notice = services.draft_notice(actor=make.office(), inspection=issue.inspection, prose=prose())
    item = notice.items.get()
    assert (item.text, item.party_text) == ("已清查。", "")
    assert "下一步：起诉追缴。" in item.internal_text
