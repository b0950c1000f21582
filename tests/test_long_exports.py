"""A long export: memory that does not grow with the rows, and a file that programs read."""

from __future__ import annotations

import datetime as dt
import gc
import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.measures import tables
from apps.measures.long_sheets import written
from apps.measures.models import Measure
from tests import factories as make

MOST_GROWTH = 40
"""Megabytes; a sheet of openpyxl with as many rows takes two thousand."""
ROWS = 100_000
PORTION, FEW, MANY = 100, 300, 900
PROGRAM = """
import json, resource, sys
import django
from django.conf import settings
from django.db import connection
from django.test import Client
settings.configure(UPLOAD_DIR={folder!r}, INSTALLED_APPS=[])
from apps.measures.long_sheets import written
rows = ([f"整改措施第{{row}}条，逐项核实并建立台账" if column % 2 else row for column in range(19)] for row in range({rows}))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
with written("清单", "标题", ["说明"], [("列", 10)] * 19, iter([["x"] * 19])) as small:
    before = peak()
with written("清单", "标题", ["说明"], [("列", 10)] * 19, rows) as file:
    print(json.dumps({{"grown": peak() - before, "size": file.seek(0, 2)}}))
"""


@pytest.mark.once
def test_a_hundred_thousand_rows_take_no_more_memory_than_one() -> None:
    program = PROGRAM.format(folder=str(settings.UPLOAD_DIR), rows=ROWS)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=settings.BASE_DIR)
    facts = json.loads(done.stdout)
    assert facts["size"] > 1_000_000, "all rows were written"
    assert facts["grown"] < MOST_GROWTH, facts


@pytest.mark.django_db
def test_the_registers_export_holds_a_portion_of_its_measures_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = make.issue()
    make.measures(issue, 120)
    alive: list[int] = []

    def count(_measure: Measure, _day: dt.date) -> int:
        gc.collect()
        alive.append(sum(isinstance(thing, Measure) for thing in gc.get_objects()))
        return len(alive)

    column = tables.Column("number", "编号", lambda row, day: row.number if row.ordinal % 40 else f"{row.number} {count(row, day)}", 8)
    monkeypatch.setattr("apps.measures.views.register.CHUNK", 20)
    monkeypatch.setattr("apps.measures.tables.workbook.__kwdefaults__", {"columns": (column,), "name": "整改台账"})
    answer: Any = make.signed_in(make.office()).get(reverse("measures:export"))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    assert sheet.max_row == tables.HEADER_ROW + 120
    assert len(alive) == 3
    assert max(alive) <= 2 * 20 + 5, alive


def multiplied(measure: Measure, start: int, end: int) -> None:
    """Measures of the same kind below the same issue, with these numbers, made by the database itself."""
    names = [str(field.column) for field in Measure._meta.concrete_fields]
    columns = ", ".join(name for name in names if name not in ("id", "ordinal"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE counted(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM counted WHERE n < %s) "
            f"INSERT INTO {Measure._meta.db_table} (ordinal, {columns}) "
            f"SELECT n, {columns} FROM counted CROSS JOIN {Measure._meta.db_table} WHERE id = %s",
            [start, end, measure.pk],
        )


def held(browser: Client, rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes that are held, rubbish taken away, while the page's export is near its last row."""
    found, place = [0], [0]

    def looked(measure: Measure, _day: dt.date) -> str:
        place[0] += 1
        if place[0] == rows - 50:
            gc.collect()
            found[0] = tracemalloc.get_traced_memory()[0]
        return measure.number

    columns = tuple(tables.Column("number", "编号", looked, 8) if one.key == "number" else one for one in tables.COLUMNS)
    monkeypatch.setattr("apps.measures.tables.workbook.__kwdefaults__", {"columns": columns, "name": "整改台账"})
    tracemalloc.start()
    answer: Any = browser.get(reverse("measures:export"))
    tracemalloc.stop()
    answer.close()
    assert place[0] == rows
    return found[0]


@pytest.mark.django_db
def test_the_export_of_many_real_rows_holds_no_more_than_that_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the database through the page itself; the control reads them all at once."""
    measure = make.measure(text="逐项核实并建立台账，逐月报告进展。")
    browser = make.signed_in(make.office())
    browser.get(reverse("measures:export")).close()  # what is loaded once
    monkeypatch.setattr("apps.measures.views.register.CHUNK", PORTION)
    multiplied(measure, 2, FEW)
    few = held(browser, FEW, monkeypatch)
    multiplied(measure, FEW + 1, MANY)
    assert held(browser, MANY, monkeypatch) < few * 1.3
    monkeypatch.setattr("apps.measures.views.register.CHUNK", MANY)
    assert held(browser, MANY, monkeypatch) > few * 3


@pytest.mark.once
def test_what_cells_hold_comes_back_as_it_was() -> None:
    texts = ["=1+1", "a\nb", "<&>\"'", " 空格 ", "\x00=1", "a\rb", "字" * 40_000, "\ud800坏", "", None]
    with written(
        "表'一", "标题", ["一", "二"], [("文字", 30), ("数", 8), ("日", 12)], ([text, 1.5, dt.date(2025, 3, 1)] for text in texts)
    ) as file:
        sheet = load_workbook(file)["表'一"]
    assert sheet.print_title_rows == "$1:$4"
    assert sheet.freeze_panes == "A5"
    assert sorted(str(merged) for merged in sheet.merged_cells.ranges) == ["A1:C1", "A2:C2", "A3:C3"]
    found = [sheet.cell(row=row, column=1) for row in range(5, 5 + len(texts))]
    assert [cell.value for cell in found[:6]] == ["=1+1", "a\nb", "<&>\"'", " 空格 ", "=1", "a\rb"]
    assert [cell.quotePrefix for cell in found[:5]] == [True, False, False, False, True]
    assert {cell.data_type for cell in found[:8]} == {"s"}
    assert [len(str(cell.value)) for cell in found[6:8]] == [32_767, 1]
    assert [cell.value for cell in found[8:]] == [None, None]
    assert (sheet["B5"].value, sheet["C5"].value) == (1.5, dt.datetime.fromisoformat("2025-03-01"))


def rows_that_break() -> Iterator[list[str]]:
    yield ["一"]
    raise RuntimeError


@pytest.mark.once
def test_rows_that_break_leave_no_file_open() -> None:
    with pytest.raises(RuntimeError):
        written("表", "标题", [], [("文字", 30)], rows_that_break())
