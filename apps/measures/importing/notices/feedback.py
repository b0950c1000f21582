"""The words of an inspection itself (反馈), told in prose: 主要是：一是…；二是…, without anything that was done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.measures.importing.notices.lines import Line

GIVEN = re.compile(r"反馈(?:了)?(?:巡[视察])?(?:情况|意见)|巡[视察]反馈")
REPORTED = re.compile(
    r"整改(?:工作)?(?:落实|进展|完成)?(?:情况|进展)(?:的)?(?:通报|公告|公示|报告|予以|公布|通报如下|公开)|整改(?:落实)?情况[：:]"
)
BEGINS = re.compile(
    r"(?:主要(?:问题|表现)?(?:是|有|表现在|表现为)|(?:发现|存在)(?:了|的|有|"
    r"着)?[^。：:，,]{0,24}?问题(?:和不足)?[^。：:]{0,12})[：:，,]?(?=\s*(?:一是|一、|1[.．、]|（一）|\(一\)|$))"
)
GOES_ON = re.compile(
    r"(?:同时|另外|此外)?[，,]?(?:巡[视察]组?)?(?:还)?(?:收到|发现).{0,12}(?:线索|反映)|(?:提出|"
    r"反馈)[^。]{0,16}(?:意见建议|整改意见|建议|要求)|^[^。]{0,20}(?:指出|强调|表示|要求)[，,：:]|^意见建议"
)


def is_feedback(title: str, lines: Sequence[Line]) -> bool:
    """Whether the text reports findings only: it speaks of the feedback, and nowhere of what was done."""
    text = "\n".join(line.text for line in lines)
    return bool(GIVEN.search(title or text[:200])) and "整改" not in title and not REPORTED.search(text)


def findings_of(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lead, and the lines with the findings alone; what was asked or said afterwards is left out."""
    for place, line in enumerate(lines):
        match = BEGINS.search(line.text)
        if match:
            found = [Line(line.number, line.text[match.end() :].strip()), *lines[place + 1 :]]
            lead = [*lines[:place], Line(line.number, line.text[: match.end()])]
            return lead, list(_until_the_rest(found))
    return list(lines), []


def _until_the_rest(lines: Sequence[Line]) -> Sequence[Line]:
    kept: list[Line] = []
    for line in lines:
        sentences = re.split(r"(?<=[。！？])", line.text)
        words = ""
        for sentence in sentences:
            if GOES_ON.search(sentence):
                return [*kept, Line(line.number, words)] if words else kept
            words += sentence
        if words:
            kept.append(Line(line.number, words))
    return kept
