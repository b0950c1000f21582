"""The whole archive of an issue as one ZIP: papers, every version of every file, the book's entries, and a list of fingerprints.

It is written to a temporary file on disk piece by piece, so that memory does not grow with the evidence; what would be larger than
``ARCHIVE_MAX_BYTES`` is refused before anything is written.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.words import act_of, lines_of
from apps.measures.cell_text import is_read_as_formula, storable
from apps.measures.models import EvidenceVersion, Measure, Regulation
from apps.measures.papers import lists
from apps.measures.papers.closing import application, reconciliation
from apps.measures.papers.extending import extension
from apps.measures.papers.records import IssueRecords
from apps.measures.papers.sheets import Facts, listing
from apps.units.errors import ActConflict, ActRefused

MANIFEST, SUMS, README = "manifest.json", "SHA256SUMS.txt", "README.txt"
CHUNK = 64 * 1024
LONGEST_NAME = 80
BAD_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
ENTRY_HEADS = ("序号", "时间", "操作人", "角色", "单位", "动作", "对象", "理由", "内容", "指纹")


@dataclass(frozen=True)
class Member:
    """One file of the archive, as the manifest lists it."""

    name: str
    size: int
    sha256: str
    what: str


@dataclass
class Archive:
    """A finished archive: the open temporary file at its beginning, its own fingerprint, and what is in it."""

    file: IO[bytes]
    sha256: str
    members: list[Member] = field(default_factory=list)


class _Writer:
    """Writes members one after the other, reckons each fingerprint on the way, and never holds a whole file."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self.package = package
        self.members: list[Member] = []

    def add(self, name: str, chunks: Iterable[bytes], what: str, *, packed: bool = False) -> Member:
        """``packed``: the content is compressed already (PDF, pictures, OOXML) and is stored as it is."""
        digest, size = hashlib.sha256(), 0
        facts = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
        facts.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        facts.external_attr = 0o644 << 16
        with self.package.open(facts, "w") as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        made = Member(name, size, digest.hexdigest(), what)
        self.members.append(made)
        return made


def size_of(records: IssueRecords) -> int:
    """Bytes of the stored files that an archive of the issue would hold; the papers add little."""
    return records.tally["bytes"] + sum(row.size or 0 for row in records.regulations)


def too_large(records: IssueRecords) -> str:
    """Why the archive cannot be made in one piece, with what to do; empty when it can."""
    size, limit = size_of(records), settings.ARCHIVE_MAX_BYTES
    if size <= limit:
        return ""
    return (
        f"档案约 {size / 1_048_576:.0f} MB，超过一次导出 {limit // 1_048_576} MB 的上限。"
        "请按佐证材料目录分批下载，或请系统管理员调高 ARCHIVE_MAX_BYTES"
    )


def build(records: IssueRecords) -> Archive:
    """Write the archive of the issue to a temporary file in the private data folder; whoever gets it closes it."""
    if words := too_large(records):
        raise ActRefused(words)
    with ExitStack() as unfinished:
        file = unfinished.enter_context(tempfile.TemporaryFile(dir=settings.UPLOAD_DIR))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            writer = _Writer(package)
            _add_papers(writer, records)
            _add_files(writer, records)
            book = Book.objects.get(pk=records.issue.inspection.book_id)
            _add_entries(writer, records, book)
            _add_lists(writer, records, book)
        digest = _digest(file)
        unfinished.pop_all()
    return Archive(file, digest, writer.members)


def _add_papers(writer: _Writer, records: IssueRecords) -> None:
    folder, number = "01_文书", records.issue.number
    writer.add(f"{folder}/问题{number}_销号申请表.docx", [application(records).as_bytes()], "销号申请表", packed=True)
    writer.add(f"{folder}/问题{number}_对账销号单.docx", [reconciliation(records).as_bytes()], "对账销号单", packed=True)
    for place, row in enumerate(records.extensions, start=1):
        name = f"{folder}/{row.measure.number}_延期申请表_{place:02d}.docx"
        writer.add(name, [extension(row).as_bytes()], "延期申请表", packed=True)
    facts = Facts(f"问题 {number} 佐证材料目录", records.issue.lead_unit.name, records.today, records.author, f"问题 {number}")
    catalogue = listing(lists.CATALOGUE, facts, lists.file_rows(records.measures))
    writer.add(f"{folder}/问题{number}_佐证材料目录.xlsx", [catalogue], "佐证材料目录", packed=True)


def _add_files(writer: _Writer, records: IssueRecords) -> None:
    """Every version, by number. What the store gives back must be what was registered."""
    for _measure, number, evidence, version in records.files():
        folder = f"02_佐证材料/{number}_{safe_name(evidence.name)}"
        member = writer.add(f"{folder}/第{version.number}版_{safe_name(version.filename)}", _stored(version), evidence.name, packed=True)
        _compare(member, version.sha256)
    for place, row in enumerate((row for row in records.regulations if row.sha256), start=1):
        name = f"03_制度文件/{place:02d}_{safe_name(row.filename or row.title)}"
        _compare(writer.add(name, _stored(row), f"《{row.title}》", packed=True), row.sha256)


def _stored(row: EvidenceVersion | Regulation) -> Iterator[bytes]:
    try:
        with storages["evidence"].open(f"{row.sha256[:2]}/{row.sha256}", "rb") as file:
            yield from file.chunks(CHUNK)
    except FileNotFoundError as error:
        raise ActConflict(f"文件“{row.filename}”在存储中找不到，档案不完整，没有导出。请联系系统管理员从备份恢复") from error


def _compare(member: Member, registered: str) -> None:
    if member.sha256 != registered:
        raise ActConflict(f"文件“{member.name}”与登记的指纹不符，没有导出。请联系系统管理员核查存储并从备份恢复")


def _add_entries(writer: _Writer, records: IssueRecords, book: Book) -> None:
    """The entries on the issue and on all that belongs to it, as a table to read and as JSON lines to check."""
    writer.add("04_台账流水/流水.csv", _as_csv(_entries(records, book)), "台账流水（表格）")
    writer.add("04_台账流水/流水.jsonl", _as_lines(_entries(records, book), book), "台账流水（逐条原文，含指纹）")


def _entries(records: IssueRecords, book: Book) -> Iterator[Entry]:
    measures = records.measures
    subjects: list[tuple[str, list[int]]] = [
        ("issue", [records.issue.pk]),
        ("measure", [row.pk for row in measures]),
        ("progress", list(_reports_of(measures))),
        ("evidence", [item.pk for row in measures for item in row.evidence.all()]),
        ("extension", [row.pk for row in records.extensions]),
        ("closure", [row.pk for row in records.closures]),
        ("signoff", [sign.pk for row in records.closures for sign in row.sign_offs.all()]),
        ("lookback", list(records.issue.look_backs.values_list("pk", flat=True))),
        ("indicator", [row.pk for row in records.indicators]),
        ("regulation", [row.pk for row in records.regulations]),
    ]
    rows = Entry.objects.filter(book=book, seq__lte=book.head_seq).about(subjects).order_by("seq")
    yield from rows.iterator(chunk_size=500)


def _reports_of(measures: list[Measure]) -> Iterator[int]:
    if measures:
        manager = measures[0].reports.model._default_manager
        yield from manager.filter(measure__in=[row.pk for row in measures]).values_list("pk", flat=True)


def _as_csv(entries: Iterable[Entry]) -> Iterator[bytes]:
    """For Excel: with the mark of UTF-8, and nothing that a spreadsheet would take for a formula."""
    yield "\ufeff".encode()
    yield csv_line(ENTRY_HEADS)
    for row in entries:
        at = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")
        words = lines_of(row.payload) if isinstance(row.payload, dict) else ""
        yield csv_line(
            (row.seq, at, row.actor_name, row.actor_role, row.actor_unit, act_of(row), row.subject_label, row.reason, words, row.hash)
        )


def csv_line(values: Iterable[Any]) -> bytes:
    """One line of a CSV in which no program finds a formula."""
    out = io.StringIO()
    words = [storable(value) for value in values]
    csv.writer(out).writerow([f"'{value}" if is_read_as_formula(value) else value for value in words])
    return out.getvalue().encode()


def _as_lines(entries: Iterable[Entry], book: Book) -> Iterator[bytes]:
    """What is hashed of each entry (``chain.body_of``), and its hash: SHA-256 over the RFC 8785 form of the rest."""
    for row in entries:
        line = {**chain.body_of(row, book.slug), "hash": row.hash}
        yield json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _add_lists(writer: _Writer, records: IssueRecords, book: Book) -> None:
    """The manifest lists all but itself and what comes after it; the list of sums holds the manifest and the words as well."""
    issue = records.issue
    facts = {
        "format": 1,
        "inspection": issue.inspection.name,
        "issue": {"number": issue.number, "title": issue.title, "round": issue.round, "closure": issue.get_closure_display()},
        "made_on": records.today.isoformat(),
        "made_by": str(records.user),
        "book": {"slug": book.slug, "head_seq": book.head_seq, "head_hash": book.head_hash},
        "files": [vars(member) for member in writer.members],
    }
    words = READ_ME.format(number=issue.number, title=issue.title, count=len(writer.members), book=book.title, seq=book.head_seq)
    writer.add(README, [words.replace("\n", "\r\n").encode("utf-8-sig")], "说明")
    writer.add(MANIFEST, [json.dumps(facts, ensure_ascii=False, indent=1).encode()], "清单")
    sums = "".join(f"{member.sha256}  {member.name}\n" for member in writer.members)
    writer.add(SUMS, [sums.encode()], "指纹清单")


def _digest(file: IO[bytes]) -> str:
    """The fingerprint of the whole file, which is left at its beginning."""
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def safe_name(words: str) -> str:
    """A name that every system can unpack and that leads nowhere else: no separators, controls, direction marks or device names."""
    visible = "".join(char for char in words if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    stem, dot, extension_ = BAD_IN_NAMES.sub("_", visible).strip(" .").rpartition(".")
    if not dot or len(extension_) > 10:
        stem, dot, extension_ = f"{stem}{dot}{extension_}", "", ""
    stem = stem[: LONGEST_NAME - len(extension_) - 1].strip(" .") or "文件"
    return f"{'_' if RESERVED.match(stem) else ''}{stem}{dot}{extension_}"


READ_ME = """问题 {number} {title}：整改档案

本压缩包共 {count} 个文件（不含本说明和两份清单）：
  01_文书       销号申请表、对账销号单、延期申请表、佐证材料目录
  02_佐证材料   全部佐证材料的全部版次，按材料编号（措施编号-顺序号）存放
  03_制度文件   登记了文件的规章制度（没有则无此目录）
  04_台账流水   本问题及其措施的台账流水：流水.csv 供阅读，流水.jsonl 供核验（取自“{book}”，截至第 {seq} 条）
  manifest.json    每个文件的名称、字节数、SHA-256
  SHA256SUMS.txt   每个文件的 SHA-256，供程序核对

怎样核对没有被改动：
1. 核对压缩包本身：算出整个 ZIP 文件的 SHA-256，与系统台账中“导出档案”一条所记的文件指纹比较，应当完全相同。
   Windows 命令提示符：certutil -hashfile 压缩包文件名 SHA256
2. 核对包内各个文件：先解压，在解压后的目录里运行：
   Windows PowerShell：
     Get-Content -Encoding UTF8 SHA256SUMS.txt | ForEach-Object {{ $h, $n = $_ -split '  ', 2;
       if ((Get-FileHash -LiteralPath $n -Algorithm SHA256).Hash.ToLower() -ne $h) {{ "不符：$n" }} }}
     没有任何输出，就是全部相符。
   Linux、macOS、统信、麒麟：sha256sum -c SHA256SUMS.txt
3. 核对台账流水：流水.jsonl 每行是一条，其中 hash 是该条去掉 hash 后按 RFC 8785 排成的文字的 SHA-256；
   这里只取与本问题有关的条目，序号不连续是正常的。整本台账的连续性，请用台账页面的“校验”或整本导出核验。
标有“（示例）”的栏目是演示数据，不是事实。
"""
