"""Addresses of this room: the public site at the root, the office's notices."""

from __future__ import annotations

from django.urls import path

from apps.reports.views import downloads, files, office, public

app_name = "reports"
urlpatterns = [
    path("", public.latest, name="public"),
    path("editions/", public.editions, name="editions"),
    path("editions/<int:pk>/", public.edition, name="edition"),
    path("editions/<int:pk>/verify/", public.verify, name="verify"),
    path("editions/<int:pk>.json", public.edition_json, name="edition-json"),
    path("editions/<int:pk>.docx", downloads.edition_file, {"kind": "docx"}, name="edition-docx"),
    path("editions/<int:pk>.pdf", downloads.edition_file, {"kind": "pdf"}, name="edition-pdf"),
    path("editions/<int:pk>.csv", downloads.edition_file, {"kind": "csv"}, name="edition-csv"),
    path("editions/feed.atom", downloads.feed, name="feed"),
    path("editions/schema.json", downloads.schema, name="schema"),
    path("notices/", office.notices, name="notices"),
    path("notices/new/", office.new, name="notice-new"),
    path("notices/<int:pk>/", office.notice, name="notice"),
    path("notices/<int:pk>/edit/", office.edit, name="notice-edit"),
    path("notices/<int:pk>/items/<int:number>/", office.edit_item, name="item-edit"),
    path("notices/<int:pk>/complete/", office.complete, name="complete"),
    path("notices/<int:pk>/submit/", office.submit, name="submit"),
    path("notices/<int:pk>/approve/", office.approve, name="approve"),
    path("notices/<int:pk>/return/", office.send_back, name="return"),
    path("notices/<int:pk>/files/", files.files, name="files"),
    path("notices/<int:pk>/render/", files.ask, name="render"),
    path("notices/renderings/<int:pk>/", files.rendering, name="rendering"),
    path("notices/renderings/<int:pk>/again/", files.retry, name="render-again"),
    path("notices/files/<int:pk>/", files.rendered_file, name="rendered-file"),
    path("notices/<int:pk>/publish/", office.publish, name="publish"),
]
