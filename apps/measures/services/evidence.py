"""Evidence (佐证材料): files that come with a report, and later versions of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum

from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.models import Act, Evidence, EvidenceVersion, Measure, Progress
from apps.measures.policies import reports_on
from apps.measures.services.files import keep_file
from apps.measures.services.planning import locked
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, Source, User
from apps.units.workflow import check


@dataclass(frozen=True)
class EvidenceDraft:
    """A file that comes with a report; ``effective_on`` is the day it speaks of, not the day of the upload.

    ``row`` is what the names of its form fields end in, so that a refusal stands at the right file. ``again`` hands in a file of an
    earlier report of the measure once more instead of a new upload.
    """

    name: str
    file: UploadedFile[bytes] | None
    effective_on: dt.date
    source: str = Source.ENTERED
    description: str = ""
    row: str = ""
    again: EvidenceVersion | None = None


def keep_evidence(*, actor: User, report: Progress, drafts: Sequence[EvidenceDraft]) -> list[EvidenceVersion]:
    """Enter the files of a report, within its limits; part of the act of reporting, which locks and records."""
    check_count(drafts)
    kept = []
    for draft in drafts:
        field = f"file{draft.row}"
        check_room(report.measure, _size(draft), field=field)
        evidence = Evidence.objects.create(
            measure=report.measure,
            progress=report,
            name=draft.name,
            effective_on=draft.effective_on,
            description=draft.description,
            source=draft.source,
        )
        if draft.again is not None:
            kept.append(_hand_in_again(actor, evidence, draft.again))
        elif draft.file is not None:
            kept.append(_add_version(actor, evidence, draft.file, number=1, field=field))
    return kept


@transaction.atomic
def update_evidence(
    *, actor: User, evidence: Evidence, file: UploadedFile[bytes], note: str, version: int | None = None
) -> EvidenceVersion:
    """Hand in a new numbered version with a note of what changed; earlier versions stay readable.

    For liaisons of the lead unit and the office, while the issue is open. Not while a report waits for its review: what is
    approved must be what was read. ``version`` is that of the measure.
    """
    measure = locked(evidence.measure, version)
    if actor.role == Role.LIAISON and not reports_on(actor, measure):
        raise ActForbidden(f"措施 {measure.number} 由{measure.lead_unit.name}牵头，请由牵头单位更新佐证材料")
    check(workflow.UPDATE_EVIDENCE, measure, field="progress", actor=actor)
    if not note.strip():
        raise ActRefused("请写明这一版改了什么", field="note")
    check_room(measure, file.size or 0, field="file")
    row = Evidence.objects.get(pk=evidence.pk)
    latest = row.versions.order_by("-number")[0]
    made = _add_version(actor, row, file, number=latest.number + 1, field="file", note=note.strip())
    if made.sha256 == latest.sha256:
        raise ActRefused(f"这个文件与第 {latest.number} 版完全相同，请选择修改后的文件", field="file")
    measure.version += 1
    measure.save()
    payload = {"name": row.name, "edition": made.number, "file": made.filename, "sha256": [latest.sha256, made.sha256]}
    record(measure.issue.inspection.book, actor=actor, act=Act.UPDATE_EVIDENCE, subject=measure, reason=note.strip(), payload=payload)
    return made


def check_count(drafts: Sequence[EvidenceDraft]) -> None:
    """At most so many files a report."""
    most = settings.EVIDENCE_MAX_FILES
    if len(drafts) > most:
        raise ActRefused(f"一次填报最多附 {most} 份佐证材料，请合并，或打包成 ZIP 再传", field=f"file{drafts[most].row}")


def check_room(measure: Measure, size: int, *, field: str) -> None:
    """All versions of a measure's evidence together have a limit."""
    held = EvidenceVersion.objects.filter(evidence__measure=measure).aggregate(total=Sum("size"))["total"] or 0
    limit = settings.EVIDENCE_MAX_MEASURE_BYTES
    if held + size > limit:
        words = f"本措施的佐证材料已有 {held / 1_048_576:.0f} MB，加上这份超过 {limit // 1_048_576} MB 上限，请压缩后再传，或联系整改办"
        raise ActRefused(words, field=field)


def _size(draft: EvidenceDraft) -> int:
    if draft.again is not None:
        return draft.again.size
    return (draft.file.size if draft.file is not None else 0) or 0


def _hand_in_again(actor: User, evidence: Evidence, version: EvidenceVersion) -> EvidenceVersion:
    """The same stored file as a piece of evidence of the new report; nothing is uploaded or copied."""
    if version.evidence.measure_id != evidence.measure_id:
        raise ActRefused("只能沿用本措施的材料，请重新选择", field="kept")
    return EvidenceVersion.objects.create(
        evidence=evidence,
        filename=version.filename,
        media_type=version.media_type,
        size=version.size,
        sha256=version.sha256,
        uploaded_by=actor,
    )


def _add_version(actor: User, evidence: Evidence, file: UploadedFile[bytes], *, number: int, field: str, note: str = "") -> EvidenceVersion:
    kept = keep_file(file, field=field)
    return EvidenceVersion.objects.create(
        evidence=evidence,
        number=number,
        note=note,
        filename=kept.filename,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        uploaded_by=actor,
    )
