"""Filters of the book page. A parameter that is not understood is said to be so, never ignored: a shared link must show what it says."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import QueryDict

from apps.ledgers.models import Book, Entry
from apps.ledgers.querysets import EntryQuerySet
from apps.ledgers.words import kind_of

PAGE_PARAMS = ("book", "page", "verify")
NOT_A_DATE = "请按“2025-12-31”的格式填写日期"


class EntryFilter(filters.FilterSet):
    """Filters of the entries of one book; the acts to choose from are those that occur in it."""

    act = filters.ChoiceFilter(
        label="动作", choices=(), empty_label="全部动作", error_messages={"invalid_choice": "这本台账里没有这个动作，请重新选择"}
    )
    actor = filters.CharFilter(label="操作人", field_name="actor_name", lookup_expr="icontains", max_length=80)
    unit = filters.CharFilter(label="单位", field_name="actor_unit", lookup_expr="icontains", max_length=120)
    kind = filters.ChoiceFilter(
        label="对象类型",
        field_name="subject_type",
        choices=(),
        empty_label="全部对象",
        error_messages={"invalid_choice": "这本台账里没有这类对象，请重新选择"},
    )
    number = filters.CharFilter(label="编号", method="numbered", max_length=20)
    q = filters.CharFilter(label="对象或理由", method="containing", max_length=100)
    since = filters.DateFilter(label="自", field_name="at__date", lookup_expr="gte", error_messages={"invalid": NOT_A_DATE})
    until = filters.DateFilter(label="至", field_name="at__date", lookup_expr="lte", error_messages={"invalid": NOT_A_DATE})
    batch = filters.UUIDFilter(label="批次", field_name="correlation", error_messages={"invalid": "批次编号不对，请从记录里点“同一批”"})

    class Meta:
        model = Entry
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, book: Book, **kwargs: Any) -> None:
        super().__init__(data, Entry.objects.filter(book=book).order_by("-seq"), **kwargs)
        acts = Entry.objects.filter(book=book).order_by("act").values_list("act", "act_label").distinct()
        self.filters["act"].extra["choices"] = list(acts)
        kinds = Entry.objects.filter(book=book).order_by("subject_type").values_list("subject_type", flat=True).distinct()
        self.filters["kind"].extra["choices"] = [(kind, kind_of(kind)) for kind in kinds]
        self.filters["number"].extra["widget"] = forms.TextInput(attrs={"placeholder": "63 或 63-2"})
        self.filters["batch"].extra["widget"] = forms.HiddenInput()
        for name in ("since", "until"):
            self.filters[name].extra["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def problems(self) -> list[str]:
        """What is wrong with the parameters, a sentence each; empty when all are understood."""
        known = (*self.filters, *PAGE_PARAMS)
        found = [f"不认识筛选条件“{name[:40]}”，请核对网址" for name in self.data if name not in known]
        if not self.is_valid():
            found += [f"{self.filters[name].label}：{message}" for name, errors in self.form.errors.items() for message in errors]
            return found
        since, until = self.form.cleaned_data["since"], self.form.cleaned_data["until"]
        return [*found, "起始日期不能晚于截止日期，请核对"] if since and until and since > until else found

    def chips(self) -> list[tuple[str, str]]:
        """The filters that narrow the list: the parameter's name, and its words."""
        labels = {**dict(self.filters["act"].extra["choices"]), **dict(self.filters["kind"].extra["choices"])}
        values = [(name, self.data.get(name, "").strip()) for name in self.filters]
        return [(name, f"{self.filters[name].label}：{labels.get(value, value)}") for name, value in values if value]

    def by_act(self) -> list[dict[str, Any]]:
        """How many of the entries found are of each act, the most frequent first."""
        return list(self.qs.order_by().values("act", "act_label").annotate(n=Count("pk")).order_by("-n", "act"))

    def numbered(self, queryset: EntryQuerySet, _name: str, text: str) -> QuerySet[Entry]:
        return entries_numbered(queryset, text)

    def containing(self, queryset: EntryQuerySet, _name: str, text: str) -> QuerySet[Entry]:
        return entries_containing(queryset, text)


def entries_numbered(rows: EntryQuerySet, text: str) -> QuerySet[Entry]:
    """The number as a word of the label (“措施 63-2”, “问题 63 …”), whatever dash was typed: 6 is not 63."""
    number = re.sub(r"\s*[-‐‑–—－]\s*", "-", unicodedata.normalize("NFKC", text).strip())
    padded = Concat(Value(" "), "subject_label", Value(" "))
    return rows.annotate(padded=padded).filter(padded__contains=f" {number} ")


def entries_containing(rows: EntryQuerySet, text: str) -> QuerySet[Entry]:
    return rows.filter(Q(subject_label__icontains=text) | Q(reason__icontains=text))
