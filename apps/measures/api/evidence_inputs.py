"""Files in the API: repeated parts of one request, each described by the part of the same place in the other lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers

from apps.measures.services import EvidenceDraft
from apps.units.rest import PlausibleDateField, VersionedActSerializer

MOST = 100


class LooseList(serializers.ListField):
    """A list, or one value that stands for a list of one."""

    default_error_messages = {"max_length": "最多 {max_length} 项，请减少"}

    def to_internal_value(self, data: Any) -> list[Any]:
        found: list[Any] = super().to_internal_value([data] if isinstance(data, str) else data)
        return found


class DayList(LooseList):
    """Days; an empty text means the default."""

    child = PlausibleDateField()
    max_length = MOST

    def to_internal_value(self, data: Any) -> list[dt.date | None]:
        given = [data] if isinstance(data, str) else data
        if not isinstance(given, list):
            return super().to_internal_value(given)
        return [None if day == "" else super(DayList, self).to_internal_value([day])[0] for day in given]


def file_list(label: str = "佐证材料，可重复（multipart）") -> LooseList:
    return LooseList(child=serializers.FileField(allow_empty_file=True), required=False, max_length=MOST, label=label)


def text_list(longest: int, label: str) -> LooseList:
    return LooseList(child=serializers.CharField(allow_blank=True, max_length=longest), required=False, max_length=MOST, label=label)


def drafts_of(attrs: dict[str, Any]) -> list[EvidenceDraft]:
    """Takes the lists out of the input of a report; more descriptions than files are a mistake of the caller."""
    files: list[UploadedFile[bytes]] = attrs.pop("file", [])
    names, days, descriptions = (attrs.pop(key, []) for key in ("evidence_name", "effective_on", "evidence_description"))
    if max(len(names), len(days), len(descriptions)) > len(files):
        raise serializers.ValidationError({"file": ["材料名称、日期或说明比附的文件多，请把文件附上"]})
    drafts = []
    for place, file in enumerate(files):
        name, day, description = (rows[place] if place < len(rows) else None for rows in (names, days, descriptions))
        stem = str(file.name).rpartition(".")[0] or str(file.name)
        drafts.append(
            EvidenceDraft(
                name=(name or "").strip() or stem[:160],
                file=file,
                effective_on=day or attrs["as_of"],
                description=description or "",
                row="" if place == 0 else f"_{place + 1}",
            )
        )
    return drafts


class UpdateEvidenceInput(VersionedActSerializer):
    file = serializers.FileField(allow_empty_file=True, label="新版文件（multipart）")
    note = serializers.CharField(max_length=300, label="更新说明")
