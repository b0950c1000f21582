"""The project: settings, addresses, jobs, and the pages that belong to no single room."""

from config.celery import app as celery_app

__all__ = ("celery_app",)
