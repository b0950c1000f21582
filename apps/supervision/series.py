"""A figure of the dashboard as rows and columns: page, chart, API and workbook are four ways of showing one ``Series``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

WHOLE = "合计"
MOST_BARS = 15
# What the rows of each figure are, which heads their column.
LEADS = "牵头单位"
ROWS_ARE = {
    "headline": "指标",
    "since": "变化",
    "remaining": "日期",
    "marks": "方面",
    "tracks": "方面",
    "flow": "周",
    "ages": "逾期时长",
    "nature": "整改性质",
    "pace": "整改类型",
    "leader": "责任领导",
    "ranking": LEADS,
    "heat": LEADS,
    "units": LEADS,
    "money": LEADS,
    "money-category": "方面",
    "regulations": "制度类别",
    "relapse": LEADS,
    "forecast-units": LEADS,
    "forecast": "措施编号",
    "back-test": "预测时点",
}
Value = int | Decimal | str | dt.date | None


@dataclass(frozen=True)
class Column:
    """A column: its code, its heading, what it is counted in; ``red`` where a number says that something is overdue."""

    key: str
    label: str
    unit: str = "条"
    red: bool = False

    @property
    def is_text(self) -> bool:
        return not self.unit

    @property
    def short(self) -> str:
        """On the page, where what is not said otherwise is counted in 条."""
        return self.label if self.unit == "条" else self.head

    @property
    def head(self) -> str:
        return f"{self.label}（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True)
class Cell:
    """One figure, and the address that lists exactly what it counts."""

    value: Value
    href: str = ""

    @property
    def shown(self) -> str:
        return "—" if self.value is None else str(self.value)


@dataclass(frozen=True)
class Line:
    """A row: what it is of, and its figures in the order of the columns."""

    label: str
    cells: Sequence[Cell]
    href: str = ""


@dataclass(frozen=True)
class Series:
    """A figure with its formula, its conclusion in words, and how it may be drawn.

    ``chart``: ``curve``, ``marks``, ``lines``, ``bars``, ``stack`` or ``heat`` (static/js/dashboard.js); ``drawn`` names the columns
    that are drawn, all numbers where it is empty.
    """

    key: str
    title: str
    of: str
    formula: str
    conclusion: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    chart: str = ""
    drawn: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    empty: str = "范围内还没有数据。"

    @property
    def rows_are(self) -> str:
        return ROWS_ARE[self.key]

    @property
    def table(self) -> list[tuple[Line, list[tuple[Column, Cell]]]]:
        """Each row with its cells beside their columns."""
        return [(line, list(zip(self.columns, line.cells, strict=True))) for line in self.lines]

    @property
    def cut(self) -> int:
        """How many rows are drawn, where that is not all of them."""
        return len(self._drawn_lines) if self.chart == "bars" and len(self._drawn_lines) < len(self._single_lines) else 0

    @property
    def _single_lines(self) -> list[Line]:
        """Without the sum, beside which nothing else could be seen."""
        return [line for line in self.lines if line.label != WHOLE]

    @property
    def _drawn_lines(self) -> list[Line]:
        lines = self._single_lines
        if self.chart == "bars" and len(lines) > MOST_BARS:
            places = self._drawn_places
            lines = [line for line in lines if any(line.cells[place].value for place in places)][:MOST_BARS]
        return lines

    @property
    def _drawn_places(self) -> list[int]:
        return [place for place, column in enumerate(self.columns) if not column.is_text and (not self.drawn or column.key in self.drawn)]

    @property
    def for_chart(self) -> dict[str, Any]:
        """What static/js/dashboard.js draws: the same numbers as in the table."""
        lines = self._drawn_lines
        return {
            "kind": self.chart,
            "names": [line.label for line in lines],
            "series": [
                {
                    "key": self.columns[place].key,
                    "name": self.columns[place].label,
                    "unit": self.columns[place].unit,
                    "red": self.columns[place].red,
                    "values": [_number(line.cells[place].value) for line in lines],
                }
                for place in self._drawn_places
            ],
            **self.extra,
        }

    @property
    def for_api(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "formula": self.formula,
            "conclusion": self.conclusion,
            "rows_are": self.rows_are,
            "columns": [{"key": column.key, "name": column.label, "unit": column.unit} for column in self.columns],
            "rows": [
                {
                    "name": line.label,
                    "values": {column.key: plain(cell.value) for column, cell in zip(self.columns, line.cells, strict=True)},
                }
                for line in self.lines
            ],
        }


def plain(value: Value) -> int | str | None:
    """As JSON has it: counts as numbers, rates, money and days as text that loses nothing."""
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _number(value: Value) -> float | int | None:
    return float(value) if isinstance(value, Decimal) else value if isinstance(value, int) else None
