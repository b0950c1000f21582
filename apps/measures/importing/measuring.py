"""The measures of a group of rows: one cell or several, each with its units, its person and its day."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from apps.measures.importing.days import Deadline, deadline_of
from apps.measures.importing.grouping import Group, Table
from apps.measures.importing.headings import folded
from apps.measures.importing.naming import units_in
from apps.measures.importing.rows import Cell, Row, is_broken, number_in
from apps.measures.importing.splitting import numbered_items, split, without_number
from apps.measures.importing.tree import Finding, Kind, Leaf, Level, Node, Origin, Tree
from apps.measures.importing.wording import LASTING, LONG_TERM, NOW, days_in, due_in, names_closed, nature_of, pace_of

LONGEST_PERSON, LONGEST_BASIS = 80, 200
SHARED = ("lead_unit", "supporting_units", "person", "due", "pace", "nature", "basis")
OWN_NUMBER = re.compile(r"(\d{1,4})-(\d{1,3})\u3000")
LABELS = {"lead_unit": "牵头单位", "supporting_units": "配合单位", "person": "责任人", "due": "整改时限"}


@dataclass
class Piece:
    """One measure as it stands in a cell; ``place`` of ``of`` measures in that cell."""

    text: str
    cell: Cell
    place: int = 0
    of: int = 1
    ordinal: int = 0
    """The measure's number, where it stands before its text, as the register's own list has it (12-3　…)."""


@dataclass
class Carried:
    """What a row says for the rows below it that say nothing, within one issue."""

    cells: dict[str, Cell] = field(default_factory=dict)


class Planner:
    """Makes the measures of each issue and puts its findings into the tree."""

    def __init__(self, tree: Tree, feedback_on: dt.date, concentrated_months: int, units: frozenset[str], splitting: str) -> None:
        self.tree, self.feedback_on, self.concentrated_months = tree, feedback_on, concentrated_months
        self.units, self.splitting = units, splitting
        self.numbered = self.of_issue = self.running = False

    def take(self, issue: Node, table: Table, group: Group, *, numbered: bool) -> None:
        """Put the measures of the group below the issue, and its units in it."""
        carried, last, self.numbered = Carried(), "", numbered
        self.of_issue, self.running = not table.has_measures, table.running
        for row in group.rows:
            if self._stands_alone(row):
                carried = Carried()
            fresh = {name for name in SHARED if row.text(name)}
            for name in fresh:
                carried.cells[name] = row.cells[name]
            self._units_of_issue(issue, carried, group)
            cell = row.cells.get("text")
            if cell and cell.text and (cell.own or cell.text != last):
                last = cell.text
                for piece in self._pieces(row, cell, issue):
                    self._measure(issue, row, piece, carried, fresh, self._ordinal(row))
            for piece in (piece for further in row.more for piece in self._split(further, issue)):
                self._measure(issue, row, piece, carried, fresh)
        if not table.has_measures:
            self._late_comers(issue, carried)

    def _stands_alone(self, row: Row) -> bool:
        """A row that names its issue, or its number, anew says all that it has to say; others go on with what stands above."""
        return bool(OWN_NUMBER.match(row.text("text"))) or any(row.is_own(name) for name in ("number", "ordinal", "finding", "title"))

    def _pieces(self, row: Row, cell: Cell, issue: Node) -> list[Piece]:
        if self._ordinal(row) and not is_broken(cell.text):
            return [Piece(cell.text, cell)]
        if (own := OWN_NUMBER.match(cell.text)) and issue.value("number") in (None, int(own[1])):
            return [Piece(cell.text[own.end() :], cell, ordinal=int(own[2]))]
        return self._split(cell, issue)

    def _split(self, cell: Cell, issue: Node) -> list[Piece]:
        if is_broken(cell.text):
            self._say(Level.ERROR, "broken", f"公式出错（{cell.text}）", "请改成文字或重新计算后再上传", cell, issue, "text")
            return []
        if self.splitting == "none":
            return [Piece(without_number(cell.text), cell)]
        found = split(cell.text, semicolons=self.splitting == "all")
        if found.gap:
            said = f"编号不连续（{found.gap}），没有拆分"
            self._say(Level.WARNING, "gap", said, "如是几条措施，请补全编号后再上传", cell, issue, "text")
        if len(found.items) == 1:
            return [Piece(without_number(found.items[0]), cell)]
        return [Piece(item, cell, place, len(found.items)) for place, item in enumerate(found.items)]

    def _ordinal(self, row: Row) -> int:
        """The number of the measure within its issue, where the list gives one: 63-2, or a column of its own."""
        for name in ("number",) if self.running else ("ordinal", "number"):
            number = number_in(row.text(name)) if row.is_own(name) else None
            if number and (name == "ordinal" or (number[1] and self.numbered)):
                return number[1] or number[0]
        return 0

    def _measure(self, issue: Node, row: Row, piece: Piece, carried: Carried, fresh: set[str], ordinal: int = 0) -> None:
        ordinal = piece.ordinal or ordinal
        node = self._same(issue, piece.text, ordinal) or self._new(issue)
        node.leaves.setdefault("text", Leaf(piece.text, piece.cell.origin, piece.cell.text if piece.of > 1 else ""))
        if ordinal and piece.of == 1:
            cell = piece.cell if piece.ordinal else row.cells["number" if self.running or "ordinal" not in row.cells else "ordinal"]
            node.leaves.setdefault("ordinal", Leaf(ordinal, cell.origin, cell.text))
        self._units(node, carried, piece)
        self._person(node, carried, piece)
        self._types(node, carried)
        self._due(node, carried, piece, fresh)

    def _same(self, issue: Node, text: str, ordinal: int) -> Node | None:
        """The measure of those words, which another sheet has named; one of another number is another one."""
        key = folded(text)
        known = (node for node in issue.of_kind(Kind.MEASURE) if folded(node.text("text")) == key)
        return next((node for node in known if not ordinal or node.value("ordinal") in (None, ordinal)), None)

    def _new(self, issue: Node) -> Node:
        node = Node(Kind.MEASURE, f"{issue.key}.m{len(issue.of_kind(Kind.MEASURE)) + 1}")
        issue.children.append(node)
        return node

    def _late_comers(self, issue: Node, carried: Carried) -> None:
        """A sheet without measures says it for all measures of the issue that have nothing of their own."""
        for node in issue.of_kind(Kind.MEASURE):
            piece = Piece(node.text("text"), Cell("", None, node.origin("text"), own=True))
            self._units(node, carried, piece)
            self._person(node, carried, piece)
            self._types(node, carried)
            self._due(node, carried, piece, set(carried.cells))

    def _part(self, cell: Cell, piece: Piece) -> str:
        """The part of a numbered cell that belongs to this measure, where it has as many parts as there are measures."""
        items = (numbered_items(cell.text) or _lines(cell.text)) if piece.of > 1 else []
        return items[piece.place] if len(items) == piece.of else cell.text

    def _units_of_issue(self, issue: Node, carried: Carried, group: Group) -> None:
        """Who leads the issue: the first that the list names for it. Where the units are those of measures, that is a guess, unless their
        cell is merged over all rows of the issue."""
        if "lead_unit" in issue.leaves:
            return
        self._units(issue, carried, Piece("", Cell("", None, issue.origin(), own=True)))
        for name in ("lead_unit", "supporting_units"):
            if name in issue.leaves:
                issue.leaves[name].sure = self.of_issue or _is_merged(group, name)

    def _units(self, node: Node, carried: Carried, piece: Piece) -> None:
        lead, support = carried.cells.get("lead_unit"), carried.cells.get("supporting_units")
        for cell in (lead, support):
            if cell and node.kind == Kind.MEASURE and piece.of > 1 and len(_lines(cell.text)) == piece.of and not numbered_items(cell.text):
                self._by_lines(node, cell)
        found = units_in(self._part(lead, piece), self.units) if lead else None
        others = units_in(self._part(support, piece), self.units) if support else None
        leads = list(found.leads) if found else []
        names = [*leads[1:], *(found.supporting if found else ()), *((*others.leads, *others.supporting) if others else ())]
        if lead and found and not leads and found.supporting:
            leads, names = [found.supporting[0]], names[1:]
        if lead and leads and "lead_unit" not in node.leaves:
            node.leaves["lead_unit"] = Leaf(leads[0], lead.origin, lead.text if lead.text != leads[0] else "")
            if len(leads) > 1 and node.kind == Kind.MEASURE:
                self._several(node, lead, leads)
        names = [name for name in dict.fromkeys(names) if name != node.value("lead_unit")]
        if names and "supporting_units" not in node.leaves:
            cell = support or lead
            node.leaves["supporting_units"] = Leaf(list(names), cell.origin if cell else piece.cell.origin, cell.text if cell else "")

    def _by_lines(self, node: Node, cell: Cell) -> None:
        said, advice = "单位的行数与措施条数相同，按行分给了各条措施", "每条措施都由这几个单位负责的，请写在一行，用顿号分开"
        self._say(Level.WARNING, "by_lines", said, advice, cell, node, "lead_unit")

    def _several(self, node: Node, cell: Cell, leads: list[str]) -> None:
        said = f"写了 {len(leads)} 个单位，牵头单位只能有一个"
        advice = f"按第一个“{leads[0]}”为牵头，其余为配合；不对的，请在清单里写明（牵头）"
        self._say(Level.WARNING, "several_leads", said, advice, cell, node, "lead_unit")

    def _person(self, node: Node, carried: Carried, piece: Piece) -> None:
        cell = carried.cells.get("person")
        if cell is None or "person" in node.leaves:
            return
        words = " ".join(names_closed(self._part(cell, piece)).split())
        if len(words) > LONGEST_PERSON:
            said = f"责任人有 {len(words)} 字，超过 {LONGEST_PERSON} 字"
            self._say(Level.ERROR, "too_long", said, "请只写姓名和职务，其余移到备注", cell, node, "person")
        elif words:
            node.leaves["person"] = Leaf(words, cell.origin)

    def _types(self, node: Node, carried: Carried) -> None:
        for name, read in (("pace", pace_of), ("nature", nature_of)):
            cell = carried.cells.get(name)
            if cell is None or name in node.leaves:
                continue
            value = read(cell.text)
            other = nature_of(cell.text) if name == "pace" else pace_of(cell.text)
            if value:
                node.leaves[name] = Leaf(value, cell.origin, cell.text)
            elif other:
                node.leaves.setdefault("nature" if name == "pace" else "pace", Leaf(other, cell.origin, cell.text))
            else:
                said, advice = "认不出整改类型", "请写立行立改、限期整改或长期坚持（当下改或长久立）；现按时限推定"
                self._say(Level.WARNING, "no_type", said, advice, cell, node, name)
        basis = carried.cells.get("basis")
        if basis and basis.text:
            node.leaves.setdefault("deadline_basis", Leaf(basis.text[:LONGEST_BASIS], basis.origin))

    def _due(self, node: Node, carried: Carried, piece: Piece, fresh: set[str]) -> None:
        if node.leaves.keys() & {"due_on", "deadline_rule"}:
            return
        cell = carried.cells.get("due")
        text = self._due_part(cell, piece) if cell else ""
        value = cell.value if cell and text == cell.text else text
        found = deadline_of(value, self.feedback_on, self.concentrated_months)
        if cell is None:
            inside = due_in(piece.text, self.feedback_on)
            if inside:
                self._put_due(node, inside, piece.cell.origin, "")
                for name in node.leaves.keys() & {"due_on", "deadline_rule"}:
                    node.leaves[name].sure = False
                said = f"没有单独写时限，按措施里的日期记为 {inside.due_on}"
                self._say(Level.WARNING, "due_in_text", said, "请核对", piece.cell, node, "due_on")
            return
        if "due" not in fresh:
            said = f"没有写时限，按本问题上一条措施的时限（{text}）"
            self._say(Level.NOTE, "due_carried", said, "不对的，请在清单里补上", piece.cell, node, "due_on")
        self._told_due(node, found, cell, text)
        self._put_due(node, found, cell.origin, text)

    def _due_part(self, cell: Cell, piece: Piece) -> str:
        """As any part; and lines as short as 三季度, where each of them says when by itself."""
        lines = [line.strip() for line in cell.text.splitlines() if line.strip()]
        if piece.of > 1 and len(lines) == piece.of and not numbered_items(cell.text):
            found = [deadline_of(line, self.feedback_on, self.concentrated_months) for line in lines]
            if all(one.is_known or one.at_once for one in found):
                return lines[piece.place]
        return self._part(cell, piece)

    def _told_due(self, node: Node, found: Deadline, cell: Cell, text: str) -> None:
        """What is to be said of the day."""
        pace = node.value("pace")
        if found.due_on and found.due_on < self.feedback_on:
            said = f"时限 {found.due_on} 早于反馈日期 {self.feedback_on}"
            self._say(Level.ERROR, "due_early", said, "请核对年份和日期", cell, node, "due_on", text)
        elif days_in(text) > 1:
            said, advice = f"写了几个日期，按最后一个 {found.due_on}", "请核对；各条措施时限不同的，请分行写，或按措施编号写"
            self._say(Level.WARNING, "due_several", said, advice, cell, node, "due_on", text)
        elif found.reckoned:
            said = f"没有写全年份，按反馈日期推定为 {found.due_on}"
            self._say(Level.WARNING, "due_reckoned", said, "请核对；不对的，请写全年月日", cell, node, "due_on", text)
        elif found.finished:
            said, advice = f"写的是“{text}”，不是时限", "请填写原定的完成日期；完成情况由牵头单位填报"
            self._say(Level.ERROR, "due_finished", said, advice, cell, node, "due_on", text)
        elif not found.is_known and not found.at_once and pace != LONG_TERM:
            said, advice = f"认不出“{text}”是哪一天", "请写成 2025-08-31 或 2025年8月底前；没有期限的写“长期坚持”"
            self._say(Level.ERROR, "due_unknown", said, advice, cell, node, "due_on", text)

    def _put_due(self, node: Node, found: Deadline, origin: Origin, text: str) -> None:
        leaves = node.leaves
        if found.due_on:
            leaves["due_on"] = Leaf(found.due_on.isoformat(), origin, text)
            leaves["deadline_rule"] = Leaf("fixed", origin)
        elif found.days:
            day = self.feedback_on + dt.timedelta(days=found.days)
            leaves["due_on"] = Leaf(day.isoformat(), origin, text)
            leaves["deadline_rule"] = Leaf("fixed", origin)
        elif found.months or found.working_days:
            leaves["deadline_rule"] = Leaf("months" if found.months else "working_days", origin, text)
            leaves["deadline_count"] = Leaf(found.months or found.working_days, origin)
            leaves["deadline_from"] = Leaf(self.feedback_on.isoformat(), origin)
        elif found.long_term:
            leaves["deadline_rule"] = Leaf("none", origin, text)
        pace = LONG_TERM if found.long_term else "at_once" if found.at_once else ""
        if pace and "pace" not in leaves:
            leaves["pace"] = Leaf(pace, origin, text)
        made = LASTING if leaves.get("pace") and leaves["pace"].value == LONG_TERM else NOW
        leaves.setdefault("nature", Leaf(made, origin, sure=False))

    def _say(self, level: Level, code: str, message: str, advice: str, cell: Cell, node: Node, name: str = "", given: str = "") -> None:
        self.tree.findings.append(Finding(level, code, message, advice, cell.origin, (given or cell.text)[:200], node.key, name))


def _is_merged(group: Group, name: str) -> bool:
    """Whether all rows of the issue share one cell of that column; where supporting units have none, of that of the lead units."""
    further, name = group.rows[1:], name if group.text(name) else "lead_unit"
    return bool(further and further[0].text(name)) and not any(row.is_own(name) for row in further)


def _lines(text: str) -> list[str]:
    """The lines of a cell, where each stands for itself; one that ends with an enumeration's mark goes on in the next."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 and all(len(line) > 3 for line in lines) and not any(line[-1] in "、，," for line in lines[:-1]) else []
