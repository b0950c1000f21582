"""One issue of a notice: title, finding, account, measures, state and who answers for it, from its section."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from apps.measures.importing.notices.draft import Doubt, DraftIssue, DraftMeasure, Figure
from apps.measures.importing.notices.figures import figures_in
from apps.measures.importing.notices.labels import Part, Said, begins_with, has_one_owner, is_field, parts_of
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.marks import Style
from apps.measures.importing.notices.names import listed, rules_in, units_in
from apps.measures.importing.notices.outline import Section, head_of
from apps.measures.importing.notices.shapes import CLOSE, END, OPEN, SHORTCOMING, about_of, is_acting, is_problem

TITLE_LENGTH = 120
ASKED = re.compile(
    rf"^[^。{OPEN}]{{0,24}}?(?:针对|关于|对于|对照|围绕)[^。{OPEN}]{{0,20}}[{OPEN}](?P<finding>[^{CLOSE}。]{{4,120}})[{CLOSE}](?:等|的|这一|具体|方面)*问题"
)
"""An account that begins by saying which finding it answers: 针对反馈指出的“…”问题，…"""
ALONE = re.compile(r"^(?:一是(?!否)|①|[（(]1[）)]|1[.．、](?!\d)|A[.．、])\s*")
"""The number of a measure that is the only one, and so begins no list."""
BULLET = re.compile(r"^\s*[-–—·•●◆■▲★◇○□※*►▶➢✓√]+\s*")
CUT, LAST_WORDS, LAST, SHORTEST_ACCOUNT = 60, 40, 6, 8
HOISTED = (Said.STATUS, Said.DUE, Said.LEAD_UNIT, Said.SUPPORTING, Said.OFFICIAL, Said.PERSON, Said.NEXT, Said.GOAL)
PROBLEM_TAIL = re.compile(
    r"(?<=.{4})(?<![及和与])(?:(?:存在)?(?:的)?问题)?的?(?:整改(?:落实)?(?:情况|方面|进展)|(?<=的)问题)$|(?<=.{4})(?:存在)?的(?:具体|突出|主要)?问题$"
)
PROBLEM_WORD = re.compile(r"(?<=.{4})(?<![的类项个等性一])问题$")
SOLVED = re.compile(r"^(?:(?:着力|切实|推动|有效|坚决|全力|认真|集中){1,2}(?:解决|破解|纠正|整治|整改)|解决|破解|纠正)好?(?=.{4,}问题)")
"""推进整改 said in the heading of a finding: what follows is the finding itself."""
STATE_WORDS = (
    r"(?:完成(?:整改)?|整改(?:到位|完成)|办结|销号|整改中|推进中|进行中|阶段性(?:完成|整改)(?:整改)?|长期(?:坚持|整改|推进)|"
    r"持续(?:坚持|整改|推进|落实)|(?:整改|推进)落实)"
)
LAST_CLAUSE = re.compile(
    rf"^(?:目前|现|该|此|本|这|项|问题|任务|工作|事项|整改|均|已|经|全部|基本|尚未|未|并|将|需|要|予以|转入)*"
    rf"(?:{STATE_WORDS}(?:(?:、|并|且)?{STATE_WORDS})?|正在(?:整改|推进|落实|办理)|整改)$"
)
STATES: tuple[tuple[str, str], ...] = (
    ("未完成", r"未完成|未整改|尚未(?:完成|整改)|未启动"),
    ("阶段性完成", r"阶段性完成|完成阶段性|基本完成|基本整改|阶段性整改|取得阶段性"),
    ("长期坚持", r"长期(?:坚持|整改|推进)|持续(?:坚持|整改|推进)|(?:完成并|并)持续|常态化"),
    ("整改中", r"正在(?:整改|推进)|整改中|推进中|进行中|序时推进|部分完成"),
    ("已完成", r"(?:已|全部)?(?:完成|整改到位|销号|办结)|整改完成|完成整改|已整改"),
)
AT_END = re.compile(
    r"[（(【\[]\s*(?P<state>(?:整改状态[：:])?(?:已?(?:全部|基本|阶段性)?完成(?:整改|阶段性整改)?|已整改(?:到位)?|"
    r"整改完成|未完成(?:整改)?|长期坚持|持续(?:推进|整改|坚持)|"
    r"正在(?:整改|推进)|整改中|推进中|立行立改|已销号|基本完成)[^）)】\]]{0,16})\s*[）)】\]]\s*[。.；;]?\s*$"
)
BOX = re.compile(r"^[【〖\[]([^【】〖〗\[\]]+)[】〗\]]$")
HOW_MANY = re.compile(r"(?<=.{4})[（(](?:共)?\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[个项条件](?:具体)?(?:问题)?[）)]$")
"""（3个问题） at the end of an aspect counts what stands below and is no part of its name."""
AT_START = re.compile(
    r"[【\[（(](?P<state>(?:已|持续|正在|阶段性|基本|立行)[^】\]）)，。；]{1,8}|(?:长期坚持|整改中|未完成|完成整改))[】\]）)]\s*"
)
FINDING_HEADING = re.compile(
    r"^(?:反馈(?:具体)?问题|巡[视察](?:反馈|发现)(?:的)?问题|具体问题|存在(?:的)?问题|问题)\s*(?:\d{1,3}|"
    r"[一二三四五六七八九十]{1,3})?\s*[：:]\s*"
)


@dataclass(frozen=True)
class Named:
    """What a heading says: the short title, the words of the inspection (if it quotes or states them), and the text after it."""

    title: str
    finding: str
    rest: str


def named(text: str, *, states: bool = False) -> Named:
    """The parts of a text that begins with a heading; ``states``: headings of this level name findings, whatever their words."""
    words = FINDING_HEADING.sub("", text.strip())
    is_labelled = words != text.strip()
    head = head_of(words)
    rest = words[len(head) :].strip()
    about = about_of(head)
    if about and (_quoted(about) or head.startswith(("关于", "针对"))):
        finding = _unquoted((_quoted(about) or about["plain"]).strip("，,：: "))
        after = head[about.end() :].strip()
        return Named(_short(finding), finding, "".join(filter(None, (after, rest))))
    head = BOX.sub(r"\1", head)
    head = _unquoted(re.sub(rf"^(?:关于|针对)(?=[{OPEN}].*[{CLOSE}]$)", "", head.rstrip("。．")))
    bare = HOW_MANY.sub("", head.strip().rstrip("。．.；;：:"))
    shorter = _without_tail(bare)
    bare = re.sub(r"^(?:关于|针对)(?=.{4})", "", shorter) if shorter != bare else bare
    if is_labelled:
        return Named(_short(bare), _unquoted(words), "")
    if "：" in bare or ":" in bare:
        before, _colon, after = re.split(r"([：:])", bare, maxsplit=1)
        names_after = is_problem(after) and not is_problem(before)
        if 4 <= len(before) <= CUT and after.strip() and not (rest or names_after):
            return Named(_short(before), before if states or is_problem(before) else "", f"{after}。")
    return Named(_short(bare), bare if states or is_problem(bare) else "", rest)


def _without_tail(words: str) -> str:
    """Without what says that the words are a finding (…的问题, …问题整改情况, 着力解决…), if they tell one without it."""
    if words.endswith("问题"):
        words = SOLVED.sub("", words)
    shorter = PROBLEM_TAIL.sub("", words)
    if shorter != words and (is_problem(shorter) or words.endswith("的问题")):
        return shorter
    shorter = PROBLEM_WORD.sub("", words)
    is_told = SHORTCOMING.search(shorter[-END:]) and ("不" in shorter[-LAST:] or not is_acting(words))
    return shorter if is_told else words


def _quoted(about: re.Match[str]) -> str:
    return about.groupdict().get("quoted") or ""


def _unquoted(words: str) -> str:
    """Without quotation marks around the whole."""
    is_quoted = len(words) > 2 and words[0] in OPEN and words[-1] in CLOSE and not any(one in words[1:-1] for one in CLOSE)
    return words[1:-1] if is_quoted else words


def _short(words: str) -> str:
    """A title that fits: the first sentence, then the first clauses."""
    first = re.split(r"[。；;！!？?\n]", words, maxsplit=1)[0].strip("，, ")
    if first[:1] in OPEN and not any(one in first for one in CLOSE):
        first = first[1:]  # of 关于“…方面” only the end is cut off
    if len(first) <= TITLE_LENGTH:
        return first
    return first[: TITLE_LENGTH - 1] + "…"


@dataclass(frozen=True)
class Context:
    """What is known around an issue: the day of the notice, the units of the house, whether headings of its level name findings."""

    published: dt.date | None = None
    known: Sequence[str] = ()
    states: bool = False


def issue_of(section: Section, number: int, group: str, context: Context) -> DraftIssue:
    """The issue that a section tells."""
    asides = has_one_owner(_lines(section))
    parts = parts_of(section.pieces, asides=asides)
    children = list(section.children)
    if children and children[0].style == Style.LABEL and sum(child.style == Style.LABEL for child in children) == 1:
        parts += parts_of(children[0].pieces, asides=asides)
        children = [*children[0].children, *children[1:]]
    if any(is_field(child.own) for child in children):
        parts, children = _of_fields(parts, children)
    kinds = (*HOISTED, Said.RESULT) if any(part.said == Said.MEASURES for part in parts) else HOISTED
    hoisted = _hoisted(children, kinds, asides=asides)
    parts += hoisted
    head = next((part for part in parts if part.said == Said.HEAD and part.text), None)
    said = _by_kind(parts)
    if Said.RESULT not in said and _is_account(said.get(Said.STATUS, "")):
        said[Said.RESULT] = said.pop(Said.STATUS)  # 完成情况：… tells an account, not a state
    heading = named(head.text, states=context.states) if head else Named("", "", "")
    issue = _begun(section, number, group, heading, said)
    issue.status = _state(issue, said)
    measures_in = said.get(Said.MEASURES, "")
    issue.measures = _measures(section, children, measures_in or issue.body, context.known, parts)
    later = "\n".join(part.text for part in hoisted if part.said == Said.RESULT)
    issue.body = "\n".join(filter(None, (_body(issue.body.removesuffix(later).strip(), children), later))) or measures_in
    asked = None if issue.finding else ASKED.match(issue.body)
    issue.finding = asked["finding"] if asked else issue.finding
    if not issue.body and not issue.finding:
        issue.body, issue.title = issue.title, _clause(issue.title)
        issue.measures = [DraftMeasure(issue.body, section.line, sure=False)]
    _answering(issue, said)
    lines = _lines(section)
    told = figures_in(_without_finding(lines, issue, parts), context.published)
    issue.figures = [figure for figure in told if figure.unit]
    issue.rules = rules_in(lines)
    issue.units = tuple(units_in(section.full, context.known))
    issue.doubts = _doubts(issue, [figure for figure in told if not figure.unit])
    return issue


def _of_fields(parts: list[Part], children: Sequence[Section]) -> tuple[list[Part], list[Section]]:
    """Numbered labels (（1）整改措施：… （2）整改成效：…) are parts of the entry; what is numbered below them are the measures."""
    found, rest = list(parts), []
    for child in children:
        if begins_with(child.own) is None:
            rest.append(child)
            continue
        found += parts_of(child.pieces)
        rest += child.children
    return found, rest


def _hoisted(children: Sequence[Section], kinds: Sequence[Said], *, asides: bool) -> list[Part]:
    """Labelled lines after the last measure (整改状态：…) are of the issue, though they follow a number of its own."""
    found: list[Part] = []
    for child in children:
        parts = parts_of(child.pieces, asides=asides)
        if any(part.said in kinds for part in parts):
            child.pieces = [Line(part.line, part.text) for part in parts if part.said not in kinds and part.text]
            found += [part for part in parts if part.said in kinds]
    return found


def _by_kind(parts: Sequence[Part]) -> dict[Said, str]:
    found: dict[Said, str] = {}
    for part in parts:
        if part.said != Said.HEAD and part.text:
            found[part.said] = f"{found[part.said]}\n{part.text}" if part.said in found else part.text
    return found


def _begun(section: Section, number: int, group: str, heading: Named, said: dict[Said, str]) -> DraftIssue:
    finding = _unquoted(said.get(Said.FINDING, "")) or heading.finding
    title = heading.title
    if said.get(Said.FINDING) and (not title or len(title) < 4):
        title = named(finding, states=True).title
    first, _end, others = heading.rest.partition("\n")
    before = AT_START.match(first)
    if before and state_of(before["state"]) and not re.search(r"\d", before["state"]):
        said.setdefault(Said.STATUS, before["state"])
        heading = Named(heading.title, heading.finding, heading.rest[before.end() :])
    rest, state = heading.rest, AT_END.fullmatch(first)
    if state:
        said.setdefault(Said.STATUS, state["state"])
        rest = others.strip()
    if not said.get(Said.FINDING) and said.get(Said.RESULT) and rest and heading.finding:
        finding, rest = f"{heading.finding}。{rest}" if not heading.finding.endswith("。") else heading.finding + rest, ""
    elif not heading.finding and said.get(Said.RESULT) and rest:
        finding, rest = finding or f"{title}。{rest}", ""
    body = "\n".join(filter(None, (rest, said.get(Said.RESULT, ""))))
    return DraftIssue(number, section.marker, section.line, title, finding, body, group)


def _body(own: str, children: Sequence[Section]) -> str:
    return "\n".join(filter(None, (own, *(f"{child.marker}{child.full}" for child in children))))


def _measures(section: Section, children: Sequence[Section], told: str, known: Sequence[str], parts: Sequence[Part]) -> list[DraftMeasure]:
    """The numbered parts below; else the whole account as one measure, said to be a guess."""
    found = [
        DraftMeasure(_without_ends(child.full), child.line, child.marker, units=tuple(units_in(child.full, known)))
        for child in children
        if child.full.strip()
    ]
    if found:
        return found
    text = told.strip()
    if not text:
        return []
    if _first_word(text):
        text = text.split("。", 1)[1].strip() or text
    line = next((part.line for part in parts if part.said in (Said.MEASURES, Said.RESULT) and part.text), section.line)
    text = ALONE.sub("", text)
    text = BULLET.sub("", text) if "\n" not in text else text
    listed = [one for one in text.split("\n") if BULLET.match(one)]
    if len(listed) > 1:
        words = [BULLET.sub("", one) for one in listed]
        return [DraftMeasure(_without_ends(one), line, units=tuple(units_in(one, known))) for one in words]
    labels = sum(part.said == Said.MEASURES and bool(part.text) for part in parts)
    return [DraftMeasure(one, line, sure=labels > 1, units=tuple(units_in(one, known))) for one in _taken_apart(text)]


def _taken_apart(text: str) -> list[str]:
    """An account without numbers: its paragraphs, or the acts that one sentence lists with semicolons."""
    paragraphs = [one.strip() for one in text.split("\n") if one.strip()]
    clauses = [one.strip() for one in re.split("[；;]", text.strip().rstrip("。；;")) if one.strip()]
    if len(paragraphs) == 1 and len(clauses) > 1 and "。" not in text.strip().rstrip("。；;"):
        return clauses
    return [_without_ends(one) for one in paragraphs]


def _without_ends(text: str) -> str:
    return text.strip().strip("；;")


def _clause(sentence: str) -> str:
    """A title of a sentence that tells an act: its first clause without the figures at its end."""
    return re.split(r"[，,；;]", sentence, maxsplit=1)[0]


def state_of(text: str) -> str:
    """The state that the words say; empty for none."""
    return next((state for state, pattern in STATES if re.search(pattern, text)), "")


def _state(issue: DraftIssue, said: dict[Said, str]) -> str:
    """The state by its label, else by the words in brackets at the end of heading or account, which are taken off there."""
    result = said.get(Said.RESULT) or issue.body
    found = state_of(said[Said.STATUS][:30]) if said.get(Said.STATUS) else _last_word(result) or _first_word(result)
    for name in ("title", "finding", "body"):
        text: str = getattr(issue, name)
        match = AT_END.search(text)
        if match:
            found = found or state_of(match["state"])
            setattr(issue, name, text[: match.start()].strip())
    return found


def _is_account(words: str) -> bool:
    first = re.split(r"[，,。；;（(\n]", words, maxsplit=1)[0]
    return len(words) > SHORTEST_ACCOUNT and not LAST_CLAUSE.match(first)


def _last_word(result: str) -> str:
    """The state that a result ends with in so many words: …，长期坚持。"""
    last = re.split(r"[，,。；;\n]", result[-LAST_WORDS:].strip().rstrip("。；; "))[-1].strip()
    return state_of(last) if LAST_CLAUSE.match(last) else ""


def _first_word(result: str) -> str:
    """The state that a result begins with, as a sentence of its own: 已完成。开展……"""
    first, stop, _rest = result[:LAST_WORDS].strip().partition("。")
    return state_of(first) if stop and LAST_CLAUSE.match(first) else ""


def _answering(issue: DraftIssue, said: dict[Said, str]) -> None:
    issue.due = said.get(Said.DUE, "").strip("。；; ")
    issue.goal = said.get(Said.GOAL, "")
    issue.official = said.get(Said.OFFICIAL, "").strip("。；; ")
    issue.person = said.get(Said.PERSON, "").strip("。；; ")
    issue.next_steps = said.get(Said.NEXT, "")
    units = listed(said.get(Said.LEAD_UNIT, ""))
    issue.lead_unit = units[0] if units else ""
    issue.supporting = (*units[1:], *listed(said.get(Said.SUPPORTING, "")))


def _lines(section: Section) -> list[Line]:
    return [piece for part in section.walk() for piece in part.pieces]


def _without_finding(lines: Sequence[Line], issue: DraftIssue, parts: Sequence[Part]) -> list[Line]:
    """The lines of the account: numbers in the words of the inspection are no results."""
    quoted = [part.text for part in parts if part.said == Said.FINDING] or ([issue.finding] if issue.finding else [])
    found = []
    for line in lines:
        words = line.text
        for text in quoted:
            for piece in text.split("\n"):
                words = words.replace(piece, "")
        found.append(Line(line.number, words))
    return found


def _doubts(issue: DraftIssue, unread: Sequence[Figure]) -> list[Doubt]:
    found: list[Doubt] = []

    def doubt(code: str, words: str, advice: str, *, weighty: bool = True) -> None:
        found.append(Doubt(code, f"第 {issue.number} 条：{words}", advice, issue.line, issue.title[:40], weighty))

    if not issue.title:
        doubt("no-title", "没有读出标题", "请填写标题")
    elif issue.title.endswith("…"):
        doubt("long-title", "标题太长，只取了开头", "请改短标题")
    if not issue.body:
        doubt("no-body", "只有标题，没有读出整改情况", "请核对原文：是否换行有误，或这一条其实是上一级标题")
    if not issue.finding:
        doubt("no-finding", "原文没有引用反馈问题的原话", "请按反馈意见补上；暂以标题代替", weighty=False)
    if issue.measures and not issue.measures[0].sure:
        doubt(*_of_measures(len(issue.measures)), weighty=False)
    if issue.next_steps:
        doubt("next-steps", "写有下一步打算，没有当作整改情况", "如需列为措施，请添加", weighty=False)
    if unread:
        words = "、".join(_with_next(figure) for figure in unread[:4]) + ("等" if len(unread) > 4 else "")
        doubt("no-unit", f"{len(unread)} 个数字没有认出单位，没有列出：{words}", "请核对；需要的，写入后在成效数据里添加", weighty=False)
    undated = [figure for figure in issue.figures if figure.as_of is None]
    if undated:
        words = "、".join(figure.written for figure in undated[:4]) + ("等" if len(undated) > 4 else "")
        doubt("no-day", f"{len(undated)} 个数字没有写明截至日期：{words}", "请补上截至日期，否则不作为成效数据", weighty=False)
    return found


def _of_measures(count: int) -> tuple[str, str, str]:
    """What is told of measures that have no numbers."""
    if count == 1:
        return "one-measure", "整改措施没有分条，整段读作一条措施", "如有多条，请拆开"
    return "split-measures", f"整改措施没有编号，按段落或分号读作 {count} 条", "请核对；需要的，合并或再拆开"


def _with_next(figure: Figure) -> str:
    """The number with the two characters after it, so that people see what it counts."""
    after = figure.sentence.partition(figure.written)[2]
    return f"{figure.written}{after[:2].strip('，。；、,;')}"
