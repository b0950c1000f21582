"""A notice with the units: who is asked, what a head sees, what an answer is bound to, and what stands in the way of submitting."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.circulation import item_hash, standings
from apps.reports.models import ItemReview, Notice, NoticeItem
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Unit, User
from apps.units.services import amend_user, disable_user
from tests import factories
from tests.test_notice import drafted, small_round
from tests.test_notice_screens import address, page, post

pytestmark = pytest.mark.django_db


def lead_of(inspection: Inspection, number: int) -> Unit:
    return inspection.issues.get(number=number).lead_unit


def item_of(notice: Notice, number: int) -> NoticeItem:
    return notice.items.select_related("issue__lead_unit", "notice").get(issue__number=number)


def circulated(heads: tuple[int, ...] = (1,)) -> tuple[Notice, dict[int, User]]:
    """A notice of two issues, with the heads of the units that lead these."""
    inspection = small_round()
    people = {number: factories.head(lead_of(inspection, number)) for number in heads}
    notice = drafted(inspection=inspection)
    return services.circulate_notice(actor=notice.drafted_by, notice=notice), people


def answer(head: User, item: NoticeItem, verdict: str = "agreed", **facts: Any) -> ItemReview:
    return services.review_item(actor=head, item=item, verdict=verdict, **{"content_hash": item_hash(item), **facts})


def states(notice: Notice) -> dict[int, str]:
    return {standing.item.issue.number: standing.state for standing in standings(notice)}


class TestAsking:
    def test_heads_are_asked_and_units_without_one_are_not(self) -> None:
        notice, heads = circulated()
        assert notice.state == Notice.State.REVIEWING
        assert states(notice) == {1: "waiting", 2: "exempt"}
        told = Notification.objects.get(kind=Notification.Kind.NOTICE)
        assert (told.recipient, told.path) == (heads[1], reverse("reports:reviews"))
        assert Entry.objects.get(act="reports.circulate").payload == {"units": [str(heads[1].unit)], "items": 1}

    def test_without_any_head_there_is_nobody_to_ask_and_nothing_in_the_way(self) -> None:
        notice = drafted()
        with pytest.raises(ActRefused, match="可以直接提请审定"):
            services.circulate_notice(actor=notice.drafted_by, notice=notice)
        assert services.submit_notice(actor=notice.drafted_by, notice=notice).state == Notice.State.SUBMITTED

    def test_a_head_whose_account_was_stopped_is_not_asked(self) -> None:
        notice, heads = circulated()
        disable_user(actor=None, user=heads[1], reason="调离")
        assert states(notice) == {1: "exempt", 2: "exempt"}

    def test_reminder_goes_once_a_day_to_those_who_have_not_answered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        notice, heads = circulated((1, 2))
        answer(heads[1], item_of(notice, 1))
        with pytest.raises(ActConflict, match="今天已经送审或提醒过"):
            services.remind_heads(actor=notice.drafted_by, notice=notice)
        Notification.objects.all().delete()
        monkeypatch.setattr("apps.reports.services.reviewing.last_asked", lambda _notice: timezone.now() - dt.timedelta(days=1))
        services.remind_heads(actor=notice.drafted_by, notice=notice)
        assert [told.recipient for told in Notification.objects.all()] == [heads[2]]
        answer(heads[2], item_of(notice, 2))
        with pytest.raises(ActConflict, match="没有还未答复的单位"):
            services.remind_heads(actor=notice.drafted_by, notice=notice)


class TestAnswering:
    def test_submitting_waits_for_every_head(self) -> None:
        notice, heads = circulated((1, 2))
        with pytest.raises(ActRefused, match=r"第 1、2 条还没有经牵头单位负责人审核"):
            services.submit_notice(actor=notice.drafted_by, notice=notice)
        answer(heads[1], item_of(notice, 1))
        with pytest.raises(ActRefused, match=r"第 2 条还没有经"):
            services.submit_notice(actor=notice.drafted_by, notice=notice)
        answer(heads[2], item_of(notice, 2))
        assert services.submit_notice(actor=notice.drafted_by, notice=notice).state == Notice.State.SUBMITTED

    def test_answer_is_in_the_book_with_the_hash_of_what_was_read(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        answer(heads[1], item, opinion="属实")
        entry = Entry.objects.get(act="reports.review_item")
        assert (entry.actor_name, entry.payload["verdict"], entry.payload["content_hash"]) == (str(heads[1]), "同意", item_hash(item))

    def test_objection_says_what_is_wrong_and_tells_the_office(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        with pytest.raises(ActRefused, match="请写明哪里不对"):
            answer(heads[1], item, "objected")
        answer(heads[1], item, "objected", opinion="金额应为12万元")
        assert Notification.objects.filter(recipient=notice.drafted_by, title__contains="不同意第 1 条").exists()
        with pytest.raises(ActRefused, match="第 1 条牵头单位不同意"):
            services.submit_notice(actor=notice.drafted_by, notice=notice)

    @pytest.mark.parametrize("who", ["liaison of the unit", "head of another unit", "office"])
    def test_nobody_else_answers(self, who: str) -> None:
        notice, heads = circulated()
        unit = heads[1].unit
        assert unit
        people = {"liaison of the unit": factories.liaison(unit), "head of another unit": factories.head(factories.unit())}
        with pytest.raises(ActForbidden):
            answer(people.get(who) or factories.office(), item_of(notice, 1))
        answer(heads[1], item_of(notice, 1))

    def test_the_unit_is_passed_over_with_a_reason(self) -> None:
        notice, heads = circulated()
        unit = heads[1].unit
        assert unit
        with pytest.raises(ActRefused, match="要写明理由"):
            services.pass_over(actor=notice.drafted_by, notice=notice, unit=unit, reason=" ")
        services.pass_over(actor=notice.drafted_by, notice=notice, unit=unit, reason="已电话核对")
        assert states(notice)[1] == "passed"
        assert Entry.objects.get(act="reports.pass_over").reason == "已电话核对"

    def test_what_the_office_passed_over_is_not_counted_as_agreed(self) -> None:
        """Of two units one has agreed; the other was passed over."""
        notice, heads = circulated((1, 2))
        answer(heads[1], item_of(notice, 1))
        services.pass_over(actor=notice.drafted_by, notice=notice, unit=lead_of(notice.inspection, 2), reason="已电话核对")
        shown = page(notice.drafted_by, address(notice, "circulation"))
        assert "2 个单位有负责人账号，1 个已全部同意，1 个由整改办代为通过（全部或部分条目）" in shown
        assert shown.count("同意 1，共 1 条") == 1
        assert shown.count("同意 0，代为通过 1，共 1 条") == 1
        assert services.submit_notice(actor=notice.drafted_by, notice=notice).state == Notice.State.SUBMITTED


class TestChanges:
    def test_a_change_voids_the_answer_and_asks_again(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        answer(heads[1], item)
        services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text="已整改九成。")
        notice.refresh_from_db()
        assert (notice.state, states(notice)[1]) == (Notice.State.REVIEWING, "changed")
        assert Entry.objects.filter(act="reports.void_review", subject_id=item.pk).count() == 1
        assert Notification.objects.filter(recipient=heads[1], title__contains="重新审核", path=reverse("reports:review", args=(item.pk,)))
        with pytest.raises(ActRefused, match="在单位审核之后有改动"):
            services.submit_notice(actor=notice.drafted_by, notice=notice)

    def test_a_second_change_voids_nothing_twice(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        answer(heads[1], item)
        for text in ("已整改九成。", "已整改八成。"):
            services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text=text)
        assert Entry.objects.filter(act="reports.void_review").count() == 1

    def test_control_prose_and_other_items_void_nothing(self) -> None:
        notice, heads = circulated()
        answer(heads[1], item_of(notice, 1))
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"})
        services.amend_item(actor=notice.drafted_by, item=item_of(notice, 2), title="别的", text="别的。")
        assert states(notice)[1] == "agreed"
        assert not Entry.objects.filter(act="reports.void_review").exists()

    def test_party_text_is_part_of_what_was_read(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        answer(heads[1], item)
        NoticeItem.objects.filter(pk=item.pk).update(party_text="党内文字。")
        assert states(notice)[1] == "changed"

    def test_internal_text_is_not(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        answer(heads[1], item)
        NoticeItem.objects.filter(pk=item.pk).update(internal_text="内部文字。")
        assert states(notice)[1] == "agreed"

    def test_an_answer_to_a_text_that_moved_on_is_refused(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        read = item_hash(item)
        services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text="已整改九成。")
        with pytest.raises(ActConflict, match="重新阅读"):
            answer(heads[1], item_of(notice, 1), content_hash=read)


class TestPages:
    def test_head_sees_the_items_of_the_unit_and_nothing_else(self) -> None:
        notice, heads = circulated((1, 2))
        own, other = item_of(notice, 1), item_of(notice, 2)
        listed = page(heads[1], reverse("reports:reviews"))
        assert own.title in listed
        assert other.title not in listed
        assert own.text in page(heads[1], reverse("reports:review", args=(own.pk,)))
        page(heads[1], reverse("reports:review", args=(other.pk,)), 404)
        page(heads[1], address(notice), 404)
        page(heads[1], address(notice, "circulation"), 404)
        # the control: whose item it is sees it
        page(heads[2], reverse("reports:review", args=(other.pk,)))

    def test_a_liaison_who_is_no_head_sees_nothing(self) -> None:
        notice, heads = circulated()
        liaison = factories.liaison(heads[1].unit)
        page(liaison, reverse("reports:reviews"), 404)
        page(liaison, reverse("reports:review", args=(item_of(notice, 1).pk,)), 404)

    def test_items_are_there_only_while_they_are_reviewed(self) -> None:
        inspection = small_round()
        head = factories.head(lead_of(inspection, 1))
        notice = drafted(inspection=inspection)
        path = reverse("reports:review", args=(item_of(notice, 1).pk,))
        page(head, path, 404)
        services.circulate_notice(actor=notice.drafted_by, notice=notice)
        page(head, path)

    def test_head_answers_on_the_page(self) -> None:
        notice, heads = circulated()
        item = item_of(notice, 1)
        path = reverse("reports:review", args=(item.pk,))
        assert "请写明哪里不对" in post(heads[1], path, 400, verdict="objected", content_hash=item_hash(item))
        assert "重新阅读" in post(heads[1], path, 409, verdict="agreed", content_hash="0" * 64)
        post(heads[1], path, 302, verdict="agreed", content_hash=item_hash(item))
        assert states(notice)[1] == "agreed"

    def test_office_sees_who_has_answered_and_passes_over(self) -> None:
        notice, heads = circulated()
        office, unit = notice.drafted_by, heads[1].unit
        assert unit
        shown = page(office, address(notice, "circulation"))
        assert str(unit) in shown
        assert str(heads[1]) in shown
        assert "要写明理由" in post(office, address(notice, "pass-over"), 400, unit=unit.pk, reason="")
        post(office, address(notice, "pass-over"), 302, unit=unit.pk, reason="已电话核对")
        assert "已电话核对" in page(office, address(notice, "circulation"))

    def test_leader_sees_the_progress_and_does_nothing(self) -> None:
        notice, _heads = circulated()
        leader = factories.leader()
        assert "代为通过" not in page(leader, address(notice, "circulation"))
        post(leader, address(notice, "remind"), 403)

    def test_progress_needs_the_same_queries_for_many_items(self) -> None:
        category = factories.category()
        few, many = (self._queries(category.inspection, count) for count in (2, 20))
        assert few == many <= 24

    def _queries(self, inspection: Inspection, count: int) -> int:
        for _ in range(count):
            issue = factories.issue(inspection.categories.get())
            factories.measure(issue)
            factories.head(issue.lead_unit)
        texts = dict.fromkeys(inspection.issues.values_list("number", flat=True), "已办。")
        notice = drafted(inspection=inspection)
        for item in notice.items.filter(text=""):
            item.text = texts[item.issue.number]
            item.save()
        services.circulate_notice(actor=notice.drafted_by, notice=notice)
        client = factories.signed_in(notice.drafted_by)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(notice, "circulation"))
        return len(queries)


class TestHeads:
    def test_administrator_names_a_head_and_the_house_book_says_so(self) -> None:
        admin, liaison = factories.user("admin"), factories.liaison()
        client = factories.signed_in(admin)
        facts = {"name": liaison.name, "role": "liaison", "unit": liaison.unit_id, "phone": "", "email": "", "version": liaison.version}
        answered = client.post(reverse("units:account-amend", args=(liaison.pk,)), {**facts, "heads_unit": "on", "reason": "任职"})
        assert answered.status_code == 302
        liaison.refresh_from_db()
        assert liaison.heads_unit
        entry = Entry.objects.filter(book__slug="house", act="units.amend_user").latest("pk")
        assert entry.payload["changes"]["heads_unit"] == [False, True]

    def test_only_a_liaison_heads_a_unit(self) -> None:
        admin, office = factories.user("admin"), factories.office()
        with pytest.raises(ActRefused, match="单位联络员") as refused:
            amend_user(actor=admin, user=office, values={"heads_unit": True}, reason="任职")
        assert refused.value.field == "heads_unit"
