"""Workbooks as offices make them, for the tests of the import: rows of cells in, bytes of a file out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from apps.issues.models import Inspection
from apps.measures.importing.working import work
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.units.models import User

Rows = Sequence[Sequence[Any]]
HEADINGS = ("序号", "方面", "反馈问题", "整改措施", "牵头单位", "配合单位", "责任人", "整改时限")


def workbook(rows: Rows, merges: Iterable[str] = (), *, name: str = "整改台账", more: Iterable[tuple[str, Rows]] = ()) -> bytes:
    """A workbook with one sheet, or with ``more`` besides."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, content in ((name, rows), *more):
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(list(row))
    for reference in merges:
        book.worksheets[0].merge_cells(reference)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def started(by: User, inspection: Inspection, data: bytes, name: str = "台账.xlsx") -> ImportRun:
    """The file handed in and read by a worker."""
    run = importing.start_import(actor=by, inspection=inspection, file=SimpleUploadedFile(name, data))
    work(run.pk)
    run.refresh_from_db()
    return run


def chosen(by: User, run: ImportRun, **choices: Any) -> ImportRun:
    """What the office decides about it, read anew."""
    importing.set_import(actor=by, run=run, choices=choices)
    work(run.pk)
    run.refresh_from_db()
    return run


def applied(by: User, run: ImportRun, reason: str = "按清单更新") -> ImportRun:
    """Confirmed and written."""
    importing.ask_apply(actor=by, run=run, fingerprint=run.plan["fingerprint"], reason=reason)
    work(run.pk)
    run.refresh_from_db()
    return run


def brought_in(by: User, inspection: Inspection) -> dict[str, int]:
    """By address, a file on its way in that asks about a column and a unit."""
    rows = [
        ("序号", "反馈问题", "整改措施", "谁来办", "牵头单位", "时限"),
        (1, "学习不够", "集中学习", "张三", "没有登记的单位", "2099年底"),
    ]
    run = started(by, inspection, workbook(rows))
    names = ("import", "import-columns", "import-units", "import-again", "import-confirm", "import-drop", "import-errors")
    return dict.fromkeys(names, run.pk)
