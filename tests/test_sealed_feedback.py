"""What was sent sealed: the discipline role's alone. Everybody else finds no row, no number, no entry and no notification of it."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.ledgers.models import Book, Entry
from apps.ledgers.policies import readable_books
from apps.ledgers.services import SEALED
from apps.reports import services
from apps.reports.models import Edition, Feedback
from apps.reports.sealing import reads_like_a_tip
from apps.supervision.services import build_digests
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from config.navigation import links_for
from tests import factories
from tests import feedback_world as world

pytestmark = pytest.mark.django_db

TIPS = (
    "举报王书记收受红包",
    "我要举报镇里的王书记收受包工头的红包。",
    "张三贪污扶贫款，大家都知道",
    "村主任优亲厚友，低保都给了亲戚",
    "李某某涉嫌受贿",
    "反映陈局长公车私用",
    "副镇长林大山在工程招标中打招呼",
    "项目负责人套取补贴资金",
    "老李收了钱才肯盖章",
    "检举 赵 六 贪 污",
    "王*书*记受·贿",
    "他每年都要收好处费，不给就卡着",
    "分管领导包庇企业排污，违法不查",
    "举报刘建国",
    "会计挪用村集体的钱去赌博",
    "周总经理和官员官商勾结",
    "工作人员吃拿卡要",
    "张三违规占地建房",
    "当官的把公款拿去吃喝",
    "这个干部生活作风有问题",
    # As people write who have no words of the law, or hide what they mean.
    "王建国拿了老板二十万",
    "村支书把低保给了自己的亲戚",
    "书记的儿子承包了工程，亲属承包太多",
    "某局一把手包二奶",
    "贪wu的镇长",
    "t a n w u 王书记",
    "镇長受賄",
    "村支书林某贪占征地补偿款",
    "李主任骚扰女下属",
    "包工头给王所送了两条烟",
    "会计做假账",
    "纪委的人泄露举报信息",
    "有人在工程里捞钱，就是老林",
)
NO_TIPS = (
    "第三条写的路灯，到今天还没有装好，晚上走路看不见。",
    "王书记来村里调研以后，路修好了，谢谢。",
    "希望公开违纪案件的处理结果。",
    "举报电话打不通，请换一个号码。",
    "违规发放的补贴都退回来了吗？",
    "建议加大反腐败宣传力度。",
    "高标准农田项目违规占地的问题什么时候整改完？",
    "何时公布违法建筑拆除的情况？",
    "李家村的自来水还没有通。",
    "第 63 条追缴的土地出让金到账了多少？",
    "书记信箱的链接打不开。",
    "整改方案违规之处请说明依据。",
    "小区门口的马路坑坑洼洼。",
    "请张局长多来看看我们村的学校。",
    "建议向社会公开举报方式和举报渠道。",
    "公款存放招投标的制度建立了没有？",
    "老旧小区改造什么时候开工？",
    "金额不对，请核对第 5 条的数字。",
    "",
)


@pytest.mark.parametrize("text", TIPS)
def test_tips_about_a_person_are_recognised(text: str) -> None:
    assert reads_like_a_tip(text)


@pytest.mark.parametrize("text", NO_TIPS)
def test_what_accuses_nobody_stays_open(text: str) -> None:
    assert not reads_like_a_tip(text)


@pytest.fixture
def edition() -> Edition:
    cache.clear()
    return world.edition()


@pytest.fixture
def reader() -> User:
    return world.discipline()


@pytest.fixture
def sealed(edition: Edition, reader: User) -> Feedback:
    return world.message(edition, world.TIP, contact=world.PHONE)


def others() -> list[User]:
    return [factories.office(), factories.leader(), factories.liaison(), factories.user(Role.ADMIN), factories.user(Role.AUDITOR)]


def pages_of(browser: Client) -> str:
    """Everything a list, a count or a book could show of a message, as one text."""
    paths = (
        *("/inbox/", "/inbox/?state=received", "/inbox/?item=1", "/feedback/statistics/", "/book/", "/notifications/?show=all"),
        *("/api/v1/feedback/", "/api/v1/feedback/?state=received", "/jobs/", "/deliveries/"),
    )
    return "\n".join(browser.get(path).content.decode() for path in paths)


def test_chosen_by_the_sender_or_by_the_rule(edition: Edition) -> None:
    assert world.message(edition, world.TIP).sealing == "rule"
    assert world.message(edition, world.TEXT, chosen=True).sealing == "chosen"
    assert world.message(edition, world.TEXT).sealing == ""


def test_nobody_else_sees_anything_of_it_anywhere(edition: Edition, reader: User) -> None:
    people = others()
    office = people[0]
    opened = world.message(edition)
    before = {who.pk: pages_of(factories.signed_in(who)) for who in people}
    assert str(opened.pk) in before[office.pk]  # the control: an open one is seen
    assert "收到群众反馈" in before[office.pk]
    sealed = world.message(edition, world.TIP, contact=world.PHONE)
    for who in people:
        browser = factories.signed_in(who)
        after = pages_of(browser)
        own = () if who.role == Role.AUDITOR else (str(sealed.pk), "密封来信")  # the auditor reads its entries, without the text
        for trace in (world.TIP, world.PHONE, *own):
            assert trace not in after, (who.role, trace)
        for path in (f"/inbox/{sealed.pk}/", f"/sealed/{sealed.pk}/", "/sealed/", f"/api/v1/feedback/{sealed.pk}/"):
            assert browser.get(path).status_code in (403, 404), (who.role, path)
            assert world.TIP not in browser.get(path).content.decode()
    assert Client().get(f"/sealed/{sealed.pk}/").status_code == 302
    assert APIClient().get(f"/api/v1/feedback/{sealed.pk}/").status_code == 401


def test_counts_do_not_move(client: Client, edition: Edition) -> None:
    office = factories.office()
    browser = factories.signed_in(office)

    def numbers() -> tuple[str, int, int, int]:
        count = {link.label: link.count for _group, link in links_for(office, "")}["群众反馈"]
        listed = json.loads(browser.get("/api/v1/feedback/").content)["count"]
        public = client.get("/feedback/statistics/").content.decode().split("<tbody>")[-1]
        return public, count, listed, Notification.objects.filter(recipient=office).count()

    world.message(edition)
    former = numbers()
    for _ in range(3):
        world.message(edition, world.TIP)
    assert numbers() == former
    world.message(edition)
    now = numbers()
    assert now[0] != former[0]
    assert now[1:] == (former[1] + 1, former[2] + 1, former[3] + 1)


def test_keys_tell_no_order(edition: Edition) -> None:
    keys = [world.message(edition).pk for _ in range(12)]
    assert keys != sorted(keys)
    assert all(10**11 <= key < 10**12 for key in keys)


def test_its_entries_are_in_a_book_of_their_own_without_text(edition: Edition, reader: User, sealed: Feedback) -> None:
    services.answer_feedback(actor=reader, feedback=sealed, answer="已按程序受理。", version=1)
    found = Entry.objects.filter(subject_type="feedback", subject_id=sealed.pk).select_related("book")
    assert {entry.book.slug for entry in found} == {SEALED}
    assert [entry.act_label for entry in found.order_by("seq")] == ["收到群众反馈", "答复群众反馈"]
    told = json.dumps([[entry.reason, entry.payload, entry.subject_label] for entry in found], ensure_ascii=False)
    for text in (world.TIP, world.PHONE, "已按程序受理"):
        assert text not in told
    readers = {who.role for who in [*others(), reader] if readable_books(who).filter(slug=SEALED).exists()}
    assert readers == {Role.AUDITOR, Role.DISCIPLINE}


def test_the_book_is_there_for_its_readers_alone(sealed: Feedback, reader: User) -> None:
    for who in others():
        status = 200 if who.role == Role.AUDITOR else 403 if who.role == Role.LIAISON else 404
        assert factories.signed_in(who).get(f"/book/?book={SEALED}").status_code == status, who.role
    page = factories.signed_in(reader).get(f"/book/?book={SEALED}&verify=1").content.decode()
    assert str(sealed.pk) in page
    assert list(readable_books(reader)) == [Book.objects.get(slug=SEALED)]


def test_the_office_learns_nothing_when_it_asks_the_service(sealed: Feedback, reader: User) -> None:
    for who in others():
        with pytest.raises(ActForbidden):
            services.answer_feedback(actor=who, feedback=sealed, answer="已办", version=1)
        with pytest.raises(ActForbidden):
            services.set_aside_feedback(actor=who, feedback=sealed, reason="不办", version=1)


def test_the_discipline_role_reads_and_answers(client: Client, edition: Edition, reader: User, sealed: Feedback) -> None:
    browser = factories.signed_in(reader)
    opened = world.message(edition)
    listed = browser.get("/sealed/").content.decode()
    assert str(sealed.pk) in listed
    assert str(opened.pk) not in listed
    path = reverse("reports:sealed-message", args=(sealed.pk,))
    page = browser.get(path).content.decode()
    assert world.TIP in page
    assert world.PHONE in page
    assert browser.post(path, {"do": "aside", "reason": "", "version": 1}).status_code == 400
    assert browser.post(path, {"do": "answer", "answer": "已按程序受理。", "version": 9}).status_code == 409
    assert browser.post(path, {"do": "answer", "answer": "已按程序受理。", "version": 1}).status_code == 302
    assert "已按程序受理" in browser.get(path).content.decode()
    assert browser.get(f"/inbox/{opened.pk}/").status_code == 404
    assert browser.get("/inbox/").status_code == 404
    assert json.loads(browser.get("/api/v1/feedback/").content).get("count", 0) == 0


def test_it_is_told_to_the_discipline_role_and_leaves_the_house_in_no_digest(sealed: Feedback, reader: User) -> None:
    told = Notification.objects.filter(kind="feedback")
    assert [(row.recipient, row.title) for row in told] == [(reader, f"收到密封来信 {sealed.pk}")]
    User.objects.update(email="a@example.org")
    assert "密封" not in str(build_digests())


def test_the_sender_is_told_and_the_statistics_are_not(client: Client, edition: Edition) -> None:
    from apps.reports import gate

    answer = world.post(client, edition, world.fields(gate.new_form(), text=world.TIP)).content.decode()
    assert "系统已自动密封：" in answer
    assert "只有纪检监察机关能看到；读后不涉及具体人员的，转整改办答复" in answer
    assert "还没有收到反馈" in client.get("/feedback/statistics/").content.decode()


class TestHandingOver:
    """What a rule sealed wrongly goes to the office, by the act of whoever reads it and in no other way."""

    def test_the_office_reads_what_was_handed_over_and_nothing_else(self, client: Client, edition: Edition, reader: User) -> None:
        office, browser = factories.office(), factories.signed_in(reader)
        wrong, kept = world.message(edition, world.TIP, contact=world.PHONE), world.message(edition, "举报李书记收受好处费。")
        before = pages_of(factories.signed_in(office))
        for row in (wrong, kept):
            assert str(row.pk) not in before
        path = reverse("reports:sealed-message", args=(wrong.pk,))
        assert browser.post(path, {"do": "over", "version": 1}).status_code == 400  # not confirmed
        assert browser.post(path, {"do": "over", "confirmed": "on", "version": 9}).status_code == 409
        assert Feedback.objects.get(pk=wrong.pk).sealing == "rule"
        answer = browser.post(path, {"do": "over", "confirmed": "on", "version": 1})
        assert (answer.status_code, answer["Location"]) == (302, reverse("reports:sealed"))
        after = pages_of(factories.signed_in(office))
        assert str(wrong.pk) in after
        assert f"纪检监察转来群众反馈 {wrong.pk}" in after
        assert world.TIP in factories.signed_in(office).get(f"/inbox/{wrong.pk}/").content.decode()
        assert str(kept.pk) not in after
        assert factories.signed_in(office).get(f"/inbox/{kept.pk}/").status_code == 404
        listed = browser.get("/sealed/").content.decode()
        assert str(wrong.pk) not in listed
        assert str(kept.pk) in listed
        fresh = Feedback.objects.get(pk=wrong.pk)
        assert (fresh.sealing, fresh.due_on, fresh.version) == ("", wrong.due_on, 2)
        services.answer_feedback(actor=office, feedback=fresh, answer="已转办。", version=2)
        with pytest.raises(ActForbidden):
            services.answer_feedback(actor=reader, feedback=fresh, answer="已办", version=3)

    def test_both_books_have_the_act_and_no_word_of_the_message(self, sealed: Feedback, reader: User) -> None:
        services.hand_over_feedback(actor=reader, feedback=sealed, confirmed=True, version=1)
        found = Entry.objects.filter(act="reports.hand_over_feedback").select_related("book")
        assert {entry.book.slug for entry in found} == {SEALED, sealed.inspection.book.slug}
        assert {entry.actor for entry in found} == {reader}
        told = json.dumps([[entry.reason, entry.payload, entry.subject_label] for entry in found], ensure_ascii=False)
        for text in (world.TIP, world.TIP[:6], world.PHONE):
            assert text not in told

    def test_what_the_sender_sealed_stays_sealed(self, edition: Edition, reader: User) -> None:
        chosen = world.message(edition, world.TEXT, chosen=True)
        with pytest.raises(ActRefused, match="自己选择了密封"):
            services.hand_over_feedback(actor=reader, feedback=chosen, confirmed=True, version=1)
        path = reverse("reports:sealed-message", args=(chosen.pk,))
        browser = factories.signed_in(reader)
        assert browser.post(path, {"do": "over", "confirmed": "on", "version": 1}).status_code == 400
        assert "不能转交整改办" in browser.get(path).content.decode()
        assert Feedback.objects.get(pk=chosen.pk).sealing == "chosen"

    def test_nobody_else_hands_over_and_an_open_message_is_nothing_to_hand_over(
        self, edition: Edition, sealed: Feedback, reader: User
    ) -> None:
        for who in others():
            with pytest.raises(ActForbidden):
                services.hand_over_feedback(actor=who, feedback=sealed, confirmed=True, version=1)
        opened = world.message(edition)
        with pytest.raises(ActForbidden):
            services.hand_over_feedback(actor=reader, feedback=opened, confirmed=True, version=1)
        office = factories.signed_in(factories.office())
        assert office.post(f"/inbox/{opened.pk}/", {"do": "over", "confirmed": "on", "version": 1}).status_code == 400
        services.answer_feedback(actor=reader, feedback=sealed, answer="已受理。", version=1)
        with pytest.raises(ActConflict):
            services.hand_over_feedback(actor=reader, feedback=sealed, confirmed=True, version=2)
