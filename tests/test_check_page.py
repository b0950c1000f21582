"""The page of the figure check: what it shows, what its buttons do, what it costs."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.ledgers.models import Entry
from apps.measures.models import Indicator
from apps.measures.services import FigureDraft, add_indicator, read_indicator
from apps.reports import services
from apps.reports.models import FigureDecision, Notice
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import prove
from apps.units.models import User
from tests import factories
from tests.test_deciding import drafted, open_figure

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 40


def address(notice: Notice, name: str = "check") -> str:
    return reverse(f"reports:{name}", args=(notice.pk,))


def figure(finding: Finding) -> dict[str, Any]:
    names = ("place", "sentence_hash", "written", "occurrence")
    return {name: getattr(finding, name) for name in names}


def page(who: User, notice: Notice, query: str = "") -> str:
    answer = factories.signed_in(who).get(address(notice) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_what_is_left_with_what_the_ledger_says() -> None:
    clerk = factories.office()
    notice = drafted(clerk, "已收回土地出让金47万元，走访群众418户。")
    shown = page(clerk, notice)
    assert "数值不符" in shown
    assert "无出处" in shown
    assert "台账“已收回土地出让金”是 46万元（截至 2025-07-31），草稿写 47万元" in shown
    assert "改用 46万元" in shown
    assert reverse("measures:indicator", args=(Indicator.objects.get().pk,)) in shown
    assert "关联成效" in shown
    everything = page(clerk, notice, "?show=all")
    assert "落款日期" in everything
    assert "总数核对" in everything


def test_leaders_see_it_and_decide_nothing_and_nobody_else_finds_it() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    shown = page(factories.leader(), notice)
    assert "418户" in shown
    assert "认可，按原文发布" not in shown
    assert factories.signed_in(factories.liaison()).get(address(notice)).status_code == 404
    assert factories.signed_in(factories.leader()).post(address(notice, "check-decide"), figure(open_figure(notice))).status_code == 403


def test_the_ledgers_number_is_adopted_in_an_item_and_in_the_book() -> None:
    clerk = factories.office()
    notice = drafted(clerk, "已收回土地出让金47万元。")
    finding = open_figure(notice)
    answer = factories.signed_in(clerk).post(address(notice, "check-adopt"), {**figure(finding), "instead": "46万元"})
    assert answer.status_code == 302
    assert notice.items.get().text == "已收回土地出让金46万元。"
    assert prove(Notice.objects.get()).left == []
    entry = Entry.objects.filter(act="reports.amend_item").latest("pk")
    assert entry.reason == "数字校核：“47万元”改用台账数“46万元”（已收回土地出让金）"


def test_the_ledgers_number_is_adopted_in_prose_between_placeholders() -> None:
    clerk = factories.office()
    prose = "（一）高位推动抓整改。针对{方面数}个方面2个问题，制定措施{措施数}条，召开会议{会议数}次。"
    notice = drafted(clerk, "已整改到位。", section_one=prose)
    (finding,) = prove(notice).left
    assert (finding.written, finding.verdict.instead) == ("2个", "1个")
    factories.signed_in(clerk).post(address(notice, "check-adopt"), {**figure(finding), "instead": "1个"})
    assert Notice.objects.get().section_one == prose.replace("2个问题", "1个问题")
    assert prove(Notice.objects.get()).left == []


def test_a_page_that_is_no_longer_true_changes_nothing() -> None:
    clerk = factories.office()
    notice = drafted(clerk, "已收回土地出让金47万元。")
    asked = {**figure(open_figure(notice)), "instead": "46万元"}
    read_indicator(actor=clerk, indicator=Indicator.objects.get(), figures=[FigureDraft(Decimal(48), dt.date(2025, 8, 31))])
    browser = factories.signed_in(clerk)
    assert browser.post(address(notice, "check-adopt"), asked).status_code == 409
    assert browser.post(address(notice, "check-adopt"), {}).status_code == 409
    assert "47万元" in notice.items.get().text
    answer = browser.post(address(notice, "check-decide"), {**figure(open_figure(notice)), "verdict": "accepted", "reason": ""})
    assert answer.status_code == 400
    assert "请写明理由" in answer.content.decode()


def test_a_decision_is_taken_and_withdrawn_on_the_page() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    browser, asked = factories.signed_in(clerk), figure(open_figure(notice))
    browser.post(address(notice, "check-decide"), {**asked, "verdict": "accepted", "reason": "已核对走访登记表"})
    assert "没有待核的数字" in page(clerk, notice)
    everything = page(clerk, notice, "?show=all")
    assert "已核对走访登记表" in everything
    assert "撤销这个决定" in everything
    decision = FigureDecision.objects.get()
    browser.post(address(notice, "check-withdraw"), {"decision": decision.pk, "reason": "应当核对"})
    assert open_figure(notice).written == "418户"


def test_the_workbook_lists_every_number() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    answer = factories.signed_in(clerk).get(address(notice, "check-export"))
    book = load_workbook(io.BytesIO(answer.content))
    rows = list(book["数字校核表"].iter_rows(values_only=True))
    assert len(rows) - 4 == len(prove(notice).findings)
    assert ("第 1 条", "46万元", "已匹配") in {row[:3] for row in rows}
    assert [row[2] for row in book["总数核对"].iter_rows(min_row=5, values_only=True)] == ["一致"] * 4


def test_the_page_of_the_notice_leads_to_the_check() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    shown = factories.signed_in(clerk).get(reverse("reports:notice", args=(notice.pk,))).content.decode()
    assert address(notice) in shown
    assert "还有 1 处数字与台账不符或没有出处" in shown


def test_the_queries_do_not_grow_with_the_ledger() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    browser = factories.signed_in(clerk)
    browser.get(address(notice))

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address(notice)).status_code == 200
        return len(captured)

    few = asked()
    category = notice.inspection.categories.get()
    for number in range(6):
        issue = factories.issue(category)
        factories.measures(issue, 3)
        indicator = add_indicator(actor=clerk, issue=issue, name=f"指标{number}", kind=Indicator.Kind.COUNT, unit="个")
        read_indicator(actor=clerk, indicator=indicator, figures=[FigureDraft(Decimal(number), dt.date(2025, 7, 31))])
    services.add_missing_items(actor=clerk, notice=notice)
    assert asked() == few <= PAGE_QUERIES
