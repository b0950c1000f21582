"""The office's screens for notices: who sees them, what they say, and what a form answers to bad input."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.issues.models import Inspection
from apps.reports import services
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Edition, Notice
from apps.units.models import Role, User
from tests import factories
from tests.factories import signed_in
from tests.secrecy import reviewed
from tests.test_editions import approved, published
from tests.test_notice import drafted, prose, small_round, submitted

pytestmark = pytest.mark.django_db


def address(notice: Notice, name: str = "notice", *more: int) -> str:
    return reverse(f"reports:{name}", args=(notice.pk, *more))


def post(user: User, path: str, status: int, **data: Any) -> str:
    response = signed_in(user).post(path, data)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def page(user: User, path: str, status: int = 200) -> str:
    response = signed_in(user).get(path)
    assert response.status_code == status
    return response.content.decode()


class TestWhoSees:
    def test_office_and_leaders_do(self) -> None:
        notice = drafted()
        for user in (notice.drafted_by, factories.office(), factories.leader()):
            assert notice.title in page(user, reverse("reports:notices"))
            assert "已全部整改到位。" in page(user, address(notice))

    def test_nobody_else_does(self) -> None:
        notice = drafted()
        supervisor = factories.leader()
        group = notice.inspection.supervision_groups.create(number=1, name="第一组", lead_unit=factories.unit())
        group.members.add(supervisor)
        others = (factories.liaison(), supervisor, factories.user(Role.ADMIN), factories.user(Role.AUDITOR))
        for user in others:
            for path in (reverse("reports:notices"), address(notice), address(notice, "notice-edit"), reverse("reports:notice-new")):
                page(user, path, 404)
            for name in ("submit", "approve", "return", "publish", "complete"):
                post(user, address(notice, name), 404)

    def test_anonymous_is_asked_to_sign_in(self, client: Client) -> None:
        response = client.get(reverse("reports:notices"))
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]

    def test_leaders_do_not_edit(self) -> None:
        notice, leader = drafted(), factories.leader()
        page(leader, address(notice, "notice-edit"), 403)
        page(leader, address(notice, "item-edit", 1), 403)
        page(leader, reverse("reports:notice-new"), 404)
        assert "修改文字" not in page(leader, address(notice))


class TestDrafting:
    def test_empty_states(self) -> None:
        office = factories.office()
        assert "还没有通报稿" in page(office, reverse("reports:notices"))
        assert "还没有巡视轮次" in page(office, reverse("reports:notice-new"))

    def test_new_notice_from_approved_reports(self) -> None:
        small_round()
        office = factories.office()
        post(office, reverse("reports:notice-new"), 302, **prose(), texts="reports")
        notice = Notice.objects.get()
        assert (notice.items.count(), notice.drafted_by) == (2, office)
        assert "其中 2 条还没有文字" in page(office, address(notice))

    def test_correction_starts_from_the_last_notice(self) -> None:
        last = published().notice
        office = factories.office()
        assert f"沿用上一份通报稿《{last.title}》" in page(office, reverse("reports:notice-new"))
        post(office, reverse("reports:notice-new"), 302, **prose(title="更正"), texts="last")
        notice = Notice.objects.get(title="更正")
        assert [item.text for item in notice.items.all()] == [item.text for item in last.items.all()]

    def test_wrong_placeholder_is_named_at_its_field(self) -> None:
        small_round()
        answer = post(factories.office(), reverse("reports:notice-new"), 400, **prose(section_one="共{isues}个"), texts="reports")
        assert "没有占位符 {isues}" in answer
        assert "共{isues}个" in answer
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("broken", [{"email": "x"}, {"dated_on": "2025-13-40"}, {"title": ""}, {"texts": "no"}, {"phone": "1" * 99}])
    def test_bad_fields_are_400(self, broken: dict[str, str]) -> None:
        small_round()
        post(factories.office(), reverse("reports:notice-new"), 400, **{**prose(), "texts": "reports", **broken})
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("asked", ["999", "9" * 30])
    def test_unknown_round_is_404(self, asked: str) -> None:
        small_round()
        page(factories.office(), f"{reverse('reports:notice-new')}?inspection={asked}", 404)

    def test_chosen_round_is_drafted(self) -> None:
        first = small_round()
        small_round()
        post(factories.office(), f"{reverse('reports:notice-new')}?inspection={first.pk}", 302, **prose(), texts="reports")
        assert Notice.objects.get().inspection == first
        assert Inspection.objects.count() == 2


class TestEditing:
    def test_prose(self) -> None:
        notice = drafted()
        values = prose(invitation="欢迎群众监督。")
        post(notice.drafted_by, address(notice, "notice-edit"), 302, **values, version=notice.version, reason="")
        notice.refresh_from_db()
        assert notice.invitation == "欢迎群众监督。"

    def test_reason_is_asked_for_once_submitted(self) -> None:
        notice = submitted()
        data = {**prose(phone="1"), "version": notice.version, "reason": ""}
        assert "要写明理由" in post(notice.drafted_by, address(notice, "notice-edit"), 400, **data)
        post(notice.drafted_by, address(notice, "notice-edit"), 302, **{**data, "reason": "号码更正"})

    def test_stale_form_is_409_and_keeps_what_was_typed(self) -> None:
        notice = drafted()
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"})
        answer = post(notice.drafted_by, address(notice, "notice-edit"), 409, **prose(phone="12345"), version=notice.version, reason="")
        assert "被修改过" in answer
        assert 'value="12345"' in answer

    def test_item(self) -> None:
        notice = drafted()
        path = address(notice, "item-edit", 2)
        assert "台账里的依据" in page(notice.drafted_by, path)
        post(notice.drafted_by, path, 302, title="新标题", text="新文字。", version=1, reason="")
        assert notice.items.get(issue__number=2).text == "新文字。"
        assert "被修改过" in post(notice.drafted_by, path, 409, title="又一个", text="新文字。", version=1, reason="")

    @pytest.mark.parametrize("broken", [{"text": ""}, {"text": "共{问题数}个"}, {"title": "长" * 121}, {"version": "x"}])
    def test_bad_item_is_400(self, broken: dict[str, str]) -> None:
        notice = drafted()
        data = {"title": "标题", "text": "文字。", "version": "1", "reason": "", **broken}
        post(notice.drafted_by, address(notice, "item-edit", 1), 400, **data)

    def test_unknown_item_is_404(self) -> None:
        notice = drafted()
        page(notice.drafted_by, address(notice, "item-edit", 99), 404)


class TestTheWay:
    def test_from_draft_to_edition(self) -> None:
        notice, leader = drafted(), factories.leader()
        office = notice.drafted_by
        shown = sha256_of(content_of(notice))
        assert f'value="{shown}"' in page(office, address(notice))
        post(office, address(notice, "submit"), 302, content_hash=shown)
        assert "审定后，可以发布的就是现在这份内容" in page(leader, address(notice))
        assert "起草人不能审定自己起草的通报" in page(office, address(notice))
        post(leader, address(notice, "approve"), 302, content_hash=shown)
        assert "成为第 1 版，不能修改或撤回" in page(office, address(notice))
        assert "还没有作保密审查" in post(office, address(notice, "publish"), 400, content_hash=shown, confirmed="yes")
        reviewed(notice, by=leader)
        assert "我已核对" in post(office, address(notice, "publish"), 400, content_hash=shown)
        assert not Edition.objects.exists()
        post(office, address(notice, "publish"), 302, content_hash=shown, confirmed="yes")
        assert Edition.objects.get().sha256 == shown
        after = page(office, address(notice))
        assert "已发布为" in after
        assert "审定覆盖现在的内容" in after
        assert "修改文字" not in after

    def test_drafter_approving_is_403_with_the_reason_why(self) -> None:
        notice = submitted()
        assert "起草人不能审定" in post(notice.drafted_by, address(notice, "approve"), 403)

    def test_content_that_changed_since_the_page_is_409(self) -> None:
        notice = submitted()
        assert "有变动" in post(factories.leader(), address(notice, "approve"), 409, content_hash="0" * 64)

    def test_return_without_reason_is_400_then_done(self) -> None:
        notice, leader = submitted(), factories.leader()
        assert "要写明理由" in post(leader, address(notice, "return"), 400, reason=" ")
        post(leader, address(notice, "return"), 302, reason="第 2 条不具体")
        assert "第 2 条不具体" in page(notice.drafted_by, address(notice))

    def test_approval_that_no_longer_covers_is_shown(self) -> None:
        notice = approved()
        assert "审定覆盖现在的内容" in page(notice.drafted_by, address(notice))
        factories.measure(notice.inspection.issues.get(number=1))
        after = page(notice.drafted_by, address(notice))
        assert "审定不再覆盖现在的内容" in after
        assert "disabled" in after
        post(notice.drafted_by, address(notice, "publish"), 409, confirmed="yes")

    def test_second_publication_is_409(self) -> None:
        notice = approved()
        post(notice.drafted_by, address(notice, "publish"), 302, content_hash=notice.approved_hash, confirmed="yes")
        post(notice.drafted_by, address(notice, "publish"), 409, content_hash=notice.approved_hash, confirmed="yes")
        assert Edition.objects.count() == 1

    def test_nothing_is_submitted_approved_or_published_unseen(self) -> None:
        for notice, name, user in (
            (one := drafted(), "submit", one.drafted_by),
            (submitted(), "approve", factories.leader()),
            (two := approved(), "publish", two.drafted_by),
        ):
            before = notice.state
            assert "刷新" in post(user, address(notice, name), 409, confirmed="yes")
            notice.refresh_from_db()
            assert notice.state == before

    def test_late_issue_is_completed(self) -> None:
        notice = drafted()
        factories.issue(notice.inspection.categories.get())
        assert "补齐条目" in page(notice.drafted_by, address(notice))
        post(notice.drafted_by, address(notice, "complete"), 302)
        assert notice.items.count() == 3

    def test_acts_are_posts(self) -> None:
        notice = drafted()
        for name in ("submit", "approve", "return", "publish", "complete"):
            page(notice.drafted_by, address(notice, name), 405)


class TestToDo:
    def test_who_may_approve_a_notice_finds_it_on_the_workbench(self) -> None:
        notice = submitted()
        link = f'href="{address(notice)}"'
        assert link in page(factories.leader(), reverse("workbench"))
        assert link in page(factories.office(), reverse("workbench"))
        assert link not in page(notice.drafted_by, reverse("workbench"))
