"""Registers the project's own commands and start-up checks with Django."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "见底"

    def ready(self) -> None:
        import_module("config.preflight")


class ReferenceAdminConfig(AdminConfig):
    """The admin with its site opened by role."""

    default_site = "config.admin.ReferenceSite"
