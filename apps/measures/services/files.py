"""Files of evidence: where they lie, how they come back, who fetched or saw them. What is accepted is the matter of ``content``.

Files lie in a private store under their SHA-256; what is read back is compared with it (security.md S-49).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from apps.ledgers.services import record
from apps.measures.models import Act, EvidenceVersion, Regulation, StoredFile
from apps.measures.services.content import ACCEPTED, ACCEPTED_WORDS, PDF, SHOWN, checked_type
from apps.measures.services.content.names import plain_name
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

__all__ = (
    "ACCEPTED",
    "ACCEPTED_WORDS",
    "PDF",
    "SHOWN",
    "KeptFile",
    "keep_file",
    "keep_made",
    "log_download",
    "log_preview",
    "open_file",
    "read_within",
    "sweep",
)

log = logging.getLogger(__name__)
KEPT_AT_LEAST = dt.timedelta(days=1)
LOOKS, BETWEEN_LOOKS = 20, 0.1
"""How often, and how many seconds apart, a file that somebody else is writing is looked for."""


@dataclass(frozen=True)
class KeptFile:
    """A file that was accepted and stored."""

    filename: str
    media_type: str
    size: int
    sha256: str


def keep_file(file: UploadedFile[bytes], *, field: str = "file") -> KeptFile:
    """Check the upload and store it under its SHA-256; the same bytes are stored once. Raises ActRefused on that field."""
    try:
        name = plain_name(file.name or "")
        data = read_within(file, settings.EVIDENCE_MAX_BYTES, advice="请压缩或拆分后再传")
        media_type = checked_type(name, data)
    except ActRefused as refused:
        raise ActRefused(refused.message, field=field) from refused
    return _kept(name, media_type, data)


def read_within(file: UploadedFile[bytes], limit: int, *, advice: str = "请拆分后再传") -> bytes:
    """The bytes of an upload that is neither empty nor larger than the limit; ActRefused (field ``file``) says what to do otherwise."""
    if not file.size:
        raise ActRefused("文件是空的，请检查后重新选择", field="file")
    if file.size > limit:
        raise ActRefused(f"文件有 {file.size / 1_048_576:.1f} MB，超过 {limit // 1_048_576} MB 上限，{advice}", field="file")
    return b"".join(file.chunks())


def keep_made(name: str, media_type: str, data: bytes) -> KeptFile:
    """Store a file that the house itself has made: there is nothing to check."""
    return _kept(plain_name(name), media_type, data)


def _kept(name: str, media_type: str, data: bytes) -> KeptFile:
    digest = hashlib.sha256(data).hexdigest()
    store, place = storages["evidence"], f"{digest[:2]}/{digest}"
    if _is_whole(store, place, len(data)):
        _refresh(store, place)
    else:
        store.save(place, File(io.BytesIO(data)))
    return KeptFile(name, media_type, len(data), digest)


def _is_whole(store: Storage, place: str, size: int) -> bool:
    """Whether the store has the file. One that is shorter is being written by somebody else at this moment; if it stays so, it is the
    rest of a write that was cut off, and is taken away."""
    for _look in range(LOOKS):
        if not store.exists(place):
            return False
        if store.size(place) == size:
            return True
        time.sleep(BETWEEN_LOOKS)
    store.delete(place)
    return False


def open_file(version: StoredFile) -> File[bytes]:
    """The stored file of a row that names one, which is the one that was handed in: other bytes are handed to nobody."""
    try:
        with storages["evidence"].open(version.storage_name, "rb") as file:
            data = file.read()
    except FileNotFoundError as error:
        log.error("evidence file %s is missing from the store", version.sha256)
        raise ActConflict(f"材料“{version.filename}”的文件在存储中找不到，请联系系统管理员从备份恢复") from error
    if hashlib.sha256(data).hexdigest() != version.sha256:
        log.error("evidence file %s does not match its fingerprint", version.sha256)
        raise ActConflict(f"材料“{version.filename}”与登记的文件指纹不符，可能被改动过，请联系系统管理员从备份恢复")
    return File(io.BytesIO(data), name=version.filename)


def open_shown(version: StoredFile) -> File[bytes]:
    """The file for the viewer: its content is checked again by the rules of today before a browser may show it."""
    if version.media_type not in SHOWN:
        raise ActRefused("这种文件不能在线预览，请下载后用相应软件打开")
    file = open_file(version)
    if checked_type(version.filename, file.read()) != version.media_type:
        raise ActRefused("文件内容与登记的类型不符，不能预览，请下载后查看")
    file.seek(0)
    return file


def log_download(*, actor: User, version: EvidenceVersion) -> None:
    """Who fetched which file is part of the record (design.md §3: permission checked on every download)."""
    _log(Act.DOWNLOAD_EVIDENCE, actor, version)


def log_preview(*, actor: User, version: EvidenceVersion) -> None:
    """Who saw which file in the viewer."""
    _log(Act.PREVIEW_EVIDENCE, actor, version)


def _log(act: Act, actor: User, version: EvidenceVersion) -> None:
    measure = version.evidence.measure
    payload = {"name": version.evidence.name, "file": version.filename, "edition": version.number, "sha256": version.sha256}
    record(measure.issue.inspection.book, actor=actor, act=act, subject=measure, payload=payload)


def sweep(*, now: dt.datetime | None = None) -> list[str]:
    """Remove files that no record names: what a report left behind whose act was rolled back. None younger than a day is touched.

    A file that is handed in again counts as young (``keep_file``), so that one on its way into a record stays.
    """
    store, before = storages["evidence"], (now or timezone.now()) - KEPT_AT_LEAST
    removed = []
    for place in _stored(store):
        digest = Path(place).name
        if store.get_modified_time(place) < before and not _is_named(digest):
            store.delete(place)
            removed.append(digest)
    return removed


def _stored(store: Storage) -> Iterator[str]:
    folders, _files = store.listdir("")
    for folder in sorted(folders):
        for name in sorted(store.listdir(folder)[1]):
            yield f"{folder}/{name}"


def _is_named(digest: str) -> bool:
    rooms = [model._default_manager for model in apps.get_models() if issubclass(model, StoredFile)]
    return any(rows.filter(sha256=digest).exists() for rows in (*rooms, Regulation._default_manager))


def _refresh(store: Storage, place: str) -> None:
    """Make the file young again."""
    try:
        Path(store.path(place)).touch()
    except NotImplementedError:  # how Django says that a store, in the cloud for one, has no paths
        log.warning("the store of evidence has no paths: files that are handed in again keep their age")
