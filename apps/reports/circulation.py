"""How far the units have got with the items of a notice: who has to answer for each, who did, to which text, and since when it waits.

A unit answers where somebody heads it: an active liaison account marked as head. An answer counts while the item's texts are those that
were read and the issue is still led by that unit; when either changed, the item waits again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.reports.models import Act, ItemReview, Notice, NoticeItem
from apps.units.models import Role, Unit, User

State = Literal["exempt", "waiting", "changed", "objected", "agreed", "passed"]
DONE: tuple[State, ...] = ("exempt", "agreed", "passed")
ASKING = (Act.CIRCULATE, Act.REMIND)
WORDS: dict[State, str] = {
    "exempt": "不需审核",
    "waiting": "待审核",
    "changed": "已修改，待重新审核",
    "objected": "不同意",
    "agreed": "同意",
    "passed": "整改办代为通过",
}


def item_hash(item: NoticeItem) -> str:
    """Of what the head of a unit reads: title, text for society, text for the Party. The internal text never leaves the house."""
    return chain.sha256_of({"title": item.title.strip(), "text": item.text.strip(), "party_text": item.text_for_party})


@dataclass(frozen=True)
class Standing:
    """One item, the unit that answers for it, and its last answer."""

    item: NoticeItem
    unit: Unit
    state: State
    review: ItemReview | None = None
    since: dt.datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.state in DONE

    @property
    def words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class UnitStanding:
    """A unit with its heads and its items."""

    unit: Unit
    heads: list[User]
    items: list[Standing] = field(default_factory=list)

    @property
    def open(self) -> list[Standing]:
        return [standing for standing in self.items if not standing.is_done]

    @property
    def since(self) -> dt.datetime | None:
        """Since when its oldest open item waits."""
        return min((standing.since for standing in self.open if standing.since), default=None)

    @property
    def agreed(self) -> int:
        """Items that the unit itself has agreed to."""
        return sum(standing.state == "agreed" for standing in self.items)

    @property
    def passed(self) -> int:
        """Items that the office has let through in the unit's place."""
        return sum(standing.state == "passed" for standing in self.items)


def heads_of(units: Iterable[Unit | int]) -> dict[int, list[User]]:
    """The active heads, by unit."""
    found: dict[int, list[User]] = defaultdict(list)
    for head in User.objects.filter(is_active=True, role=Role.LIAISON, heads_unit=True, unit__in=list(units)).order_by("pk"):
        found[head.unit_id or 0].append(head)
    return dict(found)


def standings(notice: Notice, unit: Unit | None = None) -> list[Standing]:
    """Every item of the notice, or those that the unit answers for, in the order of the issues."""
    rows = notice.items.select_related("issue__lead_unit", "notice").order_by("issue__number")
    items = list(rows.filter(issue__lead_unit=unit) if unit else rows)
    heads = heads_of({item.issue.lead_unit_id for item in items})
    reviews = latest_reviews(items)
    asked = _asked_at(notice, items)
    return [_standing(item, item.issue.lead_unit_id in heads, reviews.get(item.pk), asked) for item in items]


def by_unit(found: Iterable[Standing]) -> list[UnitStanding]:
    """The units that answer for something, those with open items first, then in official order."""
    rows = [standing for standing in found if standing.state != "exempt"]
    heads = heads_of({standing.unit.pk for standing in rows})
    units = {unit.pk: UnitStanding(unit, heads.get(unit.pk, [])) for unit in Unit.objects.filter(pk__in=[row.unit.pk for row in rows])}
    for standing in rows:
        units[standing.unit.pk].items.append(standing)
    return sorted(units.values(), key=lambda row: not row.open)


def latest_reviews(items: Iterable[NoticeItem]) -> dict[int, ItemReview]:
    """The last answer about each item."""
    rows = ItemReview.objects.filter(item__in=[item.pk for item in items]).select_related("by", "unit").order_by("pk")
    return {review.item_id: review for review in rows}


def still_read(item: NoticeItem, review: ItemReview) -> bool:
    """Whether the answer is about what the item says now, by the unit that leads its issue now."""
    return review.content_hash == item_hash(item) and review.unit_id == item.issue.lead_unit_id


def _standing(item: NoticeItem, headed: bool, review: ItemReview | None, asked: dict[int, dt.datetime]) -> Standing:
    unit, since = item.issue.lead_unit, asked.get(item.pk)
    if review is not None and still_read(item, review):
        verdicts: dict[str, State] = {"agreed": "agreed", "passed": "passed", "objected": "objected"}
        return Standing(item, unit, verdicts[review.verdict], review, review.at)
    if not headed:
        return Standing(item, unit, "exempt", review)
    return Standing(item, unit, "changed" if review else "waiting", review, since)


def _asked_at(notice: Notice, items: list[NoticeItem]) -> dict[int, dt.datetime]:
    """When each item was last put before its unit: with the circulation, or when its texts changed after an answer."""
    about = [("notice", [notice.pk]), ("noticeitem", [item.pk for item in items])]
    acts = (Act.CIRCULATE, Act.VOID_REVIEW)
    rows = Entry.objects.filter(book=notice.inspection.book_id, act__in=acts).about(about).order_by("seq")
    found: dict[int, dt.datetime] = {}
    for act, subject, moment in rows.values_list("act", "subject_id", "at"):
        if act == Act.VOID_REVIEW and subject is not None:
            found[subject] = moment
        elif act == Act.CIRCULATE:
            found = {**{item.pk: moment for item in items}, **found}
    return found


def last_asked(notice: Notice) -> dt.datetime | None:
    """When the heads were last written to."""
    rows = Entry.objects.filter(book=notice.inspection.book_id, act__in=ASKING).about([("notice", [notice.pk])])
    return rows.order_by("-seq").values_list("at", flat=True).first()
