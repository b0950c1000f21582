"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import flag_views, group_views, job_views, views
from apps.supervision.dashboard import dashboard

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("dashboard/", dashboard, name="dashboard"),
    path("supervision/", flag_views.flags, name="flags"),
    path("supervision/<int:pk>/update/", flag_views.update_flags, name="update_flags"),
    path("supervision/<int:pk>/rules/", flag_views.thresholds, name="thresholds"),
    path("flags/<int:pk>/acknowledge/", flag_views.acknowledge, name="acknowledge"),
    path("jobs/", job_views.jobs, name="jobs"),
    path("jobs/<int:pk>/note/", job_views.note, name="note_failure"),
    path("letters/", views.letters, name="letters"),
    path("letters/new/", views.send_letter, name="send_letter"),
    path("letters/<int:pk>/", views.letter, name="letter"),
    path("letters/<int:pk>/sign/", views.sign, name="sign"),
    path("letters/<int:pk>/answer/", views.answer, name="answer"),
    path("measures/<int:pk>/check/", views.check, name="check"),
    path("groups/", group_views.groups, name="groups"),
    path("groups/new/", group_views.form_group, name="form_group"),
    path("groups/<int:pk>/", group_views.reform_group, name="reform_group"),
]
