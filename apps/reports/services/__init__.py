"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice
from apps.reports.services.deciding import decide_figure, withdraw_decision
from apps.reports.services.drafting import PROSE, add_missing_items, amend_item, amend_notice, composed, draft_notice
from apps.reports.services.mending import adopt_ledger
from apps.reports.services.rows import STALE, locked

__all__ = (
    "PROSE",
    "STALE",
    "add_missing_items",
    "adopt_ledger",
    "amend_item",
    "amend_notice",
    "approve_notice",
    "composed",
    "decide_figure",
    "draft_notice",
    "locked",
    "publish",
    "return_notice",
    "submit_notice",
    "withdraw_decision",
)
