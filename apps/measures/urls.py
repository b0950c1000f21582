"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.measures import unit_views
from apps.measures.views import figures, files, planning, register, regulations, report, reviews, sheet

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
    path("issues/<int:pk>/indicators/new/", figures.add_indicator, name="add-indicator"),
    path("issues/<int:pk>/regulations/new/", regulations.add, name="add-regulation"),
    path("indicators/<int:pk>/readings/new/", figures.read, name="read"),
    path("figures/", figures.figures, name="figures"),
    path("figures/export.xlsx", figures.export_figures, name="export-figures"),
    path("indicators/<int:pk>/", figures.indicator, name="indicator"),
    path("indicators/<int:pk>/amend/", figures.amend_indicator, name="amend-indicator"),
    path("indicators/<int:pk>/instalments/", figures.instalments, name="instalments"),
    path("regulations/", regulations.regulations, name="regulations"),
    path("regulations/export.xlsx", regulations.export, name="export-regulations"),
    path("regulations/<int:pk>/", regulations.regulation, name="regulation"),
    path("regulations/<int:pk>/amend/", regulations.amend, name="amend-regulation"),
    path("regulations/<int:pk>/file/", regulations.file, name="regulation-file"),
    path("inspections/<int:pk>/regulations/new/", regulations.add_to_round, name="add-round-regulation"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reports/<int:pk>/approve/", reviews.approve, name="approve"),
    path("reports/<int:pk>/send-back/", reviews.send_back, name="send-back"),
    path("evidence/<int:pk>/", files.evidence, name="evidence"),
    path("units/<int:pk>/", unit_views.unit, name="unit"),
]
