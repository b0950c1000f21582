"""The control of tests/broken_queries.py: a page that a parameter breaks is found, however it looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.broken_queries import broken


@pytest.mark.once
@pytest.mark.parametrize("shape", ["get", "getlist", "item", "contains", "form", "all", "behind"])
def test_a_page_that_a_parameter_breaks_is_found(client: Client, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    class Asked(forms.Form):
        group = forms.CharField(required=False)

    def page(request: HttpRequest) -> str:
        sent = request.GET
        ways: dict[str, Callable[[], Any]] = {
            "get": lambda: sent.get("group"),
            "getlist": lambda: sent.getlist("group"),
            "item": lambda: "group" in sent and sent["group"],
            "contains": lambda: "group" in sent,
            "form": lambda: Asked(sent).is_valid() and Asked(sent)["group"].data,
            "all": lambda: "group" in dict(sent.items()),
            "behind": lambda: sent.get("decision") and sent.get("report"),
        }
        return str(ways[shape]() or "")

    def careless(path: str) -> HttpResponse:
        return HttpResponse(status=500 if page(RequestFactory().get(path)) not in ("", "False", "[]") else 200)

    monkeypatch.setattr(client, "get", careless)
    assert list(broken(client, "/")) != []
