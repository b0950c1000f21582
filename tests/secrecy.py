"""The review for secrecy that every notice needs before it is published."""

from __future__ import annotations

from apps.reports.models import Notice
from apps.reports.secrecy import CHECKLIST
from apps.reports.services import review_secrecy
from apps.units.models import User
from tests import factories


def reviewed(notice: Notice, by: User | None = None) -> Notice:
    """The same notice, every line of the list confirmed by a leader."""
    review_secrecy(actor=by or factories.leader(), notice=notice, confirmed=list(CHECKLIST))
    return notice
