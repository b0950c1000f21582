"""What the page of the figure check shows: the outline with what is left, the text in marked pieces, the list beside it, the workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.http import urlencode

from apps.measures.moves_xlsx import workbook_of
from apps.reports.asking import Asked, asked_for, key_of
from apps.reports.blocks import Block
from apps.reports.models import Audience, Notice
from apps.reports.proving.evidence import Ledger
from apps.reports.proving.findings import LABELS, Finding
from apps.reports.proving.proof import Proof

LOOKS = {"matched": "ok", "derived": "ok", "older": "ne", "contradicted": "ne", "unsupported": "un", "excluded": "sk"}
SHOWS = {"left": "待核", "older": "有更新数", "matched": "已匹配", "all": "全部"}
HEADERS = ("位置", "草稿写", "结论", "说明", "台账数", "截至", "佐证件数", "措施", "决定", "所在句子")
WITHOUT_ROW = {
    "count:categories": "measures:register",
    "count:issues": "measures:register",
    "count:measures": "measures:register",
    "count:led": "measures:register",
    "count:regulations": "measures:regulations",
    "count:groups": "supervision:groups",
    "count:meetings": "issues:activities",
    "sum:recovered": "measures:figures",
    "sum:handled": "measures:figures",
}
OF_ROW = {
    "indicator": "measures:indicator",
    "due": "measures:indicator",
    "balance": "measures:indicator",
    "regulation": "measures:regulation",
    "activity": "issues:activity",
    "measure": "measures:sheet",
    "issue": "issues:sheet",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of text; with a finding it is a number."""

    text: str
    row: Row | None = None


@dataclass(frozen=True)
class Row:
    """A finding as the page shows it; ``number`` is its place in the text, counted from 1.

    ``unit``: who may be asked to register it, empty where nobody is; ``asked``: the last request.
    """

    number: int
    finding: Finding
    link: str
    evidence: str
    title: str
    choices: tuple[tuple[int, str], ...]
    unit: str = ""
    asked: Asked | None = None

    @property
    def look(self) -> str:
        """One of four: matched, differing, without source, nothing to check. What somebody has answered for needs no look any more."""
        if self.finding.decided and self.finding.decided.verdict == "accepted":
            return "sk"
        return LOOKS[self.finding.status]

    @property
    def label(self) -> str:
        return "已认可" if self.finding.decided and self.finding.decided.verdict == "accepted" else self.finding.label

    @property
    def anchor(self) -> str:
        return f"k{self.number}"

    @property
    def href(self) -> str:
        """Where its mark in the text leads: to what can be done about it, or to the ledger's row."""
        if self.finding.is_left:
            return f"#{self.anchor}"
        return self.link or f"?show=all#{self.anchor}"

    @property
    def said(self) -> str:
        return f"{self.label}：{self.finding.verdict.words}"


@dataclass(frozen=True)
class Line:
    """One line of the text, or of the outline."""

    block: Block
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Outlined:
    """A section or category with how many numbers in it are left."""

    anchor: str
    label: str
    level: int
    left: int


@dataclass(frozen=True)
class CheckPage:
    """All of it."""

    lines: list[Line]
    rows: list[Row]
    outline: list[Outlined]
    sums: list[tuple[str, str, int]]
    tabs: list[tuple[str, str, int]]


def page_of_check(notice: Notice, proof: Proof, ledger: Ledger, audience: str) -> CheckPage:
    rows = [_row(number, finding, notice, proof, ledger) for number, finding in enumerate(proof.findings, start=1)]
    rows = _with_requests(rows, notice, audience)
    looks = Counter(row.look for row in rows)
    older = sum(row.look == "ne" and row.finding.status == "older" for row in rows)
    sums = [("ok", "已匹配", looks["ok"]), ("ne", "不符", looks["ne"] - older), ("ne", "有更新数", older)]
    sums += [("un", "无出处", looks["un"]), ("sk", "不需核对", looks["sk"])]
    tabs = [(key, label, len(shown(rows, key))) for key, label in SHOWS.items()]
    return CheckPage(list(_lines(proof, rows)), rows, list(_outline(proof)), sums, tabs)


def shown(rows: Sequence[Row], show: str) -> list[Row]:
    """The rows of one tab."""
    if show == "left":
        return [row for row in rows if row.finding.is_left]
    if show == "older":
        return [row for row in rows if row.finding.status == "older"]
    return [row for row in rows if row.look == "ok"] if show == "matched" else list(rows)


def workbook_of_check(notice: Notice, proof: Proof) -> bytes:
    """校核表: every number with its verdict, and the totals."""
    counts = "，".join(f"{LABELS[status]} {count}" for status, count in proof.counts.items())
    notes = (f"共 {len(proof.findings)} 处数字：{counts}", f"待核 {len(proof.left)} 处，其中 {len(proof.blocking)} 处不处理不能送审")
    title = f"{notice.title} 数字校核表"
    totals = [(total.label, total.formula, "一致" if total.holds else "不一致") for total in proof.totals]
    return workbook_of(
        [
            ("数字校核表", title, notes, HEADERS, [_cells(finding) for finding in proof.findings]),
            ("总数核对", title, notes, ("总数", "算式", "结论"), totals),
        ]
    )


def _cells(finding: Finding) -> tuple[object, ...]:
    verdict, decided = finding.verdict, finding.decided
    return (
        finding.where,
        finding.written,
        finding.label,
        verdict.words,
        verdict.ledger,
        verdict.as_of.isoformat() if verdict.as_of else "",
        verdict.evidence or "",
        verdict.measure,
        f"{decided.by}：{decided.reason}" if decided else "",
        finding.sentence,
    )


def _row(number: int, finding: Finding, notice: Notice, proof: Proof, ledger: Ledger) -> Row:
    verdict = finding.verdict
    paper = f"{reverse('go')}?{urlencode({'q': verdict.measure})}" if verdict.measure else ""
    return Row(number, finding, link_of(verdict.key, notice), paper, _title(proof, finding), _choices(finding, ledger))


def _with_requests(rows: list[Row], notice: Notice, audience: str) -> list[Row]:
    """Figures of items that the ledger has not: which unit leads the issue, and whether it was asked already."""
    if audience == Audience.INTERNAL or not any(_may_be_asked(row.finding) for row in rows):
        return rows
    items = list(notice.items.values_list("pk", "issue__number", "issue__lead_unit__name"))
    units = {f"item:{number}": unit for _pk, number, unit in items}
    asked = asked_for(notice, audience, [pk for pk, _number, _unit in items])
    return [
        replace(row, unit=units.get(row.finding.place, ""), asked=asked.get(key_of(row.finding))) if _may_be_asked(row.finding) else row
        for row in rows
    ]


def _may_be_asked(finding: Finding) -> bool:
    return finding.status == "unsupported" and finding.is_left and finding.place.startswith("item:")


def _title(proof: Proof, finding: Finding) -> str:
    """The item's title, to say which one it is."""
    head = proof.blocks[finding.block].head if finding.place.startswith("item:") else ""
    return head.partition(".")[2].rstrip("。") or head


def _choices(finding: Finding, ledger: Ledger) -> tuple[tuple[int, str], ...]:
    """The indicators of the issue that an open number may be linked to."""
    kind, _colon, issue = finding.place.partition(":")
    if kind != "item" or not finding.is_left:
        return ()
    facts = (fact for fact in ledger.facts if fact.source == "reading" and str(fact.issue) == issue)
    return tuple((int(fact.key.partition(":")[2]), f"{fact.name} {fact.shown(fact.standing(ledger.until).value)}") for fact in facts)


def link_of(key: str, notice: Notice) -> str:
    """Where the ledger's row is looked up; empty where the figure is computed from the text alone."""
    kind, _colon, number = key.partition(":")
    if key in WITHOUT_ROW:
        return reverse(WITHOUT_ROW[key])
    if kind == "round":
        return reverse("issues:inspection", args=(notice.inspection_id,))
    return reverse(OF_ROW[kind], args=(int(number),)) if kind in OF_ROW and number.isdecimal() else ""


def _lines(proof: Proof, rows: Sequence[Row]) -> Iterator[Line]:
    by_block: dict[int, list[Row]] = {}
    for row in rows:
        by_block.setdefault(row.finding.block, []).append(row)
    for index, block in enumerate(proof.blocks):
        pieces, place = [], 0
        for row in by_block.get(index, []):
            pieces.append(Piece(block.line[place : row.finding.start]))
            pieces.append(Piece(row.finding.written, row))
            place = row.finding.end
        pieces.append(Piece(block.line[place:]))
        yield Line(block, tuple(piece for piece in pieces if piece.text))


def _outline(proof: Proof) -> Iterator[Outlined]:
    """Sections and categories; what is left in an item counts for its category and its section."""
    left = Counter(finding.block for finding in proof.left)
    starts = [index for index, block in enumerate(proof.blocks) if block.kind in ("section", "category")]
    for place, index in enumerate(starts):
        block = proof.blocks[index]
        level = 1 if block.kind == "section" else 2
        following = (other for other in starts[place + 1 :] if level == 2 or proof.blocks[other].kind == "section")
        end = next(following, len(proof.blocks))
        yield Outlined(block.anchor, block.text, level, sum(left[one] for one in range(index, end)))
