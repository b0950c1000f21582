"""Files in forms: several with a report, one with a new version. Names of fields end in the number of their row, the first has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField

from apps.issues.forms.issues import PlausibleDate
from apps.measures.models import Evidence, EvidenceVersion, Progress
from apps.measures.services import EvidenceDraft
from apps.measures.services.files import ACCEPTED, ACCEPTED_WORDS
from apps.units.spoken import VersionedForm

NAME_LENGTH, DESCRIPTION_LENGTH = 160, 300
PARTS = ("file", "name", "effective_on", "description")


@dataclass(frozen=True)
class EvidenceRow:
    """The fields of one file."""

    number: int
    file: BoundField
    name: BoundField
    effective_on: BoundField
    description: BoundField

    @property
    def is_open(self) -> bool:
        """Whether something was filled in or has to be put right."""
        return any(bound.errors or bound.value() for bound in (self.file, self.name, self.effective_on, self.description))


class EvidenceRows(forms.Form):
    """The part of a report's form that takes files: as many rows as a report may bring."""

    kept: dict[str, tuple[Evidence, EvidenceVersion]]

    def add_rows(self) -> None:
        for number in range(1, settings.EVIDENCE_MAX_FILES + 1):
            self.fields |= {f"{name}{ending(number)}": field for name, field in _fields(number).items()}

    def offer_kept(self, report: Progress | None) -> None:
        """Where the last report was sent back, its files may be handed in again: by themselves they count no longer."""
        if report is None or report.review != Progress.Review.RETURNED:
            return
        rows = report.evidence.prefetch_related("versions").order_by("pk")
        self.kept = {str(row.versions.all()[0].pk): (row, row.versions.all()[0]) for row in rows if row.versions.all()}
        if self.kept:
            self.fields["kept"] = forms.MultipleChoiceField(
                label="沿用上次退回填报的材料",
                required=False,
                choices=[(key, f"{row.name}（{version.extension}，{row.effective_on}）") for key, (row, version) in self.kept.items()],
                widget=forms.CheckboxSelectMultiple,
                help_text="随退回的填报上传的材料不再计入完成依据；仍然有效的，勾选后随这次填报重新提交，不用再传。",
            )

    def rows(self) -> list[EvidenceRow]:
        """For the template: the first is always open, each further one offers itself when the one before is."""
        numbers = range(1, settings.EVIDENCE_MAX_FILES + 1)
        return [EvidenceRow(number, *(self[f"{part}{ending(number)}"] for part in PARTS)) for number in numbers]

    def check_rows(self) -> None:
        """A description without a file, and a file without its day, are slips to be pointed at."""
        for number in range(1, settings.EVIDENCE_MAX_FILES + 1):
            file, name, day, description = (self.cleaned_data.get(f"{part}{ending(number)}") for part in PARTS)
            place, when = f"file{ending(number)}", f"effective_on{ending(number)}"
            if (name or day or description) and not file and place not in self.errors:
                self.add_error(place, "填写了材料名称、日期或说明，还没有选择文件")
            if file and not day and when not in self.errors:
                self.add_error(when, "请填写材料日期")

    def drafts(self) -> Iterator[EvidenceDraft]:
        """The rows that bring a file, after what is handed in again."""
        for key in self.cleaned_data.get("kept", ()):
            row, version = self.kept[key]
            yield EvidenceDraft(
                name=row.name, file=None, effective_on=row.effective_on, description=row.description, again=version, source=row.source
            )
        for number in range(1, settings.EVIDENCE_MAX_FILES + 1):
            file, name, day, description = (self.cleaned_data.get(f"{part}{ending(number)}") for part in PARTS)
            if file and day:
                called = (name or "").strip() or file.name.rpartition(".")[0]
                yield EvidenceDraft(
                    name=called[:NAME_LENGTH], file=file, effective_on=day, description=(description or "").strip(), row=ending(number)
                )


class UpdateEvidenceForm(VersionedForm):
    """A new version of a piece of evidence; the version is that of the measure."""

    note = forms.CharField(
        label="更新说明", max_length=DESCRIPTION_LENGTH, help_text="写明这一版改了什么、为什么换，例如“补盖公章”。以前的版本保留备查。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = file_field("新版文件", required=True)
        self.order_fields(["file", "note", "version"])


def ending(number: int) -> str:
    """What the names of a row's fields end in."""
    return "" if number == 1 else f"_{number}"


def limits() -> str:
    """What a file must be, in words."""
    return f"接受 {ACCEPTED_WORDS}，每份不超过 {settings.EVIDENCE_MAX_BYTES // 1_048_576} MB；不带宏、不设密码。"


def file_field(label: str, *, required: bool = False) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=required,
        max_length=NAME_LENGTH,
        help_text=f"{limits()}提交没有成功的，要重新选择文件。",
        widget=forms.FileInput(attrs={"accept": ",".join(f".{name}" for name in ACCEPTED)}),
    )


def _fields(number: int) -> dict[str, forms.Field]:
    which = "" if number == 1 else f"（第 {number} 份）"
    day = "选了文件就要填：材料说的是哪一天，不是上传日期。"
    file = file_field(f"佐证文件{which}")
    if number > 1:
        file.help_text = ""
    return {
        "file": file,
        "name": forms.CharField(label=f"材料名称{which}", required=False, max_length=NAME_LENGTH),
        "effective_on": PlausibleDate(label=f"材料日期{which}", required=False, help_text=day),
        "description": forms.CharField(label=f"材料说明{which}", required=False, max_length=DESCRIPTION_LENGTH),
    }
