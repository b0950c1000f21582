"""Pages of an import that are older than the import: what they say is refused, and never taken for something else."""

from __future__ import annotations

import html
import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from apps.issues.models import Inspection
from apps.measures.importing.working import progress_of, tell
from apps.measures.models import ImportRun, RememberedUnit
from apps.measures.services import importing
from apps.units.models import User
from tests import factories as make
from tests.lists import brought_in

pytestmark = pytest.mark.django_db
FIELD = re.compile(r'<(?:input|select)[^>]* name="([^"]+)"(?:[^>]* value="([^"]*)")?')


@pytest.fixture
def office() -> User:
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


@pytest.fixture
def run(office: User, inspection: Inspection) -> ImportRun:
    return ImportRun.objects.get(pk=brought_in(office, inspection)["import"])


@pytest.fixture
def browser(office: User) -> Client:
    return make.signed_in(office)


def fields(page: str) -> dict[str, str]:
    """The fields of the form with the values that the page gives to the hidden ones."""
    form = page[page.index('class="card actform"') :]
    return {html.unescape(name): value for name, value in FIELD.findall(form)}


def test_units_said_on_a_stale_page_are_refused(browser: Client, office: User, run: ImportRun) -> None:
    unit = make.unit("财政局")
    address = reverse("measures:import-units", args=(run.pk,))
    shown = fields(browser.get(address).content.decode())
    assert shown["version"] == str(run.version)
    data = {name: str(unit.pk) if name.startswith("unit-") else value for name, value in shown.items()}
    ImportRun.objects.filter(pk=run.pk).update(version=run.version + 1)
    answer = browser.post(address, data)
    assert (answer.status_code, RememberedUnit.objects.exists()) == (HTTPStatus.CONFLICT, False)
    assert "请刷新页面" in answer.content.decode()
    assert browser.post(address, {**data, "version": run.version + 1}).status_code == HTTPStatus.FOUND
    assert RememberedUnit.objects.get().name == "没有登记的单位"


def test_a_field_of_a_unit_is_of_its_name_and_not_of_its_place(browser: Client, run: ImportRun) -> None:
    unit = make.unit("财政局")
    address = reverse("measures:import-units", args=(run.pk,))
    old = fields(browser.get(address).content.decode())
    tree = run.tree
    tree["nodes"][0]["children"][0]["leaves"]["lead_unit"][0] = "另一个没有登记的单位"
    tree["nodes"][0]["children"][0]["children"][0]["leaves"].get("lead_unit", [""])[0] = "另一个没有登记的单位"
    ImportRun.objects.filter(pk=run.pk).update(tree=tree)
    data = {name: str(unit.pk) if name.startswith("unit-") else value for name, value in old.items()}
    assert browser.post(address, data).status_code == HTTPStatus.BAD_REQUEST
    assert not RememberedUnit.objects.exists()


def test_columns_said_on_a_stale_page_are_refused(browser: Client, run: ImportRun) -> None:
    address = reverse("measures:import-columns", args=(run.pk,))
    shown = fields(browser.get(address).content.decode())
    assert shown["version"] == str(run.version)
    columns = {name: {"3": "text", "2": "finding", "1": "number"}.get(name[-1], "-") for name in shown if name.startswith("col-")}
    data = {"version": run.version, "sheet-0": "on", "split": "all", **columns}
    ImportRun.objects.filter(pk=run.pk).update(version=run.version + 1)
    assert browser.post(address, data).status_code == HTTPStatus.CONFLICT
    assert browser.post(address, {**data, "version": run.version + 1}).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("button", ["again", "drop"])
def test_a_button_of_a_stale_page_does_nothing(browser: Client, run: ImportRun, button: str) -> None:
    address, page = reverse(f"measures:import-{button}", args=(run.pk,)), reverse("measures:import", args=(run.pk,))
    shown = browser.get(page).content.decode()
    assert f'action="{address}"' in shown
    assert f'name="version" value="{run.version}"' in shown
    ImportRun.objects.filter(pk=run.pk).update(version=run.version + 1)
    answer = browser.post(address, {"version": run.version})
    assert (answer.status_code, ImportRun.objects.get().state) == (HTTPStatus.CONFLICT, run.state)
    words = answer.content.decode()
    assert "在您打开页面之后被别人修改过" in words
    assert f'name="version" value="{run.version + 1}"' in words, "the page as it is now"
    assert 'href="?' not in words, "its links lead to the page of the import, not to the address of the button"
    assert browser.post(address, {}).status_code == HTTPStatus.BAD_REQUEST
    assert browser.post(address, {"version": run.version + 1}).status_code == HTTPStatus.FOUND
    assert ImportRun.objects.get().state != run.state
    assert browser.post(address, {"version": run.version + 2}).status_code == HTTPStatus.CONFLICT, "it is done"


def test_the_bar_begins_anew_when_the_file_is_read_again(office: User, run: ImportRun) -> None:
    tell(run, "compare", 3, 5)
    assert progress_of(run)["done"] == 3
    again = importing.reread(actor=office, run=run)
    assert progress_of(again) == {"words": "等待后台处理", "done": 0, "of": 0}
