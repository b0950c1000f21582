"""Forms that speak this house's words: which field is meant, what is wrong with it, what to do. The one place for such sentences.

A field that brings words of its own keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

DASHES = "---------"
CHOOSE, NONE = "请选择", "无"
UNKNOWN_CHOICE = "没有“%(value)s”这一项，请重新选择"
UNSEEN = "含有看不见的字符，请删去后重新输入"
NUMBER, WHOLE = "请填写数字，例如 12.22", "请填写整数，例如 12"
WORDS = {
    "null_characters_not_allowed": UNSEEN,
    "max_length": "最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请删减",
    "min_length": "至少 %(limit_value)d 个字，现在有 %(show_value)d 个，请补充",
    "max_value": "请填写不大于 %(limit_value)s 的数",
    "min_value": "请填写不小于 %(limit_value)s 的数",
    "max_digits": "数太大，最多 %(max)s 位，请核对单位",
    "max_whole_digits": "数太大，小数点前最多 %(max)s 位，请核对单位",
    "max_decimal_places": "小数点后最多 %(max)s 位，请四舍五入后填写",
    "invalid_choice": UNKNOWN_CHOICE,
    "invalid_list": "请从列出的各项中选择",
    "invalid_pk_value": "没有“%(pk)s”这一项，请重新选择",
}
FILE_WORDS = {
    "invalid": "没有收到文件，请重新选择",
    "missing": "没有收到文件，请重新选择",
    "empty": "文件是空的，请检查后重新选择",
    "max_length": "文件名太长，请改短后再传",
}


class SpokenForm(forms.Form):
    """A form whose errors are said by name, with what to do; lists begin with a word instead of dashes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for own in self.fields.values():
            name_blank(own)

    def full_clean(self) -> None:
        for bound in self:
            speak(bound.field, str(bound.label))
        super().full_clean()


def speak(field: forms.Field, label: str) -> None:
    """Give the field this house's words where it has only the framework's."""
    picked = isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField)
    words = {**WORDS, **_invalid(field), "required": f"请选择{label}" if picked else f"请填写{label}"}
    defaults = _defaults(type(field))
    for code, sentence in words.items():
        if field.error_messages.get(code) is defaults.get(code):
            field.error_messages[code] = sentence


def name_blank(field: forms.Field) -> None:
    """What a list says where nothing is chosen yet, instead of a row of dashes."""
    blank = CHOOSE if field.required else NONE
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = blank
    elif isinstance(field, forms.ChoiceField):
        choices: list[Any] = list(field.widget.choices)
        if ("", DASHES) in choices:
            field.choices = [(value, label if value else blank) for value, label in choices]


def _invalid(field: forms.Field) -> dict[str, str]:
    """What “not readable” means for this kind of field."""
    if isinstance(field, forms.FileField):
        return FILE_WORDS
    if isinstance(field, forms.DateField):
        return {"invalid": "请按 2025-12-31 的样子填写一个存在的日期"}
    if isinstance(field, forms.DecimalField | forms.FloatField):
        return {"invalid": NUMBER}
    return {"invalid": WHOLE} if isinstance(field, forms.IntegerField) else {}


def _defaults(kind: type[forms.Field]) -> dict[str, Any]:
    """The framework's own sentences for a kind of field."""
    found: dict[str, Any] = {}
    for ancestor in reversed(kind.__mro__):
        found.update(getattr(ancestor, "default_error_messages", {}))
    return found


class VersionedForm(SpokenForm):
    """A form that knows which version of the row its page showed, so that a stale one is refused (409)."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, error_messages={"required": "页面已过期，请刷新后再提交"})


def first_few(words: Sequence[str], most: int) -> str:
    """“1-1、1-2 等 9 条”: the first of them, and how many there are where that is not all."""
    return "、".join(words[:most]) + (f" 等 {len(words)} 条" if len(words) > most else "")
