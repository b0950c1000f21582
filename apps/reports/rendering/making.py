"""One file of a notice, made of what its row says."""

from __future__ import annotations

from dataclasses import dataclass

from apps.measures.services.content import ACCEPTED, PDF
from apps.reports.content import canonical
from apps.reports.models import RenderedFile, Rendering
from apps.reports.rendering.data import items_csv
from apps.reports.rendering.docx import notice_docx
from apps.reports.rendering.imprint import file_name, imprint_of
from apps.reports.rendering.pdf import notice_pdf
from apps.units.errors import ActConflict

Kind = RenderedFile.Kind
ORDER = (Kind.JSON, Kind.CSV, Kind.DOCX, Kind.PDF)
"""The quickest first, so that a bar begins to move."""
MEDIA_TYPES = {
    Kind.JSON.value: "application/json",
    Kind.CSV.value: "text/csv; charset=utf-8",
    Kind.DOCX.value: ACCEPTED["docx"],
    Kind.PDF.value: PDF,
}


@dataclass(frozen=True)
class Made:
    """A file, or why this machine cannot make it: then it has no bytes."""

    kind: str
    filename: str
    media_type: str
    data: bytes = b""
    note: str = ""


def make(row: Rendering, kind: str) -> Made:
    name = file_name(row.content, row.edition.number if row.edition else None, kind)
    made = Made(kind, name, MEDIA_TYPES[kind])
    try:
        return Made(kind, name, made.media_type, _bytes_of(row, kind))
    except ActConflict as cannot:
        return Made(kind, name, made.media_type, note=cannot.message)


def _bytes_of(row: Rendering, kind: str) -> bytes:
    if kind == Kind.JSON:
        return canonical(row.content)
    if kind == Kind.CSV:
        return items_csv(row.content)
    return (notice_docx if kind == Kind.DOCX else notice_pdf)(row.content, imprint_of(row))
