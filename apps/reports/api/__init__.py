"""Notices, their checks and reviews, editions and feedback by API."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from apps.reports.api.feedback import ROUTES as FEEDBACK
from apps.reports.api.notices import ROUTES as NOTICES

ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (*NOTICES, *FEEDBACK)
