"""Forms of measures. Columns take their words, lengths and choices from the models; rules across columns are the services'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from apps.issues.forms.issues import LONGEST_TEXT, PlausibleDate, RowForm, words
from apps.measures.forms.evidence import EvidenceRows
from apps.measures.models import Extension, Indicator, Measure, Progress
from apps.measures.services import EvidenceDraft, ReadingDraft, StageGoal
from apps.measures.services.planning import MeasureDraft
from apps.measures.services.reviewing import DECISIONS, RETURN
from apps.units.models import Role, User
from apps.units.spoken import SpokenForm, VersionedForm

DIGITS, PLACES = 16, 4
SPREAD = ("supporting_units",)
ASSIGNED = (
    *("lead_unit", "supporting_units", "person"),
    *("deadline_rule", "due_on", "deadline_from", "deadline_count", "deadline_basis"),
)
"""What an assignment says of a measure."""


def figure(label: str, *, required: bool = True) -> forms.DecimalField:
    """A cumulative value in an indicator's own unit."""
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=Decimal(0),
        max_digits=DIGITS,
        decimal_places=PLACES,
        error_messages={"min_value": "不能是负数，请填写累计数"},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class MeasureForm(RowForm, VersionedForm):
    """A new measure with its units and its deadline; which deadline fields are needed depends on the rule (services).

    The version is that of the issue, so that a form sent twice adds one measure.
    """

    model = Measure
    columns = ("text", "nature", "pace", *ASSIGNED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_nature(self)
        explain_deadline(self)

    def draft(self) -> MeasureDraft:
        return draft_of(self.cleaned_data)


class AssignMeasureForm(RowForm, VersionedForm):
    """Units, person and deadline of a measure; moving a date that was set needs a reason (services)."""

    model = Measure
    columns = ASSIGNED
    last = ("reason",)
    reason = words("调整理由", required=False, rows=2, help_text="调整已经明确的单位、责任人或时限，必须写明理由；原定时限保留备查。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        explain_deadline(self)


def name_nature(form: forms.Form) -> None:
    """类型 beside 整改类型 would be taken for the same."""
    form.fields["nature"].label = "性质（当下改/长久立）"


def explain_deadline(form: forms.Form) -> None:
    """Say which of the deadline fields a rule needs."""
    for name, sentence in (
        ("due_on", "选“指定日期”时填写。"),
        ("deadline_from", "按月或按工作日计算时填写，例如反馈日期。"),
        ("deadline_count", "按月或按工作日计算时填写几个月或几个工作日。"),
        ("deadline_basis", "时限从哪里来，例如整改方案或反馈会要求。"),
    ):
        form.fields[name].help_text = sentence


def draft_of(values: dict[str, Any]) -> MeasureDraft:
    """What the services take, from cleaned values."""
    rest = {key: value for key, value in values.items() if key not in (*SPREAD, "version", "reason")}
    return MeasureDraft(supporting_units=tuple(values["supporting_units"]), **rest)


class AmendMeasureForm(RowForm, VersionedForm):
    """Wording and type of a measure, with the reason of the change."""

    model = Measure
    columns = ("text", "nature", "pace", "person")
    last = ("reason",)
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_nature(self)


class ExtensionForm(RowForm, VersionedForm):
    model = Extension
    columns = ("new_due_on", "reason")


class DecideExtensionForm(SpokenForm):
    """The office's decision; a refusal needs words (the service says so)."""

    decision = forms.ChoiceField(label="审批", choices=(("agree", "同意延期"), ("refuse", "不同意")), widget=forms.RadioSelect)
    opinion = words("审批意见", required=False, rows=2, help_text="不同意时必须写明理由。")


class SendBackForm(SpokenForm):
    requirement = words("退回理由和补正要求", rows=3, help_text="写清缺什么、怎么补，联络员会看到全文。")


class ApproveForm(SpokenForm):
    opinion = words("审核意见", required=False, rows=2)


class ReviewManyForm(SpokenForm):
    """The one opinion, or the one requirement, for the reports that were picked."""

    decision = forms.ChoiceField(choices=DECISIONS, widget=forms.HiddenInput)
    opinion = words("审核意见", required=False, rows=3)

    def __init__(self, *args: Any, decision: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if decision == RETURN:
            self.fields["opinion"].label = "退回理由和补正要求"
            self.fields["opinion"].required = True
            self.fields["opinion"].help_text = "这些填报用同一条要求退回，联络员会看到全文。"
        else:
            self.fields["opinion"].help_text = "可以不填；填写的会记入每一份填报。"


class EndorseExtensionForm(SpokenForm):
    """The office's word on a second or later request: up to the leader, or no."""

    decision = forms.ChoiceField(label="初审", choices=(("endorse", "同意，报领导审批"), ("refuse", "不同意")), widget=forms.RadioSelect)
    opinion = words("初审意见", rows=3, help_text="领导审批时会看到。")


COMMITMENT = "本单位主要负责人已审阅，承诺内容真实、准确、完整"


class ReportForm(RowForm, VersionedForm, EvidenceRows):
    """A progress report: words, outcomes (one row for each indicator of the issue), files of evidence."""

    model = Progress
    columns = ("text", "as_of", "difficulties", "next_step", "signed_by", "stage_goal", "next_review_on")
    is_vouched_for = forms.BooleanField(label=COMMITMENT, error_messages={"required": "请由本单位主要负责人审阅，并勾选真实性承诺后再提交"})
    claim = forms.ChoiceField(label="本期状态", choices=Progress.CLAIMS, widget=forms.RadioSelect)
    reported_on = PlausibleDate(label="填报日期（补录）", required=False, help_text="整改办补录纸质填报时填写，平时留空。")

    def __init__(self, *args: Any, measure: Measure, indicators: Iterable[Indicator], today: dt.date, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_stage(self, measure)
        self.indicators, self.today = list(indicators), today
        self.add_rows()
        self.fields["difficulties"].help_text = "申请“阶段性完成”时必须写明。"
        for name in ("text", "difficulties", "next_step"):
            self.fields[name].widget.attrs["maxlength"] = LONGEST_TEXT
        if user.role != Role.OFFICE:
            del self.fields["reported_on"]
        for indicator in self.indicators:
            self.fields[f"value_{indicator.pk}"] = figure(f"{indicator.name} 累计数（{indicator.unit}）", required=False)
            self.fields[f"as_of_{indicator.pk}"] = PlausibleDate(label=f"{indicator.name} 截至日期", required=False)
            for name in ("value", "as_of"):
                self.fields[f"{name}_{indicator.pk}"].widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for indicator in self.indicators:
            self._check_outcome(indicator)
        self.check_rows()
        return values

    def _check_outcome(self, indicator: Indicator) -> None:
        value, as_of = (self.cleaned_data.get(f"{name}_{indicator.pk}") for name in ("value", "as_of"))
        if as_of is not None and as_of > self.today:
            self.add_error(f"as_of_{indicator.pk}", f"日期 {as_of} 晚于今天，请填写已经发生的日期")
        if value is not None and as_of is None and f"as_of_{indicator.pk}" not in self.errors:
            self.add_error(f"as_of_{indicator.pk}", "请填写这个数的截至日期")
        if value is None and as_of is not None and f"value_{indicator.pk}" not in self.errors:
            self.add_error(f"value_{indicator.pk}", "请填写累计数，或清空截至日期")

    def stage(self) -> StageGoal | None:
        """The next stage, where the measure may have one."""
        values = self.cleaned_data
        return StageGoal(values["stage_goal"], values["next_review_on"]) if "stage_goal" in values else None

    def evidence(self) -> Sequence[EvidenceDraft]:
        return list(self.drafts())

    def readings(self) -> Sequence[ReadingDraft]:
        """The rows that were filled in."""
        values = self.cleaned_data
        filled = [row for row in self.indicators if values.get(f"value_{row.pk}") is not None]
        return [ReadingDraft(row, values[f"value_{row.pk}"], values[f"as_of_{row.pk}"]) for row in filled]


def _offer_stage(form: forms.Form, measure: Measure) -> None:
    """The next stage is asked of measures that are kept up for good; needed once 阶段性完成 is claimed (services)."""
    if measure.pace != Measure.Pace.LONG_TERM:
        del form.fields["stage_goal"], form.fields["next_review_on"]
        return
    form.fields["stage_goal"].help_text = "申报“阶段性完成”时填写：下一阶段要做到什么。"
    form.fields["next_review_on"].help_text = "申报“阶段性完成”时填写，最迟一年内。到这一天措施自动回到“推进中”。"
