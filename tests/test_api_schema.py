"""The committed schema is what the code offers; its page keeps to the content security policy."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from playwright.sync_api import expect
from rest_framework.test import APIClient

from config.api import router
from tests import factories as make
from tests.api_world import client, url
from tests.demo_site import Visit

COMMITTED = settings.BASE_DIR / "docs" / "api" / "schema.yaml"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    return found


def test_the_committed_schema_is_current() -> None:
    generated = SchemaGenerator().get_schema(request=None, public=True)
    text = OpenApiYamlRenderer().render(generated, renderer_context={}).decode()
    assert text == COMMITTED.read_text(encoding="utf-8"), "Run `make schema` and look at what changed."


def test_every_operation_is_described(schema: dict[str, Any]) -> None:
    described = {(method, path) for path, methods in schema["paths"].items() for method in methods if method != "parameters"}
    offered = {("post", "/api/v1/token/"), ("delete", "/api/v1/token/")}
    for prefix, viewset, _name in router.registry:
        for route in router.get_routes(viewset):
            for method, action in route.mapping.items():
                if hasattr(viewset, action):
                    address = route.url.format(prefix=prefix, lookup="{id}", trailing_slash="/").removeprefix("^").removesuffix("$")
                    offered.add((method, f"/api/v1/{address}"))
    assert described == offered
    assert len(offered) > 40


def test_every_operation_may_be_refused_in_the_one_shape(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"]["4XX"]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (method, path)
            assert operation["description"], (method, path)


def test_every_act_is_told_with_its_own_input(schema: dict[str, Any]) -> None:
    """And not with the row, which is what drf-spectacular takes for the input where nothing is said."""
    wrong = []
    for path, methods in schema["paths"].items():
        for content in methods.get("post", {}).get("requestBody", {}).get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            if not name.endswith("InputRequest"):
                wrong.append(path)
    assert wrong == []
    taken = schema["paths"]["/api/v1/issues/{id}/assign/"]["post"]["requestBody"]["content"]["application/json"]
    assert taken["schema"] == {"$ref": "#/components/schemas/AssignIssueInputRequest"}


def test_what_is_answered_as_one_object_is_not_told_as_a_list(schema: dict[str, Any]) -> None:
    """No address answers with a bare list: rows come in pages, the dashboard and the chart are one object each."""
    for path, methods in schema["paths"].items():
        for operation in (row for method, row in methods.items() if method == "get"):
            (answer,) = operation["responses"]["200"]["content"].values()
            assert answer["schema"].get("type") != "array", path


def test_choices_are_codes_with_words_and_money_is_no_float(schema: dict[str, Any]) -> None:
    progress = schema["components"]["schemas"]["Measure"]["properties"]["progress"]
    assert set(progress["properties"]) == {"code", "display"}
    assert "in_review 待审核" in progress["properties"]["code"]["description"]
    assert "number" not in {
        field.get("type") for one in schema["components"]["schemas"].values() for field in one.get("properties", {}).values()
    }


@pytest.mark.django_db
def test_schema_and_page_are_for_those_who_are_signed_in() -> None:
    assert APIClient().get(url("schema")).status_code == 401
    assert Client().get(url("docs")).status_code == 302
    office = make.office()
    assert client(office).get(url("schema")).status_code == 200
    browser = make.signed_in(office)
    page = browser.get(url("docs"))
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    # The directives come in any order.
    assert {"script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
    assert b"<style" not in page.content
    assert page.content.count(b"<script") == page.content.count(b"<script src=")


@pytest.mark.django_db
def test_describing_the_api_leaves_the_filters_as_they_were() -> None:
    measure = make.measure()
    caller = client(make.office())
    assert caller.get(url("schema")).status_code == 200
    chosen = {"unit": measure.lead_unit_id, "category": measure.issue.category_id, "inspection": measure.issue.inspection_id}
    for name, number in chosen.items():
        assert caller.get(url("measures"), {name: number}).json()["count"] == 1, name


@pytest.mark.browser
def test_the_page_works_under_the_policy(visit: Visit) -> None:
    """A violation of the policy is a console error, which fails the test (tests/browser.py)."""
    page = visit("office")
    page.goto("/api/v1/docs/")
    page.locator(".opblock-tag[data-tag='units']").click()
    listing = page.locator(".opblock", has_text="/api/v1/units/").first
    listing.locator(".opblock-summary-control").click()
    listing.locator(".try-out__btn").click()
    listing.locator(".execute").click()
    expect(listing.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
