"""No export holds a formula that somebody typed: all addresses that hand out tables are walked, in a house where all texts are formulas."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import F, Value
from django.db.models.functions import Concat, Length
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from apps.measures.cell_text import FORMULA_STARTS
from apps.reports.content import content_of
from apps.reports.models import Notice
from apps.reports.rendering.data import items_csv
from tests import append_only
from tests import factories as make
from tests.addresses import DOWNLOADS
from tests.test_bad_pages import House, house

__all__ = ("house",)

pytestmark = pytest.mark.django_db
ROOMS = ("units", "issues", "measures", "supervision", "reports")
TYPED = '=HYPERLINK("http://x")&'
KEPT = {
    "sha256",
    "media_type",
    "password",
    "username",
    "content_hash",
    "time_zone",
    "path",
    "token_hash",
    "digest",
    "code",
    "state",
    "slug",
}
"""Columns that nobody types; the names of accounts serve the sign-in."""
TABLES = {
    "measures:archive",
    "measures:catalogue",
    "measures:compare-export",
    "measures:export",
    "measures:export-figures",
    "measures:export-regulations",
    "measures:list",
    "measures:missing-export",
    "measures:workbook-export",
    "reports:check-export",
    "supervision:dashboard-export",
}
"""The addresses that hand out XLSX or CSV, or a ZIP that holds some, as the house makes them."""
MADE_BEFORE = {"reports:edition-csv", "reports:party-csv", "reports:rendered-file"}
"""Files of notices, which a worker makes of frozen content: the one that is a table is made here."""
AS_HANDED_IN = {
    *("measures:workbook-original", "measures:import-errors", "measures:evidence"),
    *("measures:regulation-file", "supervision:attachment"),
}
"""The very bytes that somebody handed in, checked when they came and never changed; import-errors marks cells in them."""


def poison() -> int:
    """Put a formula before every typed text of every row; how many columns were."""
    columns = 0
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        for column in model._meta.fields:
            typed = isinstance(column, models.CharField | models.TextField) and not isinstance(column, models.UUIDField)
            if not typed or column.choices or column.primary_key or column.name in KEPT or (column.max_length or 999) < 40:
                continue
            rows = model._base_manager.exclude(**{column.name: ""}).annotate(_long=Length(column.name))
            rows = rows.filter(_long__lt=(column.max_length or 9999) - len(TYPED))
            columns += bool(rows.update(**{column.name: Concat(Value(TYPED), F(column.name), output_field=models.TextField())}))
    return columns


def tables_in(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The tables that a download is, or holds."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
            if "xl/workbook.xml" in names:
                yield f"{name}.xlsx", data
            elif "word/document.xml" not in names:
                for member in names:
                    if member.endswith((".xlsx", ".csv", ".docx")) and "佐证" not in member.split("/")[0]:
                        yield from tables_in(member, package.read(member))
    elif name.endswith(".csv"):
        yield name, data


def formulas_in(name: str, data: bytes) -> list[str]:
    """The cells that a spreadsheet would compute."""
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
        return [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]
    book = load_workbook(io.BytesIO(data))
    found = []
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
            is_read = str(cell.value).startswith(FORMULA_STARTS) and not cell.quotePrefix
            if cell.data_type == "f" or is_read:
                found.append(f"{sheet.title} {cell.coordinate}")
    return found


QUERIES = {
    "measures:compare-export": f"?from={make.days(-30)}&to={make.today()}",
    "measures:workbook-export": "?unit={unit}&inspection={inspection}",
}


def downloaded(house: House, name: str) -> Iterator[tuple[str, bytes]]:
    """What the address hands out; of the lists each."""
    for path in addresses_of(house, name):
        answer: Any = house.browser(name).get(path)
        assert answer.status_code == 200, (name, answer.status_code, answer.content.decode()[:2000])
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        kind = answer["Content-Type"]
        yield from tables_in(f"{name}{'.csv' if 'csv' in kind else ''}", data)


def addresses_of(house: House, name: str) -> list[str]:
    if name == "measures:list":
        return [
            f"{reverse(name, args=(kind,))}{layout}"
            for kind in ("ledger", "issues", "tasks", "duties", "evidence")
            for layout in ("", "?layout=flat")
        ]
    return [
        house.address(name) + QUERIES.get(name, "").format(unit=house.rows["measures:unit"], inspection=house.rows["issues:inspection"])
    ]


def test_no_export_holds_a_formula(house: House) -> None:
    issue = house.rows["issues:sheet"]
    round_ = house.rows["issues:inspection"]
    rows = {"measures:archive": issue, "measures:catalogue": issue, "measures:compare-export": round_}
    house.rows.update({name: pk for name, pk in rows.items() if name not in house.rows})
    with append_only.lifted(connection):
        assert poison() > 40
    found: dict[str, int] = {}
    for name in sorted(TABLES):
        for table, data in downloaded(house, name):
            assert formulas_in(table, data) == [], (name, table)
            found[name] = found.get(name, 0) + 1
    assert set(found) == TABLES
    told = items_csv(content_of(Notice.objects.earliest("pk"), "society"))
    assert b"HYPERLINK" in told
    assert formulas_in("x.csv", told) == []


@pytest.mark.once
def test_every_download_is_walked_or_is_no_table() -> None:
    """A new address that hands out a file is put here, among the tables or among those that are none."""
    no_tables = {
        *(
            "measures:import-template",
            "help-picture",
            "ledgers:export",
            "ledgers:verifier",
            "measures:checking-paper",
            "measures:closing-paper",
        ),
        *("measures:evidence-shown", "measures:extension-paper", "measures:handover-paper", "reports:edition-docx", "reports:edition-json"),
        *(
            "reports:party-docx",
            "reports:party-json",
            "reports:party-pdf",
            "reports:proof",
            "reports:verifier",
            "reports:edition-pdf",
            "supervision:chart_pdf",
        ),
        *("supervision:letter_docx", "supervision:letter_pdf", "supervision:minutes", "supervision:photo-shown"),
    }
    assert TABLES | MADE_BEFORE | AS_HANDED_IN | no_tables == DOWNLOADS


@pytest.mark.once
def test_a_formula_would_be_found() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B2"] = "=1+1", "文字"
    out = io.BytesIO()
    book.save(out)
    assert formulas_in("x.xlsx", out.getvalue()) == ["Sheet A1"]
    assert formulas_in("x.csv", "\ufeff编号,'=1\r\n＝1,2\r\n".encode()) == ["＝1"]
    assert [name for name, _data in tables_in("x", out.getvalue())] == ["x.xlsx"]
