"""Papers of one issue, one request or one handover. GETs that write one thing each: the entry in the book that a file left the house."""

from __future__ import annotations

import hashlib

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection, Issue
from apps.issues.pages import SignedRequest
from apps.ledgers.services import Subject
from apps.measures.papers import lists
from apps.measures.papers.access import may_take_archive, visible_extensions, visible_handovers
from apps.measures.papers.archive import build, safe_name, size_of, too_large
from apps.measures.papers.closing import application, reconciliation
from apps.measures.papers.extending import extension
from apps.measures.papers.handing_over import handover
from apps.measures.papers.records import IssueRecords
from apps.measures.papers.sheets import Facts, listing
from apps.measures.services import log_archive, log_paper
from apps.measures.services.content import ACCEPTED
from apps.measures.views.files import protect
from apps.units.errors import ActForbidden

ZIP = "application/zip"


@require_safe
def of_issue(request: SignedRequest, pk: int) -> HttpResponse:
    """What can be printed about an issue, with how much each holds, before anything is made."""
    records = IssueRecords(_issue(request, pk), request.user)
    context = {
        "issue": records.issue,
        "records": records,
        "may_archive": may_take_archive(request.user, records.issue),
        "archive_bytes": size_of(records),
        "archive_refused": too_large(records),
    }
    return render(request, "measures/papers/issue.html", context)


@require_safe
def closing(request: SignedRequest, pk: int) -> HttpResponse:
    """销号申请表."""
    records = IssueRecords(_issue(request, pk), request.user)
    issue, data = records.issue, application(records).as_bytes()
    return send_paper(request, data, f"问题{issue.number}_销号申请表.docx", issue.inspection, issue, len(records.measures))


@require_safe
def checking(request: SignedRequest, pk: int) -> HttpResponse:
    """对账销号单."""
    records = IssueRecords(_issue(request, pk), request.user)
    issue, data = records.issue, reconciliation(records).as_bytes()
    return send_paper(request, data, f"问题{issue.number}_对账销号单.docx", issue.inspection, issue, len(records.measures))


@require_safe
def catalogue(request: SignedRequest, pk: int) -> HttpResponse:
    """佐证材料目录 of one issue."""
    records = IssueRecords(_issue(request, pk), request.user)
    issue, rows = records.issue, lists.file_rows(records.measures)
    facts = Facts(f"问题 {issue.number} 佐证材料目录", issue.lead_unit.name, records.today, records.author, f"问题 {issue.number}")
    name = f"问题{issue.number}_佐证材料目录.xlsx"
    return send_paper(request, listing(lists.CATALOGUE, facts, rows), name, issue.inspection, issue, len(rows))


@require_safe
def archive(request: SignedRequest, pk: int) -> FileResponse:
    """The whole archive as a ZIP, sent from the temporary file that it was written to."""
    issue = _issue(request, pk)
    if not may_take_archive(request.user, issue):
        raise ActForbidden("整份档案由整改办、领导和牵头单位导出，请联系牵头单位；您可以导出看得到的文书和目录")
    made = build(IssueRecords(issue, request.user))
    name = f"问题{issue.number}_{safe_name(issue.title)}_整改档案.zip"
    try:
        log_archive(actor=request.user, book=issue.inspection.book, subject=issue, name=name, rows=len(made.members), sha256=made.sha256)
    except BaseException:
        made.file.close()
        raise
    response = FileResponse(made.file, content_type=ZIP)
    protect(response, name)
    return response


@require_safe
def extending(request: SignedRequest, pk: int) -> HttpResponse:
    """延期申请表."""
    seen = visible_extensions(request.user).select_related(
        "measure__issue__inspection__book", "measure__lead_unit", "requested_by", "endorsed_by", "decided_by"
    )
    row = get_object_or_404(seen, pk=pk)
    measure = row.measure
    name = f"{measure.number}_延期申请表_{row.requested_on:%Y%m%d}.docx"
    return send_paper(request, extension(row).as_bytes(), name, measure.issue.inspection, measure, 1)


@require_safe
def handing_over(request: SignedRequest, pk: int) -> HttpResponse:
    """交接清单."""
    seen = visible_handovers(request.user).select_related("inspection__book", "unit", "made_by")
    row = get_object_or_404(seen, pk=pk)
    name = f"交接清单_{row.number:02d}_{safe_name(row.from_name)}_{safe_name(row.to_name)}.docx"
    return send_paper(request, handover(row).as_bytes(), name, row.inspection, row, len(row.items))


def send_paper(request: SignedRequest, data: bytes, name: str, inspection: Inspection, subject: Subject, rows: int) -> HttpResponse:
    """Enter the paper in the book of its round and send it as a download; the end of its name says of which kind it is."""
    digest = hashlib.sha256(data).hexdigest()
    log_paper(actor=request.user, book=inspection.book, subject=subject, name=name, rows=rows, sha256=digest)
    response = HttpResponse(data, content_type=ACCEPTED[name.rpartition(".")[2]])
    protect(response, name)
    return response


def _issue(request: SignedRequest, pk: int) -> Issue:
    return get_object_or_404(Issue.objects.visible_to(request.user).for_sheet(), pk=pk)
