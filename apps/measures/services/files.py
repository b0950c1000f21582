"""Files of evidence: what is accepted, where it lies, who fetched it.

The type is told by content, not by name (security.md S-41, S-43): signature, then the parts of an OOXML package or the
decoded image. Files lie in a private store under their SHA-256 and are only ever sent as attachments.
"""

from __future__ import annotations

import hashlib
import io
import logging
from dataclasses import dataclass

import puremagic
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from apps.ledgers.services import record
from apps.measures.models import Act, EvidenceVersion
from apps.measures.services import packages
from apps.measures.services.packages import DOCX, XLSX
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

log = logging.getLogger(__name__)

PDF = "application/pdf"
ACCEPTED = {"pdf": PDF, "docx": DOCX, "xlsx": XLSX, "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
PICTURES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
"""By Pillow's name of the format. Many phones write JPEG files that hold a second picture (MPO)."""
ACCEPTED_WORDS = "PDF、DOCX、XLSX、JPG、PNG"
DAMAGED = (*packages.DAMAGED, puremagic.PureError, Image.DecompressionBombError, SyntaxError)


@dataclass(frozen=True)
class KeptFile:
    """A file that was accepted and stored."""

    filename: str
    media_type: str
    size: int
    sha256: str


def keep_file(file: UploadedFile[bytes]) -> KeptFile:
    """Check the upload and store it under its SHA-256; the same bytes are stored once. Raises ActRefused on field ``file``."""
    name = (file.name or "").replace("\\", "/").rpartition("/")[2][-160:]
    data = _read(file)
    media_type = _checked_type(name, data)
    digest = hashlib.sha256(data).hexdigest()
    store, place = storages["evidence"], f"{digest[:2]}/{digest}"
    if store.exists(place) and store.size(place) != len(data):
        # The rest of a write that was cut off.
        store.delete(place)
    if not store.exists(place):
        store.save(place, File(io.BytesIO(data)))
    return KeptFile(name, media_type, len(data), digest)


def open_file(version: EvidenceVersion) -> File[bytes]:
    """The stored file of an evidence version, for reading."""
    try:
        return storages["evidence"].open(version.storage_name, "rb")
    except FileNotFoundError as error:
        log.error("evidence file %s is missing from the store", version.sha256)
        raise ActConflict(f"材料“{version.filename}”的文件在存储中找不到，请联系系统管理员从备份恢复") from error


def log_download(*, actor: User, version: EvidenceVersion) -> None:
    """Who fetched which file is part of the record (design.md §3: permission checked on every download)."""
    book = version.evidence.measure.issue.inspection.book
    record(
        book,
        actor=actor,
        act=Act.DOWNLOAD_EVIDENCE,
        subject=version.evidence.measure,
        payload={"file": version.filename, "sha256": version.sha256},
    )


def _read(file: UploadedFile[bytes]) -> bytes:
    limit = settings.EVIDENCE_MAX_BYTES
    if not file.size:
        raise ActRefused("文件是空的，请检查后重新选择", field="file")
    if file.size > limit:
        raise ActRefused(f"文件有 {file.size / 1_048_576:.1f} MB，超过 {limit // 1_048_576} MB 上限，请压缩或拆分后再传", field="file")
    return b"".join(file.chunks())


def _checked_type(name: str, data: bytes) -> str:
    _stem, dot, extension = name.rpartition(".")
    media_type = ACCEPTED.get(extension.lower()) if dot else None
    if media_type is None:
        raise ActRefused(f"不接受这种文件，请上传 {ACCEPTED_WORDS}", field="file")
    if not _content_is(media_type, data):
        raise ActRefused(f"文件内容与扩展名不符，请用原软件另存为 {ACCEPTED_WORDS} 后再传", field="file")
    return media_type


def _content_is(media_type: str, data: bytes) -> bool:
    """Damaged files are no errors: Pillow calls a broken PNG chunk a SyntaxError, both libraries call cut headers a struct.error."""
    try:
        if media_type in packages.MAIN_PART:
            return packages.is_package(media_type, data)
        if media_type.startswith("image/"):
            return _is_image(media_type, data)
        return any(found.mime_type == media_type for found in puremagic.magic_string(data))
    except DAMAGED:
        return False


def _is_image(media_type: str, data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
        return PICTURES.get(image.format or "") == media_type
