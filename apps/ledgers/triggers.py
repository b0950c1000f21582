"""Database triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE on a table: used by migrations of append-only tables."""

from __future__ import annotations

from collections.abc import Callable

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

Step = Callable[[Apps, BaseDatabaseSchemaEditor], None]


def append_only(table: str) -> RunPython:
    """A migration operation that makes ``table`` append-only on SQLite and PostgreSQL."""
    return RunPython(*_both_ways(table))


def lifted(table: str) -> RunPython:
    """The operation to put before a change of an append-only table's columns; ``append_only`` follows the change."""
    lay, lift = _both_ways(table)
    return RunPython(lift, lay)


def _both_ways(table: str) -> tuple[Step, Step]:
    def lay(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _statements(table, editor.connection.vendor):
            editor.execute(statement, params=None)

    def lift(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        for event in _events(editor.connection.vendor):
            suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER {table}_no_{event}{suffix}", params=None)

    return lay, lift


def _events(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _statements(table: str, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for event in _events(vendor)
        ]
    function = f"""
        CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
    """
    triggers = [
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        for event in _events(vendor)
    ]
    return [function, *triggers]
