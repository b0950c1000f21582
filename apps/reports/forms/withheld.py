"""What the office types on the page of its word list."""

from __future__ import annotations

from django import forms

from apps.units.spoken import SpokenForm


class WordForm(SpokenForm):
    word = forms.CharField(
        label="词语", max_length=40, min_length=2, help_text="出现在公开文字里要有人看过的词，如正在谈判的企业名、未公布的项目代号。"
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="为什么要留意，什么时候可以停用。")
