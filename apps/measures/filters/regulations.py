"""The filters of the register of regulations."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.issues.models import Category, Inspection
from apps.measures.filters.offering import offer
from apps.measures.models import Regulation
from apps.units.models import Unit, User
from apps.units.spoken import SpokenForm


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
        offer(self, "inspection", [(row.pk, row.name) for row in rounds])
        offer(self, "unit", [(row.pk, row.short_name) for row in Unit.objects.filter(pk__in=seen.order_by().values("unit"))])
        offer(self, "category", [(row.pk, str(row)) for row in categories])

    def keep(self, queryset: QuerySet[Regulation], _name: str, _value: str) -> QuerySet[Regulation]:
        """The round was chosen before the rows were."""
        return queryset

    def containing(self, queryset: QuerySet[Regulation], _name: str, text: str) -> QuerySet[Regulation]:
        words = text.strip().strip("《》")
        found = Q(title__icontains=words) | Q(doc_number__icontains=words) | Q(issue__title__icontains=words)
        number = words if words.isascii() and words.isdigit() and len(words) < 5 else ""
        return queryset.filter(found | Q(issue__number=int(number)) if number else found)
