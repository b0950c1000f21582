"""Every place that says what a group covers says the same: pages, filters, site checks, flags, letters and what a member sees."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from apps.issues.models import Category, Inspection
from apps.measures.deadlines import WorkCalendar
from apps.measures.filters.measures import MeasureFilter
from apps.measures.models import Measure
from apps.supervision.coverage import coverage_of, covers, uncovered_units
from apps.supervision.models import Group, Letter
from apps.supervision.onsite_policies import measures_of
from apps.supervision.policies import groups_covering, supervisors_of
from apps.supervision.scope import Scope, groups_seen_by, in_group
from apps.supervision.services import form_group
from apps.units.models import Unit, User
from config.workbench.rounds import Round
from config.workbench.supervisor import groups_of
from tests import factories
from tests.supervision import letter, supervisor

pytestmark = pytest.mark.django_db

SEEDS = (4, 21, 83)
UNITS, CATEGORIES, MEASURES, GROUPS = 6, 4, 10, 4


class World:
    """A round with random measures and groups (by unit, by category, by both, overlapping, one of nothing), beside a second round whose
    group covers the same units."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.office = factories.office()
        self.units = [factories.unit() for _ in range(UNITS)]
        self.round, self.categories = self._round(dice)
        other, _categories = self._round(dice)
        self.members: dict[Group, User] = {}
        wanted = [(dice.sample(self.units, dice.randint(0, 3)), dice.sample(self.categories, dice.randint(0, 2))) for _ in range(GROUPS)]
        kinds = [(self.units[:2], []), ([], self.categories[:1]), (self.units[1:3], self.categories[:2]), ([], [])]
        for number, (units, categories) in enumerate([*kinds, *wanted], 1):
            self._group(self.round, f"督查{number}组", units, categories)
        self._group(other, "别的轮次的督查组", self.units, [])

    def _round(self, dice: random.Random) -> tuple[Inspection, list[Category]]:
        inspection = factories.inspection()
        categories = [factories.category(inspection, number) for number in range(1, CATEGORIES + 1)]
        for _ in range(MEASURES):
            factories.measure(factories.issue(dice.choice(categories), lead=dice.choice(self.units)), lead=dice.choice(self.units))
        return inspection, categories

    def _group(self, inspection: Inspection, name: str, units: list[Unit], categories: list[Category]) -> None:
        member = supervisor()
        made = form_group(
            actor=None,
            inspection=inspection,
            name=name,
            lead_unit=factories.unit(),
            members=[member],
            units=units,
            categories=categories,
        )
        self.members[made] = member

    def expected(self, group: Group) -> set[int]:
        """Counted by hand, with nothing of the code that is tested."""
        units = {unit.pk for unit in group.units.all()}
        categories = {category.pk for category in group.categories.all()}
        rows = Measure.objects.filter(issue__inspection=group.inspection).select_related("issue")
        return {row.pk for row in rows if row.lead_unit_id in units or row.issue.category_id in categories}


def keys(rows: Iterable[Measure]) -> list[int]:
    return sorted(row.pk for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_say_the_same_of_measures(seed: int) -> None:
    world = World(seed)
    covered: set[int] = set()
    request = RequestFactory().get("/")
    request.user = world.office
    rows = list(Measure.objects.filter(issue__inspection=world.round).select_related("issue"))
    scope = Scope(world.office, world.round, list(groups_seen_by(world.office, world.round)), None)
    named = coverage_of(world.round)
    sections = dict(scope.by_group((row, row) for row in rows))
    for group in scope.groups:
        expected = sorted(world.expected(group))
        covered |= set(expected)
        request.GET = QueryDict(f"group={group.pk}")
        asked = MeasureFilter(request.GET, Measure.objects.all(), request=request)
        said = {
            "page": keys(in_group(scope, str(group.pk)).measures),
            "section": keys(sections.get(group, [])),
            "filter": keys(asked.qs),
            "site check": keys(measures_of(world.office, world.round, group)),
            "member": keys(Measure.objects.worked_on_by(world.members[group])),
            "in Python": keys(row for row in rows if covers(group, row.lead_unit_id, [row.issue.category_id])),
            "flags": keys(row for row in rows if group.pk in named.groups(row.lead_unit_id, row.issue.category_id)),
        }
        assert said == dict.fromkeys(said, expected), group
    stands = groups_of(Round(factories.leader(), world.round, [], WorkCalendar()))
    assert {stand.group: sum(stand.counts.values()) for stand in stands} == {group: len(world.expected(group)) for group in scope.groups}
    left = [row for row in rows if row.pk not in covered]
    assert keys(sections.get(None, [])) == keys(left)
    assert {row.unit.pk: row.measures for row in uncovered_units(world.round)} == {
        unit.pk: n for unit in world.units if (n := sum(row.lead_unit_id == unit.pk for row in left))
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_all_say_the_same_of_letters(seed: int) -> None:
    world = World(seed)
    measures = Measure.objects.filter(issue__inspection=world.round).select_related("issue__inspection", "lead_unit")
    for measure in measures[: MEASURES // 2]:
        sent = letter(measure, by=world.office)
        groups = list(groups_seen_by(world.office, world.round))
        expected = {group for group in groups if measure.pk in world.expected(group)}
        assert {group for group in groups if covers(group, sent.unit_id, [measure.issue.category_id])} == expected
        assert supervisors_of(sent) == {world.members[group] for group in expected}
        assert {group for group in groups if Letter.objects.visible_to(world.members[group]).filter(pk=sent.pk)} == expected
        assert expected <= set(groups_covering(world.round, sent.unit))
