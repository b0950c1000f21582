"""One letter for each unit about the overdue measures of a list: what the preview shows is what goes out, or is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services.bulk import GONE, STALE
from apps.supervision.models import Act, Letter
from apps.supervision.services import preview_letters, send_letters
from apps.supervision.services.letter_batch import REVIEWING
from apps.units.errors import ActForbidden
from tests import factories as make
from tests.supervision import group, letter, reply_day, supervisor

pytestmark = pytest.mark.django_db


class House:
    """Two units with overdue measures, and what must not go out."""

    def __init__(self) -> None:
        self.office = make.office()
        found = make.issue()
        self.inspection: Inspection = found.inspection
        self.one, self.two = make.measures(found, 2, due_on=make.days(-5))
        self.other = make.measure(found, lead=make.unit(), due_on=make.days(-3))
        self.running = make.measure(found, due_on=make.days(5))
        self.urged = make.measure(found, due_on=make.days(-9))
        letter(self.urged)
        self.reported = make.measure(found, due_on=make.days(-9))
        make.report(self.reported, claim="ongoing")
        self.day = reply_day()

    def facts(self, **more: Any) -> dict[str, Any]:
        rows = Measure.objects.filter(issue__inspection=self.inspection)
        given = {"level": "blue", "requirement": "请说明原因", "reply_by": self.day}
        return {"actor": self.office, "inspection": self.inspection, "rows": rows, **given, **more}


def test_the_preview_says_what_goes_to_whom_and_what_does_not() -> None:
    house = House()
    plan = preview_letters(**house.facts())
    assert [(each.unit, each.measures) for each in plan.units] == sorted(
        [(house.one.lead_unit, [house.one, house.two]), (house.other.lead_unit, [house.other])], key=lambda pair: pair[0].name
    )
    assert {each.measure: each.why for each in plan.left_out} == {
        house.urged: f"已有蓝色督查单 〔{make.today().year}〕1号等待回复",
        house.reported: REVIEWING,
    }
    assert plan.others == 1
    assert Letter.objects.count() == 1


def test_one_letter_a_unit_under_one_correlation_id() -> None:
    house = House()
    made = send_letters(**house.facts(seen=preview_letters(**house.facts()).seen))
    assert [sent.number for sent in made.sent] == [2, 3]
    assert {sent.unit: set(sent.measures.all()) for sent in made.sent} == {
        house.one.lead_unit: {house.one, house.two},
        house.other.lead_unit: {house.other},
    }
    assert made.correlation is not None
    entries = Entry.objects.filter(act=Act.SEND_LETTER.value, correlation=made.correlation)
    assert entries.count() == 2
    again = send_letters(**house.facts())
    assert again.sent == []
    assert Letter.objects.count() == 3


def test_what_changed_since_the_preview_is_left_out_and_named() -> None:
    house = House()
    seen = preview_letters(**house.facts()).seen
    make.finish(house.one)
    Measure.objects.filter(pk=house.two.pk).update(version=house.two.version + 1)
    late = make.measure(house.one.issue, due_on=make.days(-1))
    made = send_letters(**house.facts(seen=seen))
    why = {each.measure: each.why for each in made.left_out}
    assert (why[house.one], why[house.two]) == (GONE, STALE)
    assert made.changed == [house.two.number, house.one.number]
    assert [set(sent.measures.all()) for sent in made.sent] == [{house.other}]
    assert made.new_since == 1
    assert not late.letters.exists()


def test_a_higher_level_goes_out_although_a_lower_one_waits() -> None:
    house = House()
    plan = preview_letters(**house.facts(level="orange"))
    assert house.urged in [row for each in plan.units for row in each.measures]


def test_a_group_sends_to_its_own_units_and_sees_no_others() -> None:
    house, member = House(), supervisor()
    group(house.inspection, units=[house.other.lead_unit], members=[member])
    plan = preview_letters(**house.facts(actor=member))
    assert [each.unit for each in plan.units] == [house.other.lead_unit]
    assert plan.left_out == []
    forbidden = preview_letters(**house.facts(actor=member, level="red"))
    assert forbidden.units == []
    assert "您不能" in forbidden.left_out[0].why
    with pytest.raises(ActForbidden):
        preview_letters(**house.facts(actor=make.liaison()))


def test_the_page_goes_from_the_form_over_the_preview_to_the_letters() -> None:
    house = House()
    browser, address = make.signed_in(house.office), reverse("supervision:send_letters")
    assert "5 条措施" in browser.get(address).content.decode()
    body = {"which": "all", "level": "blue", "requirement": "请说明原因", "reply_by": house.day.isoformat()}
    assert browser.post(address, {**body, "requirement": "", "step": "preview"}).status_code == 400
    shown = browser.post(address, {**body, "step": "preview"})
    text = shown.content.decode()
    assert "将发出 2 张蓝色督查单" in text
    assert REVIEWING in text
    assert Letter.objects.count() == 1
    answer = browser.post(address, {**body, "step": "confirm", "seen": shown.context["seen"]}, follow=True)
    assert "已发出 2 张蓝色督查单，涉及 3 条措施，跳过 2 条" in answer.content.decode()
    assert Letter.objects.count() == 3


def test_the_filters_and_the_ticks_of_the_register_narrow_it() -> None:
    house = House()
    browser = make.signed_in(house.office)
    address = reverse("supervision:send_letters")
    body = {"level": "blue", "requirement": "请说明原因", "reply_by": house.day.isoformat(), "step": "preview"}
    narrowed = browser.post(f"{address}?unit={house.other.lead_unit_id}", {**body, "which": "all"})
    assert [each.unit for each in narrowed.context["plan"].units] == [house.other.lead_unit]
    ticked = browser.post(address, {**body, "which": "picked", "row": f"{house.one.pk},{house.running.pk}"})
    plan = ticked.context["plan"]
    assert [each.measures for each in plan.units] == [[house.one]]
    assert plan.others == 1
    assert browser.get(f"{address}?unit=nobody").status_code == 400
    assert make.signed_in(make.liaison()).get(address).status_code == 403


def test_nothing_is_late() -> None:
    measure = make.measure(due_on=make.days(9))
    page = make.signed_in(make.office()).get(reverse("supervision:send_letters"))
    assert "没有逾期的措施" in page.content.decode()
    assert measure.letters.count() == 0
