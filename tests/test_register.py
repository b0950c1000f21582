"""The register: what it shows to whom, its filters, what it refuses, and its workbook."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from apps.issues.models import Inspection, Issue
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import send_back
from apps.measures.tables import COLUMNS, HEADER_ROW
from apps.units.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
REGISTER = "/register/"


def numbers(browser: Client, query: str = "") -> list[str]:
    """The measures shown, in order."""
    page = browser.get(f"{REGISTER}{query}")
    assert page.status_code == 200, page.content.decode()[:500]
    return [row.number for block in page.context["blocks"] for line in block.lines for row in line.rows]


def tabs(browser: Client) -> dict[str, int]:
    return {tab.label: tab.count for tab in browser.get(REGISTER).context["register"].tabs}


@pytest.fixture
def round_() -> Inspection:
    """Two categories, three issues, six measures in several states."""
    inspection = make.inspection("2024年巡视")
    first, second = (make.category(inspection, number, title) for number, title in ((1, "落实决策不到位"), (2, "基层党建不到位")))
    land = make.issue(first, lead=make.unit("国土局"), title="规范土地出让金缴交")
    make.measure(land, text="追缴欠款四十万元", due_on=make.days(-3))
    make.measure(land, text="健全缴款制度", nature=Measure.Nature.LASTING)
    build = make.issue(first, lead=make.unit("住建局"), title="做好竣工财审")
    make.finish(make.measure(build, text="建立项目台账"))
    make.report(make.measure(build, text="督促送审"), claim=Measure.State.DONE, files=[make.evidence()])
    party = make.issue(second, lead=make.unit("组织部"), title="配齐配强干部")
    make.measure(party, text="开展任职交流", due_on=make.today())
    returned = make.report(make.measure(party, text="轮岗锻炼"), text="已轮岗八人")
    send_back(actor=make.office(), report=returned, requirement="请附名单")
    return inspection


def test_shows_category_issue_measure_with_counts(round_: Inspection) -> None:
    browser = make.signed_in(make.office())
    page = browser.get(REGISTER).content.decode()
    for words in (
        "（一）落实决策不到位",
        "规范土地出让金缴交",
        "追缴欠款四十万元",
        "逾期 3 天",
        "退回补正",
        "已轮岗八人",
        "3 个问题 · 6 条措施",
    ):
        assert words in page
    assert numbers(browser) == ["1-1", "1-2", "2-1", "2-2", "3-1", "3-2"]
    assert tabs(browser) == {"全部": 6, "逾期": 1, "临期": 1, "7 天内到期": 1, "待我审核": 1, "待销号": 0, "退回补正": 1}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?timeliness=overdue", ["1-1"]),
        ("?timeliness=soon", ["3-1"]),
        ("?timeliness=normal", ["1-2", "2-1", "2-2", "3-2"]),
        ("?progress=in_review", ["2-2"]),
        ("?progress=done", ["2-1"]),
        ("?progress=returned", ["3-2"]),
        ("?progress=returned&progress=done", ["2-1", "3-2"]),
        ("?closure=closed", []),
        ("?nature=lasting", ["1-2"]),
        ("?q=63-2", []),
        ("?q=1-2", ["1-2"]),
        ("?q=3", ["3-1", "3-2"]),
        ("?q=轮岗", ["3-2"]),
        ("?q=财审", ["2-1", "2-2"]),
        ("?q=八人", ["3-2"]),
        ("?q=国土局", ["1-1", "1-2"]),
        ("?q=100%25", []),
        ("?q=", ["1-1", "1-2", "2-1", "2-2", "3-1", "3-2"]),
        ("?timeliness=overdue&nature=lasting", []),
        ("?mine=1", []),
    ],
)
def test_filters(round_: Inspection, query: str, shown: list[str]) -> None:
    assert numbers(make.signed_in(make.office()), query) == shown


def test_category_unit_and_round_filters(round_: Inspection) -> None:
    other = make.inspection(
        "2022年巡察", feedback_on=dt.date(2022, 1, 20), on_site_from=dt.date(2021, 9, 1), on_site_to=dt.date(2021, 12, 1)
    )
    make.measure(make.issue(make.category(other)), text="旧账")
    browser = make.signed_in(make.office())
    second = round_.categories.get(number=2)
    lead = Issue.objects.get(number=2, inspection=round_).lead_unit
    assert numbers(browser, f"?category={second.pk}") == ["3-1", "3-2"]
    assert numbers(browser, f"?unit={lead.pk}") == ["2-1", "2-2"]
    assert numbers(browser, f"?inspection={other.pk}") == ["1-1"]
    assert "旧账" not in browser.get(REGISTER).content.decode()


def test_supporting_unit_is_found_by_unit_and_mine() -> None:
    helper = make.unit("财政局")
    measure = make.measure(make.issue(), supporting_units=(helper,))
    assert numbers(make.signed_in(make.office()), f"?unit={helper.pk}") == [measure.number]
    assert numbers(make.signed_in(make.liaison(helper)), "?mine=1") == [measure.number]


def test_chips_remove_one_filter_each(round_: Inspection) -> None:
    page = make.signed_in(make.office()).get(f"{REGISTER}?timeliness=overdue&nature=now")
    chips = {chip.label: chip.href for chip in page.context["register"].chips}
    assert chips == {"时限：逾期": "?nature=now", "类型：当下改": "?timeliness=overdue"}
    assert "清除全部" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?timeliness=late",
        "?progress=finished",
        "?progress=done&progress=x",
        "?closure=1",
        "?nature=now&nature=lasting",
        "?inspection=999999",
        "?inspection=abc",
        "?category=99999999999999999999",
        "?unit=%27%20or%201",
        "?mine=yes",
        "?colour=red",
        "?page=x",
        "?page=-1",
        "?q=%00",
        f"?q={'长' * 101}",
    ],
)
@pytest.mark.parametrize("address", [REGISTER, "/register/export.xlsx"])
def test_broken_parameters_are_said(round_: Inspection, address: str, query: str) -> None:
    page = make.signed_in(make.office()).get(address + query)
    assert page.status_code == 400
    assert "筛选条件有误" in page.content.decode()
    assert f'href="{REGISTER}"' in page.content.decode()


def test_htmx_gets_the_region_with_a_clean_address(round_: Inspection) -> None:
    page = make.signed_in(make.office()).get(f"{REGISTER}?q=&timeliness=overdue&nature=", headers={"HX-Request": "true"})
    assert page["HX-Push-Url"] == "/register/?timeliness=overdue"
    words = page.content.decode()
    assert words.lstrip().startswith('<div id="register"')
    assert "data-announce" in words
    assert "<html" not in words


def test_liaison_sees_own_unit_only(round_: Inspection) -> None:
    lead = Issue.objects.get(number=2).lead_unit
    browser = make.signed_in(make.liaison(lead))
    assert numbers(browser) == ["2-1", "2-2"]
    assert tabs(browser)["全部"] == 2
    words = browser.get(REGISTER).content.decode()
    for foreign in ("土地出让金", "轮岗", "基层党建", "新增问题"):
        assert foreign not in words
    assert browser.get(f"{REGISTER}?category={round_.categories.get(number=2).pk}").status_code == 400


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_separated_roles_are_refused(round_: Inspection, role: Role) -> None:
    browser = make.signed_in(make.user(role))
    assert browser.get(REGISTER).status_code == 403
    assert browser.get("/register/export.xlsx").status_code == 403


def test_anonymous_is_asked_to_sign_in(client: Client) -> None:
    for address in (REGISTER, "/register/export.xlsx", "/reviews/", "/inspections/new/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


def test_empty_house_leads_the_office_on() -> None:
    words = make.signed_in(make.office()).get(REGISTER).content.decode()
    assert "还没有巡视轮次" in words
    assert reverse("issues:open") in words
    assert "整改办分派之后" in make.signed_in(make.liaison()).get(REGISTER).content.decode()


def test_issue_without_measures_is_shown_so_that_some_can_be_added() -> None:
    issue = make.issue()
    words = make.signed_in(make.office()).get(REGISTER).content.decode()
    assert reverse("measures:add", args=(issue.pk,)) in words


def sheet_of(answer: Any) -> Worksheet:
    """The sheet of a workbook that was sent."""
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_of(sheet: Worksheet, key: str) -> list[Any]:
    column = [column.key for column in COLUMNS].index(key) + 1
    return [sheet.cell(row=row, column=column).value for row in range(HEADER_ROW + 1, sheet.max_row + 1)]


def test_export_holds_what_the_filter_shows_and_is_entered_in_the_book(round_: Inspection) -> None:
    browser = make.signed_in(make.office())
    answer = browser.get("/register/export.xlsx?progress=done&progress=returned")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    sheet = sheet_of(answer)
    assert rows_of(sheet, "number") == ["2-1", "3-2"]
    assert rows_of(sheet, "state") == ["已完成", "退回补正"]
    assert [sheet.cell(row=HEADER_ROW, column=index).value for index in range(1, len(COLUMNS) + 1)] == [column.header for column in COLUMNS]
    assert "截至" in str(sheet["A2"].value)
    assert "状态：已完成、退回补正" in str(sheet["A3"].value)
    assert sheet.print_title_rows == f"$1:${HEADER_ROW}"
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    entry = Entry.objects.filter(act="measures.export_register").get()
    assert entry.payload["rows"] == 2


def test_export_follows_visibility(round_: Inspection) -> None:
    lead = Issue.objects.get(number=2).lead_unit
    data = make.signed_in(make.liaison(lead)).get("/register/export.xlsx")
    assert rows_of(sheet_of(data), "number") == ["2-1", "2-2"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "＝", "＋", "－", "＠", "=cmd|' /C calc'!A0"])
def test_text_never_becomes_a_formula(start: str) -> None:
    text = f'{start}HYPERLINK("http://x")'
    make.measure(text=text)
    sheet = sheet_of(make.signed_in(make.office()).get("/register/export.xlsx"))
    cell = sheet.cell(row=HEADER_ROW + 1, column=[column.key for column in COLUMNS].index("text") + 1)
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).replace("_x000D_", "\r").strip() == text.strip()


def test_provenance_column_names_demonstrated_fields() -> None:
    make.measure(demonstrated=["due_on", "lead_unit"], source="notice")
    sheet = sheet_of(make.signed_in(make.office()).get("/register/export.xlsx"))
    assert rows_of(sheet, "provenance") == ["示例：整改时限、牵头单位"]
