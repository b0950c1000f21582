"""Drawing a sample of closed issues to look back at (回头看抽查)."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from apps.issues.drawing import candidates_from, drawn
from apps.issues.models import Act, Inspection, Issue, LookBack, LookBackDraw
from apps.issues.policies import draws_look_backs
from apps.issues.services.rows import locked_inspection
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.ledgers.services import record
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, Source, User

WEIGHT_FORMULA = "权重 = 1 + 同意延期次数 + 退回次数（填报退回与销号退回）+ 涉及资金 1 + 2 × 反弹次数"
LONGEST_SEED = 64


@transaction.atomic
def draw_look_backs(
    *,
    actor: User,
    inspection: Inspection,
    size: int,
    planned_on: dt.date,
    seed: str = "",
    on: dt.date | None = None,
    source: str = Source.ENTERED,
) -> LookBackDraw:
    """Draw ``size`` closed issues, by lead unit and weighted by risk; seed and candidates are kept, so that anybody can repeat it.

    Without a ``seed`` a fresh one is made.
    """
    if actor.role not in (Role.OFFICE, Role.SUPERVISOR) or not draws_look_backs(actor):
        raise ActForbidden("回头看由整改办或领导抽取")
    row = locked_inspection(inspection)
    today = on or row.today()
    if planned_on < today:
        raise ActRefused(f"开展日期不能早于今天（{today}），请核对", field="planned_on")
    seed = _seed_of(seed)
    _hold_closed(row)
    candidates = candidates_of(row, planned_on)
    if not 0 < size <= len(candidates):
        raise ActRefused(_too_many(len(candidates)), field="size")
    numbers = drawn(candidates_from(candidates), size, seed)
    draw = LookBackDraw.objects.create(
        inspection=row,
        number=(row.look_back_draws.aggregate(last=Max("number"))["last"] or 0) + 1,
        seed=seed,
        size=size,
        planned_on=planned_on,
        candidates=candidates,
        drawn=numbers,
        drawn_by=actor,
        drawn_on=today,
        source=source,
    )
    _plan(draw)
    payload: dict[str, Any] = {
        "number": draw.number,
        "seed": seed,
        "size": size,
        "planned_on": planned_on,
        "drawn": numbers,
        "candidates_hash": candidates_hash(candidates),
    }
    record(row.book, actor=actor, act=Act.DRAW_LOOK_BACKS, subject=draw, payload=payload)
    return draw


def _seed_of(given: str) -> str:
    seed = given.strip() or secrets.token_hex(8)
    if len(seed) > LONGEST_SEED:
        raise ActRefused(f"随机种子最多 {LONGEST_SEED} 个字符，请删减", field="seed")
    return seed


def _hold_closed(inspection: Inspection) -> None:
    """No candidate is re-opened while it is being drawn."""
    closed = Issue.objects.filter(inspection=inspection, closure=Issue.ClosureState.CLOSED)
    list(closed.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))


def candidates_of(inspection: Inspection, planned_on: dt.date) -> list[dict[str, Any]]:
    """Closed issues for which no drawn look-back is still to come, in the order of their numbers, each with its weight and why."""
    waiting = LookBack.objects.planned().filter(draw__isnull=False).values("issue")
    held = LookBack.objects.held().filter(planned_on=planned_on, round=F("issue__round")).values("issue")
    closed = Issue.objects.filter(inspection=inspection, closure=Issue.ClosureState.CLOSED)
    rows = closed.exclude(pk__in=waiting).exclude(pk__in=held).with_risks().select_related("lead_unit").order_by("number")
    return [_candidate(row) for row in rows]


def candidates_hash(candidates: list[dict[str, Any]]) -> str:
    """What the book keeps of the candidates."""
    return chain.sha256_of(chain.plain(candidates))


def _candidate(row: Any) -> dict[str, Any]:
    risks = {
        "extensions": row.extensions_agreed,
        "returns": row.reports_returned + row.closures_returned,
        "money": int(row.has_money),
        "relapses": row.relapses,
    }
    weight = 1 + risks["extensions"] + risks["returns"] + risks["money"] + 2 * risks["relapses"]
    return {"number": row.number, "title": row.title, "unit": row.lead_unit.name, "weight": weight, **risks}


def _plan(draw: LookBackDraw) -> None:
    """A look-back on that day for each issue drawn; one that closing had planned on that very day becomes the draw's."""
    for issue in Issue.objects.filter(inspection=draw.inspection, number__in=draw.drawn).order_by("number"):
        facts = {"draw": draw, "source": draw.source}
        LookBack.objects.update_or_create(issue=issue, round=issue.round, planned_on=draw.planned_on, defaults=facts)


def _too_many(available: int) -> str:
    if not available:
        return "没有可以抽取的问题：已销号的问题都已抽中、还没有开展回头看，请先登记结果"
    return f"现在有 {available} 个备选问题，请填写 1 至 {available}"


def check_draw(draw: LookBackDraw) -> dict[str, bool]:
    """Repeat the draw from what it recorded, and compare candidates, seed and result with the book."""
    again = drawn(candidates_from(draw.candidates), draw.size, draw.seed)
    entry = Entry.objects.filter(book=draw.inspection.book_id, act=Act.DRAW_LOOK_BACKS).about([("lookbackdraw", [draw.pk])]).first()
    told: Any = entry.payload if entry else {}
    planned = sorted(draw.look_backs.values_list("issue__number", flat=True))
    return {
        "same_list": again == draw.drawn,
        "same_look_backs": planned == draw.drawn,
        "same_seed": (told.get("seed"), told.get("size")) == (draw.seed, draw.size),
        "same_candidates": told.get("candidates_hash") == candidates_hash(draw.candidates),
        "same_result": told.get("drawn") == draw.drawn,
    }


__all__ = ("WEIGHT_FORMULA", "candidates_of", "check_draw", "draw_look_backs")
