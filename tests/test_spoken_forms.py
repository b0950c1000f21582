"""Forms say in this house's words what is wrong, for every kind of field, and begin their lists with a word."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from apps.units.filters import UnitFilter
from apps.units.forms import UnitForm
from apps.units.models import Unit
from apps.units.spoken import SpokenForm
from tests import factories as make


class Everything(SpokenForm):
    word = forms.CharField(label="词", max_length=5)
    whole = forms.IntegerField(label="个数", min_value=1, max_value=9)
    exact = forms.DecimalField(label="金额", max_digits=6, decimal_places=2)
    day = forms.DateField(label="日期")
    pick = forms.ChoiceField(label="类别", choices=(("", "---------"), ("a", "甲")))
    own = forms.CharField(label="自己的", error_messages={"required": "这里有自己的话"})


GOOD = {"word": "词", "whole": "2", "exact": "1.5", "day": "2025-12-31", "pick": "a", "own": "有"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("word", "", "请填写词"),
        ("pick", "", "请选择类别"),
        ("own", "", "这里有自己的话"),
        ("word", "a\x00b", "含有看不见的字符，请删去后重新输入"),
        ("word", "一二三四五六", "最多 5 个字，现在有 6 个，请删减"),
        ("whole", "x", "请填写整数，例如 12"),
        ("whole", "10", "请填写不大于 9 的数"),
        ("whole", "0", "请填写不小于 1 的数"),
        ("exact", "x", "请填写数字，例如 12.22"),
        ("exact", "1234567", "数太大，最多 6 位，请核对单位"),
        ("exact", "12345.6", "数太大，小数点前最多 4 位，请核对单位"),
        ("exact", "1.234", "小数点后最多 2 位，请四舍五入后填写"),
        ("day", "2025-02-30", "请按 2025-12-31 的样子填写一个存在的日期"),
        ("pick", "z", "没有“z”这一项，请重新选择"),
    ],
)
def test_every_error_is_in_our_words(field: str, value: str, sentence: str) -> None:
    form = Everything({**GOOD, field: value})
    assert form.errors == {field: [sentence]}


def test_good_values_are_accepted() -> None:
    assert Everything(GOOD).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize(("required", "word"), [(True, "请选择"), (False, "无")])
def test_lists_begin_with_a_word(required: bool, word: str) -> None:
    class Lists(SpokenForm):
        pick = forms.ChoiceField(choices=(("", "---------"), ("a", "甲")), required=required)
        unit = forms.ModelChoiceField(Unit.objects.none(), required=required)

    form = Lists()
    assert [option.choice_label for option in form["pick"]] == [word, "甲"]
    assert [choice[1] for choice in form.fields["unit"].widget.choices] == [word]


def test_forms_and_filters_of_units_speak() -> None:
    assert UnitForm({}).errors["name"] == ["请填写单位名称"]
    assert UnitFilter({"q": "a\x00"}, Unit.objects.none()).form.errors["q"] == ["含有看不见的字符，请删去后重新输入"]


@pytest.mark.django_db
def test_register_says_what_to_do_with_what_cannot_be_read(client: Any) -> None:
    client.force_login(make.office())
    make.measure()
    page = client.get("/register/", {"q": "a\x00"})
    assert page.status_code == 400
    assert "搜索：含有看不见的字符，请删去后重新输入" in page.content.decode()
    assert "。。" not in page.content.decode()
