"""The office's pages of a draft: texts side by side, copying, the layout, who else is at work, and saves that come too late."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.earlier import collision_in_item, collision_in_prose, prose_fingerprint
from apps.reports.models import Editing, Notice, NoticeItem
from apps.reports.presence import others
from apps.units.errors import ActRefused
from apps.units.models import User
from tests import factories as make
from tests.test_layouts import round_of
from tests.test_notice import drafted, prose

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice() -> Notice:
    return drafted()


def address(notice: Notice, name: str, *more: int) -> str:
    return reverse(f"reports:{name}", args=(notice.pk, *more))


def page(user: User, path: str, status: int = 200, **data: Any) -> str:
    browser = make.signed_in(user)
    response = browser.post(path, data) if data else browser.get(path)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def field(html: str, name: str) -> str:
    """What a textarea of the page holds."""
    found = re.search(rf'<textarea name="{name}"[^>]*>\s?(.*?)</textarea>', html, re.S)
    assert found, name
    return found[1].strip()


def typed(**texts: str) -> dict[str, str]:
    return {"title": "整改事项1", "text": "已全部整改到位。", "party_text": "", "internal_text": "", "reason": "", "version": "1", **texts}


def saved(notice: Notice, by: User | None = None, **texts: str) -> NoticeItem:
    item = NoticeItem.objects.get(notice=notice, issue__number=1)
    values: dict[str, Any] = {"title": item.title, "text": item.text, **texts}
    return services.amend_item(actor=by or notice.drafted_by, item=item, **values)


class TestSideBySide:
    def test_three_texts_with_counts_and_differences(self, notice: Notice) -> None:
        saved(notice, party_text="已全部整改到位，党内问责2人。", internal_text="尚有尾款。")
        html = page(notice.drafted_by, address(notice, "item-edit", 1))
        assert (field(html, "text"), field(html, "party_text"), field(html, "internal_text")) == (
            "已全部整改到位。",
            "已全部整改到位，党内问责2人。",
            "尚有尾款。",
        )
        assert re.findall(r'data-count="id_\w+">(\d+)', html) == ["5", "15", "8"]
        assert re.search(r"<ins>.*?＋.*?党内问责2人", html, re.S)
        assert re.search(r"<del>.*?－", html, re.S)

    def test_the_origin_of_each_sentence_is_shown(self, notice: Notice) -> None:
        measure = notice.inspection.issues.get(number=1).measures.get()
        make.finish(measure)
        html = page(notice.drafted_by, address(notice, "item-edit", 1))
        assert f'href="/measures/{measure.pk}/"' in html
        assert "措施 1-1，截至" in html

    def test_all_three_are_saved_with_one_entry_in_the_book(self, notice: Notice) -> None:
        before = Entry.objects.count()
        page(notice.drafted_by, address(notice, "item-edit", 1), 302, **typed(party_text="党内。", internal_text="内部。"))
        item = NoticeItem.objects.get(notice=notice, issue__number=1)
        assert (item.party_text, item.internal_text, item.version) == ("党内。", "内部。", 2)
        assert Entry.objects.count() == before + 1
        assert set(Entry.objects.all()[0].payload["changes"]) == {"party_text", "internal_text"}

    def test_preview_of_each_audience(self, notice: Notice) -> None:
        saved(notice, party_text="只给党内的话。")
        path = address(notice, "notice")
        shown = [page(notice.drafted_by, f"{path}?audience={audience}").split("</article>")[0] for audience in ("society", "party")]
        assert ["只给党内的话。" in article for article in shown] == [False, True]
        page(notice.drafted_by, f"{path}?audience=nobody", 404)


class TestButtons:
    """Submits that write nothing."""

    def test_copying_keeps_what_else_was_typed(self, notice: Notice) -> None:
        data = typed(text="新写的公开文字。", internal_text="新写的内部文字。", do="copy:text:party_text")
        html = page(notice.drafted_by, address(notice, "item-edit", 1), 200, **data)
        assert (field(html, "party_text"), field(html, "internal_text")) == ("新写的公开文字。", "新写的内部文字。")
        assert NoticeItem.objects.get(notice=notice, issue__number=1).version == 1

    @pytest.mark.parametrize("target", ["text", "party_text"])
    def test_copying_from_internal_asks_first(self, notice: Notice, target: str) -> None:
        data = typed(internal_text="不对外的话在这里。", do=f"copy:internal_text:{target}")
        path = address(notice, "item-edit", 1)
        html = page(notice.drafted_by, path, 200, **data)
        assert "内部文字不对外" in html
        assert 'name="from_internal"' in html
        assert "不对外的话" not in field(html, target)
        assert field(page(notice.drafted_by, path, 200, **data, from_internal="on"), target) == "不对外的话在这里。"

    def test_the_draft_of_the_ledger(self, notice: Notice) -> None:
        make.finish(notice.inspection.issues.get(number=1).measures.get())
        html = page(notice.drafted_by, address(notice, "item-edit", 1), 200, **typed(do="compose:text"))
        assert field(html, "text") == "已逐项核实，台账建成。"

    @pytest.mark.parametrize("do", ["copy:text:text", "copy:x:text", "compose:x", "theirs:version", "drop", "copy", "show:x"])
    def test_there_are_no_others(self, notice: Notice, do: str) -> None:
        html = page(notice.drafted_by, address(notice, "item-edit", 1), 200 if do == "show:x" else 400, **typed(do=do))
        assert "Traceback" not in html


class TestNothingSlipsOut:
    def test_pasting_from_internal_is_refused_until_confirmed(self, notice: Notice) -> None:
        saved(notice, internal_text="已全部整改到位。法院正在强制执行，尚未到账。")
        data = typed(text="已全部整改到位。法院正在强制执行，尚未到账。", internal_text="", version="2")
        path = address(notice, "item-edit", 1)
        html = page(notice.drafted_by, path, 400, **data)
        assert "只写在内部文字中的话" in html
        assert "法院正在强制执行，尚未到账" in html
        assert 'name="from_internal"' in html
        page(notice.drafted_by, path, 302, **data, from_internal="on")

    def test_what_the_ledger_tells_everybody_is_no_secret(self, notice: Notice) -> None:
        make.finish(notice.inspection.issues.get(number=1).measures.get())
        saved(notice, internal_text="已逐项核实，台账建成。")
        assert saved(notice, text="已逐项核实，台账建成。").text == "已逐项核实，台账建成。"

    def test_the_service_refuses_too(self, notice: Notice) -> None:
        saved(notice, internal_text="法院正在强制执行。")
        with pytest.raises(ActRefused) as refused:
            saved(notice, party_text="法院 正在强制执行。")
        assert refused.value.field == "from_internal"


class TestTooLate:
    """Two people save the same place: the second is refused, reads both texts and chooses."""

    def test_both_texts_are_shown_and_nothing_typed_is_lost(self, notice: Notice) -> None:
        other = make.office()
        saved(notice, other, text="已全部整改到位，并建立台账。")
        path = address(notice, "item-edit", 1)
        html = page(notice.drafted_by, path, 409, **typed(text="已全部整改到位，群众满意。"))
        assert "被修改过" in html
        assert f"{other.name} 于" in html
        assert "并建立台账" in html
        assert field(html, "text") == "已全部整改到位，群众满意。"
        again = typed(text=field(html, "text"), version="2", opened="1")
        assert field(page(notice.drafted_by, path, 200, **again, do="theirs:text"), "text") == "已全部整改到位，并建立台账。"
        page(notice.drafted_by, path, 302, **{**again, "text": "已全部整改到位，并建立台账，群众满意。"})
        item = NoticeItem.objects.get(notice=notice, issue__number=1)
        assert (item.text, item.version) == ("已全部整改到位，并建立台账，群众满意。", 3)

    def test_what_only_they_changed_is_taken_over(self, notice: Notice) -> None:
        saved(notice, make.office(), text="他们的公开文字。")
        html = page(notice.drafted_by, address(notice, "item-edit", 1), 409, **typed(internal_text="我的内部文字。"))
        assert (field(html, "text"), field(html, "internal_text")) == ("他们的公开文字。", "我的内部文字。")
        assert "theirs:" not in html

    def test_a_third_save_is_seen_as_well(self, notice: Notice) -> None:
        other = make.office()
        saved(notice, other, text="第一次。")
        saved(notice, other, text="第二次。")
        item = saved(notice, other, internal_text="第三次。")
        collision = collision_in_item(item, 1, {"title": item.title, "text": "我的。", "party_text": "", "internal_text": ""})
        assert [(clash.field, clash.before, clash.theirs) for clash in collision.clashes] == [
            ("text", "已全部整改到位。", "第二次。"),
            ("internal_text", "", "第三次。"),
        ]
        assert collision.kept["internal_text"] == "第三次。"

    def test_prose(self, notice: Notice) -> None:
        shown = prose_fingerprint(notice)
        services.amend_notice(actor=make.office(), notice=notice, values={"phone": "1", "invitation": "他们的结尾。"})
        path = address(notice, "notice-edit")
        data = {**prose(invitation="我的结尾。"), "version": notice.version, "shown": shown, "reason": ""}
        html = page(notice.drafted_by, path, 409, **data)
        assert field(html, "invitation") == "我的结尾。"
        assert 'name="phone" value="1"' in html
        assert "theirs:invitation" in html
        assert "theirs:phone" not in html
        notice.refresh_from_db()
        again = {**data, "phone": "1", "shown": prose_fingerprint(notice), "opened": shown}
        taken = page(notice.drafted_by, path, 200, **again, do="theirs:invitation")
        assert field(taken, "invitation") == "他们的结尾。"
        page(notice.drafted_by, path, 302, **again)
        notice.refresh_from_db()
        assert (notice.invitation, notice.phone) == ("我的结尾。", "1")

    def test_a_saved_item_does_not_make_the_prose_stale(self, notice: Notice) -> None:
        data = {**prose(phone="12"), "version": notice.version, "shown": prose_fingerprint(notice), "reason": ""}
        saved(notice, text="改过的条目。")
        page(notice.drafted_by, address(notice, "notice-edit"), 302, **data)

    def test_an_unknown_start_leaves_everything_to_be_chosen(self, notice: Notice) -> None:
        values = {name: str(value) for name, value in prose(phone="9").items()}
        assert [clash.field for clash in collision_in_prose(notice, "0" * 64, values).to_choose] == ["phone"]


class TestPresence:
    def test_others_are_named_with_their_place_while_fresh(self, notice: Notice) -> None:
        one, two = notice.drafted_by, make.office()
        path = address(notice, "presence")
        assert "正在修改" not in page(one, path, 200, place="item:2")
        assert f"{one.name} 正在修改第 2 条" in page(two, path, 200, place="prose")
        assert f"{two.name} 正在修改正文文字" in page(one, path)
        for name, more in (("notice", ()), ("item-edit", (1,)), ("layout", ()), ("notice-edit", ())):
            assert f"{one.name} 正在修改第 2 条" in page(two, address(notice, name, *more))
        Editing.objects.update(seen_at=timezone.now() - dt.timedelta(seconds=91))
        assert others(notice, two) == []

    def test_saving_ends_it(self, notice: Notice) -> None:
        services.keep_editing(actor=notice.drafted_by, notice=notice, place="item:1")
        saved(notice, text="改过。")
        assert not Editing.objects.exists()

    def test_it_is_in_no_book_and_old_rows_go(self, notice: Notice) -> None:
        before = Entry.objects.count()
        services.keep_editing(actor=notice.drafted_by, notice=notice, place="item:1")
        Editing.objects.update(seen_at=timezone.now() - dt.timedelta(hours=2))
        services.keep_editing(actor=notice.drafted_by, notice=notice, place="item:2")
        services.keep_editing(actor=notice.drafted_by, notice=notice, place="item:2")
        assert [row.place for row in Editing.objects.all()] == ["item:2"]
        assert Entry.objects.count() == before

    @pytest.mark.parametrize("place", ["", "item:99", "item:x", "item:²", "cover", "item:" + "9" * 30])
    def test_places_that_are_none(self, notice: Notice, place: str) -> None:
        page(notice.drafted_by, address(notice, "presence"), 400, place=place)

    def test_leaders_look_and_others_do_not(self, notice: Notice) -> None:
        page(make.leader(), address(notice, "presence"))
        page(make.leader(), address(notice, "presence"), 403, place="prose")
        page(make.liaison(), address(notice, "presence"), 404)


class TestLayoutPage:
    def test_each_layout_is_previewed_before_it_is_chosen(self, notice: Notice) -> None:
        html = page(notice.drafted_by, address(notice, "layout"))
        for words in (
            "“巡视反馈问题整改不彻底”问题整改方面",
            "（一）反馈问题：巡视反馈问题整改不彻底",
            "1.关于“巡视反馈问题整改不彻底”问题的整改",
        ):
            assert words in html
        assert "反馈的第1个问题。" in html

    def test_patterns_are_tried_before_they_are_saved(self, notice: Notice) -> None:
        data = {
            "layout": "answered",
            "category_pattern": "第{编号}方面　{标题}",
            "section_order": "one,two,three",
            "version": notice.version,
        }
        path = address(notice, "layout")
        assert "第1方面　巡视反馈问题整改不彻底" in page(notice.drafted_by, path, 200, **data, do="show")
        notice.refresh_from_db()
        assert notice.layout == "titled"
        page(notice.drafted_by, path, 302, **data)
        assert "第1方面　巡视反馈问题整改不彻底" in page(notice.drafted_by, address(notice, "notice"))

    def test_wrong_ones_are_named_at_their_field(self, notice: Notice) -> None:
        data = {"layout": "answered", "item_pattern": "{nr}", "section_order": "one,two,three", "version": notice.version}
        assert "没有占位符 {nr}" in page(notice.drafted_by, address(notice, "layout"), 400, **data)
        page(notice.drafted_by, address(notice, "layout"), 400, **{**data, "item_pattern": "", "section_order": "three"})
        page(notice.drafted_by, address(notice, "layout"), 409, **{**data, "item_pattern": "", "version": 99})

    def test_leaders_do_not_choose(self, notice: Notice) -> None:
        page(make.leader(), address(notice, "layout"), 403)


class TestFirstNotice:
    def test_the_prose_is_proposed_with_figures_of_the_ledger(self) -> None:
        inspection = drafted_round()
        html = page(make.office(), f"{reverse('reports:notice-new')}?inspection={inspection.pk}")
        one = field(html, "section_one")
        assert "{方面数}个方面{问题数}个问题，制定整改措施{措施数}条" in one
        assert "{制度数}" not in one  # the ledger has none yet
        assert "尚未销号的{未销号数}个问题" in field(html, "section_three")


def drafted_round() -> Any:
    return make.measure(make.issue()).issue.inspection


def test_pages_need_as_many_queries_for_83_items_as_for_two() -> None:
    office = make.office()
    counted: list[list[int]] = []
    for size in (2, 83):
        issues: list[Issue] = round_of(size)
        notice = services.draft_notice(actor=office, inspection=issues[0].inspection, prose=prose())
        counted.append(list(queries(make.signed_in(office), notice)))
    assert counted[0] == counted[1]
    assert max(counted[1]) <= 65  # the draft itself asks what still stands against submitting it: figures, withheld words, reviews


def queries(browser: Client, notice: Notice) -> Iterator[int]:
    browser.get("/notices/")
    for name, more in (("notice", ()), ("item-edit", (1,)), ("layout", ()), ("notice-edit", ())):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address(notice, name, *more)).status_code == 200
        yield len(captured)
