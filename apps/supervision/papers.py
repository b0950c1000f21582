"""A letter as a paper of the official format GB/T 9704-2012 (domain.md §2.5): the same words as DOCX and as PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from apps.measures.models import Measure
from apps.measures.papers.official import Paper, day
from apps.measures.papers.pdf import rendered_pdf
from apps.supervision.ladder import Receiver, ladder_of, level_in
from apps.supervision.models import Letter

HEADS = ("措施编号", "整改措施", "整改时限", "逾期天数")
WIDTHS = (20, 84, 32, 20)
OFFICE = "巡视整改工作领导小组办公室"
FEW = 3
HANDED_OVER = "已改由其他单位牵头"
OUT_OF_SCOPE = "不在您的督查范围内"


@dataclass(frozen=True)
class LetterPaper:
    """All that stands on the paper. Days late are as of the day the letter was sent."""

    organ: str
    number: str
    title: str
    addressee: str
    opening: str
    rows: list[tuple[str, str, str, str]]
    requirement: list[str]
    closing: str
    date: str
    receipt: list[tuple[str, str]]
    copies: str
    example: bool


def paper_of(letter: Letter, seen: Collection[int]) -> LetterPaper:
    """``seen`` are the measures that the reader may see: one that another unit leads by now, or another group covers, is told by its
    number only."""
    measures = list(letter.measures.select_related("issue").order_by("issue__number", "ordinal"))
    late = sum(1 for row in measures if row.due_on and row.due_on < letter.sent_on)
    state = f"，其中 {late} 条已超过整改时限" if late else ""
    unit = letter.unit.name
    return LetterPaper(
        organ=_organ(letter),
        number=letter.doc_number,
        title=_title(letter, measures),
        addressee=f"{unit}：",
        opening=f"截至{day(letter.sent_on)}，你单位牵头的下列 {len(measures)} 条整改措施尚未办结{state}。现予督办，请按要求抓好落实。",
        rows=[_row(row, letter.sent_on) if row.pk in seen else (row.number, _unseen(row, letter), "", "") for row in measures],
        requirement=letter.requirement.splitlines(),
        closing=_closing(letter),
        date=day(letter.sent_on),
        receipt=_receipt(letter),
        copies="抄送：分管领导" if _receiver(letter) == Receiver.LEADER else "",
        example=letter.is_demonstration,
    )


def _unseen(measure: Measure, letter: Letter) -> str:
    return HANDED_OVER if measure.lead_unit_id != letter.unit_id else OUT_OF_SCOPE


def as_docx(paper: LetterPaper) -> bytes:
    made = Paper(paper.title, paper.organ, head=(paper.organ, paper.number))
    made.addressee(paper.addressee)
    made.body(paper.opening)
    made.heading("一、督办事项")
    made.grid(HEADS, paper.rows, WIDTHS)
    made.heading("二、督办要求")
    for line in paper.requirement:
        made.body(line)
    made.heading("三、回复要求")
    made.body(paper.closing)
    made.signed(paper.organ, paper.date)
    if paper.copies:
        made.addressee(paper.copies)
    pairs = paper.receipt
    made.facts([[("签收单位", paper.addressee.rstrip("：")), pairs[0]], [pairs[1], pairs[2]]])
    if paper.example:
        made.note("示例：本页内容为演示数据")
    return made.as_bytes()


def as_pdf(paper: LetterPaper) -> bytes:
    return rendered_pdf("papers/letter.html", {"paper": paper, "heads": HEADS})


def _organ(letter: Letter) -> str:
    """The lead unit of the group that sent it; for office and leaders, the office in charge."""
    return letter.group.lead_unit.name if letter.group else OFFICE


def _title(letter: Letter, measures: list[Measure]) -> str:
    numbers = "、".join(row.number for row in measures[:FEW])
    more = f"等 {len(measures)} 条" if len(measures) > FEW else ""
    return f"关于整改措施 {numbers} {more}的{letter.title}".replace(" 的", "的")


def _row(row: Measure, sent_on: dt.date) -> tuple[str, str, str, str]:
    days = (sent_on - row.due_on).days if row.due_on else 0
    mark = "（示例）" if row.demonstrates("due_on") else ""
    return row.number, row.text, f"{day(row.due_on)}{mark}" if row.due_on else "长期坚持", f"{days} 天" if days > 0 else "—"


def _receiver(letter: Letter) -> str:
    level = level_in(ladder_of(letter.inspection_id), letter.level)
    return level.receiver if level else Receiver.LIAISON


def _closing(letter: Letter) -> str:
    who = "请你单位" if _receiver(letter) == Receiver.LIAISON else "请你单位主要负责人亲自研究，"
    return f"{who}收到后即签收，于{day(letter.reply_by)}前书面回复：逐条写明办理结果并附佐证材料；未办结的，写明原因、下步措施和完成时间。"


def _receipt(letter: Letter) -> list[tuple[str, str]]:
    signed = f"{letter.signed_at:%Y-%m-%d %H:%M}" if letter.signed_at else ""
    return [("签收人", str(letter.signed_by) if letter.signed_by else ""), ("签收时间", signed), ("联系电话", "")]
