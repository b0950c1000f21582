"""Flags, letters, visits, groups, the chart, what is sent and what is pushed by API."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from apps.supervision.api.charts import ROUTES as CHARTS
from apps.supervision.api.groups import ROUTES as GROUPS
from apps.supervision.api.hooks import ROUTES as HOOKS
from apps.supervision.api.letters import ROUTES as LETTERS
from apps.supervision.api.onsite import ROUTES as ONSITE
from apps.supervision.api.screens import ROUTES as SCREENS
from apps.supervision.api.sending import ROUTES as SENDING

ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (*LETTERS, *ONSITE, *GROUPS, *CHARTS, *SENDING, *SCREENS, *HOOKS)
