"""What the office types into a notice. Placeholders are checked here field by field, and once more in the services."""

from __future__ import annotations

from typing import Any, Self

from django import forms

from apps.reports.content import TEMPLATED
from apps.reports.earlier import TEXTS
from apps.reports.figures import STRAY, problems_in
from apps.reports.layouts import LASTING_TITLE, ORDERS, PRESETS, SECTION_NAMES, problems_of_category, problems_of_item
from apps.reports.models import Notice, NoticeItem
from apps.reports.services import PROSE
from apps.units.errors import ActRefused
from apps.units.spoken import SpokenForm

FROM_REPORTS, FROM_LAST = "reports", "last"


class ReasonMixin(SpokenForm):
    """The version of the row that the page showed, and why it is changed; the reason is optional while nothing was submitted."""

    reason = forms.CharField(
        label="修改理由",
        max_length=500,
        widget=forms.Textarea,
        help_text="写明改了什么、依据是什么，记入台账。",
        error_messages={"required": "这份通报稿提请过审定，再修改要写明理由"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def asks_reason_of(self, notice: Notice) -> Self:
        self.fields["reason"].required = notice.submitted_on is not None
        return self


class NoticeForm(SpokenForm, forms.ModelForm[Notice]):
    """The prose, the contact block and the date of a notice."""

    class Meta:
        model = Notice
        fields = PROSE
        widgets = {"dated_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "section_one_title": "不写“一、”。",
            "section_two_title": "不写“二、”。",
            "section_three_title": "不写“三、”。",
            "section_one": "一段一行。以“（一）”开头的段落，第一个句号之前的话显示为段首标题。",
            "section_three": "一段一行。",
            "invitation": "联系电话、地址、邮编、邮箱接在这段文字后面，不必重写。",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in TEMPLATED:
            for problem in problems_in(cleaned.get(name) or ""):
                self.add_error(name, problem)
        return self.cleaned_data


class DraftForm(NoticeForm):
    """A new notice: its prose, and where the public texts of the issues come from."""

    def __init__(self, *args: Any, last: Notice | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(FROM_REPORTS, "由审核通过的填报、成效数据和规章制度汇总，再逐条修改")]
        if last is not None:
            choices.append((FROM_LAST, f"沿用上一份通报稿《{last.title}》的条目文字"))
        self.fields["texts"] = forms.ChoiceField(
            label="条目文字",
            choices=choices,
            widget=forms.RadioSelect,
            initial=choices[-1][0],
            help_text="每个问题一条，起草后可以逐条修改。",
        )


class AmendForm(NoticeForm, ReasonMixin):
    """A change of the prose. ``shown`` is the fingerprint of the prose that the page showed."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class ItemForm(ReasonMixin):
    """What one issue tells each audience."""

    title = forms.CharField(label="条目标题", max_length=120, help_text="不写编号，末尾不写句号。")
    text = forms.CharField(label="社会公开", widget=forms.Textarea, help_text="直接公开，不使用占位符；人员只写人数，不写姓名。")
    party_text = forms.CharField(label="党内通报", widget=forms.Textarea, required=False, help_text="不写就与社会公开相同。")
    internal_text = forms.CharField(label="内部", widget=forms.Textarea, required=False, help_text="不对外。不写就与党内通报相同。")
    from_internal = forms.BooleanField(label="我确认，把只写在内部文字中的话写进对外的文字", required=False)
    field_order = ("title", "text", "party_text", "internal_text", "from_internal", "reason", "version")

    @classmethod
    def of(cls, item: NoticeItem, data: Any = None) -> Self:
        form = cls(data, initial={**{name: getattr(item, name) for name in TEXTS}, "version": item.version})
        return form.asks_reason_of(item.notice)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in TEXTS:
            if STRAY.search(cleaned.get(name) or ""):
                self.add_error(name, "条目文字直接公开，不使用占位符，请去掉花括号")
        return self.cleaned_data


class LayoutForm(ReasonMixin):
    """How a notice is laid out."""

    layout = forms.ChoiceField(label="版式", choices=Notice.Layout.choices, widget=forms.RadioSelect)
    category_pattern = forms.CharField(label="方面标题样式", max_length=80, required=False, help_text="不写就用所选版式常用的样式。")
    item_pattern = forms.CharField(label="条目标题样式", max_length=80, required=False, help_text="不写就用所选版式常用的样式。")
    section_order = forms.ChoiceField(
        label="部分次序",
        choices=[(",".join(order), " → ".join(SECTION_NAMES[name] for name in order)) for order in ORDERS],
        help_text=f"“{LASTING_TITLE}”由台账中长期坚持的措施汇总，没有这样的措施就不出现。",
    )
    field_order = ("layout", "category_pattern", "item_pattern", "section_order", "reason", "version")

    @classmethod
    def of(cls, notice: Notice, data: Any = None) -> Self:
        usual = PRESETS[notice.layout]
        written = {
            name: "" if getattr(notice, name) == pattern else getattr(notice, name)
            for name, pattern in zip(("category_pattern", "item_pattern"), usual, strict=True)
        }
        initial = {"layout": notice.layout, "section_order": ",".join(notice.section_order), "version": notice.version, **written}
        form = cls(data, initial=initial)
        return form.asks_reason_of(notice)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, problems in (("category_pattern", problems_of_category), ("item_pattern", problems_of_item)):
            for problem in problems(cleaned[name]) if cleaned.get(name) else ():
                self.add_error(name, problem)
        return self.cleaned_data


def take_refusal(form: forms.BaseForm, error: ActRefused) -> int:
    """Put a refused act on the form, at the field it names, and give the status of the answer."""
    form.add_error(error.field if error.field in form.fields else None, error.message)
    return error.status
