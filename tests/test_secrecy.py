"""保密审查 before publication (security.md C-64): by a person who has not written it, over a list, for that text and no other."""

from __future__ import annotations

from typing import Any

import pytest

from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.models import Audience, Edition, Notice, SecrecyReview
from apps.reports.secrecy import CHECKLIST, secrecy_is_reviewed, secrecy_of
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories
from tests.secrecy import reviewed
from tests.test_corrections import for_party
from tests.test_notice import drafted, submitted
from tests.test_notice_screens import address, page, post

pytestmark = pytest.mark.django_db
ALL = list(CHECKLIST)


def approved() -> Notice:
    """Approved, and not reviewed for secrecy."""
    return services.approve_notice(actor=factories.leader(), notice=submitted())


def confirm(by: User, notice: Notice, **facts: Any) -> SecrecyReview:
    return services.review_secrecy(actor=by, notice=notice, **{"confirmed": ALL, **facts})


def published(notice: Notice) -> Edition:
    return services.publish(actor=factories.office(), notice=notice)


class TestGate:
    def test_nothing_is_published_without_it(self) -> None:
        notice = approved()
        with pytest.raises(ActRefused, match="还没有作保密审查"):
            published(notice)
        assert not Edition.objects.exists()
        assert published(reviewed(notice)).number == 1

    def test_it_is_kept_with_each_edition_and_in_the_book(self) -> None:
        notice, leader = services.approve_notice(actor=factories.leader(), notice=for_party(submitted())), factories.leader()
        review = confirm(leader, notice, note="已与保密办核对")
        published(notice)
        for edition in Edition.objects.all():
            assert edition.secrecy["by"] == str(leader)
            assert edition.secrecy["at"] == review.at.isoformat()
            assert edition.secrecy["checklist"] == list(CHECKLIST.values())
            assert edition.sha256 == edition.secrecy["party_hash" if edition.audience == Audience.PARTY else "content_hash"]
        entry = Entry.objects.get(act="reports.review_secrecy")
        assert (entry.actor, entry.reason, entry.payload["content_hash"]) == (leader, "已与保密办核对", review.content_hash)
        assert entry.payload["checklist"] == list(CHECKLIST.values())
        assert entry.seq < Entry.objects.filter(act="reports.publish").earliest("seq").seq

    def test_every_line_is_confirmed(self) -> None:
        notice, leader = approved(), factories.leader()
        for key in ALL:
            with pytest.raises(ActRefused, match=CHECKLIST[key][:8]):
                confirm(leader, notice, confirmed=[one for one in ALL if one != key])
        with pytest.raises(ActRefused, match="最多"):
            confirm(leader, notice, note="长" * 501)
        assert not SecrecyReview.objects.exists()
        assert confirm(leader, notice)

    def test_not_by_whoever_wrote_it(self) -> None:
        notice, editor = drafted(), factories.office()
        services.amend_notice(actor=editor, notice=notice, values={"phone": "1"})
        services.submit_notice(actor=factories.office(), notice=notice)
        for writer in (notice.drafted_by, editor):
            with pytest.raises(ActForbidden, match="不能审查自己写的文字"):
                confirm(writer, notice)
        assert confirm(factories.office(), notice)

    @pytest.mark.parametrize("role", [Role.LIAISON, Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE])
    def test_not_by_other_roles(self, role: Role) -> None:
        notice = approved()
        who = factories.user(role, of=factories.unit() if role == Role.LIAISON else None)
        with pytest.raises(ActForbidden):
            confirm(who, notice)
        post(who, address(notice, "secrecy"), 404, confirmed=ALL)

    def test_not_by_a_supervisor_who_does_not_see_the_notice(self) -> None:
        notice, supervisor = approved(), factories.leader()
        group = notice.inspection.supervision_groups.create(number=1, name="第一组", lead_unit=factories.unit())
        group.members.add(supervisor)
        with pytest.raises(ActForbidden):
            confirm(supervisor, notice)

    def test_not_before_it_is_submitted_and_not_twice(self) -> None:
        with pytest.raises(ActConflict):
            confirm(factories.leader(), drafted())
        notice = reviewed(submitted())
        with pytest.raises(ActConflict, match="已经对现在的内容作过保密审查"):
            confirm(factories.leader(), notice)

    def test_of_what_the_page_showed_only(self) -> None:
        notice, leader = approved(), factories.leader()
        for name in ("content_hash", "party_hash"):
            with pytest.raises(ActConflict, match="内容在您打开页面之后有变动"):
                confirm(leader, notice, **{name: "0" * 64})


class TestVoid:
    def test_a_change_of_the_text_ends_it_and_the_book_says_so(self) -> None:
        notice = reviewed(submitted())
        services.return_notice(actor=factories.leader(), notice=notice, reason="请改标题")
        assert not Entry.objects.filter(act="reports.void_secrecy").exists()  # nothing has changed yet
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "2"}, reason="订正")
        entry = Entry.objects.get(act="reports.void_secrecy")
        review = SecrecyReview.objects.get()
        assert entry.payload == {"reviewed_by": str(review.by), "content_hash": review.content_hash}
        assert review.voided_at
        services.submit_notice(actor=notice.drafted_by, notice=notice)
        services.approve_notice(actor=factories.leader(), notice=notice)
        with pytest.raises(ActRefused, match="审查已失效"):
            published(notice)
        assert published(reviewed(notice)).secrecy["at"] != review.at.isoformat()

    def test_a_change_of_what_the_party_is_told_ends_it(self) -> None:
        notice = reviewed(submitted())
        item = for_party(notice).items.select_related("notice", "issue").get(issue__number=1)
        secrecy = secrecy_of(notice)
        assert secrecy
        assert not secrecy.holds
        services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text=item.text, party_text="另行处理。", reason="改")
        assert SecrecyReview.objects.get().voided_at

    def test_a_figure_of_the_ledger_that_moves_ends_it(self) -> None:
        notice = reviewed(submitted())
        factories.measure(notice.inspection.issues.get(number=1))
        assert "审查已失效" in "".join(secrecy_is_reviewed(Notice.objects.get(pk=notice.pk)))
        assert confirm(factories.leader(), notice)
        assert SecrecyReview.objects.filter(voided_at=None).count() == 1

    def test_the_control_what_changes_no_text_leaves_it(self) -> None:
        notice = reviewed(submitted())
        services.approve_notice(actor=factories.leader(), notice=notice)
        secrecy = secrecy_of(notice)
        assert secrecy
        assert secrecy.holds
        assert published(notice)


class TestPage:
    def test_the_list_is_gone_through_on_the_page_of_the_notice(self) -> None:
        notice, leader = approved(), factories.leader()
        shown = page(leader, address(notice))
        assert all(words in shown for words in CHECKLIST.values())
        hidden = {name: shown.split(f'name="{name}" value="')[1].split('"')[0] for name in ("content_hash", "party_hash")}
        refused = post(leader, address(notice, "secrecy"), 400, confirmed=ALL[:2], note="先看", **hidden)
        assert "还差" in refused
        assert refused.count("checked>") == 2
        assert "先看" in refused
        post(leader, address(notice, "secrecy"), 409, confirmed=ALL)  # a page that does not say what it showed
        post(leader, address(notice, "secrecy"), 302, confirmed=ALL, note="看过", **hidden)
        shown = page(leader, address(notice))
        assert "保密审查覆盖现在的内容" in shown
        assert str(leader) in shown
        assert "逐项确认" not in shown

    def test_the_drafter_reads_who_may_and_everybody_reads_that_it_is_void(self) -> None:
        notice = approved()
        assert "请另一位同事或领导作保密审查" in page(notice.drafted_by, address(notice))
        assert "还没有作保密审查" in page(notice.drafted_by, address(notice))
        reviewed(notice)
        factories.measure(notice.inspection.issues.get(number=1))
        assert "保密审查以后内容有变动，审查已失效" in page(factories.office(), address(notice))

    def test_an_edition_shows_it_to_the_house_and_not_to_the_public(self) -> None:
        notice, leader = approved(), factories.leader()
        confirm(leader, notice, note="与保密办核对过")
        edition = published(notice)
        assert "与保密办核对过" in page(leader, address(notice))
        for public in (f"/editions/{edition.pk}/", f"/editions/{edition.pk}.json", f"/editions/{edition.pk}/proof.json"):
            assert "与保密办核对过" not in page(leader, public)
