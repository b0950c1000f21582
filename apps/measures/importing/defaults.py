"""What the office fills in where the text says nothing, and where it is told to do so: a list has its columns, a notice its draft."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from apps.measures.models import ImportRun

UNSORTED = "反馈问题"
NO_LEAD: dict[str, str] = {
    ImportRun.Kind.LIST: "请在清单里填写；都没有的，可以在“列对应”里选一个单位先记着，以后再分工",
    ImportRun.Kind.NOTICE: "请回去改草稿：在那一条里选，都没有的，在最下面统一填，以后再分工",
}
NO_DUE: dict[str, str] = {
    ImportRun.Kind.LIST: "请在清单里填写；都没有的，可以在“列对应”里统一填一个日期。没有期限的写“长期坚持”",
    ImportRun.Kind.NOTICE: "请回去改草稿，在最下面统一填",
}


@dataclass(frozen=True)
class Defaults:
    """What the office fills in for new rows of which the list does not say it."""

    category: str = UNSORTED
    lead_unit: int | None = None
    due_on: dt.date | None = None
    at_once_on: dt.date | None = None
    renumber: bool = False
    kind: str = ImportRun.Kind.LIST

    @classmethod
    def of(cls, run: ImportRun) -> Self:
        data = run.choices

        def day(name: str) -> dt.date | None:
            return dt.date.fromisoformat(data[name]) if data.get(name) else None

        renumber = bool(data.get("renumber", False))
        return cls(data.get("category") or UNSORTED, data.get("lead_unit"), day("due_on"), day("at_once_on"), renumber, run.kind)
