"""The lists of the API can be narrowed by whatever their pages can: by the same name, or by another that is written here."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.issues.filters import ActivityFilter
from apps.ledgers.filters import EntryFilter
from apps.measures.filters.measures import ExtensionFilter, MeasureFilter
from apps.measures.filters.regulations import RegulationFilter
from apps.units.filters import AccountFilter, UnitFilter
from config.api import router

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
FILTERS: dict[str, Any] = {
    "measures": MeasureFilter,
    "extensions": ExtensionFilter,
    "regulations": RegulationFilter,
    "activities": ActivityFilter,
    "book-entries": EntryFilter,
    "accounts": AccountFilter,
    "units": UnitFilter,
}
# Pages that read their parameters themselves: module and function, the list of the API, and names that differ.
PAGES: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("issues/views/look_backs.py", "look_backs"): ("look-backs", {}),
    ("measures/views/handovers.py", "handovers"): ("handovers", {}),
    ("measures/views/reviews.py", "reviews"): ("reports", {}),
    ("supervision/views/flags.py", "flags"): ("flags", {}),
    ("supervision/views/letters.py", "letters"): ("letters", {}),
    ("supervision/views/letters.py", "escalations"): ("letters", {"state": "escalation"}),
    ("supervision/views/visits.py", "visits"): ("visits", {}),
    ("supervision/views/dispatches.py", "dispatches"): ("dispatches", {}),
    ("supervision/views/screens.py", "screens"): ("screens", {}),
    ("supervision/views/sending.py", "deliveries"): ("deliveries", {}),
    ("supervision/views/jobs.py", "jobs"): ("job-runs", {}),
    ("supervision/views/hooks.py", "hook"): ("hook-calls", {}),
    ("supervision/views/groups.py", "groups"): ("groups", {"group": "lookup"}),
    ("reports/views/inbox.py", "_list"): ("feedback", {"item": "item_number"}),
    ("units/views/inbox.py", "notifications"): ("notifications", {"show": "unread"}),
}
OF_THE_PAGE = {"page"}
# One row by its address.
LOOKUP = {"lookup"}


def offered(prefix: str) -> set[str]:
    viewset: Any = next(viewset for name, viewset, _base in router.registry if name == prefix)
    return set(viewset.filterset_class.base_filters)


@pytest.mark.parametrize("prefix", FILTERS)
def test_what_the_filters_of_a_page_know_its_list_of_the_api_knows(prefix: str) -> None:
    assert set(FILTERS[prefix].base_filters) - offered(prefix) == set()


def parameters(module: str, function: str) -> set[str]:
    """What the view says that it reads."""
    tree = ast.parse((ROOT / "apps" / module).read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    calls = (node for node in ast.walk(body) if isinstance(node, ast.Call) and ast.unparse(node.func) == "refuse_unknown")
    values = (argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant))
    return {value for value in values if isinstance(value, str)}


@pytest.mark.parametrize(("module", "function"), PAGES)
def test_what_a_page_reads_from_its_address_its_list_of_the_api_reads(module: str, function: str) -> None:
    prefix, renamed = PAGES[module, function]
    known = parameters(module, function) - OF_THE_PAGE
    wanted = {renamed.get(name, name) for name in known}
    assert wanted - offered(prefix) - LOOKUP == set()


def test_the_parameters_of_a_page_are_seen() -> None:
    """The control: the reader finds them in the source."""
    assert parameters("supervision/views/flags.py", "flags") == {"inspection", "group", "kind", "known", "page"}
    assert "nonsense" not in offered("flags")
