"""Filters behind the figures of the dashboard: each says in SQL what a figure counts, so that its link lists exactly what was counted.

The same rules stand in Python in ``supervision/figures/rows.py``.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import F, Q

from apps.issues.models import Category
from apps.measures.models import Measure, Progress
from apps.measures.policies import covered_measures
from apps.measures.querysets import FINISHED, MeasureQuerySet, mark_on
from apps.measures.tracks import TRACKS, on_tracks
from apps.units.models import Unit

NO_OFFICIAL = "-"
OPEN_END = 10_000
AGES = (
    ("1-7", "逾期 1–7 天", 1, 7),
    ("8-14", "逾期 8–14 天", 8, 14),
    ("15-30", "逾期 15–30 天", 15, 30),
    ("31-", "逾期 30 天以上", 31, OPEN_END),
)
UNKNOWN_CHOICE = "“%(value)s”不是可选的值，或您无权查看，请重新选择"
NO_DATE = "要写成日期，例如 2025-12-31"
MARK_WORDS = (
    ("closed", "已销号"),
    ("done", "已完成"),
    ("review", "待审核"),
    ("doing", "推进中"),
    ("soon", "临期"),
    ("none", "未启动"),
    ("over", "逾期"),
)
WEEK = dt.timedelta(days=7)


def one_of(label: str, choices: Any, method: str = "", **kwargs: Any) -> filters.ChoiceFilter:
    """One value of a list."""
    words = {"invalid_choice": UNKNOWN_CHOICE}
    return filters.ChoiceFilter(label=label, choices=choices, method=method or None, empty_label="不限", error_messages=words, **kwargs)


def day(label: str, method: str) -> filters.DateFilter:
    """A day."""
    return filters.DateFilter(label=label, method=method, error_messages={"invalid": NO_DATE}, widget=forms.DateInput)


class FigureFilters(filters.FilterSet):
    """What the links of the dashboard say beside the everyday filters of the register."""

    lead = one_of("牵头单位", (), field_name="lead_unit")
    leader = one_of("责任领导", (), "led_by_official")
    group = one_of("督查组", (), "under_group")
    pace = one_of("整改类型", Measure.Pace.choices)
    mark = one_of("标记", MARK_WORDS, "with_that_mark")
    track = one_of("完成情况", [(formula.key, formula.name.removesuffix("率")) for formula in TRACKS], "on_track")
    age = one_of("逾期天数", [(key, words) for key, words, _least, _most in AGES], "late_by")
    late_on = day("当日结束时逾期", "late_at_end_of")
    late_week = day("新增逾期的一周（起）", "late_from_week")
    cleared_week = day("消除逾期的一周（起）", "cleared_in_week")
    done_week = day("办结的一周（起）", "finished_in_week")
    left_on = day("当日结束时有时限而未办结", "left_at_end_of")
    planned_after = day("原定时限晚于", "planned_later")
    returned_since = day("退回补正（自）", "sent_back_since")

    def led_by_official(self, queryset: MeasureQuerySet, _name: str, official: str) -> MeasureQuerySet:
        return queryset.filter(issue__lead_official="" if official == NO_OFFICIAL else official)

    def under_group(self, queryset: MeasureQuerySet, _name: str, group: str) -> MeasureQuerySet:
        """Led by a unit that the group covers, in the round of the group, or in a category that it covers."""
        units, categories = (rows.objects.filter(supervision_groups=int(group)).order_by().values("pk") for rows in (Unit, Category))
        return queryset.filter(covered_measures(units, categories), issue__inspection__supervision_groups=int(group))

    def with_that_mark(self, queryset: MeasureQuerySet, _name: str, mark: str) -> MeasureQuerySet:
        today, until = self.window
        return queryset.annotate(asked_mark=mark_on(today, until)).filter(asked_mark=mark)

    def on_track(self, queryset: MeasureQuerySet, _name: str, track: str) -> MeasureQuerySet:
        return queryset.filter(pk__in=on_tracks(Measure.objects.all())[track].order_by().values("pk"))

    def late_by(self, queryset: MeasureQuerySet, _name: str, age: str) -> MeasureQuerySet:
        today = self.window[0]
        least, most = next((least, most) for key, _words, least, most in AGES if key == age)
        late = queryset.overdue(today).filter(due_on__lte=today - dt.timedelta(days=least))
        return late if most == OPEN_END else late.filter(due_on__gte=today - dt.timedelta(days=most))

    def late_at_end_of(self, queryset: MeasureQuerySet, _name: str, when: dt.date) -> MeasureQuerySet:
        return queryset.filter(Q(stopped_on__isnull=True) | Q(stopped_on__gt=when), due_on__lt=when)

    def late_from_week(self, queryset: MeasureQuerySet, _name: str, monday: dt.date) -> MeasureQuerySet:
        """The first day of being late is the one after the due date; what is only to come does not count."""
        last = min(monday + WEEK - dt.timedelta(days=1), self.window[0])
        one = dt.timedelta(days=1)
        never = Q(stopped_on__isnull=False, stopped_on__lte=F("due_on"))
        return queryset.filter(due_on__gte=monday - one, due_on__lte=last - one).exclude(never)

    def cleared_in_week(self, queryset: MeasureQuerySet, _name: str, monday: dt.date) -> MeasureQuerySet:
        return queryset.filter(stopped_on__gte=monday, stopped_on__lt=monday + WEEK, stopped_on__gt=F("due_on"))

    def finished_in_week(self, queryset: MeasureQuerySet, _name: str, monday: dt.date) -> MeasureQuerySet:
        return queryset.filter(progress__in=FINISHED, stopped_on__gte=monday, stopped_on__lt=monday + WEEK)

    def left_at_end_of(self, queryset: MeasureQuerySet, _name: str, when: dt.date) -> MeasureQuerySet:
        return queryset.filter(original_due_on__isnull=False).exclude(progress__in=FINISHED, stopped_on__lte=when)

    def planned_later(self, queryset: MeasureQuerySet, _name: str, when: dt.date) -> MeasureQuerySet:
        return queryset.filter(original_due_on__gt=when)

    def sent_back_since(self, queryset: MeasureQuerySet, _name: str, when: dt.date) -> MeasureQuerySet:
        """With a report that was sent back after that day."""
        found = Progress.objects.filter(review="returned", reviewed_on__gt=when)
        return queryset.filter(pk__in=found.order_by().values("measure"))

    @cached_property
    def window(self) -> tuple[dt.date, dt.date]:
        """Today and the last day that is due soon: the filter set that mixes this in knows the round."""
        raise NotImplementedError  # no abstract method: the metaclass of filter sets is django-filter's own, which checks none
