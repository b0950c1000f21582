"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.checking import check_site
from apps.supervision.services.flag_acts import acknowledge_flag, set_thresholds
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter
from apps.supervision.services.running import note_failure

__all__ = (
    "Derived",
    "acknowledge_flag",
    "answer_letter",
    "check_site",
    "derive_timeliness",
    "form_group",
    "note_failure",
    "reform_group",
    "send_letter",
    "set_thresholds",
    "sign_letter",
)
