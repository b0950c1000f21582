"""Labels within an entry: 反馈问题：… 整改情况：… 整改状态：… and what each of them says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.measures.importing.notices.lines import Line


class Said(StrEnum):
    """What a labelled part speaks of."""

    HEAD = "head"
    FINDING = "finding"
    MEASURES = "measures"
    RESULT = "result"
    STATUS = "status"
    DUE = "due"
    LEAD_UNIT = "lead_unit"
    SUPPORTING = "supporting"
    UNITS = "units"
    OFFICIAL = "official"
    PERSON = "person"
    GOAL = "goal"
    NEXT = "next"


FORMS: tuple[tuple[Said, str], ...] = (
    (Said.STATUS, r"(?:整改|完成|目前|当前)(?:状态|进度)|(?:整改)?完成(?:情况|与否)|是否(?:完成|整改到位|销号)|销号(?:情况|状态)"),
    (Said.DUE, r"(?:整改|完成|办结)(?:时限|期限|时间)|时限要求|计划完成(?:时间|时限)"),
    (Said.LEAD_UNIT, r"(?:牵头|主责|主体责任|责任)(?:单位|部门|科室|处室|股室)|整改(?:责任)?单位|(?:牵头)?责任主体"),
    (Said.SUPPORTING, r"(?:配合|协助|协同|参与)(?:单位|部门|科室|处室|股室)"),
    (Said.OFFICIAL, r"(?:责任|牵头|分管|包[抓保]|领办|挂[帅钩])(?:县|区|市|校|院|集团|公司)?(?:级)?领导(?:干部)?"),
    (Said.PERSON, r"(?:整改|具体|直接)?责任人(?:员)?|经办人|联系人"),
    (Said.GOAL, r"整改(?:目标|要求)"),
    (Said.NEXT, r"下一?步(?:整改)?(?:打算|工作|措施|计划|安排|举措)|后续(?:整改)?(?:措施|计划)|未完成(?:的)?原因(?:及下一?步措施)?"),
    (
        Said.MEASURES,
        r"(?:主要|具体)?整改(?:措施|举措|任务|做法)(?!及|和|与|成|、)|(?:主要|具体|工作|采取的?)(?:措施|举措|做法)(?!及|和|与|成|、)",
    ),
    (
        Said.RESULT,
        r"整改(?:落实|进展|完成|推进)?(?:工作)?(?:情况|进展|成效|结果|落实)|(?:落实|进展|整改落实)情况|整改(?:措施|"
        r"举措)(?:及|和|与|、)?(?:落实|整改|完成|取得)?"
        r"(?:的)?(?:进展|成效|情况|落实情况|结果)|(?:取得|工作|主要)?成效|整改",
    ),
    (
        Said.FINDING,
        r"反馈(?:的)?(?:具体|主要)?(?:问题|意见|内容)|巡[视察](?:组)?(?:反馈|发现|指出)(?:的)?(?:具体|主要)?问题|"
        r"(?:具体|存在|主要)(?:的)?(?:具体)?问题|(?:反馈|巡[视察](?:组)?)指出(?:的问题)?|问题(?:表现|描述|内容)?",
    ),
)
_ANY = "|".join(f"(?P<{said.value}>{form})" for said, form in FORMS if said != Said.HEAD)
ORDINAL = r"\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[）)]?)?"
ANYWHERE = r"(?<=[\u4e00-\u9fff])(?<!的)(?<!将)(?<!和)(?=整改(?:状态|(?:落实|进展|完成)?情况|进展|结果|措施|举措|成效|时限)[：:])"
"""Where a line break is missing, these labels still speak for themselves."""
INLINE = re.compile(ANYWHERE)
LABEL = re.compile(
    rf"(?:^|(?<=[。；;！？!?\n】”）)])|{ANYWHERE})\s*"
    rf"(?:[【\[](?:{_ANY}){ORDINAL}[】\]]\s*[：:]?|(?:{_ANY.replace('(?P<', '(?P<x')}){ORDINAL}\s*[：:]|"
    r"(?P<answered>(?:对此|针对(?:这一|上述|该|此)问题|(?:收到)?反馈后)[，,]))\s*"
)
_ASIDE = "|".join(form for said, form in FORMS if said in (Said.DUE, Said.LEAD_UNIT, Said.SUPPORTING, Said.OFFICIAL, Said.PERSON))
_PAIR = rf"(?:{_ASIDE})\s*[：:][^：:；;，,（(）)【】\[\]]{{1,60}}"
_BEHIND = rf"(?=\s*(?:[，。；;]|$|[（(【\[](?:{_ASIDE})))"
BRACKETED = re.compile(rf"[（(【\[]({_PAIR}(?:[；;，,]\s*{_PAIR})*)[；;。]?[）)】\]]{_BEHIND}")
"""（责任单位：…；完成时限：…） behind what they answer for: labels with their values and nothing else."""
ASIDE_LABEL = re.compile(rf"(?:^|(?<=[；;，,]))\s*({_ASIDE})\s*[：:]")
ALONE = re.compile(
    r"(?P<finding>(?:反馈|存在|具体)(?:的)?问题|问题表现)|(?P<measures>(?:主要|具体)?(?:整改)?(?:措施|举措))|(?P<result>整改成效)|(?P<status>整改状态)|"
    r"(?P<due>(?:整改|完成)时限)|(?P<lead_unit>(?:责任|牵头)(?:单位|部门))|(?P<official>(?:责任|牵头)领导)|(?P<person>责任人)|(?P<goal>整改目标)"
)
"""Labels that are told by their line alone, below a number; 整改情况 may be the name of a part and is none."""
RESULT_LABEL = re.compile(
    r"(?:^|(?<=[。；;！？!?\n】]))\s*[【\[]?整改(?:落实|进展|完成)?(?:情况|措施|成效|进展|落实)[^。：:]{0,12}[】\]：:]"
)


@dataclass(frozen=True)
class Part:
    """A run of text under one label; ``HEAD`` before the first one."""

    said: Said
    text: str
    line: int


def has_one_owner(pieces: Iterable[Line]) -> bool:
    """Whether no label stands twice in brackets: where several measures have owners of their own, they are not the issue's."""
    labels = [label for piece in pieces for found in BRACKETED.finditer(piece.text) for label in ASIDE_LABEL.findall(found[1])]
    return len(labels) == len(set(labels))


def parts_of(pieces: Iterable[Line], *, asides: bool = True) -> list[Part]:
    """The labelled parts of an entry's own text; a line without a label goes on with the last one. Without ``asides``, owners in
    brackets stay words of the text."""
    found: list[Part] = []
    said = Said.HEAD
    for piece in pieces:
        place = 0
        text = BRACKETED.sub("", piece.text) if asides else piece.text
        kept = [bracket.span() for bracket in BRACKETED.finditer(text)]
        alone = ALONE.fullmatch(text)
        if alone:
            said = _said(alone)
            found.append(Part(said, "", piece.number))
            continue
        for match in LABEL.finditer(text):
            if match["answered"] and said not in (Said.HEAD, Said.FINDING):
                continue
            if any(start < match.start() < end for start, end in kept):
                continue
            _add(found, said, text[place : match.start()], piece.number)
            said, place = _said(match), match.end()
            found.append(Part(said, "", piece.number))
        _add(found, said, text[place:], piece.number)
        for inner in BRACKETED.finditer(piece.text) if asides else ():
            found += parts_of([Line(piece.number, inner[1])])
    return found


def _add(found: list[Part], said: Said, text: str, line: int) -> None:
    words = text.strip()
    if not words:
        return
    if found and found[-1].said == said:
        last = found.pop()
        found.append(Part(said, f"{last.text}\n{words}" if last.text else words, last.line if last.text else line))
    else:
        found.append(Part(said, words, line))


def _said(match: re.Match[str]) -> Said:
    if match.groupdict().get("answered"):
        return Said.RESULT
    name = next(name for name, words in match.groupdict().items() if words is not None)
    return Said(name.removeprefix("x"))


def begins_with(text: str) -> Said | None:
    """The label with which the text begins."""
    match = LABEL.match(text) or ALONE.fullmatch(text.partition("\n")[0])
    return _said(match) if match else None


def is_field(text: str) -> bool:
    """Whether a numbered part is only a labelled part of the entry above it: （1）整改措施：…"""
    said = begins_with(text)
    return said is not None and said != Said.FINDING


def has_result(text: str) -> bool:
    """Whether the text has a part about what was done (整改情况：)."""
    return any(_said(match) in (Said.RESULT, Said.STATUS, Said.MEASURES) for match in LABEL.finditer(text))


def has_finding(text: str) -> bool:
    """Whether the text has a part with the words of the inspection (反馈问题：)."""
    return any(_said(match) == Said.FINDING for match in LABEL.finditer(text))
