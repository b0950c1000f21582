"""Drafting a notice: its prose and the text of each issue. After a submission every change needs a reason and voids what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.issues.models import Inspection, Issue
from apps.issues.services import require_office
from apps.ledgers.services import Deed, changes, record
from apps.measures.models import Progress
from apps.reports import workflow
from apps.reports.content import TEMPLATED, content_of, sha256_of
from apps.reports.figures import STRAY, problems_in
from apps.reports.models import Act, Notice, NoticeItem
from apps.reports.services.reviewing import asked_again
from apps.reports.services.rows import STALE, locked, moved, voided
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, User
from apps.units.workflow import Transition, apply, check

PROSE = (
    *("issuer", "title", "lead", "section_one_title", "section_one", "section_two_title", "section_three_title", "section_three"),
    *("invitation", "phone", "address", "postcode", "email", "dated_on"),
)
ORDINALS = {"section_one_title": "一、", "section_two_title": "二、", "section_three_title": "三、"}


@transaction.atomic
def draft_notice(
    *,
    actor: User,
    inspection: Inspection,
    prose: Mapping[str, Any],
    texts: Mapping[int, str] | None = None,
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Iterable[str] = (),
) -> Notice:
    """Draft a notice with one item for each issue. ``prose``: the columns ``PROSE``; section titles without 一、二、三、.

    ``texts`` gives public texts by issue number; an issue without one gets what its approved reports say.
    """
    require_office(actor, Act.DRAFT)
    notice = Notice(inspection=inspection, drafted_by=actor, edited_by=actor, source=source, quote=quote, demonstrated=list(demonstrated))
    for key, value in _cleaned(prose).items():
        setattr(notice, key, value)
    _check_fields(notice)
    notice.save()
    items = _add_items(notice, inspection.issues.all(), texts or {})
    payload = {"title": notice.title, "items": len(items), "content_hash": sha256_of(content_of(notice))}
    record(inspection.book, actor=actor, act=Act.DRAFT, subject=notice, payload=payload)
    return notice


@transaction.atomic
def amend_notice(*, actor: User, notice: Notice, values: Mapping[str, Any], reason: str = "", version: int | None = None) -> Notice:
    """Change prose, contact or date. Once a notice was submitted a reason is required, and it must be submitted and approved again."""
    row = locked(notice, version)
    _check_amendable(row, workflow.AMEND, actor, reason)
    cleaned = _cleaned(values)
    before = {key: getattr(row, key) for key in cleaned}
    for key, value in cleaned.items():
        setattr(row, key, value)
    _check_fields(row)
    payload = changes(before, cleaned)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    return _amended(row, actor, workflow.AMEND, reason, payload)


@transaction.atomic
def amend_item(*, actor: User, item: NoticeItem, title: str, text: str, reason: str = "", version: int | None = None) -> NoticeItem:
    """Change the public text of one issue; the same rules as for the prose hold."""
    row = locked(item.notice)
    entry = NoticeItem.objects.select_for_update(of=("self",), no_key=True).select_related("issue").get(pk=item.pk)
    if version is not None and version != entry.version:
        raise ActConflict(STALE)
    _check_amendable(row, workflow.AMEND_ITEM, actor, reason)
    after = {"title": title.strip(), "text": text.strip()}
    for field, value in after.items():
        if STRAY.search(value):
            raise ActRefused("条目文字直接公开，不使用占位符，请去掉花括号", field=field)
        if not value:
            raise ActRefused("请写明公开文字" if field == "text" else "请写明条目标题", field=field)
    payload = changes({"title": entry.title, "text": entry.text}, after)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    entry.title, entry.text = after["title"], after["text"]
    entry.version += 1
    _check_fields(entry)
    entry.save()
    _amended(row, actor, workflow.AMEND_ITEM, reason, payload, subject=entry)
    return entry


@transaction.atomic
def add_missing_items(*, actor: User, notice: Notice) -> Notice:
    """Give every issue of the round that has no item yet (registered after the draft) one from its approved reports."""
    row = locked(notice)
    check(workflow.change(workflow.ADD_ITEMS, row), row, field="state", actor=actor)
    items = _add_items(row, row.inspection.issues.filter(number__in=workflow.missing_numbers(row)), {})
    if not items:
        raise ActRefused("条目已经齐全，不需要补")
    return _amended(row, actor, workflow.ADD_ITEMS, "", {"numbers": [item.issue.number for item in items]})


def composed(issue: Issue) -> str:
    """What the approved reports say about an issue: the latest of each measure, in the order of the measures."""
    texts: dict[int, str] = {}
    approved = Progress.objects.filter(measure__issue=issue, review=Progress.Review.APPROVED)
    for ordinal, text in approved.order_by("measure__ordinal", "pk").values_list("measure__ordinal", "text"):
        texts[ordinal] = text.strip()
    return "".join(text if text.endswith(("。", "！", "？")) else f"{text}。" for text in texts.values() if text)


def _add_items(notice: Notice, issues: Iterable[Issue], texts: Mapping[int, str]) -> list[NoticeItem]:
    items = []
    for issue in issues:
        given = texts.get(issue.number, "")
        quote = given if notice.source == Source.NOTICE else ""
        text = given or composed(issue)
        items.append(NoticeItem(notice=notice, issue=issue, title=issue.title, text=text, source=notice.source, quote=quote))
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


def _check_fields(row: Notice | NoticeItem) -> None:
    """Lengths, the date and the e-mail address as the columns want them; an item may wait for its text."""
    try:
        row.clean_fields(exclude=("quote", "demonstrated"))
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        labels = {column.name: column.verbose_name for column in row._meta.fields}
        raise ActRefused(f"{labels[field]}：{messages[0]}", field=field) from error


def _check_amendable(row: Notice, step: Transition, actor: User, reason: str) -> None:
    check(workflow.change(step, row), row, field="state", actor=actor)
    if row.submitted_on is not None and not reason.strip():
        raise ActRefused("这份通报稿提请过审定，再修改要写明理由", field="reason")


def _amended(
    row: Notice, actor: User, step: Transition, reason: str, payload: dict[str, Any], subject: Notice | NoticeItem | None = None
) -> Notice:
    """The notice is a draft again, or stays with the units; what had been approved or agreed to is void, and the book says so."""
    void = voided(row, reason)
    apply(workflow.change(step, row), row, field="state", actor=actor)
    row.edited_by = actor
    asked = asked_again(row, subject, reason) if isinstance(subject, NoticeItem) else []
    return moved(row, actor, [Deed(step.act, subject or row, reason, payload), *asked, *void])
