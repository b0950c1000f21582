"""Who sees which rows: one rule for each kind of row, tried on one world with every kind of user."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Activity, Closure, Inspection, Issue
from apps.issues.services import record_activity
from apps.ledgers import chain
from apps.measures.models import Indicator, Measure, Progress, Regulation
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.reports.models import Notice
from apps.supervision.models import Flag, Letter
from apps.units.models import Role, Unit, User
from apps.units.services import disable_user
from tests import factories
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db

KINDS: tuple[Any, ...] = (Inspection, Issue, Measure, Activity, Closure, Progress, Indicator, Regulation, Flag, Letter)
Rows = dict[str, set[str]]


@dataclass
class World:
    """Two rounds; in the first two issues of three units, in the second one issue; every row has a name."""

    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    names: dict[tuple[type, int], str] = field(default_factory=dict)

    def name(self, row: Any, name: str) -> Any:
        self.names[type(row), row.pk] = name
        return row

    def seen(self, model: Any, user: User) -> list[str]:
        return sorted(self.names[model, row.pk] for row in model.objects.visible_to(user))


def fill_issue(world: World, issue: Issue, name: str) -> None:
    """One row of each kind that goes with an issue."""
    inspection, lead = issue.inspection, issue.lead_unit
    world.name(record_activity(actor=None, inspection=inspection, issue=issue, kind="topic", title=name), name)
    indicator = world.name(add_indicator(actor=None, issue=issue, name=name, kind=Indicator.Kind.COUNT, unit="件"), name)
    read_indicator(actor=None, indicator=indicator, figures=[FigureDraft(Decimal(1), factories.today())])
    world.name(add_regulation(actor=None, inspection=inspection, issue=issue, title=name, kind="made", unit=lead), name)
    applicant = factories.liaison(lead)
    closure = Closure(issue=issue, round=1, statement="已完成", content_hash="0" * 64, applied_by=applicant, applied_on=factories.today())
    closure.save()
    world.name(closure, name)


def fill_measure(world: World, measure: Measure, name: str) -> None:
    """One row of each kind that goes with a measure."""
    world.name(measure, name)
    world.name(letter(measure), name)
    world.name(factories.report(measure), name)
    flag = Flag(measure=measure, kind=Flag.Kind.SOON, due_on=dt.date(2026, 1, 1), raised_on=dt.date(2026, 1, 1))
    flag.save()
    world.name(flag, name)


@pytest.fixture
def world() -> World:
    """Issue A of unit a: A1 led by a and helped by c, A2 led by b. Issue B of unit b, helped by d. In round 2 issue Z of unit a."""
    made = World()
    made.units = {key: factories.unit() for key in ("a", "b", "c", "d", "x")}
    units = made.units
    first, second = made.name(factories.inspection(), "one"), made.name(factories.inspection(), "two")
    of_first, of_second = factories.category(first), factories.category(second)
    a = made.name(factories.issue(of_first, lead=units["a"]), "A")
    b = made.name(factories.issue(of_first, lead=units["b"], supporting_units=[units["c"], units["d"]]), "B")
    z = made.name(factories.issue(of_second, lead=units["a"]), "Z")
    for name, issue in (("A", a), ("B", b), ("Z", z)):
        fill_issue(made, issue, name)
    fill_measure(made, factories.measure(a, supporting_units=(units["c"], units["d"])), "A1")
    fill_measure(made, factories.measure(a, lead=units["b"]), "A2")
    fill_measure(made, factories.measure(b, supporting_units=(units["c"],)), "B1")
    fill_measure(made, factories.measure(z), "Z1")
    for inspection, name in ((first, "one"), (second, "two")):
        made.name(record_activity(actor=None, inspection=inspection, kind="committee", title=name), name)
        rule = add_regulation(actor=None, inspection=inspection, title=name, kind="made", unit=units["a"])
        made.name(rule, name)
    add_users(made, first, second)
    return made


def add_users(world: World, first: Inspection, second: Inspection) -> None:
    world.users = {f"liaison {key}": factories.liaison(unit) for key, unit in world.units.items()}
    world.users |= {"office": factories.office(), "leader": factories.leader()}
    world.users |= {"admin": factories.user(Role.ADMIN), "auditor": factories.user(Role.AUDITOR)}
    world.users["discipline"] = factories.user(Role.DISCIPLINE)
    for name, inspection, keys in (("a", first, "a"), ("b", first, "b"), ("a in 2", second, "a"), ("idle", first, "x")):
        member = world.users[f"supervisor {name}"] = supervisor()
        group(inspection, members=[member], units=[world.units[key] for key in keys], name=name)
    both = world.users["supervisor of two groups"] = supervisor()
    group(first, members=[both], units=[world.units["a"], world.units["b"]], name="甲")
    group(first, members=[both], units=[world.units["b"], world.units["a"]], name="乙")
    for role in ("office", "leader", "liaison a", "supervisor a"):
        kind = world.users[role]
        stopped = factories.user(kind.role, of=kind.unit)
        world.users[f"disabled {role}"] = disable_user(actor=None, user=stopped, reason="调离")


EVERYTHING: Rows = {
    "Inspection": {"one", "two"},
    "Issue": {"A", "B", "Z"},
    "Measure": {"A1", "A2", "B1", "Z1"},
    "Activity": {"A", "B", "Z", "one", "two"},
    "Closure": {"A", "B", "Z"},
    "Indicator": {"A", "B", "Z"},
    "Regulation": {"A", "B", "Z", "one", "two"},
    "Letter": {"A1", "A2", "B1", "Z1"},
}


def rows(rounds: str, issues: str, measures: str, letters: str) -> Rows:
    """What somebody sees who does not see everything: the rounds, issues, measures and letters named, and what goes with them."""
    of_issues = set(issues)
    return {
        "Inspection": set(rounds.split()),
        "Issue": of_issues,
        "Measure": set(measures.split()),
        "Activity": of_issues | set(rounds.split()),
        "Closure": of_issues,
        "Indicator": of_issues,
        "Regulation": of_issues,
        "Letter": set(letters.split()),
    }


NOTHING = rows("", "", "", "")
EXPECTED: dict[str, Rows] = {
    "office": EVERYTHING,
    "leader": EVERYTHING,
    "liaison a": rows("one two", "AZ", "A1 A2 Z1", "A1 Z1"),
    "liaison b": rows("one", "AB", "A2 B1", "A2 B1"),
    "liaison c": rows("one", "AB", "A1 B1", ""),
    "liaison d": rows("one", "AB", "A1", ""),
    "liaison x": NOTHING,
    "supervisor a": rows("one", "A", "A1", "A1"),
    "supervisor b": rows("one", "AB", "A2 B1", "A2 B1"),
    "supervisor a in 2": rows("two", "Z", "Z1", "Z1"),
    "supervisor of two groups": rows("one", "AB", "A1 A2 B1", "A1 A2 B1"),
    "supervisor idle": NOTHING,
    "admin": NOTHING,
    "auditor": NOTHING,
    "discipline": NOTHING,
    "disabled office": NOTHING,
    "disabled leader": NOTHING,
    "disabled liaison a": NOTHING,
    "disabled supervisor a": NOTHING,
}


def expected(name: str, model: Any) -> list[str]:
    """Reports and flags go with their measure."""
    kind = "Measure" if model in (Progress, Flag) else model.__name__
    return sorted(EXPECTED[name][kind])


def test_each_user_sees_exactly_their_rows_each_once_in_one_query(world: World) -> None:
    assert set(world.users) == set(EXPECTED)
    found, wanted, counts = {}, {}, set()
    for name, made in world.users.items():
        user = User.objects.select_related("unit").get(pk=made.pk)
        assert isinstance(user.is_leader, bool)  # asked once a request, kept on the user
        for model in KINDS:
            with CaptureQueriesContext(connection) as captured:
                found[name, model.__name__] = world.seen(model, user)
            wanted[name, model.__name__] = expected(name, model)
            counts.add(len(captured))
    assert found == wanted
    assert counts <= {0, 1}


def test_the_rule_composes_with_filters_and_counts(world: World) -> None:
    user = world.users["supervisor of two groups"]
    measures = Measure.objects.visible_to(user)
    assert measures.count() == len(measures) == 3
    assert measures.filter(issue__number=1).count() == 2
    assert Measure.objects.filter(issue__number=1).visible_to(user).count() == 2
    assert sum(measures.mark_counts(factories.today(), factories.days(5)).values()) == 3


def test_a_supervisor_who_leaves_the_last_group_sees_as_a_leader(world: World) -> None:
    """As issue 2 has it: leaders are the supervisors in no group."""
    member = world.users["supervisor a"]
    member.supervision_groups.clear()
    anew = User.objects.get(pk=member.pk)
    assert world.seen(Issue, anew) == ["A", "B", "Z"]


def test_notices_are_for_office_and_leaders_only(world: World) -> None:
    office = world.users["office"]
    words = dict.fromkeys(("issuer", "title", "lead", "section_one", "section_three", "invitation"), "文")
    inspection = Inspection.objects.earliest("pk")
    Notice(inspection=inspection, drafted_by=office, edited_by=office, dated_on=factories.today(), **words).save()
    seeing = {name for name, user in world.users.items() if Notice.objects.visible_to(User.objects.get(pk=user.pk)).exists()}
    assert seeing == {"office", "leader"}


def test_more_rows_do_not_cost_more_queries(world: World) -> None:
    def cost(read: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            read()
        return len(captured)

    user = world.users["liaison a"]
    few = cost(lambda: list(Measure.objects.visible_to(user)))
    factories.measures(Issue.objects.filter(lead_unit=user.unit).earliest("pk"), 30)
    assert few == cost(lambda: list(Measure.objects.visible_to(user))) == 1
    assert Measure.objects.visible_to(user).count() == 33
    assert all(chain.verify(inspection.book).holds for inspection in Inspection.objects.all())
