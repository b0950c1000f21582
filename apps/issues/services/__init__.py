"""Every write of this room: one function per act of the office. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
"""

from apps.issues.services.activities import AMENDABLE_ACTIVITY, amend_activity, enter_activity, fingerprint, record_activity
from apps.issues.services.closing import REASON_FIELD, apply_for_closure, decide_closure
from apps.issues.services.content import OUTDATED, content_hash, covers
from apps.issues.services.drawing import WEIGHT_FORMULA, candidates_of, check_draw, draw_look_backs
from apps.issues.services.findings import AMENDABLE, IssueDraft, add_issue, add_issues, amend_issue, assign_issue
from apps.issues.services.looking_back import hold_look_back
from apps.issues.services.officials import change_lead_official
from apps.issues.services.round_facts import AMENDABLE_FACTS, amend_inspection
from apps.issues.services.rounds import add_category, open_inspection
from apps.issues.services.rows import locked, locked_inspection, months_after, require_office
from apps.issues.services.signing import SHORTEST_REQUIREMENT, sign_off

__all__ = (
    "AMENDABLE",
    "AMENDABLE_ACTIVITY",
    "AMENDABLE_FACTS",
    "OUTDATED",
    "REASON_FIELD",
    "SHORTEST_REQUIREMENT",
    "WEIGHT_FORMULA",
    "IssueDraft",
    "add_category",
    "add_issue",
    "add_issues",
    "amend_activity",
    "amend_inspection",
    "amend_issue",
    "apply_for_closure",
    "assign_issue",
    "candidates_of",
    "change_lead_official",
    "check_draw",
    "content_hash",
    "covers",
    "decide_closure",
    "draw_look_backs",
    "enter_activity",
    "fingerprint",
    "hold_look_back",
    "locked",
    "locked_inspection",
    "months_after",
    "open_inspection",
    "record_activity",
    "require_office",
    "sign_off",
)
