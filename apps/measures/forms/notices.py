"""Forms on the way of a notice into the ledger: hand it in, correct the draft, accept it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.issues.forms.issues import PlausibleDate
from apps.measures.forms.importing import RoundForm
from apps.measures.importing.notices.correcting import IssueWords
from apps.measures.importing.tree import Kind, Node, Tree
from apps.units.models import Unit
from apps.units.spoken import VersionedForm

MOST_TEXT = 200_000


class NoticeForm(RoundForm):
    """Which round, and the notice as a file or as words."""

    file = forms.FileField(
        label="通报文件",
        required=False,
        help_text="DOCX、另存的网页（HTML）或文本（TXT）。PDF 请改用 DOCX，或把正文粘贴到下面。",
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.html,.htm,.txt"}),
    )
    text = forms.CharField(
        label="或者粘贴正文", required=False, max_length=MOST_TEXT, strip=False, widget=forms.Textarea(attrs={"rows": 10})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = given.get("file")
        if bool(file) == bool(str(given.get("text") or "").strip()) and "file" not in self.errors:
            self.add_error("file", "请上传文件，或粘贴正文，两样选一样")
        return given


class ReadingForm(VersionedForm):
    """Another way to read the text."""

    reading = forms.CharField(max_length=80)


class TitleForm(VersionedForm):
    """A name for an aspect or a new issue."""

    title = forms.CharField(label="名称", max_length=200)
    category = forms.CharField(widget=forms.HiddenInput, max_length=20, required=False)


class AcceptForm(VersionedForm):
    """What a notice never says, filled in once for all that is new."""

    lead_unit = forms.ModelChoiceField(
        label="没有写牵头单位的，先记哪个单位",
        queryset=Unit.objects.all(),
        required=False,
        help_text="通报一般不写责任单位。先记在一个单位名下，导入后再分工。",
    )
    due_on = PlausibleDate(label="没有写时限的措施，时限记为", required=False, help_text="通报一般不写时限。例如集中整改期满之日。")


@dataclass(frozen=True)
class FigureRow:
    """One figure of an issue with its fields."""

    node: Node
    taken: Any
    name: Any
    as_of: Any


class DraftIssueForm(VersionedForm):
    """One issue of the draft."""

    title = forms.CharField(label="整改事项（标题）", max_length=120)
    finding = forms.CharField(label="反馈问题", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    category = forms.ChoiceField(label="方面")
    lead_unit = forms.ModelChoiceField(label="牵头单位", queryset=Unit.objects.all(), required=False, empty_label="采用草稿时统一填写")
    measures = forms.CharField(
        label="整改措施",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="一行一条。要拆开就换行，要合并就去掉换行。",
    )

    def __init__(self, *args: Any, tree: Tree, node: Node, units: dict[str, Unit], **kwargs: Any) -> None:
        texts = "\n".join(one_line(child.text("text")) for child in node.of_kind(Kind.MEASURE))
        own = next(category.key for category in tree.nodes if node in category.children)
        initial = {"title": node.text("title"), "finding": node.text("finding"), "category": own, "measures": texts}
        lead = units.get(node.text("lead_unit"))
        super().__init__(*args, initial={**initial, "lead_unit": lead, **kwargs.pop("initial", {})}, **kwargs)
        self.node, self.unresolved = node, node.text("lead_unit") if lead is None else ""
        choice: Any = self.fields["category"]
        choice.choices = [(one.key, f"{one.text('number')} {one.text('title')}"[:80]) for one in tree.nodes]
        if self.unresolved:
            named: Any = self.fields["lead_unit"]
            named.empty_label = f"照原文：{self.unresolved}"
            named.help_text = f"原文写的是“{self.unresolved}”；不选就照原文，预览时再对应。"
        for figure in node.of_kind(Kind.FIGURE):
            self._add_figure(figure)
        for rule in node.of_kind(Kind.REGULATION):
            label = f"《{rule.text('title')}》（{rule.leaves['act'].given or '新建'}）"
            self.fields[f"rule-{rule.key}"] = forms.BooleanField(label=label, required=False, initial=bool(rule.value("taken")))

    def _add_figure(self, figure: Node) -> None:
        key, written = figure.key, figure.leaves["value"].given
        single = "—" not in figure.text("value")
        box = forms.BooleanField(label=f"带入 {written}", required=False, initial=bool(figure.value("taken")), disabled=not single)
        self.fields[f"figure-{key}"] = box
        name = forms.CharField(label=f"{written} 的指标名称", max_length=120, required=False, initial=figure.text("name"))
        self.fields[f"name-{key}"] = name
        day = PlausibleDate(label=f"{written} 的截至日期", required=False, initial=figure.text("as_of") or None)
        self.fields[f"day-{key}"] = day

    def figures(self) -> Iterator[FigureRow]:
        for figure in self.node.of_kind(Kind.FIGURE):
            yield FigureRow(figure, self[f"figure-{figure.key}"], self[f"name-{figure.key}"], self[f"day-{figure.key}"])

    def rules(self) -> list[Any]:
        return [self[f"rule-{rule.key}"] for rule in self.node.of_kind(Kind.REGULATION)]

    def plain(self) -> list[Any]:
        return [self[name] for name in ("title", "finding", "category", "lead_unit", "measures")]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for figure in self.node.of_kind(Kind.FIGURE):
            if not given.get(f"figure-{figure.key}"):
                continue
            if not given.get(f"day-{figure.key}") and f"day-{figure.key}" not in self.errors:
                self.add_error(f"day-{figure.key}", "带入的数字要有截至日期，请填写，或不带入")
            if not given.get(f"name-{figure.key}") and f"name-{figure.key}" not in self.errors:
                self.add_error(f"name-{figure.key}", "带入的数字要有指标名称，请填写，或不带入")
        return given

    def words(self) -> IssueWords:
        """For the service."""
        given = self.cleaned_data
        lead: Unit | None = given.get("lead_unit")
        return IssueWords(
            title=given["title"],
            finding=given["finding"],
            category=given["category"],
            lead_unit=lead.name if lead else self.unresolved,
            measures=[line.strip() for line in given["measures"].splitlines() if line.strip()],
            figures={one.key: self._figure(one) for one in self.node.of_kind(Kind.FIGURE)},
            rules={one.key: bool(given.get(f"rule-{one.key}")) for one in self.node.of_kind(Kind.REGULATION)},
        )

    def _figure(self, one: Node) -> tuple[bool, str, dt.date | None]:
        given = self.cleaned_data
        return bool(given.get(f"figure-{one.key}")), given.get(f"name-{one.key}") or one.text("name"), given.get(f"day-{one.key}")


def one_line(text: str) -> str:
    """A measure on one line, as the box of measures has them."""
    return re.sub(r"\s*\n\s*", " ", text).strip()
