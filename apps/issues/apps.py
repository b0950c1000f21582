"""Registers the room with Django."""

from __future__ import annotations

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "apps.issues"
    label = "issues"
    verbose_name = "反馈问题"
