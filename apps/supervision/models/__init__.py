"""Supervision groups, the flags they get, the letters they send, the checks they make on site, the meetings they hold."""

from apps.supervision.models.acts import Act
from apps.supervision.models.clues import Clue
from apps.supervision.models.dispatching import Dispatch, DispatchItem
from apps.supervision.models.flags import Derivation, Flag, Thresholds
from apps.supervision.models.groups import Group
from apps.supervision.models.hooks import Hook, HookCall
from apps.supervision.models.letters import Escalation, LadderLevel, Letter, Reply
from apps.supervision.models.onsite import Attachment, SiteCheck, Visit
from apps.supervision.models.running import JobRun
from apps.supervision.models.screens import ScreenLink
from apps.supervision.models.sending import Channel, Delivery

__all__ = (
    "Act",
    "Attachment",
    "Channel",
    "Clue",
    "Delivery",
    "Derivation",
    "Dispatch",
    "DispatchItem",
    "Escalation",
    "Flag",
    "Group",
    "Hook",
    "HookCall",
    "JobRun",
    "LadderLevel",
    "Letter",
    "Reply",
    "ScreenLink",
    "SiteCheck",
    "Thresholds",
    "Visit",
)
