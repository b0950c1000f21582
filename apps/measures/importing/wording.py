"""What single cells say: types of measures, yes or no, titles out of findings, a date inside the words of a measure."""

from __future__ import annotations

import datetime as dt
import re

from apps.measures.importing.days import Deadline, deadline_of, tidied
from apps.measures.importing.headings import folded

LONGEST_TITLE = 120
SHORT_TITLE = 40
AT_ONCE, LIMITED, LONG_TERM = "at_once", "limited", "long_term"
NOW, LASTING = "now", "lasting"
DUE_IN_TEXT = re.compile(
    r"20\d\d年(?:\d{1,2}月(?:\d{1,2}[日号]|[上中下]旬|底|份|末)?|第?[1-4一二三四]季度|[上下]半年|年?底)(?:之前|以前|前|底前)?"
)


def pace_of(text: str) -> str:
    """The type that a cell names; empty where it names none."""
    plain = folded(text)
    if re.search(r"立行立改|即知即改|即行即改|立即|立查立改", plain):
        return AT_ONCE
    if re.search(r"长期|持续|常态|坚持", plain):
        return LONG_TERM
    return LIMITED if re.search(r"限期|分阶段|阶段性|定期|期限|短期|中期|近期", plain) else ""


def nature_of(text: str) -> str:
    """当下改 or 长久立; empty where the cell names neither."""
    plain = folded(text)
    if re.search(r"长久立|长效|立制|长期", plain):
        return LASTING
    return NOW if re.search(r"当下改|当前改|立行立改|限期", plain) else ""


def truth_of(text: str) -> bool | None:
    """Yes, no, or None where the cell says neither."""
    plain = folded(text)
    if plain in ("是", "√", "✓", "y", "yes", "true", "1", "书记领办", "领办"):
        return True
    return False if plain in ("否", "不是", "×", "x", "n", "no", "false", "0", "") else None


def title_from(finding: str) -> str:
    """A short title: the first clause of the finding, without its number; at most forty characters."""
    plain = re.sub(
        r"^\s*(?:[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]|[(（][一二三四五六七八九十\d]{1,3}[)）])\s*", "", finding.strip()
    )
    first = re.split(r"[。；;\n!！?？]", plain, maxsplit=1)[0].strip() or plain
    if len(first) <= SHORT_TITLE:
        return first
    clause = re.split(r"[，,：:]", first, maxsplit=1)[0].strip()
    return clause if 4 <= len(clause) <= SHORT_TITLE else f"{first[: SHORT_TITLE - 1]}…"


def days_in(text: str) -> int:
    """How many different days the words name, each with its year; a span from one to another is one."""
    plain = tidied(text)
    if re.search(r"[年月日号\d]\s*(?:起)?(?:至|到|—+|–|~|-)\s*\d", plain):
        return 1
    return len({match[0] for match in DUE_IN_TEXT.finditer(plain)})


def due_in(text: str, feedback_on: dt.date) -> Deadline | None:
    """The day that the words of a measure name (…2025年6月底前完成); None where they name none, or several."""
    found = {match[0] for match in DUE_IN_TEXT.finditer(tidied(text))}
    if len(found) != 1:
        return None
    deadline = deadline_of(found.pop(), feedback_on)
    return deadline if deadline.due_on and deadline.due_on >= feedback_on else None


def names_closed(text: str) -> str:
    """Names on one line, those of two characters without the blank that lines them up with longer ones (王　五)."""
    text = re.sub(r"\s*\n\s*(?=[(（])", "", text)
    text = re.sub(r"(?<=[、，,；;])\s*\n\s*", "", text)
    text = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r"(?<![一-鿿])([一-鿿])[ \u3000\u00a0]+([一-鿿])(?![一-鿿])", r"\1\2", text)


def names_another_day(before: str, after: str, feedback_on: dt.date) -> bool:
    """Whether the words of a measure name a day that they did not name before."""
    return due_in(before, feedback_on) != due_in(after, feedback_on)
