"""Where the parts of 督查 meet: groups that cover a category, who is told, what numbers lead to, who sees what a meeting decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from apps.issues.models import Activity, Category, Inspection
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.figures import last_dispatch
from apps.supervision.models import Escalation, Group, JobRun, Letter
from apps.supervision.open_items import open_items
from apps.supervision.policies import sends_as
from apps.supervision.services import form_group, reform_group
from apps.supervision.services.running import fail_run
from apps.supervision.services.telling import MOST
from apps.supervision.tasks import build_digests, derive_timeliness
from apps.units.models import Notification, Role, User
from apps.units.services import disable_user
from tests import factories as make
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


class ByCategory:
    """One unit leads a measure in each of two categories; a group of one member covers the first category alone."""

    def __init__(self) -> None:
        self.covered = make.category()
        self.round: Inspection = self.covered.inspection
        self.other: Category = make.category(self.round, 2, "政治建设有差距")
        self.unit = make.unit("自然资源局")
        self.mine, self.theirs = (make.measure(make.issue(of, lead=self.unit), due_on=make.days(-9)) for of in (self.covered, self.other))
        self.member = supervisor()
        self.group = form_group(
            actor=None,
            inspection=self.round,
            name="督查二组",
            lead_unit=make.unit(),
            members=[self.member],
            units=[],
            categories=[self.covered],
        )


def answered(row: Letter) -> Letter:
    of_unit = make.liaison(row.unit)
    services.sign_letter(actor=of_unit, letter=row)
    return services.answer_letter(actor=of_unit, letter=row, answer="已办")


def late(row: Letter) -> Letter:
    Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
    return Letter.objects.get(pk=row.pk)


def opens_all(person: User) -> set[int]:
    """What comes of following each of their notifications."""
    browser = make.signed_in(person)
    return {browser.get(row.path).status_code for row in Notification.objects.filter(recipient=person)}


class TestLettersOfACategory:
    def test_nobody_is_told_of_a_letter_that_they_cannot_open(self) -> None:
        here = ByCategory()
        answered(letter(here.theirs))
        assert not Notification.objects.filter(recipient=here.member).exists()
        answered(letter(here.mine))
        assert Notification.objects.filter(recipient=here.member, kind="answer").count() == 1
        assert opens_all(here.member) == {200}

    def test_a_sender_who_left_the_group_is_not_told(self) -> None:
        here = ByCategory()
        row = letter(here.mine, by=here.member, level="remind")
        reform_group(
            actor=make.office(),
            group=here.group,
            name=here.group.name,
            lead_unit=here.group.lead_unit,
            members=[supervisor()],
            units=[],
            categories=[here.covered],
            duty_head=None,
            reason="调整",
        )
        group(here.round, units=[make.unit()], members=[here.member], name="督查九组")
        answered(row)
        assert not Notification.objects.filter(recipient=here.member, kind="answer").exists()

    def test_a_head_whose_account_is_closed_is_not_on_duty(self) -> None:
        here = ByCategory()
        head = supervisor()
        here.group.members.add(head)
        Group.objects.filter(pk=here.group.pk).update(duty_head=head)
        assert sends_as(here.member, here.round, here.unit) == {"group"}
        disable_user(actor=make.user(Role.ADMIN), user=head, reason="调离")
        assert sends_as(here.member, here.round, here.unit) == {"group", "head"}

    def test_its_group_is_told_of_a_proposal_and_can_send_from_the_list(self) -> None:
        here = ByCategory()
        late(letter(here.mine))
        late(letter(here.theirs))
        assert services.propose_escalations() == 2
        assert Notification.objects.filter(recipient=here.member, kind="escalation").count() == 1
        assert opens_all(here.member) == {200}
        page = make.signed_in(here.member).get(reverse("supervision:escalations"))
        assert [sendable for _row, _level, sendable in page.context["rows"]] == [True]
        assert Escalation.objects.count() == 2

    def test_what_is_out_of_sight_is_not_said_to_be_handed_over(self) -> None:
        here = ByCategory()
        row = letter(here.mine)
        row.measures.add(here.theirs)
        page = make.signed_in(here.member).get(reverse("supervision:letter", args=(row.pk,))).content.decode()
        assert "不在您的督查范围内" in page
        assert "已改由其他单位牵头" not in page


class TestAnswersThatWereReplaced:
    def test_nobody_closes_or_returns_an_answer_that_they_have_not_read(self) -> None:
        row = answered(letter(make.measure()))
        browser, address = make.signed_in(make.office()), reverse("supervision:close_letter", args=(row.pk,))
        read = browser.get(address).context["form"]["reply"].value()
        services.return_answer(actor=make.leader(), letter=row, requirement="请附回单", reply_by=row.reply_by)
        services.answer_letter(actor=make.liaison(row.unit), letter=row, answer="已补回单")
        assert browser.post(address, {"reply": read, "opinion": "予以办结"}).status_code == 409
        back = reverse("supervision:return_answer", args=(row.pk,))
        assert browser.post(back, {"reply": read, "requirement": "再补"}).status_code == 409
        api = f"/api/v1/letters/{row.pk}/close/"
        assert browser.post(api, {"reply": read}, content_type="application/json").status_code == 409
        assert [browser.post(address, {"reply": wrong}).status_code for wrong in ("x", "-1", "\x00")] == [400] * 3
        assert browser.post(address, {"reply": str(2**70)}).status_code in (400, 409)
        assert browser.post(address, {"reply": browser.get(address).context["form"]["reply"].value()}).status_code == 302

    def test_each_answer_and_each_return_is_told_be_it_on_one_day(self) -> None:
        sender = make.leader()
        row = letter(make.measure(), by=sender, level="red")
        of_unit = make.liaison(row.unit)
        services.sign_letter(actor=of_unit, letter=row)
        for answer in ("已办", "已补"):
            services.answer_letter(actor=of_unit, letter=row, answer=answer)
            services.return_answer(actor=make.office(), letter=row, requirement="请补", reply_by=row.reply_by)
        assert Notification.objects.filter(recipient=sender, kind="answer").count() == 2
        assert Notification.objects.filter(recipient=of_unit, kind="returned").count() == 2
        assert opens_all(sender) == opens_all(of_unit) == {200}


class TestNumbersAndWhereTheyLead:
    def test_the_register_of_a_group_counts_its_categories_as_the_dashboard_does(self) -> None:
        here = ByCategory()
        browser = make.signed_in(make.leader())
        asked = {"inspection": here.round.pk, "group": here.group.pk}
        board = browser.get(reverse("supervision:dashboard"), asked).context["scope"].measures
        assert list(board) == [here.mine]
        page = browser.get(reverse("measures:register"), asked).content.decode()
        assert reverse("measures:sheet", args=(here.mine.pk,)) in page
        assert reverse("measures:sheet", args=(here.theirs.pk,)) not in page

    def test_a_digest_counts_what_still_stands(self) -> None:
        here = ByCategory()
        services.derive_timeliness()
        (waiting,) = open_items(here.member)
        assert waiting.number == 1
        Measure.objects.filter(pk=here.mine.pk).update(progress=Measure.State.IN_REVIEW, stopped_on=make.today())
        assert open_items(here.member) == []

    def test_a_liaison_with_very_many_flags_is_led_to_a_page_that_opens(self) -> None:
        issue = make.issue()
        person = make.liaison(issue.lead_unit)
        make.measures(issue, MOST + 1, due_on=make.days(-2))
        services.derive_timeliness()
        assert Notification.objects.filter(recipient=person, kind="flag").count() == 1
        assert opens_all(person) == {200}


class TestMeetings:
    def test_the_meeting_of_one_group_is_not_read_by_units_it_was_not_about(self) -> None:
        mine = make.measure(due_on=make.days(-9))
        other = make.measure(make.issue(mine.issue.category), due_on=make.days(-9))
        member, stranger = supervisor(), supervisor()
        own = group(mine.issue.inspection, units=[mine.lead_unit], members=[member])
        group(mine.issue.inspection, units=[other.lead_unit], members=[stranger], name="督查二组")
        activity = self.held(member, own, mine)
        seen = {
            person: make.signed_in(person).get(reverse("issues:activity", args=(activity.pk,))).status_code
            for person in (member, make.leader(), make.liaison(mine.lead_unit), make.liaison(other.lead_unit), stranger)
        }
        assert list(seen.values()) == [200, 200, 200, 404, 404]
        later = make.days(1)
        assert [last_dispatch(person, mine.issue.inspection, later) == activity for person in seen] == [True, True, True, False, False]

    @staticmethod
    def held(member: User, own: Any, measure: Measure) -> Activity:
        facts: dict[str, Any] = {"inspection": measure.issue.inspection, "title": "小组调度会", "held_on": make.today(), "chair": "组长"}
        made = services.call_dispatch(actor=member, group=own, **facts)
        (item,) = services.set_agenda(actor=member, dispatch=made, measures=[measure])
        services.begin_dispatch(actor=member, dispatch=made)
        services.decide_item(actor=member, item=item, decision="月底前完成")
        found = services.close_dispatch(actor=member, dispatch=made, summary="").activity
        assert found is not None
        return found


class TestJobs:
    def test_operators_read_the_name_of_a_job_in_words(self) -> None:
        admin = make.user(Role.ADMIN)
        run = JobRun.objects.create(job=derive_timeliness.name, due_at=NOON, state=JobRun.State.RUNNING, attempts=5)
        fail_run(run=run, failure=OSError())
        said = Notification.objects.get(recipient=admin).title
        assert "supervision." not in said
        assert "更新提示" in said
        assert "supervision." not in run.label_in_book

    def test_a_run_that_made_digests_says_how_many(self) -> None:
        JobRun.objects.create(job=build_digests.name, due_at=NOON, state=JobRun.State.DONE, result={"made": 3})
        page = make.signed_in(make.user(Role.ADMIN)).get(reverse("supervision:jobs")).content.decode()
        assert "生成汇总 3" in page
