"""Forms of the import: the file, what its columns hold, which units its names mean, the confirmation."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from apps.issues.forms.issues import PlausibleDate
from apps.issues.models import Inspection
from apps.measures.importing.defaults import UNSORTED
from apps.measures.importing.directory import NEW, SAME, SEPARATOR, SKIP, Unknown
from apps.measures.importing.headings import TAKEN
from apps.measures.importing.layout import label_of
from apps.measures.importing.listing import SPLITS
from apps.units.models import Unit
from apps.units.spoken import SpokenForm, VersionedForm

LEFT_OUT = "-"
FIELD_CHOICES = [(LEFT_OUT, "不导入"), *((field.name, field.label) for field in TAKEN)]
ONCE = "只用于清单里没有写的新内容；台账里已有的不改。"


class RoundForm(SpokenForm):
    """What is handed in for a round; the only one that there is, is chosen."""

    inspection = forms.ModelChoiceField(label="轮次", queryset=Inspection.objects.none())

    def __init__(self, *args: Any, inspections: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = self.fields["inspection"]
        own.queryset = inspections
        if len(inspections) == 1:
            own.initial, own.empty_label = inspections[0], None


class UploadForm(RoundForm):
    """Which round, which file."""

    file = forms.FileField(
        label="清单文件",
        help_text="XLSX 或 CSV，最大 20 MB。问题清单、任务清单、责任清单或合并的整改台账都可以，列的次序和标题照本单位的习惯。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.et"}),
    )


class ColumnsForm(VersionedForm):
    """What each column of each sheet holds, and what is filled in where the list says nothing."""

    split = forms.ChoiceField(label="一格里有几条措施时", choices=SPLITS, initial="all")
    renumber = forms.BooleanField(
        label="清单的序号不是台账的问题编号，按次序重新编号",
        required=False,
    )
    category = forms.CharField(label="没有写方面的新问题，记在哪个方面", max_length=200, required=False, initial=UNSORTED, help_text=ONCE)
    lead_unit = forms.ModelChoiceField(
        label="没有写牵头单位的，先记哪个单位",
        queryset=Unit.objects.all(),
        required=False,
        empty_label="不填，作为错误指出",
        help_text=ONCE,
    )
    due_on = PlausibleDate(label="没有写时限的措施，时限记为", required=False, help_text="不填的，作为错误逐格指出。")
    at_once_on = PlausibleDate(label="只写“立行立改”的措施，时限记为", required=False, help_text="不填的，按上一项。")

    def __init__(self, *args: Any, outline: Mapping[str, Any], choices: Mapping[str, Any], feedback_on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheets: list[dict[str, Any]] = list(outline.get("sheets", []))
        self.feedback_on = feedback_on
        for name in ("split", "renumber", "category", "lead_unit", "due_on", "at_once_on"):
            if choices.get(name):
                self.fields[name].initial = choices[name]
        chosen = choices.get("sheets")
        for place, sheet in enumerate(self.sheets):
            taken = sheet["is_list"] and not sheet["hidden"] if chosen is None else sheet["name"] in chosen
            label = f"导入工作表“{sheet['name']}”"
            self.fields[f"sheet-{place}"] = forms.BooleanField(label=label, required=False, initial=taken)
            for column in sheet["columns"]:
                own = forms.ChoiceField(label=column["heading"], choices=self._choices(column), initial=column["name"] or LEFT_OUT)
                self.fields[f"col-{place}-{column['number']}"] = own

    def _choices(self, column: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The fields; and what is known of the column though nothing is taken from it."""
        name = column["name"]
        known = [(name, f"{label_of(name)}（不导入）")] if name and name not in dict(FIELD_CHOICES) else []
        return [*FIELD_CHOICES, *known]

    def rows(self) -> Iterator[tuple[dict[str, Any], Any, list[tuple[dict[str, Any], Any]]]]:
        """Each sheet with the box that takes it and its columns with theirs."""
        for place, sheet in enumerate(self.sheets):
            columns = [(column, self[f"col-{place}-{column['number']}"]) for column in sheet["columns"]]
            yield sheet, self[f"sheet-{place}"], columns

    def options(self) -> list[Any]:
        return [self[name] for name in ("category", "lead_unit", "due_on", "at_once_on")]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        taken = [place for place in range(len(self.sheets)) if given.get(f"sheet-{place}")]
        if not taken and not self.errors:
            raise forms.ValidationError("没有选中任何工作表，请至少选一个")
        for place in taken:
            self._clean_sheet(place, given)
        for name in ("due_on", "at_once_on"):
            if given.get(name) and given[name] < self.feedback_on:
                self.add_error(name, f"不能早于反馈日期 {self.feedback_on}，请核对")
        return given

    def _clean_sheet(self, place: int, given: Mapping[str, Any]) -> None:
        """No two columns hold the same, unless it is measures; and a list holds issues or measures."""
        seen: dict[str, str] = {}
        for column in self.sheets[place]["columns"]:
            key = f"col-{place}-{column['number']}"
            name = given.get(key, LEFT_OUT)
            if name in seen and name in dict(FIELD_CHOICES) and name not in (LEFT_OUT, "text"):
                self.add_error(key, f"“{label_of(name)}”已经对应“{seen[name]}”一列，请改选其中一列")
            seen.setdefault(name, column["heading"])
        if not seen.keys() & {"finding", "title", "text", "number"}:
            sheet = self.sheets[place]["name"]
            self.add_error(f"sheet-{place}", f"“{sheet}”里没有一列是反馈问题、整改事项、整改措施或序号，请指定，或不导入这个工作表")

    def choices(self) -> dict[str, Any]:
        """For the run."""
        given = self.cleaned_data
        lead = given.get("lead_unit")
        return {
            "columns": {sheet["name"]: self._columns(place, sheet) for place, sheet in enumerate(self.sheets)},
            "sheets": [sheet["name"] for place, sheet in enumerate(self.sheets) if given.get(f"sheet-{place}")],
            "split": given["split"],
            "renumber": bool(given.get("renumber")),
            "category": given.get("category") or UNSORTED,
            "lead_unit": lead.pk if lead else None,
            "due_on": given["due_on"].isoformat() if given.get("due_on") else None,
            "at_once_on": given["at_once_on"].isoformat() if given.get("at_once_on") else None,
        }

    def _columns(self, place: int, sheet: Mapping[str, Any]) -> dict[str, str]:
        names = {str(column["number"]): self.cleaned_data[f"col-{place}-{column['number']}"] for column in sheet["columns"]}
        return {number: "" if name == LEFT_OUT else name for number, name in names.items()}

    def headings(self) -> dict[str, str]:
        """What the office said that the words alone did not: to be remembered."""
        found: dict[str, str] = {}
        for place, sheet in enumerate(self.sheets):
            for column in sheet["columns"]:
                name = self.cleaned_data[f"col-{place}-{column['number']}"]
                plain = "" if name == LEFT_OUT else name
                if (plain != column["name"] or not column["sure"]) and column["heading"].strip():
                    found[column["heading"]] = plain
        return found


class UnitsForm(VersionedForm):
    """Which unit each unknown name means."""

    def __init__(self, *args: Any, unknown: list[Unknown], units: list[Unit], choices: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unknown = unknown
        for one in unknown:
            initial = choices.get(one.name, one.suggestion)
            self.fields[_box_of(one)] = forms.ChoiceField(
                label=one.name,
                choices=_unit_choices(one, units),
                initial=initial,
                error_messages={"required": f"请选择“{one.name}”是哪个单位，或登记为新单位"},
            )

    def rows(self) -> Iterator[tuple[Unknown, Any]]:
        for one in self.unknown:
            yield one, self[_box_of(one)]

    def chosen(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[_box_of(one)] for one in self.unknown}

    def to_remember(self) -> dict[str, int]:
        """Other names of units that there are."""
        return {name: int(choice) for name, choice in self.chosen().items() if choice.isdecimal()}


def _box_of(one: Unknown) -> str:
    """The field of a name: of the name and not of its place, for the next reading may know other names."""
    return f"unit-{hashlib.sha256(one.name.encode()).hexdigest()[:16]}"


def _unit_choices(one: Unknown, units: list[Unit]) -> list[Any]:
    """Near matches first, then what a new unit would be, then all others."""
    near = [unit for unit, _score in one.near]
    kinds = sorted(Unit.Kind.choices, key=lambda pair: pair[0] != one.kind)
    fresh = [(f"{NEW}{SEPARATOR}{value}", f"登记为新单位（{label}）") for value, label in kinds]
    rest = [(str(unit.pk), unit.name) for unit in units if unit not in near]
    groups: list[Any] = [("", "请选择"), (SKIP, "不导入（只用于配合单位）")]
    if near:
        groups.append(("可能是", [(str(unit.pk), f"就是 {unit.name}") for unit in near]))
    if one.alike:
        groups.append(("与文件里的另一个写法是一家", [(f"{SAME}{SEPARATOR}{name}", f"就是文件里的“{name}”") for name in one.alike]))
    return [*groups, ("登记为新单位", fresh), ("其他已有单位", rest)]


class ConfirmForm(VersionedForm):
    """The last step. A reason is asked for where something that the ledger has already would change."""

    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(
        label="修改理由", max_length=300, required=False, help_text="台账里已有的内容会改变，请写明依据，例如会议纪要或通知文号。"
    )
