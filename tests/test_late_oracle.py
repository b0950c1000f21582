"""The oracle of 漏报, 催办未复 and 分期未到账: content after the job, and not content with any flag left out or left over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine

from apps.measures.models import Indicator, Measure
from apps.measures.services import InstalmentDraft, plan_instalments
from apps.supervision.models import Flag, Letter
from apps.supervision.services import derive_timeliness
from tests import supervision
from tests.history import BEGIN, House
from tests.history_oracle_late import LATE_KINDS, flags_left_standing, wrong_late_flags
from tests.history_round import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Iterator[House]:
    """Two months on: nothing was reported, a letter was not answered, an instalment did not come."""
    with time_machine.travel(BEGIN, tick=False) as clock:
        made = build()
        indicator = Indicator.objects.get(name="已退")
        plan = [InstalmentDraft(made.today + dt.timedelta(days=9), Decimal(5))]
        plan_instalments(actor=made.people["office"], indicator=indicator, instalments=plan, reason="约定")
        supervision.letter(Measure.objects.order_by("pk")[0], by=made.people["office"])
        clock.shift(dt.timedelta(days=62))
        yield made


def test_it_is_content_after_the_job_and_not_before(house: House) -> None:
    assert list(wrong_late_flags(house))
    derive_timeliness(inspection=house.inspection, today=house.today)
    assert set(Flag.objects.open().filter(kind__in=LATE_KINDS).values_list("kind", flat=True)) == set(LATE_KINDS)
    assert list(wrong_late_flags(house)) == []


@pytest.mark.parametrize("kind", LATE_KINDS)
def test_a_flag_that_was_left_out_or_left_over_is_found(house: House, kind: str) -> None:
    derive_timeliness(inspection=house.inspection, today=house.today)
    flag = Flag.objects.open().filter(kind=kind).order_by("pk")[0]
    Flag.objects.filter(pk=flag.pk).update(cleared_on=house.today)
    assert list(wrong_late_flags(house))
    Flag.objects.filter(pk=flag.pk).update(cleared_on=None)
    assert list(wrong_late_flags(house)) == []
    Flag.objects.create(measure=flag.measure, kind=kind, due_on=dt.date(2025, 2, 21), matter=flag.matter, raised_on=house.today)
    assert list(wrong_late_flags(house))


def test_a_flag_about_a_letter_that_waits_no_longer_is_found(house: House) -> None:
    derive_timeliness(inspection=house.inspection, today=house.today)
    assert list(flags_left_standing()) == []
    Letter.objects.update(state="escalated")
    assert list(flags_left_standing())
