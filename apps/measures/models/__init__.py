"""Measures and what was done about them: reports with evidence, figures, regulations, extensions; the calendar behind the deadlines."""

from apps.measures.models.acts import Act
from apps.measures.models.extending import Extension
from apps.measures.models.figures import Indicator, Instalment, Reading, Regulation
from apps.measures.models.files import StoredFile
from apps.measures.models.handing_over import Handover
from apps.measures.models.importing import ImportRun, RememberedHeading, RememberedUnit
from apps.measures.models.planning import CalendarOverride, Measure
from apps.measures.models.reporting import Evidence, EvidenceVersion, Progress
from apps.measures.models.saved_views import SavedView
from apps.measures.models.workbooks import ReturnedWorkbook, WorkbookPackage

__all__ = (
    "Act",
    "CalendarOverride",
    "Evidence",
    "EvidenceVersion",
    "Extension",
    "Handover",
    "ImportRun",
    "Indicator",
    "Instalment",
    "Measure",
    "Progress",
    "Reading",
    "Regulation",
    "RememberedHeading",
    "RememberedUnit",
    "ReturnedWorkbook",
    "SavedView",
    "StoredFile",
    "WorkbookPackage",
)
