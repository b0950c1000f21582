"""Forms of the office's acts on many measures: bulk changes and handovers; and of saved views.

“不改变” is a choice of its own for every field of a bulk change: an empty field never wipes anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms

from apps.issues.forms.issues import PlausibleDate, RowForm, Several, words
from apps.measures.models import Handover, SavedView
from apps.measures.services.bulk import BulkChange, Redate, Support
from apps.measures.services.handing_over import REFEEDBACK_WORKING_DAYS, Giver
from apps.units.models import Role, Unit, User
from apps.units.spoken import SpokenForm

KEEP, SET, CLEAR = "keep", "set", "clear"
UNCHANGED = "不改变"
REFEEDBACK_HINT = f"不填即移交后第 {REFEEDBACK_WORKING_DAYS} 个工作日；节假日安排尚未公布的，请自行填写。"
LONGEST_SHIFT, LONGEST_PERIOD = 1100, 999


def choice(label: str, choices: Iterable[tuple[str, str]], help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), initial=KEEP, widget=forms.RadioSelect, help_text=help_text)


class BulkForm(SpokenForm):
    """What changes on every chosen measure."""

    lead_unit = forms.ModelChoiceField(label="牵头单位", queryset=Unit.objects.all(), required=False, empty_label=UNCHANGED)
    support = choice("配合单位", Support.choices)
    supporting_units = Several(label="哪些配合单位", queryset=Unit.objects.all(), required=False, widget=forms.CheckboxSelectMultiple)
    person_choice = choice("责任人", ((KEEP, UNCHANGED), (SET, "改为"), (CLEAR, "清空")))
    person = forms.CharField(label="新的责任人", required=False, max_length=80)
    redate = choice("整改时限", Redate.choices, "原定时限保留备查。待审核和已完成的措施不调整时限，会列在“跳过”里。")
    due_on = PlausibleDate(label="指定日期", required=False)
    shift = forms.IntegerField(
        label="顺延天数", required=False, min_value=-LONGEST_SHIFT, max_value=LONGEST_SHIFT, help_text="自然日；提前写负数，例如 -7。"
    )
    start = PlausibleDate(label="起算日", required=False, help_text="不填即从反馈日期起算。")
    count = forms.IntegerField(label="期数", required=False, min_value=1, max_value=LONGEST_PERIOD, help_text="几个月，或几个工作日。")
    basis_choice = choice("时限依据", ((KEEP, UNCHANGED), (SET, "改为")))
    basis = forms.CharField(label="新的时限依据", required=False, max_length=200)
    reason = words("办理理由", rows=2, help_text="写明依据，例如会议纪要或通知文号。每条措施的改前改后都会记入台账。")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        support, redate = given.get("support"), given.get("redate")
        if support in (Support.ADD, Support.REMOVE, Support.REPLACE):
            self._need("supporting_units", "请勾选配合单位，或选“不改变”")
        if given.get("person_choice") == SET:
            self._need("person", "请填写新的责任人，或选“不改变”")
        if given.get("basis_choice") == SET:
            self._need("basis", "请填写新的时限依据，或选“不改变”")
        if redate == Redate.FIXED:
            self._need("due_on", "请填写指定日期，或选“不改变”")
        if redate == Redate.SHIFT:
            self._need("shift", "请填写不为零的顺延天数，或选“不改变”")
        if redate in (Redate.MONTHS, Redate.WORKING_DAYS):
            self._need("count", "请填写期数，或选“不改变”")
        if not self.errors and self.change().is_empty:
            self.add_error(None, "每一项都是“不改变”，请至少选一项要改变的内容")
        return given

    def _need(self, name: str, sentence: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, sentence)

    def change(self) -> BulkChange:
        """For the service."""
        given = self.cleaned_data
        return BulkChange(
            lead_unit=given.get("lead_unit"),
            support=given["support"],
            supporting_units=tuple(given.get("supporting_units") or ()),
            person={SET: given.get("person"), CLEAR: ""}.get(given["person_choice"]),
            redate=given["redate"],
            due_on=given.get("due_on"),
            shift=given.get("shift") or 0,
            start=given.get("start"),
            count=given.get("count"),
            basis=given.get("basis") if given["basis_choice"] == SET else None,
        )


class HandoverForm(RowForm):
    """Whose items, to whom, why and when. The list offers everybody with open items, and how many."""

    model = Handover
    columns = ("to_name",)
    giver = forms.ChoiceField(label="移交人", choices=())
    handed_on = PlausibleDate(label="移交日期")
    refeedback_by = PlausibleDate(
        label="再反馈期限",
        required=False,
        help_text=REFEEDBACK_HINT,
    )
    reason = words("移交原因", rows=2, help_text="例如职务调整的文件。记入每一条事项的台账。")
    field_order = ("giver", "to_name", "handed_on", "refeedback_by", "reason")

    def __init__(self, *args: Any, givers: list[Giver], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)
        self.givers = {key_of(giver): giver for giver in givers}
        self.fields["giver"] = forms.ChoiceField(label="移交人", choices=[("", "请选择"), *_groups(givers)])
        self.fields["handed_on"].initial = today
        self.fields["to_name"].help_text = "新的责任人或责任领导。"
        self.order_fields(self.field_order)

    @property
    def chosen(self) -> Giver:
        return self.givers[self.cleaned_data["giver"]]


def key_of(giver: Giver) -> str:
    """The value that stands for a person in the list: the name with what it is unique in."""
    return f"{giver.kind}:{giver.unit.pk if giver.unit else ''}:{giver.name}"


def _groups(givers: list[Giver]) -> list[tuple[str, list[tuple[str, str]]]]:
    """One group a unit, then the leading officials."""
    found: dict[str, list[tuple[str, str]]] = {}
    for giver in givers:
        heading = f"责任人 · {giver.unit.short_name}" if giver.unit else "责任领导"
        words_ = f"{giver.name}（{giver.count} {'条措施' if giver.is_person else '个问题'}）"
        found.setdefault(heading, []).append((key_of(giver), words_))
    return list(found.items())


class RefeedbackForm(SpokenForm):
    on = PlausibleDate(label="再反馈日期")
    note = words("再反馈情况", rows=3, help_text="向谁反馈、反馈了哪些问题、提出什么要求。")


class ViewForm(RowForm):
    """A name and a circle of readers for filters."""

    model = SavedView
    columns = ("name", "scope")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = [SavedView.Scope.OWN]
        if user.unit_id:
            scopes.append(SavedView.Scope.UNIT)
        if user.role == Role.OFFICE:
            scopes.append(SavedView.Scope.OFFICE)
        self.fields["scope"] = forms.ChoiceField(
            label="共享范围",
            choices=[(scope.value, scope.label) for scope in scopes],
            initial=SavedView.Scope.OWN,
            widget=forms.RadioSelect,
            help_text="共享的只是筛选条件：别人打开时，看到的仍是自己有权查看的措施。",
        )


class SaveViewForm(ViewForm):
    is_default = forms.BooleanField(label="设为我的默认视图（打开台账时先显示它）", required=False)
    field_order = ("name", "scope", "is_default")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)
