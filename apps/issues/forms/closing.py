"""Forms around the closing of an issue: application, signature, decision, draw of look-backs."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.issues.forms.issues import PlausibleDate, words
from apps.issues.rules import Finding
from apps.issues.services import REASON_FIELD, SHORTEST_REQUIREMENT
from apps.units.spoken import SpokenForm, VersionedForm

LARGEST_SAMPLE = 999
LONGEST_REASON = 1000


class ApplyForm(VersionedForm):
    """The application to close an issue, with a reason for each warning that the rules have now."""

    statement = words("完成情况说明", help_text="逐条写明措施落实情况和成效，会审单位据此审核。")

    def __init__(self, *args: Any, findings: list[Finding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason_fields = {finding.rule.id: REASON_FIELD.format(finding.rule.id) for finding in findings if finding.warns}
        for rule, name in self.reason_fields.items():
            self.fields[name] = forms.CharField(label=f"{rule} 的理由", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))

    def lines(self, findings: list[Finding]) -> list[tuple[Finding, forms.BoundField | None]]:
        """Each rule with the field for its reason, where it needs one."""
        return [(line, self[self.reason_fields[line.rule.id]] if line.warns else None) for line in findings]

    @property
    def reasons(self) -> dict[str, str]:
        return {rule: self.cleaned_data[name] for rule, name in self.reason_fields.items()}


class SignOffForm(SpokenForm):
    """What a reviewing body says of an application; a return needs a requirement."""

    decision = forms.ChoiceField(label="会审意见", choices=(("agree", "同意销号"), ("return", "退回补充")), widget=forms.RadioSelect)
    requirement = words(
        "补充要求", required=False, rows=3, help_text=f"退回时必填，至少 {SHORTEST_REQUIREMENT} 个字，写清要补什么、补到什么程度。"
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        said = cleaned.get("requirement", "").strip()
        if cleaned.get("decision") == "return" and len(said) < SHORTEST_REQUIREMENT:
            self.add_error("requirement", f"退回要写明补充要求，至少 {SHORTEST_REQUIREMENT} 个字，现在有 {len(said)} 个")
        return cleaned


class DecideForm(SpokenForm):
    """The office's decision on an application; a return needs words (the service says so)."""

    decision = forms.ChoiceField(label="审定结果", choices=(("agree", "同意销号"), ("return", "退回")), widget=forms.RadioSelect)
    opinion = words("审定意见", required=False, rows=4, help_text="退回时必须写明理由和补正要求；会审的补充要求已汇总在这里，可以修改。")


class DrawForm(SpokenForm):
    """How many closed issues to draw, for which day, by which seed."""

    size = forms.IntegerField(label="抽取数量", min_value=1, max_value=LARGEST_SAMPLE)
    planned_on = PlausibleDate(label="开展日期")
    seed = forms.CharField(
        label="随机种子",
        required=False,
        max_length=64,
        help_text="可以填写现场公布的数字，例如当天的开奖号码；不填由系统生成。种子会公开记录，任何人都能重算。",
    )
