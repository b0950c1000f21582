"""Files of this room: kept in the store of the evidence under its rules, entered in the book whenever somebody fetches one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.ledgers.services import record
from apps.measures.services.files import KeptFile, keep_file
from apps.supervision.models import Act, Attachment, Reply
from apps.units.errors import ActRefused
from apps.units.models import User

FIELD = "files"


def keep_reply_files(*, actor: User, reply: Reply, files: Sequence[UploadedFile[bytes]]) -> list[Attachment]:
    """Keep the files of an answer; part of the act of answering, which locks and records. Limits are those of evidence."""
    most, limit = settings.EVIDENCE_MAX_FILES, settings.EVIDENCE_MAX_MEASURE_BYTES
    if len(files) > most:
        raise ActRefused(f"一次回复最多附 {most} 份佐证材料，请合并，或打包成 ZIP 再传", field=FIELD)
    if sum(file.size or 0 for file in files) > limit:
        raise ActRefused(f"一次回复的佐证材料合计不超过 {limit // 1_048_576} MB，请压缩后再传，或联系整改办", field=FIELD)
    kept = []
    for file in files:
        try:
            stored = keep_file(file, field=FIELD)
        except ActRefused as refused:
            raise ActRefused(f"“{file.name}”：{refused.message}", field=FIELD) from refused
        kept.append(attached(stored, uploaded_by=actor, reply=reply))
    return kept


def attached(stored: KeptFile, **facts: Any) -> Attachment:
    """The row that names a file of the store; ``facts`` say what it belongs to."""
    return Attachment.objects.create(
        filename=stored.filename, media_type=stored.media_type, size=stored.size, sha256=stored.sha256, **facts
    )


def log_attachment_download(*, actor: User, attachment: Attachment) -> None:
    """Who fetched which file is part of the record, as for evidence."""
    reply, check = attachment.reply, attachment.site_check
    payload = {"file": attachment.filename, "sha256": attachment.sha256}
    if attachment.caption:
        payload["caption"] = attachment.caption
    if reply is not None:
        book, letter = reply.letter.inspection.book, reply.letter
        record(book, actor=actor, act=Act.DOWNLOAD_ATTACHMENT, subject=letter, payload=payload)
    elif check is not None:
        measure = check.measure
        record(measure.issue.inspection.book, actor=actor, act=Act.DOWNLOAD_ATTACHMENT, subject=measure, payload=payload)
