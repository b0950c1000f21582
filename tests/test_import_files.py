"""Files that are handed in as lists: what is read, and what is refused with words that say what to do (security.md S-42…S-44, S-50)."""

from __future__ import annotations

import datetime as dt
import io
import resource
import tracemalloc
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from apps.measures.importing import sheets
from apps.measures.importing.marking import marked, template
from apps.measures.importing.opening import EMPTY, LOCKED, OLD, SWOLLEN, opened
from apps.measures.importing.sheets import BROKEN, NO_TABLE, TOO_MANY_CELLS
from apps.measures.importing.tree import Finding, Level, Origin
from apps.measures.services.content import DAMAGED
from apps.units.errors import ActRefused
from tests import corpus
from tests.lists import workbook

pytestmark = pytest.mark.once
ROWS = [("序号", "反馈问题"), (1, "学习不够")]
TEXT = "序号,反馈问题\r\n1,学习不够\r\n"
CONTENT_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="清单" sheetId="1" r:id="rId1"/></sheets>
</workbook>"""
RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="worksheets/sheet1.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>
</Relationships>"""


def package(sheet: str, **more: str) -> bytes:
    """A workbook as XML by hand."""
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet,
    }
    return corpus.archive({**parts, **more})


def sheet_of(rows: str) -> str:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'


def refused(data: bytes, name: str = "台账.xlsx") -> str:
    with pytest.raises(ActRefused) as caught:
        opened(name, data)
    assert caught.value.field == "file"
    return caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_of_every_usual_encoding(encoding: str, mark: str) -> None:
    sheet = opened("台账.csv", TEXT.replace(",", mark).encode(encoding)).sheets[0]
    assert sheet.rows == {1: {1: "序号", 2: "反馈问题"}, 2: {1: "1", 2: "学习不够"}}


def test_csv_keeps_line_ends_within_quotes_and_takes_off_what_guards_formulas() -> None:
    data = '序号,措施\n="01","1.修订\n2.培训"\n2,\'=1+1\n'.encode()
    assert opened("台账.csv", data).sheets[0].rows[2] == {1: "01", 2: "1.修订\n2.培训"}
    assert opened("台账.csv", data).sheets[0].rows[3] == {1: "2", 2: "=1+1"}


def test_a_workbook_gives_days_numbers_and_texts() -> None:
    data = workbook([("a", dt.date(2025, 8, 31), 45900, 1.5, True, "甲\n乙")], ["A1:A3"])
    (sheet,) = opened("台账.xlsx", data).sheets
    assert sheet.rows[1] == {1: "a", 2: dt.datetime.combine(dt.date(2025, 8, 31), dt.time()), 3: 45900, 4: 1.5, 5: True, 6: "甲\n乙"}
    assert [(merge.top, merge.bottom) for merge in sheet.merges] == [(1, 3)]


def test_inline_texts_formulas_and_prefixed_names_are_read() -> None:
    cells = '<x:c t="inlineStr"><x:is><x:r><x:t>学</x:t></x:r><x:r><x:t>习</x:t></x:r></x:is></x:c>'
    cells += '<x:c t="str"><x:f>A1</x:f><x:v>=1+1</x:v></x:c>'
    row = f"<x:row>{cells}<x:c><x:f>B1</x:f></x:c></x:row>"
    sheet = f'<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>{row}</x:sheetData></x:worksheet>'
    (found,) = opened("台账.xlsx", package(sheet)).sheets
    assert found.rows == {1: {1: "学习", 2: "=1+1"}}
    assert found.uncomputed == {(1, 3)}


def test_what_is_refused_says_what_to_do() -> None:
    whole = workbook(ROWS)
    assert refused(whole[: len(whole) // 2]) == BROKEN
    assert refused(whole[:-30]) == BROKEN
    assert refused(b"") == EMPTY
    assert refused(workbook([("",)])) == EMPTY
    assert refused(corpus.compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"x" * 5000})) == LOCKED
    assert refused(corpus.compound({"Workbook": b"\x09\x08" + b"x" * 5000}), "台账.xls") == OLD
    assert refused(corpus.document()) == NO_TABLE
    assert refused(b"%PDF-1.4 ...", "台账.pdf") == NO_TABLE
    assert "网页" in refused("<html><table><tr><td>序号</td></tr></table></html>".encode(), "台账.xls")
    assert "宏" in refused(package(sheet_of(""), **{"xl/vbaProject.bin": "x"}), "台账.xlsm")
    assert "引号" in refused('序号,措施\n1,"没有收尾\n2,甲\n'.encode(), "台账.csv")
    assert refused(b"\x00\x01\x02 not a table", "台账.csv") == NO_TABLE


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_are_never_expanded(part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><x>&c;</x>'
    assert refused(package(sheet_of(""), **{part: bomb})) == BROKEN


def test_a_zip_bomb_is_refused() -> None:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>' + "0" * 60_000_000 + "</t></is></c></row>"
    assert refused(package(sheet_of(row))) == SWOLLEN


def test_a_million_empty_rows_cost_no_memory() -> None:
    """Made by hand: styled and empty, as a program leaves them where a whole column was formatted."""
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>序号</t></is></c></row>'
    empty = "".join(f'<row r="{number}" s="{number % 7}" customFormat="1"/>' for number in range(2, 1_000_001))
    data = package(sheet_of(head + empty))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (sheet,) = opened("台账.xlsx", data).sheets
    assert sheet.rows == {1: {1: "序号"}}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


def test_too_many_rows_with_content_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 10)
    assert "拆成几个文件" in refused(workbook([(number, "甲") for number in range(12)]))


def test_a_merge_over_the_whole_sheet_is_bounded() -> None:
    sheet = sheet_of('<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="B3"><v>1</v></c></row>')
    data = package(sheet.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'))
    assert len(opened("台账.xlsx", data).sheets[0].anchors()) == 6


def test_the_marked_workbook_is_the_same_one_with_its_cells_marked() -> None:
    findings = [
        Finding(Level.ERROR, "x", "认不出时限", "请写成日期", Origin("整改台账", 2, 2), "=cmd|' /C calc'!A0"),
        Finding(Level.NOTE, "y", "不导入", "", Origin("整改台账", 1, 1)),
    ]
    book = load_workbook(io.BytesIO(marked("台账.xlsx", workbook(ROWS), findings)))
    assert book.sheetnames == ["错误和提醒", "整改台账"]
    cell = book["整改台账"]["B2"]
    assert (cell.value, cell.fill.fgColor.rgb, cell.comment.text) == ("学习不够", "00FFD966", "错误：认不出时限\n请写成日期")
    assert book["整改台账"]["A1"].comment is None
    listed = [[cell.value for cell in row] for row in book["错误和提醒"].iter_rows(min_row=2)]
    assert listed == [["错误", "整改台账", "B2", "=cmd|' /C calc'!A0", "认不出时限", "请写成日期"]]
    assert book["错误和提醒"]["D2"].data_type == "s"


def test_csv_and_swollen_workbooks_come_back_as_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding(Level.WARNING, "x", "请核对", "", Origin("台账", 2, 1))
    book = load_workbook(io.BytesIO(marked("台账.csv", TEXT.encode("gb18030"), [finding])))
    assert book["台账"]["A2"].comment.text == "提醒：请核对"
    monkeypatch.setattr("apps.measures.importing.marking.LARGEST", 0)
    again = load_workbook(io.BytesIO(marked("台账.xlsx", workbook(ROWS), [])))
    assert again["整改台账"]["B2"].value == "学习不够"


@pytest.mark.parametrize("name", ["清单[1].csv", "甲/乙*?.csv", f"{'很长的名字' * 9}.csv", "'.csv"])
def test_a_name_that_no_sheet_can_have_is_cleaned_and_its_cells_are_marked(name: str) -> None:
    data = TEXT.encode("gb18030")
    finding = Finding(Level.WARNING, "x", "请核对", "", Origin(opened(name, data).sheets[0].name, 2, 1))
    book = load_workbook(io.BytesIO(marked(name, data, [finding])))
    assert book.worksheets[1]["A2"].comment.text == "提醒：请核对"


def test_a_workbook_that_the_library_does_not_take_comes_back_as_a_plain_one() -> None:
    data = package(sheet_of('<row r="1"><c r="A1" s="99"><v>1</v></c></row>'))
    with pytest.raises(DAMAGED):
        load_workbook(io.BytesIO(data))
    finding = Finding(Level.ERROR, "x", "请改正", "", Origin("清单", 1, 1))
    book = load_workbook(io.BytesIO(marked("清单.xlsx", data, [finding])))
    assert book["清单"]["A1"].comment.text == "错误：请改正"


def test_characters_that_no_text_may_hold_are_dropped() -> None:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲_xD800_乙_xFFFF__x0001__x000A_丙</t></is></c></row>'
    found = opened("台账.xlsx", package(sheet_of(row))).sheets[0].at(1, 1)
    assert found == "甲乙\n丙"


def test_the_template_is_read_as_a_list() -> None:
    with zipfile.ZipFile(io.BytesIO(template())) as whole:
        assert whole.testzip() is None
    assert opened("模板.xlsx", template()).sheets[0].at(1, 6) == "整改措施"
    assert isinstance(Workbook(), Workbook)


def test_other_formats_of_tables_are_named() -> None:
    assert "ODS" in refused(corpus.archive({"mimetype": "application/vnd.oasis", "content.xml": "<a/>"}), "台账.ods")
    assert "XLSB" in refused(corpus.archive({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.bin": "x"}), "台账.xlsb")
    assert "另存为 XLSX" in refused(corpus.archive({"Index/Document.iwa": "x"}), "台账.numbers")
    assert "ET" in refused(corpus.compound({"Workbook": b"\x09\x08" + b"x" * 5000}), "台账.et")


@pytest.mark.parametrize(("row", "times"), [("," * 999 + "\n", 3000), ("甲甲,乙乙,丙丙\n", 250_000)])
def test_a_large_csv_takes_no_more_than_it_holds(row: str, times: int) -> None:
    """Three million empty cells are nothing; three quarters of a million full ones are refused while they are read."""
    data = "序号,问题\n".encode() + row.encode() * times
    tracemalloc.start()
    try:
        assert opened("台账.csv", data).cells == 2
    except ActRefused as error:
        assert error.message == TOO_MANY_CELLS
        assert times == 250_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000
