"""What is withheld holds a notice up until it is mended or two people let it through; exceptions are bound to their sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.issues.models import Activity
from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.models import Audience, Notice, NoticeItem, WatchWord, WithheldException
from apps.reports.withholding.findings import Finding, exceptions_of, findings_of, open_findings
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from tests import factories
from tests.factories import signed_in
from tests.secrecy import reviewed
from tests.supervision import group, supervisor
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db
PHONE = "13905980000"
TEXT = f"请拨打{PHONE}反映，已全部整改到位。"


@pytest.fixture
def office() -> User:
    return factories.office()


@pytest.fixture
def notice(office: User) -> Notice:
    """A draft whose first item has a phone number."""
    row = drafted(office)
    write(row, TEXT, office)
    return Notice.objects.get(pk=row.pk)


def write(notice: Notice, text: str, by: User, number: int = 1) -> None:
    item = NoticeItem.objects.select_related("issue", "notice").get(notice=notice, issue__number=number)
    services.amend_item(actor=by, item=item, title=item.title, text=text, reason="修改")


def facts_of(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule.id,
        "audience": str(finding.audience),
        "place": finding.place,
        "sentence_hash": finding.sentence_hash,
        "fragment": finding.fragment,
    }


def asked(notice: Notice, by: User, **changed: Any) -> WithheldException:
    facts: dict[str, Any] = {**facts_of(open_findings(notice)[0]), "ground": "sensitive", "reason": "公开的服务热线"}
    return services.ask_exception(actor=by, notice=notice, **{**facts, **changed})


def test_a_finding_holds_up_submitting_until_it_is_mended(notice: Notice, office: User) -> None:
    with pytest.raises(ActRefused, match="有 1 处内容不能公开（第 1 条的电话号码）"):
        services.submit_notice(actor=office, notice=notice)
    write(notice, "已全部整改到位。", office)
    assert services.submit_notice(actor=office, notice=notice).state == Notice.State.SUBMITTED


def test_two_people_let_a_finding_through_and_the_edition_keeps_who_and_why(notice: Notice, office: User) -> None:
    leader = factories.leader()
    exception = asked(notice, office)
    with pytest.raises(ActRefused, match="不能公开"):
        services.submit_notice(actor=office, notice=notice)
    services.approve_exception(actor=leader, exception=exception)
    services.submit_notice(actor=office, notice=notice)
    reviewed(services.approve_notice(actor=leader, notice=notice))
    edition = services.publish(actor=office, notice=notice)
    [kept] = edition.exceptions
    assert kept["at"]
    assert {key: value for key, value in kept.items() if key != "at"} == {
        "rule": "phone",
        "place": "item:1",
        "ground": "sensitive",
        "reason": "公开的服务热线",
        "asked_by": str(office),
        "approved_by": str(leader),
    }
    assert PHONE not in str(edition.exceptions)
    assert "exceptions" not in edition.content


def test_the_book_tells_of_each_act_without_the_fragment(notice: Notice, office: User) -> None:
    leader = factories.leader()
    services.approve_exception(actor=leader, exception=asked(notice, office))
    services.withdraw_exception(actor=leader, exception=WithheldException.objects.get(), reason="改写更好")
    services.refuse_exception(actor=leader, exception=asked(notice, office), reason="可以改写")
    entries = list(Entry.objects.filter(subject_type="withheldexception").order_by("pk"))
    assert [entry.act_label for entry in entries] == ["申请公开例外", "批准公开例外", "撤回公开例外", "申请公开例外", "不批准公开例外"]
    assert PHONE not in str([(entry.payload, entry.subject_label, entry.reason) for entry in entries])
    told = Notification.objects.order_by("pk").values_list("recipient", flat=True)
    assert list(told) == [leader.pk, office.pk, leader.pk, office.pk]


def test_an_exception_holds_for_its_sentence_alone(notice: Notice, office: User) -> None:
    leader = factories.leader()
    services.approve_exception(actor=leader, exception=asked(notice, office))
    assert open_findings(notice) == []
    write(notice, TEXT + "另有说明。", office)
    assert open_findings(notice) == []
    write(notice, TEXT.replace("反映", "举报"), office)
    assert len(open_findings(notice)) == 1
    assert exceptions_of(notice, Audience.SOCIETY) == []
    write(notice, "已办。", office)
    write(notice, TEXT, office, number=2)
    assert [finding.place for finding in open_findings(notice)] == ["item:2"]


def test_nobody_approves_what_they_asked_for_nor_anybody_but_a_leader(notice: Notice, office: User) -> None:
    exception = asked(notice, office)
    member = supervisor()
    group(notice.inspection, members=[member], units=[factories.unit()])
    with pytest.raises(ActForbidden, match="公开例外由领导批准"):
        services.approve_exception(actor=member, exception=exception)
    for role in (Role.OFFICE, Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE):
        with pytest.raises(ActForbidden):
            services.approve_exception(actor=factories.user(role), exception=exception)
    with pytest.raises(ActForbidden):
        asked(notice, factories.leader())
    with pytest.raises(IntegrityError), transaction.atomic():
        WithheldException.objects.update(approved_by=office)
    office.role = Role.SUPERVISOR
    office.save()
    with pytest.raises(ActForbidden, match="申请人不能批准自己申请的例外"):
        services.approve_exception(actor=User.objects.get(pk=office.pk), exception=exception)


def test_what_is_asked_wrongly_is_refused(notice: Notice, office: User) -> None:
    with pytest.raises(ActRefused, match="理由"):
        asked(notice, office, reason=" ")
    with pytest.raises(ActRefused, match="例外情形"):
        asked(notice, office, ground="x")
    with pytest.raises(ActConflict, match="已经没有这一处"):
        asked(notice, office, sentence_hash="0" * 64)
    finding = open_findings(notice)[0]
    asked(notice, office)
    with pytest.raises(ActConflict, match="已经为这一处申请过"):
        asked(notice, office, **facts_of(finding))


def test_an_approval_of_a_sentence_that_changed_meanwhile_is_refused(notice: Notice, office: User) -> None:
    exception = asked(notice, office)
    write(notice, TEXT.replace("反映", "举报"), office)
    with pytest.raises(ActConflict, match="句子改过了"):
        services.approve_exception(actor=factories.leader(), exception=exception)


def test_what_is_over_is_not_decided_again(notice: Notice, office: User) -> None:
    leader = factories.leader()
    exception = services.approve_exception(actor=leader, exception=asked(notice, office))
    with pytest.raises(ActConflict):
        services.refuse_exception(actor=leader, exception=exception, reason="晚了")
    services.withdraw_exception(actor=office, exception=exception, reason="改写")
    with pytest.raises(ActConflict):
        services.approve_exception(actor=leader, exception=exception)
    other = asked(notice, office)
    with pytest.raises(ActForbidden, match="申请人或领导"):
        services.withdraw_exception(actor=factories.office(), exception=other, reason="我来")


def test_an_exception_for_society_holds_for_the_party_but_not_the_other_way_round(notice: Notice, office: User) -> None:
    NoticeItem.objects.filter(notice=notice, issue__number=1).update(text="已办。", party_text=TEXT)
    [finding] = findings_of(notice)
    assert finding.audience == "party"
    services.approve_exception(actor=factories.leader(), exception=asked(notice, office))
    assert open_findings(notice) == []
    NoticeItem.objects.filter(notice=notice, issue__number=1).update(text=TEXT, party_text="")
    [finding] = open_findings(notice)
    assert finding.audience == "society"


def test_internal_texts_are_not_looked_at(notice: Notice) -> None:
    NoticeItem.objects.filter(notice=notice, issue__number=1).update(text="已办。", internal_text=TEXT)
    assert findings_of(notice) == []


def test_the_office_keeps_a_list_of_words(notice: Notice, office: User) -> None:
    write(notice, "城投项目已整改到位。", office)
    assert findings_of(notice) == []
    word = services.watch_word(actor=office, word=" 城投项目 ", note="谈判中")
    assert [(finding.rule.id, finding.fragment) for finding in findings_of(notice)] == [("watch_word", "城投项目")]
    with pytest.raises(ActConflict):
        services.watch_word(actor=office, word="城投项目")
    with pytest.raises(ActRefused):
        services.watch_word(actor=office, word="城")
    with pytest.raises(ActForbidden):
        services.watch_word(actor=factories.leader(), word="别的词")
    with pytest.raises(ActRefused):
        services.retire_word(actor=office, word=word, reason="")
    services.retire_word(actor=office, word=word, reason="已签约")
    assert findings_of(notice) == []
    assert services.watch_word(actor=office, word="城投项目").pk != word.pk
    acts = Entry.objects.filter(subject_type="watchword").order_by("pk").values_list("act_label", "book__slug")
    assert list(acts) == [("登记关注词", "house"), ("停用关注词", "house"), ("登记关注词", "house")]


def test_a_word_that_is_listed_later_holds_up_publishing(office: User) -> None:
    row = drafted(office)
    services.submit_notice(actor=office, notice=row)
    services.approve_notice(actor=factories.leader(), notice=row)
    services.watch_word(actor=office, word="整改到位")
    with pytest.raises(ActRefused, match="关注词"):
        services.publish(actor=office, notice=row)


def test_the_page_shows_each_finding_in_its_sentence_and_takes_the_acts(notice: Notice, office: User) -> None:
    leader, address = factories.leader(), reverse("reports:withheld", args=(notice.pk,))
    browser, other = signed_in(office), signed_in(leader)
    page = browser.get(address).content.decode()
    assert f"请拨打<mark>{PHONE}</mark>反映，已全部整改到位。" in page
    assert reverse("reports:item-edit", args=(notice.pk, 1)) in page
    facts = facts_of(open_findings(notice)[0])
    ask = reverse("reports:withheld-ask", args=(notice.pk,))
    refused = browser.post(ask, {**facts, "ground": "", "reason": "热线电话"})
    assert refused.status_code == 400
    assert "请选择属于哪一种例外情形" in refused.content.decode()
    assert "热线电话" in refused.content.decode()
    assert browser.post(ask, {**facts, "ground": "hype", "reason": "热线"}).status_code == 302
    exception = WithheldException.objects.get()
    approve = reverse("reports:withheld-approve", args=(notice.pk, exception.pk))
    assert browser.post(approve).status_code == 403
    assert "批准例外" in other.get(address).content.decode()
    assert other.post(approve).status_code == 302
    assert other.post(approve).status_code == 409
    assert "例外已批准" in browser.get(address).content.decode()
    withdraw = reverse("reports:withheld-withdraw", args=(notice.pk, exception.pk))
    assert browser.post(withdraw, {"reason": ""}).status_code == 400
    assert browser.post(withdraw, {"reason": "改写"}).status_code == 302
    assert browser.post(ask, {**facts, "ground": "hype", "reason": "热线"}).status_code == 302
    again = WithheldException.objects.get(withdrawn_at=None)
    assert other.post(reverse("reports:withheld-refuse", args=(notice.pk, again.pk)), {"reason": "改写"}).status_code == 302
    assert "没有批准：改写" in browser.get(address).content.decode()


def test_the_pages_are_for_the_office_and_the_leaders(notice: Notice) -> None:
    address = reverse("reports:withheld", args=(notice.pk,))
    for who in (factories.liaison(), factories.user(Role.DISCIPLINE), factories.user(Role.AUDITOR), factories.user(Role.ADMIN)):
        assert signed_in(who).get(address).status_code == 404
        assert signed_in(who).get(reverse("reports:watch-words")).status_code == 403


def test_the_word_list_has_its_page(office: User) -> None:
    browser, address = signed_in(office), reverse("reports:watch-words")
    assert "还没有登记关注词" in browser.get(address).content.decode()
    assert browser.post(address, {"word": "城", "note": ""}).status_code == 400
    assert browser.post(address, {"word": "城投项目", "note": "谈判中"}).status_code == 302
    word = WatchWord.objects.get()
    retire = reverse("reports:watch-word-retire", args=(word.pk,))
    assert browser.post(retire, {"reason": ""}).status_code == 400
    assert signed_in(factories.leader()).post(retire, {"reason": "x"}).status_code == 403
    assert browser.post(retire, {"reason": "已签约"}).status_code == 302
    assert "已停用" in browser.get(address).content.decode()


def test_a_name_that_the_ledger_knows_from_a_talk_is_held_up_wherever_it_stands(office: User) -> None:
    """In a sentence that says nothing of discipline; the Party may read it, and a name the ledger does not know is the control."""
    row = drafted(office)
    issue = row.inspection.issues.get(number=1)
    Activity.objects.create(
        inspection=row.inspection, issue=issue, kind=Activity.Kind.TALK, title="约谈", held_on=row.dated_on, attendance="涂建明、区住建局"
    )
    for name, found in (("涂建明", ["dealt_with"]), ("涂志强", [])):
        write(row, f"项目由{name}牵头，已全部整改到位。", office)
        assert [finding.rule.id for finding in open_findings(row)] == found
    write(row, "已全部整改到位。", office)
    services.amend_item(
        actor=office,
        item=NoticeItem.objects.select_related("issue", "notice").get(notice=row, issue__number=1),
        title="整改",
        text="已全部整改到位。",
        party_text="项目由涂建明牵头，已全部整改到位。",
        reason="修改",
    )
    assert open_findings(row) == []
