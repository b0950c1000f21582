"""Forms of rounds, categories, issues and activities. Columns take their words, lengths and choices from the models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator
from django.db import models

from apps.issues.models import Activity, Category, Inspection, Issue, LookBack
from apps.units.spoken import SpokenForm, VersionedForm, name_blank

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
LARGEST_NUMBER = 9999
LONGEST_TEXT = 10_000
LONGEST_KEY = 18

if TYPE_CHECKING:
    Choices = forms.ModelMultipleChoiceField[Any]
else:
    Choices = forms.ModelMultipleChoiceField


class PlausibleDate(forms.DateField):
    """A day in this century: what lies outside is a slip of the keyboard."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid": "请按 2025-12-31 的样子填写一个存在的日期", **kwargs.pop("error_messages", {})}
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> dt.date | None:
        day = super().to_python(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(f"日期应在 {EARLIEST} 至 {LATEST} 之间，请核对", code="implausible")
        return day


def words(label: str, *, required: bool = True, rows: int = 4, help_text: str = "") -> forms.CharField:
    """A text of some lines."""
    return forms.CharField(
        label=label, required=required, max_length=LONGEST_TEXT, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )


def control(column: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    """The form field of a column, with bounds that hold on every database."""
    if isinstance(column, models.DateField):
        return PlausibleDate(label=column.verbose_name, required=not column.blank)
    if isinstance(column, models.TextField):
        return words(str(column.verbose_name), required=not column.blank)
    if isinstance(column, models.ManyToManyField):
        kwargs |= {"form_class": Several, "widget": forms.CheckboxSelectMultiple}
    field = column.formfield(**kwargs)
    if isinstance(column, models.PositiveSmallIntegerField) and field is not None:
        field.validators.append(MaxValueValidator(LARGEST_NUMBER))
    if isinstance(column, models.ManyToManyField) and field is not None:
        field.help_text = ""
    if field is not None:
        name_blank(field)
    return field


class Several(Choices):
    """Rows of a list, several at once. A number that no row can have is refused like any unknown one, before a database chokes on it."""

    def clean(self, value: Any) -> models.QuerySet[Any]:
        for number in value or ():
            if len(str(number)) > LONGEST_KEY:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": f"{number}"[:20]}
                )
        return super().clean(value)


class RowForm(SpokenForm):
    """A form with the fields of some columns of a model. It never saves: services do."""

    model: ClassVar[type[models.Model]]
    columns: ClassVar[tuple[str, ...]] = ()
    last: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(forms.fields_for_model(self.model, fields=self.columns, formfield_callback=control))
        self.order_fields([name for name in self.fields if name not in self.last] + list(self.last))


class OpenInspectionForm(RowForm):
    model = Inspection
    columns = (
        "name",
        "level",
        "kind",
        "inspecting_body",
        "inspected_body",
        "on_site_from",
        "on_site_to",
        "feedback_on",
        "concentrated_months",
        "report_every",
        "soon_working_days",
    )


class AmendInspectionForm(RowForm, VersionedForm):
    """The facts of a round that may change, with the reason of the change."""

    model = Inspection
    columns = (
        *("name", "inspecting_body", "inspected_body", "on_site_from", "on_site_to", "feedback_on", "concentrated_months"),
        *("report_every", "soon_working_days", "figures_until", "reviewing_bodies"),
    )
    last = ("reason",)
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["figures_until"].help_text = "通报采用数据的截止日期；更早的成效数据在各处标为“早于数据截止日”。"
        self.fields["reviewing_bodies"].help_text = "今后的销号申请由这些单位会审；已经送审的申请不受影响。"


class CategoryForm(RowForm):
    model = Category
    columns = ("number", "title")


class IssueForm(RowForm):
    """A new issue; the categories are those of one round."""

    model = Issue
    columns = ("category", "number", "title", "finding", "goal", "lead_official", "led_by_secretary", "lead_unit", "supporting_units")

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "category", inspection.categories.all())


class AmendIssueForm(RowForm, VersionedForm):
    """Wording and leader of an issue, with the reason of the change."""

    model = Issue
    columns = ("title", "finding", "goal", "lead_official", "led_by_secretary", "prior_issue")
    last = ("reason",)
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, earlier: models.QuerySet[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "prior_issue", earlier)


class AssignIssueForm(RowForm, VersionedForm):
    """Lead and supporting units of an issue."""

    model = Issue
    columns = ("lead_unit", "supporting_units")
    last = ("reason",)
    reason = words("调整理由", rows=2, help_text="写明依据，调整前后的分工会一并记入台账。")


class ActivityForm(RowForm):
    """A meeting or another activity of the round, or of one of its issues."""

    model = Activity
    columns = ("kind", "title", "held_on", "issue", "attendance", "decided")

    def __init__(self, *args: Any, issues: models.QuerySet[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "issue", issues)
        self.fields["decided"].help_text = "一行一项，今后可以逐项转为整改措施。"


class LookBackForm(RowForm):
    """What a look-back found."""

    model = LookBack
    columns = ("note",)
    finding = forms.ChoiceField(
        label="核查结果", choices=(("holds", "整改巩固"), ("relapsed", "反弹，重新立项整改")), widget=forms.RadioSelect
    )
    field_order = ("finding", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True


def narrowed(form: forms.Form, name: str, rows: models.QuerySet[Any]) -> None:
    """Offer only those rows in that field."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        message = f"{name} offers no rows"
        raise TypeError(message)
    field.queryset = rows


def initial_of(row: models.Model, names: Sequence[str]) -> dict[str, Any]:
    """What a form about a row shows first; many-to-many columns as lists."""
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(row, name)
        found[name] = list(value.all()) if isinstance(row._meta.get_field(name), models.ManyToManyField) else value
    return found
