"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import chart_views, screen_views, views
from apps.supervision.dashboard import dashboard

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("dashboard/", dashboard, name="dashboard"),
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
    path("wall/", screen_views.wall, name="wall"),
    path("wall/<str:token>/", screen_views.screen, name="screen"),
    path("screens/", screen_views.screens, name="screens"),
    path("screens/<int:pk>/revoke/", screen_views.revoke_screen, name="revoke_screen"),
    path("chart/", chart_views.chart, name="chart"),
    path("chart.pdf", chart_views.chart_pdf, name="chart_pdf"),
]
