"""Every write of this room: one function per act, grouped by what the act is about.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
Locks are taken in one order by every act: inspection, measures by key, letter, book. So no two of them wait for each other.
"""

from apps.supervision.services.checking import check_site, words_about
from apps.supervision.services.dispatching import (
    AMENDABLE_DISPATCH,
    amend_dispatch,
    begin_dispatch,
    call_dispatch,
    close_dispatch,
    decide_item,
    set_agenda,
)
from apps.supervision.services.flagging import Derived, derive_timeliness
from apps.supervision.services.grouping import form_group, reform_group
from apps.supervision.services.letters import answer_letter, send_letter, sign_letter
from apps.supervision.services.photos import MOST_PHOTOS, PhotoDraft, log_photo
from apps.supervision.services.visiting import AMENDABLE_VISIT, amend_visit, cancel_visit, hold_visit, plan_visit

__all__ = (
    "AMENDABLE_DISPATCH",
    "AMENDABLE_VISIT",
    "MOST_PHOTOS",
    "Derived",
    "PhotoDraft",
    "amend_dispatch",
    "amend_visit",
    "answer_letter",
    "begin_dispatch",
    "call_dispatch",
    "cancel_visit",
    "check_site",
    "close_dispatch",
    "decide_item",
    "derive_timeliness",
    "form_group",
    "hold_visit",
    "log_photo",
    "plan_visit",
    "reform_group",
    "send_letter",
    "set_agenda",
    "sign_letter",
    "words_about",
)
