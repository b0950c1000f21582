"""Replays the annotated notice through the services, so that every record of the demonstration has its entry in the book."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from apps.issues import services as issues
from apps.issues.models import Activity, Category, DecidedItem, Inspection, Issue
from apps.measures import services as measures
from apps.measures.models import Measure, Regulation
from apps.measures.services.planning import MeasureDraft
from apps.units.models import Source
from config.demo.aftermath import Aftermath
from config.demo.annotation import Annotation, read_annotation, records
from config.demo.clues import hand_over_clues
from config.demo.figures import add_indicators
from config.demo.history import History
from config.demo.keeping import keep
from config.demo.people import People, settle
from config.demo.plan import Plan
from config.demo.screens import hang
from config.demo.sending import add_channel, add_hook
from config.demo.source import squeeze
from config.demo.words import choice
from config.demo.workbooks import hand_in

SLUG = "shaxian-2025"
SAID_BY_NOBODY = ["finding", "goal", "lead_official", "led_by_secretary", "supporting_units", "closure"]
OF_THE_PLAN = [
    *("text", "nature", "pace", "supporting_units", "person", "due_on", "original_due_on"),
    *("progress", "assigned_on", "decided_item"),
]


@dataclass(frozen=True)
class Demonstration:
    """What the loader works with: the annotation, the files beside it, the people and the plan."""

    annotation: Annotation
    round: dict[str, Any]
    people: People
    plan: Plan
    inspection: Inspection
    decided: dict[str, DecidedItem]


def load(folder: Path) -> Inspection | None:
    """Load the demonstration of ``folder`` in one transaction; None when it is already there."""
    if Inspection.objects.filter(book__slug=SLUG).exists():
        return None
    with transaction.atomic():
        demonstration = _begin(folder)
        history = History(demonstration.people, demonstration.plan)
        for category in demonstration.annotation.categories:
            _add_category(demonstration, category, history)
        _finish(demonstration)
    return demonstration.inspection


def _begin(folder: Path) -> Demonstration:
    annotation = read_annotation(folder)
    facts = yaml.safe_load((folder / "round.yaml").read_text(encoding="utf-8"))
    people = settle(annotation, facts["accounts"], facts["reviewers"])
    inspection = _open(facts["inspection"], people, facts["reviewing_bodies"])
    decided: dict[str, DecidedItem] = {}
    for row in facts["activities"]:
        activity = _add_activity(people, inspection, None, row)
        decided |= {number: activity.items.get(ordinal=ordinal) for number, ordinal in row.get("became", {}).items()}
    raw = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8"))
    plan = Plan(raw, inspection.today(), inspection.feedback_on, inspection.concentrated_months)
    return Demonstration(annotation, facts, people, plan, inspection, decided)


def _finish(loaded: Demonstration) -> None:
    Aftermath(loaded.annotation, loaded.round, loaded.people, loaded.plan, loaded.inspection).run()
    keep(loaded.inspection, loaded.people, loaded.plan)
    hand_over_clues(loaded.people, loaded.inspection)
    add_channel(loaded.people, loaded.plan.today)
    add_hook(loaded.people, loaded.inspection)
    hang(loaded.inspection, loaded.people)
    hand_in(loaded.people, loaded.inspection)


def _open(facts: dict[str, Any], people: People, bodies: list[str]) -> Inspection:
    words = {"level": choice(Inspection.Level, facts["level"]), "kind": choice(Inspection.Kind, facts["kind"])}
    return issues.open_inspection(
        actor=people.reviewer,
        slug=SLUG,
        source=Source.NOTICE,
        demonstrated=["name", "figures_until", "reviewing_bodies"],
        reviewing_bodies=[people.units[name] for name in bodies],
        **{**facts, **words},
    )


def _add_category(demonstration: Demonstration, row: dict[str, Any], history: History) -> None:
    heading = f"“{row['title']}”问题整改方面"
    category = issues.add_category(
        actor=demonstration.people.reviewer,
        inspection=demonstration.inspection,
        number=row["number"],
        title=row["title"],
        source=Source.NOTICE,
        quote=heading,
    )
    for annotated in row["issues"]:
        _add_issue(demonstration, category, annotated, history)


def _add_issue(demonstration: Demonstration, category: Category, row: dict[str, Any], history: History) -> None:
    people, units = demonstration.people, demonstration.people.units
    item = next(item for item in demonstration.annotation.source.items if item.number == row["number"])
    named = _is_named(demonstration.annotation, row["lead_unit"], item.body)
    issue = issues.add_issue(
        actor=people.reviewer,
        category=category,
        number=row["number"],
        title=row["title"],
        finding=row["finding"],
        goal=row["goal"],
        lead_official=row["lead_official"],
        led_by_secretary=bool(row.get("led_by_secretary")),
        lead_unit=units[row["lead_unit"]],
        supporting_units=[units[name] for name in row.get("supporting_units") or []],
        listed_on=demonstration.inspection.feedback_on,
        source=Source.NOTICE,
        quote=item.title,
        demonstrated=SAID_BY_NOBODY + ([] if named else ["lead_unit"]),
    )
    drafts = [_draft(demonstration, row, measure, ordinal, item.body) for ordinal, measure in enumerate(row["measures"], start=1)]
    made = measures.add_measures(actor=people.reviewer, issue=issue, drafts=drafts, listed_on=demonstration.inspection.feedback_on)
    for activity in records(row, "activities"):
        of_the_round = activity["kind"] == Activity.Kind.INSPECTION_WORK.label
        for _time in range(activity.get("count", 1)):
            _add_activity(people, demonstration.inspection, None if of_the_round else issue, activity)
    _add_figures(people, demonstration.inspection, issue, made, row)
    for measure, annotated in zip(made, row["measures"], strict=True):
        history.replay(measure, annotated)


def _draft(demonstration: Demonstration, issue: dict[str, Any], row: dict[str, Any], ordinal: int, body: str) -> MeasureDraft:
    units, plan = demonstration.people.units, demonstration.plan
    lead = row.get("lead_unit", issue["lead_unit"])
    pace = choice(Measure.Pace, row["pace"])
    number = f"{issue['number']}-{ordinal}"
    done_on = plan.done_on(number, pace, row.get("done_on"))
    deadline = plan.deadline(number, pace, done_on)
    supporting = row["supporting_units"] if "supporting_units" in row else issue.get("supporting_units") or []
    quoted = bool(row.get("quote"))
    person = plan.person(f"{issue['number']}-{ordinal}", lead)
    return MeasureDraft(
        text=row["text"],
        nature=choice(Measure.Nature, row["nature"]),
        pace=pace,
        lead_unit=units[lead],
        supporting_units=tuple(units[name] for name in supporting if name != lead),
        person=person,
        deadline_rule=deadline.rule,
        deadline_from=deadline.start,
        deadline_count=deadline.count,
        deadline_basis=deadline.basis,
        due_on=deadline.due_on,
        assigned_on=plan.assigned_on(number, done_on, demonstration.inspection),
        decided_item=demonstration.decided.get(number),
        source=Source.NOTICE if quoted else Source.DEMONSTRATION,
        quote=row.get("quote", ""),
        demonstrated=OF_THE_PLAN + ([] if _is_named(demonstration.annotation, lead, body) else ["lead_unit"]) if quoted else [],
    )


def _add_activity(people: People, inspection: Inspection, issue: Issue | None, row: dict[str, Any]) -> Activity:
    added = {"attendance": row.get("attendance", ""), "decided": "\n".join(row.get("decided", []))}
    return issues.record_activity(
        actor=people.reviewer,
        inspection=inspection,
        issue=issue,
        kind=choice(Activity.Kind, row["kind"]),
        title=row["title"],
        held_on=row.get("held_on"),
        **added,
        source=Source.NOTICE,
        quote=row["quote"],
        demonstrated=["title", *(key for key, value in added.items() if value)],
    )


def _add_figures(people: People, inspection: Inspection, issue: Issue, made: list[Measure], row: dict[str, Any]) -> None:
    add_indicators(people, issue, made, records(row, "indicators"))
    for annotated in records(row, "regulations"):
        quoted = bool(annotated.get("quote"))
        measures.add_regulation(
            actor=people.reviewer,
            inspection=inspection,
            issue=issue,
            measure=_measure(made, annotated),
            title=annotated["title"],
            kind=choice(Regulation.Kind, annotated["kind"]),
            unit=people.units[annotated["unit"]] if annotated.get("unit") else issue.lead_unit,
            doc_number=annotated.get("doc_number", ""),
            issued_on=annotated.get("issued_on"),
            source=Source.NOTICE if quoted else Source.DEMONSTRATION,
            quote=annotated.get("quote", ""),
            demonstrated=["kind", "unit"] if quoted else [],
        )


def _measure(made: list[Measure], row: dict[str, Any]) -> Measure | None:
    return made[row["measure"] - 1] if row.get("measure") else None


def _is_named(annotation: Annotation, unit: str, body: str) -> bool:
    """Whether the item itself names the unit, so that the assignment is the notice's and not demonstration."""
    quoted = next(row.get("quoted", "") for row in annotation.units if row["short"] == unit)
    return bool(quoted) and squeeze(quoted) in squeeze(body)
