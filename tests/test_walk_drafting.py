"""Two people of the office edit the same item of a draft at the same time, in two browsers."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.ledgers.models import Entry
from apps.reports.models import NoticeItem
from apps.units.models import User
from tests import factories as make
from tests.browser import PHONE, watched
from tests.test_notice import drafted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signed_in(browser: Browser, live_server: LiveServer, user: User, problems: list[str]) -> Page:
    """A browser of one's own."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    session = make.signed_in(user).cookies
    context.add_cookies([{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in session.items()])
    return watched(context.new_page(), problems)


def test_two_people_edit_the_same_item(live_server: LiveServer, chromium_browser: Browser) -> None:
    notice = drafted()
    one, two = notice.drafted_by, make.office()
    problems: list[str] = []
    mine, theirs = (signed_in(chromium_browser, live_server, user, problems) for user in (one, two))
    address = live_server.url + reverse("reports:item-edit", args=(notice.pk, 1))

    with mine.expect_response(lambda answer: "/presence/" in answer.url):
        mine.goto(address)
    theirs.goto(address)
    expect(theirs.get_by_text(f"{one.name} 正在修改第 1 条")).to_be_visible()

    theirs.get_by_label("社会公开").fill("已全部整改到位，并建立台账。")
    expect(theirs.locator("[data-count=id_text]")).to_have_text("14")
    theirs.get_by_role("button", name="保存修改").last.click()
    expect(theirs.get_by_text("已保存，修改记入台账")).to_be_visible()

    mine.get_by_label("社会公开").fill("已全部整改到位，群众满意。")
    mine.get_by_label("内部", exact=False).first.fill("尾款尚未到账。")
    mine.get_by_role("button", name="保存修改").last.click()
    expect(mine.get_by_role("heading", name="被修改过")).to_be_visible()
    expect(mine.locator(".clash ins")).to_contain_text("群众满意")
    expect(mine.locator(".clash del")).to_contain_text("并建立台账")
    expect(mine.get_by_label("社会公开")).to_have_value("已全部整改到位，群众满意。")

    mine.set_viewport_size(PHONE)
    assert mine.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    mine.get_by_role("button", name="用对方的").click()
    expect(mine.get_by_label("社会公开")).to_have_value("已全部整改到位，并建立台账。")
    expect(mine.get_by_label("内部", exact=False).first).to_have_value("尾款尚未到账。")
    mine.get_by_label("社会公开").fill("已全部整改到位，并建立台账，群众满意。")
    mine.get_by_role("button", name="保存修改").last.click()
    expect(mine.get_by_text("已保存，修改记入台账")).to_be_visible()

    item = NoticeItem.objects.get(notice=notice, issue__number=1)
    assert (item.text, item.internal_text) == ("已全部整改到位，并建立台账，群众满意。", "尾款尚未到账。")
    saves = Entry.objects.filter(act="reports.amend_item").order_by("seq")
    assert [entry.actor_id for entry in saves] == [two.pk, one.pk]
    assert not problems, problems
