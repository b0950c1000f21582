"""Workbooks that come back from the units: taken in as they are, previewed (workbooks/comparing.py), submitted row by row as reports.

What was handed in is kept, whatever becomes of it. A row becomes a report through :func:`report_progress` and in no other way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.models import Book
from apps.ledgers.services import record
from apps.measures.models import Act, Measure, Progress, ReturnedWorkbook, WorkbookPackage
from apps.measures.services.content import ACCEPTED
from apps.measures.services.content.names import ending_of, plain_name
from apps.measures.services.files import keep_made, read_within
from apps.measures.services.many import locked_many
from apps.measures.services.papers import log_paper
from apps.measures.services.reporting import report_progress
from apps.measures.workbooks.comparing import Row, drafts_with_files, preview
from apps.measures.workbooks.layout import Passport
from apps.measures.workbooks.making import workbook as made_workbook
from apps.measures.workbooks.matching import Contents, listing_of
from apps.measures.workbooks.reading import FOREIGN, read
from apps.measures.workbooks.rows import MOST_MEASURES, rows_of
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Source, Unit, User
from apps.units.spoken import first_few

STALE = "预览之后台账又有变动：{}。已按最新情况重新列出，请再核对后提交"
MOST_NAMED = 8
MOST_A_DAY = 50
MOST_PACKED = 5
"""How many packages of the largest size a workbook may have."""


def hand_out_workbook(*, actor: User, inspection: Inspection, unit: Unit) -> tuple[bytes, str]:
    """Make the workbook of a unit for somebody, and its file name; that it left the house is entered."""
    _may_handle(actor, unit)
    # The head is read first: what is entered while the workbook is made counts as later than it.
    seq = Book.objects.values_list("head_seq", flat=True).get(pk=inspection.book_id)
    rows = rows_of(inspection, unit, Measure.objects.visible_to(actor))
    if len(rows.measures) > MOST_MEASURES:
        raise ActRefused(f"{unit.short_name}牵头的措施超过 {MOST_MEASURES} 条，一份工作簿放不下，请在系统里填报")
    today = inspection.today()
    data = made_workbook(rows, Passport(inspection.pk, unit.pk, seq, today, str(actor)))
    name = f"{unit.short_name}_离线填报_{today:%Y%m%d}.xlsx"
    digest = hashlib.sha256(data).hexdigest()
    log_paper(actor=actor, book=inspection.book, subject=inspection, name=name, rows=len(rows.measures), sha256=digest)
    return data, name


def take_workbook(*, actor: User, file: UploadedFile[bytes]) -> ReturnedWorkbook:
    """Take in a workbook that was filled in: of the own unit, or, by the office, of any. The same file again is the one taken before."""
    name, data = plain_name(file.name or ""), read_within(file, settings.EVIDENCE_MAX_BYTES)
    passport, filled = read(name, data)
    inspection, unit = _owner(passport)
    _may_handle(actor, unit)
    _check_day(actor, inspection, unit, hashlib.sha256(data).hexdigest())
    kept = keep_made(name, ACCEPTED["xlsx"], data)
    # What takes time is done: whoever writes is not kept waiting by a large file. Of two at once the second finds what the first kept.
    with transaction.atomic():
        locked_inspection(inspection)
        before = ReturnedWorkbook.objects.filter(inspection=inspection, unit=unit, sha256=kept.sha256).first()
        if before is not None:
            return before
        made = ReturnedWorkbook.objects.create(
            inspection=inspection,
            unit=unit,
            seq=passport.seq,
            exported_on=passport.made_on,
            content=filled.as_json(),
            made_by=actor,
            **vars(kept),
        )
        payload = {"name": made.filename, "sha256": made.sha256, "rows": len(filled.reports)}
        record(inspection.book, actor=actor, act=Act.TAKE_WORKBOOK, subject=made, payload=payload)
    return made


def add_package(*, actor: User, workbook: ReturnedWorkbook, file: UploadedFile[bytes]) -> WorkbookPackage:
    """A ZIP with files that the workbook names; several may come one after the other."""
    _may_handle(actor, workbook.unit)
    try:
        name, data = plain_name(file.name or ""), read_within(file, settings.WORKBOOK_PACKAGE_MAX_BYTES)
        if ending_of(name) != "zip":
            raise ActRefused("请选择 ZIP 压缩包（RAR、7Z 不接受），用系统自带的压缩功能压缩后再传")
        digest = hashlib.sha256(data).hexdigest()
        _check_room(workbook, digest, len(data))
        members = listing_of(data)
    except ActRefused as refused:
        raise ActRefused(refused.message, field="package") from refused
    kept = keep_made(name, ACCEPTED["zip"], data)
    with transaction.atomic():
        locked_inspection(workbook.inspection)
        before = workbook.packages.filter(sha256=kept.sha256).first()
        if before is not None:
            return before
        # Another one may have come in meanwhile.
        _check_room(workbook, digest, len(data))
        made = WorkbookPackage.objects.create(workbook=workbook, members=members, made_by=actor, **vars(kept))
        payload = {"name": made.filename, "sha256": made.sha256, "files": len(members)}
        record(workbook.inspection.book, actor=actor, act=Act.TAKE_WORKBOOK, subject=workbook, payload=payload)
    return made


def _check_day(actor: User, inspection: Inspection, unit: Unit, digest: str) -> None:
    """A person hands in so many of a unit a day, far more than anybody fills in; the same file again is none. Whoever uploads too much
    shuts out neither the office nor a colleague."""
    rows = ReturnedWorkbook.objects.filter(inspection=inspection, unit=unit)
    today = rows.filter(made_by=actor, made_at__date=timezone.localdate())
    if today.count() >= MOST_A_DAY and not rows.filter(sha256=digest).exists():
        words = f"您今天已经交回 {MOST_A_DAY} 份工作簿（{unit.short_name}），达到一天的上限"
        raise ActRefused(f"{words}。交回的都在“交回的工作簿”里，可以接着办理；还要再交的，请把内容合并成一份，或明天上传", field="file")


def _check_room(workbook: ReturnedWorkbook, digest: str, size: int) -> None:
    """The packages of a workbook together have a limit; one that is there already takes no more room."""
    held = workbook.packages.exclude(sha256=digest).aggregate(total=Sum("size"))["total"] or 0
    limit = MOST_PACKED * settings.WORKBOOK_PACKAGE_MAX_BYTES
    if held + size > limit:
        words = f"这份工作簿的压缩包已有 {held / 1_048_576:.1f} MB，加上这个超过 {limit // 1_048_576} MB 上限"
        advice = "请只压缩“佐证材料”表里登记的文件；还是放不下的，把填好的内容分到几份工作簿，各带各的压缩包"
        raise ActRefused(f"{words}。{advice}", field="package")


@transaction.atomic
def submit_workbook(*, actor: User, workbook: ReturnedWorkbook, chosen: Mapping[int, str], on: dt.date | None = None) -> list[Progress]:
    """Report the chosen rows (measure → token of the preview that was seen): all of them, or none.

    What moved since the preview is refused (409), so that nobody submits over what they have not seen. ``on``: the day on which the
    unit handed the workbook to the office (补录).
    """
    _may_handle(actor, workbook.unit)
    if not chosen:
        raise ActRefused("还没有勾选要提交的措施，请至少勾选一条")
    locked_many(chosen)
    seen = preview(workbook, actor, on=on, keys=chosen)
    rows = {row.measure.pk: row for row in seen.rows}
    moved = [row.measure.number for pk, row in rows.items() if row.token != chosen[pk]]
    if moved or len(rows) < len(chosen):
        raise ActConflict(STALE.format(first_few(moved, MOST_NAMED) or "有措施已不由本单位牵头"))
    wrong = [
        f"{row.measure.number}（{row.blocked or row.problems[0].message}）"
        for row in rows.values()
        if not row.may_be_submitted and not row.is_same
    ]
    if wrong:
        raise ActRefused(f"有措施不能提交，没有提交任何一条：{first_few(wrong, MOST_NAMED)}")
    correlation, contents = uuid.uuid4(), Contents(workbook.packages.all())
    made = [_report(actor, row, contents, on, correlation) for row in rows.values() if not row.is_same]
    if not made:
        raise ActConflict("勾选的措施都已经提交过，与台账相同，没有重复提交")
    workbook.reports.add(*made)
    payload = {
        "name": workbook.filename,
        "reports": [report.pk for report in made],
        "measures": [row.measure.number for row in rows.values()],
    }
    record(workbook.inspection.book, actor=actor, act=Act.SUBMIT_WORKBOOK, subject=workbook, payload=payload, correlation=correlation)
    return made


def _report(actor: User, row: Row, contents: Contents, on: dt.date | None, correlation: uuid.UUID) -> Progress:
    said = row.said
    if said is None:
        raise ActConflict(STALE.format(row.measure.number))
    try:
        return report_progress(
            actor=actor,
            measure=row.measure,
            **vars(replace(said, evidence=drafts_with_files(row, contents), on=on)),
            version=row.measure.version,
            provenance={"source": Source.IMPORTED},
            correlation=correlation,
        )
    except ActRefused as refused:
        kind = next(kind for kind in (ActForbidden, ActConflict, ActRefused) if isinstance(refused, kind))
        raise kind(f"措施 {row.measure.number}：{refused.message}。没有提交任何一条") from refused


def _may_handle(actor: User, unit: Unit) -> None:
    """The office for any unit, a liaison for the own one."""
    if actor.role == Role.OFFICE or (actor.role == Role.LIAISON and actor.unit_id == unit.pk):
        return
    if actor.role == Role.LIAISON:
        raise ActForbidden(f"这是{unit.short_name}的工作簿，请由{unit.short_name}或整改办导入")
    raise ActForbidden("离线工作簿由单位联络员或整改办导入")


def _owner(passport: Passport) -> tuple[Inspection, Unit]:
    """The round and the unit of a workbook, as they are in this house."""
    inspection = Inspection.objects.select_related("book").filter(pk=passport.inspection).first()
    unit = Unit.objects.filter(pk=passport.unit).first()
    if inspection is None or unit is None:
        raise ActRefused(FOREIGN, field="file")
    return inspection, unit
