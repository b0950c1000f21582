"""What leaves the house, by API: the office's channels, deliveries, background jobs. A channel's address goes in and never comes out."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.viewsets import GenericViewSet

from apps.supervision import services
from apps.supervision.forms.sending import BUSINESS, HOW, LONGEST_ADDRESS
from apps.supervision.models import Channel, Delivery, JobRun
from apps.supervision.outgoing import addresses
from apps.supervision.services.running import OPERATING
from apps.units.models import Role, User
from apps.units.rest import ActSerializer, Rows, RowSerializer, VersionedActSerializer, actor_of
from apps.units.rest_acts import Act, Making


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

    create = Making(services.set_channel, "新增通知渠道：由整改办办理；地址加密保存，任何接口都不再返回。", SetChannelInput)
    amend = Act(services.set_channel, "channel", "修改通知渠道：不写地址的保持原地址；已停用的，保存后重新启用。", AmendChannelInput)
    stop = Act(services.stop_channel, "channel", "停用通知渠道：不再向它发送，发送记录保留。")


class DeliverySerializer(RowSerializer[Delivery]):
    recipient = serializers.SlugRelatedField[Any](read_only=True, slug_field="username", allow_null=True, help_text="登录名；渠道的为空")
    channel = serializers.StringRelatedField[Any](allow_null=True, help_text="渠道名称；邮件的为空")

    class Meta:
        model = Delivery
        fields = ("id", "day", "recipient", "channel", "title", "state", "attempts", "next_try_at", "sent_at", "error")


class DeliveryApiFilter(FilterSet):
    state = django_filters.ChoiceFilter(choices=Delivery.State.choices, label="状态")

    class Meta:
        model = Delivery
        fields = ("state",)


class DeliveryViewSet(Rows[Delivery]):
    """通知发送"""

    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryApiFilter
    ordering = ("-day",)
    ordering_fields = ("day", "sent_at")

    def visible(self) -> QuerySet[Delivery]:
        """As the page: for the office, and for whoever keeps the mail server."""
        if actor_of(self.request).role not in (Role.OFFICE, Role.ADMIN):
            raise PermissionDenied
        return Delivery.objects.select_related("recipient", "channel")

    send_again = Act(services.send_again, "delivery", "重新发送：失败的，或不知道是否送达的；由整改办办理。")


class JobRunSerializer(RowSerializer[JobRun]):
    label: Any = serializers.CharField(read_only=True, help_text="任务名称")
    noted_by = serializers.StringRelatedField[Any](help_text="知悉人姓名", allow_null=True)

    class Meta:
        model = JobRun
        fields = ("id", "job", "label", "due_at", "state", "attempts", "started_at", "finished_at", "error", "noted_by", "noted_at")


class JobRunApiFilter(FilterSet):
    job = django_filters.CharFilter(max_length=80, label="任务代码")
    state = django_filters.ChoiceFilter(choices=JobRun.State.choices, label="状态")

    class Meta:
        model = JobRun
        fields = ("job", "state")


class JobRunViewSet(Rows[JobRun]):
    """后台任务的运行"""

    queryset = JobRun.objects.all()
    serializer_class = JobRunSerializer
    filterset_class = JobRunApiFilter
    ordering = ("-due_at",)
    ordering_fields = ("due_at",)

    def visible(self) -> QuerySet[JobRun]:
        if actor_of(self.request).role not in OPERATING:
            raise PermissionDenied
        return JobRun.objects.select_related("noted_by")

    note = Act(services.note_failure, "run", "知悉任务失败：由系统管理员或整改办办理。")


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("channels", ChannelViewSet),
    ("deliveries", DeliveryViewSet),
    ("job-runs", JobRunViewSet),
)
