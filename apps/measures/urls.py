"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.measures import unit_views
from apps.measures.views import files, planning, register, report, reviews, sheet

app_name = "measures"
urlpatterns: list[URLPattern] = [
    path("register/", register.register, name="register"),
    path("register/export.xlsx", register.export, name="export"),
    path("measures/<int:pk>/", sheet.sheet, name="sheet"),
    path("measures/<int:pk>/report/", report.report, name="report"),
    path("measures/<int:pk>/amend/", planning.amend, name="amend"),
    path("measures/<int:pk>/assign/", planning.assign, name="assign"),
    path("measures/<int:pk>/extend/", planning.extend, name="extend"),
    path("extensions/<int:pk>/decide/", planning.decide_extension, name="decide-extension"),
    path("issues/<int:pk>/measures/new/", planning.add, name="add"),
    path("issues/<int:pk>/indicators/new/", planning.add_indicator, name="add-indicator"),
    path("issues/<int:pk>/regulations/new/", planning.add_regulation, name="add-regulation"),
    path("indicators/<int:pk>/readings/new/", planning.read, name="read"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reports/<int:pk>/approve/", reviews.approve, name="approve"),
    path("reports/<int:pk>/send-back/", reviews.send_back, name="send-back"),
    path("evidence/<int:pk>/", files.evidence, name="evidence"),
    path("evidence/<int:pk>/view/", files.view, name="evidence-view"),
    path("evidence/<int:pk>/shown/", files.shown, name="evidence-shown"),
    path("evidence/<int:pk>/update/", files.update, name="evidence-update"),
    path("units/<int:pk>/", unit_views.unit, name="unit"),
]
