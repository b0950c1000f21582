"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.measures import unit_views
from apps.measures.views import bulk, files, handovers, planning, register, report, reviews, saved, sheet

app_name = "measures"
urlpatterns: list[URLPattern] = [
    path("register/", register.register, name="register"),
    path("register/export.xlsx", register.export, name="export"),
    path("register/bulk/", bulk.bulk, name="bulk"),
    path("register/bulk/<uuid:correlation>/", bulk.done, name="bulk-done"),
    path("register/views/", saved.views, name="views"),
    path("register/views/new/", saved.save, name="view-new"),
    path("register/views/<int:pk>/", saved.view, name="view"),
    path("register/views/<int:pk>/amend/", saved.amend, name="view-amend"),
    path("register/views/<int:pk>/remove/", saved.remove, name="view-remove"),
    path("register/views/<int:pk>/default/", saved.default, name="view-default"),
    path("handovers/", handovers.handovers, name="handovers"),
    path("handovers/new/", handovers.new, name="handover-new"),
    path("handovers/<int:pk>/", handovers.handover, name="handover"),
    path("handovers/<int:pk>/refeed/", handovers.refeed, name="refeed"),
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
    path("units/<int:pk>/", unit_views.unit, name="unit"),
]
