"""What the discipline role types about a clue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.issues.forms.issues import narrowed
from apps.issues.models import Inspection
from apps.supervision.models import Clue
from apps.units.spoken import SpokenForm, VersionedForm

LONGEST = 5000


class ClueForm(SpokenForm):
    inspection = forms.ModelChoiceField(label="轮次", queryset=Inspection.objects.none())
    origin = forms.ChoiceField(label="来源", choices=[("", "请选择"), *Clue.Origin.choices])
    transferred_on = forms.DateField(label="移交日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    summary = forms.CharField(
        label="线索内容", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6}), help_text="加密保存，不进入台账流水，也到不了通报。"
    )

    def __init__(self, *args: Any, rounds: QuerySet[Inspection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "inspection", rounds)


class TakeUpForm(VersionedForm):
    """Taking a clue up asks for nothing but the version that the page showed."""


class ConcludeForm(VersionedForm):
    outcome = forms.CharField(
        label="办理结果", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}), help_text="加密保存，只有纪检监察账号能看。"
    )
