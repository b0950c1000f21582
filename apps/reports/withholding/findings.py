"""What the rules find in a notice, each finding at its place with its sentence, and whether an approved exception lets it through."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.reports.blocks import Block, blocks_of, item_of, where
from apps.reports.composing import names_of
from apps.reports.content import Content, content_of
from apps.reports.models import Audience, Notice, WatchWord, WithheldException
from apps.reports.withholding.names import is_name
from apps.reports.withholding.rules import BY_ID, DEALT_WITH, RULES, WATCH, Rule
from apps.reports.withholding.text import Reading, read

FRAGMENT = 200
SHOWN = 3
PUBLISHED = (Audience.SOCIETY, Audience.PARTY)


@dataclass(frozen=True)
class Finding:
    """One red flag. It is the same finding as long as its sentence stays the same; ``exception`` is what was asked for it, if anything."""

    rule: Rule
    audience: Audience
    place: str
    anchor: str
    before: str
    fragment: str
    after: str
    exception: WithheldException | None = None

    @property
    def sentence(self) -> str:
        return self.before + self.fragment + self.after

    @property
    def sentence_hash(self) -> str:
        return hashlib.sha256(self.sentence.encode()).hexdigest()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same to an exception; who reads the sentence is looked at apart."""
        return self.place, self.rule.id, self.fragment[:FRAGMENT], self.sentence_hash

    @property
    def is_open(self) -> bool:
        """Neither mended nor excepted by an approval."""
        return self.exception is None or self.exception.approved_by_id is None

    @property
    def where(self) -> str:
        return where(self.place)

    @property
    def number(self) -> int | None:
        """The issue in whose item it stands."""
        return item_of(self.place)


def findings_of(notice: Notice) -> list[Finding]:
    """Everything found in what would be published. What the Party reads in the same words as society is found once."""
    words, names = watch_words(), known_names(notice)
    found, seen = [], set()
    for audience in PUBLISHED:
        for finding in look(content_of(notice, audience), audience, words, names):
            if finding.key not in seen:
                found.append(finding)
            seen.add(finding.key)
    return with_exceptions(
        found, WithheldException.objects.filter(notice=notice, withdrawn_at=None).select_related("asked_by", "approved_by")
    )


def open_findings(notice: Notice) -> list[Finding]:
    return [finding for finding in findings_of(notice) if finding.is_open]


def exceptions_of(notice: Notice, audience: Audience) -> list[dict[str, str]]:
    """What was let through in an edition for that audience, to be kept with it: under which exception, by whom, without the fragment."""
    approved = WithheldException.objects.filter(notice=notice, withdrawn_at=None, approved_by__isnull=False)
    found = with_exceptions(
        look(content_of(notice, audience), audience, watch_words(), known_names(notice)), approved.select_related("asked_by", "approved_by")
    )
    return [_kept(finding.rule, finding.exception) for finding in found if finding.exception]


def look(content: Content, audience: Audience, words: Iterable[str] = (), names: Iterable[str] = ()) -> Iterator[Finding]:
    """What the rules for that audience find in a content, block by block. The contact block is exempt by its place: what is composed
    there from its own columns is published on purpose; the invitation before it is prose like any other. ``names``: of people whom the
    ledger knows as dealt with, wherever they stand."""
    listed = {WATCH: list(words), DEALT_WITH: list(names)}
    for block in (Block("lead", content["title"], place="title"), *blocks_of(content)):
        line = block.head if block.kind == "contact" else block.line
        reading = read(line)
        for rule in RULES:
            if audience not in rule.audiences:
                continue
            spans = {*rule.look(reading, block.place), *watched(reading, listed.get(rule.id, ()))}
            for start, end in sorted(spans):
                first, last = reading.sentence_at(start, end)
                yield Finding(rule, audience, block.place, block.anchor, line[first:start], line[start:end], line[end:last])


def watched(reading: Reading, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    plain = reading.plain.lower()
    for word in words:
        start = plain.find(word)
        while word and start >= 0:
            yield start, start + len(word)
            start = plain.find(word, start + len(word))


def watch_words() -> list[str]:
    """The words in use, as the rules read a text."""
    used = WatchWord.objects.filter(retired_at=None).values_list("word", flat=True)
    return [read(unicodedata.normalize("NFC", word)).plain.lower() for word in used]


def known_names(notice: Notice) -> list[str]:
    """Those who were talked to, as the ledger has them (security.md C-61: the name list of the case)."""
    talks = notice.inspection.activities.filter(kind="talk").values_list("attendance", flat=True)
    return sorted({name for attendance in talks for name in names_of(attendance) if is_name(name)})


def with_exceptions(found: Iterable[Finding], exceptions: Iterable[WithheldException]) -> list[Finding]:
    """An exception for society holds for the Party, too; not the other way round. It holds for the sentence it was asked for."""
    asked: Mapping[Any, WithheldException] = {
        (row.audience, row.place, row.rule, row.fragment, row.sentence_hash): row for row in exceptions
    }
    return [
        replace(finding, exception=asked.get((Audience.SOCIETY, *finding.key)) or asked.get((finding.audience, *finding.key)))
        for finding in found
    ]


def _kept(rule: Rule, exception: WithheldException) -> dict[str, str]:
    return {
        "rule": rule.id,
        "place": exception.place,
        "ground": exception.ground,
        "reason": exception.reason,
        "asked_by": str(exception.asked_by),
        "approved_by": str(exception.approved_by),
        "at": exception.approved_at.isoformat() if exception.approved_at else "",
    }


def nothing_is_withheld(notice: Notice) -> Iterator[str]:
    """Nothing in the notice is red-flagged but what two people have let through."""
    found = open_findings(notice)
    if found:
        first = "、".join(dict.fromkeys(f"{finding.where}的{finding.rule.label}" for finding in found[:SHOWN]))
        rest = " 等" if len(found) > SHOWN else ""
        yield f"有 {len(found)} 处内容不能公开（{first}{rest}），请到“公开审查”修改文字，或申请公开例外"


__all__ = ("BY_ID", "Finding", "exceptions_of", "findings_of", "look", "nothing_is_withheld", "open_findings")
