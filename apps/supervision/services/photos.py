"""Photos of site checks: pictures only, kept in the private store beside the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from apps.measures.services.files import keep_file
from apps.supervision.models import Attachment, SiteCheck
from apps.supervision.services.attaching import attached
from apps.units.errors import ActRefused
from apps.units.models import User

PICTURES = ("jpg", "jpeg", "png")
MOST_PHOTOS = 9


@dataclass(frozen=True)
class PhotoDraft:
    """A picture that comes with a check; ``field`` names where a refusal stands."""

    file: UploadedFile[bytes]
    caption: str = ""
    field: str = "photos"


def keep_photos(*, actor: User, check: SiteCheck, drafts: Sequence[PhotoDraft]) -> list[Attachment]:
    """Part of the act of checking, which records. What is no picture is refused, by its name and by its content."""
    if len(drafts) > MOST_PHOTOS:
        raise ActRefused(f"一次核查最多附 {MOST_PHOTOS} 张照片，请挑选后再传", field=drafts[MOST_PHOTOS].field)
    kept = []
    for draft in drafts:
        if (draft.file.name or "").rpartition(".")[2].lower() not in PICTURES:
            raise ActRefused("只接受 JPG、PNG 格式的照片，请转换格式后再传", field=draft.field)
        file = keep_file(draft.file, field=draft.field)
        kept.append(attached(file, uploaded_by=actor, site_check=check, caption=draft.caption.strip()))
    return kept
