"""Measures, reports and requests for extension by API, over the querysets and filters of the pages; acts call the services of the pages."""

from apps.measures.api.views import ROUTES

__all__ = ("ROUTES",)
