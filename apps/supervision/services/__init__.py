"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.checking import check_site
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter
from apps.supervision.services.screening import make_screen, revoke_screen

__all__ = (
    "Derived",
    "answer_letter",
    "check_site",
    "derive_timeliness",
    "form_group",
    "make_screen",
    "reform_group",
    "revoke_screen",
    "send_letter",
    "sign_letter",
)
