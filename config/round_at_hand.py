"""Which round a page is about: that of the row in its address, else the one its address asks for."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.issues.models import Inspection

# The beginning of an address that a number follows, and how a round leads to the row of that number.
ROWS = {
    "inspections/": "pk",
    "issues/": "issues",
    "activities/": "activities",
    "decided/": "activities__items",
    "closures/": "issues__closures",
    "look-backs/": "issues__look_backs",
    "look-back-draws/": "look_back_draws",
    "measures/": "issues__measures",
    "extensions/": "issues__measures__extensions",
    "reports/": "issues__measures__reports",
    "evidence/": "issues__measures__evidence",
    "indicators/": "issues__indicators",
    "regulations/": "regulations",
    "handovers/": "handovers",
    "imports/": "imports",
    "workbooks/": "workbooks",
    "supervision/": "pk",
    "flags/": "issues__measures__flags",
    "letters/": "letters",
    "groups/": "supervision_groups",
    "visits/": "visits",
    "dispatches/": "dispatches",
    "dispatch-items/": "dispatches__items",
    "screens/": "screens",
    "hooks/": "hooks",
    "hook-calls/": "hooks__calls",
    "notices/": "notices",
    "notices/party/": "editions",
    "notices/renderings/": "notices__renderings",
    "notice-items/": "notices__items",
    "inbox/": "feedback",
}
ASKED = {"inspection": "pk", "measure": "issues__measures"}


def rounds_at_hand(request: HttpRequest) -> QuerySet[Inspection] | None:
    """The one round of the page, as far as the address says; None where it says nothing. Whoever asks narrows it to what the user sees."""
    match = request.resolver_match
    before, number, _after = (match.route if match else "").partition("<int:pk>")
    if match and number and before in ROWS:
        return Inspection.objects.filter(**{ROWS[before]: match.kwargs["pk"]})
    if slug := request.GET.get("book", "").replace("\x00", ""):
        return Inspection.objects.filter(book__slug=slug)
    for name, lookup in ASKED.items():
        asked = request.GET.get(name, "")
        if asked.isascii() and asked.isdecimal() and len(asked) < 10:
            return Inspection.objects.filter(**{lookup: int(asked)})
    return None
