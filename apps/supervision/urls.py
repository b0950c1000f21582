"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.supervision import dispatch_views, photo_views, views, visit_views
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
    path("visits/", visit_views.visits, name="visits"),
    path("visits/new/", visit_views.plan, name="visit-new"),
    path("visits/<int:pk>/", visit_views.visit, name="visit"),
    path("visits/<int:pk>/check/", visit_views.check, name="visit-check"),
    path("visits/<int:pk>/amend/", visit_views.amend, name="visit-amend"),
    path("visits/<int:pk>/cancel/", visit_views.cancel, name="visit-cancel"),
    path("visits/<int:pk>/hold/", visit_views.hold, name="visit-hold"),
    path("photos/<int:pk>/", photo_views.photo, name="photo"),
    path("photos/<int:pk>/shown/", photo_views.shown, name="photo-shown"),
    path("dispatches/", dispatch_views.dispatches, name="dispatches"),
    path("dispatches/new/", dispatch_views.call, name="dispatch-new"),
    path("dispatches/<int:pk>/", dispatch_views.dispatch, name="dispatch"),
    path("dispatches/<int:pk>/agenda/", dispatch_views.agenda, name="dispatch-agenda"),
    path("dispatches/<int:pk>/amend/", dispatch_views.amend, name="dispatch-amend"),
    path("dispatches/<int:pk>/begin/", dispatch_views.begin, name="dispatch-begin"),
    path("dispatches/<int:pk>/close/", dispatch_views.close, name="dispatch-close"),
    path("dispatches/<int:pk>/minutes/", dispatch_views.minutes, name="minutes"),
    path("dispatch-items/<int:pk>/", dispatch_views.item, name="dispatch-item"),
]
