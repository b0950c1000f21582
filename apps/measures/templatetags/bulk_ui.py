"""How the changes of a planned act are shown: in the same words as those of a done one in the book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from apps.ledgers.models import Entry
from apps.ledgers.templatetags.book_ui import Change, change_of
from apps.measures.models import Act

register = template.Library()


@register.filter
def measure_changes(changes: Mapping[str, list[Any]]) -> list[Change]:
    """``{% for change in line.changes|measure_changes %}``: ``name``, ``before`` and ``after`` of each field of a measure."""
    kind = Entry(act=Act.ASSIGN_MEASURE.value, subject_type="measure")
    return [change_of(kind, name, pair) for name, pair in changes.items()]
