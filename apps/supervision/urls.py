"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import sending_views, views
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
    path("deliveries/", sending_views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/again/", sending_views.again, name="delivery-again"),
    path("channels/new/", sending_views.new_channel, name="channel-new"),
    path("channels/<int:pk>/", sending_views.channel, name="channel"),
    path("channels/<int:pk>/stop/", sending_views.stop, name="channel-stop"),
]
