"""Changing the texts of one issue for each audience, and how the notice is laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.db import transaction

from apps.ledgers.services import changes
from apps.reports import layouts, workflow
from apps.reports.composing import composed
from apps.reports.earlier import TEXTS
from apps.reports.figures import STRAY
from apps.reports.models import Notice, NoticeItem
from apps.reports.presence import LAYOUT_PLACE, item_place
from apps.reports.services.changing import amended, check_amendable
from apps.reports.services.presence import stop_editing
from apps.reports.services.rows import STALE, check_fields, locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

SENTENCE = re.compile(r"[^。！？；\n]+")
SHORTEST = 6
WANTED = {"title": "请写明条目标题", "text": "请写明公开文字"}


@transaction.atomic
def amend_item(
    *,
    actor: User,
    item: NoticeItem,
    title: str,
    text: str,
    party_text: str | None = None,
    internal_text: str | None = None,
    from_internal: bool = False,
    reason: str = "",
    version: int | None = None,
) -> NoticeItem:
    """Change what one issue tells its audiences; None leaves a text as it is. The same rules as for the prose hold.

    ``from_internal`` confirms that sentences which only the internal text has had are meant to be told outside the house.
    """
    row = locked(item.notice)
    entry = NoticeItem.objects.select_for_update(of=("self",), no_key=True).select_related("issue").get(pk=item.pk)
    if version is not None and version != entry.version:
        raise ActConflict(STALE)
    check_amendable(row, workflow.AMEND_ITEM, actor, reason)
    before = {name: getattr(entry, name) for name in TEXTS}
    given = {"title": title, "text": text, "party_text": party_text, "internal_text": internal_text}
    after = before | {name: value.replace("\r\n", "\n").strip() for name, value in given.items() if value is not None}
    _check_texts(after)
    payload = changes(before, after)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    if not from_internal:
        _check_nothing_slips_out(entry, after)
    for name, value in after.items():
        setattr(entry, name, value)
    entry.version += 1
    check_fields(entry)
    entry.save()
    stop_editing(actor, row, item_place(entry.issue.number))
    amended(row, actor, workflow.AMEND_ITEM, reason, payload, subject=entry)
    return entry


@transaction.atomic
def set_layout(
    *,
    actor: User,
    notice: Notice,
    layout: str,
    category_pattern: str = "",
    item_pattern: str = "",
    section_order: Sequence[str] = layouts.SECTIONS,
    reason: str = "",
    version: int | None = None,
) -> Notice:
    """Lay the notice out: its layout, the patterns of its headings (empty: as published notices of that layout have them), the order."""
    row = locked(notice, version)
    check_amendable(row, workflow.SET_LAYOUT, actor, reason)
    if layout not in Notice.Layout.values:
        raise ActRefused("请从列出的三种版式中选择", field="layout")
    usual = layouts.PRESETS[layout]
    category_pattern, item_pattern = category_pattern.strip() or usual[0], item_pattern.strip() or usual[1]
    for field, problems in (
        ("category_pattern", layouts.problems_of_category(category_pattern)),
        ("item_pattern", layouts.problems_of_item(item_pattern)),
        ("section_order", layouts.problems_of_order(section_order)),
    ):
        if sentences := list(problems):
            raise ActRefused("；".join(sentences), field=field)
    after = {"layout": layout, "category_pattern": category_pattern, "item_pattern": item_pattern, "section_order": list(section_order)}
    payload = changes({name: getattr(row, name) for name in after}, after)
    if not payload["changes"]:
        raise ActRefused("版式没有变化，不需要保存")
    for name, value in after.items():
        setattr(row, name, value)
    check_fields(row)
    stop_editing(actor, row, LAYOUT_PLACE)
    return amended(row, actor, workflow.SET_LAYOUT, reason, payload)


def only_inside(text: str, inside: str, outside: str) -> Iterator[str]:
    """The sentences of a text that stand in the internal text and nowhere outside."""
    hidden, known = _bare(inside), _bare(outside)
    for sentence in SENTENCE.findall(text):
        bare = _bare(sentence)
        if len(bare) >= SHORTEST and bare in hidden and bare not in known:
            yield sentence.strip()


def _check_texts(after: dict[str, str]) -> None:
    for field, value in after.items():
        if STRAY.search(value):
            raise ActRefused("条目文字直接公开，不使用占位符，请去掉花括号", field=field)
        if not value and field in WANTED:
            raise ActRefused(WANTED[field], field=field)


def _check_nothing_slips_out(entry: NoticeItem, after: dict[str, str]) -> None:
    """What is told outside may be what was told outside already or what the ledger tells anyway; else somebody must mean it."""
    for field in ("text", "party_text"):
        outside = f"{entry.text}\n{entry.party_text}"
        found = list(only_inside(after[field], entry.internal_text, outside))
        if found:
            draft = composed([entry.issue])[entry.issue.pk]
            told = draft.society + (draft.party if field == "party_text" else "")
            found = list(only_inside("\n".join(found), entry.internal_text, f"{outside}\n{told}"))
        if found:
            label = "社会公开文字" if field == "text" else "党内通报文字"
            said = "”“".join(found[:3])
            raise ActRefused(f"{label}里有只写在内部文字中的话：“{said}”。请删去；确实要公开的，勾选确认后再保存", field="from_internal")


def _bare(text: str) -> str:
    return "".join(text.split())
