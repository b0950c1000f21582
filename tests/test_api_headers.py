"""The headers of the API: ETag, If-None-Match, If-Match, Idempotency-Key."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.issues.models import Category
from apps.ledgers.models import Entry
from apps.measures.api.settings import SavedViewViewSet
from apps.measures.models import Measure, Progress
from apps.measures.services import amend_measure, amend_view, save_view
from apps.units import rest
from apps.units.models import KeptAnswer, Role
from apps.units.services import forget_answers
from tests import factories as make
from tests.api_world import client, refused, url

pytestmark = pytest.mark.django_db


def amended(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "reason": "表述不准", **more}


def test_a_row_has_a_tag_that_changes_with_it() -> None:
    office, measure = make.office(), make.measure()
    address = url("measures", measure.pk)
    first = client(office).get(address)
    assert first["ETag"].startswith('"1-')
    unchanged = client(office).get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert client(office).get(address, HTTP_IF_NONE_MATCH='"1-other"').status_code == 200
    act = client(office).post(f"{address}amend/", amended("改过的措施"), HTTP_IF_MATCH=first["ETag"])
    assert act.status_code == 200, act.content
    assert act["ETag"] == client(office).get(address)["ETag"] != first["ETag"]


def test_if_match_stands_for_the_version_and_refuses_what_was_changed_since() -> None:
    office, measure = make.office(), make.measure()
    address = url("measures", measure.pk)
    tag = client(office).get(address)["ETag"]
    amend_measure(actor=office, measure=measure, values={"text": "别人改的"}, reason="表述不准")
    error = refused(client(office).post(f"{address}amend/", amended("我改的"), HTTP_IF_MATCH=tag), 412)
    assert error["code"] == "precondition_failed"
    assert Measure.objects.get().text == "别人改的"
    refused(client(office).post(f"{address}amend/", amended("我改的"), HTTP_IF_MATCH=f"W/{tag}"), 412)
    assert refused(client(office).post(f"{address}amend/", amended("我改的")), 400)["fields"] == {"version": ["请填写这一项"]}


@pytest.mark.parametrize("watched", [True, False], ids=("as it is", "the control"))
def test_what_changes_after_if_match_was_compared_is_seen_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, *, watched: bool
) -> None:
    """A view of the register has no version that its act could compare under the lock."""
    office = make.office()
    row = save_view(actor=office, name="原来的名称", query="timeliness=overdue")
    address = url("saved-views", row.pk)
    tag, compare = client(office).get(address)["ETag"], SavedViewViewSet._refuse_changed

    def compared_too_early(view: SavedViewViewSet, request: Any) -> None:
        compare(view, request)
        if not Entry.objects.filter(payload__changes__name=["原来的名称", "别处改的"]).exists():
            amend_view(actor=office, view=row, name="别处改的", scope=row.scope)

    monkeypatch.setattr(SavedViewViewSet, "_refuse_changed", compared_too_early)
    if not watched:
        monkeypatch.setattr(rest, "before_writing", lambda _compare: nullcontext())
    answer = client(office).post(f"{address}amend/", {"name": "我改的", "scope": row.scope}, HTTP_IF_MATCH=tag)
    assert answer.status_code == (412 if watched else 200), answer.content
    row.refresh_from_db()
    assert row.name == ("别处改的" if watched else "我改的")


def test_a_list_has_no_row_that_could_match() -> None:
    unit = {"name": "某局", "short_name": "某局", "kind": "government"}
    refused(client(make.office()).post(url("units"), unit, HTTP_IF_MATCH='"1-x"'), 412)


def test_a_request_that_comes_again_does_nothing_twice() -> None:
    office, inspection = make.office(), make.inspection()
    body = {"inspection": inspection.pk, "number": 7, "title": "方面七"}
    first = client(office).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY="a1")
    entries = Entry.objects.count()
    again = client(office).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY="a1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert again["ETag"] == first["ETag"]
    assert "Idempotency-Replayed" not in first
    assert (Category.objects.filter(number=7).count(), Entry.objects.count()) == (1, entries)
    # The control: without the key the second one is refused by the rule of the ledger.
    refused(client(office).post(url("categories"), body), 409)


def test_a_key_stands_for_one_request_of_one_person() -> None:
    office, colleague, inspection = make.office(), make.office(), make.inspection()
    body = {"inspection": inspection.pk, "number": 7, "title": "方面七"}
    client(office).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY="a1")
    other = {**body, "number": 8}
    assert refused(client(office).post(url("categories"), other, HTTP_IDEMPOTENCY_KEY="a1"), 422)["code"] == "idempotency_key_reused"
    assert client(colleague).post(url("categories"), other, HTTP_IDEMPOTENCY_KEY="a1").status_code == 201


def test_what_was_refused_may_be_corrected_under_the_same_key() -> None:
    office, inspection = make.office(), make.inspection()
    body = {"inspection": inspection.pk, "number": 7}
    refused(client(office).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY="a1"), 400)
    assert not KeptAnswer.objects.exists()
    assert client(office).post(url("categories"), {**body, "title": "方面七"}, HTTP_IDEMPOTENCY_KEY="a1").status_code == 201


@pytest.mark.parametrize("key", ["", "字", "x" * 256])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    body = {"name": "某局", "short_name": "某局", "kind": "government"}
    answer = client(make.office()).post(url("units"), body, HTTP_IDEMPOTENCY_KEY=key.encode().decode("latin-1"))
    assert list(refused(answer, 400)["fields"]) == ["Idempotency-Key"]


def test_an_answer_that_is_shown_once_is_kept_encrypted() -> None:
    admin = make.user(Role.ADMIN)
    body = {"username": "new-office", "name": "新人", "role": "office"}
    first = client(admin).post(url("accounts"), body, HTTP_IDEMPOTENCY_KEY="a1")
    password = first.json()["one_time_password"]
    assert password not in KeptAnswer.objects.get().body
    assert client(admin).post(url("accounts"), body, HTTP_IDEMPOTENCY_KEY="a1").json()["one_time_password"] == password


def test_answers_are_wiped_after_a_day_also_of_those_who_never_come_back() -> None:
    admin, inspection = make.user(Role.ADMIN), make.inspection()
    client(admin).post(url("accounts"), {"username": "new-office", "name": "新人", "role": "office"}, HTTP_IDEMPOTENCY_KEY="a1")
    with time_machine.travel(timezone.now() + dt.timedelta(hours=20)):
        body = {"inspection": inspection.pk, "number": 7, "title": "方面七"}
        assert client(make.office()).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY="a2").status_code == 201
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        assert forget_answers() == 1
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["a2"]


def test_a_report_with_a_file_is_one_report() -> None:
    unit = make.unit()
    liaison, measure = make.user(Role.LIAISON, of=unit), make.measure(make.issue(lead=unit))
    address = url("measures", measure.pk, "report")

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("回单.pdf", content, "application/pdf")
        words = {"claim": "ongoing", "text": "已核实三项。", "as_of": make.today().isoformat(), "signed_by": "张局长"}
        body = {**words, "is_vouched_for": "true", "version": "1", "file": file}
        return client(liaison).post(address, body, format="multipart", HTTP_IDEMPOTENCY_KEY="r1")

    pdf = make.upload("回单.pdf").read()
    assert [send(pdf).status_code for _ in range(2)] == [201, 201]
    assert Progress.objects.count() == 1
    refused(send(pdf + b"\n"), 422)
