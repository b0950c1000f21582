"""Addresses of this room. A unit's business rows are shown by the measures room (``measures:unit``)."""

from __future__ import annotations

from django.urls import path

from apps.units import inbox, token_views, views

app_name = "units"
urlpatterns = [
    path("units/", views.units, name="list"),
    path("units/new/", views.new_unit, name="unit-new"),
    path("units/<int:pk>/names/", views.unit, name="unit"),
    path("accounts-list/", views.accounts, name="accounts"),
    path("accounts-list/new/", views.new_account, name="account-new"),
    path("accounts-list/<int:pk>/", views.account, name="account"),
    path("accounts-list/<int:pk>/amend/", views.amend_account, name="account-amend"),
    path("accounts-list/<int:pk>/switch/", views.switch_account, name="account-switch"),
    path("accounts-list/<int:pk>/password/", views.reset_password, name="account-password"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", token_views.revoke, name="token-revoke"),
    path("notifications/", inbox.notifications, name="notifications"),
    path("notifications/read/", inbox.read, name="notifications-read"),
    path("notifications/<int:pk>/", inbox.open_notification, name="notification"),
]
