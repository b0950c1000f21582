"""The leader who signs vouches for the report: without the commitment there is none, and what was approved holds it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import approve
from apps.measures.services.reporting import content_hash
from apps.units.errors import ActRefused
from tests import factories as make

pytestmark = pytest.mark.django_db
SENTENCE = "本单位主要负责人已审阅，承诺内容真实、准确、完整"


def test_there_is_no_report_without_it() -> None:
    measure, clerk = make.measure(), make.office()
    for by, on in ((None, None), (clerk, make.days(-3))):
        with pytest.raises(ActRefused, match="真实性承诺") as refused:
            make.report(measure, by=by, on=on, as_of=make.days(-4), is_vouched_for=False)
        assert refused.value.field == "is_vouched_for"
    assert not Progress.objects.exists()
    assert make.report(measure, by=clerk, on=make.days(-3), as_of=make.days(-4)).is_vouched_for


def test_the_form_asks_for_the_tick() -> None:
    measure = make.measure()
    browser = make.signed_in(make.liaison(measure.lead_unit))
    path = reverse("measures:report", args=(measure.pk,))
    assert SENTENCE in browser.get(path).content.decode()
    told = {"claim": "ongoing", "text": "推进", "as_of": str(make.today()), "signed_by": "张局长", "version": measure.version}
    refused = browser.post(path, told)
    assert refused.status_code == 400
    assert "勾选真实性承诺" in refused.content.decode()
    assert browser.post(path, {**told, "is_vouched_for": "on"}).status_code == 302
    assert Progress.objects.get().is_vouched_for


def test_entry_and_hash_hold_it() -> None:
    report = make.report(make.measure(), claim=Measure.State.DONE, files=[make.evidence()])
    assert Entry.objects.get(act="measures.report_progress").payload["is_vouched_for"] is True
    approved = approve(actor=make.office(), report=report)
    assert approved.content_hash == content_hash(approved)
    approved.is_vouched_for = False
    assert approved.content_hash != content_hash(approved)


def test_reviewer_and_sheet_are_told() -> None:
    report = make.report(make.measure())
    office = make.signed_in(make.office())
    for path in ("/reviews/", reverse("measures:sheet", args=(report.measure_id,))):
        assert "已作真实性承诺" in office.get(path).content.decode()
