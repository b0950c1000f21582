"""What must hold before production serves a request or runs a job; gunicorn's and Celery's own start ask it, so none can go round it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor


def unapplied_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def active_demonstration_accounts() -> list[str]:
    """Accounts whose password is published; none before the table exists."""
    people = get_user_model()
    if people._meta.db_table not in connection.introspection.table_names():
        return []
    rows = people._default_manager.filter(is_demo=True, is_active=True)
    return list(rows.order_by("username").values_list("username", flat=True))


@register(Tags.database)
def no_demonstration_account(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.PRODUCTION or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    names = active_demonstration_accounts()
    if not names:
        return []
    return [Error(f"Active demonstration accounts: {', '.join(names)}.", hint="Disable them first.", id="jiandi.E001")]


def ensure() -> None:
    """Refuse to start production while its tables are older than the code or an account with a published password is active."""
    if not settings.PRODUCTION:
        return
    missing = unapplied_migrations()
    if missing:
        raise ImproperlyConfigured(f"Run manage.py migrate first; not applied: {', '.join(missing)}.")
    names = active_demonstration_accounts()
    if names:
        raise ImproperlyConfigured(f"Production does not start while demonstration accounts are active: {', '.join(names)}.")
