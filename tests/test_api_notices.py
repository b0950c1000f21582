"""Notices and editions by API: submitted, approved by another, published, public."""

from __future__ import annotations

import pytest

from apps.issues.models import Issue
from apps.reports.models import Notice
from apps.reports.secrecy import CHECKLIST
from apps.reports.services import draft_notice
from tests import factories as make
from tests.api_world import World, client, refused, url, world
from tests.secrecy import reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world()


@pytest.fixture
def notice(here: World) -> Notice:
    prose = {
        "issuer": "中共某区委",
        "title": "关于整改进展情况的通报",
        "lead": "现将有关情况予以公布。",
        "section_one_title": "组织开展情况",
        "section_one": "区委高度重视。",
        "section_two_title": "反馈问题整改情况",
        "section_three_title": "下一步安排",
        "section_three": "持续推进整改。",
        "invitation": "欢迎监督。",
        "phone": "0000-0000000",
        "address": "某区某路一号",
        "postcode": "000000",
        "email": "zgb@example.cn",
        "dated_on": make.today(),
    }
    texts = dict.fromkeys(Issue.objects.values_list("number", flat=True), "已整改。")
    return draft_notice(actor=here.office, inspection=here.inspection, prose=prose, texts=texts)


def test_a_notice_is_submitted_approved_and_published(here: World, notice: Notice) -> None:
    office, leader = client(here.office), client(here.leader)
    shown = {"content_hash": office.get(url("notices", notice.pk)).json()["content_hash"]}
    assert refused(office.post(url("notices", notice.pk, "publish"), shown), 409)["code"] == "conflict"
    assert office.post(url("notices", notice.pk, "submit"), shown).json()["state"]["code"] == "submitted"
    refused(office.post(url("notices", notice.pk, "approve"), shown), 403)
    refused(leader.post(url("notices", notice.pk, "approve"), {"content_hash": "0" * 64}), 409)
    assert list(refused(leader.post(url("notices", notice.pk, "approve"), {}), 400)["fields"]) == ["content_hash"]
    assert leader.post(url("notices", notice.pk, "approve"), shown).json()["state"]["code"] == "approved"
    assert "保密审查" in refused(office.post(url("notices", notice.pk, "publish"), shown), 400)["message"]
    read = leader.get(url("notices", notice.pk)).json()
    confirmed = {"confirmed": list(CHECKLIST), **{name: read[name] for name in ("content_hash", "party_hash")}}
    assert leader.post(url("notices", notice.pk, "secrecy"), confirmed).status_code == 200
    published = office.post(url("notices", notice.pk, "publish"), shown)
    assert published.status_code == 201, published.content
    assert published.json()["sha256"] == shown["content_hash"]


def test_a_notice_goes_back_with_a_reason(here: World, notice: Notice) -> None:
    office, leader = client(here.office), client(here.leader)
    shown = {"content_hash": office.get(url("notices", notice.pk)).json()["content_hash"]}
    office.post(url("notices", notice.pk, "submit"), shown)
    address = url("notices", notice.pk, "return")
    assert list(refused(leader.post(address, {"reason": ""}), 400)["fields"]) == ["reason"]
    assert leader.post(address, {"reason": "数字请再核对"}).json()["state"]["code"] == "draft"


def test_drafts_are_for_the_office_and_the_leaders(here: World, notice: Notice) -> None:
    for who in ("own liaison", "supervisor", "admin", "auditor", "discipline"):
        caller = client(here.person(who))
        assert caller.get(url("notices")).json()["count"] == 0
        refused(caller.get(url("notices", notice.pk)), 404)
        refused(caller.post(url("notices", notice.pk, "publish"), {"content_hash": "0" * 64}), 404)


def test_items_are_read_and_amended_by_the_office(here: World, notice: Notice) -> None:
    office, leader = client(here.office), client(here.leader)
    listed = office.get(url("notice-items"), {"notice": notice.pk}).json()
    assert [row["number"] for row in listed["results"]] == [item.issue.number for item in notice.items.all()]
    row = listed["results"][0]
    address = url("notice-items", row["id"], "amend")
    body = {"title": row["title"], "text": "已整改到位。", "internal_text": "法院正在强制执行。", "version": row["version"]}
    refused(leader.post(address, body), 403)
    amended = office.post(address, body).json()
    assert (amended["text"], amended["internal_text"], amended["version"]) == ("已整改到位。", "法院正在强制执行。", 2)
    refused(office.post(address, body), 409)
    leak = {**body, "text": "已整改到位。法院正在强制执行。", "version": 2}
    assert list(refused(office.post(address, leak), 400)["fields"]) == ["from_internal"]
    assert office.post(address, {**leak, "from_internal": True}).status_code == 200
    for who in ("own liaison", "supervisor", "admin", "auditor"):
        caller = client(here.person(who))
        assert caller.get(url("notice-items")).json()["count"] == 0
        refused(caller.post(address, body), 404)


def test_editions_are_public(here: World, notice: Notice) -> None:
    office, leader = client(here.office), client(here.leader)
    shown = {"content_hash": office.get(url("notices", notice.pk)).json()["content_hash"]}
    office.post(url("notices", notice.pk, "submit"), shown)
    leader.post(url("notices", notice.pk, "approve"), shown)
    reviewed(notice)
    published = office.post(url("notices", notice.pk, "publish"), shown).json()
    for user in here.people.values():
        caller = client(user)
        listed = caller.get(url("editions")).json()
        assert listed["count"] == 1
        assert "content" not in listed["results"][0]
        assert caller.get(url("editions", published["id"])).json() == published
        refused(caller.post(url("editions"), {}), 405)
