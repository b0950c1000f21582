"""The round in which random histories happen: who there is, and a history that leads somewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from apps.issues.models import Closure, Inspection, Issue, LookBack, SignOff
from apps.measures import services as measures
from apps.measures.models import Extension, Handover, Indicator, Measure, Progress
from apps.supervision.models import Letter
from apps.units.models import Role
from tests import factories as make
from tests import history_issues, history_measures, supervision
from tests.history import First, House, Step

# Whose acts are tried: they enter themselves in ``history.DEEDS``.
ROOMS = (history_measures, history_issues)

ONE: dict[str, Any] = {"issue__number": 1}
STAGE = {"pace": "long_term"}
# Histories that lead somewhere: the act, by whom, on the newest of which rows.
WAYS: dict[str, tuple[tuple[str, str, type[Model], dict[str, Any]], ...]] = {
    "to the end and back": (
        ("measures.report_progress", "lead", Measure, ONE),
        ("measures.approve", "office", Progress, {}),
        ("issues.apply_closure", "lead", Issue, {"number": 1}),
        ("issues.agree_sign_off", "reviewer", SignOff, {}),
        ("issues.agree_closure", "office", Closure, {}),
        ("issues.draw_look_backs", "leader", Inspection, {}),
        ("issues.reopen", "covering", LookBack, {}),
        ("measures.report_progress", "deputy", Measure, ONE),
        ("measures.approve", "colleague", Progress, {}),
    ),
    "a later date, twice": (
        ("measures.request_extension", "lead", Measure, ONE),
        ("measures.agree_extension", "office", Extension, {}),
        ("measures.request_extension", "deputy", Measure, ONE),
        ("measures.endorse_extension", "colleague", Extension, {}),
        ("measures.agree_extension", "leader", Extension, {}),
    ),
    "a letter": (
        ("supervision.send_letter", "office", Measure, ONE),
        ("supervision.sign_letter", "lead", Letter, {}),
        ("supervision.answer_letter", "deputy", Letter, {}),
        ("supervision.return_answer", "covering", Letter, {}),
        ("supervision.answer_letter", "lead", Letter, {}),
        ("supervision.close_letter", "leader", Letter, {}),
    ),
    "a stage": (
        ("measures.report_progress", "lead", Measure, STAGE),
        ("measures.claim_review", "office", Progress, {}),
        ("measures.approve", "office", Progress, {}),
    ),
    "a handover": (
        ("measures.hand_over", "office", Measure, ONE),
        ("measures.refeed", "colleague", Handover, {}),
    ),
}


def build() -> House:
    """Three units: the first leads two issues with three measures, one of them the second's; the third has nothing to do with them.
    A fourth reviews applications."""
    units = {name: make.unit(name) for name in ("甲", "乙", "丙", "丁")}
    first, second, third, body = units.values()
    people = {
        "office": make.office(),
        "colleague": make.office(),
        "lead": make.liaison(first),
        "deputy": make.liaison(first),
        "helper": make.liaison(second),
        "foreign": make.liaison(third),
        "reviewer": make.liaison(body),
        "covering": make.user(Role.SUPERVISOR),
        "elsewhere": make.user(Role.SUPERVISOR),
        "leader": make.leader(),
        "admin": make.user(Role.ADMIN),
        "auditor": make.user(Role.AUDITOR),
    }
    category = make.category()
    issue, other = make.issue(category, lead=first, supporting_units=[second]), make.issue(category, lead=first)
    make.measure(issue, due_on=dt.date(2025, 3, 14), person="王科长")
    make.measure(other, due_on=dt.date(2025, 4, 1), pace=Measure.Pace.LONG_TERM)
    make.measure(other, lead=second, due_on=dt.date(2025, 6, 30), nature=Measure.Nature.LASTING, person="李科长")
    category.inspection.reviewing_bodies.add(body)
    total = measures.add_indicator(actor=None, issue=issue, name="应退", kind=Indicator.Kind.MONEY, unit="元")
    for name in ("已退", "待退"):
        measures.add_indicator(actor=None, issue=issue, name=name, kind=Indicator.Kind.MONEY, unit="元", total=total)
    supervision.group(category.inspection, units=[first, second], members=[people["covering"]])
    supervision.group(category.inspection, units=[third], members=[people["elsewhere"]], name="督查二组")
    house = House(category.inspection, people, units)
    house.look()
    return house


def along(way: str, house: House, count: int = 99) -> Iterator[Step]:
    """The first steps of a way."""
    for act, who, model, found in WAYS[way][:count]:
        row = model._default_manager.filter(**found).order_by("pk").last()
        assert row is not None, act
        yield house.perform(act, row, who, First())
