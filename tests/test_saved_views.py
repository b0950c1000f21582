"""Saved views of the register: a name for an address; sharing, the default, and views that are not understood any more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.ledgers.models import Entry
from apps.measures.models import SavedView
from apps.measures.services import remove_view, save_view, set_default_view
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db
OVERDUE = "timeliness=overdue"


def saved(who: User, name: str = "逾期的", query: str = OVERDUE, **more: Any) -> SavedView:
    return save_view(actor=who, name=name, query=query, **more)


def names(who: User) -> list[str]:
    return [view.name for view in SavedView.objects.visible_to(who)]


def test_a_view_is_kept_under_a_name_and_leads_to_its_address() -> None:
    make.measure(make.issue(), due_on=make.days(-2))
    browser = make.signed_in(make.office())
    page = browser.get(f"/register/?{OVERDUE}&q=")
    assert f"/register/views/new/?{OVERDUE}" in page.content.decode()
    answer = browser.post(f"/register/views/new/?{OVERDUE}", {"name": "逾期的", "scope": "own"})
    assert (answer.status_code, answer["Location"]) == (302, f"/register/?{OVERDUE}")
    view = SavedView.objects.get()
    assert (view.name, view.query, view.scope, view.is_default) == ("逾期的", OVERDUE, "own", False)
    assert browser.get(f"/register/views/{view.pk}/")["Location"] == f"/register/?{OVERDUE}"
    shown = browser.get(f"/register/?{OVERDUE}").context["register"]
    assert shown.shown_view == view
    entry = Entry.objects.get(act="measures.save_view")
    assert entry.book.slug == "house"
    assert OVERDUE not in str(entry.payload)  # the keepers of the house read this book


def test_the_default_opens_first_and_all_is_one_click_away() -> None:
    make.measure(make.issue(), due_on=make.days(-2))
    office = make.office()
    browser = make.signed_in(office)
    view = saved(office, is_default=True)
    opened = browser.get("/register/", follow=True)
    assert opened.redirect_chain[-1][0] == f"/register/?{OVERDUE}"
    everything = browser.get("/register/?all=1")
    assert everything.status_code == 200
    register = opened.context["register"]
    assert register.tabs[0].query == register.clear == register.chips[0].href == "?all=1"
    assert browser.get("/register/?all=2").status_code == 400
    part = browser.get("/register/?q=", headers={"HX-Request": "true"})
    assert part["HX-Push-Url"] == "/register/?all=1"
    browser.post(f"/register/views/{view.pk}/default/", {"on": "0"})
    assert browser.get("/register/").status_code == 200
    assert browser.get("/register/").context["register"].clear == "?"


def test_one_default_at_most() -> None:
    office = make.office()
    first, second = saved(office, "一", is_default=True), saved(office, "二", is_default=True)
    assert list(SavedView.objects.filter(is_default=True)) == [second]
    set_default_view(actor=office, view=first)
    assert list(SavedView.objects.filter(is_default=True)) == [first]
    with pytest.raises(ActConflict):
        set_default_view(actor=office, view=first)
    saved(make.office(), is_default=True)
    assert SavedView.objects.filter(is_default=True).count() == 2


def test_who_sees_a_view() -> None:
    unit = make.unit()
    office, owner, colleague, stranger = make.office(), make.liaison(unit), make.liaison(unit), make.liaison()
    for scope in ("own", "unit"):
        saved(owner, f"单位{scope}", scope=scope)
    saved(office, "全体", scope="office")
    saved(office, "办内")
    assert names(owner) == ["全体", "单位own", "单位unit"]
    assert names(colleague) == ["全体", "单位unit"]
    assert names(stranger) == names(make.leader()) == ["全体"]
    assert names(office) == ["全体", "办内"]
    for role in (Role.ADMIN, Role.AUDITOR):
        assert names(make.user(role)) == []
        assert make.signed_in(make.user(role)).get("/register/views/").status_code == 403
    hidden = SavedView.objects.get(name="单位own")
    assert make.signed_in(colleague).get(f"/register/views/{hidden.pk}/").status_code == 404


def test_only_the_office_shares_with_all_and_only_who_has_a_unit_with_the_unit() -> None:
    unit = make.measure(make.issue()).lead_unit
    for who in (make.liaison(unit), make.leader()):
        with pytest.raises(ActForbidden, match="只有整改办"):
            saved(who, scope="office")
        page = make.signed_in(who).post(f"/register/views/new/?{OVERDUE}", {"name": "甲", "scope": "office"})
        assert page.status_code == 400
    with pytest.raises(ActRefused, match="没有所属单位"):
        saved(make.leader(), scope="unit")
    with pytest.raises(ActForbidden):
        saved(make.user(Role.ADMIN))
    assert SavedView.objects.count() == 0


def test_only_the_owner_changes_and_removes() -> None:
    office = make.office()
    view = saved(office, scope="office")
    other = make.signed_in(make.office())
    assert other.get(f"/register/views/{view.pk}/").status_code == 302
    for address in ("amend", "remove", "default"):
        assert other.post(f"/register/views/{view.pk}/{address}/", {"name": "夺", "scope": "own", "on": "1"}).status_code == 403
    own = make.signed_in(office)
    answer = own.post(f"/register/views/{view.pk}/amend/", {"name": "新名", "scope": "own"})
    assert answer.status_code == 302
    view.refresh_from_db()
    assert (view.name, view.scope) == ("新名", "own")
    assert own.post(f"/register/views/{view.pk}/remove/").status_code == 302
    assert SavedView.objects.count() == 0
    assert Entry.objects.get(act="measures.remove_view").payload["name"] == "新名"
    assert own.post(f"/register/views/{view.pk}/remove/").status_code == 404
    with pytest.raises(ActConflict, match="已经删除"):
        remove_view(actor=office, view=SavedView(pk=view.pk or 1, owner=office))


def test_names_are_told_apart_by_owner() -> None:
    make.measure(make.issue())
    office = make.office()
    saved(office)
    with pytest.raises(ActConflict, match="请换一个名称"):
        saved(office)
    saved(make.office())
    with pytest.raises(ActRefused, match="视图名称"):
        saved(office, " ")
    page = make.signed_in(office).post(f"/register/views/new/?{OVERDUE}", {"name": "逾期的", "scope": "own"})
    assert page.status_code == 409
    assert "请换一个名称" in page.content.decode()


@pytest.mark.parametrize("query", ["timeliness=never", "category=999", "colour=red", "unit=abc", "q=%00", "nature=now&nature=lasting"])
def test_a_view_that_is_not_understood_any_more_says_so_and_can_be_removed(query: str) -> None:
    make.measure(make.issue())
    office = make.office()
    view = saved(office, query=query, is_default=True, scope="office")
    browser = make.signed_in(office)
    page = browser.get("/register/", follow=True)
    assert page.status_code == 400
    words = page.content.decode()
    assert "已经失效" in words
    assert f"/register/views/{view.pk}/remove/" in words
    assert browser.get("/register/?all=1").status_code == 200
    other = make.signed_in(make.liaison()).get(f"/register/views/{view.pk}/")
    assert other.status_code == 400
    assert "remove" not in other.content.decode()


def test_a_shared_view_shows_each_reader_only_their_own_rows() -> None:
    here, there = make.issue(title="本单位的事"), make.issue(title="别单位的事")
    for issue in (here, there):
        make.measure(issue, due_on=make.days(-1))
    view = saved(make.office(), scope="office")
    browser: Client = make.signed_in(make.liaison(here.lead_unit))
    words = browser.get(f"/register/views/{view.pk}/", follow=True).content.decode()
    assert "本单位的事" in words
    assert "别单位的事" not in words


def test_unknown_filters_are_not_saved() -> None:
    make.measure(make.issue())
    browser = make.signed_in(make.office())
    assert browser.post("/register/views/new/?colour=red", {"name": "甲", "scope": "own"}).status_code == 400
    with pytest.raises(ActRefused, match="保存不下"):
        saved(make.office(), query="q=" + "长" * 1000)
    assert SavedView.objects.count() == 0
