"""Where each address leads. The public site is at the root; everything else asks for a sign-in."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, help, views, workbench

urlpatterns = [
    path("", include("apps.reports.urls")),
    path("", include("apps.measures.urls")),
    path("", include("apps.issues.urls")),
    path("", include("apps.supervision.urls")),
    path("", include("apps.units.urls")),
    path("", include("apps.ledgers.urls")),
    path("workbench/", workbench.home, name="workbench"),
    path("go/", views.go, name="go"),
    path("help/", help.home, name="help"),
    path("help/pictures/<str:name>", help.picture, name="help-picture"),
    path("help/<slug:slug>/", help.page, name="help-page"),
    path("accounts/", include("apps.units.signin")),
    # One way in: the admin's own sign-in page knows no throttle and leaves no entry in the book.
    path("admin/login/", login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True))),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("healthz", login_not_required(health.healthz)),
    path("readyz", login_not_required(health.readyz)),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
# allauth looks for this one when a rate limit is reached.
handler429 = views.too_many_requests
