"""Forms around messages of the public: the public's own, the query of a reply, and what the office does with one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.reports.content import Content
from apps.reports.gate import CODE_LENGTH, bare
from apps.reports.models import Feedback
from apps.reports.services.feedback import LONGEST, LONGEST_ANSWER, LONGEST_CONTACT
from apps.units.spoken import SpokenForm, VersionedForm

WHOLE = "整篇通报"
LONGEST_TITLE = 40
OPENLY, SEALED = "office", "sealed"


class FeedbackForm(SpokenForm):
    """What a reader writes. ``website`` is for machines: people do not see it."""

    item = forms.TypedChoiceField(label="反馈哪一条", required=False, coerce=int, empty_value=None)
    text = forms.CharField(
        label="反馈内容",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=f"写明时间、地点和情况，最多 {LONGEST} 字。不必写姓名。",
    )
    reader = forms.ChoiceField(
        label="给谁看",
        choices=((OPENLY, "整改办"), (SEALED, "只给纪检监察机关看（密封）")),
        initial=OPENLY,
        widget=forms.RadioSelect,
        help_text="反映具体人员违纪违法问题，请选“密封”：整改办看不到内容，也看不到有这封信。看起来像反映具体人员问题的，系统也会自动密封。",
    )
    contact = forms.CharField(
        label="联系方式",
        max_length=LONGEST_CONTACT,
        required=False,
        help_text="电话或邮箱，可以不填。不填也能凭查询码看答复。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    consent = forms.BooleanField(required=False)
    website = forms.CharField(
        label="请不要填写这一栏", required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )
    answer = forms.CharField(
        label="验证问题", max_length=10, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    altcha = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    token = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, content: Content, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = settings.FEEDBACK_CONTACT_DAYS
        self.fields["consent"].label = f"同意办理单位为核实情况使用这个联系方式，{days} 天后清除"
        items = [item for category in content["sections"]["two"]["categories"] for item in category["items"]]
        choices = [(str(item["number"]), f"{item['number']}. {item['title'][:LONGEST_TITLE]}") for item in items]
        own = self.fields["item"]
        if isinstance(own, forms.TypedChoiceField):
            own.choices = [("", WHOLE), *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("website"):
            self.add_error("website", "请把这一栏留空再提交：它只用来识别自动程序")
        if cleaned.get("contact") and not cleaned.get("consent"):
            self.add_error("consent", "填写了联系方式，请勾选同意；不同意请把联系方式删去")
        return cleaned


class StatusForm(SpokenForm):
    code = forms.CharField(
        label="查询码",
        max_length=60,
        help_text="提交反馈后显示的 16 位查询码，大小写、空格和短横都不影响。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = bare(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(f"查询码是 {CODE_LENGTH} 位字母和数字，请核对")
        return code


class AnswerForm(VersionedForm):
    answer = forms.CharField(
        label="答复",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea,
        help_text="写信人凭查询码看到这段文字，办理后不能修改。不写其他人的个人信息。",
    )


class SetAsideForm(VersionedForm):
    reason = forms.CharField(
        label="不予办理的理由",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea,
        help_text="写信人凭查询码看到这段文字，办理后不能修改。",
    )


class HandOverForm(VersionedForm):
    confirmed = forms.BooleanField(
        label="我已读过全文，不涉及具体人员的问题",
        required=False,
        help_text="转交后整改办看到全文和联系方式，由整改办答复，计入公开统计；不能收回。",
    )


class InboxForm(SpokenForm):
    """What the list of messages can be narrowed by."""

    state = forms.ChoiceField(label="状态", required=False, choices=(("", "全部状态"), *Feedback.State.choices))
    overdue = forms.ChoiceField(label="期限", required=False, choices=(("", "全部"), ("yes", "已逾期未答复")))
    item = forms.IntegerField(label="条目", required=False, min_value=1, max_value=9999)
    page = forms.IntegerField(required=False, widget=forms.HiddenInput)
