"""Supervision groups and leaders: how their groups stand, what is late, which letters are out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from apps.measures.querysets import MARKS, mark_on
from apps.supervision.coverage import covers
from apps.supervision.models import Flag, Group, Letter
from config.workbench.rounds import (
    Completion,
    Round,
    closures_to_sign,
    coming_dates,
    extensions_to_decide,
    late_rows,
    notices_to_approve,
    open_proposals,
    owed_reports,
)

SHOWN = 8
OVER = (Letter.State.CLOSED, Letter.State.ESCALATED)


@dataclass
class GroupStand:
    """A group and the measures it covers, by unit or by category, counted by mark."""

    group: Group
    units: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MARKS, 0))

    @property
    def completion(self) -> Completion:
        return Completion(self.counts)


def page(now: Round) -> dict[str, Any]:
    letters = Letter.objects.visible_to(now.user).filter(inspection=now.inspection).select_related("unit", "group")
    open_flags = Flag.objects.standing().filter(measure__in=now.measures.order_by().values("pk"))
    flags = dict(open_flags.order_by().values_list("kind").annotate(n=Count("pk")))
    return {
        "sign_offs": closures_to_sign(now),
        "notices": notices_to_approve(now),
        "groups": groups_of(now),
        "completion": Completion(now.measures.mark_counts(now.today, now.until)),
        "late": late_rows(now, SHOWN),
        "flags": flags,
        "other_flags": sum(count for kind, count in flags.items() if kind not in (Flag.Kind.SOON, Flag.Kind.OVERDUE)),
        "letters": list(letters.exclude(state__in=OVER).order_by("reply_by")[:SHOWN]),
        "dates": coming_dates(now),
        "extensions": extensions_to_decide(now),
        "proposals": open_proposals(now),
        "owed": owed_reports(now),
    }


def groups_of(now: Round) -> list[GroupStand]:
    """The user's own groups; for a leader, who is in none, all of the round. One query for all their figures."""
    groups = Group.objects.filter(inspection=now.inspection).prefetch_related("units", "categories").select_related("lead_unit")
    if not now.user.is_leader:
        groups = groups.filter(members=now.user)
    stands = [GroupStand(group, len(group.units.all())) for group in groups]
    rows = now.measures.order_by().values("lead_unit", "issue__category", shown=mark_on(now.today, now.until))
    figures = [(row["lead_unit"], row["issue__category"], row["shown"], row["n"]) for row in rows.annotate(n=Count("pk", distinct=True))]
    for stand in stands:
        for unit, category, mark, count in figures:
            stand.counts[mark] += count if covers(stand.group, unit, [category]) else 0
    return stands
