"""The office's channels by API. The address goes in and never comes out: it is a secret."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.supervision import services
from apps.supervision.models import Channel
from apps.supervision.outgoing import addresses
from apps.supervision.sending_forms import BUSINESS, HOW, LONGEST_ADDRESS
from apps.units.models import Role, User
from apps.units.rest import ActSerializer, Rows, RowSerializer, VersionedActSerializer, actor_of


class ChannelSerializer(RowSerializer[Channel]):
    kind = serializers.SerializerMethodField(help_text="类型")
    audience = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="username", help_text="汇总哪些人的消息，登录名")

    class Meta:
        model = Channel
        fields = ("id", "name", "kind", "audience", "is_active", "version")

    def get_kind(self, row: Channel) -> str:
        return addresses.name_of(row.scheme)


class PeopleField(serializers.SlugRelatedField[User]):
    """Those who may be in an audience: accounts in use that have business."""

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.filter(is_active=True, role__in=BUSINESS)


class SetChannelInput(ActSerializer):
    name = serializers.CharField(max_length=60, label="名称")
    address = serializers.CharField(max_length=LONGEST_ADDRESS, label="地址", help_text=HOW, write_only=True)
    audience = PeopleField(
        slug_field="username", queryset=User.objects.all(), many=True, allow_empty=False, label="汇总哪些人的消息，登录名"
    )


class AmendChannelInput(VersionedActSerializer):
    name = serializers.CharField(max_length=60, label="名称")
    address = serializers.CharField(
        max_length=LONGEST_ADDRESS, label="新地址", help_text="不写的保持原地址", write_only=True, required=False, allow_blank=True
    )
    audience = PeopleField(
        slug_field="username", queryset=User.objects.all(), many=True, allow_empty=False, label="汇总哪些人的消息，登录名"
    )


class ChannelApiFilter(FilterSet):
    is_active = django_filters.BooleanFilter(label="在用")

    class Meta:
        model = Channel
        fields = ("is_active",)


class ChannelViewSet(Rows[Channel]):
    """通知渠道"""

    queryset = Channel.objects.all()
    serializer_class = ChannelSerializer
    filterset_class = ChannelApiFilter
    ordering = ("-is_active", "name")
    ordering_fields = ("name", "is_active")

    def visible(self) -> QuerySet[Channel]:
        """The office keeps them; nobody else is shown that there are any."""
        if actor_of(self.request).role != Role.OFFICE:
            raise PermissionDenied
        return Channel.objects.prefetch_related("audience")

    @extend_schema(request=SetChannelInput, responses={201: ChannelSerializer})
    def create(self, request: Request) -> Response:
        """新增通知渠道：由整改办办理；地址加密保存，任何接口都不再返回。"""
        self.visible()  # the role first: what is wrong with the input is said to the office only
        made = services.set_channel(actor=actor_of(request), **self.read_input(request, SetChannelInput))
        return self.answer(made.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=AmendChannelInput, responses=ChannelSerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, **_kwargs: Any) -> Response:
        """修改通知渠道：不写地址的保持原地址；已停用的，保存后重新启用。"""
        row = self.get_object()
        services.set_channel(actor=actor_of(request), channel=row, **self.read_input(request, AmendChannelInput))
        return self.answer(row.pk)

    @extend_schema(request=None, responses=ChannelSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, **_kwargs: Any) -> Response:
        """停用通知渠道：不再向它发送，发送记录保留。"""
        row = self.get_object()
        services.stop_channel(actor=actor_of(request), channel=row)
        return self.answer(row.pk)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("channels", ChannelViewSet),)
