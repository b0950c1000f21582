"""Acts on the register as a whole."""

from __future__ import annotations

from apps.issues.models import Inspection
from apps.ledgers.services import record
from apps.measures.models import Act
from apps.units.models import User


def log_export(*, actor: User, inspection: Inspection, rows: int, filters: dict[str, str]) -> None:
    """An export leaves the house, so it is an act like any other (anchors.md E.6 R11)."""
    record(inspection.book, actor=actor, act=Act.EXPORT_REGISTER, subject=inspection, payload={"rows": rows, "filters": filters})
