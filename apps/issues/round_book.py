"""The entries on a round itself: what was opened, amended, met, drawn and exported, as far as the user may know of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from apps.issues.models import Act, Inspection
from apps.ledgers.models import Entry
from apps.units.models import User
from apps.units.policies import sees_all_business

LINES = 60
OF_THE_ROUND = (Act.OPEN_INSPECTION.value, Act.AMEND_INSPECTION.value)


def entries_of_round(inspection: Inspection, user: User) -> list[Entry]:
    """The newest entries on the round, its categories, its meetings and draws.

    Whoever sees a part of the round sees how it was opened and amended, the categories and meetings they see, and their own exports.
    """
    categories = inspection.categories.visible_to(user).values_list("pk", flat=True)
    activities = inspection.activities.visible_to(user).filter(issue__isnull=True).values_list("pk", flat=True)
    subjects: list[tuple[str, Any]] = [("inspection", [inspection.pk]), ("category", categories), ("activity", activities)]
    if sees_all_business(user):
        subjects.append(("lookbackdraw", inspection.look_back_draws.values_list("pk", flat=True)))
    rows = Entry.objects.filter(book=inspection.book_id).about(subjects)
    if not sees_all_business(user):
        rows = rows.exclude(Q(subject_type="inspection") & ~Q(act__in=OF_THE_ROUND) & ~Q(actor=user.pk))
    return list(rows[:LINES])
