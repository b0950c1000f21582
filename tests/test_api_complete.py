"""Every act of every role has an address of the API, or a written reason why it has none.

Read from the source: the verbs of the services (functions that take an actor), those that the API's modules name, and for every step of
every room's workflow tables the verb that takes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from apps.units.workflow import Transition

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
ROOMS = ("units", "issues", "measures", "supervision", "reports")
PART = "part of another act, which has an address"
FILE = "the entry of a page's own file; what is in it is read as rows"
SEALED = "what is sealed is handled by a person at a page: a token that leaks must not open it (decision 33)"
REASONS = {
    # units
    "make_token": "a person makes tokens in the browser: a token that makes tokens could not be bounded (decision 33)",
    "end_all_tokens": PART,
    "make_unit": PART,
    # issues
    "enter_activity": PART,
    "add_issues": PART,
    "change_lead_official": PART,
    # measures
    "add_measures_to_many": PART,
    "begun": PART,
    "write_extras": PART,
    "keep_evidence": PART,
    "write_assignments": PART,
    "assigned": PART,
    "take_assignment": PART,
    "return_unfounded": PART,
    "read_indicator": "one indicator at a time: the address takes several",
    "log_preview": "the viewer of the page; the address of the file enters a download",
    "log_export": FILE,
    "log_paper": FILE,
    "log_archive": FILE,
    # supervision
    "register_clue": SEALED,
    "take_up_clue": SEALED,
    "conclude_clue": SEALED,
    "keep_reply_files": PART,
    "keep_photos": PART,
    "retell_delivery": "the demonstration's; no page has it",
    "retell_hook": "the demonstration's; no page has it",
    # reports
    "render_edition": PART,
    "hand_over_feedback": SEALED,
    "keep_editing": "who has the form of a page open",
}
STEPS_WITHOUT_ADDRESS = {
    "TAKE_UP_CLUE": SEALED,
    "CONCLUDE_CLUE": SEALED,
    "ANSWER_SEALED": SEALED,
    "SET_ASIDE_SEALED": SEALED,
    "HAND_OVER": SEALED,
    "RESUME": "the hourly job's",
    "RETURN_UNFOUNDED": PART,
}


def service_files(room: str) -> list[Path]:
    return sorted((ROOT / "apps" / room / "services").rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))


def verbs(room: str) -> set[str]:
    """What somebody does: public functions of the services that take an actor by keyword."""
    found = set()
    for path in service_files(room):
        for node in functions(path):
            if not node.name.startswith("_") and "actor" in {argument.arg for argument in node.args.kwonlyargs}:
                found.add(node.name)
    # Who is told is part of an act.
    told = {node.name for path in service_files(room) if path.stem in ("notifying", "telling") for node in functions(path)}
    return found - told


def api_files() -> list[Path]:
    apps = ROOT / "apps"
    return sorted({*apps.glob("*/api/*.py"), *(ROOT / "config").glob("api*.py")})


def names_in(tree: ast.AST) -> set[str]:
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def services_in(tree: ast.AST) -> Iterator[str]:
    """What a module takes from the services: ``services.verb``, or an import from one of their modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "services":
            yield node.attr
        if isinstance(node, ast.ImportFrom) and ".services" in (node.module or ""):
            yield from (name.name for name in node.names)


def offered() -> set[str]:
    """Every verb that the modules of the API use."""
    return {name for path in api_files() for name in services_in(ast.parse(path.read_text(encoding="utf-8")))}


def test_every_verb_has_an_address_or_a_reason() -> None:
    named = offered()
    missing = {f"{room}.{verb}" for room in ROOMS for verb in verbs(room) if verb not in named and verb not in REASONS}
    assert missing == set()


def test_no_reason_is_left_over() -> None:
    every, named = {verb for room in ROOMS for verb in verbs(room)}, offered()
    assert {verb for verb in REASONS if verb not in every} == set()
    assert {verb for verb in REASONS if verb in named} == set()


def steps(room: str) -> dict[str, Transition]:
    module = import_module(f"apps.{room}.workflow")
    return {name: value for name, value in vars(module).items() if isinstance(value, Transition)}


def steps_of_verbs(room: str) -> dict[str, set[str]]:
    """By verb of the room: the steps of its workflow that it may take, itself or by what it calls in the services."""
    bodies = {node.name: names_in(node) for path in service_files(room) for node in functions(path)}
    table, known = steps(room), set(bodies)

    def reached(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        found = bodies[name] & set(table)
        for called in bodies[name] & known - seen - {name}:
            found |= reached(called, seen | {name, called})
        return found

    return {verb: reached(verb) for verb in verbs(room)}


@pytest.mark.parametrize("room", ["issues", "measures", "supervision", "reports"])
def test_every_step_of_the_workflow_tables_has_an_address_or_a_reason(room: str) -> None:
    named = offered()
    taken: set[str] = set()
    for verb, found in steps_of_verbs(room).items():
        if verb in named:
            taken |= found
    # A change while the units review is the same verb.
    under_review = {f"{name}_UNDER_REVIEW" for name in taken}
    missing = set(steps(room)) - taken - under_review - set(STEPS_WITHOUT_ADDRESS)
    assert missing == set()
    assert len(steps(room)) >= 7


def test_a_verb_without_an_address_would_be_found() -> None:
    """The control: the reader sees verbs, and does not take a name for an address that the API does not use."""
    assert {"report_progress", "approve"} <= verbs("measures")
    assert {"send_letter", "close_dispatch"} <= verbs("supervision")
    assert "conclude_clue" in verbs("supervision") - offered()
    assert "AGREE_ENDORSED" in steps_of_verbs("measures")["decide_extension"]
