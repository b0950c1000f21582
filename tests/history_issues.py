"""The acts on issues, and those of the supervision groups, as random histories try them (``history.py``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from apps.issues import services as issues
from apps.issues.models import Closure, Inspection, Issue, LookBack, SignOff
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Measure
from apps.supervision.models import Escalation, Letter, SiteCheck
from apps.supervision.services import (
    answer_letter,
    check_site,
    close_letter,
    decline_escalation,
    escalate_letter,
    return_answer,
    send_letter,
    sign_letter,
)
from apps.units.models import Unit, User
from tests import factories as make
from tests.history import Chance, House, deed, inspectors, of_the_unit, office, receivers, reviewers, senders, supervisors


def drawers(_house: House, _row: Inspection) -> Iterable[str]:
    return ("office", "colleague", "leader")


@deed("issues.apply_closure", Issue, ready={"closure": "open"}, by=of_the_unit, weight=6)
def apply_for_closure(_house: House, row: Issue, by: User, chance: Chance) -> object:
    reasons = chance.one_of((make.answers(row), {}))
    return issues.apply_for_closure(actor=by, issue=row, statement=chance.one_of(("全部完成", " ")), reasons=reasons)


@deed("issues.agree_sign_off", SignOff, ready={"decision": "pending", "closure__decision": "pending"}, by=reviewers, weight=8)
def agree_sign_off(_house: House, row: SignOff, by: User, _chance: Chance) -> object:
    return issues.sign_off(actor=by, sign_off=row, agree=True)


@deed(
    "issues.return_sign_off", SignOff, ready={"decision__in": ("pending", "agreed"), "closure__decision": "pending"}, by=reviewers, weight=1
)
def return_sign_off(_house: House, row: SignOff, by: User, chance: Chance) -> object:
    return issues.sign_off(actor=by, sign_off=row, agree=False, requirement=chance.one_of(("请补充三户的回单和台账", "不够", "")))


@deed("issues.draw_look_backs", Inspection, ready={"issues__closure": "closed"}, by=drawers, weight=1)
def draw_look_backs(house: House, row: Inspection, by: User, chance: Chance) -> object:
    day = house.today + dt.timedelta(days=chance.one_of((10, 0, -1)))
    return issues.draw_look_backs(actor=by, inspection=row, size=chance.one_of((1, 2, 0)), planned_on=day, seed=f"{house.today}")


@deed("issues.amend_inspection", Inspection, ready={}, by=office, weight=1)
def amend_inspection(house: House, row: Inspection, by: User, chance: Chance) -> object:
    bodies: tuple[list[Unit], ...] = (list(row.reviewing_bodies.all()), [house.units["丁"]], [])
    values = chance.one_of(
        ({"soon_working_days": 10}, {"soon_working_days": 3}, {"reviewing_bodies": chance.one_of(bodies)}, {"version": 9})
    )
    return issues.amend_inspection(actor=by, inspection=row, values=values, reason=chance.one_of(("研究确定", "")))


@deed("issues.agree_closure", Closure, ready={"decision": "pending"}, by=office, weight=8)
def agree_closure(_house: House, row: Closure, by: User, _chance: Chance) -> object:
    return issues.decide_closure(actor=by, closure=row, agree=True, opinion="")


@deed("issues.return_closure", Closure, ready={"decision": "pending"}, by=office)
def return_closure(_house: House, row: Closure, by: User, chance: Chance) -> object:
    return issues.decide_closure(actor=by, closure=row, agree=False, opinion=chance.one_of(("请补充", "")))


@deed("issues.hold_look_back", LookBack, ready={"finding": "planned", "issue__closure": "closed"}, by=inspectors)
def look_back(_house: House, row: LookBack, by: User, chance: Chance) -> object:
    return issues.hold_look_back(actor=by, look_back=row, relapsed=False, note=chance.one_of(("已查", "")))


@deed("issues.reopen", LookBack, ready={"finding": "planned", "issue__closure": "closed"}, by=inspectors, weight=5)
def relapse(_house: House, row: LookBack, by: User, chance: Chance) -> object:
    return issues.hold_look_back(actor=by, look_back=row, relapsed=True, note=chance.one_of(("又反弹", " ")))


@deed("issues.amend_issue", Issue, ready={"closure__in": ("open", "applied")}, by=office, weight=1)
def amend_issue(_house: House, row: Issue, by: User, chance: Chance) -> object:
    values = chance.one_of(({"goal": f"{row.goal}改"}, {"goal": row.goal}, {"closure": "closed"}))
    return issues.amend_issue(actor=by, issue=row, values=values, reason=chance.one_of(("订正", "")))


@deed("issues.assign_issue", Issue, ready={"closure__in": ("open", "applied")}, by=office, weight=1)
def assign_issue(house: House, row: Issue, by: User, chance: Chance) -> object:
    lead = chance.one_of((row.lead_unit, *house.units.values()))
    supporting = chance.one_of(((), (house.units["乙"],), (house.units["丙"],)))
    return issues.assign_issue(actor=by, issue=row, lead_unit=lead, supporting_units=supporting, reason="会议确定")


def checking(changed: int) -> list[str]:
    """A check, and what it sent back."""
    return ["supervision.check_site", *["measures.return_unfounded"] * changed]


@deed("supervision.check_site", Measure, ready={}, by=supervisors, weight=2, entries=checking)
def check(house: House, row: Measure, by: User, chance: Chance) -> object:
    day = house.today - dt.timedelta(days=chance.one_of((0, 2, -1)))
    finding = chance.one_of(SiteCheck.Finding.values)
    return check_site(actor=by, measure=row, finding=finding, note=chance.one_of(("已看", "")), checked_on=day)


@deed("supervision.send_letter", Measure, ready={"stopped_on": None}, by=inspectors, weight=1)
def send(house: House, row: Measure, by: User, chance: Chance) -> object:
    unit = chance.one_of((row.lead_unit, *house.units.values()))
    return send_letter(
        actor=by,
        inspection=house.inspection,
        unit=unit,
        measures=[row],
        level=chance.one_of(Letter.Level.values),
        requirement="请加快办理",
        reply_by=WorkCalendar().after(house.today, 3),
    )


@deed("supervision.sign_letter", Letter, ready={"state": "sent"}, by=receivers, weight=4)
def sign(_house: House, row: Letter, by: User, _chance: Chance) -> object:
    return sign_letter(actor=by, letter=row)


@deed("supervision.answer_letter", Letter, ready={"state": "signed"}, by=receivers, weight=5)
def answer(_house: House, row: Letter, by: User, chance: Chance) -> object:
    return answer_letter(actor=by, letter=row, answer=chance.one_of(("已办理", "")))


@deed("supervision.close_letter", Letter, ready={"state": "answered"}, by=senders, weight=4)
def close(_house: House, row: Letter, by: User, chance: Chance) -> object:
    return close_letter(actor=by, letter=row, opinion=chance.one_of(("", "予以办结")))


@deed("supervision.return_answer", Letter, ready={"state": "answered"}, by=senders)
def return_(_house: House, row: Letter, by: User, chance: Chance) -> object:
    return return_answer(actor=by, letter=row, requirement=chance.one_of(("请补充", " ")))


@deed(
    "supervision.escalate_letter",
    Letter,
    ready={"state__in": ("sent", "signed")},
    by=senders,
    weight=3,
    entries=lambda _changed: ["supervision.send_letter", "supervision.escalate_letter"],
)
def escalate(_house: House, row: Letter, by: User, chance: Chance) -> object:
    return escalate_letter(actor=by, letter=row, requirement=chance.one_of(("请加快办理", "")))


@deed("supervision.decline_escalation", Escalation, ready={"state": "open"}, by=senders)
def decline(_house: House, row: Escalation, by: User, chance: Chance) -> object:
    return decline_escalation(actor=by, escalation=row, note=chance.one_of(("已电话核实", "")))
