"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice
from apps.reports.services.drafting import PROSE, add_missing_items, amend_item, amend_notice, composed, draft_notice
from apps.reports.services.feedback import (
    QuotaReached,
    Received,
    answer_feedback,
    clock_of,
    receive_feedback,
    set_aside_feedback,
    set_clocks,
    wipe_contacts,
)
from apps.reports.services.rows import STALE, locked

__all__ = (
    "PROSE",
    "STALE",
    "QuotaReached",
    "Received",
    "add_missing_items",
    "amend_item",
    "amend_notice",
    "answer_feedback",
    "approve_notice",
    "clock_of",
    "composed",
    "draft_notice",
    "locked",
    "publish",
    "receive_feedback",
    "return_notice",
    "set_aside_feedback",
    "set_clocks",
    "submit_notice",
    "wipe_contacts",
)
