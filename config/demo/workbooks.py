"""A workbook of the demonstration that came back from its unit: one report that can be submitted, one cell that is wrong, one conflict."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import take_workbook
from apps.measures.workbooks.layout import FILLED, HEAD_ROW, MEASURES, OF_MEASURES, Passport
from apps.measures.workbooks.making import workbook
from apps.measures.workbooks.rows import may_be_reported, rows_of
from config.demo.people import People

SAID = "（示例）本期完成逐宗核对，形成问题清单，已约谈相关企业。"
FILLED_IN = 3


def hand_in(people: People, inspection: Inspection) -> None:
    """By the office for the unit of the liaison who shows the demonstration."""
    unit = people.users["liaison"].unit
    if unit is None:
        return
    rows = rows_of(inspection, unit, Measure.objects.all())
    open_ = [row for row in rows.measures if may_be_reported(row) and row.progress == Measure.State.ONGOING]
    if len(open_) < FILLED_IN:
        return
    conflict = max(open_, key=lambda row: row.version)
    said = Entry.objects.filter(book=inspection.book, subject_type="measure", subject_id=conflict.pk).latest("seq")
    # As if it had been taken along before the last act on that measure.
    conflict.version -= 1
    today = inspection.today()
    made = workbook(rows, Passport(inspection.pk, unit.pk, said.seq - 1, today, str(people.reviewer)))
    others = [row for row in open_ if row.pk != conflict.pk][: FILLED_IN - 1]
    file = SimpleUploadedFile(f"{unit.short_name}_离线填报（示例）.xlsx", _filled(made, [conflict, *others], str(today)))
    take_workbook(actor=people.reviewer, file=file)


def _filled(data: bytes, measures: list[Measure], today: str) -> bytes:
    book = load_workbook(io.BytesIO(data))
    sheet: Any = book[MEASURES]
    places = {column.key: place for place, column in enumerate(OF_MEASURES, start=1)}
    numbers = {sheet.cell(row=row, column=places["number"]).value: row for row in range(HEAD_ROW + 1, sheet.max_row + 1)}
    for place, measure in enumerate(measures):
        row = numbers[measure.number]
        for column in FILLED:
            sheet.cell(row=row, column=places[column.key]).value = None
        as_of = "月底" if place == 1 else today
        for key, value in {"claim": "推进中", "report": SAID, "as_of": as_of, "signed_by": "示例局长", "vouched": "是"}.items():
            sheet.cell(row=row, column=places[key]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
