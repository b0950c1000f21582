"""Every rule of the catalogue with an issue for which it holds and one for which it does not; reasons for warnings; the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Closure, Issue
from apps.issues.rules import CATALOGUE, Severity, findings, printed
from apps.issues.services import apply_for_closure, decide_closure, hold_look_back
from apps.measures.models import Evidence, Extension, Indicator, Measure, Progress, Regulation
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator, update_evidence
from apps.supervision.models import SiteCheck
from apps.supervision.services import answer_letter, check_site, sign_letter
from apps.units.errors import ActRefused
from tests import factories as make
from tests.supervision import letter

pytestmark = pytest.mark.django_db

RULES = {rule.id: rule for rule in CATALOGUE}


def ready() -> Issue:
    """An issue for which every rule holds: two measures done, checked on site, with a goal, a rule and a figure that is complete."""
    issue = make.issue(goal="应收尽收")
    for nature in (Measure.Nature.NOW, Measure.Nature.LASTING):
        measure = make.measure(issue, nature=nature)
        make.finish(measure)
        found(measure, SiteCheck.Finding.TRUE)
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, title="缴款办法", kind="made", unit=issue.lead_unit)
    figure(issue, "应收回", "100", due_amount=Decimal(1_000_000))
    return Issue.objects.get(pk=issue.pk)


def first(issue: Issue) -> Measure:
    return issue.measures.get(ordinal=1)


def figure(issue: Issue, name: str, value: str, total: Indicator | None = None, **facts: object) -> Indicator:
    row = add_indicator(actor=None, issue=issue, name=name, kind=Indicator.Kind.MONEY, unit="万元", total=total)
    Indicator.objects.filter(pk=row.pk).update(**facts)
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(value), make.today())])
    return row


def found(measure: Measure, finding: str) -> None:
    check_site(actor=make.leader(), measure=measure, finding=finding, note="现场看过", checked_on=make.today())


def unfinished(issue: Issue) -> None:
    make.measure(issue)


def relapsed(issue: Issue) -> None:
    Issue.objects.filter(pk=issue.pk).update(round=2)


def report_waiting(issue: Issue) -> None:
    """As a unit would after stage completion; the state of the measure is put aside to try the rule by itself."""
    make.report(first(issue))
    Measure.objects.filter(pk=first(issue).pk).update(progress=Measure.State.DONE, stopped_on=make.today())


def extension_asked(issue: Issue) -> None:
    measure = first(issue)
    by = make.liaison(issue.lead_unit)
    asked = {"old_due_on": make.today(), "new_due_on": make.days(9), "requested_by": by, "requested_on": make.today()}
    Extension(measure=measure, reason="流标", **asked).save()


def no_evidence(issue: Issue) -> None:
    Evidence.objects.filter(measure=first(issue)).update(measure=make.measure())


def old_evidence(issue: Issue) -> None:
    Evidence.objects.filter(measure=first(issue)).update(effective_on=issue.inspection.feedback_on - dt.timedelta(days=1))


def evidence_of_a_returned_report(issue: Issue) -> None:
    Progress.objects.filter(measure=first(issue)).update(review=Progress.Review.RETURNED)


def sum_off(issue: Issue) -> None:
    """As it stands in ledgers from before sums were checked on entry."""
    part = figure(issue, "已收回", "100", Indicator.objects.get(issue=issue))
    part.readings.update(value=part.to_base(Decimal(99)))


def letter_open(issue: Issue) -> None:
    Measure.objects.filter(pk=first(issue).pk).update(progress=Measure.State.ONGOING, stopped_on=None)
    letter(first(issue))
    Measure.objects.filter(pk=first(issue).pk).update(progress=Measure.State.DONE, stopped_on=make.today())


def found_false(issue: Issue) -> None:
    """Done again on the same day, which nobody has seen yet."""
    found(first(issue), SiteCheck.Finding.FALSE)
    Measure.objects.filter(pk=first(issue).pk).update(progress=Measure.State.DONE, stopped_on=make.today())


def found_partly(issue: Issue) -> None:
    found(first(issue), SiteCheck.Finding.PARTLY)


def never_seen(issue: Issue) -> None:
    SiteCheck.objects.filter(measure__issue=issue).delete()


def seen_before_completion(issue: Issue) -> None:
    SiteCheck.objects.filter(measure__issue=issue).update(checked_on=make.days(-1))


def no_goal(issue: Issue) -> None:
    Issue.objects.filter(pk=issue.pk).update(goal=" ")


def no_regulation(issue: Issue) -> None:
    Regulation.objects.filter(issue=issue).update(kind=Regulation.Kind.ABOLISHED)


def balance(issue: Issue) -> None:
    Indicator.objects.filter(issue=issue).update(due_amount=Decimal(1_500_000))


def stage(issue: Issue) -> None:
    Measure.objects.filter(pk=first(issue).pk).update(progress=Measure.State.STAGE_DONE, next_review_on=dt.date(2027, 3, 1))


def evidence_renewed(issue: Issue) -> None:
    piece = first(issue).evidence.earliest("pk")
    update_evidence(actor=make.office(), evidence=piece, file=make.upload("新.pdf", make.PDF + b"%2"), note="补盖公章")


CASES: list[tuple[str, Callable[[Issue], None], str]] = [
    ("C-01", unfinished, "还有 1 条措施没有完成（1-3），请先填报"),
    ("C-02", relapsed, "第 2 轮整改还没有新的进展"),
    ("C-03", report_waiting, "措施 1-1 的填报还在等待审核"),
    ("C-04", extension_asked, "措施 1-1 的延期申请还没有审批"),
    ("C-05", no_evidence, "措施 1-1 没有经审核通过的佐证材料"),
    ("C-05", old_evidence, "措施 1-1 的佐证材料都在反馈日期 2025-02-20 之前"),
    ("C-05", evidence_of_a_returned_report, "措施 1-1 没有经审核通过的佐证材料"),
    ("C-06", sum_off, "合计 100，分项之和 99"),
    ("C-07", letter_open, "措施 1-1 还有没回复的督查单"),
    ("C-08", found_false, "措施 1-1 现场核查不实"),
    ("C-09", no_goal, "没有写明整改目标"),
    ("C-10", no_regulation, "长久立措施 1-2 没有登记新建或修订的制度"),
    ("C-11", balance, "应完成 150 万元，已完成 100 万元，余额 50 万元"),
    ("C-12", stage, "措施 1-1 是阶段性完成，下次复核日期 2027-03-01"),
    ("C-13", never_seen, "完成之后还没有现场核查过"),
    ("C-13", seen_before_completion, "完成之后还没有现场核查过"),
    ("C-14", found_partly, "措施 1-1 现场核查“部分属实”"),
    ("C-15", evidence_renewed, "措施 1-1 的佐证材料在审核通过之后更新过"),
]


def test_every_rule_is_tried_and_the_errors_come_first() -> None:
    assert {rule for rule, _break, _words in CASES} == set(RULES)
    assert list(RULES) == sorted(RULES)
    severities = [rule.severity for rule in CATALOGUE]
    assert severities == sorted(severities, key=[Severity.ERROR, Severity.WARNING].index)


@pytest.mark.parametrize(("rule", "break_it", "words"), CASES, ids=[f"{rule}-{broken.__name__}" for rule, broken, _words in CASES])
def test_a_rule_holds_and_then_does_not(rule: str, break_it: Callable[[Issue], None], words: str) -> None:
    issue = ready()
    assert [line.rule.id for line in findings(issue) if not line.holds] == []
    break_it(issue)
    issue = Issue.objects.get(pk=issue.pk)
    broken = {line.rule.id: line.problems for line in findings(issue) if not line.holds}
    assert words in "".join(broken[rule])
    assert set(broken) - {rule} <= {"C-01", "C-05", "C-13"}
    by = make.liaison(issue.lead_unit)
    if RULES[rule].blocks:
        with pytest.raises(ActRefused, match=words):
            make.application(issue, by=by)
    else:
        with pytest.raises(ActRefused, match=f"请说明理由：{rule}") as refused:
            apply_for_closure(actor=by, issue=issue, statement="完成", reasons={rule: " "})
        assert refused.value.field == f"reason-{rule}"
        assert make.application(issue, by=by).reasons[rule]


def test_a_letter_that_was_answered_and_a_relapse_that_was_worked_on_do_not_block() -> None:
    issue = ready()
    relapsed(issue)
    make.finish(make.measure(Issue.objects.get(pk=issue.pk)))
    letter_open(issue)
    by, sent = make.liaison(issue.lead_unit), first(issue).letters.get()
    answer_letter(actor=by, letter=sign_letter(actor=by, letter=sent), answer="已全部办理")
    held = {line.rule.id for line in findings(Issue.objects.get(pk=issue.pk)) if line.holds}
    assert {"C-02", "C-07"} <= held


def test_only_reasons_for_warnings_that_there_are_are_kept() -> None:
    issue = ready()
    no_goal(issue)
    issue.refresh_from_db()
    reasons = {"C-09": " 对照反馈原文 ", "C-11": "多余", "C-99": "没有这条"}
    closure = apply_for_closure(actor=make.liaison(issue.lead_unit), issue=issue, statement="完成", reasons=reasons)
    assert closure.reasons == {"C-09": "对照反馈原文"}


def test_a_warning_that_comes_up_after_the_application_blocks_agreeing() -> None:
    issue = ready()
    closure, office = make.application(issue), make.office()
    found_partly(issue)
    with pytest.raises(ActRefused, match="请说明理由：C-14"):
        decide_closure(actor=office, closure=closure, agree=True, opinion="同意")
    assert decide_closure(actor=office, closure=closure, agree=False, opinion="请说明").decision == Closure.Decision.RETURNED


def test_an_error_that_comes_up_after_the_application_blocks_agreeing() -> None:
    closure = make.application(ready())
    found_false(closure.issue)
    with pytest.raises(ActRefused, match="现场核查不实"):
        decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")


def test_the_rules_cost_two_queries_however_large_the_issue() -> None:
    issue = ready()
    for measure in make.measures(issue, 10):
        make.finish(measure)
    with CaptureQueriesContext(connection) as captured:
        findings(issue)
    assert len(captured) == 2


def test_the_catalogue_in_the_documentation_is_the_one_in_force() -> None:
    told = (Path(settings.BASE_DIR) / "docs" / "closing-rules.md").read_text(encoding="utf-8")
    assert told.endswith(printed())
    assert all(rule.id in told for rule in CATALOGUE)


def test_the_form_lists_every_rule_before_the_button_with_a_field_for_each_reason() -> None:
    issue = ready()
    no_goal(issue)
    issue.refresh_from_db()
    browser = make.signed_in(make.liaison(issue.lead_unit))
    address = f"/issues/{issue.pk}/apply/"
    page = browser.get(address).content.decode()
    assert all(f"{rule.id}</span> {rule.title}" in page for rule in CATALOGUE)
    assert page.count('name="reason-') == 1
    assert page.index('name="reason-C-09"') < page.index('type="submit">提请销号')
    refused = browser.post(address, {"version": issue.version, "statement": "完成"})
    assert refused.status_code == 400
    assert "请填写C-09 的理由" in refused.content.decode()
    unfinished(issue)
    blocked = browser.get(address).content.decode()
    assert "还有 2 条必须满足的规则没有满足" in blocked
    assert 'type="submit">提请销号' not in blocked
    issue.refresh_from_db()
    answer = browser.post(address, {"version": issue.version, "statement": "完成", "reason-C-09": "对照原文"})
    assert answer.status_code == 400
    assert "没有完成" in answer.content.decode()


def test_who_does_not_see_every_measure_is_not_told_which_one_is_missing() -> None:
    issue, helper = ready(), make.unit()
    hidden = make.measure(issue)
    make.measure(issue, lead=helper)
    page = make.signed_in(make.liaison(helper)).get(f"/issues/{issue.pk}/").content.decode()
    assert "“全部措施已完成”尚未满足" in page
    assert hidden.number not in page
    assert hidden.number in make.signed_in(make.office()).get(f"/issues/{issue.pk}/").content.decode()


def test_the_sheet_keeps_the_rounds_apart() -> None:
    issue = ready()
    closure = make.application(issue)
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="第一轮同意销号")
    look = issue.look_backs.earliest("planned_on")
    hold_look_back(actor=make.office(), look_back=look, relapsed=True, note="又出现同类情况")
    page = make.signed_in(make.office()).get(f"/issues/{issue.pk}/").content.decode()
    for words in ("第 2 轮", "反弹重开", "又出现同类情况", "以往各轮和以往申请", "第一轮同意销号", "第 1 轮 · 反弹"):
        assert words in page
