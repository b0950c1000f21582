"""The books by API, for those who may read one as a whole: their entries, and the verification of a chain."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.ledgers import chain
from apps.ledgers.filters import entries_containing, entries_numbered
from apps.ledgers.models import Book, Entry
from apps.ledgers.policies import readable_books, reads_books
from apps.ledgers.querysets import EntryQuerySet
from apps.units.rest import IdFilter, Rows, RowSerializer, actor_of


class BookSerializer(RowSerializer[Book]):
    class Meta:
        model = Book
        fields = ("id", "slug", "title", "created_at", "head_seq", "head_hash")


class VerdictSerializer(serializers.Serializer[Any]):
    """The chain computed anew, from the first entry to the last."""

    holds = serializers.BooleanField(help_text="链条完整")
    entries = serializers.IntegerField(help_text="核验的条数")
    broken_seq = serializers.IntegerField(allow_null=True, help_text="不完整的，从第几条起")
    problem = serializers.CharField(help_text="不完整的，是什么问题")


class EntrySerializer(RowSerializer[Entry]):
    payload = serializers.JSONField(read_only=True, help_text="内容：改前改后等")

    class Meta:
        model = Entry
        fields = (
            *("id", "book", "seq", "at", "actor_name", "actor_role", "actor_unit", "act", "act_label", "subject_type", "subject_id"),
            *("subject_label", "reason", "payload", "correlation", "prev_hash", "hash"),
        )


class EntryApiFilter(FilterSet):
    """The filters of the book page, over all books that the caller reads where none is named."""

    book = django_filters.CharFilter(field_name="book__slug", max_length=80, label="台账代号")
    act = django_filters.CharFilter(max_length=60, label="动作代码")
    actor = django_filters.CharFilter(field_name="actor_name", lookup_expr="icontains", max_length=80, label="操作人")
    unit = django_filters.CharFilter(field_name="actor_unit", lookup_expr="icontains", max_length=120, label="单位")
    kind = django_filters.CharFilter(field_name="subject_type", max_length=40, label="对象类型")
    subject = IdFilter(field_name="subject_id", label="对象编号（id）")
    number = django_filters.CharFilter(method="numbered", max_length=20, label="编号，如 63 或 63-2")
    q = django_filters.CharFilter(method="containing", max_length=100, label="对象或理由中的文字")
    since = django_filters.DateFilter(field_name="at__date", lookup_expr="gte", label="自")
    until = django_filters.DateFilter(field_name="at__date", lookup_expr="lte", label="至")
    batch = django_filters.UUIDFilter(field_name="correlation", label="批次")

    class Meta:
        model = Entry
        fields = ("book", "act", "actor", "unit", "kind", "subject", "number", "q", "since", "until", "batch")

    def numbered(self, rows: EntryQuerySet, _name: str, text: str) -> QuerySet[Entry]:
        return entries_numbered(rows, text)

    def containing(self, rows: EntryQuerySet, _name: str, text: str) -> QuerySet[Entry]:
        return entries_containing(rows, text)


class BookViewSet(Rows[Book]):
    """台账"""

    queryset = Book.objects.all()
    serializer_class = BookSerializer
    ordering = ("-created_at",)
    ordering_fields = ("created_at", "title")

    def visible(self) -> QuerySet[Book]:
        return books_of(self)

    @extend_schema(responses=VerdictSerializer)
    @action(detail=True, methods=["get"])
    def verify(self, request: Request, **_kwargs: Any) -> Response:
        """核验整本台账：从第一条起重新计算指纹，需要一些时间。"""
        return Response(VerdictSerializer(chain.verify(self.get_object())).data)


def books_of(view: Rows[Any]) -> QuerySet[Book]:
    """As the page of the books: 403 for those who read none."""
    user = actor_of(view.request)
    if not reads_books(user):
        raise PermissionDenied
    return readable_books(user)


class EntryViewSet(Rows[Entry]):
    """台账流水"""

    queryset = Entry.objects.all()
    serializer_class = EntrySerializer
    filterset_class = EntryApiFilter
    ordering = ("-at",)
    ordering_fields = ("at", "seq")

    def visible(self) -> QuerySet[Entry]:
        return Entry.objects.filter(book__in=books_of(self).order_by().values("pk"))


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("books", BookViewSet), ("book-entries", EntryViewSet))
