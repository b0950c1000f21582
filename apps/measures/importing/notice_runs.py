"""What the worker reads of a notice on its way in."""

from __future__ import annotations

from typing import Any

from apps.measures.importing.directory import Directory
from apps.measures.importing.notices.planned import planned
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in
from apps.measures.importing.tree import Tree
from apps.measures.models import ImportRun
from apps.measures.services.files import open_file


def draft_of(run: ImportRun, reading: str = "") -> tuple[Tree, dict[str, Any]]:
    """The draft tree of the run's file under a reading, and what its page shows beside it."""
    with open_file(run) as file:
        lines = lines_in(file.read())
    draft = read(lines, known_units=sorted(Directory().names), reading=reading)
    readings = [[one.key, one.words, one.chosen] for one in draft.readings]
    return planned(draft), {"lines": [[line.number, line.text] for line in lines], "readings": readings}
