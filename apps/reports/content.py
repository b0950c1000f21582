"""The content of a notice as one plain JSON object. Every renderer (page, print, JSON, text) reads this object and nothing else.

What is approved, published and downloaded is the same bytes: the RFC 8785 canonical JSON of the object. It therefore holds
nothing that the act of publishing adds (edition number, time of publication).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import rfc8785
from django.db.models import prefetch_related_objects

from apps.issues.models import Category, Issue
from apps.ledgers import chain
from apps.reports.blocks import blocks_of
from apps.reports.composing import stopped
from apps.reports.figures import Counts, fill, names_in
from apps.reports.layouts import LASTING, LASTING_TITLE, Arrangement, arrangement_of, filled
from apps.reports.models import Audience, Notice, NoticeItem
from apps.units.models import Source

FORMAT = 2
"""2: audience, layout and order of the sections, with the headings as they stand. Editions of format 1 stay as they were published."""
TEMPLATED = ("lead", "section_one", "section_three", "invitation")
RUN_IN = re.compile(r"^（[一二三四五六七八九十]+）[^。]*。")
FROM_NOTICE = "演示版本：文字取自已公开的通报；标题、版次、发布时间和台账序号是示例数据。"
FROM_DEMONSTRATION = "演示版本：在示例数据上起草，不是正式通报。"

Content = dict[str, Any]


def content_of(notice: Notice, audience: str = Audience.SOCIETY, arrangement: Arrangement | None = None) -> Content:
    """What the notice says to that audience, with the figures of the ledger as it is now; ``as_of`` is the day it is dated.

    ``arrangement`` shows it laid out otherwise than the notice itself has it, before somebody chooses.
    ``corrects`` is named in a correction only.
    """
    found = notice.counted
    laid = arrangement or arrangement_of(notice)
    sections: dict[str, Any] = {
        "one": {"title": notice.section_one_title, "paragraphs": _paragraphs(fill(notice.section_one, found))},
        "two": {"title": notice.section_two_title, "categories": categories_of(notice, audience, laid)},
        "three": {"title": notice.section_three_title, "paragraphs": _paragraphs(fill(notice.section_three, found))},
    }
    entries = _lasting(notice) if LASTING in laid.order else []
    if entries:
        sections[LASTING] = {"title": LASTING_TITLE, "entries": entries}
    return {
        **({"corrects": _corrects(notice, audience)} if notice.corrects_id else {}),
        "format": FORMAT,
        "audience": str(audience),
        "layout": laid.layout,
        "order": [name for name in laid.order if name in sections],
        "issuer": notice.issuer,
        "title": notice.title,
        "demonstration": _demonstration(notice),
        "figures": _figures(notice, found),
        "lead": [part["text"] for part in _paragraphs(fill(notice.lead, found))],
        "sections": sections,
        "invitation": fill(notice.invitation, found).strip(),
        "contact": {"phone": notice.phone, "address": notice.address, "postcode": notice.postcode, "email": notice.email},
        "signature": notice.issuer,
        "date": notice.dated_on.isoformat(),
        "inspection": _inspection(notice),
        "as_of": notice.dated_on.isoformat(),
    }


def canonical(content: Content) -> bytes:
    """The exact bytes that are hashed, published and downloaded."""
    return rfc8785.dumps(chain.plain(content))


def sha256_of(content: Content) -> str:
    """SHA-256, in hexadecimal, of :func:`canonical`."""
    return hashlib.sha256(canonical(content)).hexdigest()


def text_of(content: Content) -> str:
    """The whole notice as plain text, one line a block, without the title (the published notices carry it as a page title)."""
    return "\n".join(block.line for block in blocks_of(content))


def items_of(notice: Notice) -> list[NoticeItem]:
    """The items in the order of their issues, with the issue and its category."""
    return list(notice.items.select_related("issue__category").order_by("issue__number"))


def _demonstration(notice: Notice) -> str:
    """What a demonstration says of itself, on every rendering; empty for a real notice. Whatever is drafted in the round of a
    demonstration is one too."""
    if notice.source == Source.NOTICE:
        return FROM_NOTICE
    shown = (Source.NOTICE, Source.DEMONSTRATION)
    return FROM_DEMONSTRATION if notice.source in shown or notice.inspection.source in shown else ""


def _figures(notice: Notice, found: Counts) -> list[dict[str, Any]]:
    """The figures shown up front: only those that the prose names, so that nothing is told beside the text."""
    named = set(names_in(f"{notice.lead}{notice.section_one}{notice.section_three}"))
    kind = notice.inspection.get_kind_display()
    shown = (
        ("问题数", found.issues, f"{kind}反馈 {found.categories} 个方面" if "方面数" in named else f"{kind}反馈", "个问题"),
        ("措施数", found.measures, "整改措施", "条"),
        ("制度数", found.regulations, "健全完善规则制度", "项"),
        ("督查组数", found.groups, "专项督查组", "个"),
    )
    return [{"label": label, "value": value, "unit": unit} for name, value, label, unit in shown if name in named]


def _paragraphs(text: str) -> list[dict[str, str]]:
    """One paragraph a line; ``head`` is the run-in heading （一）… up to its full stop, empty where there is none."""
    parts = []
    for line in (line.strip() for line in text.splitlines()):
        head = RUN_IN.match(line)
        if line:
            parts.append({"head": head[0] if head else "", "text": line[head.end() :] if head else line})
    return parts


def _corrects(notice: Notice, audience: str) -> dict[str, Any]:
    """Which edition is corrected, and why; a Party notice corrects the Party edition of the same publication, where there is one."""
    named = notice.corrects
    corrected = named.notice.editions.filter(audience=audience).first() if named and audience != Audience.SOCIETY else named
    found = {"edition": corrected.number, "sha256": corrected.sha256} if corrected else {}
    return {**found, "reason": notice.correction}


def categories_of(notice: Notice, audience: str, laid: Arrangement) -> list[dict[str, Any]]:
    """The second part: every category with its items, as the layout has them."""
    told: dict[Category, list[dict[str, Any]]] = {}
    rows = items_of(notice)
    if laid.layout == Notice.Layout.LEVELLED:
        prefetch_related_objects(rows, "issue__measures")
    for item in rows:
        items = told.setdefault(item.issue.category, [])
        items.append(_item(item, audience, laid, place=len(items) + 1))
    return [
        {
            "number": category.number,
            "label": category.chinese_number,
            "title": category.title,
            "heading": filled(laid.category_pattern, {"序号": category.chinese_number, "编号": category.number, "标题": category.title}),
            "items": items,
        }
        for category, items in told.items()
    ]


def _item(item: NoticeItem, audience: str, laid: Arrangement, place: int) -> dict[str, Any]:
    """One issue as its layout has it: with its finding, or with its measures below, or neither."""
    issue = item.issue
    told: dict[str, Any] = {
        "number": issue.number,
        "title": item.title,
        "heading": filled(laid.item_pattern, {"编号": issue.number, "小序号": place, "标题": item.title}),
        "text": item.told_to(audience),
    }
    if laid.layout == Notice.Layout.ANSWERED:
        told["finding"] = stopped(issue.finding)
    elif laid.layout == Notice.Layout.LEVELLED:
        told["subitems"] = [stopped(measure.text) for measure in sorted(issue.measures.all(), key=lambda row: row.ordinal)]
    return told


def _lasting(notice: Notice) -> list[dict[str, Any]]:
    """The measures that go on (长期坚持), those of one issue in one entry."""
    issues = Issue.objects.filter(notice_items__notice=notice, measures__pace="long_term").distinct().order_by("number")
    titles = dict(notice.items.values_list("issue", "title"))
    return [
        {"number": issue.number, "text": f"{titles[issue.pk]}：{'；'.join(texts)}。"}
        for issue in issues.prefetch_related("measures")
        if (texts := [stopped(row.text)[:-1] for row in issue.measures.all() if row.pace == "long_term"])
    ]


def _inspection(notice: Notice) -> dict[str, str]:
    inspection = notice.inspection
    return {
        "name": inspection.name,
        "level": inspection.get_level_display(),
        "kind": inspection.get_kind_display(),
        "inspecting_body": inspection.inspecting_body,
        "inspected_body": inspection.inspected_body,
        "on_site_from": inspection.on_site_from.isoformat(),
        "on_site_to": inspection.on_site_to.isoformat(),
        "feedback_on": inspection.feedback_on.isoformat(),
    }
