"""The acts on measures, as random histories try them (``history.py``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from apps.issues.models import Issue
from apps.measures import services as measures
from apps.measures.models import Evidence, Extension, Handover, Indicator, Measure, Progress, Regulation
from apps.measures.services import BulkChange, EvidenceDraft, InstalmentDraft, ReadingDraft, StageGoal
from apps.measures.services.bulk import Redate, Support
from apps.measures.services.handing_over import Giver
from apps.measures.services.planning import MeasureDraft
from apps.units.models import User
from tests import factories as make
from tests.history import Chance, House, deed, of_the_unit, office, reporters

RUNNING = {"progress__in": ("not_started", "ongoing"), "issue__closure": "open"}


def proof_givers(house: House, row: Evidence) -> Iterable[str]:
    return reporters(house, row.measure)


@deed("measures.report_progress", Measure, ready={**RUNNING}, by=reporters, weight=6)
def report(house: House, row: Measure, by: User, chance: Chance) -> object:
    claim = chance.one_of(("stage_done" if row.pace == "long_term" else "done", "done", "stage_done", "ongoing", "not_started"))
    files = chance.one_of((1, 1, 0, 2))
    values = chance.one_of(((), (5, 3, 2), (5, 3, 1), (-1,)))
    indicators = row.issue.indicators.order_by("pk")
    paper = chance.one_of((None, None, 5))
    stage = StageGoal("巩固提升", house.today + dt.timedelta(days=chance.one_of((40, 90, 0))))
    has_stage = chance.one_of((row.pace == "long_term" and claim == "stage_done", True, False))
    return measures.report_progress(
        actor=by,
        measure=row,
        claim=claim,
        text=chance.one_of(("已逐项核实。", "已逐项核实。", " ")),
        as_of=house.today,
        signed_by="张局长",
        is_vouched_for=chance.one_of((True, True, True, False)),
        stage=stage if has_stage else None,
        difficulties=chance.one_of(("尚有一户未结清", "")),
        evidence=[EvidenceDraft(f"回单{number}", make.upload(), house.today) for number in range(files)],
        readings=[ReadingDraft(each, Decimal(value), house.today) for each, value in zip(indicators, values, strict=False)],
        on=None if paper is None else house.today - dt.timedelta(days=paper),
        version=chance.one_of((row.version, row.version, row.version - 1)),
    )


@deed("measures.approve", Progress, ready={"review": "pending"}, by=office, weight=8)
def approve(_house: House, row: Progress, by: User, _chance: Chance) -> object:
    return measures.approve(actor=by, report=row)


@deed("measures.send_back", Progress, ready={"review": "pending"}, by=office)
def send_back(_house: House, row: Progress, by: User, chance: Chance) -> object:
    return measures.send_back(actor=by, report=row, requirement=chance.one_of(("请附回单", "")))


@deed("measures.amend_measure", Measure, ready={"issue__closure__in": ("open", "applied")}, by=office, weight=1)
def amend_measure(house: House, row: Measure, by: User, chance: Chance) -> object:
    values = chance.one_of(
        ({"text": f"{row.text}改"}, {"person": f"科长{house.today}"}, {"pace": "long_term"}, {"pace": "limited"}, {"due_on": 1})
    )
    return measures.amend_measure(actor=by, measure=row, values=values, reason=chance.one_of(("订正", "")))


@deed("measures.assign_measure", Measure, ready={"issue__closure__in": ("open", "applied")}, by=office, weight=1)
def assign_measure(house: House, row: Measure, by: User, chance: Chance) -> object:
    due = house.today + dt.timedelta(days=chance.one_of((10, 40, -900)))
    lead = chance.one_of((row.lead_unit, *house.units.values()))
    draft: MeasureDraft = make.draft(lead, due_on=chance.one_of((row.due_on, due)), person=chance.one_of((row.person, "科长")))
    return measures.assign_measure(actor=by, measure=row, draft=draft, reason=chance.one_of(("会议确定", "")))


@deed("measures.request_extension", Measure, ready={**RUNNING}, by=of_the_unit)
def request_extension(house: House, row: Measure, by: User, chance: Chance) -> object:
    new = (row.due_on or house.today) + dt.timedelta(days=chance.one_of((30, 7, 0, -3)))
    return measures.request_extension(actor=by, measure=row, new_due_on=new, reason=chance.one_of(("流标", "")))


def deciders(_house: House, row: Extension) -> Iterable[str]:
    """A leader, once the office has endorsed the request."""
    return ("leader",) if row.endorsed_by_id else ("office", "colleague")


ASKED = {"decision__in": ("pending", "endorsed")}


@deed("measures.endorse_extension", Extension, ready={"decision": "pending"}, by=office, weight=4)
def endorse_extension(_house: House, row: Extension, by: User, chance: Chance) -> object:
    return measures.endorse_extension(actor=by, extension=row, opinion=chance.one_of(("属实", "")))


@deed("measures.agree_extension", Extension, ready=ASKED, by=deciders, weight=5)
def agree_extension(_house: House, row: Extension, by: User, _chance: Chance) -> object:
    return measures.decide_extension(actor=by, extension=row, agree=True)


@deed("measures.refuse_extension", Extension, ready=ASKED, by=deciders)
def refuse_extension(_house: House, row: Extension, by: User, chance: Chance) -> object:
    return measures.decide_extension(actor=by, extension=row, agree=False, opinion=chance.one_of(("抓紧办理", " ")))


@deed("measures.add_measure", Issue, ready={"closure": "open"}, by=office, weight=1)
def add_measure(house: House, row: Issue, by: User, chance: Chance) -> object:
    pace = chance.one_of(("limited", "long_term"))
    due = chance.one_of((house.today + dt.timedelta(days=20), None))
    return measures.add_measures(actor=by, issue=row, drafts=[make.draft(row.lead_unit, due_on=due or house.today, pace=pace)])


@deed("measures.read_indicator", Indicator, ready={"issue__closure__in": ("open", "applied")}, by=office, weight=1)
def read_indicator(house: House, row: Indicator, by: User, chance: Chance) -> object:
    figure = measures.FigureDraft(Decimal(chance.one_of((5, 3, 2, -1))), house.today)
    return measures.read_indicator(actor=by, indicator=row, figures=[figure])


@deed("measures.claim_review", Progress, ready={"review": "pending"}, by=office, weight=1, idle=True)
def claim_review(_house: House, row: Progress, by: User, chance: Chance) -> object:
    return measures.claim_review(actor=by, report=row, take_over=chance.one_of((False, True)))


@deed("measures.release_review", Progress, ready={"review": "pending"}, by=office, weight=1)
def release_review(_house: House, row: Progress, by: User, _chance: Chance) -> object:
    return measures.release_review(actor=by, report=row)


@deed("measures.update_evidence", Evidence, ready={"measure__issue__closure": "open"}, by=proof_givers, weight=1)
def update_evidence(_house: House, row: Evidence, by: User, chance: Chance) -> object:
    data = make.PDF + chance.one_of((b"% 2", b"% 3", b""))
    return measures.update_evidence(actor=by, evidence=row, file=make.upload(data=data), note=chance.one_of(("补盖章", "")))


@deed("measures.amend_indicator", Indicator, ready={"issue__closure__in": ("open", "applied")}, by=office, weight=1)
def amend_indicator(_house: House, row: Indicator, by: User, chance: Chance) -> object:
    values = chance.one_of(({"due_amount": Decimal(9)}, {"due_amount": None}, {"target": Decimal(-1)}, {"outcome": "recovered"}))
    return measures.amend_indicator(actor=by, indicator=row, values=values, reason=chance.one_of(("核对后订正", "")))


@deed("measures.plan_instalments", Indicator, ready={"issue__closure__in": ("open", "applied")}, by=office, weight=1)
def plan_instalments(house: House, row: Indicator, by: User, chance: Chance) -> object:
    days = chance.one_of(((30, 60), (30,), (30, 30), ()))
    plan = [InstalmentDraft(house.today + dt.timedelta(days=day), Decimal(4)) for day in days]
    return measures.plan_instalments(actor=by, indicator=row, instalments=plan, reason=chance.one_of(("约定", "")))


@deed("measures.add_regulation", Issue, ready={}, by=office, weight=1)
def add_regulation(house: House, row: Issue, by: User, chance: Chance) -> object:
    title, kind = chance.one_of((f"办法{house.today}", "办法")), chance.one_of(Regulation.Kind.values)
    return measures.add_regulation(actor=by, inspection=house.inspection, issue=row, title=title, kind=kind, unit=row.lead_unit)


@deed("measures.amend_regulation", Regulation, ready={}, by=office, weight=1)
def amend_regulation(_house: House, row: Regulation, by: User, chance: Chance) -> object:
    values = {"doc_number": chance.one_of(("〔2025〕1号", "", "〔2025〕2号"))}
    return measures.amend_regulation(actor=by, regulation=row, values=values, reason=chance.one_of(("补文号", "")))


def assignments(changed: int) -> list[str]:
    return ["measures.assign_measure"] * changed


@deed("measures of an issue assigned at once", Issue, ready={"closure": "open"}, by=office, weight=1, entries=assignments, idle=True)
def bulk_assign(house: House, row: Issue, by: User, chance: Chance) -> object:
    changes = (
        BulkChange(person=f"副科长{house.today}"),
        BulkChange(redate=Redate.SHIFT, shift=chance.one_of((10, -400))),
        BulkChange(redate=Redate.FIXED, due_on=house.today + dt.timedelta(days=30)),
        BulkChange(support=Support.REPLACE, supporting_units=(house.units["乙"],)),
        BulkChange(lead_unit=chance.one_of(list(house.units.values()))),
        BulkChange(),
    )
    rows = chance.one_of((row.measures.all(), Measure.objects.all()))
    return measures.bulk_assign(actor=by, rows=rows, change=chance.one_of(changes), reason=chance.one_of(("会议确定", "")))


@deed(
    "measures.hand_over",
    Measure,
    ready={"issue__closure": "open"},
    by=office,
    weight=1,
    entries=lambda changed: [*assignments(changed), "measures.hand_over"],
)
def hand_over(_house: House, row: Measure, by: User, chance: Chance) -> object:
    giver = Giver(Handover.Kind.PERSON, row.person, row.lead_unit)
    to_name, reason = chance.one_of((f"{row.person}的继任", row.person)), chance.one_of(("调离", ""))
    return measures.hand_over(actor=by, inspection=row.issue.inspection, giver=giver, to_name=to_name[:80], reason=reason)


@deed("measures.refeed", Handover, ready={"refed_on": None}, by=office, weight=1)
def refeed(house: House, row: Handover, by: User, chance: Chance) -> object:
    return measures.record_refeedback(actor=by, handover=row, on=house.today, note=chance.one_of(("已再反馈", "")))
