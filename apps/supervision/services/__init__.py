"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.answers import close_letter, return_answer
from apps.supervision.services.attaching import log_attachment_download
from apps.supervision.services.calling import call_due
from apps.supervision.services.channelling import set_channel, stop_channel
from apps.supervision.services.checking import check_site, words_about
from apps.supervision.services.clues import conclude_clue, register_clue, take_up_clue
from apps.supervision.services.delivering import send_again, send_due
from apps.supervision.services.digesting import Digested, build_digests
from apps.supervision.services.dispatching import (
    AMENDABLE_DISPATCH,
    amend_dispatch,
    begin_dispatch,
    call_dispatch,
    close_dispatch,
    decide_item,
    set_agenda,
)
from apps.supervision.services.escalating import decline_escalation, escalate_letter, propose_escalations
from apps.supervision.services.flag_acts import acknowledge_flag, set_thresholds
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.hooking import amend_hook, call_again, make_hook, ping_hook, retell_hook, rotate_secret, stop_hook
from apps.supervision.services.laddering import set_ladder
from apps.supervision.services.letter_batch import preview_letters, send_letters
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter
from apps.supervision.services.photos import MOST_PHOTOS, PhotoDraft
from apps.supervision.services.retelling import retell_delivery
from apps.supervision.services.running import note_failure
from apps.supervision.services.screening import make_screen, revoke_screen
from apps.supervision.services.visiting import AMENDABLE_VISIT, amend_visit, cancel_visit, hold_visit, plan_visit

__all__ = (
    "AMENDABLE_DISPATCH",
    "AMENDABLE_VISIT",
    "MOST_PHOTOS",
    "Derived",
    "Digested",
    "PhotoDraft",
    "acknowledge_flag",
    "amend_dispatch",
    "amend_hook",
    "amend_visit",
    "answer_letter",
    "begin_dispatch",
    "build_digests",
    "call_again",
    "call_dispatch",
    "call_due",
    "cancel_visit",
    "check_site",
    "close_dispatch",
    "close_letter",
    "conclude_clue",
    "decide_item",
    "decline_escalation",
    "derive_timeliness",
    "escalate_letter",
    "form_group",
    "hold_visit",
    "log_attachment_download",
    "make_hook",
    "make_screen",
    "note_failure",
    "ping_hook",
    "plan_visit",
    "preview_letters",
    "propose_escalations",
    "reform_group",
    "register_clue",
    "retell_delivery",
    "retell_hook",
    "return_answer",
    "revoke_screen",
    "rotate_secret",
    "send_again",
    "send_due",
    "send_letter",
    "send_letters",
    "set_agenda",
    "set_channel",
    "set_ladder",
    "set_thresholds",
    "sign_letter",
    "stop_channel",
    "stop_hook",
    "take_up_clue",
    "words_about",
)
