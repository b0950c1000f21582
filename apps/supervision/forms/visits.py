"""Forms of visits and of what is seen on them. Rules across fields are the services'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.issues.forms.issues import PlausibleDate, RowForm, narrowed, words
from apps.measures.models import Measure
from apps.supervision.forms.checks import CheckForm
from apps.supervision.forms.letters import MeasureChoices
from apps.supervision.models import Attachment, Group, Visit
from apps.supervision.scope import Scope
from apps.supervision.services import PhotoDraft
from apps.units.models import User
from apps.units.policies import sees_all_business
from apps.units.spoken import VersionedForm

PHOTO_ROWS = 4


class FinishedChoices(MeasureChoices):
    """Measures with how they stand: finished ones are what gets checked most."""

    def label_from_instance(self, obj: Measure) -> str:
        return f"{obj.number} {obj.lead_unit.short_name}｜{obj.get_progress_display()}｜{obj.text}"


class PhotoRows(forms.Form):
    """So many pictures, each with its caption."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, PHOTO_ROWS + 1):
            picked = forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png"})
            self.fields[f"photo_{number}"] = forms.FileField(label=f"照片 {number}", required=False, widget=picked)
            longest = Attachment._meta.get_field("caption").max_length
            self.fields[f"caption_{number}"] = forms.CharField(label=f"照片 {number} 的说明", required=False, max_length=longest)

    def photo_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for number in range(1, PHOTO_ROWS + 1):
            yield self[f"photo_{number}"], self[f"caption_{number}"]


def with_photos(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a form with photo rows as the service takes them."""
    rows = [(values.pop(f"photo_{number}"), values.pop(f"caption_{number}"), number) for number in range(1, PHOTO_ROWS + 1)]
    values["photos"] = [PhotoDraft(file, caption, f"photo_{number}") for file, caption, number in rows if file]
    return values


class SiteCheckForm(PhotoRows, CheckForm):
    """What was seen on site, with photos."""

    field_order = ("checked_on", "finding", "note")


class VisitForm(RowForm):
    """A visit: when, where, what for, and the measures to be seen."""

    model = Visit
    columns = ("group", "title", "planned_on", "place", "purpose")
    last = ("measures",)
    measures = FinishedChoices(
        label="核查措施",
        queryset=Measure.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="可以多选。已完成的措施最需要现场核查；用上面的条件缩小清单。",
        error_messages={"required": "请至少选择一条措施", "invalid_choice": "所选措施不在这份清单里，请重新选择"},
    )

    def __init__(self, *args: Any, user: User, groups: list[Group], measures: QuerySet[Measure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "measures", measures)
        offer_groups(self, user, groups)


class AmendVisitForm(RowForm, VersionedForm):
    """A planned visit as it is to be; the group stays."""

    model = Visit
    columns = ("title", "planned_on", "place", "purpose")
    last = ("measures",)
    measures = FinishedChoices(
        label="核查措施",
        queryset=Measure.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一条措施", "invalid_choice": "所选措施不在这份清单里，请重新选择"},
    )

    def __init__(self, *args: Any, measures: QuerySet[Measure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "measures", measures)


class CancelVisitForm(VersionedForm):
    """Why a visit does not take place."""

    reason = words("取消理由", rows=2, help_text="例如单位有重大活动、改期另行安排。")


class HoldVisitForm(VersionedForm):
    """When the visit was held, and in a few words what came of it."""

    held_on = PlausibleDate(label="完成日期")
    summary = words("督查小结", required=False, rows=3, help_text="没有查看的措施，请写明编号和原因。")


def first_group(user: User, scope: Scope) -> int | None:
    """The group that is chosen already: that of the page, or the only one that the supervisor is in."""
    if scope.group is None and len(scope.groups) == 1 and not sees_all_business(user):
        return scope.groups[0].pk
    return scope.group.pk if scope.group else None


def offer_groups(form: forms.Form, user: User, groups: list[Group]) -> None:
    """A supervisor in groups picks one of them; office and leaders may leave it open for the whole round."""
    narrowed(form, "group", Group.objects.filter(pk__in=[group.pk for group in groups]))
    field = form.fields["group"]
    field.required = not sees_all_business(user)
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = "请选择" if field.required else "全轮，不限督查组"
