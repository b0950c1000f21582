"""Forms about figures: what is counted, what was read, what is due by instalments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from apps.issues.forms.issues import PlausibleDate, RowForm, narrowed, words
from apps.issues.models import Issue
from apps.measures.forms.measures import DIGITS, PLACES, figure
from apps.measures.models import Indicator, Instalment, Measure
from apps.measures.services import IndicatorReading, InstalmentDraft
from apps.units.spoken import SpokenForm, VersionedForm

BLANK_ROWS, LEAST_ROWS, MOST_ROWS = 4, 8, 60


class IndicatorForm(RowForm):
    """What is counted about an issue; amounts are typed in the indicator's own unit."""

    model = Indicator
    columns = ("name", "kind", "unit", "outcome", "measure", "total")
    due_amount = figure("应完成数", required=False)
    target = figure("目标值", required=False)
    field_order = ("name", "kind", "unit", "outcome", "measure", "total", "due_amount", "target")

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*self.field_order, *self.last])
        narrowed(self, "measure", Measure.objects.filter(issue=issue).select_related("issue"))
        narrowed(self, "total", Indicator.objects.filter(issue=issue))
        self.fields["unit"].help_text = "例如 万元、人、亩、%、个。"
        self.fields["total"].help_text = "本指标是哪个合计的分项。分项之和要与合计相等，填报和审核时都会核对。"
        self.fields["due_amount"].help_text = "应缴、应退、应办的总数，按上面填的单位；余额由它减去最近一次累计数得出。"
        self.fields["target"].help_text = "要达到的数，例如满意度 90%；按上面填的单位。"


class AmendIndicatorForm(IndicatorForm, VersionedForm):
    """The same with the reason of the change."""

    last = ("reason",)
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, indicator: Indicator, **kwargs: Any) -> None:
        super().__init__(*args, issue=indicator.issue, **kwargs)
        narrowed(self, "total", Indicator.objects.filter(issue=indicator.issue).exclude(pk=indicator.pk))


class ReadingForm(SpokenForm):
    """A reading of the office's own; figures that must add up with it can be entered at once, as of the same day."""

    def __init__(self, *args: Any, indicator: Indicator, family: list[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator, self.family = indicator, family
        self.fields["value"] = figure(f"累计数（{indicator.unit}）")
        self.fields["as_of"] = PlausibleDate(label="截至日期")
        for row in family:
            self.fields[f"value_{row.pk}"] = figure(f"{row.name} 累计数（{row.unit}）", required=False)
            latest = (
                f"上次 {row.to_shown(row.latest):f} {row.unit}，截至 {row.latest_as_of}。" if row.latest is not None else "还没有数据。"
            )
            self.fields[f"value_{row.pk}"].help_text = f"与本指标有合计关系。{latest}没有变化的不用填。"

    def readings(self) -> list[IndicatorReading]:
        values = self.cleaned_data
        typed = [(self.indicator, values["value"]), *((row, values.get(f"value_{row.pk}")) for row in self.family)]
        return [IndicatorReading(row, value, values["as_of"]) for row, value in typed if value is not None]


def _last(row: Indicator) -> str:
    return f"上次 {row.to_shown(row.latest):f} {row.unit}，截至 {row.latest_as_of}。" if row.latest is not None else "还没有数据。"


class InstalmentsForm(VersionedForm):
    """The whole schedule of an indicator, a row each; rows left empty are none."""

    reason = words("调整理由", required=False, rows=2, help_text="已有分期计划的，调整时必须写明依据；调整前后的计划记入台账。")

    def __init__(self, *args: Any, indicator: Indicator, planned: list[Instalment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        typed = sum(1 for name in self.data if name.startswith("due_on_"))
        self.count = min(max(typed, LEAST_ROWS, len(planned) + BLANK_ROWS), MOST_ROWS)
        first: list[tuple[Any, Any, str]] = [(one.due_on, f"{indicator.to_shown(one.amount):f}", one.note) for one in planned]
        if not planned and indicator.latest:
            first = [(indicator.latest_as_of, f"{indicator.to_shown(indicator.latest):f}", "此前已到账")]
        for number in range(1, self.count + 1):
            day, amount, note = first[number - 1] if number <= len(first) else (None, None, "")
            self.fields[f"due_on_{number}"] = PlausibleDate(label=f"第 {number} 期日期", required=False, initial=day)
            self.fields[f"amount_{number}"] = forms.DecimalField(
                label=f"第 {number} 期数额（{indicator.unit}）",
                required=False,
                min_value=Decimal(0),
                max_digits=DIGITS,
                decimal_places=PLACES,
                initial=amount,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"note_{number}"] = forms.CharField(label=f"第 {number} 期说明", required=False, max_length=200, initial=note)
            for name in ("due_on", "amount", "note"):
                self.fields[f"{name}_{number}"].widget.attrs["class"] = "form-control"

    def rows(self) -> list[tuple[int, forms.BoundField, forms.BoundField, forms.BoundField]]:
        numbers = range(1, self.count + 1)
        return [(number, self[f"due_on_{number}"], self[f"amount_{number}"], self[f"note_{number}"]) for number in numbers]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for number in range(1, self.count + 1):
            day, amount = values.get(f"due_on_{number}"), values.get(f"amount_{number}")
            if amount is not None and day is None and f"due_on_{number}" not in self.errors:
                self.add_error(f"due_on_{number}", f"请填写第 {number} 期的日期")
            if amount is None and (day is not None or values.get(f"note_{number}")) and f"amount_{number}" not in self.errors:
                self.add_error(f"amount_{number}", f"请填写第 {number} 期的数额，或清空这一行")
        return values

    def drafts(self) -> list[InstalmentDraft]:
        """The rows that were filled in."""
        values, numbers = self.cleaned_data, range(1, self.count + 1)
        return [
            InstalmentDraft(values[f"due_on_{number}"], values[f"amount_{number}"], values[f"note_{number}"].strip())
            for number in numbers
            if values.get(f"amount_{number}") is not None
        ]
