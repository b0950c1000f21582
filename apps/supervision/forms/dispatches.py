"""Forms of dispatch meetings. Rules across fields are the services'."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.issues.forms.issues import PlausibleDate, RowForm, words
from apps.supervision.forms.visits import offer_groups
from apps.supervision.models import Dispatch, Group
from apps.units.models import User
from apps.units.spoken import VersionedForm


class DispatchForm(RowForm):
    """A meeting to be called."""

    model = Dispatch
    columns = ("group", "title", "held_on", "place", "chair", "attendance")

    def __init__(self, *args: Any, user: User, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_groups(self, user, groups)


class AmendDispatchForm(RowForm, VersionedForm):
    """A meeting as it is to be; the group stays."""

    model = Dispatch
    columns = ("title", "held_on", "place", "chair", "attendance")


class AgendaForm(VersionedForm):
    """What is done to the agenda: boxes of the list or numbers are added, a line goes up, down or out."""

    do = forms.RegexField(r"^(add|(up|down|remove)-\d{1,18})$", required=True, error_messages={"invalid": "没有这个操作，请刷新页面"})
    pick = forms.CharField(required=False)
    numbers = forms.CharField(label="按编号添加", required=False, max_length=400, help_text="例如 2-2、63-3，用顿号或空格隔开。")


class DecideForm(VersionedForm):
    """What was decided about the item on the screen."""

    decision = words("议定事项", rows=4)
    asked_by = PlausibleDate(label="要求完成日期", required=False)


class CloseDispatchForm(VersionedForm):
    """The meeting is over."""

    summary = words(
        "会议小结", required=False, rows=5, help_text="没有讨论的议题，请写明编号和“未议”，例如：6-4、31-4 未议，下次继续调度。"
    )
