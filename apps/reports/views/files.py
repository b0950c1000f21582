"""The files of a notice for the office and the leaders: asked for, watched while they are made, fetched."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import SignedRequest
from apps.measures.services import log_paper, open_file
from apps.measures.views.files import protect
from apps.reports import services
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Audience, Notice, RenderedFile, Rendering
from apps.reports.rendering.data import items_of
from apps.reports.services.rendering import OPEN
from apps.units.models import User

FEW = 10


def visible_renderings(user: User) -> QuerySet[Rendering]:
    """They go with their notice."""
    rows = Rendering.objects.filter(notice__in=Notice.objects.visible_to(user))
    return rows.select_related("notice__inspection__book", "edition", "asked_by").prefetch_related("files")


@require_safe
def files(request: SignedRequest, pk: int) -> HttpResponse:
    """All files of a notice: of its edition, and of the draft as it was at times."""
    user = request.user
    notice = get_object_or_404(Notice.objects.visible_to(user).select_related("inspection"), pk=pk)
    is_draft = notice.state != Notice.State.PUBLISHED
    context = {
        "notice": notice,
        "renderings": visible_renderings(user).filter(notice=notice)[:FEW],
        "is_draft": is_draft,
        "current": [sha256_of(content_of(notice, audience)) for audience in Audience.values] if is_draft else [],
        "audiences": Audience,
        "open": OPEN,
    }
    return render(request, "reports/files.html", context)


@require_POST
def ask(request: SignedRequest, pk: int) -> HttpResponse:
    """The files of the draft as it is now."""
    user = request.user
    notice = get_object_or_404(Notice.objects.visible_to(user), pk=pk)
    services.ask_rendering(actor=user, notice=notice, audience=request.POST.get("audience", Audience.SOCIETY))
    messages.success(request, "已交后台生成，做好一份就能下载一份。")
    return redirect("reports:files", pk)


@require_safe
def rendering(request: SignedRequest, pk: int) -> HttpResponse:
    """How far one rendering is: the part of the page that asks for itself again while it is being made."""
    row = get_object_or_404(visible_renderings(request.user), pk=pk)
    if not getattr(request, "htmx", False):
        return redirect("reports:files", row.notice_id)
    return render(request, "reports/parts/rendering.html", {"row": row, "open": OPEN})


@require_POST
def retry(request: SignedRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(visible_renderings(request.user), pk=pk)
    services.retry_rendering(actor=request.user, rendering=row)
    messages.success(request, "已重新交后台生成。")
    return redirect("reports:files", row.notice_id)


@require_safe
def rendered_file(request: SignedRequest, pk: int) -> FileResponse:
    """One file as an attachment. A GET that writes one thing: the entry in the book that somebody took it along."""
    user = request.user
    rows = RenderedFile.objects.filter(rendering__in=visible_renderings(user).values("pk"), size__gt=0)
    return handed_out(user, get_object_or_404(rows.select_related("rendering__notice__inspection__book"), pk=pk))


def handed_out(user: User, row: RenderedFile) -> FileResponse:
    """The file, kept by no cache on the way; the book says who took it."""
    file, notice = open_file(row), row.rendering.notice
    items = sum(1 for _ in items_of(row.rendering.content))
    log_paper(actor=user, book=notice.inspection.book, subject=notice, name=row.filename, rows=items, sha256=row.sha256)
    answer = FileResponse(file, content_type=row.media_type)
    protect(answer, row.filename)
    answer["Content-Length"] = str(row.size)
    return answer
