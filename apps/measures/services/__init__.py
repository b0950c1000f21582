"""Every write of this room: one function per act of the office, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
"""

from apps.measures.services.extending import decide_extension, request_extension
from apps.measures.services.figures import (
    AMENDABLE_INDICATOR,
    FigureDraft,
    IndicatorReading,
    add_indicator,
    amend_indicator,
    read_indicator,
    read_indicators,
)
from apps.measures.services.files import log_download, open_file
from apps.measures.services.instalments import InstalmentDraft, plan_instalments
from apps.measures.services.planning import add_measures, amend_measure, assign_measure, override_calendar
from apps.measures.services.register import log_export
from apps.measures.services.regulations import (
    AMENDABLE_REGULATION,
    add_regulation,
    amend_regulation,
    log_regulation_download,
    open_regulation_file,
)
from apps.measures.services.reporting import EvidenceDraft, ReadingDraft, approve, report_progress, send_back

__all__ = (
    "AMENDABLE_INDICATOR",
    "AMENDABLE_REGULATION",
    "EvidenceDraft",
    "FigureDraft",
    "IndicatorReading",
    "InstalmentDraft",
    "ReadingDraft",
    "add_indicator",
    "add_measures",
    "add_regulation",
    "amend_indicator",
    "amend_measure",
    "amend_regulation",
    "approve",
    "assign_measure",
    "decide_extension",
    "log_download",
    "log_export",
    "log_regulation_download",
    "open_file",
    "open_regulation_file",
    "override_calendar",
    "plan_instalments",
    "read_indicator",
    "read_indicators",
    "report_progress",
    "request_extension",
    "send_back",
)
