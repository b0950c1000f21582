"""Units and accounts by API. Names of units are for everybody who is signed in; accounts for the administrator alone."""

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

from apps.units import services
from apps.units.errors import ActForbidden
from apps.units.filters import STATES, accounts_containing, units_containing
from apps.units.models import Role, Unit, User
from apps.units.passwords import one_time_password
from apps.units.rest import (
    ActSerializer,
    AmendSerializer,
    IdFilter,
    Rows,
    RowSerializer,
    VersionedActSerializer,
    actor_of,
    packed,
)
from apps.units.rest_acts import Act, Making, ReasonInput


class UnitBrief(serializers.ModelSerializer[Unit]):
    """A unit where another row names it."""

    class Meta:
        model = Unit
        fields = ("id", "name", "short_name")


class UnitSerializer(RowSerializer[Unit]):
    parent = UnitBrief(allow_null=True)

    class Meta:
        model = Unit
        fields = ("id", "name", "short_name", "kind", "parent", "version", "source", "is_demonstration", "demonstrated")


class UnitInput(ActSerializer):
    name = serializers.CharField(max_length=120, label="单位名称")
    short_name = serializers.CharField(max_length=40, label="简称")
    kind = serializers.ChoiceField(choices=Unit.Kind.choices, label="类别")


class AmendUnitInput(VersionedActSerializer):
    """What is left out stays as it is."""

    name = serializers.CharField(max_length=120, required=False, label="单位名称")
    short_name = serializers.CharField(max_length=40, required=False, label="简称")
    kind = serializers.ChoiceField(choices=Unit.Kind.choices, required=False, label="类别")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return packed(attrs, ("name", "short_name", "kind"))


class UnitApiFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=Unit.Kind.choices, label="类别")
    parent = IdFilter(label="上级单位编号")
    q = django_filters.CharFilter(method="search", label="名称或简称中的文字")

    class Meta:
        model = Unit
        fields = ("kind", "parent", "q")

    def search(self, rows: QuerySet[Unit], _name: str, words: str) -> QuerySet[Unit]:
        return units_containing(rows, words)


class UnitViewSet(Rows[Unit]):
    """责任单位"""

    queryset = Unit.objects.all()
    serializer_class = UnitSerializer
    filterset_class = UnitApiFilter
    ordering = ("kind",)
    ordering_fields = ("kind", "name", "short_name")

    def visible(self) -> QuerySet[Unit]:
        return Unit.objects.select_related("parent")

    create = Making(services.add_unit, "登记单位：名称和简称都不能重复。", UnitInput)
    amend = Act(services.amend_unit, "unit", "修改单位的名称、简称或类别：改前改后记入台账。", AmendUnitInput)


class AccountSerializer(RowSerializer[User]):
    unit = UnitBrief(allow_null=True)

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            *("id", "username", "name", "role", "unit", "heads_unit", "phone", "email"),
            *("is_active", "is_demo", "last_login", "version"),
        )


class NewAccountSerializer(AccountSerializer):
    """The account with what opens it, this once."""

    one_time_password = serializers.SerializerMethodField(help_text="一次性密码，只在这次返回；本人登录后要先改密码")

    class Meta(AccountSerializer.Meta):
        fields = (*AccountSerializer.Meta.fields, "one_time_password")

    def get_one_time_password(self, _row: User) -> str:
        return str(self.context["password"])


class NewAccountInput(ActSerializer):
    username = serializers.CharField(max_length=150, label="登录名")
    name = serializers.CharField(max_length=40, label="姓名")
    role = serializers.ChoiceField(choices=Role.choices, label="角色")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, allow_null=True, label="单位（联络员必填）")
    heads_unit = serializers.BooleanField(required=False, default=False, label="单位负责人")
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True, default="", label="邮箱")


class AmendAccountInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change."""

    amendable = ("name", "role", "unit", "heads_unit", "phone", "email")
    name = serializers.CharField(max_length=40, required=False, label="姓名")
    role = serializers.ChoiceField(choices=Role.choices, required=False, label="角色")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, allow_null=True, label="单位")
    heads_unit = serializers.BooleanField(required=False, label="单位负责人")
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True, label="联系电话")
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True, label="邮箱")


class AccountApiFilter(FilterSet):
    role = django_filters.ChoiceFilter(choices=Role.choices, label="角色")
    state = django_filters.ChoiceFilter(choices=STATES, method="in_state", label="状态")
    unit = IdFilter(label="单位编号")
    q = django_filters.CharFilter(method="search", label="登录名、姓名或单位中的文字")

    class Meta:
        model = User
        fields = ("role", "state", "unit", "q")

    def in_state(self, rows: QuerySet[User], _name: str, state: str) -> QuerySet[User]:
        return rows.filter(is_active=state == "active")

    def search(self, rows: QuerySet[User], _name: str, words: str) -> QuerySet[User]:
        return accounts_containing(rows, words)


class AccountViewSet(Rows[User]):
    """账号"""

    queryset = User.objects.all()
    serializer_class = AccountSerializer
    filterset_class = AccountApiFilter
    ordering = ("role",)
    ordering_fields = ("role", "username", "last_login")

    def visible(self) -> QuerySet[User]:
        if actor_of(self.request).role != Role.ADMIN:
            raise PermissionDenied
        return User.objects.select_related("unit")

    amend = Act(services.amend_user, "user", "修改账号：要写理由；不能修改自己的账号。", AmendAccountInput)
    disable = Act(services.disable_user, "user", "停用账号：要写理由，令牌和已登录的页面随即失效。", ReasonInput)
    enable = Act(services.enable_user, "user", "启用账号：要写理由。", ReasonInput)

    @extend_schema(request=NewAccountInput, responses={201: NewAccountSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """新建账号：返回一次性密码，只返回这一次。"""
        self.visible()  # the role first
        password = one_time_password()
        made = services.create_user(actor=actor_of(request), password=password, **self.read_input(request, NewAccountInput))
        return self._with_password(made, password, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=NewAccountSerializer)
    @action(detail=True, methods=["post"], url_path="reset-password")
    def reset_password(self, request: Request, **_kwargs: Any) -> Response:
        """重设为一次性密码：旧密码和令牌立即失效；不能重设自己的密码。"""
        row, actor = self.get_object(), actor_of(request)
        if row.pk == actor.pk:
            raise ActForbidden("自己的密码请在网页右上角菜单的“修改密码”里修改")
        password = one_time_password()
        services.set_password(actor=actor, user=row, password=password)
        return self._with_password(row, password, status.HTTP_200_OK)

    def _with_password(self, row: User, password: str, code: int) -> Response:
        context = {**self.get_serializer_context(), "password": password}
        return Response(NewAccountSerializer(self.visible().get(pk=row.pk), context=context).data, status=code)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("units", UnitViewSet), ("accounts", AccountViewSet))
