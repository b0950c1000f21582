"""The files of a published edition, for society or for the Party: which there are, and which could not be made and why."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from apps.reports.content import canonical
from apps.reports.models import Audience, Edition, RenderedFile, Rendering
from apps.units.errors import ActConflict

Kind = RenderedFile.Kind
SHOWN = (Kind.DOCX, Kind.PDF, Kind.CSV, Kind.JSON)
"""As a reader looks for them."""
IN_THE_MAKING = "正在生成，请过几分钟再来"
NOT_MADE = "没有生成成功，暂时不能下载；工作人员会重新生成"


@dataclass(frozen=True)
class Download:
    """One line of 下载: an address with its size, or why there is none."""

    kind: str
    label: str
    url: str = ""
    size: int = 0
    sha256: str = ""
    note: str = ""


def downloads_of(edition: Edition) -> list[Download]:
    """What the page of an edition offers. JSON needs no worker: it is the content itself."""
    made = {row.kind: row for row in _files(edition)}
    missing = _why_missing(edition) if len(made) < len(SHOWN) else ""
    return [_json(edition) if kind == Kind.JSON else _download(edition, kind, made.get(kind), missing) for kind in SHOWN]


def published_file(edition: Edition, kind: str) -> RenderedFile:
    """Raises ActConflict with the reason where there is none."""
    found = _files(edition).filter(kind=kind).order_by("-size").first()
    if found is None:
        raise ActConflict(f"这一版的 {kind.upper()} 文件{_why_missing(edition)}")
    if not found.size:
        raise ActConflict(found.note)
    return found


def _files(edition: Edition) -> QuerySet[RenderedFile]:
    return RenderedFile.objects.filter(rendering__edition=edition).order_by("size")


def _why_missing(edition: Edition) -> str:
    last = edition.renderings.first()
    return NOT_MADE if last is not None and last.state == Rendering.State.FAILED else IN_THE_MAKING


def _json(edition: Edition) -> Download:
    return Download(Kind.JSON, "JSON", _address(edition, Kind.JSON), len(canonical(edition.content)), edition.sha256)


def _download(edition: Edition, kind: Kind, made: RenderedFile | None, missing: str) -> Download:
    label = {Kind.DOCX: "Word", Kind.PDF: "PDF", Kind.CSV: "CSV（条目）"}[kind]
    if made is None or not made.size:
        return Download(kind, label, note=made.note if made else missing)
    return Download(kind, label, _address(edition, kind), made.size, made.sha256)


def _address(edition: Edition, kind: Kind) -> str:
    """What is told to the Party is fetched inside the house, at addresses of its own."""
    return reverse(f"reports:{'party' if edition.audience == Audience.PARTY else 'edition'}-{kind}", args=(edition.pk,))
