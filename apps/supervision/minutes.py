"""会议纪要: the minutes of a dispatch meeting in the official format, with the table of items and decisions."""

from __future__ import annotations

from apps.measures.papers.official import Paper, day, iso
from apps.measures.papers.records import example
from apps.supervision.models import Dispatch, DispatchItem

HEADS = ("序号", "措施", "牵头单位", "提请调度时的情况", "议定事项", "要求完成")
WIDTHS = (11, 13, 20, 48, 42, 22)


def minutes(row: Dispatch) -> Paper:
    """Who met when and where, what each item came to, what was not discussed; signed by the one in the chair."""
    items = list(row.items.select_related("measure__issue", "measure__lead_unit").order_by("place"))
    decided = [item for item in items if item.decision]
    paper = Paper(f"{row.title}纪要", row.group.name if row.group else f"{row.inspection.inspected_body}整改办")
    paper.note(f"{row.inspection.name}　议题 {len(items)} 项，议定 {len(decided)} 项{example([row.is_demonstration])}")
    paper.facts(
        [
            [("会议时间", day(row.held_on)), ("会议地点", row.place or "—")],
            [("主持人", row.chair), ("督查组", row.group.name if row.group else "全轮")],
            [("参会人员", row.attendance or "—")],
        ]
    )
    paper.heading("一、议定事项")
    paper.body(f"会议逐项听取了 {len(items)} 条措施的整改情况，议定如下：" if items else "本次会议没有议题。")
    paper.grid(HEADS, [_line(place, item) for place, item in enumerate(items, start=1)], WIDTHS)
    paper.heading("二、会议小结")
    paper.body(row.summary or "（无）")
    paper.body("以上事项由牵头单位抓好落实，完成后在系统中填报，并附佐证材料。")
    # Signatures never stand alone on a page.
    paper.document.paragraphs[-1].paragraph_format.keep_with_next = True
    paper.grid(("主持人（签字）", "记录人（签字）", "签发日期"), [("\n\n", "\n\n", "　　年　　月　　日")], (52, 52, 52))
    return paper


def _line(place: int, item: DispatchItem) -> tuple[str, ...]:
    measure = item.measure
    standing = f"{item.get_why_display()}：{item.standing}"
    return (str(place), measure.number, measure.lead_unit.short_name, standing, item.decision or "未议", iso(item.asked_by) or "—")
