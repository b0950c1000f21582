"""A small round in which random histories happen: who there is, what they may try, and a clock that moves.

An act of ``DEEDS`` is what one person tries on one row: on which rows it can be done as things stand (``ready``), whose it is to do
(``by``, an upper bound: nobody else may ever succeed), and the call of the service with what it needs, drawn at random, nonsense
included. One name is one act in the book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import time_machine
from django.db import models

from apps.issues import services as issues
from apps.issues.models import Closure, Inspection, Issue, LookBack
from apps.ledgers.models import Entry
from apps.measures import services as measures
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Extension, Indicator, Measure, Progress
from apps.measures.services import EvidenceDraft, ReadingDraft
from apps.measures.services.planning import MeasureDraft
from apps.supervision.models import Letter, SiteCheck
from apps.supervision.services import answer_letter, check_site, derive_timeliness, send_letter, sign_letter
from apps.units.errors import ActRefused
from apps.units.models import Role, Unit, User
from tests import factories as make
from tests import supervision
from tests.snapshot import Rows, Writes, snapshot

BEGIN, END = dt.datetime(2025, 3, 3, 2, tzinfo=dt.UTC), dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
FLAGS = "supervision.raise_flag / clear_flag"


class Chance(Protocol):
    """Where what is left to chance comes from: hypothesis, or a script."""

    def one_of(self, options: Iterable[Any]) -> Any: ...


class First:
    """No chance at all: the first of the options, which is the one that makes sense."""

    def one_of(self, options: Iterable[Any]) -> Any:
        return next(iter(options))


@dataclass(frozen=True)
class Step:
    """What was tried, and all that the rooms held before and after; ``refusal`` None means that it was done."""

    act: str
    row: models.Model | None
    who: str
    by: tuple[str, ...]
    before: Rows
    after: Rows
    entries: list[Entry]
    refusal: ActRefused | None = None

    def __str__(self) -> str:
        return f"{self.act} on {self.row!r} by {self.who}: {'refused, ' + self.refusal.message if self.refusal else 'done'}"


@dataclass
class House:
    """The round and its people; ``last`` is the newest entry seen, ``seen`` what the rooms held then."""

    inspection: Inspection
    people: Mapping[str, User]
    units: Mapping[str, Unit]
    clock: time_machine.Traveller | None = None
    last: int = 0
    seen: Rows = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def today(self) -> dt.date:
        return self.inspection.today()

    def look(self) -> None:
        """Take in what there is: what is done from now on is compared with it."""
        self.seen, self.last = snapshot(), Entry.objects.order_by("pk").values_list("pk", flat=True).last() or 0

    def liaisons(self, unit: int) -> list[str]:
        return [name for name, person in self.people.items() if person.role == Role.LIAISON and person.unit_id == unit]

    def pass_time(self, hours: int) -> None:
        now = dt.datetime.now(dt.UTC)
        if self.clock is not None and now + dt.timedelta(hours=hours) < END:
            self.clock.shift(dt.timedelta(hours=hours))

    def perform(self, act: str, row: models.Model, who: str, chance: Chance) -> Step:
        """Try the act, each row and person read anew as by a request. Whatever is neither done nor refused in words is a failure."""
        deed = DEEDS[act]
        row = type(row)._default_manager.get(pk=row.pk)
        return self.try_it(act, row, who, tuple(deed.by(self, row)), lambda by: deed.act(self, row, by, chance))

    def derive(self) -> Step:
        """The system's own job."""
        return self.try_it(FLAGS, None, "", ("",), lambda _by: derive_timeliness(inspection=self.inspection))

    def try_it(self, act: str, row: models.Model | None, who: str, by: tuple[str, ...], do: Callable[[User], object]) -> Step:
        before, last, refusal = self.seen, self.last, None
        actor = User.objects.get(pk=self.people[who].pk) if who else User()
        with Writes() as writes:
            try:
                do(actor)
            except ActRefused as refused:
                refusal = refused
                self.refused += 1
        if writes.seen:
            self.look()
        entries = list(Entry.objects.filter(pk__gt=last).order_by("pk"))
        if refusal is None:
            self.done.append(act)
        return Step(act, row, who, by, before, self.seen, entries, refusal)


def build() -> House:
    """Three units: the first leads two issues with three measures, one of them the second's; the third has nothing to do with them."""
    units = {name: make.unit(name) for name in ("甲", "乙", "丙")}
    first, second, third = units.values()
    people = {
        "office": make.office(),
        "colleague": make.office(),
        "lead": make.liaison(first),
        "deputy": make.liaison(first),
        "helper": make.liaison(second),
        "foreign": make.liaison(third),
        "covering": make.user(Role.SUPERVISOR),
        "elsewhere": make.user(Role.SUPERVISOR),
        "leader": make.leader(),
        "admin": make.user(Role.ADMIN),
        "auditor": make.user(Role.AUDITOR),
    }
    category = make.category()
    issue, other = make.issue(category, lead=first, supporting_units=[second]), make.issue(category, lead=first)
    make.measure(issue, due_on=dt.date(2025, 3, 14))
    make.measure(other, due_on=dt.date(2025, 4, 1))
    make.measure(other, lead=second, due_on=dt.date(2025, 6, 30), nature=Measure.Nature.LASTING)
    total = measures.add_indicator(actor=None, issue=issue, name="应退", kind=Indicator.Kind.MONEY, unit="元")
    for name in ("已退", "待退"):
        measures.add_indicator(actor=None, issue=issue, name=name, kind=Indicator.Kind.MONEY, unit="元", total=total)
    supervision.group(category.inspection, units=[first, second], members=[people["covering"]])
    supervision.group(category.inspection, units=[third], members=[people["elsewhere"]], name="督查二组")
    house = House(category.inspection, people, units)
    house.look()
    return house


# -- the acts --------------------------------------------------------------------------------------------------------

By = Callable[[House, Any], Iterable[str]]


@dataclass(frozen=True)
class Deed:
    """``weight``: how often it is chosen among what can be done."""

    model: type[models.Model]
    ready: Mapping[str, Any]
    by: By
    act: Callable[[House, Any, User, Chance], object]
    weight: int


DEEDS: dict[str, Deed] = {}


def deed(name: str, on: type[models.Model], *, ready: Mapping[str, Any], by: By, weight: int = 2) -> Callable[[Any], Any]:
    def entered(act: Callable[[House, Any, User, Chance], object]) -> Callable[[House, Any, User, Chance], object]:
        DEEDS[name] = Deed(on, ready, by, act, weight)
        return act

    return entered


def office(_house: House, _row: Any) -> Iterable[str]:
    return ("office", "colleague")


def of_the_unit(house: House, row: Any) -> Iterable[str]:
    return house.liaisons(row.lead_unit_id)


def reporters(house: House, row: Any) -> Iterable[str]:
    return (*house.liaisons(row.lead_unit_id), "office", "colleague")


def receivers(house: House, row: Any) -> Iterable[str]:
    return house.liaisons(row.unit_id)


def supervisors(house: House, row: Any) -> Iterable[str]:
    """The group that covers the lead unit, and the leader."""
    lead = row.issue.lead_unit_id if isinstance(row, LookBack) else row.lead_unit_id
    return ("leader", "elsewhere" if lead == house.units["丙"].pk else "covering")


def inspectors(house: House, row: Any) -> Iterable[str]:
    return ("office", "colleague", *supervisors(house, row))


RUNNING = {"progress__in": ("not_started", "ongoing"), "issue__closure": "open"}


@deed("measures.report_progress", Measure, ready={**RUNNING}, by=reporters, weight=6)
def report(house: House, row: Measure, by: User, chance: Chance) -> object:
    claim = chance.one_of(("done", "done", "stage_done", "ongoing", "not_started"))
    files = chance.one_of((1, 1, 0, 2))
    values = chance.one_of(((), (5, 3, 2), (5, 3, 1), (-1,)))
    indicators = row.issue.indicators.order_by("pk")
    paper = chance.one_of((None, None, 5))
    return measures.report_progress(
        actor=by,
        measure=row,
        claim=claim,
        text=chance.one_of(("已逐项核实。", "已逐项核实。", " ")),
        as_of=house.today,
        signed_by="张局长",
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


@deed("measures.agree_extension", Extension, ready={"decision": "pending"}, by=office)
def agree_extension(_house: House, row: Extension, by: User, _chance: Chance) -> object:
    return measures.decide_extension(actor=by, extension=row, agree=True)


@deed("measures.refuse_extension", Extension, ready={"decision": "pending"}, by=office)
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


@deed("issues.apply_closure", Issue, ready={"closure": "open"}, by=of_the_unit, weight=6)
def apply_for_closure(_house: House, row: Issue, by: User, chance: Chance) -> object:
    return issues.apply_for_closure(actor=by, issue=row, statement=chance.one_of(("全部完成", " ")))


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


@deed("supervision.check_site", Measure, ready={}, by=supervisors, weight=1)
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


@deed("supervision.sign_letter", Letter, ready={"state": "sent"}, by=receivers)
def sign(_house: House, row: Letter, by: User, _chance: Chance) -> object:
    return sign_letter(actor=by, letter=row)


@deed("supervision.answer_letter", Letter, ready={"state": "signed"}, by=receivers)
def answer(_house: House, row: Letter, by: User, chance: Chance) -> object:
    return answer_letter(actor=by, letter=row, answer=chance.one_of(("已办理", "")))


# -- a history that leads somewhere ------------------------------------------------------------------------------------

# The way of an issue to its end and back, and which row each step is taken on.
WAY = (
    ("measures.report_progress", "lead", Measure),
    ("measures.approve", "office", Progress),
    ("issues.apply_closure", "lead", Issue),
    ("issues.agree_closure", "office", Closure),
    ("issues.reopen", "covering", LookBack),
    ("measures.report_progress", "deputy", Measure),
    ("measures.approve", "colleague", Progress),
)


def along_the_way(house: House, count: int) -> Iterator[Step]:
    """The first steps of it, on the first issue."""
    for act, who, model in WAY[:count]:
        rows: Any = model._default_manager
        row = rows.order_by("pk").last() if model in (Progress, Closure) else rows.order_by("pk").first()
        yield house.perform(act, row, who, First())
