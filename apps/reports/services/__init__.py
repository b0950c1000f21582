"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice
from apps.reports.services.drafting import PROSE, add_missing_items, amend_item, amend_notice, composed, draft_notice
from apps.reports.services.rendering import ask_rendering, render_edition, retry_rendering
from apps.reports.services.rows import STALE, locked

__all__ = (
    "PROSE",
    "STALE",
    "add_missing_items",
    "amend_item",
    "amend_notice",
    "approve_notice",
    "ask_rendering",
    "composed",
    "draft_notice",
    "locked",
    "publish",
    "render_edition",
    "retry_rendering",
    "return_notice",
    "submit_notice",
)
