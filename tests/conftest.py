"""What every test stands on: a data folder of its own, an empty cache, tables that can be emptied, real workers, a real browser.

Tests marked `browser` or `postgres` are taken up only where PostgreSQL and Redis are (`make test`, `make pytest`), tests
marked `once`, and those that may not ask a database at all, only where they are not; all others run on both.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from xdist.remote import Producer

from tests import append_only, made_databases
from tests.sharing_out import VARIABLE, OncePerDatabase, databases, longest_first
from tests.workers import Workers

pytest_plugins = ("tests.browser", "tests.production", "tests.demo_site")

# Marks of the tests that the pytest worker on this database leaves to the other one.
LEFT_TO_THE_OTHER = {"sqlite": ("browser", "postgres"), "postgresql": ("once",)}

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OncePerDatabase | None:
    """`make test` names the database of each worker; any other run is shared out as pytest-xdist does."""
    return OncePerDatabase(config, log) if all(databases(config)) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marks = LEFT_TO_THE_OTHER[connection.vendor]
    for item in items:
        if asks_no_database(item):
            item.add_marker("once")
    elsewhere = [item for item in items if any(item.get_closest_marker(mark) for mark in marks)]
    config.hook.pytest_deselected(items=elsewhere)
    left = set(elsewhere)
    items[:] = [item for item in items if item not in left]
    if VARIABLE in os.environ:
        items[:] = longest_first(items)


def asks_no_database(item: pytest.Item) -> bool:
    """Without the mark or a fixture that makes the database, pytest-django refuses every query of a test."""
    needs = ("django_db", *LEFT_TO_THE_OTHER["sqlite"])
    return not any(item.get_closest_marker(mark) for mark in needs) and "django_db_setup" not in getattr(item, "fixturenames", ())


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector of garbage need not go through all modules again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On PostgreSQL each worker's database is a copy of one that is migrated once for all."""
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = made_databases.migrated()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _append_only_tables_can_be_flushed() -> Iterator[None]:
    """Between transactional tests Django empties every table; the append-only triggers stand aside for that and nothing else."""
    flush: Callable[[BaseDatabaseOperations, list[str]], None] = BaseDatabaseOperations.execute_sql_flush

    def with_triggers_aside(operations: Any, sql_list: list[str]) -> None:
        with append_only.lifted(operations.connection):
            flush(operations, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", with_triggers_aside)
        yield


@pytest.fixture
def workers(transactional_db: None) -> Iterator[Workers]:
    """Real Celery workers on the private Redis and the test database: ``workers.start()``, as often as wanted."""
    company = Workers()
    yield company
    company.end()
