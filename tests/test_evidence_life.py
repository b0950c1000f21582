"""The life of evidence: several files a report, numbered versions, where else a file is used, what counts, what is swept away."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.services import apply_for_closure, decide_closure
from apps.ledgers.models import Entry
from apps.measures.models import Act, Evidence, EvidenceVersion, Measure, Progress
from apps.measures.services import EvidenceDraft, approve, open_file, send_back, update_evidence
from apps.measures.services.files import keep_file, sweep
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from tests import corpus
from tests import factories as make

pytestmark = pytest.mark.django_db
SECOND = make.PDF + b"% second\n"


def draft(name: str = "回单", data: bytes = make.PDF, **facts: Any) -> EvidenceDraft:
    return EvidenceDraft(name, make.upload(f"{name}.pdf", data), make.today(), **facts)


def proved(**facts: Any) -> tuple[Measure, Evidence]:
    """A measure whose report with one file was approved."""
    measure = make.measure(**facts)
    report = make.report(measure, claim=Measure.State.DONE, files=[draft()])
    approve(actor=make.office(), report=report)
    measure.refresh_from_db()
    return measure, Evidence.objects.get(measure=measure)


def update(evidence: Evidence, by: Any, data: bytes = SECOND, note: str = "补盖公章") -> EvidenceVersion:
    return update_evidence(actor=by, evidence=evidence, file=make.upload("新.pdf", data), note=note)


# -- several files a report --------------------------------------------------------------------------------------------


def fields(measure: Measure, **other: Any) -> dict[str, Any]:
    today = make.today().isoformat()
    return {
        "claim": "done",
        "text": "已办结",
        "as_of": today,
        "signed_by": "张局长",
        "is_vouched_for": "on",
        "version": measure.version,
        **other,
    }


def test_a_report_brings_several_files_each_with_its_own_words() -> None:
    measure = make.measure()
    browser = make.signed_in(make.liaison(measure.lead_unit))
    address = reverse("measures:report", args=(measure.pk,))
    page = browser.get(address).content.decode()
    assert page.count('type="file"') == settings.EVIDENCE_MAX_FILES
    files = {
        "file": make.upload("一.pdf"),
        "name": "缴款回单",
        "effective_on": "2025-03-01",
        "description": "第一批",
        "file_3": make.upload("三.txt", "会议记录".encode()),
        "effective_on_3": "2025-03-02",
    }
    assert browser.post(address, fields(measure, **files)).status_code == 302
    rows = Evidence.objects.order_by("pk").values_list("name", "effective_on", "description")
    assert list(rows) == [("缴款回单", dt.date(2025, 3, 1), "第一批"), ("三", dt.date(2025, 3, 2), "")]
    sheet = browser.get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
    for said in ("缴款回单", "第一批", "TXT", "2025-03-02"):
        assert said in sheet


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"file_2": make.upload("a.exe")}, "file_2", "不接受这种文件"),
        ({"name_2": "只有名称", "file_2": ""}, "file_2", "还没有选择文件"),
        ({"effective_on_2": ""}, "effective_on_2", "请填写材料日期"),
        ({"effective_on_2": "2098-01-01"}, "effective_on_2", "晚于今天"),
        ({"description_2": "字" * 301}, "description_2", "300"),
    ],
)
def test_a_refusal_stands_at_its_own_row_and_keeps_it_open(wrong: dict[str, Any], field: str, sentence: str) -> None:
    measure = make.measure()
    browser = make.signed_in(make.liaison(measure.lead_unit))
    files = {"file": make.upload(), "effective_on": "2025-03-01", "file_2": make.upload(), "effective_on_2": "2025-03-01"}
    answer = browser.post(reverse("measures:report", args=(measure.pk,)), fields(measure, **{**files, **wrong}))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert f'href="#id_{field}' in page
    assert page.count('<details class="evrow" open>') == 1
    assert not Evidence.objects.exists()


def test_limits_by_number_and_by_the_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = make.measure()
    monkeypatch.setattr(settings, "EVIDENCE_MAX_FILES", 2)
    with pytest.raises(ActRefused, match="最多附 2 份") as refused:
        make.report(measure, files=[draft(), draft(), draft(row="_3")])
    assert refused.value.field == "file_3"
    monkeypatch.setattr(settings, "EVIDENCE_MAX_MEASURE_BYTES", 2 * len(make.PDF))
    make.report(measure, files=[draft(), draft()])
    other = make.measure(measure.issue)
    with pytest.raises(ActRefused, match="上限"):
        make.report(other, files=[draft(), draft(data=SECOND)])
    assert Evidence.objects.count() == 2


# -- versions ----------------------------------------------------------------------------------------------------------


def test_a_new_version_is_numbered_noted_and_leaves_the_old_one_readable() -> None:
    measure, evidence = proved()
    lead = make.liaison(measure.lead_unit)
    update(evidence, lead)
    first, second = evidence.versions.order_by("number")
    assert (second.number, second.note, second.uploaded_by) == (2, "补盖公章", lead)
    assert open_file(first).read() == make.PDF
    assert open_file(second).read() == SECOND
    entry = Entry.objects.get(act=Act.UPDATE_EVIDENCE)
    assert (entry.actor, entry.subject_id, entry.reason) == (lead, measure.pk, "补盖公章")
    assert entry.payload == {"name": "回单", "edition": 2, "file": "新.pdf", "sha256": [first.sha256, second.sha256]}
    page = make.signed_in(lead).get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
    for said in ("第 2 版", "补盖公章", "以前的版本（1）", first.sha256[:7], second.sha256[:7], "审核通过的是第 1 版"):
        assert said in page


def test_the_form_of_a_new_version() -> None:
    measure, evidence = proved()
    browser = make.signed_in(make.office())
    address = reverse("measures:evidence-update", args=(evidence.versions.get().pk,))
    assert "第 1 版" in browser.get(address).content.decode()
    form = {"note": "换成扫描件", "version": measure.version}
    assert browser.post(address, form).status_code == 400
    assert "请选择新版文件" in browser.post(address, form).content.decode()
    bad = browser.post(address, {**form, "file": make.upload("a.pdf", b"MZ")})
    assert bad.status_code == 400
    assert "内容与扩展名不符" in bad.content.decode()
    assert browser.post(address, {**form, "file": make.upload("a.pdf", SECOND)}).status_code == 302
    assert browser.post(address, {**form, "file": make.upload("a.pdf", SECOND + b"%")}).status_code == 409
    assert evidence.versions.count() == 2


@pytest.mark.parametrize(("note", "data", "field"), [("  ", SECOND, "note"), ("同一份", make.PDF, "file"), ("坏", b"MZ", "file")])
def test_a_version_that_says_or_changes_nothing(note: str, data: bytes, field: str) -> None:
    _measure, evidence = proved()
    with pytest.raises(ActRefused) as refused:
        update(evidence, make.office(), data, note)
    assert (refused.value.field, evidence.versions.count()) == (field, 1)


def test_who_may_hand_in_a_version() -> None:
    helper = make.unit()
    measure, evidence = proved(supporting_units=(helper,))
    address = reverse("measures:evidence-update", args=(evidence.versions.get().pk,))
    for who in (make.liaison(helper), make.leader()):
        with pytest.raises(ActForbidden):
            update(evidence, who)
        assert make.signed_in(who).get(address).status_code == 403
    for stranger in (make.liaison(), make.user(Role.AUDITOR), make.user(Role.ADMIN)):
        assert make.signed_in(stranger).get(address).status_code == 404
    assert evidence.versions.count() == 1
    assert update(evidence, make.liaison(measure.lead_unit)).number == 2


def test_evidence_rests_while_it_is_judged_and_once_the_issue_is_closed() -> None:
    """Not during a review, an application or after closing; returned by the office, it may be updated again."""
    measure, evidence = proved()
    lead = make.liaison(measure.lead_unit)
    issue = measure.issue
    returned = apply_for_closure(actor=make.liaison(issue.lead_unit), issue=issue, statement="已完成", reasons=make.answers(issue))
    with pytest.raises(ActRefused, match="正在审定销号"):
        update(evidence, lead)
    decide_closure(actor=make.office(), closure=returned, agree=False, opinion="请换成盖章的材料")
    assert update(evidence, lead).number == 2
    issue.refresh_from_db()
    agreed = apply_for_closure(actor=make.liaison(issue.lead_unit), issue=issue, statement="已完成", reasons=make.answers(issue))
    decide_closure(actor=make.office(), closure=agreed, agree=True, opinion="同意")
    with pytest.raises(ActRefused, match="已销号"):
        update(evidence, lead, SECOND + b"%")
    waiting = make.measure()
    make.report(waiting, files=[draft()])
    with pytest.raises(ActConflict, match="待审核"):
        update(Evidence.objects.get(measure=waiting), make.office())


# -- the same file elsewhere -------------------------------------------------------------------------------------------


def test_the_same_file_elsewhere_is_named_as_far_as_the_reader_sees_and_stored_once() -> None:
    stored = {path for path in Path(settings.EVIDENCE_DIR).rglob("*") if path.is_file()}
    lead, data = make.unit(), make.PDF + b"% used three times\n"
    category = make.category()
    own, mine, foreign = (make.measure(make.issue(category, lead=unit)) for unit in (lead, lead, make.unit()))
    for measure in (own, mine, foreign):
        make.report(measure, files=[draft(data=data)])
    assert len({path for path in Path(settings.EVIDENCE_DIR).rglob("*") if path.is_file()} - stored) == 1
    address = reverse("measures:sheet", args=(own.pk,))
    seen = make.signed_in(make.office()).get(address).content.decode()
    assert f">{mine.number}</a>、<a" in seen
    assert f">{foreign.number}</a>" in seen
    page = make.signed_in(make.liaison(lead)).get(address).content.decode()
    assert "同一文件也用于" in page
    assert f">{mine.number}</a>" in page
    assert foreign.number not in page


def test_the_sheet_takes_the_same_queries_for_many_files_and_uses() -> None:
    lead = make.unit()
    issue = make.issue(lead=lead)
    few, many = make.measures(issue, 2)
    make.report(few, files=[draft()])
    make.report(many, files=[draft(f"材料{number}") for number in range(9)])
    for measure in make.measures(issue, 5):
        make.report(measure, files=[draft()])
    browser = make.signed_in(make.liaison(lead))
    counts = []
    for measure in (few, few, many):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("measures:sheet", args=(measure.pk,))).status_code == 200
        counts.append(len(captured))
    assert counts[1] == counts[2] <= 24


# -- what counts -------------------------------------------------------------------------------------------------------


def test_evidence_of_a_returned_report_proves_nothing_by_itself() -> None:
    measure = make.measure()
    report = make.report(measure, claim=Measure.State.DONE, files=[draft()])
    assert not Evidence.objects.counting().exists()
    send_back(actor=make.office(), report=report, requirement="材料与措施无关，请重新提供")
    assert not Evidence.objects.counting().exists()
    with pytest.raises(ActRefused, match="至少要附一份佐证材料"):
        make.report(measure, claim=Measure.State.DONE)
    page = make.signed_in(make.office()).get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
    assert "不计入完成和销号依据" in page
    again = make.report(measure, claim=Measure.State.DONE, files=[draft(data=SECOND)])
    approve(actor=make.office(), report=again)
    assert Evidence.objects.counting().filter(measure=measure).exists()
    measure.refresh_from_db()
    assert Measure.objects.contents_for_closure([measure])[0]["evidence"] == [Evidence.objects.latest("pk").versions.get().sha256]


def test_a_measure_done_before_its_only_evidence_was_returned_does_not_close_the_issue() -> None:
    measure = make.measure()
    approve(actor=make.office(), report=make.report(measure, claim=Measure.State.STAGE_DONE, difficulties="分期缴纳"))
    report = make.report(measure, claim=Measure.State.DONE, files=[draft()])
    send_back(actor=make.office(), report=report, requirement="请重新提供")
    lead = make.liaison(measure.issue.lead_unit)
    with pytest.raises(ActRefused, match="没有经审核通过的佐证材料"):
        apply_for_closure(actor=lead, issue=measure.issue, statement="已完成", reasons=make.answers(measure.issue))
    approve(actor=make.office(), report=make.report(measure, claim=Measure.State.DONE, files=[draft()]))
    measure.issue.refresh_from_db()
    assert apply_for_closure(actor=lead, issue=measure.issue, statement="已完成", reasons=make.answers(measure.issue)).pk


def test_files_of_a_returned_report_may_be_handed_in_again_without_an_upload() -> None:
    measure = make.measure()
    first = make.report(measure, claim=Measure.State.DONE, files=[draft("缴款回单", description="第一批"), draft("名单", SECOND)])
    send_back(actor=make.office(), report=first, requirement="请写清进展")
    measure.refresh_from_db()
    browser = make.signed_in(make.liaison(measure.lead_unit))
    address = reverse("measures:report", args=(measure.pk,))
    page = browser.get(address).content.decode()
    assert "沿用上次退回填报的材料" in page
    assert "缴款回单（PDF" in page
    other = EvidenceVersion.objects.get(evidence__name="名单")
    kept = EvidenceVersion.objects.get(evidence__name="缴款回单")
    foreign = make.measure()
    make.report(foreign, files=[draft()])
    theirs = EvidenceVersion.objects.get(evidence__measure=foreign)
    assert browser.post(address, fields(measure, kept=[theirs.pk])).status_code == 400
    with pytest.raises(ActRefused, match="只能沿用本措施的材料"):
        make.report(measure, files=[EvidenceDraft("别人的", None, make.today(), again=theirs)])
    assert browser.post(address, fields(measure, kept=[kept.pk])).status_code == 302
    again = Progress.objects.latest("pk")
    row = again.evidence.get()
    assert (row.name, row.description, row.versions.get().sha256) == ("缴款回单", "第一批", kept.sha256)
    approve(actor=make.office(), report=again)
    assert list(Evidence.objects.counting().filter(measure=measure)) == [row]
    assert other.evidence.progress == first


# -- files that no record names ----------------------------------------------------------------------------------------


def age(digest: str, days: float) -> Path:
    place = Path(settings.EVIDENCE_DIR) / digest[:2] / digest
    then = time.time() - days * 86_400
    os.utime(place, (then, then))
    return place


def test_the_sweep_takes_old_files_without_a_record_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    measure = make.measure()
    with pytest.raises(ActRefused), transaction.atomic():
        make.report(measure, files=[draft(data=make.PDF + b"% left behind\n"), draft(data=b"MZ")])
    left = keep_file(make.upload(data=make.PDF + b"% left behind\n")).sha256
    fresh = keep_file(make.upload(data=make.PDF + b"% on its way\n")).sha256
    make.report(measure, files=[draft(data=make.PDF + b"% named\n")])
    named = EvidenceVersion.objects.get().sha256
    places = age(left, 1.1), age(fresh, 0.9), age(named, 400)
    call_command("sweep_evidence")
    assert [place.exists() for place in places] == [False, True, True]
    assert left in capsys.readouterr().out
    assert left not in sweep()


def test_a_file_that_is_handed_in_again_is_young_again() -> None:
    """Else the sweep could take it between being found in the store and being entered in the record."""
    data = make.PDF + b"% again\n"
    place = age(keep_file(make.upload(data=data)).sha256, 30)
    keep_file(make.upload(data=data))
    sweep()
    assert place.exists()
    age(place.name, 30)
    sweep()
    assert not place.exists()


def test_a_file_that_was_changed_on_the_disk_is_handed_to_nobody() -> None:
    """S-49: the fingerprint is in the book and in the record; other bytes are not what was handed in."""
    measure = make.measure()
    make.report(measure, files=[draft(data=make.PDF + b"% swapped\n")])
    version = EvidenceVersion.objects.get()
    browser = make.signed_in(make.office())
    assert browser.get(f"/evidence/{version.pk}/").status_code == 200
    place = Path(settings.EVIDENCE_DIR) / version.storage_name
    place.write_bytes(place.read_bytes().replace(b"swapped", b"Swapped"))
    for address in (f"/evidence/{version.pk}/", f"/evidence/{version.pk}/view/"):
        page = browser.get(address)
        assert "指纹不符" in page.content.decode()
    assert browser.get(f"/evidence/{version.pk}/").status_code == 409
    assert Progress.objects.count() == 1
    place.unlink()


def test_the_store_is_private_and_names_no_file() -> None:
    """S-46: names are fingerprints, readable for the application's user alone."""
    kept = keep_file(make.upload("😀全角．" + "长" * 200 + ".pdf", corpus.pdf()))
    place = Path(settings.EVIDENCE_DIR) / kept.sha256[:2] / kept.sha256
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
