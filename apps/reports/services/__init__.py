"""Every write of this room. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400), ``ActForbidden`` (403), ``ActConflict`` (409).
"""

from apps.reports.earlier import PROSE
from apps.reports.services.amending import amend_item, set_layout
from apps.reports.services.approving import approve_notice, publish, return_notice, submit_notice, tells_the_party_otherwise
from apps.reports.services.asking import ask_registration
from apps.reports.services.correcting import correct_edition
from apps.reports.services.correction import amend_correction
from apps.reports.services.deciding import decide_figure, withdraw_decision
from apps.reports.services.drafting import add_missing_items, amend_notice, draft_notice
from apps.reports.services.excepting import approve_exception, ask_exception, refuse_exception, withdraw_exception
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
from apps.reports.services.handing_over import hand_over_feedback
from apps.reports.services.mending import adopt_ledger
from apps.reports.services.presence import keep_editing
from apps.reports.services.rendering import ask_rendering, render_edition, retry_rendering
from apps.reports.services.renewing import Renewed, renew_secrets
from apps.reports.services.reviewing import circulate_notice, pass_over, remind_heads, review_item
from apps.reports.services.rows import STALE, locked
from apps.reports.services.secrecy import review_secrecy
from apps.reports.services.watching import retire_word, watch_word

__all__ = (
    "PROSE",
    "STALE",
    "QuotaReached",
    "Received",
    "Renewed",
    "add_missing_items",
    "adopt_ledger",
    "amend_correction",
    "amend_item",
    "amend_notice",
    "answer_feedback",
    "approve_exception",
    "approve_notice",
    "ask_exception",
    "ask_registration",
    "ask_rendering",
    "circulate_notice",
    "clock_of",
    "correct_edition",
    "decide_figure",
    "draft_notice",
    "hand_over_feedback",
    "keep_editing",
    "locked",
    "pass_over",
    "publish",
    "receive_feedback",
    "refuse_exception",
    "remind_heads",
    "render_edition",
    "renew_secrets",
    "retire_word",
    "retry_rendering",
    "return_notice",
    "review_item",
    "review_secrecy",
    "set_aside_feedback",
    "set_clocks",
    "set_layout",
    "submit_notice",
    "tells_the_party_otherwise",
    "watch_word",
    "wipe_contacts",
    "withdraw_decision",
    "withdraw_exception",
)
