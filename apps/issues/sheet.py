"""What the issue sheet shows, read in a number of queries that does not grow with the issue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, prefetch_related_objects

from apps.issues import workflow
from apps.issues.closing_panel import ClosingPanel
from apps.issues.models import Activity, Closure, Issue, LookBack
from apps.issues.pages import may_take
from apps.ledgers.models import Entry
from apps.units.models import Role, User

LINES = 200
DEMO_COLUMNS = ("text", "lead_unit", "due_on", "nature")


@dataclass(frozen=True)
class Outcome:
    """One of the three figures of an issue; ``value`` empty: 不涉及. ``names`` are the indicators or rules it was taken from."""

    icon: str
    label: str
    value: str
    unit: str
    names: list[str]
    rule: str


@dataclass(frozen=True)
class FigureLine:
    """An indicator with its latest value that counts, for a total whether its parts add up (None: not comparable) and both sides.

    ``due`` and ``balance`` are in its own unit, empty where nothing is due.
    """

    row: Any
    value: str
    parts: list[str]
    adds_up: bool | None
    sides: str = ""
    due: str = ""
    balance: str = ""


class Sheet:
    """One issue as one user sees it. Reverse relations lead to measures and figures; see the module docstring of ``views``."""

    def __init__(self, issue: Issue, user: User) -> None:
        self.issue, self.user = issue, user
        self.today = issue.inspection.today()
        own = [issue.lead_unit, *issue.supporting_units.all(), *(row.lead_unit for row in self.measures)]
        # The frame of the page names the user's unit, which is mostly among these: no need to read it again.
        user.unit = next((unit for unit in own if unit.pk == user.unit_id), None) or user.unit

    @cached_property
    def every_measure(self) -> list[Any]:
        """All measures of the issue, for the closing rules; what is shown of them is ``measures``."""
        rows = self.issue.measures.seen_by(self.user).for_round(self.issue.inspection).for_closing()
        return list(rows.prefetch_related(None))

    @cached_property
    def measures(self) -> list[Any]:
        return [row for row in self.every_measure if row.seen]

    @cached_property
    def tracks(self) -> Any:
        """The measures shown, on the three tracks of completion."""
        return self.issue.measures.track_counts(self.measures)

    @cached_property
    def panel(self) -> ClosingPanel:
        return ClosingPanel(self.issue, self.user, measures=self.every_measure, indicators=self._indicators, regulations=self.regulations)

    @cached_property
    def repeats(self) -> list[Issue]:
        """Issues of later rounds that were linked to this one as the same again, among those the user sees."""
        if not getattr(self.issue, "has_repeats", True):
            return []
        rows = Issue.objects.visible_to(self.user).filter(prior_issue=self.issue)
        return list(rows.select_related("inspection").order_by("inspection__feedback_on", "number"))

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(row.mark for row in self.measures)

    @cached_property
    def demonstrated(self) -> set[str]:
        """Fields that are demonstration data in every measure: their columns wear the badge, not each cell."""
        named = [{name for name in DEMO_COLUMNS if row.demonstrates(name)} for row in self.measures]
        return set.intersection(*named) if named else set()

    @cached_property
    def partly_demonstrated(self) -> set[str]:
        """Fields that are demonstration data in some measure: what is summed up of them wears the badge as well."""
        return {name for name in DEMO_COLUMNS for row in self.measures if row.demonstrates(name)}

    @property
    def done(self) -> int:
        return sum(row.is_finished for row in self.measures)

    @property
    def due_on(self) -> Any:
        """The last due date of the measures."""
        return max((row.due_on for row in self.measures if row.due_on), default=None)

    @property
    def due_words(self) -> str:
        """The last due date in words; an issue without measures has none yet."""
        if not self.measures:
            return "未定"
        return str(self.due_on or "长期坚持")

    @property
    def natures(self) -> str:
        return " + ".join(dict.fromkeys(str(row.get_nature_display()) for row in self.measures))

    @property
    def neighbours(self) -> dict[str, Any]:
        """The numbers and keys of the issues before and after, among those the user sees (annotated by ``with_neighbours``)."""
        names = ("earlier_pk", "earlier_number", "later_pk", "later_number")
        return {name: getattr(self.issue, name, None) for name in names}

    @cached_property
    def _indicators(self) -> list[Any]:
        rows: list[Any] = list(self.issue.indicators.with_latest().annotate(planned=Count("instalments", distinct=True)).order_by("pk"))
        prefetch_related_objects([row for row in rows if row.planned], "instalments")
        return rows

    @cached_property
    def figures(self) -> list[FigureLine]:
        return [self._figure(row) for row in self._indicators]

    def _figure(self, row: Any) -> FigureLine:
        parts = [part for part in self._indicators if part.total_id == row.pk]
        values = [part.latest for part in parts]
        comparable = bool(parts) and row.latest is not None and None not in values
        value = f"{row.to_shown(row.latest):f}" if row.latest is not None else ""
        adds_up = row.latest == sum(values) if comparable else None
        due = f"{row.to_shown(row.due_amount):f}" if row.due_amount is not None else ""
        left = "" if row.due_amount is None else f"{row.to_shown(max(row.due_amount - (row.latest or 0), Decimal(0))):f}"
        sides = _sides(row, values) if adds_up is False else ""
        return FigureLine(row, value, [part.name for part in parts], adds_up, sides, due, left)

    @cached_property
    def regulations(self) -> list[Any]:
        return list(self.issue.regulations.select_related("unit").order_by("pk"))

    @cached_property
    def activities(self) -> list[Activity]:
        return list(self.issue.activities.order_by("held_on", "pk"))

    @property
    def outcomes(self) -> list[Outcome]:
        """挽回资金, 处理人数, 建章立制: each from its records by a stated rule; nothing there is said as 不涉及."""
        money, people = self._with_outcome("recovered"), self._with_outcome("handled")
        made = [row for row in self.regulations if row.kind != "abolished"]
        total = sum((row.latest for row in money), Decimal(0)) / 10_000
        persons = " + ".join(f"{row.latest:.0f}" for row in people)
        rules = ("成效登记为“挽回资金”的指标之和", "成效登记为“处理人数”的指标，多项可能有交叉，不相加", "新建和修订的制度，不含废止")
        return [
            Outcome("money", "挽回资金", f"{total.normalize():f}" if total else "", "万元", _names(money), rules[0]),
            Outcome("gavel", "处理人数", persons, "人", _names(people), rules[1]),
            Outcome("book", "建章立制", str(len(made) or ""), "项", [f"《{row.title}》" for row in made], rules[2]),
        ]

    def _with_outcome(self, outcome: str) -> list[Any]:
        return [row for row in self._indicators if row.outcome == outcome and row.latest]

    @cached_property
    def entries(self) -> list[Entry]:
        subjects = [("issue", [self.issue.pk]), ("measure", [row.pk for row in self.measures])]
        subjects += [("indicator", [row.pk for row in self._indicators]), ("regulation", [row.pk for row in self.regulations])]
        subjects += [("activity", [row.pk for row in self.activities])]
        return list(Entry.objects.filter(book=self.issue.inspection.book_id).about(subjects)[:LINES])

    @property
    def may(self) -> dict[str, bool]:
        """What the page offers; the services decide."""
        closure, user = self.issue.closure, self.user
        return {
            "amend": may_take(workflow.AMEND, closure, user),
            "plan": user.role == Role.OFFICE and closure == Issue.ClosureState.OPEN,
            "add": user.role == Role.OFFICE,
        }


def with_neighbours(issues: QuerySet[Issue], user: User) -> QuerySet[Issue]:
    """Annotate the issues before and after among those the user sees, and whether there is anything of the kinds that are rare."""
    seen = Issue.objects.visible_to(user).filter(inspection=OuterRef("inspection"))
    earlier = seen.filter(number__lt=OuterRef("number")).order_by("-number")
    later = seen.filter(number__gt=OuterRef("number")).order_by("number")
    return issues.annotate(
        earlier_pk=Subquery(earlier.values("pk")[:1]),
        earlier_number=Subquery(earlier.values("number")[:1]),
        later_pk=Subquery(later.values("pk")[:1]),
        later_number=Subquery(later.values("number")[:1]),
        has_closures=Exists(Closure.objects.filter(issue=OuterRef("pk"))),
        has_look_backs=Exists(LookBack.objects.filter(issue=OuterRef("pk"))),
        has_repeats=Exists(Issue.objects.filter(prior_issue=OuterRef("pk"))),
    )


def _sides(row: Any, values: list[Any]) -> str:
    """Both sides of a sum that does not hold: 合计 91，分项之和 90（2 + 46 + 42）."""
    shown = [f"{row.to_shown(value):f}" for value in (row.latest, sum(values, Decimal(0)), *values)]
    return f"合计 {shown[0]}，分项之和 {shown[1]}（{' + '.join(shown[2:])}）"


def _names(rows: list[Any]) -> list[str]:
    return [f"{row.name} {row.to_shown(row.latest):f} {row.unit}（截至 {row.latest_as_of}）" for row in rows]
