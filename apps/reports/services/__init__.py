"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice
from apps.reports.services.drafting import PROSE, add_missing_items, amend_item, amend_notice, composed, draft_notice
from apps.reports.services.excepting import approve_exception, ask_exception, refuse_exception, withdraw_exception
from apps.reports.services.rows import STALE, locked
from apps.reports.services.watching import retire_word, watch_word

__all__ = (
    "PROSE",
    "STALE",
    "add_missing_items",
    "amend_item",
    "amend_notice",
    "approve_exception",
    "approve_notice",
    "ask_exception",
    "composed",
    "draft_notice",
    "locked",
    "publish",
    "refuse_exception",
    "retire_word",
    "return_notice",
    "submit_notice",
    "watch_word",
    "withdraw_exception",
)
