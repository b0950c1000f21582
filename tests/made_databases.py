"""Databases that are made once on the private PostgreSQL, by whoever asks first, and copied as often as wanted.

The migrations take far longer than the copy of a file, and every pytest worker, every production and every demonstration site wants
a migrated database of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from scripts.environment import ROOT

# Any number that nothing else on this server locks.
LOCK = 1949
IN_THE_MAKING = "in_the_making"


def address_of(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["JIANDI_TEST_DATABASE_URL"])._replace(path=f"/{name}"))


def administer(*statements: sql.Composed) -> None:
    with closing(psycopg2.connect(os.environ["JIANDI_TEST_DATABASE_URL"])) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def create(name: str, template: str) -> None:
    administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def drop(name: str) -> None:
    administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def made(name: str, template: str, make: Callable[[str], None]) -> str:
    """``name``, once that database is there. ``make`` is given the address of a copy of ``template``; all others wait meanwhile."""
    with closing(psycopg2.connect(os.environ["JIANDI_TEST_DATABASE_URL"])) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        if _is_there(cursor, name):
            return name
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not _is_there(cursor, name):
            drop(IN_THE_MAKING)
            create(IN_THE_MAKING, template)
            make(address_of(IN_THE_MAKING))
            administer(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(IN_THE_MAKING), sql.Identifier(name)))
    return name


def _is_there(cursor: psycopg2.extensions.cursor, name: str) -> bool:
    cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
    return bool(cursor.fetchone() == (1,))


def migrated() -> str:
    return made("migrated", "template0", _migrate)


def _migrate(address: str) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "JIANDI_TEST_ON": "postgres", "JIANDI_TEST_DATABASE_URL": address}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
