"""Where each address leads. The public site is at the root; everything else asks for a sign-in."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("apps.reports.urls")),
    path("", include("apps.measures.urls")),
    path("", include("apps.issues.urls")),
    path("", include("apps.supervision.urls")),
    path("", include("apps.units.urls")),
    path("", include("apps.ledgers.urls")),
    path("admin/", admin.site.urls),
]
