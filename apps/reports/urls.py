"""Addresses of this room: the public site at the root, the office's notices."""

from __future__ import annotations

from django.urls import path

from apps.reports.views import office, public

app_name = "reports"
urlpatterns = [
    path("", public.latest, name="public"),
    path("robots.txt", public.robots, name="robots"),
    path("sitemap.xml", public.sitemap, name="sitemap"),
    path("editions/", public.editions, name="editions"),
    path("editions/<int:pk>/", public.edition, name="edition"),
    path("editions/<int:pk>/verify/", public.verify, name="verify"),
    path("editions/<int:pk>.json", public.edition_json, name="edition-json"),
    path("notices/", office.notices, name="notices"),
    path("notices/new/", office.new, name="notice-new"),
    path("notices/<int:pk>/", office.notice, name="notice"),
    path("notices/<int:pk>/edit/", office.edit, name="notice-edit"),
    path("notices/<int:pk>/items/<int:number>/", office.edit_item, name="item-edit"),
    path("notices/<int:pk>/complete/", office.complete, name="complete"),
    path("notices/<int:pk>/submit/", office.submit, name="submit"),
    path("notices/<int:pk>/approve/", office.approve, name="approve"),
    path("notices/<int:pk>/return/", office.send_back, name="return"),
    path("notices/<int:pk>/publish/", office.publish, name="publish"),
]
