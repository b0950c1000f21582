"""A notice on its way in: what the worker reads of its file, and what is compared once the office has accepted the draft."""

from __future__ import annotations

from typing import Any

from apps.measures.importing.comparing import compared
from apps.measures.importing.defaults import Defaults
from apps.measures.importing.directory import Directory
from apps.measures.importing.notices.draft import Draft
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.planned import planned
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in
from apps.measures.importing.plan import Plan
from apps.measures.importing.tree import Tree
from apps.measures.models import ImportRun
from apps.measures.services.files import open_file


def draft_of(run: ImportRun, reading: str = "") -> tuple[Tree, dict[str, Any]]:
    """The draft tree of the run's file under a reading, and what its page shows beside it."""
    with open_file(run) as file:
        lines = lines_in(run.filename, file.read())
    draft = read(lines, known_units=sorted(Directory().names), reading=reading)
    return planned(draft), outline_of(draft, lines)


def outline_of(draft: Draft, lines: list[Line]) -> dict[str, Any]:
    """The text with its line numbers, and the ways in which it can be read."""
    return {
        "lines": [[line.number, line.text] for line in lines],
        "readings": [[one.key, one.words, one.chosen] for one in draft.readings],
    }


def plan_of(run: ImportRun, tree: Tree) -> Plan:
    """What the accepted draft would change in the ledger."""
    return compared(tree, run.inspection, Directory(run.choices.get("units")), Defaults.of(run))
