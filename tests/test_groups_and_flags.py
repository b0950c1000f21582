"""What groups cover by unit and by category, who sees what for it, and what people do about flags."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision.coverage import uncovered_units
from apps.supervision.models import Act, Flag, Letter, Thresholds
from apps.supervision.services import acknowledge_flag, derive_timeliness, form_group, reform_group, set_thresholds
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Unit, User
from tests import factories
from tests.supervision import letter, supervisor

pytestmark = pytest.mark.django_db


def by_category(measure: Measure, **facts: Any) -> User:
    """A member of a group that covers the category of the measure and no unit."""
    member = supervisor()
    form_group(
        actor=None,
        inspection=measure.issue.inspection,
        name="督查四组",
        lead_unit=factories.unit(),
        members=[member],
        categories=[measure.issue.category],
        **facts,
    )
    return member


def flagged() -> tuple[Measure, Flag]:
    measure = factories.measure(due_on=factories.days(-3))
    derive_timeliness()
    return measure, Flag.objects.get(kind="overdue")


class TestCategories:
    def test_a_member_sees_what_is_in_the_category_and_nothing_else(self) -> None:
        mine = factories.measure(due_on=factories.days(-3))
        other = factories.measure(factories.issue(factories.category(mine.issue.inspection, 2)), due_on=factories.days(-3))
        elsewhere = factories.measure(due_on=factories.days(-3))
        member = by_category(mine)
        derive_timeliness()
        sent = letter(mine)
        letter(other)
        assert list(Measure.objects.visible_to(member)) == list(Measure.objects.worked_on_by(member)) == [mine]
        assert list(Issue.objects.visible_to(member)) == [mine.issue]
        assert {flag.measure_id for flag in Flag.objects.visible_to(member)} == {mine.pk}
        assert list(Letter.objects.visible_to(member)) == [sent]
        assert list(Unit.objects.covered_by(member)) == [mine.lead_unit]
        browser = factories.signed_in(member)
        page = browser.get(reverse("supervision:flags"))
        assert [(group.name, [line.measure for line in lines]) for group, lines in page.context["sections"]] == [("督查四组", [mine])]
        for row, status in ((mine, 200), (other, 404), (elsewhere, 404)):
            assert browser.get(reverse("measures:sheet", args=(row.pk,))).status_code == status
        assert letter(mine, by=member, level="orange").group is not None

    def test_seeing_takes_one_query(self) -> None:
        member = by_category(factories.measure())
        assert not member.is_leader
        with CaptureQueriesContext(connection) as seen:
            list(Measure.objects.visible_to(member))
        assert len(seen) == 1

    def test_a_category_of_another_round_is_refused(self) -> None:
        with pytest.raises(ActRefused, match="不属于这一轮"):
            form_group(
                actor=None,
                inspection=factories.inspection(),
                name="督查组",
                lead_unit=factories.unit(),
                categories=[factories.category()],
            )

    def test_the_head_on_duty_is_a_member_and_the_book_names_head_and_categories(self) -> None:
        measure, stranger, member = factories.measure(), supervisor(), supervisor()
        inspection, clerk = measure.issue.inspection, factories.office()
        facts: dict[str, Any] = {"name": "督查组", "lead_unit": factories.unit(), "members": [member], "units": []}
        with pytest.raises(ActRefused, match="从成员中选"):
            form_group(actor=clerk, inspection=inspection, duty_head=stranger, **facts)
        made = form_group(actor=clerk, inspection=inspection, duty_head=member, **facts)
        reform_group(actor=clerk, group=made, reason="分工", duty_head=member, categories=[measure.issue.category], **facts)
        entry = Entry.objects.get(act=Act.REFORM_GROUP.value)
        assert entry.payload["changes"] == {"categories": [[], [str(measure.issue.category)]]}
        assert Entry.objects.get(act=Act.FORM_GROUP.value).payload["duty_head"] == str(member)


class TestUncovered:
    def test_a_unit_is_named_until_its_unit_or_category_is_covered(self) -> None:
        measure = factories.measure()
        inspection = measure.issue.inspection
        factories.finish(factories.measure(measure.issue, lead=factories.unit()))
        found = uncovered_units(inspection)
        assert [(row.unit, row.measures) for row in found] == [(measure.lead_unit, 1)]
        for name in ("supervision:groups", "supervision:flags"):
            assert "1 个单位没有督查组负责" in factories.signed_in(factories.office()).get(reverse(name)).content.decode()
        by_category(measure)
        assert uncovered_units(inspection) == []


class TestTakingNote:
    def test_it_needs_words_and_stays_in_the_list(self) -> None:
        measure, flag = flagged()
        clerk = factories.office()
        browser, address = factories.signed_in(clerk), reverse("supervision:acknowledge", args=(flag.pk,))
        assert browser.get(address).status_code == 200
        assert browser.post(address, {"note": " "}).status_code == 400
        assert browser.post(address, {"note": "已约谈，月底前完成"}).status_code == 302
        page = browser.get(reverse("supervision:flags"))
        assert "已知悉" in page.content.decode()
        assert [[line.measure for line in lines] for _group, lines in page.context["sections"]] == [[measure]]
        assert browser.get(reverse("supervision:flags"), {"known": "no"}).context["sections"] == []
        assert len(browser.get(reverse("supervision:flags"), {"known": "yes"}).context["sections"]) == 1
        assert browser.post(address, {"note": "再次"}).status_code == 409
        entry = Entry.objects.get(act=Act.ACKNOWLEDGE_FLAG.value)
        assert (entry.actor_id, entry.subject_id, entry.reason) == (clerk.pk, measure.pk, "已约谈，月底前完成")

    def test_who_may(self) -> None:
        measure, flag = flagged()
        stranger = supervisor()
        form_group(actor=None, inspection=factories.inspection(), name="别组", lead_unit=factories.unit(), members=[stranger])
        for who in (stranger, factories.liaison(measure.lead_unit)):
            with pytest.raises(ActForbidden):
                acknowledge_flag(actor=who, flag=flag, note="知悉")
        member = by_category(measure)
        assert acknowledge_flag(actor=member, flag=flag, note="知悉").acknowledged_by == member

    def test_a_flag_that_is_over_is_not_taken_note_of_and_one_that_comes_back_is_new(self) -> None:
        measure, flag = flagged()
        acknowledge_flag(actor=factories.office(), flag=flag, note="知悉")
        report = factories.report(measure, claim=Measure.State.DONE, files=[factories.evidence()])
        derive_timeliness()
        with pytest.raises(ActConflict, match="已经解除"):
            acknowledge_flag(actor=factories.office(), flag=flag, note="知悉")
        from apps.measures.services import send_back

        send_back(actor=factories.office(), report=report, requirement="补正")
        derive_timeliness()
        flag.refresh_from_db()
        assert (flag.cleared_on, flag.acknowledged_on, flag.note) == (None, None, "")


class TestThresholds:
    VALUES = {"grave_days": 10, "stalled_days": 40, "returned_working_days": 3}

    def test_the_office_sets_them_with_a_reason_and_the_rules_follow(self) -> None:
        measure = factories.measure(due_on=factories.days(-20))
        inspection = measure.issue.inspection
        derive_timeliness()
        assert not Flag.objects.filter(kind="grave").exists()
        browser, address = factories.signed_in(factories.office()), reverse("supervision:thresholds", args=(inspection.pk,))
        assert browser.get(address).status_code == 200
        assert browser.post(address, {**self.VALUES, "reason": "", "version": 1}).status_code == 400
        assert browser.post(address, {**self.VALUES, "grave_days": 0, "reason": "从严", "version": 1}).status_code == 400
        assert browser.post(address, {**self.VALUES, "reason": "从严", "version": 1}).status_code == 302
        assert browser.post(address, {**self.VALUES, "grave_days": 9, "reason": "旧页面", "version": 1}).status_code == 409
        assert factories.signed_in(factories.leader()).get(address).status_code == 403
        assert Thresholds.objects.get().stalled_days == 40
        derive_timeliness()
        assert Flag.objects.open().filter(kind="grave").count() == 1
        changes = Entry.objects.get(act=Act.SET_THRESHOLDS.value).payload["changes"]
        assert changes == {"grave_days": [30, 10], "stalled_days": [60, 40], "returned_working_days": [5, 3]}

    def test_only_the_office(self) -> None:
        with pytest.raises(ActForbidden):
            set_thresholds(actor=factories.leader(), inspection=factories.inspection(), reason="从严", **self.VALUES)
