"""A unit's workbook in the hands of the unit: taken along, filled in by heading, saved, handed in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from apps.issues.models import Inspection, Issue
from apps.measures.models import Measure, Progress, ReturnedWorkbook
from apps.measures.services import add_package, submit_workbook, take_workbook
from apps.measures.workbooks.comparing import Preview, Row, preview
from apps.measures.workbooks.layout import EVIDENCE, FIGURES, HEAD_ROW, MEASURES
from apps.units.models import Unit, User
from tests import factories as make

PLAIN = {
    "本期状态": "推进中",
    "本期进展": "已逐项核实，台账建成。",
    "截至日期": make.today(),
    "签发领导": "张局长",
    "真实性承诺": "是",
}


def export(who: User, inspection: Inspection, unit: Unit) -> bytes:
    answer = make.signed_in(who).get(reverse("measures:workbook-export"), {"inspection": inspection.pk, "unit": unit.pk})
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content


class Filling:
    """The workbook while it is filled in."""

    def __init__(self, data: bytes) -> None:
        self.book: Workbook = load_workbook(io.BytesIO(data))

    def places(self, sheet: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for cell in self.book[sheet][HEAD_ROW]:
            found.setdefault(str(cell.value), cell.column or 0)
        return found

    def sheet(self, name: str) -> Worksheet:
        return self.book[name]

    def row_of(self, sheet: str, heading: str, value: object) -> int:
        column = self.places(sheet)[heading]
        rows = self.book[sheet].iter_rows(min_row=HEAD_ROW + 1, min_col=column, max_col=column)
        return next(cell.row or 0 for (cell,) in rows if cell.value == value)

    def put(self, sheet: str, row: int, values: Mapping[str, Any]) -> None:
        places = self.places(sheet)
        for heading, value in values.items():
            self.book[sheet].cell(row=row, column=places[heading]).value = value

    def report(self, measure: Measure, **values: Any) -> None:
        """Fill in the row of a measure; what is not said is as in ``PLAIN``."""
        self.put(MEASURES, self.row_of(MEASURES, "编号", measure.number), {**PLAIN, **values})

    def figure(self, name: str, **values: Any) -> None:
        self.put(FIGURES, self.row_of(FIGURES, "指标", name), {"截至日期": make.today(), **values})

    def file(self, measure: Measure, name: str, **values: Any) -> None:
        """Name a file in the first blank row."""
        row = self.row_of(EVIDENCE, "措施编号", None)
        self.put(EVIDENCE, row, {"措施编号": measure.number, "文件名": name, "材料日期": make.today(), **values})

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def upload(self, name: str = "填报.xlsx") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, self.saved())

    def taken(self, by: User) -> ReturnedWorkbook:
        return take_workbook(actor=by, file=self.upload())


def begun(who: User, inspection: Inspection, unit: Unit) -> Filling:
    return Filling(export(who, inspection, unit))


def start(who: User, issue: Issue) -> Filling:
    """The workbook of the unit that leads the issue."""
    return begun(who, issue.category.inspection, issue.lead_unit)


def liaison_of(issue: Issue) -> User:
    """A fixture: the liaison of the unit that leads the issue, who fills in its workbook."""
    return make.liaison(issue.lead_unit)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A package; the same files give the same bytes, whatever the clock says."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def in_gbk(files: Mapping[str, bytes]) -> bytes:
    """As Windows in Chinese packs: names in GBK, without the flag of UTF-8."""
    stand_ins = {f"{place:x>{len(name.encode('gbk'))}}": name for place, name in enumerate(files)}
    data = zipped({stand_in: files[name] for stand_in, name in stand_ins.items()})
    for stand_in, name in stand_ins.items():
        data = data.replace(stand_in.encode(), name.encode("gbk"))
    return data


def package(workbook: ReturnedWorkbook, by: User, files: Mapping[str, bytes]) -> None:
    add_package(actor=by, workbook=workbook, file=SimpleUploadedFile("材料.zip", zipped(files)))


def looked_at(workbook: ReturnedWorkbook, by: User) -> Preview:
    return preview(ReturnedWorkbook.objects.get(pk=workbook.pk), by)


def row_of(workbook: ReturnedWorkbook, by: User, measure: Measure) -> Row:
    return next(row for row in looked_at(workbook, by).rows if row.measure.pk == measure.pk)


def submitted(workbook: ReturnedWorkbook, by: User, **facts: Any) -> list[Progress]:
    """All rows that may be submitted, as the preview of this moment shows them."""
    chosen = {row.measure.pk: row.token for row in looked_at(workbook, by).submittable}
    return submit_workbook(actor=by, workbook=workbook, chosen=chosen, **facts)
