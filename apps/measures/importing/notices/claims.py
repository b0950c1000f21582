"""Totals that a notice claims (6 个方面 83 个问题, 整改措施 360 条, 已完成 19 个), each with its words and line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.measures.importing.notices.lines import Line
from apps.measures.numbers.digits import WIDE, value_of


class Counted(StrEnum):
    """What a total counts."""

    CATEGORIES = "categories"
    GROUPS = "groups"
    ISSUES = "issues"
    MEASURES = "measures"
    REGULATIONS = "regulations"
    DONE = "done"
    STAGE_DONE = "stage_done"
    ONGOING = "ongoing"


WORDS = {
    Counted.CATEGORIES: "方面",
    Counted.GROUPS: "类问题",
    Counted.ISSUES: "问题",
    Counted.MEASURES: "整改措施",
    Counted.REGULATIONS: "制度",
    Counted.DONE: "完成整改的问题",
    Counted.STAGE_DONE: "阶段性完成的问题",
    Counted.ONGOING: "正在整改的问题",
}
N = r"(?P<n>(?<!\d)\d{1,6}|(?<![一二两三四五六七八九十百])[一二两三四五六七八九十百]{1,8})\s*"
OTHERS = re.compile(
    r"(?:领办|上[一]?轮|上[一]?次|查处|移交|其中|重点|点评|督办|信访|线索|典型|共性|难点|立行立改|审计|(?<!巡[视察])(?<!巡[视察]组)发现)[^，,。；;]{0,12}$"
)
FORMS: tuple[tuple[Counted, str], ...] = (
    (Counted.CATEGORIES, rf"{N}(?:个)?(?:大)?方面"),
    (Counted.GROUPS, rf"{N}(?:个)?(?:大类|类别|大项|类|小类)(?!的?(?:制度|人员|资金|项目|群众))"),
    (Counted.ISSUES, rf"{N}(?:个|项|条|件)?(?:类)?(?:具体|突出|主要|反馈|整改)?(?:问题|表现|点位|具体事项)"),
    (Counted.ISSUES, r"(?:反馈|指出|查出)(?:的)?(?:具体|主要|突出)?问题(?:共|共计)?(?P<n>\d{1,6})\s*(?:个|项|条|件)"),
    (Counted.MEASURES, rf"{N}(?:条|项|个|余?条|余?项)(?:具体)?(?:的)?(?:整改)?(?:措施|举措|任务)"),
    (Counted.MEASURES, rf"(?:整改)?(?:措施|举措|任务)(?:共|共计)?{N}(?:余)?(?:条|项|个)"),
    (
        Counted.REGULATIONS,
        rf"(?:规章制度|规章|制度|机制|制度机制|长效机制|制度文件|制度规定)(?:等)?(?:共|共计)?{N}(?:余)?(?:项|个|份|部|条|件|套)",
    ),
    (Counted.REGULATIONS, rf"{N}(?:余)?(?:项|个|份|部|条|件|套)(?:规章制度|规章|制度|长效机制|制度机制)"),
    (Counted.DONE, rf"(?:已|全部)?(?:完成整改|整改完成|整改到位|已整改|已完成|销号)(?:的)?(?:问题)?{N}(?:个|项|条|件)"),
    (Counted.STAGE_DONE, rf"(?:基本|阶段性)完成(?:整改)?(?:的)?(?:问题)?{N}(?:个|项|条|件)"),
    (
        Counted.ONGOING,
        rf"(?:正在(?:整改|推进)|持续(?:整改|推进)|整改中|未完成(?:整改)?|长期(?:整改|坚持))(?:的)?(?:问题)?{N}(?:个|项|条|件)",
    ),
)
BEFORE, CLAUSE, MOST_CLAIMS = 24, 60, 200
PATTERNS = [(counted, re.compile(form)) for counted, form in FORMS]


@dataclass(frozen=True)
class Claim:
    """One total as it is written."""

    counted: Counted
    number: int
    written: str
    line: int

    @property
    def what(self) -> str:
        return WORDS[self.counted]


def claims_in(lines: Iterable[Line]) -> list[Claim]:
    """Every total of these lines about the whole round; those of a part (领办, 上轮, 查处) are left out."""
    found: dict[tuple[int, int], Claim] = {}
    for line in lines:
        plain = line.text.translate(WIDE)
        for counted, pattern in PATTERNS:
            for match in pattern.finditer(plain):
                number = value_of(match["n"])
                before = plain[max(0, match.start() - BEFORE) : match.start()]
                if number is None or OTHERS.search(before) or before.endswith("第"):
                    continue
                found.setdefault((line.number, match.start("n")), Claim(counted, int(number), _written(plain, match), line.number))
    return [found[key] for key in sorted(found)[:MOST_CLAIMS]]


def _written(text: str, match: re.Match[str]) -> str:
    """The clause of the total."""
    first = max(0, match.start() - CLAUSE)
    start = max(text.rfind(mark, first, match.start()) for mark in "。；;，,、") + 1
    return text[max(first, start) : match.end()].strip()
