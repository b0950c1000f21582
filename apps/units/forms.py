"""Input of the acts on units and accounts. What may be done is decided by the services; forms only read the fields."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.units.errors import ActRefused
from apps.units.models import Role, Scope, Unit, User
from apps.units.services import LONGEST_LIFE
from apps.units.spoken import SpokenForm, VersionedForm

EMAIL_HINT = "工作日早上的通知汇总发到这里，只含编号和链接。"
EMAIL_WORDS = {"invalid": "请填写完整的邮箱地址，如 zhangsan@example.gov.cn"}
REASON_HINT = "写明依据，如“人员调整，见组通知〔2025〕3 号”。理由记入台账。"


class UnitForm(SpokenForm):
    name = forms.CharField(label="单位名称", max_length=120, help_text="全称，如“区自然资源局”。")
    short_name = forms.CharField(label="简称", max_length=40, help_text="列表和图表里用的短名。")
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *Unit.Kind.choices])


class AmendUnitForm(UnitForm, VersionedForm):
    @classmethod
    def of(cls, unit: Unit, data: Any = None) -> AmendUnitForm:
        shown = {"name": unit.name, "short_name": unit.short_name, "kind": unit.kind, "version": unit.version}
        return cls(data, initial=shown)

    def values(self) -> dict[str, Any]:
        """What the service is to set."""
        return {key: value for key, value in self.cleaned_data.items() if key != "version"}


class AccountForm(SpokenForm):
    """The facts of an account; a liaison needs a unit, which the service checks."""

    name = forms.CharField(label="姓名", max_length=40)
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    unit = forms.ModelChoiceField(Unit.objects.all(), label="单位", required=False, empty_label="无", help_text="单位联络员必须选择。")
    heads_unit = forms.BooleanField(
        label="单位负责人", required=False, help_text="通报里本单位牵头的条目，由单位负责人审核。角色选单位联络员。"
    )


class NewAccountForm(AccountForm):
    email = forms.EmailField(label="邮箱", max_length=254, required=False, help_text=EMAIL_HINT, error_messages=EMAIL_WORDS)
    username = forms.CharField(
        label="登录名",
        max_length=150,
        help_text="字母、数字和 . - _ 组成，如 liaison-lyj。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("username", "name", "role", "unit", "heads_unit", "email")


class AmendAccountForm(AccountForm, VersionedForm):
    phone = forms.CharField(label="联系电话", max_length=30, required=False)
    email = forms.EmailField(label="邮箱", max_length=254, required=False, help_text=EMAIL_HINT, error_messages=EMAIL_WORDS)
    reason = forms.CharField(label="修改理由", max_length=500, help_text=REASON_HINT, widget=forms.Textarea(attrs={"rows": 2}))

    @classmethod
    def of(cls, user: User, data: Any = None) -> AmendAccountForm:
        facts = ("name", "role", "heads_unit", "phone", "email", "version")
        shown = {**{fact: getattr(user, fact) for fact in facts}, "unit": user.unit_id}
        return cls(data, initial=shown)

    def values(self) -> dict[str, Any]:
        """What the service is to set."""
        return {key: value for key, value in self.cleaned_data.items() if key not in ("reason", "version")}


class ReasonForm(SpokenForm):
    reason = forms.CharField(label="理由", max_length=500, help_text=REASON_HINT, widget=forms.Textarea(attrs={"rows": 2}))


class TokenForm(SpokenForm):
    """A new token: what for, what it may do, for how long."""

    name = forms.CharField(label="用途", max_length=60, help_text="哪个程序用它，如“月报脚本”。")
    scopes = forms.MultipleChoiceField(
        label="授权范围",
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        help_text="只选程序用得到的。此外仍按您本人的权限：您看不到、不能办的，令牌也不行。",
    )
    days = forms.TypedChoiceField(
        label="有效期", coerce=int, choices=[(7, "7 天"), (30, "30 天"), (90, "90 天"), (180, "180 天"), (LONGEST_LIFE, "一年")], initial=90
    )


def put_refusal(form: forms.Form, refusal: ActRefused) -> None:
    """Show a service's refusal at its field where the form has it, else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
