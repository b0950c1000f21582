"""What may be numbering: 一、（一）1.（1）① 一是, at the start of a line or, where line breaks are missing, within it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from apps.measures.importing.notices.labels import begins_with
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.shapes import PART_NAME, PLAIN_HEAD
from apps.measures.numbers.digits import chinese_value


class Style(IntEnum):
    """The styles in the order in which official documents nest them."""

    PART = 0
    """第一部分"""
    BARE = 5
    """组织领导情况, the name of a part without a number"""
    CHINESE = 10
    """一、"""
    IN_CHINESE = 20
    """（一）"""
    HEADING = 25
    """关于……问题, without a number"""
    SUBHEADING = 27
    """A heading of the file below another one, without a number"""
    DIGIT = 30
    """1."""
    DECIMAL = 35
    """1.1"""
    PROBLEM = 38
    """问题1："""
    LABEL = 39
    """反馈问题：, without a number"""
    IN_DIGIT = 40
    """（1）"""
    HALF_DIGIT = 45
    """1）"""
    LETTER = 48
    """A."""
    CIRCLED = 50
    """①"""
    FIRST = 60
    """一是"""


@dataclass(frozen=True)
class Mark:
    """One possible number: ``start`` to ``end`` in the line; ``number`` is 0 for marks without one. ``sure``: it begins its line."""

    style: Style
    number: int
    line: int
    start: int
    end: int
    written: str
    sure: bool
    boundary: bool = True


CN = "一二三四五六七八九十"
LETTERS = "ABCDEFGH"
CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
BLACK_CIRCLES, BRACKETED, DOTTED = "❶❷❸❹❺❻❼❽❾❿", "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"
IDEOGRAPHS = "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"
NOT_A_DECIMAL = r"(?!\d)|(?=(?:19|20)\d\d年)|(?=\d+月)"
MEASURED = r"[万亿元亩吨%％倍米升]|公[里斤顷]|平方|立方|千[米克瓦]|个[百月]|小时|分钟|[年天月日岁成](?![\u4e00-\u9fff]{2})"
"""What a number with a point counts; at the start of a line anything else follows a number of the text."""
BULLETS = "◆●■▲★◇○□※•· "
FORMS = re.compile(
    rf"(?P<part>(?:PART|Part)\.?\s*(?P<part_m>\d{{1,2}})[、：:.\s]*|第(?P<part_n>[{CN}]{{1,3}}|\d{{1,2}})(?:部分|方面|大?类|章)[、：:，,．.\s]?)"
    rf"|(?P<problem_c>(?:反馈|具体)?问题\s*(?P<problem_c_n>[{CIRCLES}])\s*[：:、.．]?)"
    rf"|(?P<task>整改(?:任务|事项)\s*(?P<task_n>\d{{1,3}}|[{CN}]{{1,3}})\s*[：:、.．]|序号\s*[：:]?\s*(?P<task_m>\d{{1,3}}|[{CN}]{{1,3}})(?!\d)\s*[：:、.．]?"
    rf"|第(?P<task_o>\d{{1,3}}|[{CN}]{{1,3}})[个项条](?:具体|反馈)?问题\s*[：:、.．])"
    rf"|(?P<letter>(?P<letter_n>[A-H])\s*[.．、)）](?=\s*[\u4e00-\u9fff“]))"
    rf"|(?P<problem>[【\[]?(?<![”\"』」的])(?:反馈|具体|整改|存在|巡[视察])?(?<![”\"』」的])问题\s*[（(]?(?P<problem_n>\d{{1,3}}|[{CN}]{{1,3}})[）)]?\s*"
    r"(?:[：:】\]]+|(?<![\u4e00-\u9fff”]问题\d)(?<![\u4e00-\u9fff”]问题\d\d)[、.．]))"
    rf"|(?P<first>(?P<first_n>[{CN}]{{1,2}})(?:是|要|则)(?!否)|第(?P<first_m>[{CN}]{{1,2}})[，,])"
    rf"|(?P<chinese>(?P<chinese_n>[{CN}]{{1,3}})\s*[、．]|(?P<chinese_m>[{CN}]{{1,3}})[.,，:：](?=\s*[\u4e00-\u9fff“\"]))"
    rf"|(?P<in_chinese>[（(〔]\s*(?P<in_chinese_n>[{CN}]{{1,3}})\s*[)）〕]\s*[、.．]?)"
    rf"|(?P<in_digit>[（(]\s*(?P<in_digit_n>\d{{1,3}})\s*[)）]\s*[、.．]?)"
    rf"|(?P<decimal>(?P<decimal_a>\d{{1,2}})[.．](?P<decimal_n>\d{{1,2}})(?:[.．]\d{{1,2}})?(?:[、]|"
    rf"\s+(?=[\u4e00-\u9fff“\"])|(?=[\u4e00-\u9fff“\"])"
    rf"(?:(?<=^\d[.．]\d)(?!{MEASURED})|(?![万亿元个家名项条件亩吨%％倍人次户公平米成级千百月天日分小岁台套])(?!年\D))))"
    rf"|(?P<digit>(?P<digit_n>\d{{1,3}})\s*(?:[．、]|\.(?:{NOT_A_DECIMAL})|[:：](?=[\u4e00-\u9fff“])))"
    r"|(?P<half_digit>(?P<half_digit_n>\d{1,3})\s*[)）]\s*[、.．]?)"
    rf"|(?P<symbol>[{CIRCLES}{BLACK_CIRCLES}{BRACKETED}{DOTTED}{IDEOGRAPHS}]\s*[、.．]?)"
)
DASHED = re.compile(
    r"\d{1,2}[-—－–](?P<n>\d{1,2})(?:\s*[、.．：:]|\s+|(?=[\u4e00-\u9fff“]))(?=[\u4e00-\u9fff“\"])"
    r"(?!年(?![轻度终])|[月日号个家名项条件人次天时点期级岁万亿元米公亩吨倍层楼台辆户所轮届])"
)
"""1-2 at the start of a line: the second within the first."""
BARE_DIGIT = re.compile(r"(?P<n>\d{1,3})\s+(?=[\u4e00-\u9fff“\"])(?!年|月|日|个|家|名|项|条|件|人|万|亿)")
FINDING_LABEL = re.compile(
    r"[【\[]?(?:反馈(?:的)?(?:具体)?问题|巡[视察](?:反馈|发现)(?:的)?问题|具体问题|存在(?:的)?问题|问题(?:表现|描述)?)[】\]]?\s*[：:】]"
)
HEADING_FOLLOWS = re.compile(r"关于[“\u4e00-\u9fff]|针对|在[“\"]|聚焦|下一?步|今后")
"""What makes 二、 a number of a part even where the words before it end without a stop."""
ABOUT_FIRST = re.compile(r"(?:关于|针对)[^。：:\n]{4,60}?问题[。：:]")
"""关于…问题。 at the start of a paragraph that goes on with what was done."""
ABOUT_FOLLOWS = re.compile(r"(?:关于|针对)[“\"]")
BOUNDARY = '。；;：:！!？?”"」)）】]'
STRONG_BOUNDARY = "。；;：:！!？?】]"
BOXED = re.compile(r"[【〖\[][^【】〖〗\[\]。；：:]{3,60}[】〗\]]$")
"""【党的领导方面】 alone on its line."""
ASPECT_ALONE = re.compile(r"[^。；：:！!]{3,60}方面(?:的?问题)?[：:]?$")
HEADING_WITHIN = re.compile(r"(?:(?<=[。：:！])|^)关于“[^“”。]{4,80}”(?:的)?问题")
HEADING_LENGTH, PART_LENGTH, SEVERAL, NEAR = 90, 30, 2, 8


def marks_in(line: Line, *, is_unbroken: bool = False) -> list[Mark]:
    """All candidates of one line, in their order; a mark may start only once, and none within 《…》 or “…”.

    ``is_unbroken``: the line holds most of the text, so that headings without a stop are followed by the next number.
    """
    found: list[Mark] = []
    text = line.text
    offset = len(text) - len(text.lstrip(BULLETS))
    first = _at_start(line, offset)
    if first:
        found.append(first)
    found += _inline_labels(line, found[-1].start if found else -1)
    quoted = [match.span() for match in re.finditer(r"《[^》]{1,80}》|“[^“”]{1,400}”", text)]
    for match in FORMS.finditer(text, first.end if first else offset):
        start = match.start()
        if start <= offset or any(begin < start < end for begin, end in quoted):
            continue
        before = text[max(0, start - NEAR) : start].rstrip()[-1:]
        mark = _made(match, line.number, sure=False, boundary=before in BOUNDARY)
        if mark and mark.style == Style.PROBLEM and found and found[-1].end == start:
            continue  # 一、反馈问题一：… has one number
        if mark and (_may_stand(mark, text, before) or (is_unbroken and _parts_a_run(mark, text, before))):
            found.append(mark)
    if is_unbroken:
        found += _headings_within(line, {mark.end for mark in found})
    return sorted(found, key=lambda mark: mark.start)


def _inline_labels(line: Line, begun: int) -> list[Mark]:
    """Where one line holds several findings, each label begins one."""
    places = [match.start() for match in FINDING_LABEL.finditer(line.text)]
    if len(places) < SEVERAL:
        return []
    numbered = re.compile(r"[)）、.．]$")
    return [
        Mark(Style.LABEL, 0, line.number, place, place, "", sure=True)
        for place in places
        if place > begun and not numbered.search(line.text[max(0, place - NEAR) : place].rstrip()[-1:])
    ]


ENDED: dict[Style, Callable[[Mark, str, str], bool]] = {
    Style.LETTER: lambda _mark, _text, _before: False,
    Style.FIRST: lambda mark, text, before: before in "，,、" or bool(ABOUT_FOLLOWS.match(text, mark.end)),
    Style.PART: lambda mark, _text, _before: "部分" in mark.written,
    Style.PROBLEM: lambda _mark, _text, before: not before.isascii(),
}
"""Where else than after an end of a sentence a mark of these styles may stand."""


def _may_stand(mark: Mark, text: str, before: str) -> bool:
    """Whether a mark within a line stands where one can: after an end, or (for those that look like nothing else) anywhere."""
    if mark.style in ENDED:
        return before in STRONG_BOUNDARY or ENDED[mark.style](mark, text, before)
    if mark.style == Style.CHINESE:
        return text[mark.end - 1] in "、．" and (before in BOUNDARY or bool(HEADING_FOLLOWS.match(text, mark.end)))
    if mark.style == Style.DIGIT and text[mark.end - 1] in "：:" and before not in STRONG_BOUNDARY:
        return False
    if mark.style in (Style.DIGIT, Style.DECIMAL, Style.HALF_DIGIT):
        return not (before.isascii() and (before.isalnum() or before in ".-/")) and before not in "第、，,·至到—"
    return before not in "《〈第"


def _parts_a_run(mark: Mark, text: str, before: str) -> bool:
    """Whether 二、 within a run of words without any stop can be a number: not in 第二、三 and not in 一、二级."""
    is_listed = before in f"{CN}第、和至到与及" or text[mark.end : mark.end + 1] in f"{CN}第"
    return mark.style == Style.CHINESE and text[mark.end - 1] in "、．" and not is_listed


def _headings_within(line: Line, taken: set[int]) -> list[Mark]:
    """关于“…”问题 after a stop, where no line is broken before it; one that has a number is told by that."""
    return [
        Mark(Style.HEADING, 0, line.number, match.start(), match.start(), "", sure=True, boundary=False)
        for match in HEADING_WITHIN.finditer(line.text)
        if match.start() not in taken
    ]


def _at_start(line: Line, offset: int) -> Mark | None:
    text = line.text
    match, dashed = FORMS.match(text, offset), DASHED.match(text, offset)
    mark = _made(match, line.number, sure=True) if match else None
    if dashed:
        mark = Mark(Style.DECIMAL, int(dashed["n"]), line.number, offset, dashed.end(), dashed[0].strip(), sure=True)
    if mark and not (mark.style == Style.FIRST and text[mark.end : mark.end + 1] in "，。"):
        return mark
    bare = BARE_DIGIT.match(text, offset)
    if bare:
        return Mark(Style.DIGIT, int(bare["n"]), line.number, offset, bare.end(), bare[0], sure=True, boundary=False)
    label = FINDING_LABEL.match(text, offset)
    if label:
        return Mark(Style.LABEL, 0, line.number, offset, offset, "", sure=True)
    if _is_part(text):
        return Mark(Style.BARE, 0, line.number, offset, offset, "", sure=True)
    is_said = begins_with(text) is None and (line.heading > 0 or bool(BOXED.match(text)))
    if is_said or _is_bare_heading(text):
        return Mark(Style.HEADING, 0, line.number, offset, offset, "", sure=True, boundary=is_said)
    return None


def _is_bare_heading(text: str) -> bool:
    """关于“…”问题 alone on its line, without a number."""
    if re.search(r"通报|公告|公示", text[:HEADING_LENGTH]):
        return False
    if len(text) > HEADING_LENGTH or "。" in text[:-1]:
        return bool(ABOUT_FIRST.match(text))
    return bool(PLAIN_HEAD.match(text) or ASPECT_ALONE.match(text))


def _is_part(text: str) -> bool:
    """The name of a part alone on its line: 整改组织领导情况, 下一步工作打算."""
    return (
        len(text) <= PART_LENGTH
        and not re.search(r"[，。；：,;:！、]", text)
        and bool(PART_NAME.search(text))
        and not PLAIN_HEAD.match(text)
    )


def _made(match: re.Match[str], line: int, *, sure: bool, boundary: bool = True) -> Mark | None:
    name = next((name for name in STYLES if match[name]), "")
    if not name:
        return _symbol(match, line, sure)
    groups = [group for group in (f"{name}_n", f"{name}_m", f"{name}_o") if group in match.re.groupindex]
    written = next(match[group] for group in groups if match[group])
    number = _value(written)
    if not number:
        return None
    return Mark(STYLES[name], number, line, match.start(), match.end(), match[0].strip(), sure, boundary)


def _value(written: str) -> int:
    """The number that is written in digits, in Chinese, in a circle or as a letter."""
    if written in CIRCLES:
        return CIRCLES.index(written) + 1
    if written in LETTERS:
        return LETTERS.index(written) + 1
    return int(written) if written.isdigit() else int(chinese_value(written) or 0)


def _symbol(match: re.Match[str], line: int, sure: bool) -> Mark | None:
    character = match[0][0]
    for row, style in SYMBOLS:
        if character in row:
            return Mark(style, row.index(character) + 1, line, match.start(), match.end(), match[0].strip(), sure)
    return None


STYLES = {
    "part": Style.PART,
    "problem": Style.PROBLEM,
    "problem_c": Style.PROBLEM,
    "task": Style.PROBLEM,
    "letter": Style.LETTER,
    "first": Style.FIRST,
    "chinese": Style.CHINESE,
    "in_chinese": Style.IN_CHINESE,
    "in_digit": Style.IN_DIGIT,
    "decimal": Style.DECIMAL,
    "digit": Style.DIGIT,
    "half_digit": Style.HALF_DIGIT,
}
SYMBOLS = (
    (CIRCLES, Style.CIRCLED),
    (BLACK_CIRCLES, Style.CIRCLED),
    (BRACKETED, Style.IN_DIGIT),
    (DOTTED, Style.DIGIT),
    (IDEOGRAPHS, Style.IN_CHINESE),
)
