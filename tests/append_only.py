"""Sets the append-only triggers aside, in one transaction: for emptying tables between tests, and for tests that forge the book."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Inside, UPDATE, DELETE and TRUNCATE of append-only tables pass; afterwards the same triggers stand again."""
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            yield from _as_replica(connection)
        else:
            yield from _dropped(connection)


def _as_replica(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """PostgreSQL: ordinary triggers do not fire for a replica's session."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def _dropped(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """SQLite has no such switch: the triggers are dropped and laid again from their own text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
