"""Rules that were made and units that are named, by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from apps.measures.importing.notices.draft import NamedRule
from apps.measures.importing.notices.lines import Line

ENDS = (
    r"(?:实施细则|实施办法|实施意见|实施方案|管理办法|管理规定|管理制度|工作制度|工作规则|工作机制|议事规则|工作方案|"
    r"整治方案|处置方案|盘活利用工作方案|"
    r"办法|制度|规定|细则|方案|意见|规则|规范|规程|指引|流程|条例|章程|预案|措施|清单|机制|要点|标准|政策|手册|决定|通知)"
)
MADE = r"(?:研究制定|研究出台|制定出台|制定印发|制定下发|制定实施|制定完善|制定|制订|拟定|出台|印发|下发|新建|建立健全|建立|新出台|形成)"
REVISED = r"(?:修订完善|修订印发|修订出台|修改完善|修订|修改|健全完善|完善规范|进一步完善|健全规范|重新修订|完善|健全)"
ABOLISHED = r"(?:废止|废除)"
VERB = re.compile(rf"(?P<revised>{REVISED})|(?P<abolished>{ABOLISHED})|(?P<made>{MADE})")
BRACKETED = re.compile(r"《(?P<title>[^《》]{2,120}(?:《[^《》]*》[^《》]*)?)》")
PLAIN = re.compile(
    rf"(?:了|等)?(?P<title>[^，,。；;：:！？《》]{{3,60}}?{ENDS})(?:及实施细则)?(?=等?[，,。；;、和及并与]|等|$|\d|"
    rf"[一二三四五六七八九十]+[项个])"
)
ACTS = {"revised": "修订", "abolished": "废止", "made": "新建"}
STRONG = re.compile(r"制定|制订|出台|印发|下发|修订|修改|拟定")
REACH = 30

NAMED = (
    r"(?:纪委监委|纪委|监委|纪检监察组|组织部|宣传部|统战部|政法委|巡察办|巡视办|督查室|编办|党校|人大常委会|政协|"
    r"法院|检察院|总工会|团委|妇联|工商联|残联|科协|"
    r"发改局|发改委|发展和改革局|教育局|科技局|工信局|公安局|民政局|司法局|财政局|人社局|自然资源局|自规局|生态环境局|"
    r"住建局|交通运输局|交通局|水利局|水务局|农业农村局|"
    r"林业局|商务局|文旅局|文体旅局|卫健局|卫健委|退役军人事务局|应急局|应急管理局|审计局|国资委|国资办|国资局|"
    r"市场监管局|统计局|医保局|信访局|金融办|城管局|税务局|"
    r"行政审批局|数据局|大数据局|乡村振兴局|机关事务(?:管理|服务)?(?:局|中心))"
)
SUFFIX = rf"(?:{NAMED}|[^\W\d_的和与及、由对向各有]{{2,8}}?(?:局|委员会|管委会|办事处|委党校))"
AREA = r"(?:省|市|州|县|区|旗|校|院|集团|公司|局|厅|委)"
UNIT = re.compile(
    rf"(?P<organ>{AREA}(?:委|政府)?{SUFFIX}|{AREA}(?:委|政府)(?:办公室|办|督查室|整改办|"
    rf"巡[视察](?:整改)?(?:工作领导小组)?(?:办公室|办))|{NAMED})"
    r"|(?P<place>(?:^|(?<=[由在对向和及、与到，,。；;：]))[^\W\d_个各级全城年月规抓强乡镇的等并由区县有其]{2,3}(?:镇|"
    r"乡|街道)(?![村镇级道土]))"
    r"|(?P<body>[省市县区]?(?:总医院|中医院|人民医院|妇幼保健院|国投公司|城投公司|城发集团|城投集团|文旅集团|交投集团|"
    r"水投集团|建投集团|农投集团|产投集团|融媒体中心))"
    r"|(?P<office>(?:学校|集团|公司|医院|党委)?(?:纪委办公室|党委办公室|党政办公室|宣传部|人事处|财务处|教务处|科研处|"
    r"后勤处|保卫处|学生处|学工部|资产处|基建处|审计处|招生处|研究生院)"
    r"(?![置理分罚]))"
)
NOT_A_UNIT = re.compile(r"^(?:各|有关|相关|等|全体|其他)|(?:等|部门|单位|人员)$")


def rules_in(lines: Iterable[Line]) -> list[NamedRule]:
    """Rules that the text says were made, revised or abolished; those it only mentions (学习《…》) are left out."""
    found: dict[str, NamedRule] = {}
    for line in lines:
        for clause in re.finditer(r"[^。；;！？\n]{1,1500}", line.text):
            for rule in _of_clause(clause[0], line.number):
                if rule.title not in found or (rule.sure and not found[rule.title].sure):
                    found[rule.title] = rule
    return list(found.values())


def _of_clause(clause: str, line: int) -> Iterable[NamedRule]:
    bracketed = list(BRACKETED.finditer(clause))
    for match in bracketed:
        verb = _verb_before(clause, match.start())
        if verb:
            yield NamedRule(match["title"].strip(), ACTS[verb], line, sure=True)
    blanked = BRACKETED.sub(lambda match: "《" + "　" * (len(match[0]) - 2) + "》", clause)
    for verb_match in VERB.finditer(blanked):
        plain = PLAIN.match(blanked, verb_match.end())
        if plain and STRONG.search(verb_match[0]):
            yield NamedRule(plain["title"].strip("了"), ACTS[verb_match.lastgroup or "made"], line, sure=False)


def _verb_before(clause: str, place: int) -> str:
    """The verb that governs a name in 《》: the last one before it, with only other names and joining words between."""
    verbs = list(VERB.finditer(clause, 0, place))
    if not verbs:
        return ""
    last = verbs[-1]
    between = BRACKETED.sub("", clause[last.end() : place])
    return (last.lastgroup or "") if len(between) <= REACH and not re.search(r"学习|按照|根据|依据|落实|贯彻|对照|执行", between) else ""


def units_in(text: str, known: Sequence[str] = ()) -> list[str]:
    """Units named in the text: those known by name first, then what is built like a unit's name."""
    found: dict[str, int] = {}
    rest = text
    for name in sorted(known, key=len, reverse=True):
        place = rest.find(name)
        if len(name) > 1 and place >= 0:
            found[name] = place
            rest = rest.replace(name, "　" * len(name))
    for match in UNIT.finditer(rest):
        name = match[0].strip("由在对向和及、与")
        if len(name) > 2 and not NOT_A_UNIT.search(name):
            found.setdefault(name, match.start())
    return sorted(found, key=lambda name: found[name])


def listed(text: str) -> tuple[str, ...]:
    """Units as a label lists them: by 、，; / or a new line."""
    names = [name.strip("。．. ：:") for name in re.split(r"[、，,；;/\n]+|\s{2,}", text)]
    return tuple(dict.fromkeys(name for name in names if name))
