"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice, tells_the_party_otherwise
from apps.reports.services.correcting import correct_edition
from apps.reports.services.drafting import PROSE, add_missing_items, amend_item, amend_notice, composed, draft_notice
from apps.reports.services.reviewing import circulate_notice, pass_over, remind_heads, review_item
from apps.reports.services.rows import STALE, locked

__all__ = (
    "PROSE",
    "STALE",
    "add_missing_items",
    "amend_item",
    "amend_notice",
    "approve_notice",
    "circulate_notice",
    "composed",
    "correct_edition",
    "draft_notice",
    "locked",
    "pass_over",
    "publish",
    "remind_heads",
    "return_notice",
    "review_item",
    "submit_notice",
    "tells_the_party_otherwise",
)
