"""Look-backs and their draws by API."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from apps.issues import services
from apps.issues.api.inputs import HoldLookBackInput
from apps.issues.api.rows import LookBackDrawSerializer, LookBackSerializer
from apps.issues.models import LookBack, LookBackDraw
from apps.issues.policies import draws_look_backs
from apps.units.rest import IdFilter, Rows, actor_of
from apps.units.rest_acts import Act


class LookBackApiFilter(FilterSet):
    inspection = IdFilter(field_name="issue__inspection", label="轮次编号")
    issue = IdFilter(label="问题的 id")
    draw = IdFilter(label="抽取的 id")
    finding = django_filters.ChoiceFilter(choices=LookBack.Finding.choices, label="结果")
    show = django_filters.ChoiceFilter(choices=(("planned", "待开展"), ("held", "已开展")), method="standing", label="列出")

    class Meta:
        model = LookBack
        fields = ("inspection", "issue", "draw", "finding", "show")

    def standing(self, rows: QuerySet[LookBack], _name: str, value: str) -> QuerySet[LookBack]:
        """As the two lists of the page: a look-back of a round that a relapse has ended is in neither."""
        seen = LookBack.objects.planned() if value == "planned" else LookBack.objects.held()
        return rows.filter(pk__in=seen.order_by().values("pk"))


class LookBackDrawApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")

    class Meta:
        model = LookBackDraw
        fields = ("inspection",)


class LookBackViewSet(Rows[LookBack]):
    """回头看"""

    queryset = LookBack.objects.all()
    serializer_class = LookBackSerializer
    filterset_class = LookBackApiFilter
    ordering = ("planned_on",)
    ordering_fields = ("planned_on", "held_on")

    def visible(self) -> QuerySet[LookBack]:
        return LookBack.objects.visible_to(actor_of(self.request)).select_related("issue", "held_by")

    hold = Act(
        services.hold_look_back,
        "look_back",
        "登记回头看结果：由负责牵头单位的督查组、领导或整改办办理；反弹的，问题重新立项整改。",
        HoldLookBackInput,
    )


class LookBackDrawViewSet(Rows[LookBackDraw]):
    """回头看抽取"""

    queryset = LookBackDraw.objects.all()
    serializer_class = LookBackDrawSerializer
    filterset_class = LookBackDrawApiFilter
    ordering = ("-drawn_on",)
    ordering_fields = ("drawn_on", "number")

    def visible(self) -> QuerySet[LookBackDraw]:
        """Draws name issues of the whole round: for the office and the leaders."""
        rows = LookBackDraw.objects.select_related("drawn_by")
        return rows if draws_look_backs(actor_of(self.request)) else rows.none()
