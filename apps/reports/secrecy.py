"""保密审查: what a person confirms about the whole text before it may be published, and whether that still covers it (security.md C-64)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.reports.content import content_of, sha256_of
from apps.reports.models import Audience, Notice, SecrecyReview

CHECKLIST = {
    "secrets": "不含国家秘密、工作秘密和内部文件原文，没有密级标志",
    "cases": "不含正在核查、尚未公布的问题线索和案件情况",
    "people": "不含公民个人信息和未成年人信息，不会让人认出信访人、举报人",
    "together": "单看不涉密的内容和数字，放在一起也不涉密",
    "found": "公开审查查到的内容和批准的例外已逐条看过",
    "whole": "社会公开、党内通报的文字已从头到尾读过",
}
"""What is confirmed, all of it: the machine's rules (``withholding``) find words, and this is what they cannot see."""


@dataclass(frozen=True)
class Secrecy:
    """The latest review beside the content of now."""

    review: SecrecyReview
    holds: bool

    def as_json(self) -> dict[str, Any]:
        """What is kept with the edition."""
        row = self.review
        facts = {"by": str(row.by), "at": row.at.isoformat(), "checklist": row.checklist, "note": row.note}
        return {**facts, "content_hash": row.content_hash, "party_hash": row.party_hash}


def secrecy_of(notice: Notice) -> Secrecy | None:
    """None where nobody has reviewed it yet."""
    review = SecrecyReview.objects.filter(notice=notice).select_related("by").first()
    return Secrecy(review, holds=review.voided_at is None and covers(review, notice)) if review else None


def covers(review: SecrecyReview, notice: Notice) -> bool:
    """Whether both texts are the ones that were read."""
    read = {Audience.SOCIETY: review.content_hash, Audience.PARTY: review.party_hash}
    return all(sha256_of(content_of(notice, audience)) == sha256 for audience, sha256 in read.items())


def of_what_was_approved(review: SecrecyReview, notice: Notice) -> bool:
    """Whether the review stands and its texts are those of the approval."""
    approved = (notice.approved_hash, notice.approved_party_hash)
    return review.voided_at is None and (review.content_hash, review.party_hash) == approved


def secrecy_is_reviewed(notice: Notice) -> Iterator[str]:
    """Somebody else than the drafter has reviewed the text as it is now. Where the review was of the very text that was approved and
    the text has moved since, publishing says that the approval covers it no more (409): it goes back anyway."""
    found = secrecy_of(notice)
    if found is None:
        yield "还没有作保密审查，请没有写过这份通报的同事或领导在本页“保密审查”逐项核对"
    elif not found.holds and not of_what_was_approved(found.review, notice):
        yield f"{found.review.by}作过保密审查以后内容有变动，审查已失效，请重新审查"
