"""Who has which place of a draft open: what others see. The rows are kept fresh by the open page; old ones mean nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from apps.reports.blocks import item_of
from apps.reports.models import Editing, Notice
from apps.units.models import User

FRESH = dt.timedelta(seconds=90)
PROSE_PLACE, LAYOUT_PLACE = "prose", "layout"
PLACE_NAMES = {PROSE_PLACE: "正文文字", LAYOUT_PLACE: "版式"}


@dataclass(frozen=True)
class Presence:
    """Somebody else at work: 张三 正在修改第 63 条."""

    name: str
    place: str

    @property
    def words(self) -> str:
        return f"{self.name} 正在修改{named(self.place)}"


def item_place(number: int) -> str:
    return f"item:{number}"


def named(place: str) -> str:
    kind, _, number = place.partition(":")
    return f"第 {number} 条" if kind == "item" else PLACE_NAMES[place]


def is_place(notice: Notice, place: str) -> bool:
    """Whether the notice has this place."""
    kind, _, number = place.partition(":")
    if kind == "item":
        return number.isdecimal() and len(number) < 6 and notice.items.filter(issue__number=int(number)).exists()
    return place in PLACE_NAMES


def others(notice: Notice, user: User) -> list[Presence]:
    """Who else is at work on the notice now, in the order of the places."""
    rows = Editing.objects.filter(notice=notice, seen_at__gt=timezone.now() - FRESH).exclude(by=user).select_related("by")
    return sorted((Presence(str(row.by), row.place) for row in rows), key=lambda row: (_order(row.place), row.name))


def _order(place: str) -> tuple[int, int]:
    number = item_of(place)
    return (0, 0) if number is None else (1, number)
