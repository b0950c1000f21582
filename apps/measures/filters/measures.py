"""The filters of the register: the same for the page, the export and the API.

An unknown parameter or value is an error with a sentence (400), never ignored: a shared link must show what it says.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from apps.issues.models import Category, Inspection, Issue
from apps.measures.deadlines import window
from apps.measures.filters.figures import NO_OFFICIAL, FigureFilters
from apps.measures.filters.offering import offer
from apps.measures.models import Extension, Measure
from apps.measures.querysets import MeasureQuerySet
from apps.measures.searching import MOST_WORDS, containing, words_of
from apps.units.models import Unit, User
from apps.units.policies import sees_all_business
from apps.units.spoken import SpokenForm

RETURNED = "returned"
PROGRESS = (*Measure.State.choices, (RETURNED, "退回补正"))
WEEK = 7
TIMELINESS = (("normal", "正常"), ("soon", "临期"), ("week", "7 天内到期"), ("overdue", "逾期"))
STAGES = (("due", "到复核日"), ("resting", "阶段性完成，待复核"))
UNKNOWN_CHOICE = "“%(value)s”不是可选的值，或您无权查看，请重新选择"


def few_words(text: str) -> None:
    """Each word is looked for everywhere, so there is a bound to them."""
    if len(words_of(text)) > MOST_WORDS:
        raise forms.ValidationError(f"一次最多 {MOST_WORDS} 个词，请减少几个", code="too_many_words")


class Picks(filters.MultipleChoiceFilter):
    """One or more values of a list; each must be in the list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, error_messages={"invalid_choice": UNKNOWN_CHOICE}, **kwargs)


class Pick(filters.ChoiceFilter):
    """One value of a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", "不限")
        super().__init__(error_messages={"invalid_choice": UNKNOWN_CHOICE}, **kwargs)


class MeasureFilter(FigureFilters):
    """Filters of measures. Give ``queryset`` what the user may see; the lists to choose from are narrowed to that as well."""

    inspection = Pick(label="轮次", field_name="issue__inspection", choices=())
    category = Picks(label="方面", field_name="issue__category", choices=())
    unit = Picks(label="单位", choices=(), method="of_units")
    progress = Picks(label="状态", choices=PROGRESS, method="in_progress")
    closure = Picks(label="销号", field_name="issue__closure", choices=Issue.ClosureState.choices)
    timeliness = Pick(label="时限", choices=TIMELINESS, method="by_timeliness", widget=forms.RadioSelect)
    nature = Pick(label="类型", choices=Measure.Nature.choices, widget=forms.RadioSelect)
    stage = Pick(label="阶段复核", choices=STAGES, method="by_stage", widget=forms.RadioSelect)
    mine = Pick(label="本单位", choices=(("1", "本单位牵头或配合"),), method="of_own_unit", widget=forms.RadioSelect)
    review = Pick(label="审核", choices=(("mine", "待我审核"),), method="awaiting_own_review", widget=forms.RadioSelect)
    q = filters.CharFilter(label="搜索", max_length=100, method="containing", validators=[few_words])

    class Meta:
        model = Measure
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict | None, queryset: QuerySet[Any] | None = None, *, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(data, queryset, request=request, **kwargs)
        user = request.user
        self.user: User | None = user if isinstance(user, User) else None
        offer(self, "inspection", [(row.pk, row.name) for row in self.inspections])
        offer(self, "category", lambda: [(row.pk, str(row)) for row in self.categories])
        offer(self, "unit", [(row.pk, row.short_name) for row in self.units])
        offer(self, "lead", [(row.pk, row.short_name) for row in self.units])
        offer(self, "leader", self._officials() if "leader" in self.data else [])
        offer(self, "group", self._groups() if "group" in self.data else [])

    def _officials(self) -> list[tuple[str, str]]:
        names = sorted({row.lead_official for row in self.issues if row.lead_official})
        return [*((name, name) for name in names), (NO_OFFICIAL, "未明确责任领导")]

    def _groups(self) -> list[tuple[int, str]]:
        """The groups whose work the user sees (as on the dashboard); read only for an address that names one."""
        if self.user is None:
            return []
        mine = {} if sees_all_business(self.user) else {"members": self.user}
        return [(group.pk, group.name) for row in self.inspections for group in row.supervision_groups.filter(**mine)]

    @cached_property
    def inspections(self) -> list[Inspection]:
        return list(Inspection.objects.visible_to(self.user).select_related("book")) if self.user else []

    @cached_property
    def issues(self) -> list[Issue]:
        """All issues that the user works on, in all rounds: the register reads them once, for its lines and its lists to choose from."""
        if not self.user:
            return []
        seen = Issue.objects.worked_on_by(self.user).select_related("category", "lead_unit")
        return list(seen.order_by("category__inspection", "number"))

    @cached_property
    def categories(self) -> list[Category]:
        found = {issue.category_id: issue.category for issue in self.issues}
        return sorted(found.values(), key=lambda row: (row.inspection_id, row.number))

    @cached_property
    def units(self) -> list[Unit]:
        return list(Unit.objects.all()) if self.user else []

    @cached_property
    def chosen(self) -> Inspection | None:
        """The round that the parameters name, else the latest that the user sees."""
        named = self.form.cleaned_data.get("inspection") if self.form.is_valid() else ""
        return next((row for row in self.inspections if not named or str(row.pk) == named), None)

    @cached_property
    def window(self) -> tuple[dt.date, dt.date]:
        return window(self.chosen) if self.chosen else (timezone.localdate(), timezone.localdate())

    def problems(self) -> list[str]:
        """What is wrong with the parameters, a sentence each; empty when all are understood."""
        found = [f"不认识筛选条件“{name[:40]}”，请核对网址" for name in self.data if name not in self.filters]
        found += [
            f"筛选条件“{self.filters[name].label}”只能有一个值，请去掉多余的"
            for name in self.data
            if name in self.filters and not isinstance(self.filters[name], Picks) and len(self.data.getlist(name)) > 1
        ]
        if not self.is_valid():
            found += [f"{self.filters[name].label}：{message}" for name, errors in self.form.errors.items() for message in errors]
        return found

    def of_units(self, queryset: MeasureQuerySet, _name: str, units: list[str]) -> MeasureQuerySet:
        """Led or supported by one of the units."""
        return queryset.of_units(units) if units else queryset

    def in_progress(self, queryset: MeasureQuerySet, _name: str, states: list[str]) -> MeasureQuerySet:
        """In one of the stored states, or sent back: 退回补正 is a part of 推进中."""
        if not states:
            return queryset
        wanted = Q(progress__in=[state for state in states if state != RETURNED])
        if RETURNED in states:
            wanted |= Q(pk__in=Measure.objects.returned().values("pk"))
        return queryset.filter(wanted)

    def by_timeliness(self, queryset: MeasureQuerySet, _name: str, timeliness: str) -> MeasureQuerySet:
        today, until = self.window
        if timeliness == "overdue":
            return queryset.overdue(today)
        if timeliness == "week":
            return queryset.due_soon(today, today + dt.timedelta(days=WEEK))
        return queryset.due_soon(today, until) if timeliness == "soon" else queryset.on_time(today, until)

    def by_stage(self, queryset: MeasureQuerySet, _name: str, stage: str) -> MeasureQuerySet:
        """到复核日: back in the round for the next stage, or due to be today; 待复核: complete until a later day."""
        today = self.window[0]
        due = Q(pk__in=Measure.objects.to_resume(today).values("pk"))
        if stage == "due":
            return queryset.filter(due | Q(pk__in=Measure.objects.resumed().values("pk")))
        return queryset.filter(progress=Measure.State.STAGE_DONE, next_review_on__gt=today)

    def of_own_unit(self, queryset: MeasureQuerySet, _name: str, _value: str) -> MeasureQuerySet:
        """Led or supported by the user's own unit; nothing for somebody without one."""
        own = self.user.unit_id if self.user else None
        return queryset.of_units([own]) if own else queryset.none()

    def awaiting_own_review(self, queryset: MeasureQuerySet, _name: str, _value: str) -> MeasureQuerySet:
        return queryset.awaiting_review_by(self.user) if self.user else queryset.none()

    def containing(self, queryset: MeasureQuerySet, _name: str, _text: str) -> MeasureQuerySet:
        return containing(queryset, self.words)

    @property
    def words(self) -> list[str]:
        """The words of the text search."""
        return words_of(self.form.cleaned_data.get("q") or "") if self.form.is_valid() else []


LEVELS = (("first", "第一次"), ("later", "再次延期"))


def of_level(rows: QuerySet[Extension], level: str) -> QuerySet[Extension]:
    """First requests, or later ones (再次延期)."""
    later = Extension.objects.later().values("pk")
    return rows.filter(pk__in=later) if level == "later" else rows.exclude(pk__in=later)


class ExtensionFilter(filters.FilterSet):
    """Filters of the list of requests for a later date."""

    state = filters.ChoiceFilter(label="审批", field_name="decision", choices=Extension.Decision.choices, empty_label="全部")
    level = filters.ChoiceFilter(label="次数", choices=LEVELS, empty_label="不限", method="of_level")
    unit = filters.ModelChoiceFilter(
        label="牵头单位",
        field_name="measure__lead_unit",
        queryset=Unit.objects.all(),
        empty_label="全部单位",
        error_messages={"invalid_choice": "没有这个单位，请重新选择"},
    )

    class Meta:
        model = Extension
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def of_level(self, queryset: QuerySet[Extension], _name: str, level: str) -> QuerySet[Extension]:
        return of_level(queryset, level)
