"""销号申请表, signed by the unit, the reviewing bodies and the office; 对账销号单, filled in by whoever checks (domain.md §1.4, §2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.models import Closure, SignOff
from apps.measures.models import Indicator, Measure
from apps.measures.papers.official import SIGN, UNIT_SIGNS, Paper, day, iso, said
from apps.measures.papers.records import IssueRecords, example, figure_sums, headed, latest, numbered, shown, told
from apps.measures.templatetags.measure_ui import due_words

NONE = "无"


def application(records: IssueRecords) -> Paper:
    """销号申请表: what the unit applies with; opinions are filled in where they were signed in the system, else left open."""
    issue, closure = records.issue, records.closure
    leader, unit = _mark(records, "lead_official"), _mark(records, "lead_unit")
    paper = Paper(f"{issue.inspection.get_kind_display()}整改问题销号申请表", records.author)
    paper.note(f"{issue.inspection.name}　第 {issue.number} 号问题　第 {issue.round} 轮" + example([issue.is_demonstration]))
    _say_what_is_missing(paper, records)
    paper.facts(
        [
            [("问题类别", str(issue.category))],
            [("整改事项", f"{issue.number}．{issue.title}")],
            [(f"反馈问题{_mark(records, 'finding')}", issue.finding)],
            [(f"整改目标{_mark(records, 'goal')}", issue.goal or "（未填写）")],
            [
                (f"责任领导{leader}", issue.lead_official),
                (f"牵头单位{unit}", issue.lead_unit.name),
            ],
            [("配合单位", _supporting(records)), ("申请日期", day(closure.applied_on) if closure else "（尚未提请）")],
        ]
    )
    _measures_done(paper, records)
    _outcomes(paper, records)
    paper.heading("四、完成情况说明" + example([closure.is_demonstration] if closure else []))
    paper.boxes([("完成情况\n说明", closure.statement if closure else "", ""), *_reasons(closure)])
    paper.heading("五、审核意见")
    paper.boxes([*_unit_box(records), *_body_boxes(closure), _office_box(closure)])
    _earlier(paper, records)
    return paper


def reconciliation(records: IssueRecords) -> Paper:
    """对账销号单: each measure as ordered, as reported, as verified and as checked on site; the checker ticks and signs."""
    issue = records.issue
    paper = Paper("问题整改对账销号单", records.author, turned=True)
    paper.note(f"{issue.inspection.name}　数据截至{day(records.today)}")
    paper.note(f"第 {issue.number} 号问题：{issue.title}" + example([issue.is_demonstration]))
    _say_what_is_missing(paper, records)
    measures = records.measures
    reports = [report for report in map(latest, measures) if report is not None]
    paper.grid(
        (
            "编号",
            headed("整改措施", (row.demonstrates("text") for row in measures)),
            headed("整改时限", (row.demonstrates("due_on") for row in measures)),
            headed("单位填报", (row.is_demonstration for row in reports)),
            "整改办核实",
            "现场核查",
            "佐证材料",
            "对账结论",
        ),
        [_accounted(records, row) for row in measures],
        (15, 44, 27, 46, 27, 27, 19, 20),
    )
    if records.indicators:
        _figures_accounted(paper, records)
    paper.signatures(("核对人", "复核人", "牵头单位负责人"))
    return paper


def _accounted(records: IssueRecords, row: Measure) -> tuple[str, ...]:
    report, check = latest(row), next(iter(row.site_checks.all()), None)
    verified = str(row.get_progress_display())
    if report is not None and report.reviewed_on:
        verified += f"\n{report.get_review_display()}\n{report.reviewed_by}\n{report.reviewed_on:%Y-%m-%d}"
    checked = f"{check.get_finding_display()}\n{check.checked_by}\n{check.checked_on:%Y-%m-%d}" if check else "未核查"
    claim = f"报“{report.get_claim_display()}”\n" if report else "未填报"
    numbers = "\n".join(number for number, _evidence in numbered(row)) or NONE
    due = f"{row.due_on:%Y-%m-%d}\n{due_words(row, records.today)[1]}" if row.due_on else due_words(row, records.today)[1]
    return row.number, row.text, due, claim + told(report), verified, checked, numbers, "□ 属实\n□ 不实"


def _figures_accounted(paper: Paper, records: IssueRecords) -> None:
    rows, sums = records.indicators, figure_sums(records.indicators)
    paper.grid(
        (
            headed("成效指标", (row.is_demonstration for row in rows)),
            "单位",
            "应完成",
            "已核实",
            "截至",
            "待审核填报",
            "差额",
            "勾稽",
            "对账结论",
        ),
        [_figure_accounted(records, row, sums) for row in rows],
        (50, 14, 23, 23, 27, 27, 19, 19, 23),
    )


def _figure_accounted(records: IssueRecords, row: Indicator, sums: dict[int, str]) -> tuple[str, ...]:
    goal = row.due_amount if row.due_amount is not None else row.target
    left = shown(row, goal - row.latest) if goal is not None and row.latest is not None else ""
    waiting = records.waiting_readings.get(row.pk)
    claimed = f"{waiting.shown}\n{waiting.as_of:%Y-%m-%d}" if waiting else ""
    verified = (shown(row, goal), shown(row, row.latest), iso(row.latest_as_of))
    return row.name, row.unit, *verified, claimed, left, sums.get(row.pk, ""), "□ 一致\n□ 不一致"


def _measures_done(paper: Paper, records: IssueRecords) -> None:
    rows = records.measures
    reports = [report for report in map(latest, rows) if report is not None]
    paper.heading("一、整改措施及完成情况")
    paper.grid(
        (
            "编号",
            headed("整改措施", (row.demonstrates("text") for row in rows)),
            headed("完成情况", (row.is_demonstration for row in reports)),
            headed("整改时限", (row.demonstrates("due_on") for row in rows)),
            "佐证材料",
        ),
        [
            (
                row.number,
                row.text,
                f"{row.get_progress_display()}\n{told(latest(row))}".strip(),
                f"{row.due_on:%Y-%m-%d}\n{due_words(row, records.today)[1]}" if row.due_on else due_words(row, records.today)[1],
                f"{row.evidence_count} 份",
            )
            for row in rows
        ]
        or [("—", "还没有制定措施", "", "", "")],
        (16, 44, 50, 27, 19),
    )


def _outcomes(paper: Paper, records: IssueRecords) -> None:
    rows, rules = records.indicators, records.regulations
    paper.heading("二、整改成效" + example(row.is_demonstration for row in rows))
    if rows:
        sums = figure_sums(rows)
        heads = ("指标", "数值", "单位", "截至", "勾稽")
        lines = [(row.name, shown(row, row.latest), row.unit, iso(row.latest_as_of), sums.get(row.pk, "")) for row in rows]
        paper.grid(heads, lines, (60, 26, 16, 28, 26))
    else:
        paper.body("没有登记成效指标。")
    paper.heading("三、建章立制" + example(row.is_demonstration for row in rules))
    if rules:
        lines = [(f"《{row.title}》", row.doc_number, row.get_kind_display(), row.unit.short_name, iso(row.issued_on)) for row in rules]
        paper.grid(("制度名称", "文号", "类别", "制定单位", "印发日期"), lines, (56, 32, 14, 26, 28))
    else:
        paper.body("没有登记制度。")


def _reasons(closure: Closure | None) -> Iterator[tuple[str, str, str]]:
    if closure is not None and closure.reasons:
        yield "提示事项\n说明", "\n".join(str(words) for words in closure.reasons.values()), ""


def _unit_box(records: IssueRecords) -> Iterator[tuple[str, str, str]]:
    closure = records.closure
    words = f"申请人：{closure.applied_by}" if closure else ""
    yield "牵头单位\n主要负责人\n意见", words, UNIT_SIGNS


def _body_boxes(closure: Closure | None) -> Iterator[tuple[str, str, str]]:
    """A box for each reviewing body: what was signed in the system, with name and day, or room to sign."""
    for row in closure.sign_offs.all() if closure else ():
        if row.decision == SignOff.Decision.PENDING:
            yield f"{row.body.short_name}\n会审意见", "", SIGN
        else:
            words = said(row.get_decision_display(), row.requirement)
            yield f"{row.body.short_name}\n会审意见{example([row.is_demonstration])}", words, f"{row.signed_by}　{day(row.signed_on)}"


def _office_box(closure: Closure | None) -> tuple[str, str, str]:
    if closure is None or closure.decision == Closure.Decision.PENDING:
        return "整改办\n审定意见", "", SIGN
    words = said(closure.get_decision_display(), closure.opinion)
    return "整改办\n审定意见", words, f"{closure.decided_by}　{day(closure.decided_on)}"


def _earlier(paper: Paper, records: IssueRecords) -> None:
    rows = records.closures[1:]
    if rows:
        paper.heading("六、以往申请")
        lines = [(f"第 {row.round} 轮", day(row.applied_on), row.get_decision_display(), day(row.decided_on), row.opinion) for row in rows]
        paper.grid(("轮次", "申请日期", "审定结果", "审定日期", "审定意见"), lines, (18, 32, 24, 32, 50))


def _say_what_is_missing(paper: Paper, records: IssueRecords) -> None:
    if records.hidden_words:
        paper.note(f"（{records.hidden_words}）")


def _supporting(records: IssueRecords) -> str:
    return "、".join(unit.short_name for unit in records.issue.supporting_units.all()) or NONE


def _mark(records: IssueRecords, field: str) -> str:
    return "\n（示例）" if records.issue.demonstrates(field) and not records.issue.is_demonstration else ""
