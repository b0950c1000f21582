"""The lists of the register on paper: they follow its filters and what the user sees; how many rows each has is said beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.issues.models import Issue
from apps.issues.pages import SignedRequest
from apps.measures.filters.measures import MeasureFilter
from apps.measures.papers import lists
from apps.measures.papers.records import counted_evidence, with_reports
from apps.measures.papers.sheets import Facts, Row, listing
from apps.measures.register_page import Register
from apps.measures.views.papers import send_paper
from apps.measures.views.register import read_filters
from apps.units.errors import ActRefused
from apps.units.models import Role, User

LAYOUT, FLAT = "layout", "flat"
MOST_ROWS = 20_000
"""A workbook is built in memory, about 4 kB a row with its styles."""


@dataclass(frozen=True)
class Offer:
    """A list that can be taken along, as the page offers it."""

    kind: str
    name: str
    what: str
    rows: int
    unit: str


@require_safe
def papers(request: SignedRequest) -> HttpResponse:
    """Which lists the current filter makes, and how long each would be."""
    filterset, problems = read_filters(request)
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        raise ActRefused("还没有可以导出的台账")
    shown = Register(request.user, filterset, filterset.chosen)
    context = {"register": shown, "inspection": shown.inspection, "offers": _offers(shown)}
    return render(request, "measures/papers/register.html", context)


def _offers(shown: Register) -> list[Offer]:
    issues = shown.matching_issues
    measures = sum(shown.tallies[issue.pk].hits for issue in issues)
    bare = len(_bare(shown))
    files = counted_evidence(shown.matching)
    return [
        Offer("ledger", "整改台账", "十八列台账，A3 横向，按问题合并单元格，末尾有签字行", measures + bare, "行"),
        Offer("issues", "问题清单", "每个问题一行：反馈问题、目标、责任领导、牵头单位、销号状态", len(issues), "个问题"),
        Offer("tasks", "任务清单", "每条措施一行：任务、类型、牵头单位、时限和依据、状态", measures, "条措施"),
        Offer("duties", "责任清单", "按牵头单位排列：任务、责任领导、责任人、配合单位、时限", measures, "条措施"),
        Offer(
            "evidence",
            "佐证材料目录",
            "每份材料的每个版次一行：材料编号、名称、日期、文件、指纹",
            files,
            "份文件",
        ),
    ]


@require_safe
def printed(request: SignedRequest, kind: str) -> HttpResponse:
    """One of the lists as a workbook. A GET that writes one thing: the entry in the book."""
    if kind not in lists.LISTINGS:
        raise Http404
    filterset, problems = read_filters(request, allowed=(LAYOUT,))
    layout = request.GET.get(LAYOUT, "")
    if layout not in ("", FLAT):
        problems.append("版式只能是打印版（不写 layout）或筛选版（layout=flat）")
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    return _send_list(request, filterset, kind, flat=layout == FLAT)


def _send_list(request: SignedRequest, filterset: MeasureFilter, kind: str, *, flat: bool) -> HttpResponse:
    if filterset.chosen is None:
        raise ActRefused("还没有可以导出的台账")
    shown = Register(request.user, filterset, filterset.chosen)
    inspection, what = shown.inspection, lists.LISTINGS[kind]
    if sum(tally.hits for tally in shown.tallies.values()) > MOST_ROWS:
        raise ActRefused(f"筛选出的措施超过 {MOST_ROWS} 条，请按方面或单位分几次导出")
    rows = ROWS[kind](shown)
    title = inspection.register_title if kind == "ledger" else f"{inspection.name.removesuffix('整改')}整改{what.name}"
    author = f"{inspection.inspected_body}整改办"
    facts = Facts(title, _unit_of(request.user, author), shown.today, author, shown.filter_words.removeprefix("全部"))
    name = f"{what.name}{'_筛选版' if flat else ''}_{shown.today:%Y%m%d}.xlsx"
    return send_paper(request, listing(what, facts, rows, flat=flat), name, inspection, inspection, len(rows))


def _unit_of(user: User, office: str) -> str:
    return user.unit.name if user.role == Role.LIAISON and user.unit else office


def _ledger(shown: Register) -> list[Row]:
    measures = lists.for_ledger(shown.matching.for_register(shown.today, shown.until))
    return lists.ledger_rows(measures, _bare(shown))


def _bare(shown: Register) -> list[Issue]:
    """Matching issues that have no measures at all; one whose measures the user does not see is none of these."""
    empty = [issue.pk for issue in shown.matching_issues if shown.tallies[issue.pk].total == 0]
    return list(lists.bare_issues(Issue.objects.filter(pk__in=empty, measures__isnull=True))) if empty else []


def _issues(shown: Register) -> list[Row]:
    found = Issue.objects.filter(pk__in=[issue.pk for issue in shown.matching_issues])
    rows = found.select_related("category", "lead_unit").prefetch_related("supporting_units").order_by("number")
    return lists.issue_rows(rows, lambda issue: (shown.tallies[issue.pk].done, shown.tallies[issue.pk].total))


def _tasks(shown: Register) -> list[Row]:
    return lists.ledger_rows(with_reports(shown.matching.for_register(shown.today, shown.until)))


def _duties(shown: Register) -> list[Row]:
    return lists.duty_rows(with_reports(shown.matching.for_register(shown.today, shown.until)))


def _evidence(shown: Register) -> list[Row]:
    return lists.file_rows(lists.with_files(shown.matching.for_register(shown.today, shown.until)))


ROWS: dict[str, Callable[[Register], list[Row]]] = {
    "ledger": _ledger,
    "issues": _issues,
    "tasks": _tasks,
    "duties": _duties,
    "evidence": _evidence,
}
