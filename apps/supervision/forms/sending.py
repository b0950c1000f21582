"""The form of a channel. What an address may be is the service's to say."""

from __future__ import annotations

from django import forms

from apps.issues.forms.issues import Several
from apps.supervision.models import Channel
from apps.units.models import Role, User
from apps.units.spoken import SpokenForm, VersionedForm

BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
LONGEST_ADDRESS = 500
HOW = "在群机器人的设置页复制完整的 Webhook 地址粘贴到这里。地址加密保存，保存后不再显示，也不进台账。"


class People(Several):
    """Persons by name and post."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj}（{obj.unit.short_name if obj.unit and obj.role == Role.LIAISON else obj.get_role_display()}）"


class ChannelForm(SpokenForm):
    """A new channel."""

    name = forms.CharField(label="名称", max_length=Channel._meta.get_field("name").max_length, help_text="如“整改办工作群”。")
    address = forms.CharField(
        label="地址",
        max_length=LONGEST_ADDRESS,
        help_text=HOW,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    audience = People(
        label="汇总哪些人的消息",
        queryset=User.objects.filter(is_active=True, role__in=BUSINESS).select_related("unit"),
        widget=forms.CheckboxSelectMultiple,
        help_text="每个工作日把所选人员的未读消息合成一条发到群里，只含编号和链接；点链接要登录，能看到什么仍按各人权限。",
    )


class AmendChannelForm(ChannelForm, VersionedForm):
    """A channel that is there: the address may be left as it is."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].required = False
        self.fields["address"].help_text = f"已保存，不显示。不更换就留空。{HOW}"
