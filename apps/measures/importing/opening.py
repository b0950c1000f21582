"""Opening workbooks and CSV files: from untrusted bytes to plain cells (``sheets``).

A workbook is read as a stream: empty rows and cells cost time but no memory, formulas are not computed but the result that was saved
with them is taken. What cannot be read is refused in words that say what to do (ActRefused, field ``file``).
"""

from __future__ import annotations

import io
import re
import zipfile

import olefile

from apps.measures.importing import csv_files, xlsx
from apps.measures.importing.sheets import BROKEN, NO_TABLE, Workbook
from apps.measures.services.content import DAMAGED, ole, ooxml
from apps.measures.services.content.verdict import refusal
from apps.measures.services.content.zips import TOO_LARGE, Budget
from apps.units.errors import ActRefused

OLD = "这是旧版 Excel（XLS）或 WPS 表格（ET）文件，请用 Excel 或 WPS 打开，另存为 XLSX 后再上传"
OTHER = "这是{}格式的表格，请用 Excel 或 WPS 打开，另存为 XLSX 后再上传"
LOCKED = "文件设有打开密码，请在 Excel 或 WPS 里去掉密码，另存后再上传"
SWOLLEN = "工作表展开后过大，多半是整行整列设了格式或留有大量空行。请选中数据以外的空行空列删除（不是清除内容），另存后再上传"
EMPTY = "文件里没有内容，请检查后重新选择"


def opened(name: str, data: bytes) -> Workbook:
    """The workbook or CSV file with those bytes; what the bytes are counts, not what the name says. Raises ActRefused."""
    kind = kind_of(data)
    if kind == "csv":
        if re.search(r"\.(xlsx?|xlsm|et)$", name, re.IGNORECASE):
            raise refusal(BROKEN)
        book = csv_files.read(name, data)
    else:
        _check_package(data)
        try:
            book = xlsx.read(data)
        except DAMAGED as error:
            raise refusal(BROKEN) from error
    if not book.filled:
        raise refusal(EMPTY)
    return book


def kind_of(data: bytes) -> str:
    """“xlsx” or “csv”; refused where it is neither, with what to do about it."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise refusal(EMPTY)
    if data.startswith(b"PK"):
        return "xlsx"
    if data.startswith(ole.SIGNATURE):
        raise refusal(_compound(data))
    if head.startswith((b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")):
        raise refusal(NO_TABLE)
    if re.match(rb"<(\?xml|!doctype|html|table|meta|head|body|workbook)", head, re.IGNORECASE):
        raise refusal("这是网页（HTML 或 XML）格式的表格，只是扩展名像 Excel 文件。请用 Excel 或 WPS 打开，另存为 XLSX 后再上传")
    return "csv"


def _compound(data: bytes) -> str:
    try:
        if ole.is_locked_package(data):
            return LOCKED
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return OLD if file.exists("Workbook") or file.exists("Book") else NO_TABLE
    except DAMAGED:
        return BROKEN


def _check_package(data: bytes) -> None:
    """The bytes are a workbook that does nothing by itself (security.md S-42…S-44)."""
    try:
        if other := _other_format(_part_names(data)):
            raise refusal(OTHER.format(other))
        ooxml.check(data, ooxml.MAIN_PARTS, Budget())
    except ActRefused as refused:
        raise (refusal(SWOLLEN) if refused.message == TOO_LARGE else refused) from refused
    except DAMAGED as error:
        raise refusal(BROKEN) from error
    if ooxml.SHEET not in _part_names(data):
        raise refusal(NO_TABLE)


def _other_format(names: set[str]) -> str:
    """Formats of tables in packages that are not read, by what they are made of."""
    if "xl/workbook.bin" in names:
        return "二进制（XLSB）"
    if "content.xml" in names and "mimetype" in names:
        return "开放文档（ODS）"
    return "苹果 Numbers" if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) else ""


def _part_names(data: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return set(package.namelist())
