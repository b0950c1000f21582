"""What becomes of a letter: answers with files, their check, the clock, what follows when nobody answers, who is told."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.services import override_calendar
from apps.supervision.models import Act, Attachment, Escalation, Letter, Reply
from apps.supervision.services import (
    answer_letter,
    close_letter,
    decline_escalation,
    escalate_letter,
    propose_escalations,
    return_answer,
    send_letter,
    sign_letter,
)
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from tests import factories as make
from tests.supervision import group, letter, reply_day, supervisor

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 2, tzinfo=dt.UTC)
WORDS = "已于本周办结"


def told(person: User, kind: str) -> int:
    return Notification.objects.filter(recipient=person, kind=kind).count()


def signed() -> tuple[Letter, User]:
    sent = letter(make.measure())
    of_unit = make.liaison(sent.unit)
    return sign_letter(actor=of_unit, letter=sent), of_unit


def answered() -> tuple[Letter, User]:
    row, of_unit = signed()
    return answer_letter(actor=of_unit, letter=row, answer=WORDS), of_unit


def late() -> Letter:
    """A blue letter whose day has passed unanswered."""
    row = letter(make.measure())
    Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
    return Letter.objects.get(pk=row.pk)


class TestAnswers:
    def test_each_answer_is_kept_with_its_files_and_what_was_said_about_it(self) -> None:
        row, of_unit = signed()
        answer_letter(actor=of_unit, letter=row, answer="已初步办理", files=[make.upload("清单.pdf"), make.upload("照片.pdf")])
        back = return_answer(actor=make.office(), letter=row, requirement="请附回单", reply_by=row.reply_by)
        assert (back.state, back.reply_by) == (Letter.State.SIGNED, row.reply_by)
        answer_letter(actor=of_unit, letter=row, answer="已补回单", files=[make.upload("回单.pdf")])
        done = close_letter(actor=make.leader(), letter=row, opinion="予以办结")
        assert (done.state, done.answer, done.closed_on) == (Letter.State.CLOSED, "已补回单", make.today())
        replies = [(reply.text, reply.accepted, reply.opinion, reply.attachments.count()) for reply in Reply.objects.order_by("pk")]
        assert replies == [("已初步办理", False, "请附回单", 2), ("已补回单", True, "予以办结", 1)]
        entry = Entry.objects.filter(act=Act.ANSWER_LETTER.value).latest("seq")
        assert [each["file"] for each in entry.payload["files"]] == ["回单.pdf"]

    def test_what_is_no_document_is_refused_and_nothing_is_kept(self) -> None:
        row, of_unit = signed()
        with pytest.raises(ActRefused, match="“坏") as refused:
            answer_letter(actor=of_unit, letter=row, answer=WORDS, files=[make.upload("好.pdf"), make.upload("坏.pdf", b"MZ no document")])
        assert refused.value.field == "files"
        assert not Attachment.objects.exists()
        row.refresh_from_db()
        assert row.state == Letter.State.SIGNED

    def test_files_have_a_limit(self) -> None:
        row, of_unit = signed()
        with pytest.raises(ActRefused, match="最多附"):
            answer_letter(actor=of_unit, letter=row, answer=WORDS, files=[make.upload(f"{n}.pdf") for n in range(50)])

    def test_the_page_takes_several_files_and_shows_them(self) -> None:
        row, of_unit = signed()
        browser = make.signed_in(of_unit)
        files = [make.upload("一.pdf"), make.upload("二.pdf")]
        answer = browser.post(reverse("supervision:answer", args=(row.pk,)), {"answer": WORDS, "files": files})
        assert answer.status_code == 302
        text = browser.get(answer["Location"]).content.decode()
        assert "一.pdf" in text
        assert "二.pdf" in text

    def test_an_answer_must_say_something_to_be_returned_for(self) -> None:
        row, _of_unit = answered()
        with pytest.raises(ActRefused, match="理由"):
            return_answer(actor=make.office(), letter=row, requirement=" ")

    def test_the_group_that_covers_the_unit_checks_and_no_other(self) -> None:
        row, of_unit = answered()
        member, stranger = supervisor(), supervisor()
        group(row.inspection, units=[row.unit], members=[member])
        group(row.inspection, units=[make.unit()], members=[stranger], name="督查二组")
        for person in (stranger, of_unit, make.user(Role.AUDITOR)):
            with pytest.raises(ActForbidden):
                close_letter(actor=person, letter=row)
        assert close_letter(actor=member, letter=row).closed_by == member

    def test_pages_to_check_are_for_those_who_check(self) -> None:
        row, of_unit = answered()
        for name in ("close_letter", "return_answer"):
            address = reverse(f"supervision:{name}", args=(row.pk,))
            assert make.signed_in(make.office()).get(address).status_code == 200
            assert make.signed_in(of_unit).get(address).status_code == 403
            assert make.signed_in(make.liaison()).get(address).status_code == 404
        browser = make.signed_in(make.office())
        assert browser.post(reverse("supervision:return_answer", args=(row.pk,)), {"requirement": ""}).status_code == 400
        assert browser.post(reverse("supervision:close_letter", args=(row.pk,)), {"opinion": ""}).status_code == 302
        assert browser.post(reverse("supervision:close_letter", args=(row.pk,)), {"opinion": ""}).status_code == 409


class TestDownloads:
    def test_a_file_goes_to_those_who_see_the_letter_never_inline_and_is_entered(self) -> None:
        row, of_unit = signed()
        answer_letter(actor=of_unit, letter=row, answer=WORDS, files=[make.upload("回单.pdf")])
        address = reverse("supervision:attachment", args=(Attachment.objects.get().pk,))
        for person in (of_unit, make.office(), make.leader()):
            answer = make.signed_in(person).get(address)
            assert answer.status_code == 200
            assert answer["Content-Disposition"].startswith("attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"]
        entries = Entry.objects.filter(act=Act.DOWNLOAD_ATTACHMENT.value)
        assert entries.count() == 3
        assert {entry.payload["file"] for entry in entries} == {"回单.pdf"}
        stranger = supervisor()
        group(row.inspection, units=[make.unit()], members=[stranger])
        for person in (make.liaison(), stranger, make.user(Role.ADMIN), make.user(Role.AUDITOR)):
            assert make.signed_in(person).get(address).status_code == 404
        assert entries.count() == 3


class TestClock:
    def test_five_working_days_over_the_national_holiday(self) -> None:
        """28 September 2026 is a Monday; 1 to 7 October are off, 10 October is worked."""
        with time_machine.travel(dt.datetime(2026, 9, 28, 2, tzinfo=dt.UTC), tick=False):
            measure = make.measure()
            sent = send_letter(
                actor=make.office(),
                inspection=measure.issue.inspection,
                unit=measure.lead_unit,
                measures=[measure],
                level=Letter.Level.BLUE,
                requirement="请加快办理",
            )
            assert sent.reply_by == dt.date(2026, 10, 10)
            assert not sent.is_late(dt.date(2026, 10, 10))
            assert (propose_escalations(dt.date(2026, 10, 10)), propose_escalations(dt.date(2026, 10, 11))) == (0, 1)

    def test_a_year_without_a_calendar_is_said_and_not_guessed(self) -> None:
        with time_machine.travel(dt.datetime(2098, 12, 30, 2, tzinfo=dt.UTC), tick=False):
            measure = make.measure()
            with pytest.raises(ActRefused, match="2098 年的节假日安排尚未载入") as refused:
                letter(measure, reply_by=None)
            assert refused.value.field == "reply_by"
            day = dt.date(2098, 12, 31)
            override_calendar(actor=None, day=day, is_workday=True, note="测试")
            assert letter(measure, reply_by=day).reply_by == day
            page = make.signed_in(make.office()).get(reverse("supervision:send_letter"), {"measure": measure.pk})
            assert "年的节假日安排尚未载入" in page.content.decode()

    def test_a_returned_answer_gets_the_clock_of_its_level(self) -> None:
        with time_machine.travel(MONDAY, tick=False):
            row, of_unit = signed()
            answer_letter(actor=of_unit, letter=row, answer=WORDS)
            assert return_answer(actor=make.office(), letter=row, requirement="请补充").reply_by == dt.date(2026, 3, 16)


class TestEscalation:
    def test_proposed_once_however_often_the_job_runs(self) -> None:
        row = late()
        waiting = letter(make.measure())
        assert (propose_escalations(), propose_escalations()) == (1, 0)
        proposal = Escalation.objects.get()
        assert (proposal.letter, proposal.title, proposal.state) == (row, "橙色督查单", Escalation.State.OPEN)
        assert Entry.objects.filter(act=Act.PROPOSE_ESCALATION.value, subject_id=row.pk, actor=None).count() == 1
        assert not Escalation.objects.filter(letter=waiting).exists()

    def test_the_day_itself_is_not_late(self) -> None:
        row = late()
        Letter.objects.filter(pk=row.pk).update(reply_by=make.today())
        assert propose_escalations() == 0

    def test_a_letter_of_the_highest_level_is_told_so_instead(self) -> None:
        row = late()
        Letter.objects.filter(pk=row.pk).update(level="talk", title="约谈建议书")
        assert propose_escalations() == 0
        assert "已到最高级" in make.signed_in(make.office()).get(reverse("supervision:letter", args=(row.pk,))).content.decode()

    def test_a_person_sends_the_next_level_about_what_still_runs(self) -> None:
        found = make.issue()
        running, done = make.measures(found, 2)
        row = letter(running)
        row.measures.add(done)
        Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
        propose_escalations()
        make.finish(done)
        sent = escalate_letter(actor=make.office(), letter=row, requirement="限期办结", reply_by=reply_day())
        row.refresh_from_db()
        assert (row.state, sent.level, sent.escalated_from, sent.number) == (Letter.State.ESCALATED, "orange", row, 2)
        assert list(sent.measures.all()) == [running]
        proposal = Escalation.objects.get(letter=row)
        assert (proposal.state, proposal.note) == (Escalation.State.SENT, f"已发{sent}")
        entries = list(Entry.objects.order_by("-pk")[:2])
        assert [entry.act for entry in entries] == [Act.ESCALATE_LETTER, Act.SEND_LETTER]
        assert len({entry.correlation for entry in entries}) == 1

    def test_not_before_its_day_nor_by_those_who_may_not_send_the_level(self) -> None:
        row = letter(make.measure())
        with pytest.raises(ActRefused, match="还没到回复期限"):
            escalate_letter(actor=make.office(), letter=row, requirement="限期办结", reply_by=reply_day())
        row = late()
        member = supervisor()
        made = group(row.inspection, units=[row.unit], members=[member])
        made.duty_head = supervisor()
        made.save()
        with pytest.raises(ActForbidden, match="值班负责人"):
            escalate_letter(actor=member, letter=row, requirement="限期办结", reply_by=reply_day())

    def test_an_answer_lets_it_lapse_and_a_returned_one_may_be_late_again(self) -> None:
        row = late()
        propose_escalations()
        of_unit = make.liaison(row.unit)
        sign_letter(actor=of_unit, letter=row)
        answer_letter(actor=of_unit, letter=row, answer=WORDS)
        assert Escalation.objects.get().state == Escalation.State.LAPSED
        with pytest.raises(ActConflict):
            escalate_letter(actor=make.office(), letter=row, requirement="限期办结", reply_by=reply_day())
        return_answer(actor=make.office(), letter=row, requirement="请补充", reply_by=reply_day())
        assert propose_escalations() == 0
        Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
        assert propose_escalations() == 1
        assert Escalation.objects.get().state == Escalation.State.OPEN

    def test_declined_with_a_note_it_is_not_proposed_again(self) -> None:
        row = late()
        propose_escalations()
        proposal = Escalation.objects.get()
        with pytest.raises(ActRefused, match="理由"):
            decline_escalation(actor=make.office(), escalation=proposal, note=" ")
        decline_escalation(actor=make.office(), escalation=proposal, note="材料本周送达")
        assert propose_escalations() == 0
        with pytest.raises(ActConflict):
            decline_escalation(actor=make.office(), escalation=proposal, note="材料本周送达")
        assert Entry.objects.get(act=Act.DECLINE_ESCALATION.value, subject_id=row.pk).reason == "材料本周送达"

    def test_the_page_lists_them_with_the_acts_of_those_who_may(self) -> None:
        row = late()
        propose_escalations()
        address = reverse("supervision:escalations")
        text = make.signed_in(make.office()).get(address).content.decode()
        assert row.doc_number in text
        assert reverse("supervision:escalate", args=(row.pk,)) in text
        assert make.signed_in(make.liaison(row.unit)).get(address).status_code == 403
        browser = make.signed_in(make.leader())
        assert browser.get(reverse("supervision:escalate", args=(row.pk,))).status_code == 200
        body = {"requirement": "限期办结", "reply_by": reply_day().isoformat()}
        assert browser.post(reverse("supervision:escalate", args=(row.pk,)), body).status_code == 302
        assert Letter.objects.get(escalated_from=row).level == "orange"

    def test_the_job_asks_as_often_for_many_letters_as_for_few(self) -> None:
        found = make.issue()

        def queries(count: int) -> int:
            for row in [letter(measure) for measure in make.measures(found, count)]:
                Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
            with CaptureQueriesContext(connection) as seen:
                assert propose_escalations() == count
            return len([each for each in seen.captured_queries if "notification" not in each["sql"].lower()])

        assert queries(8) == queries(2)


class TestTold:
    def test_each_act_tells_the_other_side(self) -> None:
        member = supervisor()
        measure = make.measure()
        of_unit = make.liaison(measure.lead_unit)
        group(measure.issue.inspection, units=[measure.lead_unit], members=[member])
        row = letter(measure, by=member)
        assert told(of_unit, "letter") == 1
        sign_letter(actor=of_unit, letter=row)
        answer_letter(actor=of_unit, letter=row, answer=WORDS)
        assert (told(member, "answer"), told(of_unit, "answer")) == (1, 0)
        return_answer(actor=member, letter=row, requirement="请补充", reply_by=row.reply_by)
        assert told(of_unit, "returned") == 1
        note = Notification.objects.get(recipient=of_unit, kind="letter")
        assert (note.number, note.path) == (row.doc_number, reverse("supervision:letter", args=(row.pk,)))
        assert measure.text not in note.title

    def test_a_proposal_tells_the_office_and_the_group(self) -> None:
        row, office, member, stranger = late(), make.office(), supervisor(), supervisor()
        group(row.inspection, units=[row.unit], members=[member])
        group(row.inspection, units=[make.unit()], members=[stranger], name="督查二组")
        propose_escalations()
        propose_escalations()
        assert [told(person, "escalation") for person in (office, member, stranger)] == [1, 1, 0]


@pytest.mark.parametrize("name", ["letters", "escalations"])
def test_lists_ask_as_often_for_many_letters_as_for_few(name: str) -> None:
    member, found = supervisor(), make.issue()
    group(found.inspection, units=[found.lead_unit], members=[member])
    browser = make.signed_in(member)

    def queries(count: int) -> int:
        for row in [letter(measure) for measure in make.measures(found, count)]:
            Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
        propose_escalations()
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(reverse(f"supervision:{name}")).status_code == 200
        return len(seen.captured_queries)

    few = queries(2)
    assert queries(8) == few
    assert few <= 18


@pytest.mark.parametrize(("ago", "words"), [(0, "请签收"), (3, "已发出，今天补登，请签收"), (7, "已发出，今天补登"), (8, None)])
def test_a_letter_entered_later_than_it_was_sent_is_not_told_as_new(ago: int, words: str | None) -> None:
    measure = make.measure()
    of_unit = make.liaison(measure.lead_unit)
    sent = send_letter(
        actor=make.office(),
        inspection=measure.issue.inspection,
        unit=measure.lead_unit,
        measures=[measure],
        level=Letter.Level.BLUE,
        requirement="请加快办理",
        reply_by=reply_day(),
        on=make.days(-ago),
    )
    titles = list(Notification.objects.filter(recipient=of_unit, kind="letter").values_list("title", flat=True))
    if words is None:
        assert titles == []
        assert sent.doc_number in make.signed_in(of_unit).get(reverse("supervision:letters")).content.decode()
        return
    [title] = titles
    assert words in title
    assert (f"{sent.sent_on} 已发出，今天补登" in title) == bool(ago)
    assert Notification.objects.get(recipient=of_unit, kind="letter").day == make.today()
