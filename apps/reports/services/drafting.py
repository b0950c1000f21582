"""Drafting a notice and its prose. After a submission every change needs a reason and voids what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from apps.issues.models import Inspection, Issue
from apps.issues.services import require_office
from apps.ledgers.services import changes, record
from apps.reports import workflow
from apps.reports.composing import composed
from apps.reports.content import TEMPLATED, content_of, sha256_of
from apps.reports.earlier import PROSE, prose_fingerprint
from apps.reports.figures import problems_in
from apps.reports.models import Act, Notice, NoticeItem
from apps.reports.presence import PROSE_PLACE
from apps.reports.services.changing import amended, check_amendable
from apps.reports.services.presence import stop_editing
from apps.reports.services.rows import STALE, check_fields, locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, User
from apps.units.workflow import check

LAID_OUT = ("layout", "category_pattern", "item_pattern", "section_order")
ORDINALS = {"section_one_title": "一、", "section_two_title": "二、", "section_three_title": "三、"}


@transaction.atomic
def draft_notice(
    *,
    actor: User,
    inspection: Inspection,
    prose: Mapping[str, Any],
    texts: Mapping[int, str] | None = None,
    like: Notice | None = None,
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Iterable[str] = (),
) -> Notice:
    """Draft a notice with one item for each issue. ``prose``: the columns ``PROSE``; section titles without 一、二、三、.

    ``texts`` gives public texts by issue number; ``like`` another notice of the round whose layout and items are taken over. An issue
    that neither tells of gets what the ledger can tell (``composing``).
    """
    require_office(actor, Act.DRAFT)
    notice = Notice(inspection=inspection, drafted_by=actor, edited_by=actor, source=source, quote=quote, demonstrated=list(demonstrated))
    for key, value in _cleaned(prose).items():
        setattr(notice, key, value)
    if like is not None:
        for column in LAID_OUT:
            setattr(notice, column, getattr(like, column))
    check_fields(notice)
    notice.save()
    items = _add_items(notice, inspection.issues.all(), texts or {}, like)
    payload = {"title": notice.title, "items": len(items), "content_hash": sha256_of(content_of(notice))}
    record(inspection.book, actor=actor, act=Act.DRAFT, subject=notice, payload=payload)
    return notice


@transaction.atomic
def amend_notice(
    *, actor: User, notice: Notice, values: Mapping[str, Any], reason: str = "", version: int | None = None, shown: str = ""
) -> Notice:
    """Change prose, contact or date. Once a notice was submitted a reason is required, and it must be submitted and approved again.

    ``shown`` is the fingerprint of the prose that the caller's page showed: others may save items meanwhile without making it stale,
    as they would with ``version``, which counts every change of the notice.
    """
    row = locked(notice, version)
    if shown and shown != prose_fingerprint(row):
        raise ActConflict(STALE)
    check_amendable(row, workflow.AMEND, actor, reason)
    cleaned = _cleaned(values)
    before = {key: getattr(row, key) for key in cleaned}
    for key, value in cleaned.items():
        setattr(row, key, value)
    check_fields(row)
    payload = changes(before, cleaned)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    stop_editing(actor, row, PROSE_PLACE)
    return amended(row, actor, workflow.AMEND, reason, payload)


@transaction.atomic
def add_missing_items(*, actor: User, notice: Notice) -> Notice:
    """Give every issue of the round that has no item yet (registered after the draft) one from what the ledger can tell."""
    row = locked(notice)
    check(workflow.change(workflow.ADD_ITEMS, row), row, field="state", actor=actor)
    items = _add_items(row, row.inspection.issues.filter(number__in=workflow.missing_numbers(row)), {})
    if not items:
        raise ActRefused("条目已经齐全，不需要补")
    return amended(row, actor, workflow.ADD_ITEMS, "", {"numbers": [item.issue.number for item in items]})


def _add_items(notice: Notice, issues: Iterable[Issue], texts: Mapping[int, str], like: Notice | None = None) -> list[NoticeItem]:
    rows = list(issues)
    last = {item.issue_id: item for item in like.items.all()} if like else {}
    told = composed(issue for issue in rows if issue.number not in texts and issue.pk not in last)
    items = []
    for issue in rows:
        item = NoticeItem(notice=notice, issue=issue, title=issue.title, source=notice.source)
        if issue.number in texts:
            item.text = texts[issue.number]
            item.quote = item.text if notice.source == Source.NOTICE else ""
        elif before := last.get(issue.pk):
            item.title, item.text = before.title, before.text
            item.party_text, item.internal_text = before.party_text, before.internal_text
        else:
            draft = told[issue.pk]
            item.text, item.party_text, item.internal_text = draft.society, draft.party, draft.internal
        items.append(item)
    return NoticeItem.objects.bulk_create(items)


def _cleaned(prose: Mapping[str, Any]) -> dict[str, Any]:
    """The prose as it is kept: trimmed, section titles without their ordinals; a wrong placeholder is refused, naming it."""
    unknown = set(prose) - set(PROSE)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    cleaned = {key: value.strip().replace("\r\n", "\n") if isinstance(value, str) else value for key, value in prose.items()}
    for key in TEMPLATED:
        problems = list(problems_in(cleaned.get(key, "")))
        if problems:
            raise ActRefused("；".join(problems), field=key)
    return {key: value.removeprefix(ORDINALS[key]) if key in ORDINALS else value for key, value in cleaned.items()}
