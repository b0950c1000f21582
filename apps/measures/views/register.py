"""The register 整改台账: category > issue > measure on one page, its filters, and its workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.forms import BoundField
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.issues.models import Category, Inspection, Issue
from apps.issues.pages import SignedRequest
from apps.measures.filters import RETURNED, MeasureFilter
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet, counts_by_mark
from apps.measures.rates import percent
from apps.measures.services import log_export
from apps.measures.tables import ON_SCREEN, workbook
from apps.measures.views.files import protect
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.policies import sees_no_business

ISSUES_A_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = "page"
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

    def __init__(self, user: User, filterset: MeasureFilter, inspection: Inspection) -> None:
        self.user, self.filterset, self.inspection = user, filterset, inspection
        self.today, self.until = filterset.window
        self.all: MeasureQuerySet = Measure.objects.visible_to(user).filter(issue__inspection=inspection)
        self.matching: MeasureQuerySet = filterset.qs.filter(issue__inspection=inspection)

    @cached_property
    def active(self) -> dict[str, list[str]]:
        """The filters that narrow, with their values; the round itself is not one of them."""
        return {
            name: [value for value in self.filterset.data.getlist(name) if value.strip()]
            for name in self.filterset.filters
            if name != "inspection" and any(value.strip() for value in self.filterset.data.getlist(name))
        }

    @cached_property
    def issues(self) -> list[Issue]:
        seen = Issue.objects.visible_to(self.user).filter(inspection=self.inspection)
        return list(seen.select_related("category", "lead_unit").order_by("number"))

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        return self.all.tally(self.today, self.until, self.matching)

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
        for measure in self.matching.filter(issue__in=list(lines)).for_register(self.today, self.until):
            lines[measure.issue_id].rows.append(measure)
        blocks: dict[int, CategoryBlock] = {}
        for line in lines.values():
            category = line.issue.category
            if category.pk not in blocks:
                of_it = [self.tallies[issue.pk] for issue in self.issues if issue.category_id == category.pk]
                blocks[category.pk] = CategoryBlock(category, _sum(of_it), len(of_it))
            blocks[category.pk].lines.append(line)
        return list(blocks.values())

    @property
    def tabs(self) -> list[Tab]:
        marks = self.whole.marks
        in_review = sum(row["n"] for row in self._groups if row["progress"] == Measure.State.IN_REVIEW)
        sent_back = sum(row["sent_back"] for row in self._groups)
        applied = sum(issue.closure == Issue.ClosureState.APPLIED for issue in self.issues)
        found = (
            Tab("全部", {}, self.whole.total),
            Tab("逾期", {"timeliness": "overdue"}, marks["over"]),
            Tab("临期", {"timeliness": "soon"}, marks["soon"]),
            Tab("待审核", {"progress": Measure.State.IN_REVIEW.value}, in_review),
            Tab("待销号", {"closure": Issue.ClosureState.APPLIED.value}, applied, "个问题"),
            Tab("退回补正", {"progress": RETURNED}, sent_back),
        )
        return [self._linked(tab) for tab in found]

    def _linked(self, tab: Tab) -> Tab:
        params = {**({"inspection": str(self.inspection.pk)} if self.filterset.data.get("inspection") else {}), **tab.params}
        current = self.active == {name: [value] for name, value in tab.params.items()}
        return Tab(tab.label, tab.params, tab.count, tab.unit, current, _query(params))

    @property
    def chips(self) -> list[Chip]:
        """One for each filter in force, in words; its link takes only that filter away."""
        found = []
        for name in self.active:
            bound = self.filterset.filters[name]
            labels = dict(bound.extra["choices"]) if "choices" in bound.extra else {}
            if name == "category":
                labels = {row.pk: f"（{row.chinese_number}）" for row in self.filterset.categories}
            words = "、".join(str(labels.get(_key(labels, value), value)) for value in self.active[name])
            rest = self.filterset.data.copy()
            del rest[name]
            rest.pop(PAGE, None)
            found.append(Chip(f"{bound.label}：{words}", f"?{rest.urlencode()}"))
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
    def clear(self) -> str:
        return f"?inspection={self.inspection.pk}" if self.filterset.data.get("inspection") else "?"

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


@require_safe
def register(request: SignedRequest) -> HttpResponse:
    """The register page; htmx receives only the region that changes."""
    filterset, problems = read_filters(request, allowed=(PAGE,))
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        return render(request, "measures/register/empty.html", {"may_open": request.user.role == Role.OFFICE})
    _name_own_unit(request.user, filterset)
    shown = Register(request.user, filterset, filterset.chosen)
    page = shown.page(request.GET.get(PAGE, "1"))
    context = {
        "register": shown,
        "inspection": shown.inspection,
        "filterset": filterset,
        "columns": ON_SCREEN,
        "page": page,
        "blocks": shown.blocks(page.object_list),
        "today": shown.today,
        "matched": sum(shown.tallies[issue.pk].hits for issue in shown.matching_issues),
        "categories": sorted({issue.category.pk for issue in shown.issues}),
        "is_office": request.user.role == Role.OFFICE,
        "is_liaison": request.user.role == Role.LIAISON,
    }
    part = request.htmx and not request.htmx.history_restore_request
    response = render(request, "measures/register/region.html" if part else "measures/register/page.html", context)
    if part:
        response["HX-Push-Url"] = f"{request.path}?{shown.query}" if shown.query else request.path
    response["Vary"] = "HX-Request"
    return response


@require_safe
def export(request: SignedRequest) -> HttpResponse:
    """The same rows as a workbook. A GET that writes one thing: the entry in the book that this export left the house."""
    filterset, problems = read_filters(request)
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        raise ActRefused("还没有可以导出的台账")
    shown = Register(request.user, filterset, filterset.chosen)
    rows = list(shown.matching.for_register(shown.today, shown.until))
    notes = (f"数据截至 {shown.today:%Y-%m-%d}，共 {len(rows)} 条措施", f"筛选条件：{shown.filter_words}")
    data = workbook(shown.inspection.register_title, notes, rows, shown.today)
    log_export(
        actor=request.user,
        inspection=shown.inspection,
        rows=len(rows),
        filters={name: "、".join(values) for name, values in shown.active.items()},
    )
    response = HttpResponse(data, content_type=XLSX)
    protect(response, f"整改台账_{shown.today:%Y%m%d}.xlsx")
    return response


def read_filters(request: SignedRequest, allowed: tuple[str, ...] = ()) -> tuple[MeasureFilter, list[str]]:
    """The filters of the request, and a sentence for each parameter that is not understood."""
    if sees_no_business(request.user):
        raise ActForbidden("系统管理员和审计员不查看业务数据（三员分立），请从工作台进入您的页面")
    data = request.GET.copy()
    for name in allowed:
        data.pop(name, None)
    filterset = MeasureFilter(data, Measure.objects.visible_to(request.user), request=request)
    problems = filterset.problems()
    page = request.GET.get(PAGE, "1")
    if PAGE in allowed and not (page.isascii() and page.isdigit() and len(page) < 6):
        problems.append("页码要写成数字，例如 page=2")
    return filterset, problems


def _name_own_unit(user: User, filterset: MeasureFilter) -> None:
    """The frame of the page names the user's unit, which is already among the choices: no need to read it again."""
    user.unit = next((unit for unit in filterset.units if unit.pk == user.unit_id), None) or user.unit


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _key(labels: dict[object, object], value: str) -> object:
    return int(value) if value.isdigit() and int(value) in labels else value


def _query(params: dict[str, str]) -> str:
    found = QueryDict(mutable=True)
    found.update(params)
    return f"?{found.urlencode()}"
