"""Inspections, their categories and issues; activities of the round; closures and look-backs."""

from apps.issues.models.activities import Activity, DecidedItem
from apps.issues.models.acts import Act
from apps.issues.models.closing import Closure, LookBack, LookBackDraw, SignOff
from apps.issues.models.rounds import Category, Inspection, Issue

__all__ = (
    "Act",
    "Activity",
    "Category",
    "Closure",
    "DecidedItem",
    "Inspection",
    "Issue",
    "LookBack",
    "LookBackDraw",
    "SignOff",
)
