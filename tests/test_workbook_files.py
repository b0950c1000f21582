"""Evidence of a returned workbook: found by name in ZIP packages, which may be broken, hostile, or packed by any system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.issues.models import Issue
from apps.measures.models import EvidenceVersion, Measure, Progress, ReturnedWorkbook, WorkbookPackage
from apps.measures.services import add_package
from apps.measures.services.files import sweep
from apps.measures.workbooks.comparing import Standing
from apps.measures.workbooks.layout import EVIDENCE
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import User
from tests import corpus
from tests import factories as make
from tests.filling import Filling, in_gbk, liaison_of, looked_at, package, row_of, start, submitted, zipped

pytestmark = pytest.mark.django_db


issue = pytest.fixture(make.issue)
who = pytest.fixture(liaison_of)


@pytest.fixture
def measure(issue: Issue) -> Measure:
    return make.measure(issue)


@pytest.fixture
def filling(who: User, issue: Issue, measure: Measure) -> Filling:
    found = start(who, issue)
    found.report(measure, 本期状态="已完成")
    return found


def add(taken: ReturnedWorkbook, who: User, data: bytes, name: str = "材料.zip") -> WorkbookPackage:
    return add_package(actor=who, workbook=taken, file=SimpleUploadedFile(name, data))


def test_files_are_found_by_name_and_become_the_evidence_of_the_report(filling: Filling, who: User, measure: Measure) -> None:
    filling.file(measure, "缴款回单.PDF", 材料名称="缴款回单", 材料说明="三户")
    filling.file(measure, "台账.pdf")
    taken = filling.taken(who)
    assert "还没有上传压缩包" in row_of(taken, who, measure).problems[0].message
    package(taken, who, {"材料/缴款回单.pdf": make.PDF, "材料/台账.pdf": make.PDF + b"\n", "__MACOSX/._台账.pdf": b"x", "Thumbs.db": b"x"})
    seen = looked_at(taken, who)
    assert (seen.rows[0].standing, seen.unused) == (Standing.NEW, [])
    (made,) = submitted(taken, who)
    rows = [(row.name, row.description, row.versions.get().filename) for row in made.evidence.order_by("pk")]
    assert rows == [("缴款回单", "三户", "缴款回单.pdf"), ("台账", "", "台账.pdf")]


def test_names_in_gbk(filling: Filling, who: User, measure: Measure) -> None:
    filling.file(measure, "缴款回单.pdf")
    taken = filling.taken(who)
    add(taken, who, in_gbk({"材料/缴款回单.pdf": make.PDF}))
    (made,) = submitted(taken, who)
    assert made.evidence.get().versions.get().filename == "缴款回单.pdf"


def test_a_name_that_is_not_there_is_told_with_what_is_near(filling: Filling, who: User, measure: Measure) -> None:
    filling.file(measure, "缴款回单.pdf")
    taken = filling.taken(who)
    package(taken, who, {"缴款回执单.pdf": make.PDF})
    row = row_of(taken, who, measure)
    assert row.standing == Standing.WRONG
    assert "相近的有：缴款回执单.pdf" in row.problems[0].message
    assert row.problems[0].sheet == EVIDENCE
    assert looked_at(taken, who).unused == ["缴款回执单.pdf"]


def test_files_of_one_name_are_told_apart_by_the_folder_of_the_measure(who: User, issue: Issue, measure: Measure) -> None:
    second = make.measure(issue)
    filling = start(who, issue)
    for row in (measure, second):
        filling.report(row, 本期状态="已完成")
        filling.file(row, "回单.pdf")
    taken = filling.taken(who)
    package(taken, who, {f"{measure.number}/回单.pdf": make.PDF, f"{second.number}/回单.pdf": make.PDF + b"\n"})
    made = submitted(taken, who)
    digests = [report.evidence.get().versions.get().sha256 for report in made]
    assert len(set(digests)) == 2
    third = make.measure(issue)
    filling = start(who, issue)
    filling.report(third)
    filling.file(third, "回单.pdf")
    taken = filling.taken(who)
    package(taken, who, {"甲/回单.pdf": make.PDF, "乙/回单.pdf": make.PDF})
    assert "几个同名文件" in row_of(taken, who, third).problems[0].message


def test_a_later_package_adds_to_the_earlier_and_a_file_of_the_same_path_counts_as_said(
    filling: Filling, who: User, measure: Measure
) -> None:
    filling.file(measure, "回单.pdf")
    filling.file(measure, "台账.pdf")
    taken = filling.taken(who)
    package(taken, who, {"回单.pdf": make.PDF})
    package(taken, who, {"台账.pdf": make.PDF, "回单.pdf": make.PDF + b"\n"})
    package(taken, who, {"台账.pdf": make.PDF, "回单.pdf": make.PDF + b"\n"})
    assert taken.packages.count() == 2, "the same package is taken once"
    assert looked_at(taken, who).replaced == ["回单.pdf"]
    (made,) = submitted(taken, who)
    assert {version.size for version in EvidenceVersion.objects.filter(evidence__progress=made)} == {len(make.PDF), len(make.PDF) + 1}


def test_a_file_that_is_no_evidence_is_told_at_its_cell_and_the_others_stay_good(who: User, issue: Issue, measure: Measure) -> None:
    second = make.measure(issue)
    filling = start(who, issue)
    for row, name in ((measure, "程序.exe"), (second, "回单.pdf")):
        filling.report(row)
        filling.file(row, name)
    taken = filling.taken(who)
    package(taken, who, {"程序.exe": b"MZ", "回单.pdf": make.PDF, "假.pdf": b"<html>"})
    assert "不接受这种文件" in row_of(taken, who, measure).problems[0].message
    assert [report.measure for report in submitted(taken, who)] == [second]


def bomb() -> bytes:
    """15 MB of zeros, packed to 15 kB."""
    return zipped({"回单.txt": b"0" * 15 * 1024 * 1024})


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "leads outside": (lambda: zipped({"../../etc/cron.d/回单.pdf": make.PDF}), "指向包外"),
    "absolute": (lambda: zipped({"/etc/回单.pdf": make.PDF}), "指向包外"),
    "drive": (lambda: zipped({"C:\\回单.pdf": make.PDF}), "指向包外"),
    "bomb": (bomb, "过大"),
    "lying": (lambda: corpus.lying(zipped({"回单.txt": b"0" * 200_000}), 100), "损坏"),
    "cut off": (lambda: zipped({"回单.pdf": make.PDF})[:-40], "不完整"),
    "password": (lambda: corpus.locked(zipped({"回单.pdf": make.PDF})), "密码"),
    "link": (lambda: corpus.link("回单.pdf"), "符号链接"),
    "overlapping": (lambda: corpus.overlapping(30, b"x" * 1000), "损坏"),
    "many": (lambda: zipped({f"{number}.txt": b"x" for number in range(2001)}), "过大"),
    "empty": (lambda: zipped({"目录/": b""}), "没有文件"),
    "rar": (lambda: b"Rar!\x1a\x07\x00" + b"x" * 100, "ZIP"),
    "nothing": (lambda: b"", "空"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_broken_and_hostile_packages_are_refused_in_words_and_leave_nothing(filling: Filling, who: User, kind: str) -> None:
    build, words = HOSTILE[kind]
    taken = filling.taken(who)
    with pytest.raises(ActRefused, match=words):
        add(taken, who, build())
    assert not taken.packages.exists()


def test_a_package_of_an_office_document_that_is_a_bomb_or_has_macros(filling: Filling, who: User, measure: Measure) -> None:
    macros = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>", "word/vbaProject.bin": b"x"})
    filling.file(measure, "报告.docx")
    taken = filling.taken(who)
    package(taken, who, {"报告.docx": macros})
    assert "宏" in row_of(taken, who, measure).problems[0].message
    inner = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * 60 * 1024 * 1024})
    with pytest.raises(ActRefused, match="过大"):
        package(taken, who, {"炸弹.docx": inner})


def test_too_many_and_too_large(filling: Filling, who: User, measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        filling.file(measure, f"{number}.pdf")
    taken = filling.taken(who)
    monkeypatch.setattr(settings, "EVIDENCE_MAX_FILES", 2)
    package(taken, who, {f"{number}.pdf": make.PDF for number in range(3)})
    assert "最多附 2 份" in row_of(taken, who, measure).problems[0].message
    monkeypatch.setattr(settings, "EVIDENCE_MAX_FILES", 10)
    monkeypatch.setattr(settings, "EVIDENCE_MAX_MEASURE_BYTES", len(make.PDF))
    assert "上限" in row_of(taken, who, measure).problems[0].message
    monkeypatch.setattr(settings, "WORKBOOK_PACKAGE_MAX_BYTES", 10)
    with pytest.raises(ActRefused, match="上限"):
        package(taken, who, {"又一份.pdf": make.PDF})
    assert Progress.objects.count() == 0


def test_packages_are_for_those_who_handle_the_workbook_and_their_files_are_never_swept(filling: Filling, who: User) -> None:
    taken = filling.taken(who)
    for stranger in (make.liaison(), make.leader(), make.user("auditor")):
        with pytest.raises(ActForbidden):
            package(taken, stranger, {"回单.pdf": make.PDF})
    package(taken, who, {"回单.pdf": make.PDF})
    removed = sweep(now=timezone.now() + dt.timedelta(days=9))
    assert not {taken.sha256, taken.packages.get().sha256} & set(removed)
