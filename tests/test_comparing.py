"""A resubmission beside the report that was returned: what was taken out and put in, in words and marks."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.measures.comparing import ADDED, SAME, TAKEN, compare, differences
from apps.measures.models import Progress
from apps.measures.services import send_back
from tests import factories as make

TEXT = st.text(alphabet="已缴清尚欠万元。；\n12", max_size=60)


def side(before: str, after: str, without: str) -> str:
    return "".join(piece.text for piece in differences(before, after) if piece.kind != without)


@given(TEXT, TEXT)
def test_each_side_is_the_text_it_was(before: str, after: str) -> None:
    assert side(before, after, ADDED) == before
    assert side(before, after, TAKEN) == after


@given(TEXT)
def test_equal_texts_have_no_marks(text: str) -> None:
    assert {piece.kind for piece in differences(text, text)} <= {SAME}


def test_a_changed_figure_is_marked_alone() -> None:
    found = differences("已追缴46万元。其余正在催收。", "已追缴58万元。其余正在催收。")
    assert [(piece.kind, piece.text) for piece in found] == [
        (SAME, "已追缴"),
        (TAKEN, "46"),
        (ADDED, "58"),
        (SAME, "万元。其余正在催收。"),
    ]


def test_another_sentence_is_another_sentence() -> None:
    found = differences("正在推进。", "已开出缴款书三份。")
    assert [piece.kind for piece in found] == [TAKEN, ADDED]


@pytest.mark.parametrize("text", ["一。" * 5000, "长" * 10_000, "甲乙" * 5000])
def test_long_texts_take_no_seconds(text: str) -> None:
    began = time.process_time()
    assert side(text, text[::-1], ADDED) == text
    assert time.process_time() - began < 2


@pytest.fixture
def again() -> Progress:
    first = make.report(make.measure(), text="已追缴46万元。", next_step="继续催收")
    send_back(actor=make.office(), report=first, requirement="请写明\n截至日期")
    return make.report(first.measure, text="截至十月已追缴58万元。", next_step="继续催收", signed_by="李局长")


@pytest.mark.django_db
def test_a_first_report_is_compared_with_none_and_a_second_with_the_returned_one(again: Progress) -> None:
    assert compare(make.report(make.measure())) is None
    found = compare(again)
    assert found is not None
    changed = {row.label for row in found.sides if row.is_changed}
    assert changed == {"本期进展", "签发领导"}
    assert (found.taken, found.added) == (2 + 3, 4 + 2 + 3)


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["queue", "sheet"])
def test_both_texts_stand_side_by_side_with_the_requirement(again: Progress, place: str) -> None:
    path = "/reviews/" if place == "queue" else reverse("measures:sheet", args=(again.measure_id,))
    page = make.signed_in(make.office()).get(path).content.decode()
    assert "请写明<br>截至日期" in page
    assert '<del><span class="sr">删去：</span>46</del>' in page
    assert '<ins><span class="sr">新增：</span>58</ins>' in page
    assert "退回的填报" in page
    assert "补正后的填报" in page


@pytest.mark.django_db
def test_what_was_written_is_shown_as_text(again: Progress) -> None:
    send_back(actor=make.office(), report=again, requirement="再补")
    make.report(again.measure, text="<script>alert(1)</script>")
    page = make.signed_in(make.office()).get("/reviews/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
