"""Money recovered and outstanding, regulations by kind, relapse: what came of the rectification, within one scope."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count

from apps.issues.models import Inspection, LookBack
from apps.measures.models import Regulation
from apps.measures.querysets import MeasureQuerySet
from apps.units.models import User

RELAPSE_FORMULA = "反弹率 = 结果为“反弹”的回头看次数 ÷ 已开展的回头看次数（按牵头单位）"
REGULATIONS_FORMULA = "建章立制 = 新建 + 修订；废止的列出，但不计入"


class Relapse(NamedTuple):
    """Look-backs held on issues of a unit, and those that found a relapse."""

    unit: int
    name: str
    held: int
    relapsed: int


def regulations_by_kind(user: User, inspection: Inspection, measures: MeasureQuerySet, *, whole: bool) -> list[tuple[str, str, int]]:
    """Code and words of each kind, and how many; of the issues of these measures where it is not the whole round."""
    rows = Regulation.objects.visible_to(user).filter(inspection=inspection)
    rows = rows if whole else rows.filter(issue__in=measures.values("issue"))
    counted = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    return [(code, str(words), counted.get(code, 0)) for code, words in Regulation.Kind.choices]


def relapses(user: User, inspection: Inspection, measures: MeasureQuerySet, *, whole: bool) -> list[Relapse]:
    """By lead unit of the issue, the most relapses first."""
    held = LookBack.objects.visible_to(user).filter(issue__inspection=inspection)
    held = held if whole else held.filter(issue__in=measures.values("issue"))
    return [Relapse(row["unit_id"], row["unit"], row["held"], row["relapsed"]) for row in held.relapse_rates()]
