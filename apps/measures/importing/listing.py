"""Lists to a planned tree: 问题清单, 任务清单, 责任清单 or the merged 整改台账, on one sheet or on several that belong together."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from apps.measures.importing.grouping import Group, Table, is_same, place_of, table_of
from apps.measures.importing.headings import BY_NAME, folded
from apps.measures.importing.layout import Layout, label_of, layout_of
from apps.measures.importing.measuring import Planner
from apps.measures.importing.rows import Section, is_broken, rows_of, section_of
from apps.measures.importing.sheets import Workbook
from apps.measures.importing.tree import Finding, Kind, Leaf, Level, Node, Origin, Tree
from apps.measures.importing.wording import LONGEST_TITLE, names_closed, title_from, truth_of

SPLITS = (("all", "按编号和分号拆分"), ("numbered", "只按编号拆分"), ("none", "不拆分，一格一条"))
OF_ISSUE = ("goal", "lead_official")
LONGEST = {"lead_official": 80, "category": 200}


@dataclass(frozen=True)
class Settings:
    """What the office decided for one file. ``columns``: sheet → column → field; ``sheets``: those that are read, None for all lists."""

    columns: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    sheets: tuple[str, ...] | None = None
    split: str = "all"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        columns = {sheet: {int(number): name for number, name in found.items()} for sheet, found in data.get("columns", {}).items()}
        sheets = data.get("sheets")
        return cls(columns, None if sheets is None else tuple(sheets), data.get("split", "all"))


@dataclass(frozen=True)
class Round:
    """What of the round the reading of dates needs, and the names of units that are never cut in two."""

    feedback_on: dt.date
    concentrated_months: int = 6
    units: frozenset[str] = frozenset()


def layouts_of(book: Workbook, remembered: Mapping[str, str], settings: Settings | None = None) -> list[Layout]:
    """The tables of the file in the order of its sheets, as the office or the headings say what their columns hold."""
    found = []
    for sheet in book.filled:
        layout = layout_of(sheet, remembered)
        if layout is None:
            continue
        chosen = settings.columns.get(sheet.name, {}) if settings else {}
        for column in layout.columns:
            if column.number in chosen:
                column.name, column.score = chosen[column.number], 1.0
        found.append(layout)
    return found


def tree_of(layouts: Iterable[Layout], settings: Settings, about: Round) -> Tree:
    """The planned tree of the lists that are to be read."""
    chosen = [layout for layout in layouts if layout.is_list and _is_read(layout, settings)]
    tables = [table_of(layout, rows_of(layout)) for layout in chosen]
    return Builder(tables, settings, about).built()


def _is_read(layout: Layout, settings: Settings) -> bool:
    return not layout.sheet.is_hidden if settings.sheets is None else layout.sheet.name in settings.sheets


class Builder:
    """Puts the groups of all tables into one tree."""

    def __init__(self, tables: list[Table], settings: Settings, about: Round) -> None:
        self.tables, self.settings, self.about = tables, settings, about
        self.tree = Tree()
        self.categories: dict[str, Node] = {}
        self.issues: list[Node] = []
        self.by_number: dict[int, Node] = {}
        self.by_words: dict[str, Node] = {}
        self.loose = Node(Kind.CATEGORY, "c0")
        self.above: Section | None = None
        self.planner = Planner(self.tree, about.feedback_on, about.concentrated_months, about.units, settings.split)

    def built(self) -> Tree:
        restarting = self._restarting()
        for place, table in enumerate(self.tables):
            self._tell_of(table)
            self.above = None
            numbered = table.numbered and place not in restarting
            if table.renumbered or (table.numbered and not numbered):
                self._tell_renumbered(table)
            for group in table.groups:
                issue = self._issue(table, group, numbered=numbered)
                self._fill(issue, group)
                self.planner.take(issue, table, group, numbered=numbered)
        if self.loose.children:
            self.tree.nodes.insert(0, self.loose)
        return self.tree

    def _restarting(self) -> set[int]:
        """Places of the tables whose numbers begin anew on each sheet: most that two of them share stand for different issues."""
        found: set[int] = set()
        words = [{group.number: group.words for group in table.groups if group.number and group.words} for table in self.tables]
        for (one, left), (other, right) in itertools.combinations(enumerate(words), 2):
            unlike = [number for number in left.keys() & right.keys() if not is_same(left[number], right[number])]
            if len(unlike) * 2 > len(left.keys() & right.keys()):
                found |= {one, other}
        return found

    def _fits(self, group: Group, node: Node) -> bool:
        """Whether the group may be about that issue: one of the wordings is alike, or the issue has none yet."""
        words = [node.text(name) for name in ("finding", "title") if node.text(name)]
        given = [group.text(name) for name in ("finding", "title") if group.text(name)]
        return not words or any(is_same(one, other) for one in given for other in words)

    def _issue(self, table: Table, group: Group, *, numbered: bool) -> Node:
        number = group.number if numbered else 0
        same = self.by_number.get(number) if number else None
        if same is not None and group.words and not self._fits(group, same):
            said = f"编号 {number} 在前面的工作表里写的是“{(same.text('title') or same.text('finding'))[:30]}”，按同一问题处理"
            advice = "是同一问题的不用改；是另一个问题的，请改正编号"
            self._say(Level.WARNING, "reworded", said, advice, place_of(group, "finding"), same, "finding", group.words)
        if same is None and group.key:
            same = self.by_words.get(group.key)
            if same is not None and number and same.value("number") not in (None, number):
                same = None
        if same is None:
            same = Node(Kind.ISSUE, f"i{len(self.issues) + 1}")
            self.issues.append(same)
            self._category(table, group).children.append(same)
        if number:
            cell = group.rows[0].cells.get("number")
            same.leaves.setdefault("number", Leaf(number, cell.origin if cell else place_of(group, "number"), cell.text if cell else ""))
            self.by_number.setdefault(number, same)
        if group.key:
            self.by_words.setdefault(group.key, same)
        return same

    def _category(self, table: Table, group: Group) -> Node:
        """The aspect that the group stands in: by its column, by the section above it, or none."""
        cell = group.row_with("category")
        if cell:
            section = self.above = section_of(cell.text("category"), cell.cells["category"].origin)
        elif group.sections:
            section = self._section(table, group.sections)
        elif self.above is not None:
            section = self.above
            self._tell_above(group, section)
        else:
            return self._by_sheet(table)
        return self._category_of(section)

    def _tell_above(self, group: Group, section: Section) -> None:
        """Lists name an aspect at the first of its issues and leave the cells below empty, merged or not."""
        node = self._category_of(section)
        if not any(finding.code == "category_above" and finding.node == node.key for finding in self.tree.findings):
            said, advice = f"方面一列空着，按上面最近的一行算作“{section.title}”", "下面同样空着的都这样算；不对的，请在清单里填写"
            self._say(Level.NOTE, "category_above", said, advice, place_of(group, "category"), node, "title")

    def _section(self, table: Table, sections: tuple[Section, ...]) -> Section:
        """The outermost section, unless all of the table stands in that one."""
        outer = {group.sections[0].title for group in table.groups if group.sections}
        return sections[-1] if len(outer) == 1 and len(sections) > 1 else sections[0]

    def _by_sheet(self, table: Table) -> Node:
        """Sheets named 一、… are aspects."""
        name = table.layout.sheet.name
        section = section_of(name, Origin(name))
        return self._category_of(section) if section.level and len(self.tables) > 1 else self.loose

    def _category_of(self, section: Section) -> Node:
        key = folded(section.title)
        if key not in self.categories:
            node = Node(Kind.CATEGORY, f"c{len(self.categories) + 1}", {"title": Leaf(section.title, section.origin)})
            if section.number and section.number not in {one.value("number") for one in self.categories.values()}:
                node.leaves["number"] = Leaf(section.number, section.origin)
            self.categories[key] = node
            self.tree.nodes.append(node)
            if len(section.title) > LONGEST["category"]:
                self._say(
                    Level.ERROR, "category_long", f"方面标题有 {len(section.title)} 字，超过 200 字", "请缩短方面标题", section.origin, node
                )
        return self.categories[key]

    def _fill(self, issue: Node, group: Group) -> None:
        """The fields of the issue itself; what another sheet has said already stays."""
        for name in ("finding", "title", *OF_ISSUE):
            row = group.row_with(name)
            if row is None:
                continue
            cell = row.cells[name]
            if self._is_readable(cell.text, cell.origin, issue, name):
                words = names_closed(cell.text) if name == "lead_official" else cell.text
                issue.leaves.setdefault(name, Leaf(words, cell.origin))
        if (row := group.row_with("led_by_secretary")) is not None:
            self._secretary(issue, row.text("led_by_secretary"), row.cells["led_by_secretary"].origin)
        self._title(issue)
        words = issue.text("lead_official")
        if len(words) > LONGEST["lead_official"]:
            advice = "请只写职务和姓名，其余内容移到备注"
            place = issue.origin("lead_official")
            self._say(Level.ERROR, "too_long", f"责任领导有 {len(words)} 字，超过 80 字", advice, place, issue, "lead_official", words)

    def _secretary(self, issue: Node, text: str, origin: Origin) -> None:
        truth = truth_of(text)
        if truth is None:
            self._say(
                Level.WARNING, "no_truth", "认不出是不是书记领办", "请写“是”或“否”；现按没有写处理", origin, issue, "led_by_secretary", text
            )
        else:
            issue.leaves.setdefault("led_by_secretary", Leaf(truth, origin, text))

    def _title(self, issue: Node) -> None:
        """An issue has a title and a finding; one is made of the other, which is marked as made."""
        title, finding = issue.leaves.get("title"), issue.leaves.get("finding")
        if title and title.sure and len(issue.text("title")) > LONGEST_TITLE:
            finding = finding or Leaf(title.value, title.origin)
            issue.leaves["finding"], title = finding, None
            issue.leaves.pop("title")
        if title is None and finding is not None:
            issue.leaves["title"] = Leaf(title_from(str(finding.value)), finding.origin, sure=False)
        if title is not None and finding is None:
            issue.leaves["finding"] = Leaf(title.value, title.origin, sure=False)
        if title is not None and not title.sure and finding is not None and finding.sure:
            issue.leaves["title"] = Leaf(title_from(str(finding.value)), finding.origin, sure=False)

    def _is_readable(self, text: str, origin: Origin, node: Node, name: str) -> bool:
        if not is_broken(text):
            return True
        self._say(Level.ERROR, "broken", f"公式出错（{text}）", "请改成文字或重新计算后再上传", origin, node, name, text)
        return False

    def _tell_of(self, table: Table) -> None:
        """What of the sheet is not imported, and what is easily overlooked."""
        sheet = table.layout.sheet
        for column in table.layout.columns:
            known = BY_NAME.get(column.name)
            origin = Origin(sheet.name, table.layout.top, column.number)
            if not column.samples or (known and known.taken):
                continue
            why = known.why if known else "这一列没有对应的内容，不导入；需要导入的，请在“列对应”里指定"
            self.tree.findings.append(Finding(Level.NOTE, "not_taken", why, "", origin, column.heading))
        if hidden := table.hidden_rows:
            said = f"有 {len(hidden)} 行是隐藏的（第 {hidden[0]} 行起），也一并读入"
            place = Origin(sheet.name, hidden[0])
            self.tree.findings.append(Finding(Level.WARNING, "hidden", said, "不想导入的，请删除这些行", place))
        for passed in table.passed:
            said = "这一行是合计、说明或签字，不导入"
            self.tree.findings.append(Finding(Level.NOTE, "passed", said, "", passed.origin, passed.text[:80]))
        for row in table.orphans:
            cell = next(iter(row.cells.values()))
            said, advice = "这一行没有问题也没有措施，没有导入", "如是清单内容，请补全问题或措施"
            self.tree.findings.append(Finding(Level.WARNING, "orphan", said, advice, cell.origin, cell.text[:80]))

    def _tell_renumbered(self, table: Table) -> None:
        column = table.layout.column("number")
        origin = Origin(table.layout.sheet.name, table.layout.top, column)
        said = f"“{_heading(table, column)}”一列不是连续的问题编号（按行计数，或每部分从 1 重新开始）"
        self.tree.findings.append(Finding(Level.NOTE, "renumbered", said, "问题将按清单中的次序连续编号", origin))

    def _say(self, level: Level, code: str, message: str, advice: str, origin: Origin, node: Node, name: str = "", given: str = "") -> None:
        self.tree.findings.append(Finding(level, code, message, advice, origin, given[:200], node.key, name))


def _heading(table: Table, number: int) -> str:
    return next((column.heading for column in table.layout.columns if column.number == number), label_of("number"))
