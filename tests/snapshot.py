"""All that the rooms keep, as plain values: what a refused act must leave exactly as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any, Self

from django.apps import apps
from django.db import connection
from django.db.models import Model

# Whatever statement is not one of these counts as writing.
READING = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
Rows = dict[str, list[tuple[Any, ...]]]


@cache
def kept() -> tuple[type[Model], ...]:
    """Every table of the rooms, the books and the links between rows included."""
    rooms = [config for config in apps.get_app_configs() if config.name.startswith("apps.")]
    return tuple(model for room in rooms for model in room.get_models(include_auto_created=True))


@cache
def questions(_vendor: str) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """The statement for each table, its columns in the order of the model's fields, made once: snapshots are taken by the thousand."""
    asked = {model._meta.label: model._base_manager.order_by("pk").values_list() for model in kept()}
    return {label: rows.query.sql_with_params() for label, rows in asked.items()}


def snapshot() -> Rows:
    """By table, each row as the database gives it."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for label, (sql, params) in questions(connection.vendor).items():
            cursor.execute(sql, params)
            found[label] = cursor.fetchall()
    return found


def differences(before: Rows, after: Rows) -> list[str]:
    """What was added, changed or lost, as ``measures.Measure 7``."""
    found = []
    for label, rows in after.items():
        old = {row[0]: row for row in before[label]}
        found += [f"{label} {row[0]}" for row in rows if old.pop(row[0], None) != row]
        found += [f"{label} {key} lost" for key in old]
    return found


class Writes:
    """Whether anything was written at all, undone or not: where nothing was, there is no need to compare."""

    def __init__(self) -> None:
        self.seen = False
        self._wrapper = connection.execute_wrapper(self._look)

    def __enter__(self) -> Self:
        self._wrapper.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._wrapper.__exit__(kind, error, trace)

    def _look(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.seen |= not sql.startswith(READING)
        return execute(sql, params, many, context)
