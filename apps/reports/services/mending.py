"""改用台账数: one figure of a draft is rewritten to what the ledger says, through the same services as any other change of the text."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.reports.models import Notice, NoticeItem
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import Proof, prove
from apps.reports.services.amending import amend_item
from apps.reports.services.drafting import amend_notice
from apps.reports.services.rows import locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

CONTEXT = 8
BY_HAND = "这个数字要在“修改文字”里改：它在标题里，或同样的文字不止一处"


@transaction.atomic
def adopt_ledger(
    *,
    actor: User,
    notice: Notice,
    place: str,
    sentence_hash: str,
    written: str,
    occurrence: int = 0,
    instead: str,
    audience: str = "society",
) -> Notice:
    """Rewrite the figure to ``instead``, which the page showed; refused (409) when the ledger or the sentence says something else now.

    In an item, the text is changed that the audience is told: where it has none of its own, the wider audience's. The sentence stood
    there before, so it needs no confirmation that it may be told outside the house.
    """
    row = locked(notice)
    proof = prove(row, audience)
    finding = next((one for one in proof.findings if _is(one, place, sentence_hash, written, occurrence)), None)
    if finding is None or not instead or finding.verdict.instead != instead:
        raise ActConflict("草稿或台账在您打开页面之后有变动，请刷新页面后再看")
    reason = f"数字校核：“{written}”改用台账数“{instead}”（{finding.verdict.name}）"
    if place.startswith("item:"):
        item = NoticeItem.objects.select_related("issue", "notice").get(notice=row, issue__number=place.partition(":")[2])
        texts: dict[str, Any] = {"text": item.text, item.field_told_to(audience): _in_item(proof, finding, item, audience)}
        amend_item(actor=actor, item=item, title=item.title, from_internal=True, reason=reason, **texts)
    elif place in ("lead", "section_one", "section_three", "invitation"):
        amend_notice(actor=actor, notice=row, values={place: _in_prose(proof, finding, getattr(row, place))}, reason=reason)
    else:
        raise ActRefused(BY_HAND)
    return locked(row)


def _is(finding: Finding, place: str, sentence_hash: str, written: str, occurrence: int) -> bool:
    same = finding.place == place and finding.written == written and finding.occurrence == occurrence
    return same and finding.sentence_hash == sentence_hash


def _in_item(proof: Proof, finding: Finding, item: NoticeItem, audience: str) -> str:
    """The item's text with the figure exchanged at its place; the number or title before it is not part of the text."""
    block, text = proof.blocks[finding.block], item.told_to(audience)
    start, end = finding.start - len(block.head), finding.end - len(block.head)
    if start < 0 or text != block.text:
        raise ActRefused(BY_HAND)
    return text[:start] + finding.verdict.instead + text[end:]


def _in_prose(proof: Proof, finding: Finding, raw: str) -> str:
    """Prose is stored with placeholders: the figure is found by the characters around it, and has to be the only one like that."""
    line, written = proof.blocks[finding.block].line, finding.written
    left, right = line[max(0, finding.start - CONTEXT) : finding.start], line[finding.end : finding.end + CONTEXT]
    places = [place for place in range(len(raw)) if raw.startswith(written, place)]
    scores = {place: _alike(raw, place, written, left, right) for place in places}
    best = [place for place in places if scores[place] == max(scores.values())]
    if len(best) != 1:
        raise ActRefused(BY_HAND)
    return raw[: best[0]] + finding.verdict.instead + raw[best[0] + len(written) :]


def _alike(raw: str, place: int, written: str, left: str, right: str) -> int:
    before, after = raw[max(0, place - len(left)) : place], raw[place + len(written) : place + len(written) + len(right)]
    count = 0
    for pairs in (zip(reversed(before), reversed(left), strict=False), zip(after, right, strict=False)):
        for one, other in pairs:
            if one != other:
                break
            count += 1
    return count
