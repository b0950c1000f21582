"""The state of a day: a measure, an issue, a whole round as the book had them; and what moved in a round between two days.

What a user sees of the past is the past of the rows they see now.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from apps.issues.as_of import IssueState, zone_of
from apps.issues.models import Inspection, Issue
from apps.issues.pages import SignedRequest
from apps.ledgers.models import Entry
from apps.ledgers.replay import Clock
from apps.ledgers.replay import day_of as day_of_entry
from apps.measures.as_of import MeasureState, RoundBook, RoundState
from apps.measures.models import Measure
from apps.measures.moves import KINDS, Comparison
from apps.measures.moves_xlsx import comparison_workbook
from apps.measures.services import log_export
from apps.measures.templatetags.measure_ui import MARK_OF_CLOSURE, MARK_OF_STATE, pill
from apps.measures.views.files import XLSX, protect
from apps.units.errors import ActRefused
from apps.units.parameters import chosen_of, day_of, page_of, refuse_unknown

ISSUES_A_PAGE, MOVES_A_PAGE, LINES = 40, 100, 200
A_MONTH = dt.timedelta(days=30)
CLOCKS = {Clock.BUSINESS: "按办理日期", Clock.BOOK: "按记账日期"}
RULES = {
    Clock.BUSINESS: "按办理日期：办理时写明日期的，从写明的那一天算起（补录的纸质填报按纸面日期）；没有写明的，按记入台账的日期。",
    Clock.BOOK: "按记账日期：只看那一天结束时台账里已经记下的，之后补录的不算。",
}


@dataclass(frozen=True)
class Asked:
    """The day and the clock that an address asks for, with what the form on the page shows."""

    today: dt.date
    clock: Clock
    day: dt.date

    @property
    def rule(self) -> str:
        return RULES[self.clock]

    @property
    def clocks(self) -> list[tuple[str, str]]:
        return [(clock.value, words) for clock, words in CLOCKS.items()]


@dataclass(frozen=True)
class Line:
    """A measure on the day, beside what it is called now."""

    measure: Measure
    state: MeasureState
    unit: str

    @property
    def pill(self) -> dict[str, str]:
        return pill(MARK_OF_STATE[Measure.State(self.state.progress)], self.state.progress_words)

    @property
    def days_late(self) -> int:
        return (self.state.day - self.state.due_on).days if self.state.is_overdue and self.state.due_on else 0


@dataclass(frozen=True)
class Block:
    """An issue on the day with its measures; the state is None where only a measure was there yet."""

    issue: Issue
    state: IssueState | None
    unit: str
    lines: list[Line]

    @property
    def pill(self) -> dict[str, str] | None:
        if self.state is None:
            return None
        closure = Issue.ClosureState(self.state.closure)
        return pill(MARK_OF_CLOSURE[closure], str(closure.label))


@require_safe
def measure(request: SignedRequest, pk: int) -> HttpResponse:
    """One measure on ``?date=``, beside what it is now, with the entries that count for that day."""
    row = get_object_or_404(Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit"), pk=pk)
    asked = _asked(request, row.issue.inspection)
    book = RoundBook(row.issue.inspection, request.user, asked.clock, measures=[row], issues=[row.issue])
    then, now = book.on(asked.day), book.on(asked.today)
    blocks = _blocks(book, then, [row.issue])
    context = {
        "measure": row,
        "asked": asked,
        "line": blocks[0].lines[0] if blocks and blocks[0].lines else None,
        "issue_pill": blocks[0].pill if blocks else None,
        "now": _line(book, now, row),
        "entries": _entries(row.issue.inspection, "measure", [row.pk], asked),
    }
    return render(request, "measures/as_of/measure.html", context)


@require_safe
def issue(request: SignedRequest, pk: int) -> HttpResponse:
    """One issue on ``?date=`` with those of its measures that the user sees."""
    row = get_object_or_404(Issue.objects.visible_to(request.user).select_related("inspection"), pk=pk)
    asked = _asked(request, row.inspection)
    measures = list(row.measures.visible_to(request.user).select_related("issue").order_by("ordinal"))
    book = RoundBook(row.inspection, request.user, asked.clock, measures=measures, issues=[row])
    then = book.on(asked.day)
    entries = _entries(row.inspection, "issue", [row.pk], asked)
    context = {"issue": row, "asked": asked, "state": then, "blocks": _blocks(book, then, [row]), "entries": entries}
    return render(request, "measures/as_of/issue.html", context)


@require_safe
def inspection(request: SignedRequest, pk: int) -> HttpResponse:
    """A round on ``?date=``: counts by progress, closure and lateness, and every measure that was there."""
    row = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    asked = _asked(request, row, "page")
    book = RoundBook(row, request.user, asked.clock)
    then = book.on(asked.day)
    shown = [issue for issue in book.issues if issue.pk in then.issues]
    page = page_of(shown, request, ISSUES_A_PAGE)
    context = {
        "inspection": row,
        "asked": asked,
        "state": then,
        "closures": [(label, then.by_closure[value]) for value, label in Issue.ClosureState.choices],
        "progress": [(label, then.by_progress[value]) for value, label in Measure.State.choices],
        "page": page,
        "blocks": _blocks(book, then, list(page.object_list)),
    }
    return render(request, "measures/as_of/inspection.html", context)


@require_safe
def compare(request: SignedRequest, pk: int) -> HttpResponse:
    """What moved in a round from ``?from=`` to ``?to=``; ``?kind=`` narrows the list to one kind of change."""
    row, compared, span = _compared(request, pk, "kind", "page")
    kind = chosen_of(request, "kind", "变化", KINDS)
    moves = [move for move in compared.moves if not kind or kind in move.kinds]
    context = {
        "inspection": row,
        "asked": span.asked,
        "span": span,
        "compared": compared,
        "kind": kind,
        "kind_words": KINDS.get(kind, ""),
        "page": page_of(moves, request, MOVES_A_PAGE),
    }
    return render(request, "measures/as_of/compare.html", context)


@require_GET
def export_comparison(request: SignedRequest, pk: int) -> HttpResponse:
    """The comparison as a workbook. A GET that writes one thing: the entry that this export left the house."""
    row, compared, span = _compared(request, pk, "kind")
    kind = chosen_of(request, "kind", "变化", KINDS)
    moves = [move for move in compared.moves if not kind or kind in move.kinds]
    notes = (f"{span.start} 与 {span.end} 对比，{len(moves)} 项变化", span.asked.rule)
    data = comparison_workbook(f"{row.name}两日对比", notes, compared, moves)
    filters = {"from": str(span.start), "to": str(span.end), "by": CLOCKS[span.asked.clock], **({"kind": KINDS[kind]} if kind else {})}
    log_export(actor=request.user, inspection=row, rows=len(moves), filters=filters)
    response = HttpResponse(data, content_type=XLSX)
    protect(response, f"两日对比_{span.start:%Y%m%d}_{span.end:%Y%m%d}.xlsx")
    return response


@dataclass(frozen=True)
class Span:
    """The two days that are compared."""

    asked: Asked
    start: dt.date
    end: dt.date


def _compared(request: SignedRequest, pk: int, *further: str) -> tuple[Inspection, Comparison, Span]:
    row = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    refuse_unknown(request, "from", "to", "by", *further)
    today = row.today()
    end = day_of(request, "to", "截止日期", default=today, latest=today)
    start = day_of(request, "from", "起始日期", default=end - A_MONTH, latest=today)
    if start >= end:
        raise ActRefused("起始日期要早于截止日期，请核对")
    asked = Asked(today, _clock(request), end)
    return row, Comparison(RoundBook(row, request.user, asked.clock), start, end), Span(asked, start, end)


def _asked(request: HttpRequest, row: Inspection, *further: str) -> Asked:
    refuse_unknown(request, "date", "by", *further)
    today = row.today()
    return Asked(today, _clock(request), day_of(request, "date", "日期", default=today, latest=today))


def _clock(request: HttpRequest) -> Clock:
    return Clock(chosen_of(request, "by", "计日方式", [clock.value for clock in Clock]) or Clock.BUSINESS)


def _blocks(book: RoundBook, then: RoundState, issues: list[Issue]) -> list[Block]:
    """These issues as they were, each with its measures as they were."""
    lines: dict[int, list[Line]] = {row.pk: [] for row in issues}
    for planned in book.measures:
        line = _line(book, then, planned) if planned.issue_id in lines else None
        if line is not None:
            lines[planned.issue_id].append(line)
    found = []
    for row in issues:
        state = then.issues.get(row.pk)
        found.append(Block(row, state, then.unit_of(state) if state else "", lines[row.pk]))
    return found


def _line(book: RoundBook, then: RoundState, row: Measure) -> Line | None:
    state = then.measures.get(row.pk)
    return Line(row, state, book.unit_names.get(state.lead_unit_id, "")) if state else None


def _entries(row: Inspection, subject: str, keys: list[int], asked: Asked) -> list[Entry]:
    """The entries that count for the day, the newest first."""
    zone = zone_of(row)
    found = Entry.objects.filter(book=row.book_id).about([(subject, keys)])
    return [entry for entry in found if day_of_entry(entry.at, entry.payload, clock=asked.clock, zone=zone) <= asked.day][:LINES]
