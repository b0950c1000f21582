"""Rules made, revised or abolished in the round (建章立制), each once, and the file of its text."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.issues.models import Inspection, Issue
from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import changes, record
from apps.measures.models import Act, Measure, Regulation
from apps.measures.services.content import ACCEPTED
from apps.measures.services.files import keep_file
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Unit, User
from apps.units.services import refuse_stale

log = logging.getLogger(__name__)

AMENDABLE_REGULATION = ("title", "doc_number", "kind", "issued_on", "unit", "issue", "measure")
FILE_TYPES = {ending: ACCEPTED[ending] for ending in ("pdf", "docx")}
FILE_WORDS = "PDF 或 DOCX"
MARKS = re.compile(r"[\s《》〈〉<>“”\"]")
BRACKETS = str.maketrans(dict.fromkeys("〔[【〖{", "(") | dict.fromkeys("〕]】〗}", ")"))


def normal(text: str) -> str:
    """A title or a number as it is compared: without white space, book-title and quotation marks, full and half width alike."""
    return MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(BRACKETS).casefold()


@transaction.atomic
def add_regulation(
    *,
    actor: User | None,
    inspection: Inspection,
    title: str,
    kind: str,
    unit: Unit,
    doc_number: str = "",
    issued_on: dt.date | None = None,
    issue: Issue | None = None,
    measure: Measure | None = None,
    file: UploadedFile[bytes] | None = None,
    **provenance: Any,
) -> Regulation:
    """Register a rule that was made, revised or abolished; the same title with the same number only once in a round."""
    require_office(actor, Act.ADD_REGULATION)
    inspection = locked_inspection(inspection)
    row = Regulation(
        inspection=inspection,
        issue=issue,
        measure=measure,
        title=title.strip().removeprefix("《").removesuffix("》"),
        kind=kind,
        unit=unit,
        doc_number=doc_number.strip(),
        issued_on=issued_on,
        **provenance,
    )
    _check(row)
    if file is not None:
        _keep(row, file)
    row.save(force_insert=True)
    record(inspection.book, actor=actor, act=Act.ADD_REGULATION, subject=row, payload=_facts(row))
    return row


@transaction.atomic
def amend_regulation(
    *,
    actor: User,
    regulation: Regulation,
    values: Mapping[str, Any],
    reason: str,
    version: int | None = None,
    file: UploadedFile[bytes] | None = None,
) -> Regulation:
    """Change a rule on the register or put in its file, with a reason; before → after goes in the book.

    ``values`` ⊆ AMENDABLE_REGULATION.
    """
    require_office(actor, Act.AMEND_REGULATION)
    inspection = locked_inspection(regulation.inspection)
    rows = Regulation.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "issue", "measure__issue")
    row = rows.get(pk=regulation.pk)
    row.inspection = inspection
    refuse_stale(row.version, version, "这项制度")
    if not reason.strip():
        raise ActRefused("修改制度要写明理由", field="reason")
    unknown = set(values) - set(AMENDABLE_REGULATION)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    before = _facts(row)
    for key, value in values.items():
        setattr(row, key, value)
    row.title, row.doc_number = row.title.strip().removeprefix("《").removesuffix("》"), row.doc_number.strip()
    _check(row)
    if file is not None:
        _keep(row, file)
    payload = changes(before, _facts(row))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(inspection.book, actor=actor, act=Act.AMEND_REGULATION, subject=row, reason=reason, payload=payload)
    return row


def open_regulation_file(row: Regulation) -> File[bytes]:
    """The stored file of a rule, which is the one that was registered: other bytes are handed to nobody."""
    try:
        with storages["evidence"].open(f"{row.sha256[:2]}/{row.sha256}", "rb") as file:
            data = file.read()
    except FileNotFoundError as error:
        log.error("regulation file %s is missing from the store", row.sha256)
        raise ActConflict(f"制度文件“{row.filename}”在存储中找不到，请联系系统管理员从备份恢复") from error
    if hashlib.sha256(data).hexdigest() != row.sha256:
        log.error("regulation file %s does not match its fingerprint", row.sha256)
        raise ActConflict(f"制度文件“{row.filename}”与登记的文件指纹不符，可能被改动过，请联系系统管理员从备份恢复")
    return File(io.BytesIO(data), name=row.filename)


def log_regulation_download(*, actor: User, regulation: Regulation) -> None:
    """Who fetched which file is part of the record."""
    payload = {"file": regulation.filename, "sha256": regulation.sha256}
    record(regulation.inspection.book, actor=actor, act=Act.DOWNLOAD_REGULATION, subject=regulation, payload=payload)


def _check(row: Regulation) -> None:
    """A rule belongs to issue and measure of its round, and is not on the register already."""
    if not row.title:
        raise ActRefused("请填写制度名称", field="title")
    if row.issue is not None and row.issue.inspection_id != row.inspection_id:
        raise ActRefused("这个问题不属于本轮次，请重新选择", field="issue")
    if row.measure is not None and row.measure.issue_id != row.issue_id:
        raise ActRefused("这条措施不属于所选的问题，请重新选择", field="measure")
    key = normal(row.title), normal(row.doc_number)
    for other in row.inspection.regulations.exclude(pk=row.pk).select_related("issue", "unit"):
        if (normal(other.title), normal(other.doc_number)) == key:
            where = f"问题 {other.issue.number}" if other.issue else "全轮"
            named = f"《{other.title}》{other.doc_number}（{other.get_kind_display()}，{other.unit.short_name}，{where}）"
            raise ActConflict(f"制度{named}已经登记，请勿重复登记；确是另一项的，请写明不同的名称或文号", field="title")


def _keep(row: Regulation, file: UploadedFile[bytes]) -> None:
    """The type is told by content (services.files); only what can be printed as issued is taken."""
    ending = (file.name or "").rpartition(".")[2].lower()
    if ending not in FILE_TYPES:
        raise ActRefused(f"制度文件请上传 {FILE_WORDS}", field="file")
    kept = keep_file(file)
    if kept.media_type != FILE_TYPES[ending]:
        raise ActRefused(f"制度文件请上传 {FILE_WORDS}", field="file")
    row.filename, row.media_type, row.size, row.sha256 = kept.filename, kept.media_type, kept.size, kept.sha256


def _facts(row: Regulation) -> dict[str, Any]:
    return {
        "title": row.title,
        "kind": row.get_kind_display(),
        "doc_number": row.doc_number,
        "issued_on": row.issued_on,
        "unit": row.unit.name,
        "issue": row.issue.number if row.issue else None,
        "measure": row.measure.number if row.measure else None,
        "filename": row.filename,
        "sha256": row.sha256,
    }
