"""The rule of the workflow that stands on the proof."""

from __future__ import annotations

from collections.abc import Iterator

from apps.reports.models import Audience, Notice
from apps.reports.proving.proof import audiences_of, prove

NAMED = 3


def figures_are_proved(notice: Notice) -> Iterator[str]:
    """No figure is contradicted or unsupported unless somebody has answered for it, and the totals agree with their lists."""
    for audience in audiences_of(notice):
        proof = prove(notice, audience)
        blocking = proof.blocking
        if blocking:
            first = "、".join(f"{finding.where}“{finding.written}”（{finding.label}）" for finding in blocking[:NAMED])
            told = "" if audience == Audience.SOCIETY else f"{audience.label}："
            rest = "等" if len(blocking) > NAMED else ""
            yield f"{told}还有 {len(blocking)} 处数字与台账不符或没有出处：{first}{rest}，请到“数字校核”改正，或写明理由认可"
        if audience == Audience.SOCIETY:
            yield from (f"总数与分项不一致：{total.label}，{total.formula}" for total in proof.broken if total.blocks)
