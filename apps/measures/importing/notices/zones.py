"""Which parts of the text hold the issues, and which only tell who led the work, what comes next, or whom to call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from apps.measures.importing.notices.labels import has_finding, has_result
from apps.measures.importing.notices.marks import Style
from apps.measures.importing.notices.outline import Outline, Section
from apps.measures.importing.notices.shapes import (
    ASIDE,
    CONTACT,
    LATER,
    ORGANISING,
    PLAIN_HEAD,
    PROGRESS,
    QUOTED_HEAD,
    is_acting,
    is_aspect,
    is_problem,
    names_problem,
)


class Role(StrEnum):
    """What a top-level part is for."""

    BEFORE = "before"
    ISSUES = "issues"
    ASIDE = "aside"
    AFTER = "after"
    CONTACT = "contact"


ROLE_WORDS = {
    Role.BEFORE: "组织整改落实情况",
    Role.ISSUES: "问题整改情况",
    Role.ASIDE: "线索、信访等其他情况",
    Role.AFTER: "下一步打算",
    Role.CONTACT: "联系方式",
}
ENOUGH = 2
LISTED, LISTED_LENGTH = 3, 12
"""So many parts side by side, each of so many characters, are a list of entries."""
UNFINISHED = re.compile(
    r"(?:长期|继续|持续|进一步|尚未|未).{0,6}(?:整改|推进|完成|坚持).{0,6}(?:事项|任务|问题)|(?:整改|推进)(?:事项|任务)"
)
LABELLED = re.compile(r"(?:反馈|具体|存在)(?:的)?问题\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})?\s*[：:]")


@dataclass
class Zone:
    """A part that holds issues. ``is_category``: its own heading is a finding, so it is no mere wrapper around them."""

    section: Section
    is_category: bool


@dataclass
class Zones:
    """The parts of the text by their role.

    ``unsure``: parts that could have been read otherwise, with the reason; ``listed``: parts (by id) that are entries side by side.
    """

    issues: list[Zone] = field(default_factory=list)
    others: list[tuple[Role, Section]] = field(default_factory=list)
    unsure: list[tuple[Section, str]] = field(default_factory=list)
    listed: set[int] = field(default_factory=set)


def zones_of(outline: Outline) -> Zones:
    """The roles of the parts of the top level."""
    tops = outline.root.children
    if not tops:
        return Zones()
    found = Zones()
    roles = [_role(section, place, len(tops), found) for place, section in enumerate(tops)]
    if Role.ISSUES not in roles:
        roles = _most_likely(tops, roles, found)
    roles = _with_middle(tops, _with_alike(tops, _without_first(tops, roles)), found)
    beside = _side_by_side_aspects([section for section, role in zip(tops, roles, strict=True) if role == Role.ISSUES])
    for section, role in zip(tops, roles, strict=True):
        if role == Role.ISSUES:
            found.issues.append(Zone(section, is_category(section) or id(section) in found.listed | beside))
        else:
            found.others.append((role, section))
    return found


def _side_by_side_aspects(sections: list[Section]) -> set[int]:
    """Parts (by id) of one style of which most are no accounts by name: they are aspects, whose issues have one level."""
    found: set[int] = set()
    for style in {section.style for section in sections}:
        alike = [section for section in sections if section.style == style and section.children]
        named = [section for section in alike if is_category(section) or not PROGRESS.search(section.head)]
        below = {section.children[0].style for section in alike}
        if len(alike) >= ENOUGH and len(named) * 2 > len(alike) and len(below) == 1:
            found |= {id(section) for section in alike}
    return found


def _without_first(tops: list[Section], roles: list[Role]) -> list[Role]:
    """A first part that is named like the account but tells no finding, before one that does, tells who led the work."""
    first, others = tops[0], [section for section, role in zip(tops[1:], roles[1:], strict=True) if role == Role.ISSUES]
    tells = evidence(first) or is_category(first) or any(is_problem(part.head) for part in first.walk() if part is not first)
    if roles[0] == Role.ISSUES and not tells and any(evidence(section) >= ENOUGH for section in others):
        return [Role.BEFORE, *roles[1:]]
    return roles


def _with_alike(tops: list[Section], roles: list[Role]) -> list[Role]:
    """A part between or after aspects, of their style and with the same style below it, is one: only its words are unknown."""
    aspects = [one for one, role in zip(tops, roles, strict=True) if role == Role.ISSUES and one.children and not PROGRESS.search(one.head)]
    shapes = {(section.style, section.children[0].style) for section in aspects}
    first = next((place for place, role in enumerate(roles) if role == Role.ISSUES), len(roles))
    return [
        Role.ISSUES if place > first and role in (Role.BEFORE, Role.AFTER) and _is_alike(section, shapes) else role
        for place, (section, role) in enumerate(zip(tops, roles, strict=True))
    ]


def _is_alike(section: Section, shapes: set[tuple[Style | None, Style | None]]) -> bool:
    said = any(form.search(section.head) for form in (LATER, ORGANISING, ASIDE, CONTACT))
    return bool(section.children) and not said and (section.style, section.children[0].style) in shapes


def _with_middle(tops: list[Section], roles: list[Role], zones: Zones) -> list[Role]:
    """What leads the work is told before the findings: an aspect after some of them that only sounds like it holds findings as well."""
    found = list(roles)
    first = roles.index(Role.ISSUES) if Role.ISSUES in roles else len(roles)
    for place, section in enumerate(tops[first:], first):
        if roles[place] == Role.BEFORE and is_category(section) and section.children:
            zones.unsure.append((section, "标题像是组织整改情况，但排在问题之后，暂按问题读"))
            found[place] = Role.ISSUES
    return found


def is_category(section: Section) -> bool:
    """Whether the heading is a finding or an aspect itself, and not the name of a part of the notice."""
    head = section.head
    if QUOTED_HEAD.search(head) or section.style in (Style.LABEL, Style.PROBLEM) or LABELLED.match(head):
        return True
    wraps = PROGRESS.search(head) and not is_aspect(head) and not re.search(r"^(?:关于|针对)", head)
    return not wraps and (is_aspect(head) or is_problem(head) or has_finding(section.own) or has_result(section.own))


def evidence(section: Section) -> int:
    """How many parts below (and itself) say outright that they are findings, or carry the labels of one."""
    return sum(1 for part in section.walk() if _shows(part, is_top=part is section))


def _shows(part: Section, *, is_top: bool) -> bool:
    own = part.own
    if has_finding(own) or has_result(own):
        return True
    return bool(QUOTED_HEAD.search(part.head)) if is_top else names_problem(part.head) and len(part.head) <= 160


def _role(section: Section, place: int, count: int, zones: Zones) -> Role:
    head = section.head[:80]
    shown = evidence(section)
    below = sum(1 for part in section.walk()) - 1
    said = None if QUOTED_HEAD.search(head) else _said(section, place, shown, below, zones)
    if said is not None:
        return said
    if shown >= ENOUGH or is_category(section) or (PROGRESS.search(head) and (below or not place)):
        return Role.ISSUES
    if PROGRESS.search(head):
        return _untold(section, count, zones)
    return _by_place(section, place, count, below, zones)


def _by_place(section: Section, place: int, count: int, below: int, zones: Zones) -> Role:
    """Where the heading says nothing: by what stands right below it, else by where it stands."""
    if _tells_findings(section):
        return Role.ISSUES
    if place == count - 1 and place > 0:
        return Role.AFTER
    if below >= ENOUGH and place > 0:
        zones.unsure.append((section, "看不出这一部分是不是问题整改情况，暂按问题读"))
        return Role.ISSUES
    return Role.BEFORE


def _tells_findings(section: Section) -> bool:
    """Whether most of what stands right below it is worded as shortcomings."""
    told = sum(is_problem(child.head) and not is_acting(child.head) for child in section.children)
    return told > 0 and told * 2 >= len(section.children)


def _untold(section: Section, count: int, zones: Zones) -> Role:
    """A part that is named like the account, but has nothing numbered in it: one finding if it is told like one, else a summary."""
    if has_finding(section.own) or has_result(section.own) or count == 1:
        return Role.ISSUES
    zones.unsure.append((section, "这一部分没有分条，没有当作问题"))
    return Role.ASIDE


def _said(section: Section, place: int, shown: int, below: int, zones: Zones) -> Role | None:
    """What the heading says outright, unless what stands below says otherwise."""
    head = section.head[:80]
    found: Role | None = None
    if CONTACT.search(head) and not below:
        found = Role.CONTACT
    elif is_aspect(head) and shown and re.match("关于|在|聚焦|围绕", head):
        found = Role.ISSUES
    elif ASIDE.search(head):
        found = _aside(section, shown, zones)
    elif LATER.search(head):
        found = _later(section, place, shown, zones)
    elif ORGANISING.search(head) and not (shown >= ENOUGH and shown * 2 >= below) and not _holds_findings(section):
        found = Role.BEFORE
    return found


def _holds_findings(section: Section) -> bool:
    """Whether a part that is named like a finding or an aspect (履行…责任方面) has findings right below it."""
    named = sum(bool(PLAIN_HEAD.search(child.head)) or has_result(child.own) for child in section.children)
    if named >= ENOUGH and named * 2 > len(section.children):
        return True
    return is_category(section) and any(is_problem(child.head) and not is_acting(child.head) for child in section.children)


def _aside(section: Section, shown: int, zones: Zones) -> Role:
    shown = max(shown, sum(is_problem(part.head) and len(part.head) <= 60 for part in section.walk() if part is not section))
    if shown >= ENOUGH:
        zones.unsure.append((section, f"这一部分像是线索、信访或专项检查，但含有 {shown} 处问题，暂按问题读"))
        return Role.ISSUES
    return Role.ASIDE


def _later(section: Section, place: int, shown: int, zones: Zones) -> Role:
    """Plans for later are no issues; items that are said to need longer are, if they are told like the others."""
    labelled = sum(1 for part in section.walk() if has_finding(part.own) or has_result(part.own) or QUOTED_HEAD.search(part.head))
    if labelled >= ENOUGH or (
        PROGRESS.search(section.head) and shown >= ENOUGH and place > 0 and not re.search("打算|安排|下一?步|下一?阶段", section.head)
    ):
        zones.unsure.append((section, f"标题像是下一步打算，但含有 {shown} 处问题，暂按问题读"))
        return Role.ISSUES
    if labelled or (len(section.children) and UNFINISHED.search(section.head)):
        words = f"像是仍需继续整改的事项（{len(section.children)} 条），没有列入问题"
        zones.unsure.append((section, words))
    return Role.AFTER


def _most_likely(tops: list[Section], roles: list[Role], zones: Zones) -> list[Role]:
    """Where no part says that it holds the issues: the one with most parts below, said to be a guess."""
    sizes = [sum(1 for part in section.walk()) if role != Role.CONTACT else 0 for section, role in zip(tops, roles, strict=True)]
    best = max(range(len(tops)), key=lambda place: (sizes[place], place))
    if sizes[best] <= ENOUGH:
        return _side_by_side(tops, roles, zones)
    zones.unsure.append((tops[best], "没有哪一部分的标题写明是问题整改情况，按条目最多的这一部分读"))
    return [Role.ISSUES if place == best else role for place, role in enumerate(roles)]


def _side_by_side(tops: list[Section], roles: list[Role], zones: Zones) -> list[Role]:
    """Several parts of one style, each with words of its own and none below: only the entries were handed in. Said to be a guess."""
    plain = [
        section
        for section, role in zip(tops, roles, strict=True)
        if role in (Role.BEFORE, Role.AFTER)
        and section.style == tops[0].style
        and not section.children
        and len(section.own) >= LISTED_LENGTH
        and not (LATER.search(section.head) or ORGANISING.search(section.head))
    ]
    if len(plain) < LISTED:
        return roles
    zones.unsure.append((plain[0], f"没有哪一部分的标题写明是问题整改情况，按并列的 {len(plain)} 条读"))
    zones.listed |= {id(section) for section in plain}
    return [Role.ISSUES if id(section) in zones.listed else role for section, role in zip(tops, roles, strict=True)]
