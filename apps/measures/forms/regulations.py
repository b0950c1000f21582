"""Forms of the register of regulations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.issues.forms.issues import RowForm, narrowed, words
from apps.issues.models import Inspection, Issue
from apps.measures.models import Measure, Regulation
from apps.units.spoken import VersionedForm


def file_field() -> forms.FileField:
    limit = settings.EVIDENCE_MAX_BYTES // 1_048_576
    return forms.FileField(
        label="制度文件",
        required=False,
        max_length=160,
        help_text=f"PDF 或 DOCX，不超过 {limit} MB；涉密文件不得上传。",
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx"}),
    )


class RegulationForm(RowForm):
    """A rule made for an issue."""

    model = Regulation
    columns = ("title", "doc_number", "kind", "issued_on", "unit", "measure")

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "measure", Measure.objects.filter(issue=issue).select_related("issue"))
        self.fields["file"] = file_field()
        explain(self)


class RoundRegulationForm(RowForm):
    """A rule of the whole round, or of one of its issues."""

    model = Regulation
    columns = ("title", "doc_number", "kind", "issued_on", "unit", "issue")

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "issue", inspection.issues.all())
        self.fields["file"] = file_field()
        explain(self)


class AmendRegulationForm(RowForm, VersionedForm):
    """A rule on the register, or its file, with the reason of the change."""

    model = Regulation
    columns = ("title", "doc_number", "kind", "issued_on", "unit", "issue", "measure")
    last = ("reason",)
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, regulation: Regulation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "issue", regulation.inspection.issues.all())
        narrowed(self, "measure", Measure.objects.filter(issue__inspection=regulation.inspection).select_related("issue"))
        self.fields["file"] = file_field()
        if regulation.filename:
            self.fields["file"].help_text += f"现有文件：{regulation.filename}，不选则保留。"
        explain(self)
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])


def explain(form: forms.Form) -> None:
    form.fields["title"].help_text = "不加书名号。名称和文号都相同的，只能登记一次。"
    form.fields["doc_number"].help_text = "例如 沙委办〔2025〕12号；还没有文号的可先空着。"
