"""Imports and drafts of notices: every act, in every state, by everybody (how to read the tables: ``tests/cells.py``)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.measures import workflow
from apps.measures.importing.tree import Kind, Tree
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.units.models import User
from tests import factories as make
from tests import lists, notice_runs
from tests.api_world import url
from tests.cells import Inside, Outside, Scene, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells

pytestmark = pytest.mark.django_db

RUNS = """
act                   | from                 | to       | office lead helper foreign covering elsewhere leader admin auditor
measures.set_import   | setting ready failed | reading  | done   404  404    404     404      404       404    404   404
                      | reading applying     | -        | 409    404  404    404     404      404       404    404   404
                      | applied dropped      | -        | 409    404  404    404     404      404       404    404   404
measures.apply_import | ready                | applying | done   404  404    404     404      404       404    404   404
                      | setting failed       | -        | 409    404  404    404     404      404       404    404   404
                      | reading applying     | -        | 409    404  404    404     404      404       404    404   404
                      | applied dropped      | -        | 409    404  404    404     404      404       404    404   404
measures.drop_import  | setting ready failed | dropped  | done   404  404    404     404      404       404    404   404
                      | reading applying     | -        | 409    404  404    404     404      404       404    404   404
                      | applied dropped      | -        | 409    404  404    404     404      404       404    404   404
"""
DRAFTS = """
act                   | from                 | to       | office lead helper foreign covering elsewhere leader admin auditor
measures.set_import   | setting ready        | setting  | done   404  404    404     404      404       404    404   404
                      | reading failed       | -        | 409    404  404    404     404      404       404    404   404
                      | applying applied     | -        | 409    404  404    404     404      404       404    404   404
                      | dropped              | -        | 409    404  404    404     404      404       404    404   404
"""
ROWS = [("序号", "反馈问题", "整改措施", "牵头单位", "时限"), (9, "学习不够深入", "集中学习", "某某局", "2099年底")]


def states_of(run: ImportRun) -> dict[str, Any]:
    """What was applied was applied by somebody."""
    whole = {"applied_by": run.made_by, "applied_at": timezone.now(), "correlation": uuid.uuid4()}
    return {state: [(run, {"state": state, **(whole if state == ImportRun.State.APPLIED else {})})] for state in ImportRun.State}


def run_trials(here: Scene, run: ImportRun) -> dict[str, Trial]:
    plan, seen = run.plan["fingerprint"], {"version": run.version}

    def trial(act: Callable[[User], object], verb: str, body: dict[str, Any] | None = None, **more: Any) -> Trial:
        return Trial(run, "state", states_of(run), act, lambda: (url("imports", run.pk, verb), body or {}), **more)

    return {
        "measures.set_import": trial(lambda by: importing.reread(actor=by, run=run), "again", seen),
        # The book is told when it is written, by the worker.
        "measures.apply_import": trial(
            lambda by: importing.ask_apply(actor=by, run=run, fingerprint=plan),
            "apply",
            {"fingerprint": plan, "version": run.version},
            entries={"ready": ()},
        ),
        "measures.drop_import": trial(lambda by: importing.drop_import(actor=by, run=run), "drop", seen),
    }


def test_every_cell_of_an_import() -> None:
    here, lines = scene(), read_table(RUNS)
    make.unit("某某局")
    run = lists.started(here.people["office"], here.inspection, lists.workbook(ROWS))
    assert run.state == ImportRun.State.READY
    trials = run_trials(here, run)
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, (workflow.SET_IMPORT, workflow.APPLY_IMPORT, workflow.DROP_IMPORT))
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []


def test_every_cell_of_a_draft() -> None:
    here, lines = scene(), read_table(DRAFTS)
    run = notice_runs.started(here.people["office"], here.inspection, notice_runs.sample())
    key = next(Tree.from_json(run.tree).walk(Kind.ISSUE)).key
    body = {"key": key, "version": run.version}
    trial = Trial(
        run,
        "state",
        states_of(run),
        lambda by: importing.drop_draft(actor=by, run=run, key=key),
        lambda: (url("notice-drafts", run.pk, "drop-part"), body),
    )
    trials = {"measures.set_import": trial}
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, (workflow.CORRECT_DRAFT,))
    assert {workflow.CORRECT_DRAFT, workflow.SET_IMPORT, workflow.APPLY_IMPORT, workflow.DROP_IMPORT} == set(workflow.IMPORT_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []
