"""The caller's own tokens by API: which there are, and ending one. New ones are made in the browser, by the person."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.units import services
from apps.units.models import ApiToken
from apps.units.querysets import TokenQuerySet
from apps.units.rest import Rows, RowSerializer, actor_of
from apps.units.rest_acts import Act


class TokenSerializer(RowSerializer[ApiToken]):
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="授权范围")
    state = serializers.CharField(read_only=True, help_text="有效、已过期或已撤销")

    class Meta:
        model = ApiToken
        fields = ("id", "name", "start", "scopes", "state", "by_password", "made_at", "expires_at", "last_used_at", "revoked_at")
        extra_kwargs = {"start": {"help_text": "令牌的前八个字符，供辨认"}}


class TokenApiFilter(FilterSet):
    valid = django_filters.BooleanFilter(method="that_are_valid", label="仍有效")

    class Meta:
        model = ApiToken
        fields = ("valid",)

    def that_are_valid(self, rows: TokenQuerySet, _name: str, value: bool) -> QuerySet[ApiToken]:
        return rows.valid() if value else rows.exclude(pk__in=ApiToken.objects.valid().values("pk"))


class TokenViewSet(Rows[ApiToken]):
    """本人的接口令牌"""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    filterset_class = TokenApiFilter
    ordering = ("-made_at",)
    ordering_fields = ("made_at", "expires_at", "last_used_at")

    def visible(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(owner=actor_of(self.request)).select_related("owner")

    revoke = Act(services.revoke_token, "token", "撤销令牌：随即失效。")


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("tokens", TokenViewSet),)
