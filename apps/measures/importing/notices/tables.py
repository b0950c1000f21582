"""Tables within a notice: each row becomes an entry with labels, so that it is read like any other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.measures.importing.notices.lines import Line

COLUMNS: tuple[tuple[str, str], ...] = (
    ("number", r"^(?:序号|编号|号)$"),
    ("category", r"(?:问题)?类别|方面|类型$|反馈问题.{0,3}大类"),
    ("status", r"状态|是否完成|完成情况|是否整改|销号"),
    ("due", r"时限|期限|完成时间"),
    ("lead", r"(?:牵头|责任|主责|整改).{0,4}(?:单位|部门|科室)"),
    ("supporting", r"配合"),
    ("official", r"(?:责任|分管|牵头).{0,2}领导"),
    ("person", r"责任人|联系人"),
    ("result", r"(?:整改)?(?:进展|成效|结果|落实)|整改(?:完成)?情况"),
    ("measures", r"措施|举措|任务"),
    ("finding", r"问题|表现|反馈"),
)
LABELS = {
    "measures": "整改措施",
    "result": "整改情况",
    "status": "整改状态",
    "due": "整改时限",
    "lead": "责任单位",
    "supporting": "配合单位",
    "official": "责任领导",
    "person": "责任人",
}


def with_tables(lines: Sequence[Line]) -> list[Line]:
    """The lines with every row of a table of findings told as an entry; rows of other tables stay one line each."""
    found: list[Line] = []
    heads: list[str] = []
    number, category = 0, ""
    for line in lines:
        if "\t" not in line.text:
            heads, number = [], 0
            found.append(line)
            continue
        cells = [re.sub(r"\s+", " ", cell).strip() for cell in line.text.strip("\n").split("\t")]
        cells = cells[1:] if cells and not cells[0] else cells
        names = [_column(cell) for cell in cells]
        if not heads and "finding" in names and len(set(names) - {""}) > 1:
            heads = names
        elif heads and any(cells):
            row = {name: cell for name, cell in zip(heads, cells, strict=False) if name and cell}
            if row.get("category") and row["category"] != category:
                category = row["category"]
                found.append(Line(line.number, f"“{category}”方面"))
            if row.get("finding"):
                number += 1
                found += _entry(row, number, line.number)
        else:
            found.append(Line(line.number, " ".join(filter(None, cells)), line.heading))
    return found


def _column(head: str) -> str:
    words = re.sub(r"\s+", "", head)
    return next((name for name, form in COLUMNS if len(words) <= 20 and re.search(form, words)), "")


def _entry(row: dict[str, str], number: int, line: int) -> list[Line]:
    finding = re.sub(r"^\d{1,3}\s*[.．、]\s*", "", row["finding"])
    told = [Line(line, f"{number}.{finding}")]
    return [*told, *(Line(line, f"{label}：{row[name]}") for name, label in LABELS.items() if row.get(name))]
