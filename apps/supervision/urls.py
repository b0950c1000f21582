"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import ladder_views, letter_batch_views, letter_papers, letter_views, views
from apps.supervision.dashboard import dashboard

app_name = "supervision"
urlpatterns: list[URLPattern] = [
    path("dashboard/", dashboard, name="dashboard"),
    path("supervision/", views.flags, name="flags"),
    path("supervision/<int:pk>/update/", views.update_flags, name="update_flags"),
    path("letters/", letter_views.letters, name="letters"),
    path("letters/new/", letter_views.send_letter, name="send_letter"),
    path("letters/many/", letter_batch_views.send_letters, name="send_letters"),
    path("letters/ladder/", ladder_views.ladder, name="ladder"),
    path("letters/escalations/", letter_views.escalations, name="escalations"),
    path("letters/files/<int:pk>/", letter_papers.attachment, name="attachment"),
    path("letters/<int:pk>/", letter_views.letter, name="letter"),
    path("letters/<int:pk>/docx/", letter_papers.docx, name="letter_docx"),
    path("letters/<int:pk>/pdf/", letter_papers.pdf, name="letter_pdf"),
    path("letters/<int:pk>/sign/", letter_views.sign, name="sign"),
    path("letters/<int:pk>/answer/", letter_views.answer, name="answer"),
    path("letters/<int:pk>/close/", letter_views.close, name="close_letter"),
    path("letters/<int:pk>/return/", letter_views.send_back, name="return_answer"),
    path("letters/<int:pk>/escalate/", letter_views.escalate, name="escalate"),
    path("letters/<int:pk>/decline/", letter_views.decline, name="decline"),
    path("measures/<int:pk>/check/", views.check, name="check"),
    path("groups/", views.groups, name="groups"),
    path("groups/new/", views.form_group, name="form_group"),
    path("groups/<int:pk>/", views.reform_group, name="reform_group"),
]
