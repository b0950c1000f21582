"""Declared sums: held to where figures are entered, again on review, and shown with both sides wherever they differ."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.issues.models import Issue
from apps.measures.models import Indicator, Measure, Progress, Reading
from apps.measures.services import FigureDraft, ReadingDraft, add_indicator, approve, read_indicator, report_progress
from apps.measures.sums import Figure, Sums
from apps.units.errors import ActRefused
from tests import factories as make

DAY = dt.date(2025, 8, 31)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=4)


def unsaved(parts: int, unit: str = "万元") -> list[Indicator]:
    """A total (1) and its parts (2…), nowhere stored."""
    total = Indicator(pk=1, name="应退", unit=unit, kind="money")
    return [total, *(Indicator(pk=number, name=f"分项{number}", unit=unit, kind="money", total_id=1) for number in range(2, parts + 2))]


@given(st.lists(AMOUNTS, min_size=1, max_size=6), AMOUNTS, st.booleans())
def test_a_sum_is_refused_exactly_where_decimal_arithmetic_says_so(parts: list[Decimal], other: Decimal, fits: bool) -> None:
    whole = sum(parts, Decimal(0)) if fits else other
    figures = [Figure(1, DAY, whole), *(Figure(number, DAY, value) for number, value in enumerate(parts, start=2))]
    broken = Sums(unsaved(len(parts)), []).broken_by(figures)
    assert [found.total.pk for found in broken] == ([1] if whole != sum(parts, Decimal(0)) else [])
    assert bool(Sums(unsaved(len(parts)), figures).differing()) == bool(broken)


@given(st.lists(AMOUNTS, min_size=2, max_size=6), st.data())
def test_an_incomplete_set_is_not_comparable(parts: list[Decimal], data: st.DataObject) -> None:
    figures = [Figure(1, DAY, Decimal(1)), *(Figure(number, DAY, value) for number, value in enumerate(parts, start=2))]
    left_out = data.draw(st.sampled_from(figures))
    assert Sums(unsaved(len(parts)), []).broken_by([figure for figure in figures if figure != left_out]) == []


def test_what_is_said_has_both_sides() -> None:
    figures = [Figure(key, DAY, Decimal(value)) for key, value in ((1, 91), (2, 2), (3, 46), (4, 42))]
    (found,) = Sums(unsaved(3, "家"), []).broken_by(figures)
    assert found.sides == "合计 91，分项之和 90（2 + 46 + 42）"
    assert found.words.startswith("“应退”截至 2025-08-31：")


def test_the_total_stands_until_it_is_read_again_and_parts_of_another_day_do_not() -> None:
    before = [Figure(1, dt.date(2025, 7, 31), Decimal(91)), Figure(2, dt.date(2025, 7, 31), Decimal(90))]
    sums = Sums(unsaved(2), before)
    assert sums.broken_by([Figure(3, DAY, Decimal(1))]) == []
    assert sums.broken_by([Figure(3, DAY, Decimal(1)), Figure(2, DAY, Decimal(90))]) == []
    assert len(sums.broken_by([Figure(3, DAY, Decimal(2)), Figure(2, DAY, Decimal(90))])) == 1
    assert len(sums.broken_by([Figure(3, DAY, Decimal(2))], settled={1, 2, 3})) == 1
    assert sums.broken_by([Figure(3, DAY, Decimal(1))], settled={1, 2, 3}) == []


def test_an_earlier_figure_entered_late_is_held_against_the_days_after_it() -> None:
    settled = [Figure(1, dt.date(2025, 7, 31), Decimal(91)), Figure(2, DAY, Decimal(90)), Figure(3, DAY, Decimal(1))]
    late = [Figure(1, dt.date(2025, 8, 15), Decimal(95))]
    assert [found.as_of for found in Sums(unsaved(2), settled).broken_by(late)] == [DAY]
    broken_already = [*settled, Figure(1, dt.date(2025, 8, 20), Decimal(99))]
    assert Sums(unsaved(2), broken_already).broken_by([Figure(1, dt.date(2025, 8, 10), Decimal(95))]) == []


def declared(issue: Issue, *, measures: tuple[Measure | None, ...] = (None, None, None)) -> list[Indicator]:
    """91 = 2 + 46 + 43, read yesterday."""
    total = add_indicator(actor=None, issue=issue, name="排查企业", kind="count", unit="家")
    parts = [
        add_indicator(actor=None, issue=issue, name=name, kind="count", unit="家", total=total, measure=measure)
        for name, measure in zip(("已办许可证", "已登记", "无须办理"), measures, strict=True)
    ]
    for row, value in zip((*parts, total), (2, 46, 43, 91), strict=True):
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(value), make.days(-1))])
    return [total, *parts]


def drafts(rows: list[Indicator], *values: int, day: dt.date | None = None) -> list[ReadingDraft]:
    return [ReadingDraft(row, Decimal(value), day or make.today()) for row, value in zip(rows, values, strict=True)]


@pytest.mark.django_db
class TestReports:
    def test_a_report_that_does_not_add_up_is_refused_with_both_sides_and_leaves_nothing(self) -> None:
        measure = make.measure()
        rows = declared(measure.issue)
        with pytest.raises(ActRefused, match=r"合计 91，分项之和 90（2 \+ 46 \+ 42）") as refusal:
            make.report(measure, readings=drafts(rows, 91, 2, 46, 42))
        assert refusal.value.field == "readings"
        assert (Progress.objects.count(), Reading.objects.count()) == (0, 4)
        make.report(measure, readings=drafts(rows, 92, 3, 46, 43))

    def test_what_a_report_leaves_out_has_not_changed(self) -> None:
        measure = make.measure()
        rows = declared(measure.issue)
        with pytest.raises(ActRefused, match=r"合计 91，分项之和 93（4 \+ 46 \+ 43）"):
            make.report(measure, readings=drafts([rows[1]], 4))
        make.report(measure, readings=drafts([rows[1], rows[2]], 4, 44))

    def test_what_another_measure_reports_leaves_the_set_incomplete_until_it_does(self) -> None:
        issue = make.issue()
        first, second = make.measure(issue), make.measure(issue)
        rows = declared(issue, measures=(first, second, None))
        office = make.office()
        waiting = make.report(first, readings=drafts([rows[1]], 4))
        report = make.report(second, readings=drafts([rows[2], rows[3]], 46, 43))
        assert "勾稽不符" not in make.signed_in(office).get("/reviews/").content.decode()
        approve(actor=office, report=waiting)
        page = make.signed_in(office).get("/reviews/").content.decode()
        assert "成效数据勾稽不符，不能审核通过" in page
        assert "合计 91，分项之和 93（4 + 46 + 43）" in page
        with pytest.raises(ActRefused, match="合计 91，分项之和 93"):
            approve(actor=office, report=report)
        report.refresh_from_db()
        assert report.review == Progress.Review.PENDING

    def test_the_queue_tells_what_differs_by_figures_of_several_days(self) -> None:
        issue = make.issue()
        measure, other = make.measure(issue), make.measure(issue)
        rows = declared(issue, measures=(measure, other, other))
        report = make.report(measure, readings=drafts([rows[1]], 4))
        browser = make.signed_in(make.office())
        page = browser.get("/reviews/").content.decode()
        assert "按各指标最近一次数据" in page
        assert "不能审核通过" not in page
        assert browser.post(f"/reports/{report.pk}/approve/").status_code == 302
        for address in (f"/issues/{issue.pk}/", f"/measures/{measure.pk}/", f"/indicators/{rows[0].pk}/"):
            assert "合计 91，分项之和 93（4 + 46 + 43）" in browser.get(address).content.decode(), address

    def test_the_form_keeps_what_was_typed_and_says_both_sides(self) -> None:
        measure = make.measure()
        rows = declared(measure.issue)
        form = {"claim": "ongoing", "text": "推进中", "as_of": make.today(), "signed_by": "局长"}
        form |= {"version": measure.version, "is_vouched_for": "on"}
        for row, value in zip(rows, (91, 2, 46, 42), strict=True):
            form |= {f"value_{row.pk}": value, f"as_of_{row.pk}": make.today()}
        answer = make.signed_in(make.liaison(measure.lead_unit)).post(f"/measures/{measure.pk}/report/", form)
        assert answer.status_code == 400
        assert "合计 91，分项之和 90（2 + 46 + 42）" in answer.content.decode()
        assert 'value="42"' in answer.content.decode()

    def test_readings_in_review_count_for_nobody_else(self) -> None:
        issue = make.issue()
        first, second = make.measure(issue), make.measure(issue)
        rows = declared(issue, measures=(first, second, second))
        make.report(first, readings=drafts([rows[1]], 9))
        make.report(second, readings=drafts([rows[2], rows[3]], 44, 45))


@pytest.mark.django_db
class TestOffice:
    def test_its_own_reading_is_held_to_the_sum_and_to_today(self) -> None:
        rows = declared(make.issue())
        office = make.office()
        with pytest.raises(ActRefused, match="合计 91，分项之和 92"):
            read_indicator(actor=office, indicator=rows[3], figures=[FigureDraft(Decimal(44), make.days(-1))])
        with pytest.raises(ActRefused, match="晚于今天"):
            read_indicator(actor=office, indicator=rows[3], figures=[FigureDraft(Decimal(44), make.days(1))])
        read_indicator(actor=office, indicator=rows[3], figures=[FigureDraft(Decimal(44), make.today())])

    def test_the_form_offers_the_whole_sum_at_once(self) -> None:
        rows = declared(make.issue())
        browser = make.signed_in(make.office())
        address = f"/indicators/{rows[1].pk}/readings/new/"
        page = browser.get(address).content.decode()
        assert all(row.name in page for row in rows)
        wrong = browser.post(address, {"value": "5", "as_of": make.today()})
        assert wrong.status_code == 400
        assert "合计 91，分项之和 94（5 + 46 + 43）" in wrong.content.decode()
        assert browser.post(address, {"value": "5", "as_of": make.today(), f"value_{rows[0].pk}": "94"}).status_code == 302
        assert browser.post(address, {"value": "", "as_of": make.today()}).status_code == 400

    def test_nothing_is_compared_where_nothing_is_declared(self) -> None:
        issue = make.issue()
        for name in ("一", "二"):
            row = add_indicator(actor=None, issue=issue, name=name, kind="count", unit="个")
            read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(1), make.today())])
        assert Sums.of([issue.pk]).differing() == []


@pytest.mark.django_db
def test_the_service_of_reports_counts_as_the_form_does() -> None:
    """The control: the same report without its figures goes through."""
    measure = make.measure()
    rows = declared(measure.issue)
    words: dict[str, Any] = {"claim": "ongoing", "text": "推进中", "as_of": make.today(), "signed_by": "局长", "is_vouched_for": True}
    liaison = make.liaison(measure.lead_unit)
    with pytest.raises(ActRefused):
        report_progress(actor=liaison, measure=measure, **words, readings=drafts(rows, 91, 2, 46, 42))
    assert report_progress(actor=liaison, measure=measure, **words).pk
