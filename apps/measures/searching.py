"""Text search over the register: what is searched, and where it hit. Several words must each be found somewhere.

The words are looked for in rows that the user sees anyway: a measure brings its issue, its reports and its evidence, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from apps.issues.models import Issue
from apps.measures.models import Evidence, Measure, Progress
from apps.measures.querysets import MeasureQuerySet

MOST_WORDS = 8
NUMBER = re.compile(r"^\s*(\d{1,4})\s*(?:[-－—–]\s*(\d{1,3}))?\s*$")
AROUND, SHOWN = 18, 30
"""Characters shown before a hit; how many of a text the row shows for certain."""


def words_of(text: str) -> list[str]:
    """The words of a search, each once; Chinese has no spaces between words, so a phrase is one. “63 - 2” stays a number."""
    return [text.strip()] if NUMBER.match(text) else list(dict.fromkeys(text.split()))


def condition(word: str) -> Q:
    """Measures in which the word occurs; “63-2” and “63” are numbers first. Wildcards of LIKE are ordinary characters here."""
    found = (
        Q(text__icontains=word)
        | Q(issue__title__icontains=word)
        | Q(issue__finding__icontains=word)
        | Q(lead_unit__name__icontains=word)
        | Q(lead_unit__short_name__icontains=word)
        | Q(pk__in=_reports(word).values("measure"))
        | Q(pk__in=_evidence(word).values("measure"))
    )
    number = NUMBER.match(word)
    if not number:
        return found
    meant = Q(issue__number=int(number[1]))
    return found | (meant & Q(ordinal=int(number[2])) if number[2] else meant)


def containing(rows: MeasureQuerySet, words: Sequence[str]) -> MeasureQuerySet:
    for word in words:
        rows = rows.filter(condition(word))
    return rows


def with_hits(rows: MeasureQuerySet, words: Sequence[str]) -> MeasureQuerySet:
    """Annotate for each word the latest report and the piece of evidence in which it occurs: no query more, however many hits."""
    for place, word in enumerate(words):
        rows = rows.annotate(
            **{
                f"report_hit_{place}": Subquery(_reports(word).filter(measure=OuterRef("pk")).order_by("-pk").values("text")[:1]),
                f"evidence_hit_{place}": Subquery(_evidence(word).filter(measure=OuterRef("pk")).order_by("-pk").values("name")[:1]),
            }
        )
    return rows


@dataclass(frozen=True)
class Hit:
    """Where a search hit; with some words around it, where the row does not show them anyway."""

    where: str
    words: str = ""


def hits_of(measure: Measure, words: Sequence[str]) -> list[Hit]:
    """Where the words occur in what belongs to the measure itself; in its issue, if nowhere else."""
    found = list(dict.fromkeys(_own_hits(measure, words)))
    return found or ([Hit("问题")] if issue_hit(measure.issue, words) else [])


def _own_hits(measure: Measure, words: Sequence[str]) -> Iterator[Hit]:
    """A text that shows its beginning in the row is not repeated, unless the hit lies behind that."""
    places = [found.start() for found in _pattern(words).finditer(measure.text)]
    if places:
        yield Hit("措施", snippet(measure.text, words) if places[0] > SHOWN else "")
    for text in _found(measure, "report_hit", words):
        beginning = (measure.last_text or "")[:SHOWN] if getattr(measure, "last_text", "") == text else ""
        yield Hit("进展", "" if _pattern(words).search(beginning) else snippet(text, words))
    for name in _found(measure, "evidence_hit", words):
        yield Hit("佐证材料", marked(name, words))
    if any(_in(word, measure.lead_unit.name) or _in(word, measure.lead_unit.short_name) for word in words):
        yield Hit("单位", marked(measure.lead_unit.name, words))


def _found(measure: Measure, name: str, words: Sequence[str]) -> list[str]:
    """What was annotated for the words, each text once."""
    texts = (getattr(measure, f"{name}_{place}", None) for place in range(len(words)))
    return list(dict.fromkeys(text for text in texts if text))


def issue_hit(issue: Issue, words: Sequence[str]) -> bool:
    """Whether a word occurs in the issue, its number included."""
    return any(_in(word, issue.title) or _in(word, issue.finding) or word == str(issue.number) for word in words)


def finding_hit(issue: Issue, words: Sequence[str]) -> SafeString:
    """The part of the finding where a word occurs; empty where none does."""
    return snippet(issue.finding, words) if any(_in(word, issue.finding) for word in words) else SafeString("")


def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text with every occurrence of a word in <mark>; everything else escaped."""
    if not words:
        return SafeString(escape(text))
    pieces = _pattern(words).split(text)
    # Every second piece is a hit.
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if place % 2 else piece,) for place, piece in enumerate(pieces))
    )


def snippet(text: str, words: Sequence[str]) -> SafeString:
    """The part of the text around the first occurrence of a word, in one line, with the words marked."""
    text = " ".join(text.split())
    hit = _pattern(words).search(text) if words else None
    start = max(0, hit.start() - AROUND) if hit else 0
    end = min(len(text), (hit.end() if hit else 0) + AROUND * 2)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return SafeString(f"{before}{marked(text[start:end], words)}{after}")


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(f"({'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})", re.IGNORECASE)


def _in(word: str, text: str) -> bool:
    return word.casefold() in text.casefold()


def _reports(word: str) -> QuerySet[Progress]:
    return Progress.objects.filter(text__icontains=word).order_by()


def _evidence(word: str) -> QuerySet[Evidence]:
    return Evidence.objects.filter(Q(name__icontains=word) | Q(description__icontains=word)).order_by()
