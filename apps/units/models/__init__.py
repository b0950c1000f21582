"""Units, users and what they are to know; and, for the rooms above, where a record comes from."""

from apps.units.models.access import ApiToken, KeptAnswer, Scope
from apps.units.models.outbox import Notification
from apps.units.models.people import BOOKKEEPING, KINDS_IN_ORDER, Act, Role, Source, Sourced, Unit, User

__all__ = (
    "BOOKKEEPING",
    "KINDS_IN_ORDER",
    "Act",
    "ApiToken",
    "KeptAnswer",
    "Notification",
    "Role",
    "Scope",
    "Source",
    "Sourced",
    "Unit",
    "User",
)
