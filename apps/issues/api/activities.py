"""Meetings and other activities by API."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet

from apps.issues import services
from apps.issues.api.inputs import AmendActivityInput, RecordActivityInput
from apps.issues.api.rows import ActivitySerializer
from apps.issues.models import Activity
from apps.units.rest import IdFilter, Rows, actor_of
from apps.units.rest_acts import Act, Making


class ActivityApiFilter(FilterSet):
    """The filters of the page, over all rounds at once where none is named; and the activities of one issue."""

    inspection = IdFilter(label="轮次编号")
    issue = IdFilter(label="问题的 id")
    kind = django_filters.ChoiceFilter(choices=Activity.Kind.choices, label="类型")
    scope = django_filters.ChoiceFilter(choices=(("round", "全轮"), ("issue", "单个问题")), method="of_scope", label="范围")
    since = django_filters.DateFilter(field_name="held_on", lookup_expr="gte", label="自")
    until = django_filters.DateFilter(field_name="held_on", lookup_expr="lte", label="至")
    q = django_filters.CharFilter(method="search", label="名称、参加人员、议定事项中的文字")

    class Meta:
        model = Activity
        fields = ("inspection", "issue", "kind", "scope", "since", "until", "q")

    def of_scope(self, rows: QuerySet[Activity], _name: str, scope: str) -> QuerySet[Activity]:
        return rows.filter(issue__isnull=scope == "round")

    def search(self, rows: QuerySet[Activity], _name: str, words: str) -> QuerySet[Activity]:
        return rows.filter(Q(title__icontains=words) | Q(attendance__icontains=words) | Q(decided__icontains=words))


class ActivityViewSet(Rows[Activity]):
    """会议活动"""

    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityApiFilter
    ordering = ("-held_on",)
    ordering_fields = ("held_on", "kind")

    def visible(self) -> QuerySet[Activity]:
        return Activity.objects.visible_to(actor_of(self.request)).select_related("inspection", "issue").prefetch_related("items")

    create = Making(services.record_activity, "登记会议活动：议定事项一行一项，今后可以逐项转为措施。", RecordActivityInput)
    amend = Act(
        services.amend_activity,
        "activity",
        "修改会议活动：要写理由，改前改后记入台账；已转为措施的议定事项可以改写，不能删去。",
        AmendActivityInput,
    )
