"""Notices as they are read, by API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.reports.content import content_of, sha256_of
from apps.reports.earlier import figures_fingerprint
from apps.reports.models import Audience, Notice
from apps.units.rest import RowSerializer

NOTICE = (
    *("id", "inspection", "title", "issuer", "dated_on", "state", "version", "drafted_by"),
    *("submitted_on", "approved_by", "approved_on", "approved_hash", "source", "is_demonstration"),
)


class NoticeBrief(RowSerializer[Notice]):
    """A notice in a list, without its text."""

    drafted_by = serializers.StringRelatedField[Any](help_text="姓名")
    approved_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = Notice
        fields: tuple[str, ...] = NOTICE


class NoticeSerializer(NoticeBrief):
    content = serializers.SerializerMethodField(help_text="发布时将定稿的内容")
    party_hash = serializers.SerializerMethodField(help_text="党内通报内容指纹：审定时带回")
    figures_hash = serializers.SerializerMethodField(help_text="对文中数字所作决定的指纹：审定时带回")
    content_hash = serializers.SerializerMethodField(help_text="内容指纹：提请、审定、发布时带回，内容有变则返回 409")

    class Meta(NoticeBrief.Meta):
        fields = (*NOTICE, "content", "content_hash", "party_hash", "figures_hash")

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_content(self, row: Notice) -> Any:
        return content_of(row)

    def get_content_hash(self, row: Notice) -> str:
        return sha256_of(content_of(row))

    def get_figures_hash(self, row: Notice) -> str:
        return figures_fingerprint(row)

    def get_party_hash(self, row: Notice) -> str:
        return sha256_of(content_of(row, Audience.PARTY))
