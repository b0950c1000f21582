"""Saved views of the register, and days that differ from the statutory calendar, by API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from apps.measures import services
from apps.measures.filters.measures import MeasureFilter
from apps.measures.models import CalendarOverride, SavedView
from apps.measures.services.saved_views import LONGEST_QUERY
from apps.units.models import Role
from apps.units.policies import sees_no_business
from apps.units.rest import ActSerializer, PlausibleDateField, Rows, RowSerializer, actor_of
from apps.units.rest_acts import Act, Making


class SavedViewSerializer(RowSerializer[SavedView]):
    owner = serializers.StringRelatedField[Any](help_text="建立人姓名")
    is_own = serializers.SerializerMethodField(help_text="是本人建立的")

    class Meta:
        model = SavedView
        fields = ("id", "name", "scope", "query", "is_default", "owner", "is_own")

    def get_is_own(self, row: SavedView) -> bool:
        return bool(row.owner_id == self.context["request"].user.pk)


class ViewNameInput(ActSerializer):
    name = serializers.CharField(max_length=40, label="名称")
    scope = serializers.ChoiceField(choices=SavedView.Scope.choices, label="共享范围", default=SavedView.Scope.OWN)


class SaveViewInput(ViewNameInput):
    query = serializers.CharField(
        max_length=LONGEST_QUERY, allow_blank=True, label="筛选条件", help_text="台账网址中问号后的部分，如 timeliness=overdue&unit=3"
    )
    is_default = serializers.BooleanField(default=False, label="设为本人的默认视图")

    def validate_query(self, text: str) -> str:
        unknown = sorted(set(QueryDict(text)) - set(MeasureFilter.base_filters))
        if unknown:
            raise serializers.ValidationError([f"台账没有“{name[:40]}”这个筛选条件" for name in unknown])
        return text


class DefaultViewInput(ActSerializer):
    is_default = serializers.BooleanField(label="设为默认（true）或取消（false）")


class SavedViewApiFilter(FilterSet):
    scope = django_filters.ChoiceFilter(choices=SavedView.Scope.choices, label="共享范围")

    class Meta:
        model = SavedView
        fields = ("scope",)


class SavedViewViewSet(Rows[SavedView]):
    """保存的视图"""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    filterset_class = SavedViewApiFilter
    ordering = ("name",)
    ordering_fields = ("name",)

    def visible(self) -> QuerySet[SavedView]:
        """The own ones and those shared with the caller."""
        user = actor_of(self.request)
        if sees_no_business(user):
            raise PermissionDenied
        rows: QuerySet[SavedView] = SavedView.objects.visible_to(user).select_related("owner")
        return rows

    create = Making(services.save_view, "保存视图：记下台账的筛选条件。", SaveViewInput)
    amend = Act(services.amend_view, "view", "修改视图的名称或共享范围：由建立人办理。", ViewNameInput)
    set_default = Act(services.set_default_view, "view", "设为或取消默认视图：由建立人办理。", DefaultViewInput)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, **_kwargs: Any) -> Response:
        """删除视图：由建立人办理，记入台账。"""
        services.remove_view(actor=actor_of(request), view=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarOverrideSerializer(RowSerializer[CalendarOverride]):
    class Meta:
        model = CalendarOverride
        fields = ("id", "day", "is_workday", "note")


class OverrideInput(ActSerializer):
    day = PlausibleDateField(label="日期")
    is_workday = serializers.BooleanField(label="上班（true）或放假（false）")
    note = serializers.CharField(max_length=200, label="依据")


class CalendarOverrideApiFilter(FilterSet):
    since = django_filters.DateFilter(field_name="day", lookup_expr="gte", label="自")
    until = django_filters.DateFilter(field_name="day", lookup_expr="lte", label="至")

    class Meta:
        model = CalendarOverride
        fields = ("since", "until")


class CalendarOverrideViewSet(Rows[CalendarOverride]):
    """工作日调整"""

    queryset = CalendarOverride.objects.all()
    serializer_class = CalendarOverrideSerializer
    filterset_class = CalendarOverrideApiFilter
    ordering = ("day",)
    ordering_fields = ("day",)

    def visible(self) -> QuerySet[CalendarOverride]:
        """As the page: for those who keep the calendar."""
        if actor_of(self.request).role not in (Role.OFFICE, Role.ADMIN):
            raise PermissionDenied
        return CalendarOverride.objects.all()

    create = Making(services.override_calendar, "调整工作日：与法定安排不同的一天；再次调整同一天，以后一次为准。", OverrideInput)
