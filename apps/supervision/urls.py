"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import dashboard, views

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/progress/", dashboard.progress, name="dashboard-progress"),
    path("dashboard/units/", dashboard.by_unit, name="dashboard-units"),
    path("dashboard/outcomes/", dashboard.outcomes, name="dashboard-outcomes"),
    path("dashboard/forecast/", dashboard.forecast, name="dashboard-forecast"),
    path("dashboard/export/", dashboard.export, name="dashboard-export"),
    path("supervision/", views.flags, name="flags"),
    path("supervision/<int:pk>/update/", views.update_flags, name="update_flags"),
    path("letters/", views.letters, name="letters"),
    path("letters/new/", views.send_letter, name="send_letter"),
    path("letters/<int:pk>/", views.letter, name="letter"),
    path("letters/<int:pk>/sign/", views.sign, name="sign"),
    path("letters/<int:pk>/answer/", views.answer, name="answer"),
    path("measures/<int:pk>/check/", views.check, name="check"),
    path("groups/", views.groups, name="groups"),
    path("groups/new/", views.form_group, name="form_group"),
    path("groups/<int:pk>/", views.reform_group, name="reform_group"),
]
