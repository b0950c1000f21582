"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.channelling import set_channel, stop_channel
from apps.supervision.services.checking import check_site
from apps.supervision.services.delivering import send_again, send_due
from apps.supervision.services.digesting import Digested, build_digests
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter

__all__ = (
    "Derived",
    "Digested",
    "answer_letter",
    "build_digests",
    "check_site",
    "derive_timeliness",
    "form_group",
    "reform_group",
    "send_again",
    "send_due",
    "send_letter",
    "set_channel",
    "sign_letter",
    "stop_channel",
)
