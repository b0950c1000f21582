"""Addresses of this room. A unit's business rows are shown by the measures room (``measures:unit``)."""

from __future__ import annotations

from django.urls import path

from apps.units.views import inbox, tokens, units

app_name = "units"
urlpatterns = [
    path("units/", units.units, name="list"),
    path("units/new/", units.new_unit, name="unit-new"),
    path("units/<int:pk>/names/", units.unit, name="unit"),
    path("accounts-list/", units.accounts, name="accounts"),
    path("accounts-list/new/", units.new_account, name="account-new"),
    path("accounts-list/<int:pk>/", units.account, name="account"),
    path("accounts-list/<int:pk>/amend/", units.amend_account, name="account-amend"),
    path("accounts-list/<int:pk>/switch/", units.switch_account, name="account-switch"),
    path("accounts-list/<int:pk>/password/", units.reset_password, name="account-password"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("notifications/", inbox.notifications, name="notifications"),
    path("notifications/read/", inbox.read, name="notifications-read"),
    path("notifications/<int:pk>/", inbox.open_notification, name="notification"),
]
