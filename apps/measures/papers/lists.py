"""The lists that staff keep (domain.md §2.1): 整改台账 in the field's eighteen columns, 问题清单, 任务清单, 责任清单, 佐证材料目录."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from apps.issues.models import Closure, Issue
from apps.measures.models import Evidence, EvidenceVersion, Measure, Regulation
from apps.measures.papers.records import files_of, latest, numbered, told, with_reports
from apps.measures.papers.sheets import A4, Column, Listing, Row
from apps.measures.querysets import MeasureQuerySet
from apps.measures.tables import state_words, supporting
from apps.measures.templatetags.measure_ui import due_words
from apps.units.models import KINDS_IN_ORDER

Value = Callable[[Row, dt.date], Any]


def of_measure(read: Callable[[Measure], Any]) -> Value:
    """What a column says of the measure; nothing of an issue that has none yet."""
    return lambda row, _day: read(row.measure) if row.measure is not None else ""


def is_example(field: str) -> Callable[[Row], bool]:
    return lambda row: row.measure is not None and row.measure.demonstrates(field)


def is_example_of_issue(field: str) -> Callable[[Row], bool]:
    return lambda row: row.issue.demonstrates(field)


def _reported(row: Row) -> bool:
    report = latest(row.measure) if row.measure is not None else None
    return report is not None and report.is_demonstration


def _due(measure: Measure) -> Any:
    return measure.due_on or "长期坚持"


def _standing(row: Row, today: dt.date) -> str:
    if row.measure is None:
        return "未制定措施"
    words = due_words(row.measure, today)[1]
    return f"{state_words(row.measure)}\n{words}" if words != "长期坚持" else state_words(row.measure)


def _unfinished(measure: Measure) -> str:
    report = latest(measure)
    if report is None or measure.progress == Measure.State.DONE:
        return ""
    parts = [f"原因：{report.difficulties}" if report.difficulties else "", f"下步：{report.next_step}" if report.next_step else ""]
    return "\n".join(filter(None, parts))


def _regulations(row: Row) -> str:
    """Those of the measure; those of the issue as a whole stand with its first measure."""
    rows: list[Regulation] = list(row.measure.regulations.all()) if row.measure is not None else []
    if row.measure is None or row.measure.ordinal == 1:
        rows += [rule for rule in row.issue.regulations.all() if rule.measure_id is None]
    return "\n".join(f"《{rule.title}》{rule.doc_number}（{rule.get_kind_display()}）" for rule in rows)


def _has_example_rule(row: Row) -> bool:
    return any(rule.is_demonstration for rule in row.issue.regulations.all())


def _evidence(measure: Measure) -> str:
    return "\n".join(f"{number} {row.name}" for number, row in numbered(measure))


def _has_example_file(row: Row) -> bool:
    return row.measure is not None and any(item.is_demonstration for item in row.measure.evidence.all())


def _agreed(issue: Issue) -> list[Closure]:
    found: list[Closure] = getattr(issue, "agreed_closures", [])
    return found


def _closed(row: Row, _day: dt.date) -> str:
    if row.issue.closure != Issue.ClosureState.CLOSED:
        return str(row.issue.get_closure_display())
    return "\n".join(f"{item.decided_on:%Y-%m-%d}\n{item.decided_by}" for item in _agreed(row.issue)[:1])


def _remarks(row: Row, _day: dt.date) -> str:
    found = [f"第 {row.issue.round} 轮整改（曾反弹）"] if row.issue.round > 1 else []
    if row.issue.led_by_secretary:
        found.append("书记领办")
    if row.measure is not None and row.measure.is_extended and row.measure.original_due_on:
        found.append(f"已延期，原定 {row.measure.original_due_on}")
    return "\n".join(found)


def _official(row: Row, _day: dt.date) -> str:
    return row.issue.lead_official


LEDGER = Listing(
    "整改台账",
    (
        Column("序号", 5, lambda row, _day: row.issue.number, of_group=True),
        Column("问题类别", 12, lambda row, _day: str(row.issue.category), of_group=True),
        Column("具体问题", 22, lambda row, _day: row.issue.finding, is_example_of_issue("finding"), of_group=True),
        Column("整改目标", 15, lambda row, _day: row.issue.goal, is_example_of_issue("goal"), of_group=True),
        Column("整改措施", 28, of_measure(lambda measure: f"{measure.number}　{measure.text}"), is_example("text")),
        Column("责任领导", 9, _official, is_example_of_issue("lead_official"), of_group=True),
        Column("牵头单位", 10, lambda row, _day: (row.measure or row.issue).lead_unit.short_name, is_example("lead_unit")),
        Column("配合单位", 12, of_measure(supporting), is_example("supporting_units")),
        Column("具体责任人", 8, of_measure(lambda measure: measure.person), is_example("person")),
        Column("整改类型", 9, of_measure(lambda measure: measure.get_pace_display()), is_example("pace")),
        Column("完成时限", 11, of_measure(_due), is_example("due_on")),
        Column("整改进展（成效）", 32, of_measure(lambda measure: told(latest(measure))), _reported),
        Column("是否完成", 11, _standing, _reported),
        Column("未完成原因及下步措施", 18, of_measure(_unfinished), _reported),
        Column("建章立制", 16, lambda row, _day: _regulations(row), _has_example_rule),
        Column("佐证材料", 16, of_measure(_evidence), _has_example_file),
        Column("销号时间/审核人", 11, _closed, of_group=True),
        Column("备注", 9, _remarks),
    ),
)
ISSUES = Listing(
    "问题清单",
    (
        Column("序号", 6, lambda row, _day: row.issue.number),
        Column("问题类别", 24, lambda row, _day: str(row.issue.category)),
        Column("整改事项", 24, lambda row, _day: row.issue.title, is_example_of_issue("title")),
        Column("具体问题", 44, lambda row, _day: row.issue.finding, is_example_of_issue("finding")),
        Column("整改目标", 28, lambda row, _day: row.issue.goal, is_example_of_issue("goal")),
        Column("责任领导", 12, _official, is_example_of_issue("lead_official")),
        Column("牵头单位", 14, lambda row, _day: row.issue.lead_unit.short_name, is_example_of_issue("lead_unit")),
        Column(
            "配合单位",
            18,
            lambda row, _day: "、".join(unit.short_name for unit in row.issue.supporting_units.all()),
            is_example_of_issue("supporting_units"),
        ),
        Column("完成情况（已完成/总数）", 12, lambda row, _day: f"{row.extra[0]}/{row.extra[1]}"),
        Column("销号", 10, lambda row, _day: row.issue.get_closure_display()),
        Column("备注", 12, _remarks),
    ),
    paper=A4,
)
TASKS = Listing(
    "任务清单",
    (
        Column("问题序号", 7, lambda row, _day: row.issue.number, of_group=True),
        Column("整改事项", 22, lambda row, _day: row.issue.title, is_example_of_issue("title"), of_group=True),
        Column("措施编号", 8, of_measure(lambda measure: measure.number)),
        Column("整改任务", 48, of_measure(lambda measure: measure.text), is_example("text")),
        Column("类型", 9, of_measure(lambda measure: measure.get_nature_display()), is_example("nature")),
        Column("整改类型", 10, of_measure(lambda measure: measure.get_pace_display()), is_example("pace")),
        Column("牵头单位", 14, of_measure(lambda measure: measure.lead_unit.short_name), is_example("lead_unit")),
        Column("完成时限", 12, of_measure(_due), is_example("due_on")),
        Column("时限依据", 20, of_measure(lambda measure: measure.deadline_basis), is_example("due_on")),
        Column("状态", 12, _standing, _reported),
        Column("备注", 12, _remarks),
    ),
    paper=A4,
)
DUTIES = Listing(
    "责任清单",
    (
        Column("牵头单位", 16, of_measure(lambda measure: measure.lead_unit.name), is_example("lead_unit")),
        Column("措施编号", 8, of_measure(lambda measure: measure.number)),
        Column("整改事项", 24, lambda row, _day: row.issue.title, is_example_of_issue("title")),
        Column("整改任务", 44, of_measure(lambda measure: measure.text), is_example("text")),
        Column("责任领导", 12, _official, is_example_of_issue("lead_official")),
        Column("责任人", 10, of_measure(lambda measure: measure.person), is_example("person")),
        Column("配合单位", 18, of_measure(supporting), is_example("supporting_units")),
        Column("完成时限", 12, of_measure(_due), is_example("due_on")),
        Column("状态", 12, _standing, _reported),
        Column("备注", 12, _remarks),
    ),
    group=lambda row: row.measure.lead_unit_id if row.measure is not None else None,
    paper=A4,
)


def _of_file(read: Callable[[str, Evidence, EvidenceVersion], Any]) -> Value:
    return lambda row, _day: read(*row.extra)


CATALOGUE = Listing(
    "佐证材料目录",
    (
        Column("材料编号", 11, _of_file(lambda number, _evidence, _file: number)),
        Column("措施编号", 8, of_measure(lambda measure: measure.number)),
        Column("材料名称", 32, _of_file(lambda _number, evidence, _file: evidence.name), lambda row: row.extra[1].is_demonstration),
        Column("材料日期", 12, _of_file(lambda _number, evidence, _file: evidence.effective_on)),
        Column("材料说明", 24, _of_file(lambda _number, evidence, _file: evidence.description)),
        Column("版次", 6, _of_file(lambda _number, _evidence, file: file.number)),
        Column("文件名", 30, _of_file(lambda _number, _evidence, file: file.filename)),
        Column("字节数", 11, _of_file(lambda _number, _evidence, file: file.size)),
        Column("上传人", 10, _of_file(lambda _number, _evidence, file: str(file.uploaded_by))),
        Column("上传日期", 12, _of_file(lambda _number, _evidence, file: timezone.localdate(file.uploaded_at))),
        Column("SHA-256", 36, _of_file(lambda _number, _evidence, file: file.sha256)),
    ),
    group=lambda row: row.measure.pk if row.measure is not None else None,
    paper=A4,
)
LISTINGS = {"ledger": LEDGER, "issues": ISSUES, "tasks": TASKS, "duties": DUTIES, "evidence": CATALOGUE}


def for_ledger(measures: MeasureQuerySet) -> MeasureQuerySet:
    """Measures of ``for_register`` with all that the lists say of them; the number of queries does not depend on how many there are."""
    agreed = Closure.objects.filter(decision=Closure.Decision.AGREED).select_related("decided_by").order_by("-pk")
    return with_reports(measures).prefetch_related(
        Prefetch("evidence", Evidence.objects.order_by("pk")),
        "regulations",
        "issue__regulations",
        Prefetch("issue__closures", agreed, to_attr="agreed_closures"),
    )


def bare_issues(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Issues without measures, with what the register says of an issue alone."""
    return issues.select_related("category", "lead_unit").prefetch_related("regulations", "supporting_units")


def ledger_rows(measures: Iterable[Measure], bare: Iterable[Issue] = ()) -> list[Row]:
    """A row for each measure, and one for each issue that has none, in the order of the numbers."""
    rows = [*(Row(row.issue, row) for row in measures), *(Row(issue) for issue in bare)]
    return sorted(rows, key=lambda row: (row.issue.number, row.measure.ordinal if row.measure is not None else 0))


def issue_rows(issues: Iterable[Issue], done: Callable[[Issue], tuple[int, int]]) -> list[Row]:
    return [Row(issue, None, done(issue)) for issue in issues]


def duty_rows(measures: Iterable[Measure]) -> list[Row]:
    """By lead unit, in the order in which official lists name units, then by number."""
    found: dict[int, list[Row]] = {}
    for row in measures:
        found.setdefault(row.lead_unit_id, []).append(Row(row.issue, row))
    kinds = KINDS_IN_ORDER.split()
    return [row for rows in sorted(found.values(), key=lambda rows: _place(rows[0], kinds)) for row in rows]


def _place(row: Row, kinds: list[str]) -> tuple[int, int]:
    unit = row.measure.lead_unit if row.measure is not None else row.issue.lead_unit
    return kinds.index(unit.kind), unit.pk


def file_rows(measures: Iterable[Measure]) -> list[Row]:
    """A row for each version of each piece of evidence."""
    return [Row(measure.issue, measure, (number, evidence, version)) for measure, number, evidence, version in files_of(measures)]


def with_files(measures: MeasureQuerySet) -> MeasureQuerySet:
    versions = EvidenceVersion.objects.select_related("uploaded_by").order_by("number")
    return measures.prefetch_related(Prefetch("evidence", Evidence.objects.order_by("pk")), Prefetch("evidence__versions", versions))
