"""Planted alterations of a notice: for every number that the check matched, what a slip of the pen could make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.reports.blocks import Block
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import Proof

UNITS = {"万元": "亿元", "亿元": "万元", "元": "万元", "万亩": "亩", "亩": "万亩", "万人": "人", "%": "个百分点", "家": "户", "个": "家"}
UNITS |= {
    "名": "户",
    "人": "户",
    "起": "件",
    "宗": "处",
    "条": "件",
    "项": "条",
    "部": "个",
    "次": "个",
    "处": "家",
    "间": "处",
    "份": "条",
}
UNITS |= {"笔": "家", "件": "起", "场次": "名"}
CHINESE = {"一": "二", "二": "三", "两": "三", "三": "四", "四": "五", "五": "六"}


@dataclass(frozen=True)
class Alteration:
    """One slip: what was written in the block, and what is written there now."""

    kind: str
    finding: Finding
    written: str

    def __str__(self) -> str:
        return f"{self.kind} {self.finding.where} {self.finding.written} → {self.written}"

    def of(self, block: Block) -> Block:
        """The block with the slip; heads (numbers, titles) are left alone."""
        start, end = (place - len(block.head) for place in (self.finding.start, self.finding.end))
        return replace(block, text=block.text[:start] + self.written + block.text[end:])


def alterations(proof: Proof) -> Iterator[Alteration]:
    """All of them, in the order of the text."""
    for finding in proof.findings:
        if finding.status in ("matched", "derived") and finding.start >= len(proof.blocks[finding.block].head):
            for kind, written in _slips(finding.written):
                if written != finding.written:
                    yield Alteration(kind, finding, written)


def _slips(written: str) -> Iterator[tuple[str, str]]:
    if "月" in written or ("年" in written and re.match(r"\d{4}", written)):
        yield from (("date", slip) for slip in _dates(written))
        return
    digits = re.search(r"\d+(?:\.\d+)?", written)
    if digits:
        number = digits[0]
        yield "digit", written.replace(number, _next_digit(number, len(number) - 1))
        yield "digit", written.replace(number, _next_digit(number, 0))
        if "." not in number:
            yield "off by one", written.replace(number, str(int(number) - 1))
        if len(set(number)) > 1 and len(number) > 1 and "." not in number[-2:]:
            yield "digits swapped", written.replace(number, number[:-2] + number[-1] + number[-2])
        unit = written[digits.end() :]
        if unit in UNITS:
            yield "unit", number + UNITS[unit]
    elif written[0] in CHINESE:
        yield "Chinese numeral", CHINESE[written[0]] + written[1:]


def _dates(written: str) -> Iterator[str]:
    year = int(written[:4]) if re.match(r"\d{4}", written) else 0
    if year:
        yield written.replace(str(year), str(year - 1))
    month = re.search(r"(\d{1,2})月", written)
    if month:
        moved = int(month[1]) % 12 + 1
        yield written[: month.start()] + f"{moved}月" + written[month.end() :]
    day = re.search(r"(\d{1,2})日$", written)
    if day:
        yield written[: day.start()] + f"{int(day[1]) - 1}日"
    if "上半年" in written:
        yield written.replace("上半年", "下半年")
    if "1-7月" in written:
        yield written.replace("1-7月", "2-7月")


def _next_digit(number: str, place: int) -> str:
    digit = str(int(number[place]) % 9 + 1)
    return number[:place] + digit + number[place + 1 :]
