"""Groups, letters and site checks: who may, when, and what the book keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import override_calendar
from apps.supervision.models import Act, Group, Letter, SiteCheck
from apps.supervision.services import answer_letter, check_site, form_group, reform_group, send_letter, sign_letter
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories
from tests.supervision import group, letter, reply_day, supervisor

pytestmark = pytest.mark.django_db


def covered() -> tuple[Measure, User, Group]:
    """A measure, a supervisor whose group covers its unit, and the group."""
    measure, member = factories.measure(), supervisor()
    return measure, member, group(measure.issue.inspection, units=[measure.lead_unit], members=[member])


class TestGroups:
    def test_numbers_run_on_and_the_book_keeps_who_and_what(self) -> None:
        inspection, member, unit = factories.inspection(), supervisor(), factories.unit()
        first = group(inspection, units=[unit], members=[member])
        assert [first.number, group(inspection, name="督查二组").number, group(factories.inspection()).number] == [1, 2, 1]
        entry = Entry.objects.get(book=inspection.book, act=Act.FORM_GROUP.value, subject_id=first.pk)
        assert entry.payload["members"] == [str(member)]
        assert entry.payload["units"] == [unit.name]

    @pytest.mark.parametrize("role", [Role.LIAISON, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR])
    def test_only_the_office_forms_groups(self, role: Role) -> None:
        actor = factories.liaison() if role == Role.LIAISON else factories.user(role)
        with pytest.raises(ActForbidden):
            form_group(actor=actor, inspection=factories.inspection(), name="督查一组", lead_unit=factories.unit())

    def test_members_must_be_supervisors(self) -> None:
        with pytest.raises(ActRefused, match="督查组/领导"):
            group(factories.inspection(), members=[factories.office()])

    def test_a_change_needs_a_reason_and_keeps_before_and_after(self) -> None:
        _measure, member, made = covered()
        new = supervisor()
        facts: dict[str, Any] = {
            "actor": factories.office(),
            "group": made,
            "name": made.name,
            "lead_unit": made.lead_unit,
            "units": list(made.units.all()),
        }
        with pytest.raises(ActRefused, match="理由"):
            reform_group(members=[new], reason=" ", **facts)
        with pytest.raises(ActRefused, match="没有变化"):
            reform_group(members=[member], reason="轮换", **facts)
        reform_group(members=[new], reason="轮换", **facts)
        entry = Entry.objects.get(act=Act.REFORM_GROUP.value)
        assert entry.payload == {"changes": {"members": [[str(member)], [str(new)]]}}


class TestSending:
    def test_numbers_have_no_gap_and_start_again_each_year_and_round(self) -> None:
        found = factories.issue()
        one, two, three, four = factories.measures(found, 4, due_on=dt.date(2026, 12, 20))
        with time_machine.travel(dt.datetime(2025, 12, 30, 4, tzinfo=dt.UTC), tick=False):
            assert letter(one).doc_number == "〔2025〕1号"
            with pytest.raises(ActRefused):
                letter(two, requirement="")
            assert letter(two).doc_number == "〔2025〕2号"
            assert letter(factories.measure()).doc_number == "〔2025〕1号"
        # Half past midnight in Shanghai, still the old year in UTC.
        with time_machine.travel(dt.datetime(2025, 12, 31, 16, 30, tzinfo=dt.UTC), tick=False):
            assert letter(three).doc_number == "〔2026〕1号"
            assert letter(four).sent_on == dt.date(2026, 1, 1)

    def test_a_supervisor_writes_for_their_group_and_the_book_keeps_it(self) -> None:
        measure, member, of = covered()
        sent = letter(measure, by=member)
        assert (sent.group, sent.state, sent.unit) == (of, Letter.State.SENT, measure.lead_unit)
        entry = Entry.objects.get(act=Act.SEND_LETTER.value)
        assert (entry.subject_id, entry.payload["measures"], entry.payload["group"]) == (sent.pk, [measure.number], of.name)
        assert chain.verify(measure.issue.inspection.book).holds

    @pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR])
    def test_office_and_leaders_write_to_any_unit(self, role: Role) -> None:
        assert letter(factories.measure(), by=factories.user(role), level=Letter.Level.ORANGE).group is None

    def test_a_supervisor_of_another_group_may_not(self) -> None:
        measure, *_rest = covered()
        other = supervisor()
        group(measure.issue.inspection, units=[factories.unit()], members=[other], name="督查二组")
        with pytest.raises(ActForbidden, match="督查范围"):
            letter(measure, by=other)

    @pytest.mark.parametrize("role", [Role.LIAISON, Role.ADMIN, Role.AUDITOR])
    def test_other_roles_may_not(self, role: Role) -> None:
        actor = factories.liaison() if role == Role.LIAISON else factories.user(role)
        with pytest.raises(ActForbidden):
            letter(factories.measure(), by=actor)

    def test_it_covers_running_measures_of_one_unit(self) -> None:
        found = factories.issue()
        running, elsewhere = factories.measure(found), factories.measure(found, lead=factories.unit())
        done = factories.measure(found)
        factories.finish(done)
        facts: dict[str, Any] = {
            "actor": factories.office(),
            "inspection": found.inspection,
            "unit": found.lead_unit,
            "level": Letter.Level.BLUE,
            "requirement": "请加快办理",
            "reply_by": reply_day(),
        }
        for chosen, sentence in (([], "至少选择一条"), ([running, elsewhere], elsewhere.number), ([running, done], done.number)):
            with pytest.raises(ActRefused, match=sentence):
                send_letter(measures=chosen, **facts)
        with pytest.raises(ActForbidden):
            send_letter(measures=[factories.measure()], **facts)
        assert not Letter.objects.exists()
        assert list(send_letter(measures=[running], **facts).measures.all()) == [running]

    def test_the_reply_is_due_on_a_working_day_to_come(self) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 11, 2, tzinfo=dt.UTC), tick=False):
            measure = factories.measure()
            for day, sentence in ((11, "晚于今天"), (14, "不是工作日")):
                with pytest.raises(ActRefused, match=sentence) as refused:
                    letter(measure, reply_by=dt.date(2026, 3, day))
                assert refused.value.field == "reply_by"
            with pytest.raises(ActRefused, match="2099") as refused:
                letter(measure, reply_by=dt.date(2099, 1, 5))
            assert refused.value.field == "reply_by"
            override_calendar(actor=None, day=dt.date(2026, 3, 14), is_workday=True, note="市里通知")
            assert letter(measure, reply_by=dt.date(2026, 3, 14)).reply_by.day == 14

    def test_one_matter_one_sheet_until_it_is_answered_or_raised(self) -> None:
        measure = factories.measure()
        letter(measure, level=Letter.Level.ORANGE)
        for level in (Letter.Level.BLUE, Letter.Level.ORANGE):
            with pytest.raises(ActConflict, match="等待回复"):
                letter(measure, level=level)
        red = letter(measure, level=Letter.Level.RED)
        assert red.number == 2

    @pytest.mark.parametrize("level", ["", "green"])
    def test_an_unknown_level_is_refused(self, level: str) -> None:
        with pytest.raises(ActRefused, match="级别"):
            letter(factories.measure(), level=level)


class TestReceiving:
    def test_signed_then_answered_each_once_by_the_unit(self) -> None:
        sent = letter(factories.measure())
        of_unit = factories.liaison(sent.unit)
        with pytest.raises(ActConflict, match="待签收"):
            answer_letter(actor=of_unit, letter=sent, answer="已办理")
        signed = sign_letter(actor=of_unit, letter=sent)
        assert (signed.state, signed.signed_by) == (Letter.State.SIGNED, of_unit)
        with pytest.raises(ActConflict):
            sign_letter(actor=of_unit, letter=sent)
        with pytest.raises(ActRefused, match="办理情况"):
            answer_letter(actor=of_unit, letter=sent, answer="  ")
        answered = answer_letter(actor=of_unit, letter=sent, answer="已于本周办结")
        assert (answered.state, answered.answered_on) == (Letter.State.ANSWERED, factories.today())
        acts = Entry.objects.filter(subject_type="letter", subject_id=sent.pk).order_by("seq").values_list("act", flat=True)
        assert list(acts) == [Act.SEND_LETTER, Act.SIGN_LETTER, Act.ANSWER_LETTER]

    def test_nobody_else_signs(self) -> None:
        measure, member, _group = covered()
        sent = letter(measure)
        for actor in (factories.liaison(), member, factories.office(), factories.user(Role.ADMIN)):
            with pytest.raises(ActForbidden):
                sign_letter(actor=actor, letter=sent)

    def test_the_reply_is_late_after_its_day_not_on_it(self) -> None:
        sent = letter(factories.measure())
        assert [sent.is_late(sent.reply_by + dt.timedelta(days=n)) for n in (0, 1)] == [False, True]
        of_unit = factories.liaison(sent.unit)
        sign_letter(actor=of_unit, letter=sent)
        answered = answer_letter(actor=of_unit, letter=sent, answer="已办结")
        assert not answered.is_late(sent.reply_by + dt.timedelta(days=1))

    def test_who_sees_it(self) -> None:
        measure, member, _group = covered()
        sent = letter(measure)
        letter(factories.measure())
        for user in (member, factories.liaison(measure.lead_unit)):
            assert list(Letter.objects.visible_to(user)) == [sent]
        for user, count in ((factories.office(), 2), (factories.leader(), 2), (factories.liaison(), 0), (factories.user(Role.ADMIN), 0)):
            assert Letter.objects.visible_to(user).count() == count


class TestSiteChecks:
    def check(self, actor: User, measure: Measure, **facts: Any) -> SiteCheck:
        values = {"finding": SiteCheck.Finding.TRUE, "note": "现场看了两处，与填报一致", "checked_on": factories.today(), **facts}
        return check_site(actor=actor, measure=measure, **values)

    def test_a_finished_measure_found_true_is_on_the_third_track(self) -> None:
        measure, member, of = covered()
        factories.finish(measure)
        assert not Measure.objects.all().checked().exists()
        self.check(member, measure, finding=SiteCheck.Finding.PARTLY)
        assert not Measure.objects.all().checked().exists()
        self.check(member, measure, finding=SiteCheck.Finding.FALSE)
        assert not Measure.objects.finished().exists()
        factories.finish(measure)
        made = self.check(member, measure)
        assert made.group == of
        assert list(Measure.objects.all().checked()) == [measure]
        entry = Entry.objects.filter(act=Act.CHECK_SITE.value).latest("seq")
        assert (entry.subject_type, entry.subject_id, entry.payload["finding"]) == ("measure", measure.pk, "属实")

    def test_only_supervisors_of_the_unit_and_leaders(self) -> None:
        measure, _member, _group = covered()
        stranger = supervisor()
        group(measure.issue.inspection, members=[stranger], name="督查二组")
        for actor in (stranger, factories.office(), factories.liaison(measure.lead_unit), factories.user(Role.AUDITOR)):
            with pytest.raises(ActForbidden):
                self.check(actor, measure)
        assert self.check(factories.leader(), measure).pk

    def test_the_note_and_the_day_are_checked(self) -> None:
        measure, member, _group = covered()
        for facts, field in (
            ({"note": " "}, "note"),
            ({"finding": "maybe"}, "finding"),
            ({"checked_on": factories.days(1)}, "checked_on"),
            ({"checked_on": factories.FEEDBACK - dt.timedelta(days=1)}, "checked_on"),
        ):
            with pytest.raises(ActRefused) as refused:
                self.check(member, measure, **facts)
            assert refused.value.field == field
