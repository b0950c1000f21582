"""Evidence, one file at a time. GETs that write one thing: the entry in the book that somebody fetched or saw the file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from csp.decorators import csp_update
from django.core.files import File
from django.core.signing import BadSignature, TimestampSigner
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from apps.issues.pages import FormPage, SignedRequest, run_form
from apps.measures import workflow
from apps.measures.evidence import EvidenceLine, may_update, other_uses
from apps.measures.forms.evidence import UpdateEvidenceForm
from apps.measures.models import EvidenceVersion, Measure, Regulation, StoredFile
from apps.measures.policies import reports_on
from apps.measures.services import log_download, log_preview, open_file, update_evidence
from apps.measures.services.files import SHOWN, open_shown
from apps.measures.views.frames import measure_crumbs, sheet_address
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import check

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PASS_SECONDS = 600
"""How long the viewer may fetch the file after its page was entered in the book."""
SHUT = "default-src 'none'; sandbox"
"""The policy of every file that leaves the store, on top of whatever shows it: no script, no form, no origin of its own."""


@require_safe
def evidence(request: SignedRequest, pk: int) -> FileResponse:
    """The file as an attachment: never shown inline, never sniffed, and without scripts should a browser open it all the same."""
    version = _seen(request.user, pk)
    file = open_file(version)
    log_download(actor=request.user, version=version)
    return handed_out(file, version)


@require_safe
def view(request: SignedRequest, pk: int) -> HttpResponseBase:
    """A file with all that is known of it; pictures and PDFs are shown, which is entered in the book."""
    version = _seen(request.user, pk)
    row, measure = version.evidence, version.evidence.measure
    versions = list(row.versions.select_related("uploaded_by__unit"))
    uses = other_uses([version.sha256], measure, request.user).get(version.sha256, [])
    shown, problem = "", ""
    if version.media_type in SHOWN:
        try:
            open_shown(version).close()
        except ActRefused as refused:
            problem = refused.message
        else:
            log_preview(actor=request.user, version=version)
            shown = f"{reverse('measures:evidence-shown', args=(pk,))}?pass={pass_for(request.user, version)}"
    context = {
        "line": EvidenceLine(row, versions, uses),
        "version": version,
        "measure": measure,
        "shown": shown,
        "problem": problem,
        "may_update": may_update(request.user, measure),
    }
    # The one page that may frame something: an address of this site.
    framing = csp_update({"frame-src": ["'self'"]})
    return framing(lambda asked: render(asked, "measures/evidence.html", context))(request)


@require_safe
@xframe_options_sameorigin
def shown(request: SignedRequest, pk: int) -> HttpResponseBase:
    """The bytes for the viewer, inline: pictures and PDFs only, checked again, for whoever has just opened the viewer's page.

    Without the pass of that page the reader is sent there, so that nobody sees a file without an entry in the book.
    """
    version = _seen(request.user, pk)
    if not has_pass(request, version):
        return redirect("measures:evidence-view", pk=pk)
    return handed_out(open_shown(version), version, inline=True)


@require_http_methods(("GET", "HEAD", "POST"))
def update(request: SignedRequest, pk: int) -> HttpResponse:
    """Hand in a new version of a piece of evidence."""
    version = _seen(request.user, pk)
    row, measure = version.evidence, version.evidence.measure
    if request.user.role == Role.LIAISON and not reports_on(request.user, measure):
        raise ActForbidden(f"措施 {measure.number} 由{measure.lead_unit.name}牵头，请由牵头单位更新佐证材料")
    check(workflow.UPDATE_EVIDENCE, measure, field="progress", actor=request.user)

    def act(values: dict[str, Any]) -> str:
        update_evidence(actor=request.user, evidence=row, **values)
        return f"{back}#evidence"

    back = sheet_address(measure)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = UpdateEvidenceForm(*posted, initial={"version": measure.version})
    latest = row.versions.all()[0]
    facts = [("材料名称", row.name), ("材料日期", str(row.effective_on)), ("现在的版本", f"第 {latest.number} 版，{latest.filename}")]
    return run_form(request, form, act, FormPage("更新佐证材料", "提交新版", back, measure_crumbs(measure), facts=facts))


def handed_out(file: File[bytes], row: StoredFile | Regulation, *, inline: bool = False) -> FileResponse:
    """The file of a row, opened before, on its way out."""
    response = FileResponse(file, content_type=row.media_type)
    protect(response, row.filename, inline=inline)
    response["Content-Length"] = str(row.size)
    return response


def sent(data: bytes, name: str) -> HttpResponse:
    """A workbook that was made for this request."""
    response = HttpResponse(data, content_type=XLSX)
    protect(response, name)
    return response


def protect(response: HttpResponseBase, filename: str, *, inline: bool = False) -> None:
    """Headers of a file that leaves the store (RFC 6266). One that the viewer shows may be framed by this site, and only by it."""
    response["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(filename, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = f"{SHUT}; frame-ancestors 'self'" if inline else SHUT
    response["Cache-Control"] = "private, no-store"


def pass_for(user: User, row: StoredFile) -> str:
    """What the page of a file gives its user, and only them, to fetch the bytes with."""
    return _signer(user, row).sign(str(row.pk)).partition(":")[2]


def has_pass(request: SignedRequest, row: StoredFile) -> bool:
    try:
        _signer(request.user, row).unsign(f"{row.pk}:{request.GET.get('pass', '')}", max_age=PASS_SECONDS)
    except BadSignature:
        return False
    return True


def _signer(user: User, row: StoredFile) -> TimestampSigner:
    return TimestampSigner(salt=f"{row._meta.label_lower}.shown.{user.pk}")


def _seen(user: User, pk: int) -> EvidenceVersion:
    rows = EvidenceVersion.objects.filter(evidence__measure__in=Measure.objects.visible_to(user))
    related = ("evidence__measure__issue__inspection__book", "evidence__measure__lead_unit", "evidence__progress", "uploaded_by__unit")
    return get_object_or_404(rows.select_related(*related), pk=pk)
