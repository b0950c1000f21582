"""An act as an address, in one line of a view: which verb of the services, on which row, with what input.

    class IssueViewSet(Rows[Issue]):
        assign = Act(services.assign_issue, "issue", "明确分工：牵头单位一个，配合单位若干；要写理由。", AssignIssueInput)
        create = Making(services.add_issue, "登记问题。", AddIssueInput)

An act that needs more than that is written as a method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.units.parsers import BoundedJSONParser, BoundedMultiPartParser
from apps.units.rest import LONGEST_TEXT, ActSerializer, Rows, actor_of

Serializer = type[serializers.Serializer[Any]]
WITH_FILES: tuple[type[BaseParser], ...] = (BoundedJSONParser, BoundedMultiPartParser)


class NothingInput(ActSerializer):
    """An act that needs nothing but the row."""


class ReasonInput(ActSerializer):
    """An act that needs the row and why."""

    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")


@dataclass(frozen=True)
class Act:
    """POST on ``<row>/<path>/``. The answer is the row as it stands then (200); with ``makes``, what the verb gave back, so shown (201)."""

    verb: Callable[..., Any]
    row: str
    says: str
    takes: Serializer = NothingInput
    makes: Serializer | None = None
    path: str = ""
    files: bool = False

    def __set_name__(self, owner: type[Rows[Any]], name: str) -> None:
        def act(view: Rows[Any], request: Request, **_kwargs: Any) -> Response:
            row = view.get_object()
            made = self.verb(actor=actor_of(request), **{self.row: row}, **view.read_input(request, self.takes))
            if self.makes is None:
                return view.answer(row.pk)
            return Response(self.makes(made, context=view.get_serializer_context()).data, status=status.HTTP_201_CREATED)

        path = self.path or name.replace("_", "-")
        given: dict[str, Any] = {"parser_classes": WITH_FILES} if self.files else {}
        shows = self.makes or owner.serializer_class
        offered = action(detail=True, methods=["post"], url_path=path, url_name=path, **given)(named(act, owner, name, self.says))
        # Last: the action would throw away what is documented before it.
        setattr(owner, name, _documented(offered, self.takes, shows, made=bool(self.makes), files=self.files))


@dataclass(frozen=True)
class Making:
    """POST on the list: a new row (201). Whoever may see no rows of the kind at all is refused before the input is looked at."""

    verb: Callable[..., Any]
    says: str
    takes: Serializer
    files: bool = False

    def __set_name__(self, owner: type[Rows[Any]], name: str) -> None:
        def make(view: Rows[Any], request: Request, **_kwargs: Any) -> Response:
            view.visible()
            made = self.verb(actor=actor_of(request), **view.read_input(request, self.takes))
            return view.answer(made.pk, code=status.HTTP_201_CREATED)

        setattr(
            owner, name, _documented(named(make, owner, name, self.says), self.takes, owner.serializer_class, made=True, files=self.files)
        )


def named(function: Callable[..., Response], owner: type, name: str, says: str) -> Callable[..., Response]:
    """Under the name by which the router and the schema know it."""
    function.__name__, function.__qualname__, function.__doc__ = name, f"{owner.__qualname__}.{name}", says
    return function


def media(takes: Serializer, *, files: bool) -> Any:
    """What a body may be, for the schema."""
    return {"application/json": takes, "multipart/form-data": takes} if files else takes


def _documented(function: Callable[..., Response], takes: Serializer, shows: Any, *, made: bool, files: bool) -> Callable[..., Response]:
    code = status.HTTP_201_CREATED if made else status.HTTP_200_OK
    documented: Callable[..., Response] = extend_schema(request=media(takes, files=files), responses={code: shows})(function)
    return documented
