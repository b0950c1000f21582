"""The form of a hook. What an address may be is the service's to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.issues.forms.issues import narrowed
from apps.issues.models import Inspection
from apps.supervision.hook_events import EVENTS
from apps.supervision.models import Hook
from apps.supervision.outgoing.hooks import LONGEST_ADDRESS
from apps.units.spoken import SpokenForm, VersionedForm

HOW = "对方系统接收推送的 https 地址。内部网络的地址不接受，除非系统管理员已放开。地址加密保存，保存后不再显示。"


class HookForm(SpokenForm):
    """A new receiver."""

    inspection = forms.ModelChoiceField(label="轮次", queryset=Inspection.objects.none(), empty_label=None)
    name = forms.CharField(label="名称", max_length=Hook._meta.get_field("name").max_length, help_text="如“市纪委监督平台”。")
    address = forms.CharField(
        label="地址",
        max_length=LONGEST_ADDRESS,
        help_text=HOW,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    events = forms.MultipleChoiceField(
        label="事件",
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="推送只含事件、时间和编号；内容由对方凭令牌到接口读取，能看到什么按令牌所有人的权限。",
    )

    def __init__(self, *args: Any, rounds: QuerySet[Inspection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "inspection", rounds)


class AmendHookForm(VersionedForm):
    """A receiver that is there: the address may be left as it is."""

    name = forms.CharField(label="名称", max_length=Hook._meta.get_field("name").max_length)
    address = forms.CharField(
        label="新地址",
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text=f"已保存，不显示。不更换就留空。{HOW}",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    events = forms.MultipleChoiceField(label="事件", choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple)
