"""Registers the room with Django."""

from __future__ import annotations

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "apps.measures"
    label = "measures"
    verbose_name = "整改措施"
