"""交接清单: what one person hands over to another, signed by both and a witness (domain.md §1.2: written, on site, archived)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from apps.measures.models import Handover
from apps.measures.papers.official import Paper, day
from apps.measures.papers.records import example


def handover(row: Handover) -> Paper:
    """The list as it was handed over (``Handover.items``), whatever has happened to the items since."""
    paper = Paper("巡视巡察整改事项交接清单", f"{row.inspection.inspected_body}整改办")
    paper.note(f"{row.inspection.name}　第 {row.number} 号　共 {len(row.items)} 项" + example([row.is_demonstration]))
    paper.facts(
        [
            [("移交类型", row.get_kind_display()), ("单位", row.unit.name if row.unit else "—")],
            [("移交人", row.from_name), ("接收人", row.to_name)],
            [("移交日期", day(row.handed_on)), ("办理人", str(row.made_by))],
            [("移交原因", row.reason)],
            [("再反馈期限", day(row.refeedback_by)), ("再反馈日期", day(row.refed_on) or "（待办理）")],
        ]
    )
    # An issue has no due date of its own; a measure without one is kept up for good.
    undated = "长期坚持" if row.kind == Handover.Kind.PERSON else "—"
    items = [(str(place), *_item(item, undated), "") for place, item in enumerate(row.items, start=1)]
    paper.grid(
        ("序号", "编号", "移交事项", "状态", "整改时限", "接收确认"),
        items or [("", "", "没有移交事项", "", "", "")],
        (12, 16, 60, 20, 28, 20),
    )
    paper.body(f"以上事项已当面交接清楚。接收人应于{day(row.refeedback_by)}前接受巡视巡察反馈意见再反馈，并继续推进整改。")
    paper.signatures(("移交人", "接收人", "监交人"))
    return paper


def _item(item: Mapping[str, Any], undated: str) -> tuple[str, str, str, str]:
    """What is the issue's, and below it what is handed over of it: the measure, or the finding."""
    words = "\n".join(dict.fromkeys(str(item[key]) for key in ("title", "text", "label") if item.get(key)))
    due = next((item[key] for key in ("due_on", "due") if item.get(key)), None)
    due_on = due if isinstance(due, dt.date) else _read(due)
    return str(item.get("number", "")), words, str(item.get("state", "")), due_on.isoformat() if due_on else str(due or undated)


def _read(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None
