"""Every write of this room: one function per act of the office, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
"""

from apps.measures.services.bulk import BulkChange, bulk_assign, preview_bulk
from apps.measures.services.evidence import EvidenceDraft, update_evidence
from apps.measures.services.extending import decide_extension, endorse_extension, request_extension
from apps.measures.services.figures import (
    AMENDABLE_INDICATOR,
    FigureDraft,
    IndicatorReading,
    add_indicator,
    amend_indicator,
    read_indicator,
    read_indicators,
)
from apps.measures.services.files import log_download, log_preview, open_file
from apps.measures.services.handing_over import hand_over, record_refeedback
from apps.measures.services.instalments import InstalmentDraft, plan_instalments
from apps.measures.services.papers import log_archive, log_paper
from apps.measures.services.planning import add_measures, amend_measure, assign_measure, override_calendar
from apps.measures.services.register import log_export
from apps.measures.services.regulations import (
    AMENDABLE_REGULATION,
    add_regulation,
    amend_regulation,
    log_regulation_download,
    open_regulation_file,
)
from apps.measures.services.reporting import ReadingDraft, approve, report_progress, send_back
from apps.measures.services.reviewing import Picked, claim_review, release_review, review_many
from apps.measures.services.saved_views import amend_view, remove_view, save_view, set_default_view
from apps.measures.services.staging import StageGoal, resume_stages
from apps.measures.services.unfounded import may_return_unfounded, return_unfounded
from apps.measures.services.workbooks import add_package, hand_out_workbook, submit_workbook, take_workbook

__all__ = (
    "AMENDABLE_INDICATOR",
    "AMENDABLE_REGULATION",
    "BulkChange",
    "EvidenceDraft",
    "FigureDraft",
    "IndicatorReading",
    "InstalmentDraft",
    "Picked",
    "ReadingDraft",
    "StageGoal",
    "add_indicator",
    "add_measures",
    "add_package",
    "add_regulation",
    "amend_indicator",
    "amend_measure",
    "amend_regulation",
    "amend_view",
    "approve",
    "assign_measure",
    "bulk_assign",
    "claim_review",
    "decide_extension",
    "endorse_extension",
    "hand_out_workbook",
    "hand_over",
    "log_archive",
    "log_download",
    "log_export",
    "log_paper",
    "log_preview",
    "log_regulation_download",
    "may_return_unfounded",
    "open_file",
    "open_regulation_file",
    "override_calendar",
    "plan_instalments",
    "preview_bulk",
    "read_indicator",
    "read_indicators",
    "record_refeedback",
    "release_review",
    "remove_view",
    "report_progress",
    "request_extension",
    "resume_stages",
    "return_unfounded",
    "review_many",
    "save_view",
    "send_back",
    "set_default_view",
    "submit_workbook",
    "take_workbook",
    "update_evidence",
)
