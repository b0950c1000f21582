"""Every write of this room: one function per act of the office, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
"""

from apps.measures.services.evidence import EvidenceDraft, update_evidence
from apps.measures.services.extending import decide_extension, request_extension
from apps.measures.services.figures import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.measures.services.files import log_download, log_preview, open_file
from apps.measures.services.planning import add_measures, amend_measure, assign_measure, override_calendar
from apps.measures.services.register import log_export
from apps.measures.services.reporting import ReadingDraft, approve, report_progress, send_back

__all__ = (
    "EvidenceDraft",
    "FigureDraft",
    "ReadingDraft",
    "add_indicator",
    "add_measures",
    "add_regulation",
    "amend_measure",
    "approve",
    "assign_measure",
    "decide_extension",
    "log_download",
    "log_export",
    "log_preview",
    "open_file",
    "override_calendar",
    "read_indicator",
    "report_progress",
    "request_extension",
    "send_back",
    "update_evidence",
)
