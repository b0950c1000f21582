"""Meetings and other activities, and what they decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.issues.models import Act, Activity, DecidedItem, Inspection, Issue
from apps.issues.services.rows import locked_inspection, plain_facts, require_office
from apps.ledgers import chain
from apps.ledgers.services import changes, record
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from apps.units.services import refuse_stale

AMENDABLE_ACTIVITY = ("kind", "title", "held_on", "issue", "attendance", "decided")
ASIDE = 20_000
"""Ordinals are unique; while items change places they stand here."""


def items_in(decided: str) -> list[str]:
    """What was decided, an item a line; lines without words are none."""
    return [line.strip() for line in decided.splitlines() if line.strip()]


def fingerprint(row: Activity) -> str:
    """What a page about the activity showed, so that a stale one is told."""
    shown = {key: getattr(row, key) for key in ("kind", "title", "held_on", "issue_id", "attendance", "decided")}
    return chain.sha256_of(chain.plain(shown))


@transaction.atomic
def record_activity(
    *, actor: User | None, inspection: Inspection, kind: str, title: str, issue: Issue | None = None, **facts: Any
) -> Activity:
    """Register a meeting or another activity of the round, or of one issue; one of a known day only once.

    Each line of ``decided`` is an item that can become a measure.
    """
    require_office(actor, Act.RECORD_ACTIVITY)
    return enter_activity(actor=actor, inspection=inspection, kind=kind, title=title, issue=issue, **facts)


@transaction.atomic
def enter_activity(
    *, actor: User | None, inspection: Inspection, kind: str, title: str, issue: Issue | None = None, **facts: Any
) -> Activity:
    """Part of the acts of higher rooms, which have asked whose they are: a dispatch that was held is an activity of the round."""
    inspection = locked_inspection(inspection)
    activity = Activity(inspection=inspection, issue=issue, kind=kind, title=title, **facts)
    _check(activity)
    activity.save(force_insert=True)
    DecidedItem.objects.bulk_create(
        DecidedItem(activity=activity, ordinal=ordinal, text=text) for ordinal, text in enumerate(items_in(activity.decided), start=1)
    )
    payload = {"kind": activity.get_kind_display(), "title": title, "issue": issue.number if issue else None, **plain_facts(facts)}
    record(inspection.book, actor=actor, act=Act.RECORD_ACTIVITY, subject=activity, payload=payload)
    return activity


@transaction.atomic
def amend_activity(*, actor: User, activity: Activity, values: Mapping[str, Any], reason: str, seen: str | None = None) -> Activity:
    """Change what is on record of an activity, with a reason; before → after goes in the book. ``values`` ⊆ AMENDABLE_ACTIVITY.

    ``seen`` is the fingerprint of what the page showed. An item that has become a measure stays, however it is worded.
    """
    require_office(actor, Act.AMEND_ACTIVITY)
    inspection = locked_inspection(activity.inspection)
    row = Activity.objects.select_for_update(of=("self",), no_key=True).select_related("issue__inspection").get(pk=activity.pk)
    row.inspection = inspection
    refuse_stale(fingerprint(row), seen, "这项活动")
    if not reason.strip():
        raise ActRefused("修改会议活动要写明理由", field="reason")
    unknown = set(values) - set(AMENDABLE_ACTIVITY)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    before = {key: _spoken(row, key) for key in values}
    for key, value in values.items():
        setattr(row, key, value)
    payload = changes(before, {key: _spoken(row, key) for key in values})
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    _check(row)
    row.take_over(payload["changes"])
    row.save()
    _renew_items(row, items_in(row.decided))
    record(inspection.book, actor=actor, act=Act.AMEND_ACTIVITY, subject=row, reason=reason, payload=payload)
    return row


def _spoken(row: Activity, key: str) -> Any:
    """A column as the book says it."""
    if key == "kind":
        return row.get_kind_display()
    if key == "issue":
        return row.issue.number if row.issue else None
    return getattr(row, key)


def _check(row: Activity) -> None:
    if not row.title.strip():
        raise ActRefused("请填写活动名称", field="title")
    if row.issue is not None and row.issue.inspection_id != row.inspection_id:
        raise ActRefused("这个问题不属于本轮次，请重新选择", field="issue")
    same = row.inspection.activities.filter(issue=row.issue, kind=row.kind, title=row.title, held_on=row.held_on).exclude(pk=row.pk)
    if row.held_on and same.exists():
        raise ActConflict(f"“{row.title}”已经登记，请勿重复提交；同一天的另一次活动请在名称中区分", field="title")


def _renew_items(row: Activity, texts: Sequence[str]) -> None:
    """Bring the items to these texts: those whose words stay are the same items, the others are reworded in order, added or dropped."""
    old = list(row.items.order_by("ordinal"))
    kept: dict[int, DecidedItem] = {}
    for place, text in enumerate(texts):
        same = next((item for item in old if item.text == text), None)
        if same is not None:
            kept[place] = same
            old.remove(same)
    # Items that became measures are reworded before any other: they may not be dropped.
    bound = set(row.items.filter(measures__isnull=False).values_list("pk", flat=True))
    old.sort(key=lambda item: (item.pk not in bound, item.ordinal))
    free = [place for place in range(len(texts)) if place not in kept]
    kept |= dict(zip(free, sorted(old[: len(free)], key=lambda item: item.ordinal), strict=False))
    dropped = old[len(free) :]
    if any(item.pk in bound for item in dropped):
        named = next(item for item in dropped if item.pk in bound)
        raise ActRefused(f"议定事项 {named.ordinal} 已转为措施，不能删去，请保留这一行", field="decided")
    DecidedItem.objects.filter(pk__in=[item.pk for item in dropped]).delete()
    for place, item in kept.items():
        item.ordinal, item.text = ASIDE + place, texts[place]
    DecidedItem.objects.bulk_update(kept.values(), ("ordinal", "text"))
    for place, item in kept.items():
        item.ordinal = place + 1
    DecidedItem.objects.bulk_update(kept.values(), ("ordinal",))
    added = [DecidedItem(activity=row, ordinal=place + 1, text=text) for place, text in enumerate(texts) if place not in kept]
    DecidedItem.objects.bulk_create(added)
