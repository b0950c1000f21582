"""The form of a link for a screen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import QuerySet

from apps.issues.forms.issues import narrowed
from apps.supervision.models import Group, ScreenLink
from apps.supervision.screens import MOST_HOURS
from apps.units.spoken import CHOOSE, SpokenForm

HOURS = {"hours": 1, "days": 24}


class ScreenForm(SpokenForm):
    """Which screen, what it shows, how long."""

    name = forms.CharField(
        label="屏幕名称", max_length=ScreenLink._meta.get_field("name").max_length, help_text="写明挂在哪里，例如“三楼会议室”。"
    )
    group = forms.ModelChoiceField(label="内容", queryset=Group.objects.none(), required=False)
    amount = forms.IntegerField(
        label="有效期", initial=8, validators=[MinValueValidator(1)], help_text="开会用几小时，长期挂屏最长 90 天。"
    )
    unit = forms.ChoiceField(label="有效期单位", choices=(("hours", "小时"), ("days", "天")), initial="hours", widget=forms.RadioSelect)

    def __init__(self, *args: Any, groups: QuerySet[Group], whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "group", groups)
        own = self.fields["group"]
        own.required = not whole
        if isinstance(own, forms.ModelChoiceField):
            own.empty_label = "整轮，全部问题" if whole else CHOOSE

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" in values and "unit" in values:
            values["hours"] = values["amount"] * HOURS[values["unit"]]
            if values["hours"] > MOST_HOURS:
                self.add_error("amount", f"有效期最长 {MOST_HOURS // 24} 天，请改短")
        return values
