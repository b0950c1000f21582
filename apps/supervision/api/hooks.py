"""Hooks and their calls by API, for the office. Address and secrets go in, or come out once; afterwards they are shown to nobody."""

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

from apps.issues.models import Inspection
from apps.supervision import services
from apps.supervision.hook_events import EVENTS
from apps.supervision.models import Hook, HookCall
from apps.supervision.outgoing.hooks import LONGEST_ADDRESS
from apps.units.models import Role
from apps.units.rest import ActSerializer, IdFilter, Rows, RowSerializer, SeenField, VersionedActSerializer, actor_of
from apps.units.rest_acts import Act

WORDS = "；".join(f"{code} {label}" for code, label in EVENTS.items())


class HookSerializer(RowSerializer[Hook]):
    events = serializers.ListField(child=serializers.CharField(), read_only=True, help_text=f"事件：{WORDS}")

    class Meta:
        model = Hook
        fields: tuple[str, ...] = (
            *("id", "inspection", "name", "host", "events", "is_active", "quiet_until", "former_until"),
            *("made_at", "version"),
        )
        extra_kwargs = {"former_until": {"help_text": "原密钥有效到什么时候：在此之前每次推送带新旧两个签名"}}


class HookWithSecretSerializer(HookSerializer):
    """The row with the secret for its signatures, this once."""

    secret = serializers.SerializerMethodField(help_text="签名密钥，只在这次返回，请立即保存")

    class Meta(HookSerializer.Meta):
        fields = (*HookSerializer.Meta.fields, "secret")

    def get_secret(self, _row: Hook) -> str:
        return str(self.context["secret"])


class HookCallSerializer(RowSerializer[HookCall]):
    body = serializers.CharField(read_only=True, help_text="推送的内容，签名即对它")

    class Meta:
        model = HookCall
        fields = (
            *("id", "hook", "key", "event", "seq", "body", "state", "attempts", "next_try_at", "delivered_at", "status_code"),
            *("milliseconds", "error", "made_at"),
        )


class HookInput(ActSerializer):
    name = serializers.CharField(max_length=60, label="名称")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENTS.items())), allow_empty=False, max_length=len(EVENTS), label="事件"
    )


class MakeHookInput(HookInput):
    inspection = SeenField(Inspection, label="轮次编号")
    address = serializers.CharField(max_length=LONGEST_ADDRESS, label="地址", help_text="https 地址；内部网络的地址不接受", write_only=True)


class AmendHookInput(HookInput, VersionedActSerializer):
    address = serializers.CharField(
        max_length=LONGEST_ADDRESS, label="新地址", help_text="不写的保持原地址", required=False, allow_blank=True, write_only=True
    )


class HookApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    is_active = django_filters.BooleanFilter(label="在用")

    class Meta:
        model = Hook
        fields = ("inspection", "is_active")


class HookCallApiFilter(FilterSet):
    hook = IdFilter(label="推送的 id")
    state = django_filters.ChoiceFilter(choices=HookCall.State.choices, label="状态")
    event = django_filters.CharFilter(max_length=60, label="事件代码")

    class Meta:
        model = HookCall
        fields = ("hook", "state", "event")


def only_office(request: Request) -> None:
    """The office keeps the hooks; nobody else is shown that there are any."""
    if actor_of(request).role != Role.OFFICE:
        raise PermissionDenied


class HookViewSet(Rows[Hook]):
    """推送"""

    queryset = Hook.objects.all()
    serializer_class = HookSerializer
    filterset_class = HookApiFilter
    ordering = ("-is_active", "name")
    ordering_fields = ("name", "is_active", "made_at")

    def visible(self) -> QuerySet[Hook]:
        only_office(self.request)
        return Hook.objects.all()

    amend = Act(services.amend_hook, "hook", "修改推送：不写地址的保持原地址；已停用的，保存后重新启用，从这时起推送。", AmendHookInput)
    stop = Act(services.stop_hook, "hook", "停用推送：不再推送，记录保留。")
    ping = Act(services.ping_hook, "hook", "试推送：一分钟内向对方发一次没有业务含义的推送。", makes=HookCallSerializer)

    @extend_schema(request=MakeHookInput, responses={201: HookWithSecretSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """登记推送：从这时起，所选的事件发生后推送到对方；签名密钥只返回这一次。"""
        self.visible()  # the role first
        made, secret = services.make_hook(actor=actor_of(request), **self.read_input(request, MakeHookInput))
        return self._with_secret(made, secret, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=HookWithSecretSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, **_kwargs: Any) -> Response:
        """更换密钥：新密钥只返回这一次；一天之内每次推送带新旧两个签名。"""
        row, secret = services.rotate_secret(actor=actor_of(request), hook=self.get_object())
        return self._with_secret(row, secret, status.HTTP_200_OK)

    def _with_secret(self, row: Hook, secret: str, code: int) -> Response:
        context = {**self.get_serializer_context(), "secret": secret}
        return Response(HookWithSecretSerializer(row, context=context).data, status=code)


class HookCallViewSet(Rows[HookCall]):
    """推送记录"""

    queryset = HookCall.objects.all()
    serializer_class = HookCallSerializer
    filterset_class = HookCallApiFilter
    ordering = ("-made_at",)
    ordering_fields = ("made_at", "delivered_at")

    def visible(self) -> QuerySet[HookCall]:
        only_office(self.request)
        return HookCall.objects.select_related("hook")

    again = Act(services.call_again, "call", "重新推送：失败的推送。")


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("hooks", HookViewSet), ("hook-calls", HookCallViewSet))
