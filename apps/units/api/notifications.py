"""The caller's own notifications by API: what the bell's page lists, and marking it read."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.units import services
from apps.units.models import Notification
from apps.units.rest import LARGEST_ID, ActSerializer, Rows, RowSerializer, actor_of


class NotificationSerializer(RowSerializer[Notification]):
    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "number", "path", "day", "put_at", "read_at")
        extra_kwargs = {
            "path": {"help_text": "所指页面在本系统的路径；能否打开按各人权限"},
            "read_at": {"help_text": "未读的为 null"},
        }


class ReadAllInput(ActSerializer):
    until = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="读到的最新一条的 id", help_text="之后新到的仍为未读")
    kind = serializers.ChoiceField(choices=Notification.Kind.choices, required=False, label="类型，不写的为全部")


class ReadCountSerializer(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text="标为已读的条数")


class NotificationApiFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=Notification.Kind.choices, label="类型")
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="只看未读（true）或已读（false）")

    class Meta:
        model = Notification
        fields = ("kind", "unread")


class NotificationViewSet(Rows[Notification]):
    """站内消息"""

    queryset = Notification.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = NotificationApiFilter
    ordering = ("-put_at",)
    ordering_fields = ("put_at", "day")

    def visible(self) -> QuerySet[Notification]:
        """Everybody reads their own and nobody else's."""
        rows: QuerySet[Notification] = Notification.objects.visible_to(actor_of(self.request))
        return rows

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, **_kwargs: Any) -> Response:
        """标为已读：已经读过的保持原来的时间。"""
        row = self.get_object()
        services.mark_read(actor=actor_of(request), notifications=[row.pk])
        return self.answer(row.pk)

    @extend_schema(request=ReadAllInput, responses=ReadCountSerializer)
    @action(detail=False, methods=["post"], url_path="read-all", filter_backends=(), pagination_class=None)
    def read_all(self, request: Request) -> Response:
        """全部标为已读：到所给的一条为止，可只标一种类型。"""
        marked = services.mark_all_read(actor=actor_of(request), **self.read_input(request, ReadAllInput))
        return Response(ReadCountSerializer({"marked": marked}).data)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("notifications", NotificationViewSet),)
