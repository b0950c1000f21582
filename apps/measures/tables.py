"""The columns of the register, once for the page's heading and the workbook; and what every cell of a workbook goes through.

The workbook is written to disk row by row (``long_sheets.py``): 100,000 measures need no more memory than 100.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from openpyxl.cell.cell import Cell

from apps.measures.cell_text import is_read_as_formula, spelled, storable
from apps.measures.long_sheets import written
from apps.measures.models import Measure, Progress
from apps.measures.templatetags.measure_ui import due_words, was_returned

HEADER_ROW = 4
CHUNK = 1000
"""How many rows are read at once for a workbook."""
DATE = "yyyy-mm-dd"


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what it says of a measure on a day, how wide it is in the workbook (characters)."""

    key: str
    header: str
    value: Callable[[Measure, dt.date], Any]
    width: int
    on_screen: bool = False


def supporting(measure: Measure) -> str:
    return "、".join(unit.short_name for unit in measure.supporting_units.all())


def state_words(measure: Measure) -> str:
    returned = measure.progress == Measure.State.ONGOING and was_returned(measure)
    return "退回补正" if returned else str(measure.get_progress_display())


def provenance(measure: Measure) -> str:
    """“示例”, or the columns that are demonstration data."""
    if measure.is_demonstration:
        return "示例"
    names = [_FIELDS[name] for name in measure.demonstrated if name in _FIELDS]
    return f"示例：{'、'.join(names)}" if names else ""


_FIELDS = {field.name: str(field.verbose_name) for field in (*Measure._meta.fields, *Measure._meta.many_to_many)}


def last_said(row: Measure) -> str:
    """The words of the latest report; one that was found untrue on site says so first."""
    words: str = getattr(row, "last_text", "") or ""
    return f"（{Progress.UNFOUNDED}，不再计入）{words}" if getattr(row, "last_unfounded_on", None) else words


COLUMNS = (
    Column("category", "方面", lambda row, _day: str(row.issue.category), 22),
    Column("issue", "问题编号", lambda row, _day: row.issue.number, 7),
    Column("title", "整改事项", lambda row, _day: row.issue.title, 24),
    Column("number", "编号", lambda row, _day: row.number, 8, on_screen=True),
    Column("text", "整改措施", lambda row, _day: row.text, 44, on_screen=True),
    Column("nature", "类型", lambda row, _day: row.get_nature_display(), 8, on_screen=True),
    Column("pace", "整改类型", lambda row, _day: row.get_pace_display(), 9),
    Column("unit", "牵头单位", lambda row, _day: row.lead_unit.short_name, 14, on_screen=True),
    Column("supporting", "配合单位", lambda row, _day: supporting(row), 16),
    Column("person", "责任人", lambda row, _day: row.person, 10),
    Column("due", "整改时限", lambda row, _day: row.due_on, 12, on_screen=True),
    Column("original", "原定时限", lambda row, _day: row.original_due_on, 12),
    Column("timeliness", "时限情况", lambda row, day: due_words(row, day)[1], 13),
    Column("state", "状态", lambda row, _day: state_words(row), 10, on_screen=True),
    Column("closure", "销号", lambda row, _day: row.issue.get_closure_display(), 9),
    Column("last", "最近进展", lambda row, _day: last_said(row), 40, on_screen=True),
    Column("last_as_of", "进展截至", lambda row, _day: getattr(row, "last_as_of", None), 12),
    Column("evidence", "佐证材料（份）", lambda row, _day: getattr(row, "evidence_count", 0), 9),
    Column("provenance", "示例标注", lambda row, _day: provenance(row), 16),
)
ON_SCREEN = tuple(column for column in COLUMNS if column.on_screen)


def workbook(
    title: str,
    notes: Sequence[str],
    measures: Iterable[Measure],
    today: dt.date,
    *,
    columns: Sequence[Column] = COLUMNS,
    name: str = "整改台账",
) -> IO[bytes]:
    """An XLSX of the measures on disk: title, two lines of notes (as-of date, filters), headings repeated on each printed page."""
    rows = ([column.value(measure, today) for column in columns] for measure in measures)
    return written(name, title, notes, [(column.header, column.width) for column in columns], rows)


def write(cell: Cell | Any, value: Any) -> Cell | Any:
    """Put a value in a cell so that text stays text: it is typed as a string and, where a program might read a formula,
    marked with the apostrophe that spreadsheets hide (security: CSV and formula injection)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell.value = value
    elif isinstance(value, dt.date):
        cell.value, cell.number_format = value, DATE
    else:
        text = storable(value)
        cell.value = spelled(text) or None
        if text:
            cell.data_type = "s"
            cell.quotePrefix = is_read_as_formula(text)
    return cell
