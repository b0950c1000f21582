"""The addresses under /api/v1/: what the rooms offer, tokens, the schema and its page."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from apps.issues.api import ROUTES as ISSUES
from apps.measures.api import ROUTES as MEASURES
from apps.reports.api import ROUTES as REPORTS
from apps.supervision.api import ROUTES as SUPERVISION
from apps.units.api import ROUTES as UNITS
from config.api_errors import NOT_FOUND
from config.api_tokens import TokenView


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page. Its scripts and styles are files of this site, so that the content security policy holds."""

    url_name = "api:schema"
    template_name = "api/docs.html"


class NoSuchAddress(APIView):
    """Whatever no address above matches: the refusal of the API, not the page of the site."""

    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(NOT_FOUND)


class Router(DefaultRouter):
    include_format_suffixes = False


# drf-spectacular knows an extension once its module was read.
import_module("config.api_schema")

router = Router()
OFFERED = (*ISSUES, *MEASURES, *UNITS, *SUPERVISION, *REPORTS)
for prefix, viewset in OFFERED:
    router.register(prefix, viewset, basename=prefix)

app_name = "api"
urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The page's style sheet draws its arrows with images inside the sheet itself.
    path("docs/", csp_update({"img-src": ["data:"]})(login_required(DocsView.as_view())), name="docs"),
    *router.urls,
    re_path(r"", NoSuchAddress.as_view(), name="nowhere"),
]
