"""Forms and filters of the register of regulations."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet

from apps.issues.forms import RowForm, narrowed, words
from apps.issues.models import Category, Inspection, Issue
from apps.measures.models import Measure, Regulation
from apps.units.models import Unit, User
from apps.units.spoken import SpokenForm, VersionedForm


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


class RegulationFilter(filters.FilterSet):
    """Filters of the register, page and export alike. The lists are narrowed to what the user sees of the round."""

    inspection = filters.ChoiceFilter(label="轮次", choices=(), method="keep", empty_label="最近一轮")
    kind = filters.ChoiceFilter(label="类别", choices=Regulation.Kind.choices, empty_label="不限")
    unit = filters.ChoiceFilter(label="制定单位", choices=(), field_name="unit", empty_label="不限")
    category = filters.ChoiceFilter(label="方面", choices=(), field_name="issue__category", empty_label="不限")
    q = filters.CharFilter(label="名称、文号或问题编号", max_length=100, method="containing")

    class Meta:
        model = Regulation
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, *, user: User, rounds: list[Inspection], inspection: Inspection) -> None:
        seen = Regulation.objects.visible_to(user).filter(inspection=inspection)
        super().__init__(data, seen)
        self.seen = seen
        categories = Category.objects.visible_to(user).filter(inspection=inspection)
        self._offer("inspection", [(row.pk, row.name) for row in rounds])
        self._offer("unit", [(row.pk, row.short_name) for row in Unit.objects.filter(pk__in=seen.order_by().values("unit"))])
        self._offer("category", [(row.pk, str(row)) for row in categories])

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        self.filters[name].extra["choices"] = choices
        vars(self.filters[name]).pop("_field", None)

    def keep(self, queryset: QuerySet[Regulation], _name: str, _value: str) -> QuerySet[Regulation]:
        """The round was chosen before the rows were."""
        return queryset

    def containing(self, queryset: QuerySet[Regulation], _name: str, text: str) -> QuerySet[Regulation]:
        words = text.strip().strip("《》")
        found = Q(title__icontains=words) | Q(doc_number__icontains=words) | Q(issue__title__icontains=words)
        number = words if words.isascii() and words.isdigit() and len(words) < 5 else ""
        return queryset.filter(found | Q(issue__number=int(number)) if number else found)
