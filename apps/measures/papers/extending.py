"""延期申请表: original date, date in force, date asked for, reason, two levels of approval (domain.md §1.4)."""

from __future__ import annotations

from apps.measures.models import Extension
from apps.measures.papers.official import SIGN, UNIT_SIGNS, Paper, day, said
from apps.measures.papers.records import author_of, example


def extension(row: Extension) -> Paper:
    """One request. What was decided in the system stands in its box with name and day; the other boxes are left to be signed."""
    measure = row.measure
    issue = measure.issue
    paper = Paper("整改措施延期申请表", author_of(issue))
    paper.note(f"{issue.inspection.name}　措施 {measure.number}" + example([row.is_demonstration]))
    paper.facts(
        [
            [("措施编号", measure.number), ("整改类型", measure.get_pace_display())],
            [("整改事项", f"{issue.number}．{issue.title}")],
            [(f"整改措施{_mark(row, 'text')}", measure.text)],
            [("牵头单位", measure.lead_unit.name), (f"责任人{_mark(row, 'person')}", measure.person or "（未明确）")],
            [(f"原定时限{_mark(row, 'original_due_on')}", day(measure.original_due_on)), ("现行时限", day(row.old_due_on))],
            [("申请时限", day(row.new_due_on)), ("延长天数", f"{(row.new_due_on - row.old_due_on).days} 天")],
            [("延期理由", row.reason)],
            [("申请人", str(row.requested_by)), ("申请日期", day(row.requested_on))],
        ]
    )
    paper.heading("审批意见")
    paper.boxes([("牵头单位\n主要负责人\n意见", "", UNIT_SIGNS), _first_level(row), _second_level(row)])
    paper.note("说明：未经批准的，考核以原定时限为准；再次延期须经整改办初审、领导审批。")
    return paper


def _decided(row: Extension) -> tuple[str, str]:
    if row.decided_by is None:
        return "", SIGN
    return said(row.get_decision_display(), row.opinion), f"{row.decided_by}　{day(row.decided_on)}"


def _first_level(row: Extension) -> tuple[str, str, str]:
    """The office: it decides a first request, and endorses a second one."""
    if row.endorsed_by is None:
        return ("整改办\n意见", *_decided(row))
    words = said("初审同意", row.endorsement)
    return "整改办\n初审意见", words, f"{row.endorsed_by}　{day(row.endorsed_on)}"


def _second_level(row: Extension) -> tuple[str, str, str]:
    if row.endorsed_by is not None:
        return ("领导\n审批意见", *_decided(row))
    if row.decided_by is not None:
        return "领导\n审批意见", "本次由整改办审批，未提请领导审批。", ""
    return "领导\n审批意见", "", SIGN


def _mark(row: Extension, field: str) -> str:
    return "\n（示例）" if row.measure.demonstrates(field) else ""
