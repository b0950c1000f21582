"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.answers import close_letter, return_answer
from apps.supervision.services.attaching import log_attachment_download
from apps.supervision.services.channelling import set_channel, stop_channel
from apps.supervision.services.checking import check_site
from apps.supervision.services.delivering import send_again, send_due
from apps.supervision.services.digesting import Digested, build_digests
from apps.supervision.services.escalating import decline_escalation, escalate_letter, propose_escalations
from apps.supervision.services.flag_acts import acknowledge_flag, set_thresholds
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.laddering import set_ladder
from apps.supervision.services.letter_batch import preview_letters, send_letters
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter
from apps.supervision.services.running import note_failure
from apps.supervision.services.screening import make_screen, revoke_screen

__all__ = (
    "Derived",
    "Digested",
    "acknowledge_flag",
    "answer_letter",
    "build_digests",
    "check_site",
    "close_letter",
    "decline_escalation",
    "derive_timeliness",
    "escalate_letter",
    "form_group",
    "log_attachment_download",
    "make_screen",
    "note_failure",
    "preview_letters",
    "propose_escalations",
    "reform_group",
    "return_answer",
    "revoke_screen",
    "send_again",
    "send_due",
    "send_letter",
    "send_letters",
    "set_channel",
    "set_ladder",
    "set_thresholds",
    "sign_letter",
    "stop_channel",
)
