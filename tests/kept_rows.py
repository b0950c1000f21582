"""The rows of a whole database, read out once and put back as often as wanted, each time in a transaction that is undone.

Read and written as the database itself holds them (COPY on PostgreSQL, bare values on SQLite), so that nothing is turned into
Python and back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from tests import append_only


@dataclass(frozen=True)
class KeptRows:
    """What each table holds; put back only into tables that hold what they held ``before`` the rows came."""

    before: dict[str, Any]
    after: dict[str, Any]

    def put_back(self) -> None:
        changed = [table for table, rows in self.after.items() if rows != self.before[table]]
        with append_only.lifted(connection), connection.cursor() as cursor:
            for table in changed:
                cursor.execute(f'DELETE FROM "{table}"')
                _write(cursor, table, self.after[table])
            for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
                cursor.execute(statement)


def all_rows() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return {table: _read(cursor, table) for table in sorted(connection.introspection.django_table_names(only_existing=True))}


def _read(cursor: Any, table: str) -> Any:
    if connection.vendor == "postgresql":
        text = io.StringIO()
        cursor.copy_expert(f'COPY "{table}" TO STDOUT', text)
        return text.getvalue()
    columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    # A bare column would come as the Python value of its declared type.
    cursor.execute(f'SELECT {", ".join(f"""+"{name}" """ for name in columns)} FROM "{table}"')
    return cursor.fetchall()


def _write(cursor: Any, table: str, rows: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(rows))
    elif rows:
        cursor.executemany(f'INSERT INTO "{table}" VALUES ({", ".join(["%s"] * len(rows[0]))})', rows)
