"""The page of a unit: what it leads and supports, by urgency, and its people. It shows measures, so it lives in this room."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import SignedRequest
from apps.ledgers.models import Entry
from apps.measures.deadlines import window
from apps.measures.models import Measure
from apps.units.models import Role, Unit, User
from apps.units.policies import sees_all_business

LINES = 40
URGENCY = ("over", "soon", "doing", "none", "review", "done", "closed")


@require_safe
def unit(request: SignedRequest, pk: int) -> HttpResponse:
    """One unit. Office and leaders see all units, liaisons their own, supervisors those their groups cover; others get a 404."""
    row = get_object_or_404(units_open_to(request.user), pk=pk)
    inspection = Inspection.objects.visible_to(request.user).first()
    context: dict[str, Any] = {
        "unit": row,
        "inspection": inspection,
        "people": list(row.users.filter(is_active=True).order_by("role", "pk")),
    }
    if inspection is not None:
        today, until = window(inspection)
        seen = Measure.objects.visible_to(request.user).filter(issue__inspection=inspection)
        led = list(seen.filter(lead_unit=row).for_register(today, until))
        led.sort(key=lambda measure: (URGENCY.index(measure.mark), measure.due_on is None, measure.due_on))
        context |= {
            "today": today,
            "led": led,
            "supported": list(seen.filter(supporting_units=row).for_register(today, until)),
            "counts": seen.filter(lead_unit=row).mark_counts(today, until),
            "tracks": seen.filter(lead_unit=row).track_counts(),
        }
        context["entries"] = entries_of_unit(row, inspection, request.user, [measure.pk for measure in led])
    return render(request, "measures/unit.html", context)


def entries_of_unit(unit: Unit, inspection: Inspection, user: User, measures: list[int]) -> list[Entry]:
    """The newest entries on the measures that the unit leads and on the letters it got, among those the user sees."""
    letters = list(unit.letters.visible_to(user).filter(inspection=inspection).values_list("pk", flat=True))
    return list(Entry.objects.filter(book=inspection.book_id).about([("measure", measures), ("letter", letters)])[:LINES])


def units_open_to(user: User) -> QuerySet[Unit]:
    """Units whose page the user may open."""
    if sees_all_business(user):
        return Unit.objects.all()
    if user.role == Role.LIAISON:
        return Unit.objects.filter(users=user)
    if user.role == Role.SUPERVISOR:
        return Unit.objects.covered_by(user)
    raise Http404
