"""Programs in a browser: a token is made, kept, used and revoked; a receiver is registered, tried, given another secret and stopped."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.supervision.services import call_due
from apps.units.models import User
from tests import factories as make
from tests.api_world import url, with_token
from tests.browser import DESKTOP, PHONE
from tests.hook_receiver import Receiver, receiving_here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEY = re.compile(r"[0-9a-f]{64}")
SHOTS = os.environ.get("WALK_SHOTS", "")
receiver = pytest.fixture(receiving_here)


def signed_in(page: Page, live_server: Any, who: User) -> Page:
    client = make.signed_in(who)
    # All addresses and templates are read here, where nobody waits for them.
    assert client.get("/tokens/").status_code == 200
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()])
    return page


def looked_at(page: Page, name: str) -> None:
    """On a desk and on a phone: no grave finding, and nothing wider than the screen."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], name
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}.png", full_page=True)
    page.set_viewport_size(DESKTOP)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def status_with(key: str) -> int:
    return int(with_token(key).get(url("units")).status_code)


def test_a_token_from_its_making_to_its_end(page: Page, live_server: Any) -> None:
    signed_in(page, live_server, make.liaison())
    page.goto(f"{live_server.url}/tokens/")
    heading(page, "接口令牌")
    expect(page.get_by_text("还没有有效的令牌")).to_be_visible()
    page.get_by_label("读取").uncheck()
    page.get_by_role("button", name="生成令牌").click()
    expect(page.get_by_role("alert")).to_contain_text("用途")
    expect(page.get_by_role("alert")).to_contain_text("授权范围")
    looked_at(page, "tokens-wrong")
    page.get_by_label("用途").fill("月报脚本")
    page.get_by_label("读取").check()
    page.get_by_label("有效期").select_option(label="30 天")
    page.get_by_role("button", name="生成令牌").click()
    heading(page, "令牌已生成")
    looked_at(page, "token-made")
    key = page.locator(".secret").inner_text().strip()
    assert KEY.fullmatch(key)
    assert status_with(key) == 200
    page.get_by_role("link", name="已保存，返回").click()
    row = page.get_by_role("row").filter(has_text="月报脚本")
    expect(row).to_contain_text("有效")
    expect(row).to_contain_text("读取")
    expect(row).not_to_contain_text("从未使用")
    assert key not in page.content()
    looked_at(page, "tokens")
    row.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("region", name="已失效的令牌")).to_contain_text("已撤销")
    looked_at(page, "tokens-ended")
    assert status_with(key) == 401


def test_a_receiver_from_its_registration_to_its_end(page: Page, live_server: Any, receiver: Receiver) -> None:
    make.inspection()
    signed_in(page, live_server, make.office())
    page.goto(f"{live_server.url}/hooks/")
    heading(page, "推送")
    looked_at(page, "hooks-empty")
    page.get_by_role("link", name="登记推送").first.click()
    page.get_by_label("名称").fill("监督平台")
    page.get_by_label("地址").fill("ftp://example.gov.cn/")
    page.get_by_label("审核通过").check()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写完整的地址")
    expect(page.get_by_label("名称")).to_have_value("监督平台")
    looked_at(page, "hook-wrong")
    page.get_by_label("地址").fill(receiver.address)
    page.get_by_role("button", name="登记").click()
    heading(page, "已登记推送")
    looked_at(page, "hook-secret")
    secret = page.locator(".secret").inner_text().strip()
    assert KEY.fullmatch(secret)
    page.get_by_role("link", name="已转交，查看推送").click()
    heading(page, "监督平台")
    assert secret not in page.content()
    page.get_by_role("button", name="试推送").click()
    expect(page.get_by_text("等待推送")).to_be_visible()
    call_due()
    page.reload()
    expect(page.get_by_role("row").filter(has_text="试推送")).to_contain_text("已送达")
    receiver.status = 503
    page.get_by_role("button", name="试推送").click()
    expect(page.get_by_text("等待推送")).to_be_visible()
    call_due()
    page.reload()
    expect(page.get_by_text("上次没有推送成功")).to_be_visible()
    looked_at(page, "hook")
    page.get_by_role("button", name="更换密钥").click()
    heading(page, "已更换密钥")
    assert page.locator(".secret").inner_text().strip() not in ("", secret)
    page.get_by_role("link", name="已转交，查看推送").click()
    expect(page.get_by_text("带新旧两个签名")).to_be_visible()
    page.get_by_role("button", name="停用").click()
    expect(page.get_by_text("已停用，并记入台账")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="推送失败")).to_contain_text("推送已停用")
    looked_at(page, "hook-stopped")
    page.get_by_role("link", name="推送", exact=True).last.click()
    looked_at(page, "hooks")


@pytest.mark.parametrize("path", ["/hooks/", "/tokens/"])
def test_without_scripts_the_pages_are_there(path: str, chromium_browser: Any, live_server: Any) -> None:
    context = chromium_browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), live_server, make.office())
    answer = page.goto(f"{live_server.url}{path}")
    assert answer is not None and answer.status == 200
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()
