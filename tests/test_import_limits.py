"""How many lists a round takes in a day, and what does not count."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.issues.models import Inspection
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.measures.services.importing import running
from apps.units.errors import ActRefused
from apps.units.models import User
from tests import factories as make
from tests.lists import started, workbook
from tests.test_importing import ROWS

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> User:
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def test_so_many_lists_a_day_are_enough(office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_A_DAY", 2)
    for _turn in range(2):
        started(office, inspection, workbook(ROWS))
    browser, address = make.signed_in(office), reverse("measures:import-new")
    body = {"inspection": inspection.pk, "file": SimpleUploadedFile("台账.xlsx", workbook(ROWS))}
    answer = browser.post(address, body)
    assert (answer.status_code, ImportRun.objects.count()) == (400, 2)
    assert "这一轮今天已经上传 2 份清单和通报" in answer.content.decode()
    assert started(office, make.inspection(), workbook(ROWS)), "another round"
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        assert started(office, inspection, workbook(ROWS)), "the control: another day"


def test_lists_given_up_or_not_read_shut_nobody_out(office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clerk who drops one list after the other leaves the office its day; for uploading and dropping there is a larger bound."""
    monkeypatch.setattr(running, "MOST_A_DAY", 1)
    for turn in range(4):
        run = started(office, inspection, workbook(ROWS))
        if turn:
            importing.drop_import(actor=office, run=run)
        else:
            ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.FAILED)
    waiting = started(office, inspection, workbook(ROWS))
    with pytest.raises(ActRefused, match=r"今天已经上传 1 份.*（放弃的、未能完成的不算）.*用不着的请放弃"):
        started(office, inspection, workbook(ROWS))
    importing.drop_import(actor=office, run=waiting)
    with pytest.raises(ActRefused, match=r"今天已经上传 5 份.*连同放弃的、未能完成的.*明天上传") as refused:
        started(office, inspection, workbook(ROWS))
    assert refused.value.field == "file"
    assert inspection.imports.count() == 5
