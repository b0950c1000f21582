"""The planned tree against the ledger: what is new, what would change, what stays; and what stands in the way.

What a list does not say changes nothing: an empty cell wipes nothing, and what the ledger has besides stays. A value that was made up
here (a title out of a finding) fills a new row and never changes one that there is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.issues.models import Inspection, Issue
from apps.measures.deadlines import WorkCalendar, due_date
from apps.measures.importing.defaults import NO_DUE, NO_LEAD, Defaults
from apps.measures.importing.directory import MOST_UNKNOWN, Directory, Resolved
from apps.measures.importing.extras import add_extras
from apps.measures.importing.following import followed
from apps.measures.importing.headings import folded
from apps.measures.importing.matching import Ledger
from apps.measures.importing.plan import Change, Deal, Line, Plan
from apps.measures.importing.same import is_said
from apps.measures.importing.tree import Finding, Kind, Leaf, Level, Node, Origin, Tree, named
from apps.measures.importing.wording import names_another_day
from apps.measures.models import ImportRun, Measure
from apps.units.errors import ActRefused

LARGEST_NUMBER, LONGEST_UNIT = 10_000, 120
PACES, NATURES = dict(Measure.Pace.choices), dict(Measure.Nature.choices)
Progress = Callable[[int, int], None]


def compared(tree: Tree, inspection: Inspection, directory: Directory, defaults: Defaults, tell: Progress | None = None) -> Plan:
    """What the tree would do to the round as it is now."""
    return _Comparison(tree, inspection, directory, defaults).run(tell)


def plan_of(run: ImportRun, tree: Tree, tell: Progress | None = None) -> Plan:
    """What the tree would do by what the office has decided for the run: the preview, and what is compared anew before it is written."""
    return compared(tree, run.inspection, Directory(run.choices.get("units")), Defaults.of(run), tell)


class _Comparison:
    def __init__(self, tree: Tree, inspection: Inspection, directory: Directory, defaults: Defaults) -> None:
        self.tree, self.inspection, self.directory, self.defaults = tree, inspection, directory, defaults
        self.ledger = Ledger(inspection)
        self.plan = Plan()
        self.told = {(one.node, one.field) for one in tree.findings if one.level == Level.ERROR}
        self.said: set[tuple[str, Origin, str]] = set()
        self.calendar: WorkCalendar | None = None
        self.next_number = 1 + max(
            (*self.ledger.by_number, *(number for node in tree.walk(Kind.ISSUE) if isinstance(number := node.value("number"), int))),
            default=0,
        )
        self.used = set(self.ledger.by_number)
        self.mentioned: set[int] = set()

    def run(self, tell: Progress | None) -> Plan:
        nodes = list(self.tree.walk(Kind.ISSUE))
        done = 0
        if self.defaults.renumber:
            self._drop_numbers(nodes)
        self._settle_numbers()
        for category in self.tree.nodes:
            self._category(category)
            for node in category.of_kind(Kind.ISSUE):
                self._issue(category, node)
                done += 1
                if tell and done % 50 == 0:
                    tell(done, len(nodes))
        add_extras(self.tree, self.plan, self.inspection)
        self._gather_unknown()
        measures = sum(len(rows) for key, rows in self.ledger.measures.items() if key in self.ledger.taken)
        self.plan.unmentioned = {
            "issues": len(self.ledger.issues) - len(self.ledger.taken),
            "measures": measures - len(self.mentioned),
        }
        return self.plan

    def _drop_numbers(self, nodes: list[Node]) -> None:
        for node in nodes:
            node.leaves.pop("number", None)
        self.next_number = 1 + max(self.ledger.by_number, default=0)

    def _settle_numbers(self) -> None:
        """Find the issues whose words are in the ledger before those of which only the number is."""
        self.found: dict[str, tuple[Issue | None, str]] = {}
        nodes = list(self.tree.walk(Kind.ISSUE))
        sure = {node.key for node in nodes if self._words_known(node)}
        for node in sorted(nodes, key=lambda node: node.key not in sure):
            self.found[node.key] = self.ledger.issue_of(node)

    def _words_known(self, node: Node) -> bool:
        return any(folded(node.text(name)) in self.ledger.by_words for name in ("finding", "title") if node.text(name))

    # -- aspects ---------------------------------------------------------------------------------------------------

    def _category(self, node: Node) -> None:
        if not node.leaves:
            return
        row = self.ledger.category_of(node)
        if row is not None:
            self.plan.lines[node.key] = Line(node.key, Kind.CATEGORY, Deal.SAME, str(row.number), row.pk)
            return
        found = [self.found[issue.key] for issue in node.of_kind(Kind.ISSUE)]
        if all(row is not None for row, _doubt in found):
            # all issues of it are in the ledger, under another aspect: none is made for nothing; of doubtful ones nobody knows yet
            if not any(doubt for _row, doubt in found):
                self.plan.lines[node.key] = Line(node.key, Kind.CATEGORY, Deal.SAME)
            return
        self.plan.lines[node.key] = self._new_category(node.key, node.text("title"), node.value("number"))

    def _new_category(self, key: str, title: str, wanted: Any = None) -> Line:
        used = {row.number for row in self.ledger.categories}
        used |= {line.values["number"] for line in self.plan.lines.values() if line.kind == Kind.CATEGORY and line.values}
        number = wanted if isinstance(wanted, int) and wanted not in used else 1 + max(used, default=0)
        return Line(key, Kind.CATEGORY, Deal.ADD, str(number), values={"number": number, "title": title})

    def _category_for(self, category: Node, node: Node) -> str:
        """The key of the line of the aspect that a new issue goes to."""
        if category.leaves:
            return category.key
        if category.key not in self.plan.lines:
            same = next((row for row in self.ledger.categories if folded(row.title) == folded(self.defaults.category)), None)
            if same is not None:
                line = Line(category.key, Kind.CATEGORY, Deal.SAME, str(same.number), same.pk)
            else:
                line = self._new_category(category.key, self.defaults.category)
            self.plan.lines[category.key] = line
            said = f"清单没有写问题属于哪个方面，新问题都记在“{self.defaults.category}”下"
            self._say(Level.WARNING, "no_category", said, "可以在“列对应”里指定方面一列，或改这个名称", node)
        return category.key

    # -- issues ----------------------------------------------------------------------------------------------------

    def _issue(self, category: Node, node: Node) -> None:
        row, doubt = self.found[node.key]
        if doubt and row is not None:
            said = f"编号 {row.number} 在台账里是另一个问题：{row.title}"
            advice = "是同一问题的，请把文字改得一致；序号不是台账编号的，请在“列对应”里勾选“按次序重新编号”"
            self._say(Level.ERROR, "number_taken", said, advice, node, "number")
            return
        if row is None:
            self._new_issue(category, node)
            return
        line = Line(node.key, Kind.ISSUE, Deal.SAME, str(row.number), row.pk, row.version)
        self.plan.lines[node.key] = line
        line.changes = [*self._plain_changes(node, row), *self._unit_changes(node, row)]
        number = node.value("number")
        if isinstance(number, int) and number != row.number:
            said = f"这个问题在台账里的编号是 {row.number}，不是 {number}"
            self._say(Level.NOTE, "other_number", said, "编号保持不变", node, "number")
        self._measures(node, row)
        if (support := node.leaves.get("supporting_units")) is None or not support.sure:
            self._follow(node, row, line)
        self._settle(line, node, "closed" if row.closure == Issue.ClosureState.CLOSED else "")

    def _new_issue(self, category: Node, node: Node) -> None:
        if not node.text("finding") and not node.text("title"):
            said = f"台账里没有编号为 {node.text('number') or '（空）'} 的问题，清单里也没有写问题内容"
            self._say(Level.ERROR, "no_issue", said, "请先导入问题清单，或在这份清单里加上问题一列", node, "number")
            return
        wanted = node.value("number")
        if isinstance(wanted, int) and wanted not in self.used and 0 < wanted < LARGEST_NUMBER:
            number = wanted
        else:
            number, self.next_number = self.next_number, self.next_number + 1
        self.used.add(number)
        values = {
            "category": self._category_for(category, node),
            "number": number,
            "title": node.text("title"),
            "finding": node.text("finding"),
            "goal": node.text("goal"),
            "lead_official": node.text("lead_official"),
            "led_by_secretary": bool(node.value("led_by_secretary")),
            **self._new_units(node, None),
        }
        self.plan.lines[node.key] = Line(node.key, Kind.ISSUE, Deal.ADD, str(number), values=values)
        # A lead that nobody knows is told of once, at the issue.
        self._measures(node, None, values["lead_unit"] or node.text("lead_unit") or None)

    def _plain_changes(self, node: Node, row: Any) -> list[Change]:
        found = []
        for name in ("title", "finding", "goal", "lead_official", "led_by_secretary"):
            leaf = node.leaves.get(name)
            if leaf is None or not leaf.sure:
                continue
            before = getattr(row, name)
            if not is_said(before, leaf.value):
                found.append(Change(name, _shown(before), _shown(leaf.value), leaf.origin, leaf.value))
        return found

    # -- units -----------------------------------------------------------------------------------------------------

    def _resolved(self, node: Node, name: str, words: str) -> Resolved:
        """What the name means; unknown ones are told at their cell, new ones noted."""
        found = self.directory.resolve(words)
        if found.kind:
            self.plan.new_units[found.name] = found.kind
            if len(words) > LONGEST_UNIT:
                said = f"单位名称有 {len(words)} 字，超过 {LONGEST_UNIT} 字"
                self._say(Level.ERROR, "unit_long", said, "请核对是不是把几个单位写在了一起", node, name, words)
        if not found.is_known:
            said, advice = f"认不出单位“{words}”", "请在“单位对应”里选择是哪个单位，或登记为新单位"
            self._say(Level.ERROR, "unit_unknown", said, advice, node, name, words)
        return found

    def _gather_unknown(self) -> None:
        """Too many unknown units are one error: of the column, not of each name."""
        unknown = [one for one in self.plan.findings if one.code == "unit_unknown"]
        names = {one.given for one in unknown}
        if len(names) <= MOST_UNKNOWN:
            return
        said, advice = f"有 {len(names)} 个单位名称认不出，多半是列对应错了", "请在“列对应”里检查牵头单位、配合单位两列"
        rest = [one for one in self.plan.findings if one.code != "unit_unknown"]
        self.plan.findings = [replace(unknown[0], code="units_many", message=said, advice=advice), *rest]

    def _key_of(self, found: Resolved) -> int | str | None:
        """A unit as a plan names it: its key, or the name that it is to get."""
        return found.unit.pk if found.unit else found.name if found.kind else None

    def _new_units(self, node: Node, lead: int | str | None) -> dict[str, Any]:
        """The units of a new row; ``lead`` is that of its issue."""
        words = node.text("lead_unit")
        key = self._key_of(self._resolved(node, "lead_unit", words)) if words else None
        if key is None and not words:
            key = lead or (self._first_lead(node) if node.kind == Kind.ISSUE else None) or self.defaults.lead_unit
        if key is None and (not words or self.directory.resolve(words).skipped):
            self._say(Level.ERROR, "no_lead", "没有牵头单位", NO_LEAD[self.defaults.kind], node, "lead_unit")
        return {"lead_unit": key, "supporting_units": self._supporting(node, key)}

    def _first_lead(self, node: Node) -> int | str | None:
        for measure in node.of_kind(Kind.MEASURE):
            if words := measure.text("lead_unit"):
                return self._key_of(self.directory.resolve(words))
        return None

    def _supporting(self, node: Node, lead: int | str | None) -> list[int | str]:
        leaf = node.leaves.get("supporting_units")
        keys = [self._key_of(self._resolved(node, "supporting_units", words)) for words in named(leaf.value if leaf else None)]
        return [key for key in dict.fromkeys(keys) if key is not None and key != lead]

    def _unit_changes(self, node: Node, row: Any) -> list[Change]:
        found: list[Change] = []
        lead, words = row.lead_unit_id, node.text("lead_unit")
        leaf = node.leaves.get("lead_unit")
        if words and leaf and (leaf.sure or self._moves(node, row)):
            resolved = self._resolved(node, "lead_unit", words)
            key = self._key_of(resolved)
            if key is not None and key != row.lead_unit_id:
                lead = key
                found.append(Change("lead_unit", row.lead_unit.name, resolved.label, leaf.origin, key))
        support = node.leaves.get("supporting_units")
        if support is not None and support.sure and named(support.value):
            keys = self._supporting(node, lead)
            before = {unit.pk for unit in row.supporting_units.all()}
            if set(keys) != before and keys:
                names = [self._name_of(key) for key in keys]
                old = "、".join(unit.name for unit in row.supporting_units.all())
                found.append(Change("supporting_units", old, "、".join(names), support.origin, keys))
        elif lead in {unit.pk for unit in row.supporting_units.all()}:
            rest = [unit for unit in row.supporting_units.all() if unit.pk != lead]
            old = "、".join(unit.name for unit in row.supporting_units.all())
            origin = leaf.origin if leaf else node.origin()
            found.append(Change("supporting_units", old, "、".join(unit.name for unit in rest), origin, [unit.pk for unit in rest]))
        return found

    def _follow(self, node: Node, row: Issue, line: Line) -> None:
        """Put what its measures make of the issue's supporting units in the place of what else was to become of them."""
        lines = [self.plan.lines[child.key] for child in node.of_kind(Kind.MEASURE)]
        if found := followed(row, self.ledger.measures[row.pk], line, lines):
            reason, keys = found
            old = "、".join(unit.name for unit in row.supporting_units.all())
            line.changes = [change for change in line.changes if change.field != reason.field]
            line.changes.append(Change(reason.field, old, "、".join(map(self._name_of, keys)), reason.origin, keys))
            said = f"问题 {row.number} 的配合单位原来就是各条措施的配合单位，随清单里的措施一起改"
            self._say(Level.NOTE, "follows", said, "要另行确定的，导入后在问题页“明确分工”里改", node, reason.field)

    def _moves(self, node: Node, row: Issue) -> bool:
        """Whether the list gives all measures of the issue to one other unit, as the issue's own unit had them all."""
        leads = {measure.text("lead_unit") for measure in node.of_kind(Kind.MEASURE)}
        rows = self.ledger.measures[row.pk]
        return (
            len(leads) == 1 and bool(rows) and all(one.lead_unit_id == row.lead_unit_id for one in rows) and len(rows) <= len(node.children)
        )

    def _name_of(self, key: int | str) -> str:
        return self.directory.by_key[key].name if isinstance(key, int) else key

    # -- measures --------------------------------------------------------------------------------------------------

    def _measures(self, node: Node, issue: Issue | None, lead: int | str | None = None) -> None:
        nodes = node.of_kind(Kind.MEASURE)
        known = self.ledger.measures_of(issue, nodes) if issue is not None else {}
        ordinal = max((row.ordinal for row in self.ledger.measures[issue.pk]), default=0) if issue is not None else 0
        self.mentioned |= {row.pk for row in known.values()}
        number = self.plan.lines[node.key].number
        for measure in nodes:
            row = known.get(measure.key)
            if row is not None:
                self._old_measure(measure, row)
                continue
            ordinal += 1
            self._new_measure(measure, issue, f"{number}-{ordinal}", issue.lead_unit_id if issue is not None else lead)

    def _new_measure(self, node: Node, issue: Issue | None, number: str, lead: int | str | None) -> None:
        values = {"text": node.text("text"), "person": node.text("person"), **self._new_units(node, lead), **self._new_deadline(node)}
        line = Line(node.key, Kind.MEASURE, Deal.ADD, number, values=values)
        if issue is not None and issue.closure != Issue.ClosureState.OPEN:
            line.deal = Deal.REST
            line.reason = f"问题 {issue.number} {issue.get_closure_display()}，不能增加措施"
            self._say(Level.WARNING, "rests", line.reason, "这条措施不导入", node, "text")
        self.plan.lines[node.key] = line

    def _new_deadline(self, node: Node) -> dict[str, Any]:
        """Type and deadline of a new measure, with what the office filled in for those that have none."""
        rule, pace = node.text("deadline_rule"), node.text("pace")
        pace = pace or (Measure.Pace.LONG_TERM if rule == "none" else Measure.Pace.LIMITED)
        nature = node.text("nature") or (Measure.Nature.LASTING if pace == Measure.Pace.LONG_TERM else Measure.Nature.NOW)
        values: dict[str, Any] = {"pace": pace, "nature": nature, "deadline_basis": node.text("deadline_basis")}
        if rule and (rule != "none" or pace == Measure.Pace.LONG_TERM):
            values |= {name: node.value(name) for name in ("deadline_rule", "due_on", "deadline_count", "deadline_from")}
            self._day_of(node)
            return values
        if pace == Measure.Pace.LONG_TERM:
            return values | {"deadline_rule": "none"}
        filled = self.defaults.at_once_on if pace == Measure.Pace.AT_ONCE and self.defaults.at_once_on else self.defaults.due_on
        if filled is None and not self._has_error(node, "due_on"):
            at_once = pace == Measure.Pace.AT_ONCE
            said = "立行立改，但没有写到哪一天" if at_once else "没有整改时限"
            self._say(Level.ERROR, "no_due", said, NO_DUE[self.defaults.kind], node, "due_on")
        return values | {"deadline_rule": "fixed", "due_on": filled.isoformat() if filled else None}

    def _has_error(self, node: Node, name: str) -> bool:
        return (node.key, name) in self.told

    def _day_of(self, node: Node) -> dt.date | None:
        """The day that the node's deadline gives; what makes it impossible is told at its cell."""
        rule, fixed, start = node.text("deadline_rule"), node.text("due_on"), node.text("deadline_from")
        count = node.value("deadline_count")
        if rule == Measure.DeadlineRule.WORKING_DAYS and self.calendar is None:
            self.calendar = WorkCalendar()
        try:
            return due_date(
                rule=rule,
                count=count if isinstance(count, int) else None,
                start=dt.date.fromisoformat(start) if start else None,
                fixed=dt.date.fromisoformat(fixed) if fixed else None,
                calendar=self.calendar,
            )
        except ActRefused as refused:
            self._say(Level.ERROR, "due_refused", refused.message, "请写成具体日期", node, "due_on")
            return None

    def _old_measure(self, node: Node, row: Measure) -> None:
        line = Line(node.key, Kind.MEASURE, Deal.SAME, row.number, row.pk, row.version)
        self.plan.lines[node.key] = line
        for name, words in (("text", None), ("nature", NATURES), ("pace", PACES), ("person", None)):
            leaf = node.leaves.get(name)
            if leaf is None or not leaf.sure or not leaf.value:
                continue
            before = getattr(row, name)
            if not is_said(before, leaf.value):
                after = str(leaf.value)
                shown = (words.get(before, before), words.get(after, after)) if words else (before, after)
                line.changes.append(Change(name, *shown, leaf.origin, leaf.value))
        line.changes += self._unit_changes(node, row)
        fields = {change.field for change in line.changes}
        guessed = "text" in fields and names_another_day(row.text, node.text("text"), self.inspection.feedback_on)
        line.changes += self._due_changes(node, row, guessed=guessed or ("pace" in fields and row.due_on is None))
        self._settle(line, node, self._rests(row, {change.field for change in line.changes}))
        if line.deal == Deal.CHANGE:
            self._refuse_dayless(node, row, line)

    def _refuse_dayless(self, node: Node, row: Measure, line: Line) -> None:
        """What is long-term has no day; it gets one of the list when the list makes it anything else."""
        values = {change.field: change.value for change in line.changes}
        long_term = values.get("pace", Measure.Pace.LONG_TERM) == Measure.Pace.LONG_TERM
        if long_term or row.due_on is not None or "due_on" in values or self._has_error(node, "due_on"):
            return
        said = f"措施 {row.number} 在台账里是{row.get_pace_display()}、没有时限，清单写的是{PACES[values['pace']]}，但没有写时限"
        self._say(Level.ERROR, "no_due", said, "请在清单里填写时限；仍是长期坚持的，请改“整改类型”一格", node, "pace")

    def _rests(self, row: Measure, fields: set[str]) -> str:
        """Why the changes may not be made now; the same rules as for changes of many measures at once."""
        if row.issue.closure == Issue.ClosureState.CLOSED:
            return "closed"
        if row.progress == Measure.State.IN_REVIEW and fields & {"lead_unit", "due_on"}:
            return "in_review"
        return "finished" if row.is_finished and "due_on" in fields else ""

    def _due_changes(self, node: Node, row: Measure, *, guessed: bool) -> list[Change]:
        """``guessed``: a day that only the words of the measure name counts."""
        leaf = node.leaves.get("due_on") or node.leaves.get("deadline_rule")
        if leaf is None or not (leaf.sure or guessed):
            return []
        basis = self._basis_change(node, row)
        if node.text("deadline_rule") == "none":
            return basis
        day = self._day_of(node)
        if day is None or day == row.due_on:
            return basis
        if row.is_extended and day == row.original_due_on:
            said = f"措施 {row.number} 的时限已调整到 {row.due_on}，清单写的是原定时限"
            self._say(Level.NOTE, "extended", said, "保持调整后的时限；确要改回的，在措施页“分工和时限”里写明理由办理", node, "due_on")
            return basis
        value = {name: node.value(name) for name in ("deadline_rule", "due_on", "deadline_count", "deadline_from")}
        return [*basis, Change("due_on", _shown(row.due_on), day.isoformat(), leaf.origin, value)]

    def _basis_change(self, node: Node, row: Measure) -> list[Change]:
        leaf: Leaf | None = node.leaves.get("deadline_basis")
        if leaf is None or not leaf.value or is_said(row.deadline_basis, leaf.value):
            return []
        return [Change("deadline_basis", row.deadline_basis, str(leaf.value), leaf.origin, leaf.value)]

    def _settle(self, line: Line, node: Node, rests: str) -> None:
        """Whether the line changes anything, or rests."""
        if not line.changes:
            return
        line.deal = Deal.REST if rests else Deal.CHANGE
        if rests:
            line.reason = RESTING[rests]
            fields = "、".join(change.label for change in line.changes)
            said = f"{line.number} 的{fields}与台账不同，但{line.reason}"
            self._say(Level.WARNING, "rests", said, "这一条保持台账现状", node, line.changes[0].field)

    def _say(self, level: Level, code: str, message: str, advice: str, node: Node, name: str = "", given: str = "") -> None:
        leaf = node.leaves.get(name)
        words = given or (leaf.given or str(leaf.value) if leaf else "")
        once = (code, node.origin(name), words)
        if once in self.said:
            return
        self.said.add(once)
        self.plan.findings.append(Finding(level, code, message, advice, node.origin(name), words[:200], node.key, name))


RESTING = {"closed": "问题已销号", "in_review": "有填报等待审核", "finished": "已经完成，时限不再调整"}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
