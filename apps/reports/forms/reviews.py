"""What heads and the office type while a notice is with the units, and why an edition is corrected."""

from __future__ import annotations

from typing import Any, Self

from django import forms

from apps.reports.earlier import correction_fingerprint
from apps.reports.models import ItemReview, Notice
from apps.units.spoken import SpokenForm

VERDICTS = [(value, label) for value, label in ItemReview.Verdict.choices if value != ItemReview.Verdict.PASSED_OVER]


class ReviewForm(SpokenForm):
    """A head's answer to the texts that the page showed."""

    verdict = forms.ChoiceField(label="意见", choices=VERDICTS, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label="说明",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text="不同意的，写明哪里不对、应当怎么写。",
    )
    content_hash = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class CorrectionForm(SpokenForm):
    """Why an edition is corrected: told to the public."""

    reason = forms.CharField(
        label="更正理由",
        max_length=500,
        widget=forms.Textarea,
        help_text="随更正一并公开，显示在新旧两版的最上面。写明哪里有误、怎样改正。",
    )


class AmendCorrectionForm(SpokenForm):
    """The same put otherwise; ``shown`` is the fingerprint of what the page showed."""

    correction = forms.CharField(
        label="更正理由",
        max_length=500,
        widget=forms.Textarea,
        help_text="随更正一并公开，显示在新旧两版的最上面。写明哪里有误、怎样改正。",
    )
    reason = forms.CharField(
        label="修改理由",
        max_length=500,
        widget=forms.Textarea,
        help_text="为什么改写，记入台账。",
        error_messages={"required": "这份通报稿提请过审定，再修改要写明理由"},
    )
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @classmethod
    def of(cls, notice: Notice, data: Any = None) -> Self:
        form = cls(data, initial={"correction": notice.correction, "shown": correction_fingerprint(notice)})
        form.fields["reason"].required = notice.submitted_on is not None
        return form
