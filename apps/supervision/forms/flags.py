"""Forms about flags and the rules that raise them."""

from __future__ import annotations

from django import forms

from apps.issues.forms.issues import words
from apps.supervision.services.flag_acts import LIMITS, LONGEST_NOTE
from apps.units.spoken import SpokenForm, VersionedForm


class AcknowledgeForm(SpokenForm):
    """What was found out about a flag."""

    note = forms.CharField(
        label="备注",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明了解到的情况和下一步安排。提示仍留在清单中，条件消失后自动解除。",
    )


class ThresholdsForm(VersionedForm):
    """From how many days on."""

    grave_days = forms.IntegerField(
        label="严重逾期", min_value=1, max_value=LIMITS["grave_days"], help_text="逾期超过多少天（自然日）为严重逾期。"
    )
    stalled_days = forms.IntegerField(
        label="停滞", min_value=1, max_value=LIMITS["stalled_days"], help_text="多少天（自然日）没有进展填报为停滞。"
    )
    returned_working_days = forms.IntegerField(
        label="退回未改", min_value=1, max_value=LIMITS["returned_working_days"], help_text="退回后多少个工作日内要重新填报。"
    )
    reason = words("调整理由", rows=2, help_text="调整前后的标准会一并记入台账。")
