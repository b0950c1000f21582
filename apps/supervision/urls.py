"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import (
    chart_views,
    flag_views,
    group_views,
    job_views,
    ladder_views,
    letter_batch_views,
    letter_papers,
    letter_views,
    screen_views,
    sending_views,
    views,
)
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
    path("groups/", group_views.groups, name="groups"),
    path("groups/new/", group_views.form_group, name="form_group"),
    path("groups/<int:pk>/", group_views.reform_group, name="reform_group"),
    path("deliveries/", sending_views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/again/", sending_views.again, name="delivery-again"),
    path("channels/new/", sending_views.new_channel, name="channel-new"),
    path("channels/<int:pk>/", sending_views.channel, name="channel"),
    path("channels/<int:pk>/stop/", sending_views.stop, name="channel-stop"),
    path("wall/", screen_views.wall, name="wall"),
    path("wall/<str:token>/", screen_views.screen, name="screen"),
    path("screens/", screen_views.screens, name="screens"),
    path("screens/<int:pk>/revoke/", screen_views.revoke_screen, name="revoke_screen"),
    path("chart/", chart_views.chart, name="chart"),
    path("chart.pdf", chart_views.chart_pdf, name="chart_pdf"),
]
