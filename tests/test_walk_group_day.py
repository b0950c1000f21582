"""A supervision group's day: flags, a letter and its answer, a letter nobody answers, a visit with photos, a meeting with its minutes."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests import factories as make
from tests.browser import downloaded
from tests.corpus import picture
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
# Units of the first group with something overdue, and their liaisons.
ANSWERING, SILENT = ("区财政局", "liaison-czj"), ("区国资办", "liaison-gzb")
# Open issues of the silent unit that no other walk works on; of each some measures are finished.
VISITED = re.compile(r"^(31|32|35)-\d+ ")
TWO_WEEKS_LATER = """
import datetime as dt
from apps.supervision.models import Letter
from apps.supervision.services import propose_escalations
letter = Letter.objects.get(pk={})
passed = dt.timedelta(days=14)
Letter.objects.filter(pk=letter.pk).update(sent_on=letter.sent_on - passed, reply_by=letter.reply_by - passed)
propose_escalations()
"""
"""Dated back, which no page does; then what the hourly job does."""


def bare(text: str) -> str:
    """Without spaces and line breaks, which every paper sets as it likes."""
    return "".join(text.split())


def text_of(name: str, data: bytes) -> str:
    if name.endswith(".pdf"):
        return bare("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))
    paper = Document(io.BytesIO(data))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return bare("".join([*(line.text for line in paper.paragraphs), *cells]))


def row_of(page: Page, number: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=number, exact=True))


def numbers(page: Page) -> list[str]:
    page.wait_for_load_state()
    return page.locator("tbody .mno").all_inner_texts()


def pk_of(page: Page) -> int:
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def test_a_flag_is_taken_note_of_from_the_keyboard(visit: Visit) -> None:
    page = visit("supervisor")
    page.goto("/supervision/?known=no")
    waiting = page.get_by_role("link", name=re.compile(r"^知悉\s*（临期，措施 ")).last
    number = re.findall(r"\d+-\d+", waiting.inner_text())[0]
    row = row_of(page, number)
    expect(row).to_contain_text("个工作日以内")
    waiting.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="知悉提示")).to_be_visible()
    expect(page.get_by_text(f"{number} ")).to_be_visible()
    page.get_by_role("button", name="知悉").click()
    expect(page.get_by_role("alert")).to_contain_text("备注")
    page.get_by_label("备注").focus()
    page.keyboard.type("已电话联系，明天报送材料。")
    for _ in ("the way back", "the button"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#measure-\d+$"))
    expect(row.locator(".known")).to_have_text(re.compile("黄立：已电话联系，明天报送材料。"))
    assert number in numbers(page)
    page.get_by_role("navigation", name="按是否知悉筛选").get_by_role("link", name="已知悉", exact=True).click()
    expect(row_of(page, number)).to_be_visible()


def test_a_letter_is_previewed_issued_answered_and_closed(visit: Visit, demo_site: DemoSite) -> None:
    unit, login = ANSWERING
    page = visit("supervisor")
    page.goto("/dashboard/units/")
    page.get_by_role("link", name=re.compile(rf"\d+\. {unit} 逾期 \d+，看明细")).click()
    expect(page.get_by_role("heading", name="整改台账")).to_be_visible()
    late = numbers(page)
    assert late
    page.get_by_role("link", name="逾期督办").click()
    page.get_by_label("蓝色督查单").check()
    page.get_by_label("督办要求").fill("请逐笔说明未入库的原因，三个工作日内报送入库安排。")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("将发出 1 张蓝色督查单，0 条措施跳过")
    assert numbers(page) == late
    before = demo_site.ask("SELECT max(number) FROM supervision_letter")
    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("督办要求")).to_have_value(re.compile("请逐笔说明"))
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="确认，发出 1 张").click()
    expect(page.get_by_text(f"已发出 1 张蓝色督查单，涉及 {len(late)} 条措施")).to_be_visible()
    number = f"〔{make.today().year}〕{before + 1}号"
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_role("article", name="督查单正文")).to_contain_text(number)
    letter = page.url
    for kind in ("DOCX", "PDF"):
        name, data = downloaded(page, page.get_by_role("link", name=kind))
        assert name == f"蓝色督查单{number}.{kind.lower()}"
        text = text_of(name, data)
        for words in (number, "请逐笔说明未入库的原因", "区纪委监委", unit, *late):
            assert words in text, (kind, words)
    answered(visit(login), letter)
    page.goto(letter)
    name, data = downloaded(page, page.get_by_role("link", name=re.compile("入库安排")))
    assert (name, data) == ("入库安排.pdf", make.PDF)
    page.get_by_role("link", name="退回补充").click()
    page.get_by_label("补充要求").fill("请补充每一笔的入库日期。")
    page.get_by_role("button", name="退回", exact=True).click()
    expect(page.get_by_role("article", name="督查单正文")).to_contain_text("请补充每一笔的入库日期。")
    answered(visit(login), letter, again=True)
    page.goto(letter)
    page.get_by_role("link", name="核验通过，办结").click()
    page.get_by_label("核验意见").fill("材料齐全，予以办结。")
    page.get_by_role("button", name="办结").click()
    sheet = page.get_by_role("article", name="督查单正文")
    expect(sheet.get_by_role("heading", name="办结")).to_be_visible()
    expect(sheet).to_contain_text("材料齐全，予以办结。")
    expect(page.get_by_role("region", name="核验回复")).to_have_count(0)


def answered(page: Page, letter: str, *, again: bool = False) -> None:
    """By the unit, with a file; the first time it is signed for before."""
    page.goto(letter)
    if not again:
        page.get_by_role("button", name="签收").click()
        expect(page.get_by_text("已签收，请在")).to_be_visible()
    page.get_by_label("办理情况").fill("第二批已于昨日入库。" if again else "未入库款项列入下月计划，安排见附件。")
    page.get_by_role("region", name="回复督查单").get_by_label("佐证材料").set_input_files(
        {"name": "入库安排.pdf", "mimeType": "application/pdf", "buffer": make.PDF}
    )
    page.get_by_role("button", name="提交回复").click()
    expect(page.get_by_text("回复已提交，并记入台账")).to_be_visible()


def test_a_letter_nobody_answers_is_proposed_for_the_next_level(visit: Visit, demo_site: DemoSite) -> None:
    unit, login = SILENT
    page = visit("supervisor")
    page.goto("/supervision/?kind=overdue")
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=unit, exact=True)).first
    number = row.locator(".mno").inner_text()
    row.get_by_role("link", name=re.compile("发督查单")).click()
    page.get_by_label("蓝色督查单").check()
    page.get_by_label("督办要求").fill("请报送完成时限和责任人。")
    page.get_by_role("button", name="发出").click()
    expect(page.get_by_text("尚未签收")).to_be_visible()
    first = page.locator("article .no").inner_text()
    expect(page.get_by_role("region", name="升级")).to_have_count(0)
    demo_site.manage("shell", "-c", TWO_WEEKS_LATER.format(pk_of(page)))
    page.goto("/letters/escalations/")
    proposal = page.get_by_role("row").filter(has=page.get_by_role("link", name=first, exact=True))
    expect(proposal).to_contain_text("升级为橙色督查单")
    expect(proposal).to_contain_text("待签收，没有回复")
    proposal.get_by_role("link", name=f"升级{first}", exact=True).click()
    expect(page.get_by_label("督办要求")).to_have_value("请报送完成时限和责任人。")
    page.get_by_role("button", name="发出橙色督查单").click()
    expect(page.locator("p.chain")).to_contain_text(f"升级自 蓝色督查单 {first}")
    assert numbers(page) == [number]
    second = page.locator("article .no").inner_text()
    page.get_by_role("link", name=f"蓝色督查单 {first}").click()
    expect(page.locator("p.chain")).to_contain_text(f"已升级为 橙色督查单 {second}")
    receiver = visit(login)
    receiver.goto("/letters/")
    expect(receiver.get_by_role("row").filter(has=receiver.get_by_role("link", name=second))).to_contain_text("待签收")
    page.goto("/letters/escalations/?state=sent")
    expect(page.get_by_role("link", name=first, exact=True)).to_be_visible()


def test_a_site_check_is_planned_and_what_is_untrue_goes_back(visit: Visit) -> None:
    unit, login = SILENT
    page = visit("supervisor")
    page.goto("/visits/")
    page.get_by_role("link", name="计划实地督查").click()
    page.get_by_label("牵头单位").select_option(label=unit)
    page.get_by_label("进展", exact=True).select_option(label="已完成、阶段性完成")
    page.get_by_role("button", name="缩小清单").click()
    page.get_by_label("名称").fill("国资管理整改实地督查（测试）")
    page.get_by_label("地点").fill("区国资办档案室")
    boxes = page.get_by_role("group", name="核查措施").get_by_role("checkbox", name=VISITED)
    chosen = [boxes.nth(place).locator("xpath=..").inner_text().split()[0] for place in range(3)]
    for place in range(3):
        boxes.nth(place).check()
    page.get_by_role("button", name="保存计划").click()
    expect(page.get_by_text("已登记 0 / 3 条")).to_be_visible()
    for number, finding in zip(chosen, ("属实", "部分属实", "不实"), strict=True):
        entered(page, number, finding)
    expect(page.get_by_text("已登记 3 / 3 条")).to_be_visible()
    page.get_by_role("link", name="完成督查").click()
    page.get_by_role("button", name="完成", exact=True).click()
    expect(page.get_by_role("link", name="完成督查")).to_have_count(0)
    receiver = visit(login)
    receiver.goto("/workbench/")
    owed = receiver.get_by_role("region", name="需要您办理")
    expect(owed).to_contain_text(chosen[2])
    expect(owed).not_to_contain_text(chosen[0])
    page.get_by_role("link", name=chosen[2], exact=True).click()
    expect(page.locator("ul.tl > li").filter(has_text="现场核查不实退回")).to_be_visible()


def entered(page: Page, number: str, finding: str) -> None:
    """What was seen of one measure, with a photo."""
    line = page.get_by_role("article").filter(has=page.get_by_role("link", name=number, exact=True))
    line.get_by_text(f"登记 {number} 的核查结论").click()
    line.get_by_label(finding, exact=True).check()
    line.get_by_label("核查情况").fill(f"查阅档案三份，{finding}。")
    line.get_by_text("附照片").click()
    line.get_by_label("照片 1", exact=True).set_input_files({"name": "档案.png", "mimeType": "image/png", "buffer": picture("PNG")})
    line.get_by_label("照片 1 的说明").fill("档案柜")
    line.get_by_role("button", name=f"登记 {number}").click()
    expect(page.get_by_role("status").filter(has_text=f"措施 {number}")).to_contain_text("退回" if finding == "不实" else finding)
    expect(line.locator(".vl-c")).to_contain_text(f"查阅档案三份，{finding}。")
    line.get_by_role("link", name="照片 1：档案柜").click()
    shown = page.locator("main img")
    expect(shown).to_be_visible()
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    page.go_back()


def test_a_meeting_goes_through_its_agenda_and_gives_its_minutes(visit: Visit) -> None:
    page = visit("supervisor")
    page.goto("/dispatches/")
    page.get_by_role("link", name="发起调度会").click()
    page.get_by_label("会议名称").fill("督查一组当日调度（测试）")
    page.get_by_label("地点").fill("二楼会议室")
    page.get_by_label("参会人员").fill("有关单位分管负责人")
    page.get_by_role("button", name="下一步：选议题").click()
    topics = page.get_by_role("table", name="可以列入议程的措施").get_by_role("checkbox")
    for place in range(3):
        topics.nth(place).check()
    page.get_by_role("button", name="列入议程").click()
    agenda = page.get_by_role("table", name="议程，按讨论的次序")
    expect(agenda.locator("tbody .mno")).to_have_count(3)
    listed = agenda.locator("tbody .mno").all_inner_texts()
    agenda.get_by_role("button", name=f"上移 {listed[2]}").press("Enter")
    order = [listed[0], listed[2], listed[1]]
    expect(agenda.locator("tbody .mno")).to_have_text(order)
    page.get_by_role("button", name="开始会议").click()
    for place, number in enumerate(order[:2], start=1):
        expect(page.get_by_role("heading", level=1)).to_contain_text(number)
        expect(page.get_by_text(f"第 {place} 项，共 3 项")).to_be_visible()
        page.get_by_label("议定事项").fill(f"{number} 由分管领导包案，逐周报进度。")
        page.get_by_label("要求完成日期").fill(make.days(14).isoformat())
        page.get_by_role("button", name="保存，下一项").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order[2])
    page.get_by_role("link", name="结束会议").click()
    page.get_by_label("会议小结").fill(f"{order[2]} 未议，下次继续调度。")
    page.get_by_role("button", name="结束").click()
    expect(page.get_by_text("议题 3 项，已议定 2 项")).to_be_visible()
    name, data = downloaded(page, page.get_by_role("link", name="会议纪要"))
    assert re.search(r"督查一组当日调度.*\.docx$", name), name
    text = text_of(name, data)
    asked_by = make.days(14)
    decided = [bare(f"{number} 由分管领导包案，逐周报进度。") for number in order[:2]]
    for words in (*decided, *order, "未议", "二楼会议室", "黄立", bare(f"{order[2]} 未议，下次继续调度。"), asked_by.isoformat()):
        assert words in text, words
