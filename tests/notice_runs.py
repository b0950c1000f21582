"""Notices on their way into the ledger, for the tests of their import."""

from __future__ import annotations

from pathlib import Path

from apps.issues.models import Inspection
from apps.measures.importing.working import work
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.units.models import User

FOLDER = Path(__file__).parent / "notices"
KEYED = tuple(f"measures:notice-{name}" for name in ("issue", "drop", "join", "rename"))
"""Addresses that name a part of a draft besides its run."""


def sample(name: str = "labels-three") -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def started(by: User, inspection: Inspection, text: str) -> ImportRun:
    """The notice handed in and read by a worker."""
    run = importing.start_notice(actor=by, inspection=inspection, text=text)
    work(run.pk)
    run.refresh_from_db()
    return run


def drafted(by: User, inspection: Inspection) -> dict[str, int]:
    """By address, a notice whose draft waits for the office."""
    run = started(by, inspection, sample())
    return dict.fromkeys((*KEYED, *(f"measures:notice-{name}" for name in ("draft", "add", "reading"))), run.pk)
