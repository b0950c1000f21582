"""The register of regulations: filters, counts, duplicates, changes with before and after, files, who sees what."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.issues.models import Inspection, Issue
from apps.ledgers.models import Entry
from apps.measures.models import Regulation
from apps.measures.services import add_regulation, amend_regulation
from apps.measures.services.regulations import normal
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from tests import factories as make
from tests.api_world import client, refused, url

pytestmark = pytest.mark.django_db
LIST, LIMIT = "/regulations/", 12


def rule(issue: Issue | None = None, inspection: Inspection | None = None, **facts: Any) -> Regulation:
    issue = issue or (None if inspection else make.issue())
    round_ = inspection or (issue.inspection if issue else make.inspection())
    values = {"title": "土地出让金催缴制度", "kind": "made", "unit": issue.lead_unit if issue else make.unit()}
    return add_regulation(actor=None, inspection=round_, issue=issue, **{**values, **facts})


SAME = [
    ("土地出让金催缴制度", "沙政〔2025〕3号"),
    ("《土地出让金催缴制度》", "沙政〔2025〕3号"),
    (" 土地出让金 催缴制度　", "沙政[2025]3号"),
    ("土地出让金催缴制度", "沙政［２０２５］３号"),
    ("〈土地出让金催缴制度〉", "沙政（2025） 3 号"),
]


@pytest.mark.parametrize(("title", "number"), SAME)
def test_the_same_rule_is_registered_once_however_it_is_written(title: str, number: str) -> None:
    first = rule(doc_number="沙政〔2025〕3号")
    with pytest.raises(ActConflict) as refusal:
        rule(first.issue, title=title, doc_number=number)
    assert "《土地出让金催缴制度》沙政〔2025〕3号（新建" in refusal.value.message
    assert f"问题 {first.issue.number if first.issue else ''}" in refusal.value.message
    assert refusal.value.field == "title"


def test_another_number_another_name_or_another_round_is_another_rule() -> None:
    first = rule(doc_number="沙政〔2025〕3号")
    rule(first.issue, doc_number="沙政〔2025〕4号")
    rule(first.issue, title="土地出让金催缴办法", doc_number="沙政〔2025〕3号")
    rule(doc_number="沙政〔2025〕3号")
    assert Regulation.objects.count() == 4


def test_titles_are_kept_as_written_but_without_their_marks() -> None:
    assert rule(title="《关于印发〈办法〉的通知》").title == "关于印发〈办法〉的通知"
    assert normal("ＡＢＣ 《甲》") == normal("abc甲")


def test_a_change_needs_a_reason_and_a_version_and_may_not_make_a_double() -> None:
    first, office = rule(), make.office()
    second = rule(first.issue, title="另一制度")
    changed = amend_regulation(
        actor=office, regulation=second, values={"doc_number": "沙委〔2025〕1号", "kind": "revised"}, reason="已印发"
    )
    payload = Entry.objects.filter(act="measures.amend_regulation").latest("seq").payload
    assert payload == {"changes": {"doc_number": ["", "沙委〔2025〕1号"], "kind": ["新建", "修订"]}}
    assert changed.version == 2
    for values, reason, version, error, words in (
        ({"title": "土地出让金 催缴制度", "doc_number": ""}, "改名", 2, ActConflict, "已经登记"),
        ({"title": "新名"}, " ", 2, ActRefused, "要写明理由"),
        ({"title": "新名"}, "改名", 1, ActConflict, "请刷新页面"),
        ({"title": "《》"}, "改名", 2, ActRefused, "请填写制度名称"),
        ({"kind": "revised"}, "再改", 2, ActRefused, "没有变化"),
        ({"issue": make.issue()}, "改问题", 2, ActRefused, "不属于本轮次"),
        ({"sha256": "0"}, "改文件", 2, ActRefused, "不能修改"),
    ):
        with pytest.raises(error, match=words):
            amend_regulation(actor=office, regulation=second, values=values, reason=reason, version=version)
    with pytest.raises(ActForbidden):
        amend_regulation(actor=make.leader(), regulation=second, values={"title": "新名"}, reason="改名")


def test_its_file_is_checked_kept_and_fetched_by_those_who_see_the_rule() -> None:
    row, browser = rule(), make.signed_in(make.office())
    address = f"/regulations/{row.pk}/"
    form = {"title": row.title, "kind": "made", "unit": row.unit_id, "issue": row.issue_id, "reason": "补传文件", "version": 1}
    for name, data, words in (
        ("办法.png", make.PDF, "请上传 PDF 或 DOCX"),
        ("办法.pdf", b"not a pdf", "内容与扩展名不符"),
        ("办法.docx", make.PDF, "内容与扩展名不符"),
    ):
        answer = browser.post(f"{address}amend/", {**form, "file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 400, name
        assert words in answer.content.decode(), name
    assert browser.get(f"{address}file/").status_code == 404
    assert browser.post(f"{address}amend/", {**form, "file": make.upload("办法.pdf")}).status_code == 302
    assert "办法.pdf" in browser.get(address).content.decode()
    fetched: Any = make.signed_in(make.liaison(row.unit)).get(f"{address}file/")
    assert b"".join(fetched.streaming_content) == make.PDF
    assert "attachment" in fetched["Content-Disposition"]
    assert fetched["X-Content-Type-Options"] == "nosniff"
    entry = Entry.objects.filter(act="measures.download_regulation").latest("seq")
    assert (entry.subject_id, entry.payload["file"]) == (row.pk, "办法.pdf")
    stranger = make.signed_in(make.liaison())
    assert stranger.get(f"{address}file/").status_code == 404
    assert make.signed_in(make.user(Role.AUDITOR)).get(f"{address}file/").status_code == 403


class TestList:
    def test_filters_and_counts(self) -> None:
        issue = make.issue()
        rule(issue, title="新办法", doc_number="沙政〔2025〕9号")
        rule(issue, title="老办法", kind="revised", unit=make.unit("财政局"))
        rule(issue, title="废止的", kind="abolished")
        rule(inspection=issue.inspection, title="全轮制度")
        browser = make.signed_in(make.office())
        page = browser.get(LIST).content.decode()
        for words in ("建章立制 3 项", "新建 2", "修订 1", "废止 1", "导出 4 项"):
            assert words in page
        for query, seen, unseen in (
            ("?kind=abolished", "废止的", "新办法"),
            (f"?unit={Regulation.objects.get(title='老办法').unit_id}", "老办法", "新办法"),
            (f"?category={issue.category_id}", "新办法", "全轮制度"),
            ("?q=〔2025〕9", "新办法", "老办法"),
            (f"?q={issue.number}", "新办法", "全轮制度"),
        ):
            shown = browser.get(LIST + query).content.decode()
            assert f"《{seen}》" in shown, query
            assert f"《{unseen}》" not in shown, query
        assert "没有符合条件的规章制度" in browser.get(f"{LIST}?q=没有的").content.decode()
        for query in ("?kind=x", "?colour=red", "?page=9", "?inspection=0", f"?unit={10**30}"):
            assert browser.get(LIST + query).status_code == 400, query

    def test_a_liaison_sees_only_theirs(self) -> None:
        own = rule()
        foreign = rule(make.issue(make.category(own.inspection, 2)), title="别人的制度")
        rule(inspection=own.inspection, title="全轮制度")
        browser = make.signed_in(make.liaison(own.unit))
        for address in (LIST, "/register/"):
            page = browser.get(address).content.decode()
            assert "别人的制度" not in page
            assert "全轮制度" not in page
        assert own.title in browser.get(LIST).content.decode()
        assert browser.get(f"/regulations/{foreign.pk}/").status_code == 404
        assert browser.get(f"/regulations/{own.pk}/").status_code == 200
        for address in (f"/regulations/{own.pk}/amend/", f"/inspections/{own.inspection_id}/regulations/new/"):
            assert browser.get(address).status_code == 403
            assert browser.post(address, {}).status_code == 403
        book: Any = load_workbook(io.BytesIO(browser.get(f"{LIST}export.xlsx").content))
        assert [row[1].value for row in book.active.iter_rows(min_row=5)] == [f"《{own.title}》"]

    def test_the_workbook_takes_no_formula_and_says_its_filter(self) -> None:
        row = rule(title="=HYPERLINK(1)", kind="revised")
        browser = make.signed_in(make.office())
        book: Any = load_workbook(io.BytesIO(browser.get(f"{LIST}export.xlsx?kind=revised&unit={row.unit_id}").content))
        sheet = book.active
        assert sheet["A3"].value == f"筛选条件：类别：修订、制定单位：{row.unit.short_name}"
        assert (sheet["B5"].value, sheet["B5"].data_type) == ("《=HYPERLINK(1)》", "s")
        entry = Entry.objects.filter(act="measures.export_register").latest("seq")
        assert entry.payload["filters"]["表"] == "规章制度"
        assert browser.get(f"{LIST}export.xlsx?kind=x").status_code == 400

    def test_the_office_adds_to_the_round_or_to_an_issue(self) -> None:
        issue, browser = make.issue(), make.signed_in(make.office())
        form = {"title": "《全轮制度》", "kind": "made", "unit": issue.lead_unit_id}
        address = f"/inspections/{issue.inspection_id}/regulations/new/"
        assert browser.post(address, form).status_code == 302
        double = browser.post(address, {**form, "title": "全轮制度", "issue": issue.pk})
        assert double.status_code == 409
        assert "已经登记" in double.content.decode()
        assert browser.post(f"/issues/{issue.pk}/regulations/new/", {**form, "title": "办法", "file": make.upload()}).status_code == 302
        assert Regulation.objects.get(title="办法").filename == "回单.pdf"

    def test_the_number_of_queries_does_not_grow(self) -> None:
        issue = make.issue()
        rule(issue)
        browsers = [make.signed_in(make.office()), make.signed_in(make.liaison(issue.lead_unit))]

        def queries() -> list[int]:
            found = []
            for browser in browsers:
                with CaptureQueriesContext(connection) as captured:
                    assert browser.get(LIST).status_code == 200
                found.append(len(captured))
            return found

        few = queries()
        for number in range(30):
            rule(issue, title=f"制度{number}", measure=make.measure(issue))
        assert queries() == few
        assert max(few) <= LIMIT


def test_the_interface_lists_and_amends() -> None:
    row, office = rule(), make.office()
    listed = client(office).get(url("regulations"), {"kind": "made", "q": "催缴"}).json()
    assert [one["id"] for one in listed["results"]] == [row.pk]
    body = {"doc_number": "沙政〔2025〕3号", "reason": "已印发", "version": 1}
    answer = client(office).post(url("regulations", row.pk, "amend"), body)
    assert (answer.status_code, answer.json()["doc_number"], answer.json()["version"]) == (200, "沙政〔2025〕3号", 2)
    refused(client(office).post(url("regulations", row.pk, "amend"), body), 409)
    refused(client(office).post(url("regulations", row.pk, "amend"), {"reason": "x", "version": 2}), 400)
    refused(client(make.liaison(row.unit)).post(url("regulations", row.pk, "amend"), {**body, "version": 2}), 403)
    refused(client(make.liaison()).post(url("regulations", row.pk, "amend"), {**body, "version": 2}), 404)
