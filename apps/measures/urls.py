"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.measures import unit_views
from apps.measures.views import as_of, extending, files, lists, missing, papers, planning, register, report, review_many, reviews, sheet

app_name = "measures"
urlpatterns: list[URLPattern] = [
    path("register/", register.register, name="register"),
    path("register/export.xlsx", register.export, name="export"),
    path("register/papers/", lists.papers, name="papers"),
    path("register/papers/<slug:kind>.xlsx", lists.printed, name="list"),
    path("issues/<int:pk>/papers/", papers.of_issue, name="issue-papers"),
    path("issues/<int:pk>/papers/closing.docx", papers.closing, name="closing-paper"),
    path("issues/<int:pk>/papers/checking.docx", papers.checking, name="checking-paper"),
    path("issues/<int:pk>/papers/evidence.xlsx", papers.catalogue, name="catalogue"),
    path("issues/<int:pk>/papers/archive.zip", papers.archive, name="archive"),
    path("extensions/<int:pk>/paper.docx", papers.extending, name="extension-paper"),
    path("handovers/<int:pk>/paper.docx", papers.handing_over, name="handover-paper"),
    path("measures/<int:pk>/", sheet.sheet, name="sheet"),
    path("measures/<int:pk>/report/", report.report, name="report"),
    path("measures/<int:pk>/amend/", planning.amend, name="amend"),
    path("measures/<int:pk>/assign/", planning.assign, name="assign"),
    path("measures/<int:pk>/extend/", extending.extend, name="extend"),
    path("extensions/", extending.extensions, name="extensions"),
    path("extensions/<int:pk>/decide/", extending.decide_extension, name="decide-extension"),
    path("missing-reports/", missing.missing, name="missing"),
    path("missing-reports/export.xlsx", missing.export, name="missing-export"),
    path("issues/<int:pk>/measures/new/", planning.add, name="add"),
    path("issues/<int:pk>/indicators/new/", planning.add_indicator, name="add-indicator"),
    path("issues/<int:pk>/regulations/new/", planning.add_regulation, name="add-regulation"),
    path("indicators/<int:pk>/readings/new/", planning.read, name="read"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/many/", review_many.review_many, name="review-many"),
    path("reports/<int:pk>/claim/", reviews.claim, name="claim"),
    path("reports/<int:pk>/release/", reviews.release, name="release"),
    path("reports/<int:pk>/approve/", reviews.approve, name="approve"),
    path("reports/<int:pk>/send-back/", reviews.send_back, name="send-back"),
    path("evidence/<int:pk>/", files.evidence, name="evidence"),
    path("measures/<int:pk>/as-of/", as_of.measure, name="as-of"),
    path("issues/<int:pk>/as-of/", as_of.issue, name="issue-as-of"),
    path("inspections/<int:pk>/as-of/", as_of.inspection, name="round-as-of"),
    path("inspections/<int:pk>/compare/", as_of.compare, name="compare"),
    path("inspections/<int:pk>/compare.xlsx", as_of.export_comparison, name="compare-export"),
    path("units/<int:pk>/", unit_views.unit, name="unit"),
]
