"""Workbooks that are odd or hostile, and what stands between their preview and their submission."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import BadSignature
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from apps.issues.models import Issue
from apps.measures.models import Progress, ReturnedWorkbook
from apps.measures.services import send_back, submit_workbook, take_workbook, workbooks
from apps.measures.workbooks import reading
from apps.measures.workbooks.comparing import Standing
from apps.measures.workbooks.layout import EVIDENCE, HEAD_ROW, MEASURES, Passport, mark, parts_of
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from tests import factories as make
from tests.filling import Filling, begun, liaison_of, looked_at, package, row_of, start, submitted

pytestmark = pytest.mark.django_db


issue = pytest.fixture(make.issue)
who = pytest.fixture(liaison_of)


@pytest.mark.parametrize("text", ["1.2.\ud800", "\ud800.0123456789ab", "一.0123456789ab", "..", "1..2.0123456789ab", "٣.0123456789ab", ""])
def test_odd_text_is_no_mark_and_no_passport(text: str) -> None:
    assert parts_of(mark(7, 3, 4), 7, 2) == (3, 4)
    assert parts_of(text, 7, 1) is None
    with pytest.raises(BadSignature):
        Passport.opened(text)


def test_rows_without_a_number_are_each_told_once_and_are_no_doubles(issue: Issue, who: User) -> None:
    make.measure(issue)
    filling = start(who, issue)
    for row in range(20, 320):
        filling.put(MEASURES, row, {"本期进展": "做了"})
    taken = filling.taken(who)
    assert taken.content["problems"] == []
    seen = looked_at(taken, who)
    assert (len(seen.problems), len(seen.rows)) == (300, 0)
    assert all("没有措施编号" in problem.message for problem in seen.problems)


def test_of_many_doubles_five_are_named(issue: Issue, who: User) -> None:
    """The row with the mark of the measure is one of them."""
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    for row in range(20, 30):
        filling.put(MEASURES, row, {"编号": measure.number, "本期进展": "做了"})
    told = [problem["message"] for problem in filling.taken(who).content["problems"]]
    assert len(told) == 11
    assert told[0] == "这条措施在第 20、21、22、23、24 行等也填了，请只留一行"
    assert told[-1] == f"这条措施在第 {HEAD_ROW + 1}、20、21、22、23 行等也填了，请只留一行"


@pytest.mark.parametrize("sheet", [MEASURES, EVIDENCE])
def test_more_rows_than_a_unit_can_have_are_refused(issue: Issue, who: User, monkeypatch: pytest.MonkeyPatch, sheet: str) -> None:
    make.measure(issue)
    filling = start(who, issue)
    monkeypatch.setattr(reading, "MOST_MEASURES", 10)
    for row in range(20, 31):
        filling.put(sheet, row, {"本期进展": "做了"} if sheet == MEASURES else {"文件名": "回单.pdf"})
    with pytest.raises(ActRefused, match=f"“{sheet}”表.*分到几份工作簿"):
        filling.taken(who)
    monkeypatch.setattr(reading, "MOST_MEASURES", 11)
    assert filling.taken(who) == ReturnedWorkbook.objects.get()


def test_more_faults_than_people_make_are_refused(issue: Issue, who: User, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    monkeypatch.setattr(reading, "MOST_PROBLEMS", 10)
    for row in range(20, 31):
        filling.put(EVIDENCE, row, {"措施编号": measure.number})
    with pytest.raises(ActRefused, match="错误太多"):
        filling.taken(who)


def test_a_package_that_comes_in_after_the_preview_does_not_change_what_is_submitted(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2)
    filling = start(who, issue)
    for measure in (first, second):
        filling.report(measure)
    filling.file(first, "回单.pdf")
    taken = filling.taken(who)
    package(taken, who, {"回单.pdf": make.PDF})
    chosen = {row.measure.pk: row.token for row in looked_at(taken, who).submittable}
    package(taken, who, {"别的.pdf": make.PDF})
    assert {row.measure.pk: row.token for row in looked_at(taken, who).submittable} == chosen, "what is named by no row does not matter"
    package(taken, who, {"回单.pdf": make.PDF + b"\n"})
    with pytest.raises(ActConflict, match=first.number):
        submit_workbook(actor=who, workbook=taken, chosen=chosen)
    assert not first.reports.exists()
    assert submit_workbook(actor=who, workbook=taken, chosen={second.pk: chosen[second.pk]})


RESCAN = make.PDF + b"\n%"


@pytest.fixture
def returned(issue: Issue, who: User) -> Progress:
    """A report with 回单.pdf that was sent back."""
    report = make.report(make.measure(issue), by=who, files=[make.evidence()], text="情况属实。")
    send_back(actor=make.office(), report=report, requirement="回单不清楚，请重扫")
    return report


@pytest.mark.parametrize("change", ["nothing", "bytes", "day", "description", "another file"])
@pytest.mark.parametrize("is_vouched", [True, False])
def test_a_returned_report_is_put_right_by_its_files_alone(
    issue: Issue, who: User, returned: Progress, change: str, is_vouched: bool
) -> None:
    measure, item = returned.measure, returned.evidence.get()
    filling = start(who, issue)
    if is_vouched:
        filling.put(MEASURES, filling.row_of(MEASURES, "编号", measure.number), {"真实性承诺": "是"})
    day = make.days(-40) if change == "day" else item.effective_on
    values = {"材料日期": day, "材料说明": "第二页" if change == "description" else item.description}
    filling.file(measure, "补充.pdf" if change == "another file" else "回单.pdf", **values)
    taken = filling.taken(who)
    package(taken, who, {"补充.pdf": make.PDF, "回单.pdf": RESCAN if change == "bytes" else make.PDF})
    expected = Standing.NEW if is_vouched else Standing.SAME if change == "nothing" else Standing.WRONG
    assert row_of(taken, who, measure).standing == expected
    if is_vouched:
        (made,) = submitted(taken, who)
        assert made.resubmits == returned
        assert row_of(taken, who, measure).standing == Standing.SAME, "done"
        send_back(actor=make.office(), report=made, requirement="还是不清楚")
        assert row_of(taken, who, measure).standing == Standing.SAME, "what came of this workbook is done with"


def test_the_bytes_of_a_file_count_for_a_report_that_waits_too(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    filling.file(measure, "回单.pdf")
    taken = filling.taken(who)
    package(taken, who, {"回单.pdf": make.PDF})
    submitted(taken, who)
    other = Filling(filling.saved())
    other.book.properties.title = "另存一次"
    again = other.taken(who)
    assert row_of(again, who, measure).standing == Standing.SAME, "the package did not come along"
    package(again, who, {"回单.pdf": make.PDF})
    assert row_of(again, who, measure).standing == Standing.SAME
    package(again, who, {"回单.pdf": make.PDF[:-1] + b" "})
    assert row_of(again, who, measure).standing == Standing.RESTS, "of the same size"


def test_the_packages_of_a_workbook_together_have_a_limit(issue: Issue, who: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make.measure(issue)
    taken = start(who, issue).taken(who)
    package(taken, who, {"一.pdf": make.PDF})
    size = taken.packages.get().size
    monkeypatch.setattr(settings, "WORKBOOK_PACKAGE_MAX_BYTES", size)
    for name in ("二.pdf", "三.pdf", "四.pdf", "五.pdf"):
        package(taken, who, {name: make.PDF})
    with pytest.raises(ActRefused, match="分到几份工作簿") as caught:
        package(taken, who, {"六.pdf": make.PDF})
    assert caught.value.field == "package"
    assert taken.packages.aggregate(total=Sum("size")) == {"total": 5 * size}
    package(taken, who, {"二.pdf": make.PDF})
    assert taken.packages.count() == 5, "what is there already is no more"


def test_an_untouched_workbook_says_what_to_do(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    pages = [make.signed_in(who).get(reverse("measures:workbook", args=(filling.taken(who).pk,)))]
    filling.report(measure)
    pages.append(make.signed_in(who).get(reverse("measures:workbook", args=(filling.taken(who).pk,))))
    assert ["没有读到填写的内容" in page.content.decode() for page in pages] == [True, False]


def test_so_many_workbooks_a_day_are_enough(issue: Issue, who: User, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = make.measure(issue)
    monkeypatch.setattr(workbooks, "MOST_A_DAY", 2)
    taken = []
    for text in ("甲", "乙"):
        filling = start(who, issue)
        filling.report(measure, 本期进展=text)
        data = filling.saved()
        taken.append((take_workbook(actor=who, file=SimpleUploadedFile("填报.xlsx", data)), data))
    kept = sum(1 for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
    another = start(who, issue)
    another.report(measure, 本期进展="丙")
    with pytest.raises(ActRefused, match=r"今天已经交回 2 份工作簿.*明天上传") as refused:
        another.taken(who)
    assert refused.value.field == "file"
    assert sum(1 for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()) == kept, "nor is the file kept"
    for_them = start(who, issue)
    for_them.report(measure, 本期进展="丁")
    assert for_them.taken(make.office()), "the office is not shut out by the unit"
    row, data = taken[0]
    assert take_workbook(actor=who, file=SimpleUploadedFile("再来.xlsx", data)) == row, "the same file again"
    other = make.measure(make.issue(issue.category))
    theirs = make.liaison(other.lead_unit)
    filling = begun(theirs, issue.category.inspection, other.lead_unit)
    filling.report(other)
    assert filling.taken(theirs), "another unit"
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        assert another.taken(who), "the control: another day"


def test_the_words_of_a_workbook_have_an_end(issue: Issue, who: User, monkeypatch: pytest.MonkeyPatch) -> None:
    measures = [make.measure(issue) for _turn in range(3)]
    filling = start(who, issue)
    for measure in measures:
        filling.report(measure, 本期进展="进" * 900)
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 3000)
    assert filling.taken(who)
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 2500)
    with pytest.raises(ActRefused, match=r"文字合计超过.*分到几份工作簿") as refused:
        filling.taken(who)
    assert refused.value.field == "file"
