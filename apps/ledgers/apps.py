"""Registers the room with Django."""

from __future__ import annotations

from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "apps.ledgers"
    label = "ledgers"
    verbose_name = "台账流水"
