"""The Celery application; its settings are the CELERY_* ones of config.settings."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("jiandi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _preflight(**_facts: Any) -> None:
    """Celery logs an exception from here and goes on; only SystemExit keeps the worker from starting."""
    from config import preflight

    try:
        preflight.ensure()
    except ImproperlyConfigured as refusal:
        raise SystemExit(str(refusal)) from refusal
