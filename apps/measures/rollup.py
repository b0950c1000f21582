"""The outcomes of a round rolled up by issue, category, unit and whole, each sum from one place for page, workbook and API.

Money is summed in 元. People handled are not: several counts may overlap, so they stand side by side (the rule of the issue sheet).
A part and its total never both count, because of any family only those named as an outcome or as due do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from apps.issues.models import Inspection, Issue
from apps.measures.models import Indicator, Regulation
from apps.measures.querysets import IndicatorQuerySet, MeasureQuerySet
from apps.units.models import Unit, User

WAN = Decimal(10_000)


class Formula(NamedTuple):
    """A column and in words how it comes about."""

    key: str
    name: str
    unit: str
    words: str


FORMULAS = (
    Formula("recovered", "挽回资金", "万元", "成效登记为“挽回资金”的指标，最近一次已审核累计数之和"),
    Formula("due", "应完成金额", "万元", "登记了应完成数的金额类指标，应完成数之和；合计指标已登记的，不再加它的分项"),
    Formula("received", "已完成金额", "万元", "上述指标最近一次已审核累计数之和，每项不超过它的应完成数"),
    Formula("outstanding", "未完成金额", "万元", "应完成金额 − 已完成金额"),
    Formula("people", "处理人数", "人", "成效登记为“处理人数”的指标，多项可能有交叉，并列不相加"),
    Formula("regulations", "建章立制", "项", "新建和修订的制度，不含废止；按单位计时归制定单位"),
)


@dataclass
class Sum:
    """The outcomes of one row: an issue, a category, a unit or the whole round."""

    key: int
    name: str
    order: int = 0
    recovered: Decimal = Decimal(0)
    due: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    people: list[int] = field(default_factory=list)
    regulations: int = 0
    figures: int = 0
    recovered_figures: int = 0
    recovered_on: dt.date | None = None
    stale: int = 0
    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def outstanding(self) -> Decimal:
        return self.due - self.received

    @property
    def people_shown(self) -> str:
        return "、".join(map(str, self.people))

    @property
    def dates(self) -> str:
        """As of when the figures are: one day, or the first and the last."""
        if self.first is None or self.last is None:
            return ""
        return str(self.last) if self.first == self.last else f"{self.first} 至 {self.last}"

    def shown(self, key: str) -> str:
        """A column as the page shows it; empty where there is nothing."""
        value = getattr(self, key)
        if key == "people":
            return self.people_shown
        return (wan(value) if isinstance(value, Decimal) else str(value)) if value else ""

    @property
    def is_empty(self) -> bool:
        return not (self.figures or self.regulations)

    def add(self, row: Indicator, until: dt.date | None) -> None:
        """Take in an indicator that counts."""
        latest = row.latest or Decimal(0)
        if row.outcome == Indicator.Outcome.RECOVERED:
            self.recovered += latest
            if row.latest_as_of:
                self.recovered_figures += 1
                self.recovered_on = max(self.recovered_on or row.latest_as_of, row.latest_as_of)
        if row.outcome == Indicator.Outcome.HANDLED and latest:
            self.people.append(int(latest))
        if row.due_amount is not None and row.kind == Indicator.Kind.MONEY:
            self.due += row.due_amount
            self.received += min(latest, row.due_amount)
        self.figures += 1
        if row.latest_as_of:
            self.stale += is_stale(row.latest_as_of, until)
            self.first = min(self.first or row.latest_as_of, row.latest_as_of)
            self.last = max(self.last or row.latest_as_of, row.latest_as_of)


@dataclass(frozen=True)
class RollUp:
    """The same outcomes four times over."""

    whole: Sum
    categories: list[Sum]
    units: list[Sum]
    issues: list[Sum]


def roll_up(user: User, inspection: Inspection, *, within: MeasureQuerySet | None = None) -> RollUp:
    """What the user sees of the round, in two queries. A figure belongs to the lead unit of its measure, or of its issue.

    ``within``: only figures of these measures, those of their issues as a whole, and regulations of their issues.
    """
    whole = Sum(inspection.pk, inspection.name)
    categories, units, issues = _Table(), _Table(), _Table()
    figures = Indicator.objects.visible_to(user).filter(issue__inspection=inspection)
    rules = Regulation.objects.visible_to(user).in_force().filter(inspection=inspection)
    if within is not None:
        figures = figures.filter(Q(measure__in=within.values("pk")) | Q(measure__isnull=True, issue__in=within.values("issue")))
        rules = rules.filter(issue__in=within.values("issue"))
    for row in _counting(figures):
        unit = row.measure.lead_unit if row.measure else row.issue.lead_unit
        for place in (whole, categories.of_category(row.issue), units.of_unit(unit), issues.of_issue(row.issue)):
            place.add(row, inspection.figures_until)
    for rule in rules.select_related("issue__category", "unit"):
        whole.regulations += 1
        units.of_unit(rule.unit).regulations += 1
        if rule.issue is not None:
            categories.of_category(rule.issue).regulations += 1
            issues.of_issue(rule.issue).regulations += 1
    by_weight = sorted(units.values(), key=lambda row: (-row.recovered, -row.due, -row.regulations, row.name))
    return RollUp(whole, categories.in_order(), by_weight, issues.in_order())


class _Table(dict[int, Sum]):
    """Rows of one kind, made as they are first met."""

    def of_category(self, issue: Issue) -> Sum:
        row = issue.category
        return self.setdefault(row.pk, Sum(row.pk, str(row), row.number))

    def of_unit(self, unit: Unit) -> Sum:
        return self.setdefault(unit.pk, Sum(unit.pk, unit.short_name))

    def of_issue(self, issue: Issue) -> Sum:
        return self.setdefault(issue.pk, Sum(issue.pk, f"{issue.number} {issue.title}", issue.number))

    def in_order(self) -> list[Sum]:
        return sorted(self.values(), key=lambda row: row.order)


def _counting(rows: IndicatorQuerySet) -> Iterable[Indicator]:
    """Indicators that are an outcome or have something due, each once: what a total has due is not due again by its parts."""
    found = list(
        rows.with_latest().select_related("issue__category", "issue__lead_unit", "measure__lead_unit").order_by("issue__number", "pk")
    )
    due = {row.pk for row in found if row.due_amount is not None}
    for row in found:
        if row.total_id in due:
            row.due_amount = None
        if row.outcome or (row.due_amount is not None and row.kind == Indicator.Kind.MONEY):
            yield row


def is_stale(as_of: dt.date, until: dt.date | None) -> bool:
    """Whether a reading is older than the cut-off of the notice."""
    return until is not None and as_of < until


def wan(yuan: Decimal) -> str:
    """元 in 万元, without trailing zeros."""
    value = yuan / WAN
    return f"{value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize():f}"
