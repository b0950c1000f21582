"""The public writes with a browser: with the proof of work, with the keyboard alone, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE
from tests.demo_site import DemoSite, Visit
from tests.test_axe import problems_on

pytestmark = pytest.mark.browser
HURRY = 3200


def test_the_device_proves_its_work_and_the_code_shows_the_state(demo_site: DemoSite, visit: Visit) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.get_by_role("link", name="反馈第 63 条", exact=True).click()
    expect(page.get_by_label("反馈哪一条")).to_have_value("63")
    expect(page.get_by_text("等于多少")).to_be_hidden()
    page.get_by_label("反馈内容").fill("第63条写的追缴情况，希望按季度公布。")
    page.wait_for_timeout(HURRY)
    page.get_by_role("button", name="提交反馈").click()
    code = page.locator(".qcode")
    expect(code).to_be_visible()
    assert problems_on(page) == []
    shown = code.inner_text()
    page.get_by_role("link", name="凭查询码看答复").click()
    page.get_by_label("查询码").fill(shown.lower())
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("heading", name="已收到")).to_be_visible()
    assert problems_on(page) == []
    assert not page.context.cookies()
    assert all(url.startswith((demo_site.address, "data:")) for url in asked)
    assert any("/feedback/challenge/" in url for url in asked)


def test_without_javascript_on_a_phone(visit: Visit) -> None:
    page = visit(viewport=PHONE, scripts=False)
    page.goto("/feedback/")
    page.get_by_label("反馈内容").fill("有人举报某某领导收受礼品。")
    question = page.locator("[data-question] label").inner_text()
    page.wait_for_timeout(HURRY)
    page.get_by_label(question).fill("1")
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_text("没有提交成功")).to_be_visible()
    page.get_by_label(question).fill(str(sum_of(question)))
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_text("系统已自动密封")).to_be_visible()


def test_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit()
    page.goto("/feedback/")
    expect(page.locator("altcha-widget input").first).to_be_attached()
    page.get_by_label("反馈哪一条").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("希望把制度全文放到网上。")
    page.wait_for_timeout(HURRY)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".qcode")).to_be_visible()


def sum_of(question: str) -> int:
    digits = "零一二三四五六七八九"

    def read(words: str) -> int:
        tens, found, ones = words.rpartition("十")
        return (digits.index(tens) if tens else 1) * 10 * bool(found) + (digits.index(ones) if ones else 0)

    first, second = question.partition("等于")[0].split("加")
    return read(first) + read(second)
