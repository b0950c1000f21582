"""Links for screens by API. The token of a new one is in the one answer to its making and nowhere else."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.supervision import services
from apps.supervision.models import Group, ScreenLink
from apps.supervision.policies import SUPERVISING
from apps.supervision.screens import MOST_HOURS, ScreenLine, visible_screens
from apps.units.models import User
from apps.units.policies import sees_all_business
from apps.units.rest import ActSerializer, IdFilter, Rows, RowSerializer, SeenField, actor_of
from apps.units.rest_acts import Act


class ScreenSerializer(RowSerializer[ScreenLink]):
    made_by = serializers.StringRelatedField[Any](help_text="姓名")
    revoked_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    state = serializers.SerializerMethodField(help_text="有效、已停用、已过期或生成人账号已停用")

    class Meta:
        model = ScreenLink
        fields = ("id", "inspection", "group", "name", "state", "expires_at", "made_by", "made_at", "revoked_by", "revoked_at")

    def get_state(self, row: ScreenLink) -> str:
        return ScreenLine(row, timezone.now()).state


class NewScreenSerializer(ScreenSerializer):
    """The row with what opens it, this once."""

    address = serializers.SerializerMethodField(help_text="大屏网址，只在生成时返回这一次，请立即保存")

    class Meta:
        model = ScreenLink
        fields = (*ScreenSerializer.Meta.fields, "address")

    def get_address(self, _row: ScreenLink) -> str:
        return str(self.context["request"].build_absolute_uri(reverse("supervision:screen", args=(self.context["token"],))))


def groups_for(user: User) -> QuerySet[Group]:
    """The groups for which the caller may make a link."""
    return Group.objects.all() if sees_all_business(user) else Group.objects.filter(members=user)


class MakeScreenInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次")
    group = SeenField(Group, seen=groups_for, label="督查组", required=False, allow_null=True, default=None, help_text="不写的为整轮")
    name = serializers.CharField(max_length=60, label="屏幕名称")
    hours = serializers.IntegerField(min_value=1, max_value=MOST_HOURS, label="有效小时数")


class ScreenApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    group = IdFilter(label="督查组编号")

    class Meta:
        model = ScreenLink
        fields = ("inspection", "group")


class ScreenViewSet(Rows[ScreenLink]):
    """大屏链接"""

    queryset = ScreenLink.objects.all()
    serializer_class = ScreenSerializer
    filterset_class = ScreenApiFilter
    ordering = ("-made_at",)
    ordering_fields = ("made_at", "expires_at")

    def visible(self) -> QuerySet[ScreenLink]:
        """All for office and leaders, those of the own groups for a supervisor; nobody else keeps any."""
        user = actor_of(self.request)
        if user.role not in SUPERVISING:
            raise PermissionDenied
        return visible_screens(user).select_related("group", "made_by", "revoked_by")

    @extend_schema(request=MakeScreenInput, responses={201: NewScreenSerializer})
    def create(self, request: Request) -> Response:
        """生成大屏链接：整轮的由整改办和领导办理，督查组的也可由其成员办理。"""
        self.visible()  # the role first
        made, token = services.make_screen(actor=actor_of(request), **self.read_input(request, MakeScreenInput))
        row = self.visible().get(pk=made.pk)
        shown = NewScreenSerializer(row, context={**self.get_serializer_context(), "token": token})
        return Response(shown.data, status=status.HTTP_201_CREATED)

    revoke = Act(services.revoke_screen, "link", "停用大屏链接：屏幕下次刷新时关闭。")


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("screens", ScreenViewSet),)
