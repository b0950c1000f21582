"""Lists of visits and of dispatch meetings: those of the scope, by their state."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet
from django.db.models.enums import ChoicesType

from apps.issues.pages import SignedRequest
from apps.supervision.scope import Scope
from apps.units.parameters import chosen_of

Row = TypeVar("Row", bound=Model)


def of_state(request: SignedRequest, scope: Scope, seen: QuerySet[Row], states: ChoicesType) -> tuple[QuerySet[Row], dict[str, Any]]:
    """The rows of the scope in the state that the page asks for (all where it asks for none), and what the choice of states shows."""
    rows = seen.filter(inspection=scope.inspection)
    rows = rows.filter(group=scope.group) if scope.group else rows
    state = chosen_of(request, "state", "状态", states.values)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    choice = {"scope": scope, "state": state, "states": [(value, label, counts.get(value, 0)) for value, label in states.choices]}
    return rows.filter(state=state) if state else rows, choice
