"""The register of regulations 规章制度: the list with its counts, its workbook, one rule, its file, and the office's forms."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.forms.issues import initial_of
from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures import services
from apps.measures.filters.regulations import RegulationFilter
from apps.measures.forms.regulations import AmendRegulationForm, RegulationForm, RoundRegulationForm
from apps.measures.lists import Listing, workbook_of
from apps.measures.models import Regulation
from apps.measures.views.figures import BUSINESS, chosen_round
from apps.measures.views.files import XLSX, handed_out, protect
from apps.measures.views.frames import addition_page, issue_to_add_to
from apps.units.errors import ActRefused
from apps.units.filters import problems_of
from apps.units.models import Role
from apps.units.parameters import page_of

A_PAGE = 50
LINES = 100
HEADINGS = (("序号", 6), ("制度名称", 46), ("文号", 22), ("类别", 8), ("制定单位", 18), ("印发日期", 12), ("问题", 8), ("措施", 8),
            ("方面", 30), ("文件", 28), ("示例标注", 14))  # fmt: skip


@require_safe
def regulations(request: SignedRequest) -> HttpResponse:
    """The register of a round, filtered."""
    found = _filtered(request)
    if found is None:
        return render(request, "measures/regulations.html", {"inspection": None})
    filterset, inspection = found
    problems = problems_of(filterset)
    rows = filterset.seen.none() if problems else filterset.qs
    kinds = dict(filterset.seen.order_by().values_list("kind").annotate(n=Count("pk")))
    page = page_of(_with_related(rows), request, A_PAGE)
    context = {
        "inspection": inspection,
        "marked": {name: any(row.demonstrates(name) for row in page.object_list) for name in ("kind", "unit")},
        "filter": filterset,
        "problems": problems,
        "page": page,
        "kinds": [(value, label, kinds.get(value, 0)) for value, label in Regulation.Kind.choices],
        "total": sum(kinds.values()),
        "in_force": sum(count for kind, count in kinds.items() if kind != Regulation.Kind.ABOLISHED),
        "is_office": request.user.role == Role.OFFICE,
    }
    return render(request, "measures/regulations.html", context, status=400 if problems else 200)


@require_safe
def export(request: SignedRequest) -> HttpResponse:
    """The same rows as a workbook. A GET that writes one thing: the entry in the book that this export left the house."""
    found = _filtered(request)
    if found is None:
        raise ActRefused("还没有可以导出的规章制度")
    filterset, inspection = found
    problems = problems_of(filterset)
    if problems:
        raise ActRefused("；".join(problems))
    rows = list(_with_related(filterset.qs))
    active = {name: value for name, value in filterset.form.cleaned_data.items() if value}
    services.log_export(actor=request.user, inspection=inspection, rows=len(rows), filters={"表": "规章制度", **active})
    words = "、".join(f"{filterset.filters[name].label}：{_chosen(filterset, name, value)}" for name, value in active.items())
    kinds = "，".join(f"{label} {sum(row.kind == kind for row in rows)} 项" for kind, label in Regulation.Kind.choices)
    listing = Listing(
        name="规章制度",
        title=f"{inspection.name}规章制度目录",
        notes=[f"生成日期 {inspection.today()}，共 {len(rows)} 项：{kinds}", f"筛选条件：{words or '无'}"],
        headings=HEADINGS,
        rows=[_cells(number, row) for number, row in enumerate(rows, start=1)],
    )
    response = HttpResponse(workbook_of([listing]), content_type=XLSX)
    protect(response, f"规章制度_{inspection.today():%Y%m%d}.xlsx")
    return response


def _chosen(filterset: RegulationFilter, name: str, value: str) -> str:
    return str(dict(filterset.filters[name].extra.get("choices", ())).get(int(value) if value.isdigit() else value, value))


def _cells(number: int, row: Regulation) -> list[Any]:
    measure = row.measure.number if row.measure else ""
    return [
        *(number, f"《{row.title}》", row.doc_number, str(row.get_kind_display()), row.unit.short_name, row.issued_on),
        *(row.issue.number if row.issue else "全轮", measure, str(row.issue.category) if row.issue else "", row.filename),
        "示例" if row.is_demonstration or row.demonstrated else "",
    ]


def _filtered(request: SignedRequest) -> tuple[RegulationFilter, Inspection] | None:
    require_role(request.user, *BUSINESS)
    rounds, inspection = chosen_round(request, request.user)
    if inspection is None:
        return None
    return RegulationFilter(request.GET, user=request.user, rounds=rounds, inspection=inspection), inspection


def _with_related(rows: Any) -> Any:
    return rows.select_related("unit", "issue__category", "measure__issue").order_by("issue__number", "pk")


@require_safe
def regulation(request: SignedRequest, pk: int) -> HttpResponse:
    """One rule with its history in the book."""
    row = _row(request, pk)
    entries = Entry.objects.filter(book=row.inspection.book_id).about([("regulation", [row.pk])])[:LINES]
    context = {"regulation": row, "entries": entries, "is_office": request.user.role == Role.OFFICE}
    return render(request, "measures/regulation.html", context)


@require_safe
def file(request: SignedRequest, pk: int) -> FileResponse:
    """The text of a rule as an attachment; who fetched it goes in the book."""
    row = _row(request, pk)
    if not row.sha256:
        raise Http404
    stored = services.open_regulation_file(row)
    services.log_regulation_download(actor=request.user, regulation=row)
    return handed_out(stored, row)


@GET_OR_POST
def add(request: SignedRequest, pk: int) -> HttpResponse:
    """Register a rule that was made for an issue."""
    issue = issue_to_add_to(request, pk)
    page = addition_page(issue, "登记制度", "登记")

    def act(values: dict[str, Any]) -> str:
        services.add_regulation(actor=request.user, inspection=issue.inspection, issue=issue, **values)
        return page.back

    form = RegulationForm(request.POST or None, request.FILES or None, issue=issue, initial={"unit": issue.lead_unit_id})
    return run_form(request, form, act, page)


@GET_OR_POST
def add_to_round(request: SignedRequest, pk: int) -> HttpResponse:
    """Register a rule of the whole round, or of one of its issues."""
    inspection = get_object_or_404(Inspection.objects.visible_to(request.user).select_related("book"), pk=pk)
    require_role(request.user, Role.OFFICE)
    address = f"{reverse('measures:regulations')}?inspection={inspection.pk}"

    def act(values: dict[str, Any]) -> str:
        services.add_regulation(actor=request.user, inspection=inspection, **values)
        return address

    form = RoundRegulationForm(request.POST or None, request.FILES or None, inspection=inspection)
    return run_form(request, form, act, FormPage("登记制度", "登记", address, [Crumb("规章制度", address)], inspection.name))


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a rule on the register, or put in its file."""
    row = _row(request, pk)
    require_role(request.user, Role.OFFICE)
    address = reverse("measures:regulation", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        version, reason, upload = values.pop("version"), values.pop("reason"), values.pop("file")
        services.amend_regulation(actor=request.user, regulation=row, values=values, reason=reason, version=version, file=upload)
        return address

    initial = {**initial_of(row, AmendRegulationForm.columns), "version": row.version}
    form = AmendRegulationForm(request.POST or None, request.FILES or None, regulation=row, initial=initial)
    crumbs = [Crumb("规章制度", reverse("measures:regulations")), Crumb(row.title[:20], address)]
    return run_form(request, form, act, FormPage(f"修改制度：{row.title}", "保存修改", address, crumbs))


def _row(request: SignedRequest, pk: int) -> Regulation:
    require_role(request.user, *BUSINESS)
    rows = Regulation.objects.visible_to(request.user)
    related = rows.select_related("inspection__book", "unit", "issue__category", "measure__issue")
    row: Regulation = get_object_or_404(related, pk=pk)
    return row
