"""Clues: registering one, taking it up, noting what came of it. Each act is entered in the sealed book, without a word of the text."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import record, sealed_book
from apps.supervision import workflow
from apps.supervision.models import Act, Clue
from apps.supervision.models.clues import PURPOSE
from apps.units import encryption
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.services import refuse_stale
from apps.units.workflow import apply

LONGEST = 5000


@transaction.atomic
def register_clue(*, actor: User, inspection: Inspection, origin: str, summary: str, transferred_on: dt.date) -> Clue:
    """Register what was handed over; the number runs on within the round."""
    if actor.role != Role.DISCIPLINE:
        raise ActForbidden("移交线索只由纪检监察账号登记")
    if origin not in Clue.Origin.values:
        raise ActRefused("请选择线索来源", field="origin")
    text = _text(summary, "summary", "请写明线索内容")
    if transferred_on > inspection.today():
        raise ActRefused("移交日期不能晚于今天", field="transferred_on")
    row = locked_inspection(inspection)
    number = (Clue.objects.filter(inspection=row).aggregate(last=Max("number"))["last"] or 0) + 1
    clue = Clue.objects.create(
        inspection=row, number=number, origin=origin, summary=text, transferred_on=transferred_on, registered_by=actor
    )
    record(sealed_book(), actor=actor, act=Act.REGISTER_CLUE, subject=clue)
    return clue


@transaction.atomic
def take_up_clue(*, actor: User, clue: Clue, version: int | None = None) -> Clue:
    """Somebody of the discipline role says that the clue is theirs."""
    row = _locked(clue, version)
    apply(workflow.TAKE_UP_CLUE, row, field="state", actor=actor)
    row.handled_by = actor
    return _saved(row, actor, Act.TAKE_UP_CLUE)


@transaction.atomic
def conclude_clue(*, actor: User, clue: Clue, outcome: str, version: int | None = None) -> Clue:
    """Note what came of it; nothing of it is told outside."""
    row = _locked(clue, version)
    apply(workflow.CONCLUDE_CLUE, row, field="state", actor=actor)
    row.outcome = _text(outcome, "outcome", "请写明办理结果")
    row.handled_by, row.concluded_on = row.handled_by or actor, row.inspection.today()
    return _saved(row, actor, Act.CONCLUDE_CLUE)


def _locked(clue: Clue, version: int | None) -> Clue:
    row = Clue.objects.select_for_update(of=("self",), no_key=True).select_related("inspection").get(pk=clue.pk)
    refuse_stale(row.version, version)
    return row


def _saved(row: Clue, actor: User, act: Act) -> Clue:
    row.version += 1
    row.save()
    record(sealed_book(), actor=actor, act=act, subject=row)
    return row


def _text(written: str, field: str, missing: str) -> str:
    """As it is kept: encrypted."""
    text = written.strip().replace("\x00", "")
    if not text:
        raise ActRefused(missing, field=field)
    if len(text) > LONGEST:
        raise ActRefused(f"最多 {LONGEST} 个字，请删减", field=field)
    return encryption.encrypted(PURPOSE, text)
