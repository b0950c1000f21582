"""Messages at the same time: the same form makes one row, a flood ends at the quota, one of two answers wins."""

from __future__ import annotations

import pytest
from django.test import override_settings

from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.gate import new_form
from apps.reports.models import Feedback
from apps.units.errors import ActConflict
from tests import factories
from tests import feedback_world as world
from tests.at_once import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


def test_one_form_sent_many_times_at_once_is_one_row() -> None:
    edition, form = world.edition(), new_form()
    wrong = at_once(*[lambda: services.receive_feedback(form=form, edition=edition, text=world.TEXT)] * AT_ONCE)
    assert wrong == []
    assert Feedback.objects.count() == Entry.objects.filter(act="reports.receive_feedback").count() == 1


@override_settings(FEEDBACK_PER_HOUR=3)
def test_a_flood_at_once_ends_at_the_quota() -> None:
    edition = world.edition()
    wrong = at_once(*[lambda: world.message(edition)] * (3 + AT_ONCE))
    assert {type(error) for error in wrong} == {services.QuotaReached}
    assert len(wrong) == AT_ONCE
    assert Feedback.objects.count() == 3


def test_receiving_and_wiping_at_once_wait_for_each_other_in_one_order() -> None:
    edition = world.edition()
    for text in (world.TEXT, world.TIP):
        world.message(edition, text, contact=world.PHONE)
    with override_settings(FEEDBACK_CONTACT_DAYS=-1):
        wrong = at_once(*[lambda: world.message(edition)] * 3, *[services.wipe_contacts] * 3)
    assert wrong == []
    assert not Feedback.objects.exclude(contact="").exists()


def test_an_answer_and_setting_aside_at_once() -> None:
    row, office = world.message(world.edition()), factories.office()
    wrong = at_once(
        lambda: services.answer_feedback(actor=office, feedback=row, answer="已办。", version=1),
        lambda: services.set_aside_feedback(actor=office, feedback=row, reason="重复。", version=1),
    )
    assert [type(error) for error in wrong] == [ActConflict]
    assert Feedback.objects.get().version == 2
