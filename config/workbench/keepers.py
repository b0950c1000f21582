"""The administrator (accounts), the auditor (the books) and the discipline role (what is sealed for it): none sees business rows."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q

from apps.ledgers.models import Book, Entry
from apps.ledgers.services import HOUSE
from apps.reports.models import Feedback
from apps.supervision.models import Clue
from apps.units.models import Role, Unit, User
from config.context import BookState, state_of

SHOWN = 10


def admin_page() -> dict[str, Any]:
    users = (
        User.objects.order_by()
        .values_list("role")
        .annotate(active=Count("pk", filter=Q(is_active=True)), stopped=Count("pk", filter=Q(is_active=False)))
    )
    by_role = {role: (active, stopped) for role, active, stopped in users}
    rows = [(Role(role).label, role, *by_role.get(role, (0, 0))) for role in Role.values]
    without = Unit.objects.exclude(users__role=Role.LIAISON, users__is_active=True)
    return {
        "roles": rows,
        "active": sum(row[2] for row in rows),
        "stopped": sum(row[3] for row in rows),
        "units": Unit.objects.count(),
        "without_liaison": without.count(),
        "entries": Entry.objects.filter(book__slug=HOUSE).order_by("-seq")[:SHOWN],
    }


def auditor_page() -> dict[str, Any]:
    return {"books": book_states(), "entries": Entry.objects.select_related("book").order_by("-pk")[:SHOWN]}


def discipline_page(user: User) -> dict[str, Any]:
    """What is sealed for this role: clues that wait, the oldest first, and how many sealed messages wait for an answer."""
    waiting = Clue.objects.visible_to(user).waiting()
    letters = Feedback.objects.visible_to(user).filter(state=Feedback.State.RECEIVED)
    return {
        "clues": waiting.for_page().order_by("transferred_on", "pk")[:SHOWN],
        "waiting": waiting.count(),
        "letters": letters.count(),
    }


def book_states() -> list[tuple[Book, BookState | None]]:
    """Every book with the check of its last entry; None where it has none or the entry its head names is missing."""
    heads = {entry.book_id: entry for entry in Entry.objects.filter(seq=F("book__head_seq")).select_related("book")}
    return [(book, state_of(heads[book.pk]) if book.pk in heads else None) for book in Book.objects.order_by("pk")]
