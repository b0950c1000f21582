"""催办未复: it ends with the act that ends the waiting, and names no unit that the letter was not sent to."""

from __future__ import annotations

import pytest

from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import assign_measure
from apps.measures.services.planning import MeasureDraft
from apps.supervision.models import Act, Flag, Letter
from apps.supervision.querysets import FlagQuerySet
from apps.supervision.services import answer_letter, derive_timeliness, escalate_letter, return_answer, sign_letter
from apps.units.models import Unit
from tests import factories as make
from tests.supervision import letter, reply_day

pytestmark = pytest.mark.django_db


def flags() -> FlagQuerySet:
    return Flag.objects.filter(kind="unanswered")


def late(count: int = 1) -> tuple[Letter, list[Measure]]:
    """A letter about so many measures of one unit, signed for, its day to answer passed, flagged by the job."""
    measures = make.measures(make.issue(), count)
    row = letter(measures[0])
    row.measures.set(measures)
    sign_letter(actor=make.liaison(row.unit), letter=row)
    Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
    derive_timeliness()
    assert flags().open().filter(measure__in=measures).count() == count
    return Letter.objects.get(pk=row.pk), measures


def pass_to(unit: Unit, measure: Measure) -> None:
    row = Measure.objects.get(pk=measure.pk)
    draft = MeasureDraft(text=row.text, nature=row.nature, pace=row.pace, lead_unit=unit, due_on=row.due_on)
    assign_measure(actor=make.office(), measure=row, draft=draft, reason="职能划转")


def page(measure: Measure) -> str:
    address = f"/supervision/?inspection={measure.issue.inspection_id}&kind=unanswered"
    return make.signed_in(make.office()).get(address).content.decode()


def test_an_answer_clears_it_at_once_and_for_each_measure() -> None:
    row, measures = late(2)
    assert page(measures[0]).count("前回复，没有回复") == 2
    other, _measures = late()
    answer_letter(actor=row.unit.users.get(), letter=row, answer="已办理")
    about = flags().filter(measure__in=measures)
    assert set(about.values_list("cleared_on", "cleared_because")) == {(make.today(), "督查单已回复")}
    assert flags().open().get().matter == f"letter:{other.pk}", "the control: another letter still waits"
    cleared = Entry.objects.filter(act=Act.CLEAR_FLAG.value)
    assert {entry.actor for entry in cleared} == {row.unit.users.get()}
    answering = Entry.objects.get(act=Act.ANSWER_LETTER.value)
    assert [entry.correlation for entry in cleared] == [answering.correlation] * 2
    before = Entry.objects.count()
    derive_timeliness()
    assert Entry.objects.count() == before, "the job finds nothing left to do"


def test_what_is_returned_is_owed_anew_by_its_new_day() -> None:
    row, _measures = late()
    answer_letter(actor=row.unit.users.get(), letter=row, answer="已办理")
    return_answer(actor=make.office(), letter=row, requirement="请附回单", reply_by=reply_day())
    derive_timeliness()
    assert not flags().open().exists()
    Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-2))
    derive_timeliness()
    assert flags().open().get().due_on == make.days(-2)


def test_following_it_up_clears_it_too() -> None:
    row, _measures = late()
    escalate_letter(actor=make.leader(), letter=row, requirement="限期办结", reply_by=reply_day())
    assert flags().get().cleared_because == "督查单已升级，由升级后的督查单继续督办"


def test_a_measure_that_passed_to_another_unit_is_not_named_late() -> None:
    row, (moved, stays) = late(2)
    pass_to(make.unit("新牵头"), moved)
    assert [flag.measure_id for flag in flags().standing()] == [stays.pk], "at once, before the job has run"
    assert page(moved).count("前回复，没有回复") == 1
    derive_timeliness()
    assert flags().get(measure=moved).cleared_because == "措施已改由其他单位牵头，督查单仍由受文单位回复"
    row.refresh_from_db()
    assert row.state == Letter.State.SIGNED, "who was written to still owes the answer"
    assert flags().open().get().facts["unit"] == row.unit.short_name


def test_it_comes_back_with_the_measure() -> None:
    row, (measure,) = late()
    pass_to(make.unit("新牵头"), measure)
    derive_timeliness()
    assert not flags().open().exists()
    pass_to(row.unit, measure)
    derive_timeliness()
    assert flags().open().get().measure_id == measure.pk
