"""How a search shows where it hit."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from apps.issues.models import Issue
from apps.measures import searching
from apps.measures.models import Measure

register = template.Library()


@register.filter
def marked(text: str, words: Sequence[str]) -> SafeString:
    """``{{ measure.text|marked:words }}``: escaped, with every occurrence of a word in <mark>."""
    return searching.marked(text, words)


@register.filter
def hits(measure: Measure, words: Sequence[str]) -> list[searching.Hit]:
    """``{% for hit in measure|hits:words %}``: where the words occur (``where``), with some text around them (``words``)."""
    return searching.hits_of(measure, words)


@register.filter
def finding_hit(issue: Issue, words: Sequence[str]) -> SafeString:
    """``{{ issue|finding_hit:words }}``: the part of the finding where a word occurs, else nothing."""
    return searching.finding_hit(issue, words)
