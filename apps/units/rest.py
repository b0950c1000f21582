"""What the APIs of all rooms share: choices with their words, rows as they are read, inputs of acts, filters that refuse the unknown."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar, cast

import django_filters
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.cache import add_never_cache_headers
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.units.idempotency import once
from apps.units.models import User
from apps.units.preconditions import before_writing, refuse_other, tag_of, unless_known, version_in

Row = TypeVar("Row", bound=Model)
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
LONGEST_TEXT = 10_000
LARGEST_ID = 2**63 - 1
"""What a primary key holds; SQLite cannot even be asked for more."""
NOTHING_TO_CHANGE = "请至少写一项要修改的内容"
NO_SUCH_ID = "没有这个编号，请核对"


def actor_of(request: Request) -> User:
    """Whoever signed in; views that call this are closed to anonymous callers."""
    if not isinstance(request.user, User):
        message = "This address must not be open to anonymous callers."
        raise ImproperlyConfigured(message)
    return request.user


class CodedField(serializers.ChoiceField):
    """A choice as ``{"code": "open", "display": "整改中"}``; filters and inputs take the code alone."""

    def to_representation(self, value: Any) -> Any:
        return {"code": str(value), "display": str(self.choices.get(value, value))}


class RowSerializer(serializers.ModelSerializer[Row]):
    """A row as it is read."""

    serializer_choice_field = CodedField


class PlausibleDateField(serializers.DateField):
    """A day in this century: what lies outside is a slip of the keyboard."""

    def to_internal_value(self, value: Any) -> dt.date:
        day = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            raise ValidationError(f"日期应在 {EARLIEST} 至 {LATEST} 之间，请核对", code="date_out_of_range")
        return day


class ActSerializer(serializers.Serializer[Any]):
    """What an act needs. A field that the act does not know is refused, so that nobody believes it was set."""

    def to_internal_value(self, data: Any) -> Any:
        known = super().to_internal_value(data)
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            raise ValidationError({name: ["这项操作没有这个字段，请去掉"] for name in unknown}, code="unknown_field")
        return known


class VersionedActSerializer(ActSerializer):
    """An act on a row as the caller read it."""

    version = serializers.IntegerField(
        min_value=1, label="版本", help_text="读取时的 version；他人已改动则返回 409。请求头带 If-Match 的可以不写"
    )


class AmendSerializer(ActSerializer):
    """What is to change, with the reason: the fields of ``amendable`` come to the service as ``values``, and there is at least one."""

    amendable: ClassVar[Collection[str]] = ()
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = packed(attrs, self.amendable)
        if not attrs["values"]:
            raise serializers.ValidationError(NOTHING_TO_CHANGE)
        return attrs


def packed(attrs: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The given ones of these fields together as ``values``, the others beside them."""
    values = {name: value for name, value in attrs.items() if name in names}
    return {**{name: value for name, value in attrs.items() if name not in values}, "values": values}


class SeenField(serializers.PrimaryKeyRelatedField[Row]):
    """A row that the caller sees, by its id: others look as if they did not exist."""

    def __init__(self, model: type[Row], *, seen: Callable[[User], QuerySet[Row]] | None = None, **kwargs: Any) -> None:
        self.model, self.seen = model, seen
        super().__init__(queryset=model._default_manager.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Row]:
        user = actor_of(self.context["request"])
        if self.seen is not None:
            return self.seen(user)
        rows: Any = self.model._default_manager
        found: QuerySet[Row] = rows.visible_to(user)
        return found


class IdFilter(django_filters.Filter):
    """Exactly the row of that number. Rows that the caller may not see and rows that do not exist look the same: nothing is found."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = {"invalid": "编号要写成整数，请核对", "min_value": NO_SUCH_ID, "max_value": NO_SUCH_ID}
        super().__init__(*args, min_value=0, max_value=LARGEST_ID, error_messages=words, **kwargs)


class StrictFilterBackend(DjangoFilterBackend):
    """Filters lists; a parameter that nobody reads is refused (400), so that a misspelt filter never shows too much."""

    raise_exception = True

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        given, filterset_class = request.query_params, self.get_filterset_class(view, queryset)
        filters = filterset_class.get_filters() if filterset_class else {}
        unknown = sorted(set(given) - set(filters) - {"page", "page_size", OrderingFilter.ordering_param})
        if unknown:
            raise ValidationError({name: ["没有这个筛选条件，请核对参数名"] for name in unknown}, code="unknown_parameter")
        single = [name for name in given if not isinstance(filters.get(name), django_filters.MultipleChoiceFilter)]
        doubled = [name for name in single if len(given.getlist(name)) > 1]
        if doubled:
            raise ValidationError({name: ["只能有一个值，请去掉多余的"] for name in doubled}, code="repeated_parameter")
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


class StrictOrdering(OrderingFilter):
    """Orders lists by the fields that the view allows; another field is refused (400). Ties go by number, so that pages never overlap."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Sequence[str]:
        return [*(super().get_ordering(request, queryset, view) or ()), "pk"]

    def remove_invalid_fields(self, queryset: QuerySet[Any], fields: Iterable[str], view: APIView, request: Request) -> list[str]:
        asked = list(fields)
        allowed = [name for name, _label in self.get_valid_fields(queryset, view, {"request": request})]
        unknown = [name for name in asked if name.removeprefix("-") not in allowed]
        if unknown:
            raise ValidationError({self.ordering_param: [f"不能按“{'、'.join(unknown)}”排序，可用：{'、'.join(allowed)}"]}, code="invalid")
        return asked


class Rows(ABC, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Row]):
    """Rows that the caller may see. ``visible`` is the one door to them: lists, details, counts and acts all go through it."""

    filter_backends = (StrictFilterBackend, StrictOrdering)
    lookup_value_regex = "[0-9]+"
    ordering: Sequence[str] = ()
    ordering_fields: Sequence[str] = ()

    @abstractmethod
    def visible(self) -> QuerySet[Row]:
        """The rows of the kind that the caller may see."""

    def get_queryset(self) -> QuerySet[Row]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()
        return self.visible()

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        """Filters belong to lists: the address of one row means that row."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before an act: its preconditions (If-Match); and the act is done once for each idempotency key."""
        super().initial(request, *args, **kwargs)
        method = str(request.method).lower()
        if request.method not in SAFE_METHODS and hasattr(self, method):
            setattr(self, method, once(self._unless_changed(getattr(self, method))))

    def _unless_changed(self, handler: Any) -> Any:
        """A repeated request is answered before it is asked whether the row is still as it was: its own act has changed it."""

        def checked(request: Request, *args: Any, **kwargs: Any) -> Response:
            if "If-Match" not in request.headers:
                return cast("Response", handler(request, *args, **kwargs))
            compare = partial(self._refuse_changed, request)
            compare()
            with before_writing(compare):
                return cast("Response", handler(request, *args, **kwargs))

        return checked

    def _refuse_changed(self, request: Request) -> None:
        refuse_other(request, tag_of(self.shown(self.get_object())) if self.detail else None)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return unless_known(request, super().retrieve(request, *args, **kwargs))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What only some may read is kept by no cache on the way (security.md S-13)."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.user.is_authenticated or final.status_code >= status.HTTP_400_BAD_REQUEST:
            add_never_cache_headers(final)
        return final

    def read_input(self, request: Request, serializer: type[serializers.Serializer[Any]], **context: Any) -> dict[str, Any]:
        """The checked input of an act."""
        data = request.data
        version = version_in(request)
        if version is not None and "version" in serializer().fields and isinstance(data, dict) and "version" not in data:
            data = with_field(data, "version", version)
        given = serializer(data=data, context={**self.get_serializer_context(), **context})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def shown(self, row: Row) -> Any:
        """A row as its own address answers it."""
        if self.serializer_class is None:
            raise ImproperlyConfigured(type(self).__name__)
        return self.serializer_class(row, context=self.get_serializer_context()).data

    def answer(self, pk: int, *, code: int = status.HTTP_200_OK) -> Response:
        """The row of this view as it stands after an act, with its tag."""
        data = self.shown(self.visible().get(pk=pk))
        return Response(data, status=code, headers={"ETag": tag_of(data)})


def with_field(data: Any, name: str, value: Any) -> Any:
    """The body with one more field; a form's files stay the files they are."""
    if not isinstance(data, QueryDict):
        return {**data, name: value}
    more = QueryDict(mutable=True)
    for key, values in data.lists():
        more.setlist(key, values)
    more[name] = str(value)
    return more
