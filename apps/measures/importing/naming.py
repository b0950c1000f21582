"""Names of units in a cell: parted from each other, told apart by their part (牵头、配合), and compared with the units that there are."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.measures.importing.splitting import numbered_items

PLACES = r"(?:[一-鿿]{1,6}?(?:自治[县州区旗]|[省市县区旗]))"
TAILS = (
    r"(?:局|委|办|部|室|院|会|站|所|队|团|社|校|馆|厅|处|科|股|组|镇|乡|街道|街道办|办事处|公司|集团|中心|银行|分行|支行|医院|学校|大学|学院|幼儿园"
    r"|中学|小学|书院|党校|农场|林场|园区|管委会|委员会|村|社区|法院|检察院|公安|协会|联合会|工会|妇联|科协|侨联|残联|工商联|文联|社科联|团委|统战部|档案馆|单位|部门|支部|总支|党组|党委)"
)
IS_NAME = re.compile(TAILS + r"(?:[(（][^()（）]{1,20}[)）])?$")
MARKS = "、，,;；/／|｜\n\r\t"
LEADS = re.compile(r"^[(（\[【]?(?:主要)?(?:牵头|主责|主办|责任|承办|实施)(?:责任)?(?:单位|部门|科室)?[)）\]】]?\s*[:：]?\s*")
SUPPORTS = re.compile(r"^[(（\[【]?(?:协同)?(?:配合|协办|协助|协同|参与|会办|参加)(?:责任)?(?:单位|部门|科室)?[)）\]】]?\s*[:：]?\s*")
IS_LEAD = re.compile(r"(?<=[一-鿿]{2})(?:牵头|主责|主办|负责)$|[(（\[【]\s*(?:主要)?(?:牵头|主责|主办|责任)(?:单位|部门)?\s*[)）\]】]")
IS_SUPPORT = re.compile(r"(?<=[一-鿿]{2})(?:配合|协办|协助|参与)$|[(（\[【]\s*(?:配合|协办|协助|协同|参与)(?:单位|部门)?\s*[)）\]】]")
IS_PART = re.compile(f"{IS_LEAD.pattern}|{IS_SUPPORT.pattern}")
LABEL = re.compile(r"(牵头|主责|主办|责任|承办|实施|配合|协办|协助|协同|参与|会办)(?:责任)?(?:单位|部门|科室)?\s*[:：]")
ASIDE = re.compile(r"[(（]\s*(?:配合|协办|协助|协同|参与)(?:单位|部门)?\s*[:：]([^()（）]+)[)）]")
EMPTY = frozenset(("", "无", "/", "-", "—", "--", "——", "／", "\\", "空", "暂无", "无配合单位"))
COLLECTIVE = re.compile(
    r"^(?:各|有关|相关|全[区县市体]|涉及|其他|其它|所有)|(?:各[乡镇街].*|等(?:单位|部门)?|有关单位|相关单位|有关部门|相关部门|成员单位|各单位)$"
)
RANK = re.compile(
    r"(?:[一-鿿]{2,4}?)??(省|市(?![监场政])|县|旗|(?<![园发新城景库矿林社技贸税])区)(?![域划块])(?=[一-鿿]{2})",
)


@dataclass(frozen=True)
class Named:
    """The units that a cell names, as they are written there."""

    leads: tuple[str, ...]
    supporting: tuple[str, ...]
    """Those that the cell itself calls supporting (配合)."""


def units_in(text: str, known: Iterable[str] = ()) -> Named:
    """The units of a cell; ``known`` are names that are never cut in two."""
    plain = re.sub(r"\s*\n\s*(?=[(（\[【])", "", text.strip())
    if plain in EMPTY:
        return Named((), ())
    names = set(known)
    if plain in names:
        return Named((plain,), ())
    leads: list[str] = []
    supporting: list[str] = []
    for is_support, words in _labelled(plain):
        for name in _parted(words, names):
            support = is_support or bool(IS_SUPPORT.search(name))
            bare = _bare(name)
            if bare and bare not in EMPTY:
                (supporting if support else leads).append(bare)
    marked = [name for _support, words in _labelled(plain) for name in _parted(words, names) if IS_LEAD.search(name)]
    if marked:
        first = [bare for name in marked if (bare := _bare(name))]
        supporting = [*(name for name in leads if name not in first), *supporting]
        leads = first
    return Named(tuple(dict.fromkeys(filter(None, leads))), tuple(dict.fromkeys(filter(None, supporting))))


def _labelled(text: str) -> list[tuple[bool, str]]:
    """“牵头单位：甲；配合单位：乙、丙” and “甲（配合：乙）” by their labels, “甲、乙牵头，丙、丁配合” by how each part ends."""
    aside = [(True, found[1]) for found in ASIDE.finditer(text)]
    text = ASIDE.sub("", text)
    labels = list(LABEL.finditer(text))
    if not labels:
        return [*_ended(text), *aside]
    before = text[: labels[0].start()]
    pieces = [*aside, *([(False, before)] if before.strip() else [])]
    bounds = [*(label.start() for label in labels[1:]), len(text)]
    for label, end in zip(labels, bounds, strict=True):
        is_support = label[1] in ("配合", "协办", "协助", "协同", "参与", "会办")
        pieces.append((is_support, text[label.end() : end]))
    return pieces


def _ended(text: str) -> list[tuple[bool, str]]:
    """What a word at the end of a part says holds for all units of that part."""
    found: list[tuple[bool, str]] = []
    for part in re.split(r"[，,；;。\n]", text):
        first, together, rest = part.strip().partition("会同")
        if together and IS_NAME.search(first):
            found += [(False, first), (True, rest)]
            continue
        ending = re.search(r"(?<=[一-鿿]{2})(牵头|主责|主办|配合|协办|协助|参与)$", part.strip())
        if (
            ending is None
            or not re.search(r"[、\s和及与]", part.strip())
            or any(map(IS_PART.search, re.split(r"[、\s]", part.strip())[:-1]))
        ):
            found.append((False, part))
            continue
        is_support = ending[1] not in ("牵头", "主责", "主办")
        found.append((is_support, part.strip() if is_support else re.sub(r"[、\s]+", f"{ending[1]}、", part.strip())))
    parted = any(is_support for is_support, _part in found) or any("牵头、" in part for _support, part in found)
    return found if parted else [(False, text)]


def _parted(text: str, known: set[str]) -> list[str]:
    if not text.strip(MARKS + " "):
        return []
    items = numbered_items(text)
    if items:
        return [name for item in items for name in _parted(item, known)]
    found: list[str] = []
    piece, depth = "", 0
    for name in sorted((name for name in known if name in text and any(mark in name for mark in MARKS)), key=len, reverse=True):
        before, _name, after = text.partition(name)
        return [*_parted(before, known), name, *_parted(after, known)]
    for char in text:
        depth = max(0, depth + (char in "（(【[") - (char in "）)】]"))
        if char in MARKS and depth == 0:
            found.append(piece)
            piece = ""
        else:
            piece += char
    found.append(piece)
    whole = [part for piece in found if piece.strip() for part in _at_blanks(piece.strip(), known)]
    return [name for part in whole for name in _at_words(part, known)]


def _at_blanks(text: str, known: set[str]) -> list[str]:
    """Blanks part names where each part is a name; otherwise they are only for looks (财 政 局)."""
    parts = text.split()
    if len(parts) > 1 and all(part in known or (IS_NAME.search(part) and len(part) > 2) for part in parts):
        return parts
    return ["".join(parts)]


def _at_words(text: str, known: set[str]) -> list[str]:
    """“甲局和乙局” where both are names."""
    if text in known:
        return [text]
    others = re.search(r"等((?:各|有关|相关)+(?:单位|部门))$", text)
    if others and IS_NAME.search(text[: others.start()]):
        return [text[: others.start()], others[1]]
    for word in ("以及", "和", "及", "与"):
        first, found, rest = text.partition(word)
        if found and IS_NAME.search(first) and (rest in known or IS_NAME.search(rest)):
            return [*_at_words(first, known), *_at_words(rest, known)]
    return [text]


def _bare(name: str) -> str:
    """The name without what says its part, and without a closing full stop."""
    plain = IS_SUPPORT.sub("", IS_LEAD.sub("", name)).strip(" 　。.：:;；")
    for label in (SUPPORTS, LEADS):
        rest = label.sub("", plain, count=1)
        if rest != plain and rest:
            plain = rest
    plain = plain.strip(" 　。.：:")
    return plain[1:] if plain.startswith("由") and IS_NAME.search(plain) else plain


def folded(name: str) -> str:
    """A name as it is compared: one width, no blanks, brackets alike."""
    plain = unicodedata.normalize("NFKC", name)
    return re.sub(r"[\s·•.“”\"']", "", plain).replace("〔", "(").replace("〕", ")").lower()


def bare_of_place(name: str) -> str:
    """Without the county, district or city before it: 沙县区财政局, 区财政局 and 财政局 are one."""
    plain = re.sub(r"(?<=街道)(?:办事处|办)$|(?<=[镇乡])人民政府$", "", folded(name))
    while found := RANK.match(plain):
        plain = plain[found.end() :]
    return re.sub(r"^(?:州|本级)(?=[一-鿿]{2})", "", plain)


WHOLE_NAMES: Mapping[str, str] = {
    "发改局": "发展和改革局",
    "人社局": "人力资源和社会保障局",
    "住建局": "住房和城乡建设局",
    "农业农村局": "农业农村局",
    "卫健局": "卫生健康局",
    "卫健委": "卫生健康委员会",
    "文旅局": "文化和旅游局",
    "文体旅局": "文化体育和旅游局",
    "工信局": "工业和信息化局",
    "市监局": "市场监督管理局",
    "市场监管局": "市场监督管理局",
    "自然资源局": "自然资源局",
    "退役军人局": "退役军人事务局",
    "应急局": "应急管理局",
    "医保局": "医疗保障局",
    "城管局": "城市管理局",
    "行政审批局": "行政审批服务管理局",
    "国资委": "国有资产监督管理委员会",
    "纪委监委": "纪律检查委员会监察委员会",
    "编办": "机构编制委员会办公室",
    "组织部": "组织部",
    "宣传部": "宣传部",
    "政法委": "政法委员会",
    "统战部": "统一战线工作部",
    "水利局": "水利局",
    "交通局": "交通运输局",
    "民宗局": "民族与宗教事务局",
    "残联": "残疾人联合会",
    "妇联": "妇女联合会",
    "法院": "人民法院",
    "检察院": "人民检察院",
    "政府办": "人民政府办公室",
    "府办": "人民政府办公室",
    "委办": "委员会办公室",
    "生态环境局": "生态环境局",
    "林业局": "林业局",
    "信访局": "信访局",
    "机关事务中心": "机关事务服务中心",
}


def nearness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1; 1 is the same but for place and spelling."""
    left, right = bare_of_place(one), bare_of_place(other)
    if (ranks := (_rank(one), _rank(other))) and all(ranks) and ranks[0] != ranks[1]:
        return 0.8 if _expanded(left) == _expanded(right) else difflib.SequenceMatcher(None, left, right).ratio() * 0.8
    if left == right:
        return 0.99
    if _expanded(left) == _expanded(right):
        return 0.97
    if min(len(left), len(right)) >= 3 and (left.endswith(right) or right.endswith(left)):
        return 0.9
    if min(len(left), len(right)) >= 3 and _is_short_for(*sorted((left, right), key=len)):
        return 0.85
    return difflib.SequenceMatcher(None, left, right).ratio() * 0.9


def _rank(name: str) -> str:
    """省, 市 or 县 (with 区 and 旗) last named before the office: 市财政局 and 县财政局 are two units, however alike."""
    plain, rank = folded(name).removeprefix("中共"), ""
    while found := RANK.match(plain):
        plain, rank = plain[found.end() :], found[1]
    return {"区": "县", "旗": "县"}.get(rank, rank)


def _expanded(name: str) -> str:
    for short, whole in WHOLE_NAMES.items():
        if name.endswith(short):
            return name[: -len(short)] + whole
    return name


def _is_short_for(short: str, whole: str) -> bool:
    """Whether the characters of the short name stand in the whole one in their order, the first and the last at its ends."""
    if short[-1] != whole[-1] or short[0] != whole[0] or len(short) < 3:
        return False
    rest = iter(whole)
    return all(char in rest for char in short)


def near(name: str, units: Sequence[tuple[int, str, str]], *, most: int = 4, least: float = 0.55) -> list[tuple[int, float]]:
    """Units (key, name, short name) that the name may mean, the nearest first, with how near."""
    scored = [(key, max(nearness(name, whole), nearness(name, short))) for key, whole, short in units]
    return sorted(((key, score) for key, score in scored if score >= least), key=lambda pair: -pair[1])[:most]


def is_collective(name: str) -> bool:
    """“各乡镇（街道）”, “相关部门”: no unit, but several."""
    return bool(COLLECTIVE.search(name))


KINDS = (
    ("township", r"(?:镇|乡|村)(?:党委|(?:人民)?政府|党支部|支部|(?:民)?委(?:员)?会)?$|街道|办事处$|社区"),
    ("discipline", r"纪委|监委|纪律检查|纪检|巡察"),
    ("justice", r"法院|检察院|公安|司法局|法庭"),
    ("company", r"公司|集团|银行|支行|分行"),
    ("institution", r"中心$|学校|中学|小学|医院|学院|大学|幼儿园|党校|馆$|站$|所$|院$"),
    (
        "party",
        r"委(?:办|组织部|宣传部|统战部|政法委|编办|老干部局|巡察办|党校|直机关|台港澳办|督查室|员会办公室)|组织部|宣传部|统战部|政法委|编办|妇联|团委|总工会|工会|工商联|残联|科协|文联|侨联|人大|政协|武装部",
    ),
)


def kind_of(name: str) -> str:
    """What kind of unit a new one seems to be; the office may say otherwise."""
    return next((kind for kind, pattern in KINDS if re.search(pattern, name)), "government")
