"""What leaves the house about letters: the letter itself, and the files of this room. GETs that write one thing: the entry in the book."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.issues.pages import SignedRequest
from apps.measures.models import Measure
from apps.measures.services import open_file
from apps.measures.views.files import handed_out
from apps.measures.views.papers import send_paper
from apps.supervision.models import Attachment, Letter
from apps.supervision.onsite_policies import visible_photos
from apps.supervision.papers import LetterPaper, as_docx, as_pdf, paper_of
from apps.supervision.services import log_attachment_download
from apps.supervision.views.letters import letter_seen
from apps.units.models import User


@require_safe
def docx(request: SignedRequest, pk: int) -> HttpResponse:
    """The letter in official format, for Word."""
    row = letter_seen(request, pk)
    return _send(request, row, as_docx(_paper(request, row)), "docx")


@require_safe
def pdf(request: SignedRequest, pk: int) -> HttpResponse:
    """The letter in official format, to print."""
    row = letter_seen(request, pk)
    return _send(request, row, as_pdf(_paper(request, row)), "pdf")


@require_safe
def attachment(request: SignedRequest, pk: int) -> FileResponse:
    """A file of an answer or of a site check as an attachment: never inline, never sniffed, and entered in the book."""
    row = get_object_or_404(
        visible_attachments(request.user).select_related("reply__letter__inspection__book", "site_check__measure__issue__inspection__book"),
        pk=pk,
    )
    file = open_file(row)
    log_attachment_download(actor=request.user, attachment=row)
    return handed_out(file, row)


def visible_attachments(user: User) -> QuerySet[Attachment]:
    """Files go with the letter or the measure that they are about."""
    letters, photos = Letter.objects.visible_to(user), visible_photos(user)
    return Attachment.objects.filter(Q(reply__letter__in=letters.values("pk")) | Q(pk__in=photos.values("pk")))


def _paper(request: SignedRequest, row: Letter) -> LetterPaper:
    return paper_of(row, set(Measure.objects.visible_to(request.user).filter(letters=row).values_list("pk", flat=True)))


def _send(request: SignedRequest, row: Letter, data: bytes, kind: str) -> HttpResponse:
    return send_paper(request, data, f"{row.title}{row.doc_number}.{kind}", row.inspection, row, row.measures.count())
