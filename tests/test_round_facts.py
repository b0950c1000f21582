"""Amending a round: dates in their order, a reason, one version, before → after in the book, the bodies of joint review."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from apps.issues.models import Inspection
from apps.issues.services import amend_inspection
from apps.ledgers.models import Entry
from apps.ledgers.services import house_book
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from tests import factories as make
from tests.api_world import client, refused, url

pytestmark = pytest.mark.django_db


def amended(row: Inspection, **values: Any) -> Inspection:
    return amend_inspection(actor=make.office(), inspection=row, values=values, reason="区委会议确定")


def last_entry(row: Inspection) -> Entry:
    return Entry.objects.filter(book=row.book).latest("seq")


def test_the_cut_off_and_the_bodies_go_in_the_book_before_and_after() -> None:
    row, bodies = make.inspection(), [make.unit("纪委监委"), make.unit("巡察办")]
    changed = amended(row, figures_until=dt.date(2025, 8, 31), reviewing_bodies=bodies, soon_working_days=row.soon_working_days)
    assert list(changed.reviewing_bodies.order_by("pk")) == bodies
    assert changed.version == row.version + 1
    entry = last_entry(row)
    assert entry.reason == "区委会议确定"
    assert entry.payload == {
        "changes": {"figures_until": [None, "2025-08-31"], "reviewing_bodies": [[], sorted(body.name for body in bodies)]}
    }
    without = amended(changed, reviewing_bodies=[])
    assert not without.reviewing_bodies.exists()
    assert last_entry(row).payload["changes"]["reviewing_bodies"][1] == []


def test_a_new_name_renames_the_book_and_is_told_to_the_house() -> None:
    row = make.inspection("一轮巡视整改")
    amended(row, name="二轮巡视整改")
    row.book.refresh_from_db()
    assert row.book.title == "二轮巡视整改台账"
    assert Entry.objects.filter(book=house_book(), act="issues.amend_inspection").count() == 1
    with pytest.raises(ActConflict, match="已经建立"):
        amended(make.inspection("三轮"), name="二轮巡视整改")


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"on_site_to": dt.date(2024, 1, 1)}, "on_site_to", "离开日期不能早于进驻日期"),
        ({"feedback_on": dt.date(2024, 9, 11)}, "feedback_on", "反馈日期不能早于离开日期"),
        ({"figures_until": dt.date(2024, 12, 31)}, "figures_until", "数据截止日期不能早于反馈日期"),
        ({"soon_working_days": 5}, None, "内容没有变化"),
        ({"time_zone": "UTC"}, None, "不能修改：time_zone"),
    ],
)
def test_what_does_not_hold_together_is_refused(values: dict[str, Any], field: str | None, words: str) -> None:
    row = make.inspection()
    with pytest.raises(ActRefused, match=words) as refusal:
        amended(row, **values)
    assert refusal.value.field == field
    assert Inspection.objects.get(pk=row.pk).version == row.version


def test_the_feedback_never_comes_after_what_was_planned_or_reported() -> None:
    measure = make.measure(due_on=make.days(30))
    round_ = measure.issue.inspection
    with pytest.raises(ActRefused, match="请先调整措施的时限"):
        amended(round_, feedback_on=make.days(31))
    make.report(measure)
    with pytest.raises(ActRefused, match="已有截至"):
        amended(round_, feedback_on=make.days(1))
    assert amended(round_, feedback_on=make.today()).feedback_on == make.today()


def test_only_the_office_with_a_reason_and_the_latest_version() -> None:
    row = make.inspection()
    with pytest.raises(ActForbidden):
        amend_inspection(actor=make.leader(), inspection=row, values={"name": "别名"}, reason="理由")
    with pytest.raises(ActRefused, match="要写明理由"):
        amend_inspection(actor=make.office(), inspection=row, values={"name": "别名"}, reason="  ")
    amended(row, name="别名")
    with pytest.raises(ActConflict, match="请刷新页面"):
        amend_inspection(actor=make.office(), inspection=row, values={"name": "又名"}, reason="理由", version=row.version)


def test_what_the_office_sets_is_no_demonstration_any_more() -> None:
    row = make.inspection()
    Inspection.objects.filter(pk=row.pk).update(demonstrated=["report_every", "reviewing_bodies"])
    assert amended(row, reviewing_bodies=[make.unit()]).demonstrated == ["report_every"]


def test_the_page_shows_the_facts_and_takes_the_change() -> None:
    row, body, browser = make.inspection(), make.unit("组织部"), make.signed_in(make.office())
    page = f"/inspections/{row.pk}/"
    form = {
        "name": row.name, "inspecting_body": row.inspecting_body, "inspected_body": row.inspected_body, "on_site_from": row.on_site_from,
        "on_site_to": row.on_site_to, "feedback_on": row.feedback_on, "concentrated_months": 6, "report_every": "month",
        "soon_working_days": 5, "figures_until": "2025-08-31", "reviewing_bodies": [body.pk], "version": row.version,
    }  # fmt: skip
    refusal = browser.post(f"{page}amend/", form)
    assert refusal.status_code == 400
    assert 'href="#id_reason"' in refusal.content.decode()
    assert browser.post(f"{page}amend/", {**form, "reason": "会议确定"}).status_code == 302
    shown = browser.get(page).content.decode()
    assert "2025-08-31" in shown
    assert "组织部" in shown
    assert browser.post(f"{page}amend/", {**form, "figures_until": "", "reason": "又改"}).status_code == 409
    assert make.signed_in(make.leader()).get(f"{page}amend/").status_code == 403
    assert make.signed_in(make.liaison()).get(f"{page}amend/").status_code == 404


def test_the_interface_takes_only_what_it_was_given() -> None:
    row, body, office = make.inspection(), make.unit(), make.office()
    change = {"figures_until": "2025-08-31", "reviewing_bodies": [body.pk], "reason": "会议确定", "version": row.version}
    answer = client(office).post(url("inspections", row.pk, "amend"), change)
    assert answer.status_code == 200
    assert answer.json()["figures_until"] == "2025-08-31"
    assert [unit["id"] for unit in answer.json()["reviewing_bodies"]] == [body.pk]
    refused(client(office).post(url("inspections", row.pk, "amend"), change), 409)
    refused(client(office).post(url("inspections", row.pk, "amend"), {"reason": "没有内容", "version": 2}), 400)
    refused(client(make.leader()).post(url("inspections", row.pk, "amend"), {**change, "version": 2}), 403)
