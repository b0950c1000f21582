"""From lines to a draft: sections, zones, levels, then every issue; what was not sure is said."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.measures.importing.notices.claims import Claim, Counted, claims_in
from apps.measures.importing.notices.draft import Contact, Doubt, Draft, DraftCategory, Facts, OtherPart, OtherReading
from apps.measures.importing.notices.endings import closing_of, contact_of, contact_told_before, facts_of, title_of
from apps.measures.importing.notices.feedback import findings_of, is_feedback
from apps.measures.importing.notices.items import Context, issue_of, named
from apps.measures.importing.notices.levels import CLOSE, Level, Reading, levels_of, readings_of
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.marks import Style
from apps.measures.importing.notices.outline import Outline, Section, outline_of
from apps.measures.importing.notices.pairs import with_pairs
from apps.measures.importing.notices.shapes import is_problem
from apps.measures.importing.notices.zones import ROLE_WORDS, Role, Zone, Zones, zones_of

SHOWN_READINGS = 4
STATES = 0.5
"""From this share of headings that name shortcomings on, all of the level are taken to."""


@dataclass
class _Text:
    """The text taken apart, before its issues are read."""

    facts: Facts
    contact: Contact
    outline: Outline
    zones: Zones
    claims: list[Claim]
    is_feedback: bool = False


def read(lines: Sequence[Line], *, known_units: Sequence[str] = (), reading: str = "") -> Draft:
    """The draft of a notice. ``reading`` is the key of another reading that somebody chose."""
    text = _taken_apart(lines)
    categories: list[DraftCategory] = []
    readings: list[OtherReading] = []
    doubts = [*_of_outline(text), *_of_zones(text.zones)]
    chosen = dict(part.split(":", 1) for part in reading.split(";") if ":" in part)
    for place, zone in enumerate(_joined(text.zones.issues)):
        levels = _levels(zone)
        found = readings_of(levels, text.claims, len(text.zones.issues))
        if not found:
            _alone(zone, categories, text, known_units)
            continue
        best = next((one for one in found if key_of(one) == chosen.get(str(place))), found[0])
        readings += [
            OtherReading(f"{place}:{key_of(one)}", f"{_name(zone)}：{one.words}", one.score, one is best) for one in found[:SHOWN_READINGS]
        ]
        doubts += _of_readings(zone, best, found, is_chosen=str(place) in chosen)
        _Zone(zone, best, text, known_units, categories, doubts).read()
    categories = _listed_first(categories, doubts)
    draft = _draft(text, categories, readings, doubts)
    draft.doubts += _of_totals(draft)
    return draft


def _taken_apart(lines: Sequence[Line]) -> _Text:
    title, rest = title_of(lines)
    contact, body = contact_of(rest)
    body, closing = closing_of(body)
    tail = rest[len(body) :]
    lead: list[Line] = []
    is_told = is_feedback(title, body)
    if is_told:
        lead, body = findings_of(body)
    outline = outline_of(with_pairs(body))
    outline.root.pieces[:0] = lead
    zones = zones_of(outline)
    contact = contact_told_before(contact, outline.lead)
    zones.others += [(Role.ASIDE if is_aside else Role.AFTER, Section(None, 0, "", line.number, [line])) for line, is_aside in closing]
    facts = facts_of(title, outline.lead or body[:2], contact.signature, tail)
    told = [*outline.lead, *(piece for _role, section in zones.others for part in section.walk() for piece in part.pieces)]
    told += [piece for zone in zones.issues if not zone.is_category for piece in zone.section.pieces]
    return _Text(facts, contact, outline, zones, claims_in(told), is_told)


@dataclass
class _Joined:
    """Zones that are read together: categories side by side, or one wrapper."""

    zones: list[Zone]

    @property
    def head(self) -> Section:
        return self.zones[0].section

    @property
    def is_category(self) -> bool:
        return self.zones[0].is_category


def _joined(zones: Sequence[Zone]) -> list[_Joined]:
    found: list[_Joined] = []
    for zone in zones:
        if zone.is_category and found and found[-1].is_category:
            found[-1].zones.append(zone)
        else:
            found.append(_Joined([zone]))
    return found


def _levels(joined: _Joined) -> list[Level]:
    if len(joined.zones) == 1:
        return levels_of(joined.zones[0])
    together = Section(None, 0, "", joined.head.line, [], [zone.section for zone in joined.zones])
    return levels_of(Zone(together, is_category=False))


def _name(joined: _Joined) -> str:
    return f"“{joined.head.head.strip('。')[:24]}”" + ("等部分" if len(joined.zones) > 1 else "部分")


def key_of(reading: Reading) -> str:
    """The name of a reading, the same as long as the text is the same."""
    above = reading.categories.name.lower() if reading.categories is not None else ""
    return f"{above}>{reading.issues.name.lower()}"


class _Zone:
    """The categories and issues of one zone under one reading."""

    def __init__(
        self, joined: _Joined, reading: Reading, text: _Text, known: Sequence[str], categories: list[DraftCategory], doubts: list[Doubt]
    ) -> None:
        self.joined, self.reading, self.text, self.known = joined, reading, text, known
        self.categories, self.doubts = categories, doubts
        self.count = sum(len(one.issues) for one in categories)
        level = next(one for one in _levels(joined) if one.style == reading.issues)
        self.context = Context(text.facts.signed_on, known, states=level.problem >= STATES and level.act < 1 - STATES)

    def read(self) -> None:
        for zone in self.joined.zones:
            section = zone.section
            is_level = section.style in (self.reading.categories, self.reading.issues) and (zone.is_category or len(self.joined.zones) > 1)
            if is_level:
                self._section(section, None, "")
            else:
                for child in section.children:
                    self._section(child, None, "", section)

    def _section(self, section: Section, category: DraftCategory | None, group: str, wrapper: Section | None = None) -> None:
        if section.style == self.reading.issues:
            self._issue(section, category or self._category(wrapper or section.parent or section), group)
            return
        if section.style == self.reading.categories:
            category = self._category(section)
            if not self._has_issues(section):
                self._without_numbers(section, category)
                return
        elif category is not None:
            group = named(section.own).title
        elif not self._has_issues(section):
            self._stray(section)
            return
        for child in section.children:
            if self._has_issues(child) or child.style == self.reading.issues:
                self._section(child, category, group, wrapper)
            elif category is not None:
                self._left_out(child)
            else:
                self._stray(child)

    def _has_issues(self, section: Section) -> bool:
        return any(part.style == self.reading.issues for part in section.walk() if part is not section)

    def _without_numbers(self, section: Section, category: DraftCategory) -> None:
        """A category under which nothing stands at the level of issues: its parts if they are findings, else itself."""
        below = [child for child in section.children if is_problem(child.head)]
        if len(below) > 1:
            for child in section.children:
                self._issue(child, category, "")
            words, advice = f"“{category.title[:24]}”的编号与其他方面不同，按它自己的 {len(section.children)} 条读", "请核对这一方面的条目"
        else:
            self._issue(section, category, "")
            words, advice = f"“{category.title[:24]}”下面没有分条，按一个问题读", "请核对：如有多条，请拆开"
        category.doubts.append(Doubt("uneven", words, advice, section.line, category.title[:40]))

    def _stray(self, section: Section) -> None:
        words = f"“{section.marker}{section.head[:24]}”与其他条目的编号不同，没有当作问题"
        self.doubts.append(Doubt("stray", words, "如果是问题，请添加；如果是过渡的话，不用管", section.line, section.head[:40]))

    def _left_out(self, section: Section) -> None:
        words = f"“{section.marker}{section.head[:24]}”在方面之下、问题之外，没有读入"
        self.doubts.append(Doubt("stray", words, "如果是问题，请添加", section.line, section.head[:40]))

    def _category(self, section: Section) -> DraftCategory:
        title = (named(section.head).title if section.style is not None else "") or "巡视反馈的问题"
        open_one = next(
            (one for one in self.categories if (one.line, one.printed, one.title) == (section.line, section.marker, title[:200])), None
        )
        if open_one:
            return open_one
        is_wrapper = section.style is None or (section is self.joined.head and not self.joined.is_category)
        made = DraftCategory(len(self.categories) + 1, section.marker, title[:200], section.line)
        if is_wrapper and self.reading.categories is None and len(self.text.zones.issues) == 1:
            words = "原文没有把问题分到各个方面，全部放在一个方面下"
            made.doubts.append(Doubt("one-category", words, "如反馈意见分了方面，请把问题移到各方面下", section.line, title[:40]))
        self.categories.append(made)
        return made

    def _issue(self, section: Section, category: DraftCategory, group: str) -> None:
        self.count += 1
        issue = issue_of(section, self.count, group, self.context)
        if self.text.is_feedback:
            issue.doubts = [doubt for doubt in issue.doubts if doubt.code not in ("no-body", "no-finding")]
            issue.finding = issue.finding or issue.title
        category.issues.append(issue)


def _alone(joined: _Joined, categories: list[DraftCategory], text: _Text, known: Sequence[str]) -> None:
    """A part without any numbering below is one issue of its own."""
    section = joined.head
    category = DraftCategory(len(categories) + 1, section.marker, named(section.head).title[:200], section.line)
    words = f"{_name(joined)}下面没有编号，按一个问题读"
    category.doubts.append(Doubt("uneven", words, "请核对：如有多条，请拆开", section.line))
    number = sum(len(one.issues) for one in categories) + 1
    category.issues.append(issue_of(section, number, "", Context(text.facts.signed_on, known)))
    categories.append(category)


def _listed_first(categories: list[DraftCategory], doubts: list[Doubt]) -> list[DraftCategory]:
    """A notice that first lists its findings and then tells what was done about each of them, in the same order, has each once."""
    counts = list(itertools.accumulate(len(category.issues) for category in categories))
    for cut in (place for place, count in enumerate(counts[:-1], 1) if 2 * count == counts[-1]):
        first = [issue for category in categories[:cut] for issue in category.issues]
        second = [issue for category in categories[cut:] for issue in category.issues]
        if len(first) == len(second) > 1 and not any(issue.body for issue in first) and all(issue.body for issue in second):
            for number, (one, other) in enumerate(zip(first, second, strict=True), 1):
                other.number, other.finding = number, one.finding or one.title
                other.doubts = [doubt for doubt in other.doubts if doubt.code != "no-finding"]
            words = f"原文先列出 {len(first)} 个问题，再逐个写整改情况，按次序对应"
            doubts.append(Doubt("paired", words, "请核对反馈问题与整改情况是否对得上", first[0].line))
            for number, category in enumerate(categories[cut:], 1):
                category.number = number
            return categories[cut:]
    return categories


def _draft(text: _Text, categories: list[DraftCategory], readings: list[OtherReading], doubts: list[Doubt]) -> Draft:
    parts = [OtherPart(ROLE_WORDS[role], f"{one.marker}{one.head}"[:120], one.line, one.full) for role, one in text.zones.others]
    lead = "\n".join(line.text for line in text.outline.lead)
    if not categories:
        doubts.append(Doubt("nothing", "没有读出问题", "请核对是不是整改通报；可以改用“导入清单”，或粘贴带编号的正文"))
    return Draft(text.facts, categories, parts, text.contact, text.claims, readings, doubts, lead)


def _of_outline(text: _Text) -> Iterable[Doubt]:
    """Numbers that do not follow: a slip of the text, or a part that was missed."""
    if text.is_feedback:
        yield Doubt("feedback", "这是巡视反馈，没有写整改情况，只读出问题", "措施、时限和责任单位请另行导入或填写", weighty=False)
    minor = (Style.FIRST, Style.IN_DIGIT, Style.CIRCLED, Style.HALF_DIGIT)
    for one in text.outline.breaks:
        if one.style not in minor:
            words = f"编号“{one.written}”没有接上，按顺序应是第 {one.expected}"
            yield Doubt("numbering", words, "请核对原文是否漏行、错号，或这里另起了一层", one.line, one.head[:40])


def _of_zones(zones: Zones) -> Iterable[Doubt]:
    for section, words in zones.unsure:
        yield Doubt(
            "part", f"“{section.marker}{section.head[:24]}”：{words}", "请核对这一部分该不该列入问题", section.line, section.head[:40]
        )


def _of_readings(joined: _Joined, best: Reading, found: Sequence[Reading], *, is_chosen: bool) -> Iterable[Doubt]:
    others = [one for one in found if one.issues != best.issues and best.score - one.score < CLOSE and one.count > 1]
    if others and not is_chosen:
        told = "，".join(one.words for one in others[:2])
        words = f"{_name(joined)}读作 {best.words}，也可以读作 {told}"
        yield Doubt("level", words, "请核对哪一层是反馈问题；可以换一种读法", joined.head.line)


def _of_totals(draft: Draft) -> Iterable[Doubt]:
    totals = draft.totals
    agreed = {total.claim.counted for total in totals if total.agrees}
    for total in totals:
        if total.agrees is False and total.claim.counted in (Counted.CATEGORIES, Counted.ISSUES):
            words = f"原文说有 {total.claim.number} 个{total.claim.what}（“{total.claim.written}”），读出 {total.found} 个"
            if total.claim.counted not in agreed:
                yield Doubt("total", words, "请核对：是漏读、多读，还是通报只公布了一部分", total.claim.line, total.claim.written)
