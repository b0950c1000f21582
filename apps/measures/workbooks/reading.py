"""What a filled-in workbook says: for each measure its report, figures and files, with what cannot be understood at its cell.

Columns are known by their headings and rows by their marks, so that neither their order nor moved rows matter. Nothing here asks the
ledger; what comes out goes to JSON and back.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Self, TypeVar

from django.core.signing import BadSignature

from apps.measures.importing.opening import opened
from apps.measures.importing.rows import is_broken
from apps.measures.importing.sheets import Plain, Sheet, Workbook, plain_text
from apps.measures.importing.tree import Origin
from apps.measures.services.content.verdict import refusal
from apps.measures.workbooks.layout import (
    CLAIMS,
    EVIDENCE,
    FIGURES,
    MEASURES,
    OF_EVIDENCE,
    OF_FIGURES,
    OF_MEASURES,
    PASSPORT,
    Column,
    Passport,
    parts_of,
)
from apps.measures.workbooks.rows import MOST_MEASURES
from apps.measures.workbooks.values import NotUnderstood, day_of, number_of, squeezed, yes_of

FOREIGN = "这不是本系统导出的离线工作簿，或“系统信息”表已被删除、改动。请重新导出工作簿，把填好的内容复制过去再上传；清单请从“导入清单”上传"
LATER = "这份工作簿是新版本系统导出的，请重新导出后再填报"
TOO_MUCH = f"“{{}}”表里填了内容的行超过 {MOST_MEASURES} 行，或错误太多。请删去多余的行；确有这么多的，请把填好的内容分到几份工作簿上传"
MOST_CHARACTERS = 2_000_000
TOO_LONG = f"工作簿里的文字合计超过 {MOST_CHARACTERS // 10_000} 万字。请只写本期情况，删去粘贴进来的材料，或分到几份工作簿上传"
SEARCHED_ROWS = 20
MOST_NAMED = 5
MOST_PROBLEMS = 5 * MOST_MEASURES
Made = TypeVar("Made")
NUMBER = re.compile(r"\d{1,4}-\d{1,3}")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: where it stands, what stands there, what to do."""

    sheet: str
    row: int
    column: int
    given: str
    message: str

    @property
    def place(self) -> str:
        return Origin(self.sheet, self.row, self.column).cell

    @property
    def where(self) -> str:
        return f"“{self.sheet}”表 {self.place}"


@dataclass
class FilledReport:
    """A row of the measures' sheet in which something was filled in. ``version`` and ``report`` are of the ledger it was made from,
    None where the mark is gone."""

    row: int
    number: str
    measure: int | None
    version: int | None
    report: int | None
    claim: str = ""
    text: str = ""
    as_of: str = ""
    difficulties: str = ""
    next_step: str = ""
    signed_by: str = ""
    vouched: bool = False
    stage_goal: str = ""
    next_review_on: str = ""
    measure_text: str | None = None
    """The words of the measure, which are locked, as they came back; None where the column is gone."""


@dataclass
class FilledFigure:
    """A figure that was filled in; ``reading`` is the latest that the workbook knew (0: none), None where the mark is gone."""

    row: int
    number: str
    name: str
    indicator: int | None
    reading: int | None
    value: str = ""
    as_of: str = ""


@dataclass
class FilledFile:
    """A file that was named; ``version`` is that of a returned report which is handed in again."""

    row: int
    number: str
    file: str
    name: str = ""
    effective_on: str = ""
    description: str = ""
    version: int | None = None


@dataclass
class Filled:
    """All that a workbook says. ``cells`` is where each field of each row stands, by sheet and key."""

    reports: list[FilledReport] = field(default_factory=list)
    figures: list[FilledFigure] = field(default_factory=list)
    files: list[FilledFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._noted = set(self.problems)
        self.characters = 0

    def note(self, problem: Problem) -> None:
        """Each problem once."""
        if problem not in self._noted:
            self._noted.add(problem)
            self.problems.append(problem)

    def problem(self, sheet: str, row: int, key: str, given: object, message: str) -> Problem:
        return Problem(sheet, row, self.columns.get(sheet, {}).get(key, 1), str(given), message)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(
            [FilledReport(**row) for row in data["reports"]],
            [FilledFigure(**row) for row in data["figures"]],
            [FilledFile(**row) for row in data["files"]],
            [Problem(**row) for row in data["problems"]],
            data["columns"],
        )


def read(name: str, data: bytes) -> tuple[Passport, Filled]:
    """The passport and the content of a workbook; ActRefused (field ``file``) where it is none of the house."""
    book = opened(name, data)
    passport = _passport(book)
    found = Filled()
    for title, columns, take in (
        (MEASURES, OF_MEASURES, _take_report),
        (FIGURES, OF_FIGURES, _take_figure),
        (EVIDENCE, OF_EVIDENCE, _take_file),
    ):
        sheet = _sheet(book, title)
        if sheet is None:
            raise refusal(f"工作簿里没有“{title}”表。请重新导出工作簿，把填好的内容复制过去再上传")
        head, places = _headings(sheet, title, columns)
        found.columns[title] = places
        for row in sorted(number for number in sheet.rows if number > head):
            take(found, _Row(found, sheet, title, row, {column.key: column for column in columns}, places), passport.unit)
            if max(len(found.reports), len(found.figures), len(found.files)) > MOST_MEASURES or len(found.problems) > MOST_PROBLEMS:
                raise refusal(TOO_MUCH.format(title))
            if found.characters > MOST_CHARACTERS:
                raise refusal(TOO_LONG)
    _refuse_doubles(found)
    return passport, found


def _passport(book: Workbook) -> Passport:
    sheet = _sheet(book, PASSPORT)
    words = plain_text(sheet.at(1, 1)) if sheet else ""
    try:
        return Passport.opened(words)
    except BadSignature as error:
        raise refusal(FOREIGN) from error
    except (ValueError, TypeError) as error:
        raise refusal(LATER) from error


def _sheet(book: Workbook, title: str) -> Sheet | None:
    return next((sheet for sheet in book.sheets if squeezed(sheet.name) == title), None)


def _headings(sheet: Sheet, title: str, columns: tuple[Column, ...]) -> tuple[int, dict[str, int]]:
    """The row of the headings, and where each column stands."""
    wanted = {column.heading: column.key for column in columns}
    for row in range(1, SEARCHED_ROWS + 1):
        texts = {plain_text(value).split("\n")[0]: place for place, value in sheet.rows.get(row, {}).items()}
        places = {wanted[_plain_heading(words, wanted)]: place for words, place in texts.items() if _plain_heading(words, wanted)}
        if len(places) >= len(columns) // 2:
            missing = [column.heading for column in columns if column.kind and column.key not in places]
            if missing:
                raise refusal(f"“{title}”表缺少“{'、'.join(missing)}”列，请重新导出工作簿，把填好的内容复制过去再上传")
            return row, places
    raise refusal(f"“{title}”表里找不到列标题，请重新导出工作簿，把填好的内容复制过去再上传")


def _plain_heading(words: str, wanted: dict[str, str]) -> str:
    return next((heading for heading in wanted if squeezed(heading) == squeezed(words)), "")


class _Row:
    """One row: its cells by key; what is not understood is noted as a problem of the cell."""

    def __init__(self, found: Filled, sheet: Sheet, title: str, row: int, columns: dict[str, Column], places: dict[str, int]) -> None:
        self.found, self.sheet, self.title, self.row, self.columns, self.places = found, sheet, title, row, columns, places

    def as_written(self, key: str) -> Plain | None:
        place = self.places.get(key)
        if place is None:
            return None
        if (self.row, place) in self.sheet.uncomputed:
            self.note(key, "单元格是没有算出结果的公式，请改成填写结果")
        return self.sheet.at(self.row, place)

    def note(self, key: str, message: str) -> None:
        given = plain_text(self.sheet.at(self.row, self.places.get(key, 0)))
        self.found.note(self.found.problem(self.title, self.row, key, given[:200], message))

    def words(self, key: str) -> str:
        text = plain_text(self.as_written(key))
        if is_broken(text.strip()):
            self.note(key, f"公式出错（{text.strip()[:20]}）。开头写了等号的，表格软件会当成公式，请去掉等号，重新填写文字或数")
            return ""
        longest = self.columns[key].longest
        if longest and len(text) > longest:
            self.note(key, f"不能超过 {longest} 个字，现在有 {len(text)} 个字，请精简")
            text = text[:longest]
        self.found.characters += len(text)
        return text

    def day(self, key: str) -> str:
        return self._read(key, lambda value: day_of(value).isoformat(), "")

    def yes(self, key: str) -> bool:
        return bool(self._read(key, yes_of, None))

    def claim(self, key: str) -> str:
        def read(value: Plain) -> str:
            words = squeezed(value)
            if words not in CLAIMS:
                raise NotUnderstood(f"请从列表中选：{'、'.join(CLAIMS)}")
            return CLAIMS[words]

        return self._read(key, read, "")

    def number(self, key: str) -> str:
        """The number of a measure, however it was typed; 8-1 that became a day is told."""
        value = self.as_written(key)
        if value is None:
            return ""
        if isinstance(value, dt.date):
            self.note(key, "措施编号被表格软件改成了日期，请把格子设成文本后重新填写")
            return ""
        words = re.sub(r"\s*[-－—–―‐]+\s*", "-", squeezed(value)).removeprefix("措施").strip()
        if not NUMBER.fullmatch(words):
            self.note(key, "请填措施编号，例如 63-2")
            return ""
        return words

    def parts(self, unit: int, count: int) -> tuple[int, ...] | None:
        return parts_of(plain_text(self.as_written("mark")), unit, count)

    def _read(self, key: str, read: Callable[[Plain], Made], nothing: Made) -> Made:
        value = self.as_written(key)
        if value is None:
            return nothing
        try:
            return read(value)
        except NotUnderstood as trouble:
            self.note(key, str(trouble))
            return nothing


def _take_report(found: Filled, row: _Row, unit: int) -> None:
    keys = [column.key for column in OF_MEASURES if column.kind]
    if not any(row.sheet.at(row.row, row.places[key]) is not None for key in keys):
        return
    measure, version, latest = row.parts(unit, 3) or (None, None, None)
    report = FilledReport(
        row=row.row,
        number=row.number("number"),
        measure=measure,
        version=version,
        report=latest,
        claim=row.claim("claim"),
        text=row.words("report"),
        as_of=row.day("as_of"),
        difficulties=row.words("difficulties"),
        next_step=row.words("next_step"),
        signed_by=row.words("signed_by"),
        vouched=row.yes("vouched"),
        stage_goal=row.words("stage_goal"),
        next_review_on=row.day("next_review_on"),
        measure_text=plain_text(row.as_written("text")) if "text" in row.places else None,
    )
    found.characters += len(report.measure_text or "")
    found.reports.append(report)


def _take_figure(found: Filled, row: _Row, unit: int) -> None:
    if all(row.sheet.at(row.row, row.places[key]) is None for key in ("value", "as_of")):
        return
    indicator, reading = row.parts(unit, 2) or (None, None)
    shown_unit, value = row.words("unit"), ""
    if row.as_written("value") is not None:
        value = row._read("value", lambda given: str(number_of(given, shown_unit)), "")
    else:
        row.note("value", "填写了截至日期，还没有填累计数；没有变化的请把日期也清空")
    as_of = row.day("as_of")
    if row.as_written("as_of") is None:
        row.note("as_of", "请填写这个数的截至日期")
    found.figures.append(FilledFigure(row.row, row.number("number"), row.words("name"), indicator, reading, value, as_of))


def _take_file(found: Filled, row: _Row, unit: int) -> None:
    parts = row.parts(unit, 2)
    if parts is not None and not row.yes("again"):
        return
    if all(row.sheet.at(row.row, row.places[key]) is None for key in ("file", "name", "effective_on", "description")):
        if row.as_written("number") is not None:
            row.note("file", "填写了措施编号，还没有填文件名")
        return
    file, day = row.words("file"), row.day("effective_on")
    if row.as_written("number") is None:
        row.note("number", "请填这份材料证明哪条措施")
    if not file:
        row.note("file", "请填文件名，要与压缩包里的一致")
    if row.as_written("effective_on") is None:
        row.note("effective_on", "请填写材料日期")
    version = parts[0] if parts else None
    found.files.append(FilledFile(row.row, row.number("number"), file, row.words("name"), day, row.words("description"), version))


def _refuse_doubles(found: Filled) -> None:
    """A measure that stands in several rows, by its mark or its number, is told at each: which of them counts is for people to say."""
    rows: dict[object, list[FilledReport]] = defaultdict(list)
    for report in found.reports:
        for key in filter(None, (report.measure, report.number)):
            rows[key].append(report)
    for same in rows.values():
        for report in same if len(same) > 1 else ():
            others = [other.row for other in same[: MOST_NAMED + 1] if other is not report][:MOST_NAMED]
            more = "等" if len(same) > MOST_NAMED + 1 else ""
            message = f"这条措施在第 {'、'.join(map(str, others))} 行{more}也填了，请只留一行"
            found.note(found.problem(MEASURES, report.row, "number", report.number, message))
