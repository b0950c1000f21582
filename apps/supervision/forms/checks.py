"""Forms of site checks and of groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.issues.forms.issues import PlausibleDate, Several, narrowed, words
from apps.issues.models import Category
from apps.supervision.models import Group, SiteCheck
from apps.units.models import Role, Unit, User
from apps.units.spoken import SpokenForm, VersionedForm


class CheckForm(SpokenForm):
    """What was seen on site."""

    checked_on = PlausibleDate(label="核查日期")
    finding = forms.ChoiceField(label="核查结论", choices=SiteCheck.Finding.choices, widget=forms.RadioSelect)
    note = words("核查情况", help_text="写明看了什么、问了谁、与填报是否一致。")


class GroupForm(SpokenForm):
    """Who is in a group, and which units and categories it covers."""

    name = forms.CharField(label="名称", max_length=Group._meta.get_field("name").max_length)
    lead_unit = forms.ModelChoiceField(label="牵头单位", queryset=Unit.objects.all())
    members = Several(
        label="成员",
        required=False,
        queryset=User.objects.filter(role=Role.SUPERVISOR, is_active=True),
        widget=forms.CheckboxSelectMultiple,
        help_text="“督查组/领导”账号。不在任何督查组的，按领导看全部。",
    )
    duty_head = forms.ModelChoiceField(
        label="值班负责人",
        required=False,
        queryset=User.objects.filter(role=Role.SUPERVISOR, is_active=True),
        empty_label="未指定",
        help_text="从成员中选一人。",
    )
    units = Several(
        label="负责单位",
        required=False,
        queryset=Unit.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text="由这些单位牵头的措施归本组督查。",
    )
    categories = Several(
        label="负责方面",
        required=False,
        queryset=Category.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="这些方面的措施，不论由哪个单位牵头，都归本组督查。可以与其他组重叠。",
    )

    def __init__(self, *args: Any, categories: QuerySet[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "categories", categories)


class ReformGroupForm(GroupForm, VersionedForm):
    """The same, with the reason of the change."""

    reason = words("调整理由", rows=2, help_text="调整前后的成员和单位会一并记入台账。")
