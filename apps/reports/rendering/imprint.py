"""What a paper says beside the text of the notice: its marks at the head of each page, and the imprint (版记) at its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.measures.papers.archive import safe_name
from apps.reports.content import Content
from apps.reports.models import Audience, Edition, Rendering
from apps.reports.pages import groups_of

DRAFT, PARTY, INTERNAL, EXAMPLE = "草稿", "党内通报", "内部", "示例"
UNAPPROVED = "草稿：未经审定，不得公开"


@dataclass(frozen=True)
class Imprint:
    """Of an edition its number, day, fingerprint, checkpoint and, for society, the address where it is checked; of a draft its
    fingerprint and the moment it was made."""

    marks: tuple[str, ...]
    lines: tuple[str, ...]
    address: str
    made_at: dt.datetime
    sha256: str
    number: int | None = None

    @property
    def mark(self) -> str:
        return "　".join(self.marks)


def imprint_of(row: Rendering) -> Imprint:
    edition, content = row.edition, row.content
    for_audience = {Audience.PARTY.value: PARTY, Audience.INTERNAL.value: INTERNAL}.get(row.audience, "")
    marks = ("" if edition else DRAFT, for_audience, EXAMPLE if content.get("demonstration") else "")
    address = verify_address(edition) if edition else ""
    return Imprint(
        marks=tuple(filter(None, marks)),
        lines=_of_edition(edition, address) if edition else _of_draft(row),
        address=address,
        made_at=edition.published_at if edition else row.asked_at,
        sha256=row.sha256,
        number=edition.number if edition else None,
    )


def verify_address(edition: Edition) -> str:
    """Where anybody checks an edition; empty for one that is not for everybody."""
    return f"{settings.SITE_URL}{reverse('reports:verify', args=(edition.pk,))}" if edition.audience == Audience.SOCIETY else ""


def file_name(content: Content, number: int | None, kind: str) -> str:
    """The title, and which edition, or that it is a draft."""
    which = f"第{number}版" if number else DRAFT
    return safe_name(f"{content['title']}（{which}）.{kind}")


def _of_edition(edition: Edition, address: str) -> tuple[str, ...]:
    lines = [
        f"第 {edition.number} 版　{_moment(edition.published_at)} 发布",
        f"文本指纹 SHA-256：{' '.join(groups_of(edition.sha256))}",
        f"台账第 {edition.checkpoint_seq} 条，指纹：{' '.join(groups_of(edition.checkpoint_hash))}",
    ]
    return (*lines, f"核对：{address}") if address else tuple(lines)


def _of_draft(row: Rendering) -> tuple[str, ...]:
    return (f"{UNAPPROVED}　{_moment(row.asked_at)} 生成", f"文本指纹 SHA-256：{' '.join(groups_of(row.sha256))}")


def _moment(when: dt.datetime) -> str:
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"
