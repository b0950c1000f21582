"""Forms on paper: what they say equals the records, on the page of GB/T 9704, for those who see the row, and entered in the book."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from docx.document import Document as DocumentObject
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table

from apps.issues.models import Closure, Issue, SignOff
from apps.issues.services import apply_for_closure, decide_closure
from apps.ledgers.models import Entry
from apps.measures.models import Extension, Handover
from apps.measures.papers.closing import application, reconciliation
from apps.measures.papers.official import Paper, clean
from apps.measures.papers.records import IssueRecords, example
from apps.measures.services import FigureDraft, add_indicator, add_regulation, decide_extension, read_indicator, request_extension
from apps.measures.services.content import ACCEPTED, checked_type
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db


def opened(data: bytes) -> DocumentObject:
    return Document(io.BytesIO(data))


def words_of(paper: DocumentObject) -> str:
    """All text, paragraphs and cells, a line each."""
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in paper.paragraphs), *cells])


def rows_of(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def size_of(paper: DocumentObject) -> tuple[int, int]:
    """The sheet in millimetres."""
    section = paper.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    return round(section.page_width.mm), round(section.page_height.mm)


def fonts_of(paper: DocumentObject, style: str) -> tuple[str | None, str | None, float]:
    """The Chinese face, the Latin face and the size in points."""
    found = paper.styles[style]
    assert isinstance(found, ParagraphStyle)
    assert found.font.size is not None
    fonts = found.element.rPr.find(qn("w:rFonts"))
    return fonts.get(qn("w:eastAsia")), fonts.get(qn("w:ascii")), found.font.size.pt


@pytest.fixture
def closed() -> Issue:
    """An issue with everything that a paper tells of, closed by the office."""
    issue = make.issue(lead=make.unit("国土局"), goal="应收尽收", lead_official="张副区长", supporting_units=[make.unit("财政局")])
    for measure in make.measures(issue, 2):
        make.finish(measure)
    row = add_indicator(actor=None, issue=issue, name="收回土地出让金", kind="money", unit="万元")
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(46), make.today())])
    rule: dict[str, Any] = {"title": "催缴工作规程", "doc_number": "沙土〔2025〕8号", "kind": "made", "unit": issue.lead_unit}
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, **rule)
    closure = apply_for_closure(
        actor=make.liaison(issue.lead_unit), issue=issue, statement="两条措施均已落实。", reasons=make.answers(issue)
    )
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="材料齐全")
    issue.refresh_from_db()
    return issue


def paper_of(issue: Issue, name: str, who: User | None = None) -> DocumentObject:
    answer = make.signed_in(who or make.office()).get(reverse(f"measures:{name}", args=(issue.pk,)))
    assert answer.status_code == 200
    return opened(answer.content)


def test_page_fonts_and_styles_are_those_of_the_official_format() -> None:
    paper = Paper("题目", "区委整改办")
    paper.heading("一、情况")
    paper.body("第一段\n第二段")
    made = opened(paper.as_bytes())
    section = made.sections[0]
    assert size_of(made) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins if margin is not None] == [37, 35, 28, 26]
    assert fonts_of(made, "Title") == ("方正小标宋简体", "Times New Roman", 22)
    assert fonts_of(made, "Normal") == ("仿宋_GB2312", "Times New Roman", 16)
    assert fonts_of(made, "Heading 1") == ("黑体", "Times New Roman", 16)
    assert fonts_of(made, "Heading 2") == ("楷体_GB2312", "Times New Roman", 16)
    assert fonts_of(made, "Footer")[2] == 14
    normal = made.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    assert normal.paragraph_format.line_spacing == Pt(28.95)
    assert normal.paragraph_format.first_line_indent == Pt(32)
    assert normal.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    assert [line.style.name for line in made.paragraphs if line.style] == ["Title", "Heading 1", "Normal", "Normal"]


def test_pages_are_numbered_outside() -> None:
    made = opened(Paper("题目", "整改办").as_bytes())
    assert made.settings.odd_and_even_pages_header_footer
    odd, even = made.sections[0].footer.paragraphs[0], made.sections[0].even_page_footer.paragraphs[0]
    assert (str(odd.alignment), str(even.alignment)) == ("RIGHT (2)", "LEFT (0)")
    for line in (odd, even):
        assert line.text.replace(" ", "") == "——"
        assert line._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"


def test_nothing_of_the_machine_goes_along() -> None:
    data = Paper("题目", "区委整改办").as_bytes()
    facts = opened(data).core_properties
    assert (facts.title, facts.author, facts.last_modified_by, facts.comments) == ("题目", "区委整改办", "区委整改办", "")
    assert checked_type("a.docx", data) == ACCEPTED["docx"]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        everything = b"".join(package.read(name) for name in names).lower()
    assert not [name for name in names if "thumbnail" in name or "customXml" in name or "app.xml" in name]
    for trace in (b"python", b"macintosh", str(settings.BASE_DIR).encode().lower()):
        assert trace not in everything


def test_tables_repeat_their_heads_and_keep_rows_whole(closed: Issue) -> None:
    for name in ("closing-paper", "checking-paper"):
        made = paper_of(closed, name)
        for table in made.tables:
            assert all(row._tr.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in table.rows)
        grids = [table for table in made.tables if table.rows[0]._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
        assert grids
        assert all(table.style is not None and table.style.name == "Table Grid" for table in grids)
    assert size_of(made) == (297, 210)


def test_application_says_what_the_records_say(closed: Issue) -> None:
    made = paper_of(closed, "closing-paper")
    assert made.paragraphs[0].text == "巡视整改问题销号申请表"
    words = words_of(made)
    people = (closed.finding, "应收尽收", "张副区长", "区国土局", "财政局")
    for part in (*people, "两条措施均已落实。", "同意销号：材料齐全", "《催缴工作规程》", "沙土〔2025〕8号"):
        assert part in words
    tables = [rows_of(table) for table in made.tables]
    measures = next(rows for rows in tables if rows[0][0] == "编号")
    assert [row[0] for row in measures[1:]] == [f"{closed.number}-1", f"{closed.number}-2"]
    assert measures[1][2] == f"已完成\n（截至{make.today()}）已逐项核实，台账建成。"
    assert [row[4] for row in measures[1:]] == ["1 份", "1 份"]
    figures = next(rows for rows in tables if rows[0][0] == "指标")
    assert figures[1][:4] == ["收回土地出让金", "46", "万元", make.today().isoformat()]
    assert "示例" not in words


def test_sign_offs_fill_the_boxes_of_the_reviewing_bodies() -> None:
    issue = make.issue()
    make.finish(make.measure(issue))
    closure = apply_for_closure(actor=make.liaison(issue.lead_unit), issue=issue, statement="完成", reasons=make.answers(issue))
    signer = make.user(Role.SUPERVISOR)
    agreed, returned, open_ = (make.unit(name) for name in ("区纪委", "组织部", "巡察办"))
    facts = {"signed_by": signer, "signed_on": dt.date(2025, 9, 1)}
    SignOff.objects.filter(closure=closure).delete()
    SignOff.objects.create(closure=closure, body=agreed, decision="agreed", **facts)
    SignOff.objects.create(closure=closure, body=returned, decision="returned", requirement="请补充三份会议纪要原件", **facts)
    SignOff.objects.create(closure=closure, body=open_)
    made = opened(application(IssueRecords(issue, make.office())).as_bytes())
    boxes = {row[0].partition("\n")[0]: row[1] for table in made.tables for row in rows_of(table) if "会审" in row[0]}
    assert boxes["区纪委"] == f"同意\n{signer}　2025年9月1日"
    assert boxes["组织部"] == f"退回补充：请补充三份会议纪要原件\n{signer}　2025年9月1日"
    assert boxes["巡察办"].strip().startswith("（签字）")


def test_reconciliation_sets_reported_verified_and_checked_side_by_side(closed: Issue) -> None:
    made = paper_of(closed, "checking-paper")
    rows = rows_of(made.tables[0])
    assert rows[0] == ["编号", "整改措施", "整改时限", "单位填报", "整改办核实", "现场核查", "佐证材料", "对账结论"]
    first = rows[1]
    assert first[0] == f"{closed.number}-1"
    assert first[3].startswith("报“已完成”")
    assert "审核通过" in first[4]
    assert first[5:] == ["未核查", f"{closed.number}-1-01", "□ 属实\n□ 不实"]
    assert rows_of(made.tables[1])[1][:5] == ["收回土地出让金", "万元", "", "46", make.today().isoformat()]
    assert "核对人（签字）" in words_of(made)


def test_a_report_that_waits_is_said_to_wait() -> None:
    measure = make.measure()
    make.report(measure, text="正在催收")
    made = opened(reconciliation(IssueRecords(measure.issue, make.office())).as_bytes())
    assert f"（截至{make.today()}，待审核）正在催收" in words_of(made)


def test_who_sees_a_part_prints_a_part_and_the_paper_says_so() -> None:
    issue, helper = make.issue(), make.unit()
    make.measure(issue, text="全区通报")
    own = make.measure(issue, text="协助核查", supporting_units=(helper,))
    made = paper_of(issue, "checking-paper", make.liaison(helper))
    assert [row[0] for row in rows_of(made.tables[0])[1:]] == [own.number]
    words = words_of(made)
    assert "全区通报" not in words
    assert "本表只列出打印人有权查看的 1 条措施，另有 1 条由其他单位承担" in words
    assert "打印人" not in words_of(paper_of(issue, "checking-paper", make.liaison(issue.lead_unit)))


def test_demonstration_data_is_marked_at_the_heading() -> None:
    issue = make.issue(demonstrated=["finding"], source="notice")
    make.measures(issue, 2, demonstrated=["due_on"], source="notice")
    rows = rows_of(paper_of(issue, "checking-paper").tables[0])
    assert rows[0][:3] == ["编号", "整改措施", "整改时限\n（示例）"]
    assert all("示例" not in cell for row in rows[1:] for cell in row)
    assert rows_of(paper_of(issue, "closing-paper").tables[0])[2][0] == "反馈问题\n（示例）"
    assert (example([True, True]), example([True, False]), example([False]), example([])) == ("（示例）", "（部分示例）", "", "")


def extension() -> Extension:
    measure = make.measure(due_on=make.days(5), text="追缴欠款")
    return request_extension(actor=make.liaison(measure.lead_unit), measure=measure, new_due_on=make.days(35), reason="欠缴单位分期缴纳")


def test_extension_form_before_and_after_the_decision() -> None:
    row = extension()
    browser = make.signed_in(make.office())
    address = reverse("measures:extension-paper", args=(row.pk,))
    made = opened(browser.get(address).content)
    facts = {cells[0]: cells[1] for cells in rows_of(made.tables[0])} | {cells[2]: cells[3] for cells in rows_of(made.tables[0])}
    assert facts["延期理由"] == "欠缴单位分期缴纳"
    assert facts["延长天数"] == "30 天"
    assert facts["现行时限"] == facts["原定时限"]
    assert "同意延期" not in words_of(made)
    decider = make.office()
    decide_extension(actor=decider, extension=row, agree=True, opinion="同意，抓紧追缴")
    words = words_of(opened(browser.get(address).content))
    assert "同意延期：同意，抓紧追缴" in words
    assert str(decider) in words
    assert "未提请领导审批" in words


def test_two_levels_stand_in_two_boxes() -> None:
    row = extension()
    first, second = make.office(), make.leader()
    Extension.objects.filter(pk=row.pk).update(
        endorsed_by=first, endorsed_on=make.today(), endorsement="情况属实", decision="agreed", decided_by=second, decided_on=make.today()
    )
    made = opened(make.signed_in(first).get(reverse("measures:extension-paper", args=(row.pk,))).content)
    boxes = {cells[0].replace("\n", ""): cells[1] for cells in rows_of(made.tables[1])}
    assert boxes["整改办初审意见"].startswith("初审同意：情况属实")
    assert str(second) in boxes["领导审批意见"]


def handover(**facts: object) -> Handover:
    inspection = make.inspection()
    values = {
        "inspection": inspection,
        "number": 1,
        "kind": "person",
        "unit": make.unit(),
        "from_name": "王旧",
        "to_name": "李新",
        "reason": "岗位调整",
        "handed_on": dt.date(2025, 9, 1),
        "made_by": make.office(),
        "refeedback_by": dt.date(2025, 9, 29),
        "items": [
            {"number": "63-2", "text": "追缴欠款", "state": "推进中", "due_on": "2025-12-31"},
            {"number": "63-4", "title": "规范约定", "state": "未启动", "due_on": None},
        ],
    }
    return Handover.objects.create(**{**values, **facts})


def test_handover_list_has_items_deadline_and_three_signatures() -> None:
    row = handover()
    answer = make.signed_in(make.liaison(row.unit)).get(reverse("measures:handover-paper", args=(row.pk,)))
    made = opened(answer.content)
    assert rows_of(made.tables[1])[1:] == [
        ["1", "63-2", "追缴欠款", "推进中", "2025-12-31", ""],
        ["2", "63-4", "规范约定", "未启动", "长期坚持", ""],
    ]
    words = words_of(made)
    assert "2025年9月29日前" in words
    for who in ("移交人", "接收人", "监交人"):
        assert f"{who}（签字）：" in words
    assert Entry.objects.get(act="measures.export_paper").payload["rows"] == 2


def test_each_paper_is_an_act_in_the_book(closed: Issue) -> None:
    who = make.liaison(closed.lead_unit)
    answer = make.signed_in(who).get(reverse("measures:closing-paper", args=(closed.pk,)))
    assert answer["Content-Type"] == ACCEPTED["docx"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    name = unquote(answer["Content-Disposition"].removeprefix("attachment; filename*=UTF-8''"))
    assert name == f"问题{closed.number}_销号申请表.docx"
    entry = Entry.objects.get(act="measures.export_paper")
    assert (entry.actor, entry.subject_label) == (who, closed.label_in_book)
    assert entry.payload == {"name": name, "rows": 2, "sha256": hashlib.sha256(answer.content).hexdigest()}


def addresses(issue: Issue, extension_: Extension, handover_: Handover) -> list[str]:
    names = ("issue-papers", "closing-paper", "checking-paper", "catalogue", "archive")
    return [
        *(reverse(f"measures:{name}", args=(issue.pk,)) for name in names),
        reverse("measures:extension-paper", args=(extension_.pk,)),
        reverse("measures:handover-paper", args=(handover_.pk,)),
    ]


def test_whoever_does_not_see_the_row_finds_nothing(closed: Issue, client: Client) -> None:
    found = addresses(closed, extension(), handover())
    strangers = [make.liaison(), make.user(Role.ADMIN), make.user(Role.AUDITOR)]
    for who in strangers:
        browser = make.signed_in(who)
        assert [browser.get(address).status_code for address in found] == [404] * len(found), who
    assert not Entry.objects.filter(act__in=("measures.export_paper", "measures.export_archive")).exists()
    assert [client.get(address).status_code for address in found] == [302] * len(found)
    for who in (make.office(), make.leader()):
        browser = make.signed_in(who)
        assert [browser.get(address).status_code for address in found] == [200] * len(found), who
        assert browser.post(found[1]).status_code == 405


def test_the_papers_page_says_what_there_is(closed: Issue) -> None:
    words = make.signed_in(make.office()).get(reverse("measures:issue-papers", args=(closed.pk,))).content.decode()
    for part in ("2 条措施，1 项指标，1 项制度", "同意销号", "2 份文件", "导出整份档案"):
        assert part in words


@pytest.mark.parametrize("page", ["issues:sheet", "measures:sheet"])
def test_sheets_lead_to_the_papers(closed: Issue, page: str) -> None:
    row = closed if page == "issues:sheet" else closed.measures.get(ordinal=1)
    words = make.signed_in(make.office()).get(reverse(page, args=(row.pk,))).content.decode()
    assert reverse("measures:issue-papers", args=(closed.pk,)) in words


def test_words_that_no_document_may_hold_are_left_out() -> None:
    assert clean("甲\x00\x0b乙\ufffe\ud800丙\n丁\t戊") == "甲乙丙\n丁\t戊"
    measure = make.measure(text="控制符\x0b\x1f")
    assert "控制符" in words_of(paper_of(measure.issue, "closing-paper"))


def test_queries_do_not_grow_with_the_measures() -> None:
    who = make.office()
    counts = []
    for count in (2, 12):
        issue = make.issue()
        for measure in make.measures(issue, count):
            make.finish(measure, reviewer=who)
        for name in ("issue-papers", "closing-paper", "checking-paper", "catalogue"):
            browser = make.signed_in(who)
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(reverse(f"measures:{name}", args=(issue.pk,))).status_code == 200
            counts.append(len(captured))
    assert counts[:4] == counts[4:]
    assert max(counts) <= 30


def test_closure_papers_of_earlier_rounds_are_listed(closed: Issue) -> None:
    Closure.objects.filter(issue=closed).update(round=1)
    Closure.objects.create(
        issue=closed, round=2, statement="再次完成", content_hash="x", applied_by=make.liaison(closed.lead_unit), applied_on=make.today()
    )
    words = words_of(paper_of(closed, "closing-paper"))
    assert "再次完成" in words
    assert "六、以往申请" in words
