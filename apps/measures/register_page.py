"""What one user sees of one round through one set of filters: categories, issues and measures with their counts, tabs and chips."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.forms import BoundField
from django.http import QueryDict

from apps.issues.models import Category, Inspection, Issue
from apps.measures.filters.figures import FigureFilters
from apps.measures.filters.measures import RETURNED, WEEK, MeasureFilter
from apps.measures.models import Measure, SavedView
from apps.measures.querysets import MeasureQuerySet, counts_by_mark
from apps.measures.rates import percent
from apps.measures.searching import with_hits
from apps.units.models import Role, User

ISSUES_A_PAGE = 100
PAGE, ALL = "page", "all"
"""Parameters of the page itself: which part of it, and “everything, whatever view is the default”."""
FINISHED_MARKS = ("done", "closed")


@dataclass
class Tally:
    """Counts over measures: by mark, and how many the filters let through."""

    marks: Counter[str] = field(default_factory=Counter)
    hits: int = 0

    def add(self, other: Tally) -> None:
        self.marks.update(other.marks)
        self.hits += other.hits

    @property
    def counts(self) -> dict[str, int]:
        return counts_by_mark(list(self.marks.items()))

    @property
    def total(self) -> int:
        return self.marks.total()

    @property
    def done(self) -> int:
        return sum(self.marks[mark] for mark in FINISHED_MARKS)

    @property
    def overdue(self) -> int:
        return self.marks["over"]

    @property
    def percent(self) -> Decimal | None:
        """Verified by the office, of all."""
        return percent(self.done, self.total)


@dataclass
class IssueLine:
    """An issue with the counts of all its measures that the user sees, and those rows that match."""

    issue: Issue
    tally: Tally
    rows: list[Measure] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """All finished: folded at first."""
        return self.tally.total > 0 and self.tally.done == self.tally.total


@dataclass
class CategoryBlock:
    """A category with the counts of all its issues that the user sees, and those lines that match."""

    category: Category
    tally: Tally
    issue_count: int
    lines: list[IssueLine] = field(default_factory=list)


@dataclass(frozen=True)
class Tab:
    """A saved filter with its count."""

    label: str
    params: dict[str, str]
    count: int
    unit: str = ""
    current: bool = False
    query: str = ""


@dataclass(frozen=True)
class Chip:
    """One active filter and the address without it."""

    label: str
    href: str


class Register:
    """What one user sees of one round through one set of filters."""

    def __init__(self, user: User, filterset: MeasureFilter, inspection: Inspection, views: Iterable[SavedView] = ()) -> None:
        self.user, self.filterset, self.inspection = user, filterset, inspection
        self.today, self.until = filterset.window
        self.all: MeasureQuerySet = Measure.objects.worked_on_by(user).filter(issue__inspection=inspection)
        self.matching: MeasureQuerySet = filterset.qs.filter(issue__inspection=inspection)
        self.views = list(views)

    @cached_property
    def active(self) -> dict[str, list[str]]:
        """The filters that narrow, with their values; the round itself is not one of them."""
        return {
            name: [value for value in self.filterset.data.getlist(name) if value.strip()]
            for name in self.filterset.filters
            if name != "inspection" and any(value.strip() for value in self.filterset.data.getlist(name))
        }

    @property
    def words(self) -> list[str]:
        """What is searched for, to be marked where it stands."""
        return self.filterset.words

    @cached_property
    def issues(self) -> list[Issue]:
        return [issue for issue in self.filterset.issues if issue.inspection_id == self.inspection.pk]

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        counted = {"hits": self.matching, "week": self.all.due_soon(self.today, self.today + dt.timedelta(days=WEEK))}
        if self.user.unit_id:
            counted["mine"] = self.all.of_units([self.user.unit_id])
        if self.reviews:
            counted["to_review"] = self.all.awaiting_review_by(self.user)
        return self.all.tally(self.today, self.until, **counted)

    @property
    def reviews(self) -> bool:
        """Whether reports wait for this user to review them."""
        return self.user.role == Role.OFFICE

    @cached_property
    def tallies(self) -> dict[int, Tally]:
        found: dict[int, Tally] = {issue.pk: Tally() for issue in self.issues}
        for row in self._groups:
            found[row["issue"]].add(Tally(Counter({row["mark"]: row["n"]}), row["hits"]))
        return found

    @cached_property
    def whole(self) -> Tally:
        return _sum(self.tallies.values())

    @cached_property
    def matching_issues(self) -> list[Issue]:
        """Without filters also the issues that have no measures yet, so that the office can add some."""
        return [issue for issue in self.issues if not self.active or self.tallies[issue.pk].hits]

    def page(self, number: str) -> Page[Issue]:
        return Paginator(self.matching_issues, ISSUES_A_PAGE).get_page(number)

    def blocks(self, issues: Iterable[Issue]) -> list[CategoryBlock]:
        """The page's issues by category, with their matching measures."""
        lines = {issue.pk: IssueLine(issue, self.tallies[issue.pk]) for issue in issues}
        shown = self.matching.filter(issue__in=list(lines)).for_register(self.today, self.until)
        for measure in with_hits(shown, self.words):
            lines[measure.issue_id].rows.append(measure)
        blocks: dict[int, CategoryBlock] = {}
        for line in lines.values():
            category = line.issue.category
            if category.pk not in blocks:
                of_it = [self.tallies[issue.pk] for issue in self.issues if issue.category_id == category.pk]
                blocks[category.pk] = CategoryBlock(category, _sum(of_it), len(of_it))
            blocks[category.pk].lines.append(line)
        return list(blocks.values())

    def _count(self, name: str) -> int:
        return sum(row[name] for row in self._groups)

    @property
    def tabs(self) -> list[Tab]:
        """The quick tabs: what one asks for every day, each an address of its own."""
        marks = self.whole.marks
        in_review = sum(row["n"] for row in self._groups if row["progress"] == Measure.State.IN_REVIEW)
        applied = sum(issue.closure == Issue.ClosureState.APPLIED for issue in self.issues)
        found = [Tab("全部", {}, self.whole.total)]
        if self.user.unit_id and not self.reviews:
            found.append(Tab("我的", {"mine": "1"}, self._count("mine")))
        found += [
            Tab("逾期", {"timeliness": "overdue"}, marks["over"]),
            Tab("临期", {"timeliness": "soon"}, marks["soon"]),
            Tab(f"{WEEK} 天内到期", {"timeliness": "week"}, self._count("week")),
            Tab("待我审核", {"review": "mine"}, self._count("to_review"))
            if self.reviews
            else Tab("待审核", {"progress": Measure.State.IN_REVIEW.value}, in_review),
            Tab("待销号", {"closure": Issue.ClosureState.APPLIED.value}, applied, "个问题"),
            Tab("退回补正", {"progress": RETURNED}, self._count("sent_back")),
        ]
        return [self._linked(tab) for tab in found]

    def _linked(self, tab: Tab) -> Tab:
        current = self.active == {name: [value] for name, value in tab.params.items()}
        return Tab(tab.label, tab.params, tab.count, tab.unit, current, self.address(tab.params))

    def address(self, params: Mapping[str, str]) -> str:
        """The register of this round under other filters; with none, everything, even where a default view is set."""
        found = QueryDict(mutable=True)
        if self.filterset.data.get("inspection"):
            found["inspection"] = str(self.inspection.pk)
        found.update(params)
        return f"?{found.urlencode() or self._everything}"

    @property
    def _everything(self) -> str:
        return f"{ALL}=1" if any(view.is_default and view.owner_id == self.user.pk for view in self.views) else ""

    @property
    def shown_view(self) -> SavedView | None:
        """The saved view that says exactly what is shown."""
        return next((view for view in self.views if self.active and QueryDict(view.query) == QueryDict(self.query)), None)

    @property
    def chips(self) -> list[Chip]:
        """One for each filter in force, in words; its link takes only that filter away."""
        found = []
        for name in self.active:
            bound = self.filterset.filters[name]
            if name == "category":
                labels: dict[object, object] = {row.pk: f"（{row.chinese_number}）" for row in self.filterset.categories}
            else:
                labels = dict(bound.extra.get("choices", ()))
            words = "、".join(str(labels.get(_key(labels, value), value)) for value in self.active[name])
            rest = self.filterset.data.copy()
            del rest[name]
            rest.pop(PAGE, None)
            found.append(Chip(f"{bound.label}：{words}", f"?{rest.urlencode() or self._everything}"))
        return found

    @property
    def panels(self) -> list[BoundField]:
        """The lists to pick from, as fields of the filter form; without those that would offer nothing."""
        names = ["category", "unit", "progress", "closure", "timeliness", "nature", "stage", *(("mine",) if self.user.unit_id else ())]
        form = self.filterset.form
        form.fields["category"].choices = [
            (row.pk, str(row)) for row in self.filterset.categories if row.inspection_id == self.inspection.pk
        ]
        return [form[name] for name in names]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a link of the dashboard asked for: it stays when a list is picked from, until its chip is taken away."""
        return [(name, value) for name in self.active if name in FigureFilters.base_filters for value in self.active[name]]

    @property
    def clear(self) -> str:
        return self.address({})

    @property
    def filter_words(self) -> str:
        return "；".join(chip.label for chip in self.chips) or "全部"

    @property
    def query(self) -> str:
        """The filters as an address, without the empty ones: what is shared, and what the export follows."""
        params = QueryDict(mutable=True)
        if self.filterset.data.get("inspection"):
            params["inspection"] = self.filterset.data["inspection"]
        for name, values in self.active.items():
            params.setlist(name, values)
        return params.urlencode()


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _key(labels: dict[object, object], value: str) -> object:
    return int(value) if value.isdigit() and int(value) in labels else value
