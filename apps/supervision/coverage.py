"""Which groups cover a measure: those that have its lead unit, and those that have its category (方面). Overlap is allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.measures.policies import covered_measures
from apps.supervision.models import Group
from apps.units.models import Unit


@dataclass(frozen=True)
class Coverage:
    """The groups of a round by unit and by category, read once (two queries); groups stand in the order of their numbers."""

    order: dict[int, tuple[int, str]]
    by_unit: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_category: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def groups(self, unit: int, category: int) -> list[int]:
        """The keys of the groups that cover a measure of that lead unit and category."""
        found = self.by_unit.get(unit, set()) | self.by_category.get(category, set())
        return sorted(found, key=lambda group: self.order[group])

    def names(self, unit: int, category: int) -> list[str]:
        return [self.order[group][1] for group in self.groups(unit, category)]


def coverage_of(inspection: Inspection) -> Coverage:
    groups = Group.objects.filter(inspection=inspection)
    found = Coverage({pk: (number, name) for pk, number, name in groups.values_list("pk", "number", "name")})
    for group, unit in groups.order_by().filter(units__isnull=False).values_list("pk", "units"):
        found.by_unit[unit].add(group)
    for group, category in groups.order_by().filter(categories__isnull=False).values_list("pk", "categories"):
        found.by_category[category].add(group)
    return found


def covers(group: Group, unit: int, categories: Iterable[int]) -> bool:
    """Whether the group, fetched with its units and categories, covers what is of that unit and of those categories: a measure of one
    category, a letter of as many as its measures are of."""
    return unit in _units_of(group) or not _categories_of(group).isdisjoint(categories)


@dataclass(frozen=True)
class Uncovered:
    """A unit and how many of its running measures no group covers."""

    unit: Unit
    measures: int


def uncovered_units(inspection: Inspection) -> list[Uncovered]:
    """The units that lead a running measure of the round which no group covers, the most such measures first."""
    covered = covered_by(*Group.objects.filter(inspection=inspection).prefetch_related("units", "categories"))
    rows = Measure.objects.filter(issue__inspection=inspection, stopped_on__isnull=True).exclude(covered)
    numbers = dict(rows.order_by().values_list("lead_unit").annotate(n=Count("pk")))
    found = [Uncovered(unit, numbers[unit.pk]) for unit in Unit.objects.filter(pk__in=numbers)]
    return sorted(found, key=lambda row: (-row.measures, row.unit.pk))


def covered_by(*groups: Group) -> Q:
    """The measures of a round that one of its groups covers; their units and categories were fetched with them."""
    units: set[int] = set()
    categories: set[int] = set()
    for group in groups:
        units |= _units_of(group)
        categories |= _categories_of(group)
    return covered_measures(units, categories)


def _units_of(group: Group) -> set[int]:
    return {unit.pk for unit in group.units.all()}


def _categories_of(group: Group) -> set[int]:
    return {category.pk for category in group.categories.all()}
