"""Setting the ladder of letters of a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import record
from apps.supervision.ladder import Level, Sender, fingerprint, ladder_of
from apps.supervision.models import Act, LadderLevel, Letter
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

MOST_LEVELS, LONGEST_CLOCK = 10, 60


@transaction.atomic
def set_ladder(*, actor: User, inspection: Inspection, levels: Sequence[Level], reason: str, shown: str = "") -> list[Level]:
    """Set the levels, the mildest first; a new one has no code yet. Levels of which letters went out keep their code and stay.

    ``shown`` is the fingerprint of the ladder that the page showed: one that was changed since is refused (409).
    """
    require_office(actor, Act.SET_LADDER)
    row = locked_inspection(inspection)
    before = ladder_of(row)
    if shown and shown != fingerprint(before):
        raise ActConflict("督查单级别刚刚被别人调整过，请刷新页面后再改")
    if not reason.strip():
        raise ActRefused("请写明调整的理由", field="reason")
    after = _with_codes([_tidy(level) for level in levels], before)
    _check(after)
    _refuse_missing(row, before, after)
    if after == before:
        raise ActRefused("内容没有变化，不需要保存")
    LadderLevel.objects.filter(inspection=row).delete()
    LadderLevel.objects.bulk_create(
        LadderLevel(
            inspection=row,
            rank=rank,
            code=level.code,
            name=level.name,
            colour=level.colour,
            senders=list(level.senders),
            receiver=level.receiver,
            reply_working_days=level.reply_working_days,
        )
        for rank, level in enumerate(after, start=1)
    )
    payload = {"changes": {"ladder": [[_words(level) for level in before], [_words(level) for level in after]]}}
    record(row.book, actor=actor, act=Act.SET_LADDER, subject=row, reason=reason, payload=payload)
    return after


def _tidy(level: Level) -> Level:
    return replace(level, name=level.name.strip(), senders=tuple(code for code in Sender.values if code in level.senders))


def _with_codes(levels: Sequence[Level], before: Sequence[Level]) -> list[Level]:
    """New levels take codes that were never used; a code that the ladder never had is none."""
    known = {level.code for level in before}
    free = (code for number in range(1, 1000) if (code := f"level-{number}") not in known)
    return [level if level.code in known else replace(level, code=next(free)) for level in levels]


def _check(levels: Sequence[Level]) -> None:
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise ActRefused(f"督查单要有 1 至 {MOST_LEVELS} 个级别")
    if len({level.name for level in levels}) < len(levels) or len({level.code for level in levels}) < len(levels):
        raise ActRefused("有两个级别同名，请改名后再保存")
    for level in levels:
        if not level.name:
            raise ActRefused("请填写每个级别的名称")
        if not level.senders:
            raise ActRefused(f"请选择谁可以发{level.name}")
        if level.colour not in LadderLevel.Colour.values or level.receiver not in LadderLevel.Receiver.values:
            raise ActRefused(f"请选择{level.name}的颜色和发给谁")
        if not 1 <= level.reply_working_days <= LONGEST_CLOCK:
            raise ActRefused(f"{level.name}的回复期限要在 1 至 {LONGEST_CLOCK} 个工作日之间")


def _refuse_missing(inspection: Inspection, before: Sequence[Level], after: Sequence[Level]) -> None:
    kept = {level.code for level in after}
    used = set(Letter.objects.filter(inspection=inspection).order_by().values_list("level", flat=True))
    gone = [level.name for level in before if level.code in used - kept]
    if gone:
        raise ActRefused(f"{'、'.join(gone)}已经发过督查单，不能去掉；不再使用的，可以改名或调整谁可以发")


def _words(level: Level) -> str:
    """A level in a line, for the book."""
    colour = LadderLevel.Colour(level.colour).label
    return f"{level.name}（{colour}；{level.sender_words}发；{level.receiver_words}收；{level.reply_working_days} 个工作日）"
