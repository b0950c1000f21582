"""The content of a notice as one plain JSON object. Every renderer (page, print, JSON, text) reads this object and nothing else.

What is approved, published and downloaded is the same bytes: the RFC 8785 canonical JSON of the object. It therefore holds
nothing that the act of publishing adds (edition number, time of publication).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import rfc8785

from apps.issues.models import Category
from apps.ledgers import chain
from apps.reports.blocks import blocks_of
from apps.reports.figures import Counts, counts, fill, names_in
from apps.reports.models import Audience, Notice, NoticeItem
from apps.units.models import Source

FORMAT = 1
TEMPLATED = ("lead", "section_one", "section_three", "invitation")
RUN_IN = re.compile(r"^（[一二三四五六七八九十]+）[^。]*。")
FROM_NOTICE = "演示版本：文字取自已公开的通报；标题、版次、发布时间和台账序号是示例数据。"
FROM_DEMONSTRATION = "演示版本：在示例数据上起草，不是正式通报。"

Content = dict[str, Any]


def content_of(notice: Notice, audience: str = Audience.SOCIETY) -> Content:
    """What the notice says to that audience, with the figures of the ledger as it is now; ``as_of`` is the day the notice itself is dated.

    ``audience`` is named in the content of a Party notice only, ``corrects`` in that of a correction only.
    """
    found = counts(notice.inspection)
    return {
        **({"audience": str(audience)} if audience != Audience.SOCIETY else {}),
        **({"corrects": _corrects(notice, audience)} if notice.corrects_id else {}),
        "format": FORMAT,
        "issuer": notice.issuer,
        "title": notice.title,
        "demonstration": _demonstration(notice),
        "figures": _figures(notice, found),
        "lead": [part["text"] for part in _paragraphs(fill(notice.lead, found))],
        "sections": {
            "one": {"title": notice.section_one_title, "paragraphs": _paragraphs(fill(notice.section_one, found))},
            "two": {"title": notice.section_two_title, "categories": _categories(notice, audience)},
            "three": {"title": notice.section_three_title, "paragraphs": _paragraphs(fill(notice.section_three, found))},
        },
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
        ("issues", f"{kind}反馈 {found.categories} 个方面" if "categories" in named else f"{kind}反馈", "个问题"),
        ("measures", "整改措施", "条"),
        ("regulations", "健全完善规则制度", "项"),
        ("groups", "专项督查组", "个"),
    )
    return [{"label": label, "value": getattr(found, name), "unit": unit} for name, label, unit in shown if name in named]


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


def _categories(notice: Notice, audience: str) -> list[dict[str, Any]]:
    told: dict[Category, list[dict[str, Any]]] = {}
    for item in items_of(notice):
        text = item.text_for_party if audience == Audience.PARTY else item.text.strip()
        told.setdefault(item.issue.category, []).append({"number": item.issue.number, "title": item.title, "text": text})
    return [
        {"number": category.number, "label": category.chinese_number, "title": category.title, "items": items}
        for category, items in told.items()
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
