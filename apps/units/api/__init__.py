"""Units, accounts, tokens, the book and notifications by API."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from apps.units.api.book import ROUTES as BOOK
from apps.units.api.notifications import ROUTES as NOTIFICATIONS
from apps.units.api.tokens import ROUTES as TOKENS
from apps.units.api.units import ROUTES as UNITS

ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (*UNITS, *TOKENS, *BOOK, *NOTIFICATIONS)
