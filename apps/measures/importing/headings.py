"""What a heading means: exactly, by its words, or nearly. Any office's words for the columns of domain.md §2.1."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

SURE, LIKELY, MAYBE = 1.0, 0.9, 0.6


@dataclass(frozen=True)
class Field:
    """Something that a column can hold. ``taken``: False for what is known and not imported, with why."""

    name: str
    label: str
    words: str
    taken: bool = True
    why: str = ""


PROGRESS = "进展由牵头单位填报、整改办审核，不从清单导入"
FIELDS = (
    Field("number", "序号（问题编号）", "序号 编号 问题编号 问题序号 序 号 no no. 项目编号 问题号 序列 项次 顺序号 总序号 条目编号"),
    Field(
        "category",
        "方面（问题类别）",
        (
            "方面 问题类别 类别 问题分类 反馈方面 反馈问题大类 大类 问题大类 一级问题 所属方面 板块 问题方面 问题类型 "
            "反馈类别 主要方面 领域 存在问题方面 反馈意见方面 整改方面 反馈意见类别 归类 反馈问题类别 问题所属方面 "
            "一级指标 总问题 反馈主要问题"
        ),
    ),
    Field(
        "title",
        "整改事项（问题标题）",
        (
            "整改事项 问题标题 问题名称 事项名称 整改任务名称 任务名称 整改项目 标题 问题概述 问题摘要 问题简述 整改问题 "
            "事项 具体事项 整改主题 问题要点 整改工作任务 重点任务 整改重点 整改任务事项"
        ),
    ),
    Field(
        "finding",
        "反馈问题（具体问题）",
        (
            "反馈问题 具体问题 问题表现 具体表现 存在问题 存在的问题 问题描述 问题内容 反馈意见 反馈的问题 主要问题 问题 "
            "整改内容 巡视反馈问题 巡察反馈问题 反馈问题具体内容 具体问题表现 突出问题 问题清单 反馈具体问题 二级问题 "
            "问题情形 发现的问题 发现问题 反馈意见内容 问题具体表现 巡视反馈意见 巡察反馈意见 反馈意见指出问题 "
            "反馈指出的问题 巡察发现问题 主要表现 问题详情 反馈内容 三级问题 问题及表现 指出问题 问题事实"
        ),
    ),
    Field(
        "goal",
        "整改目标",
        (
            "整改目标 目标 整改目标任务 预期目标 目标要求 整改标准 工作目标 目标任务 预期效果 达到效果 整改要求 整改预期目标 "
            "整改目标及要求 完成标准 整改成效目标 预期成效 拟达到的目标"
        ),
    ),
    Field(
        "text",
        "整改措施",
        (
            "整改措施 措施 整改举措 具体措施 工作措施 措施清单 任务清单 整改具体措施 主要措施 整改任务 任务 工作任务 "
            "具体任务 具体整改措施 拟采取措施 整改办法 推进措施 落实措施 整改落实措施 工作举措 具体举措 主要举措 "
            "整改任务及措施 整改方案 拟采取的整改措施 整改措施及要求 任务分解 任务内容 整改任务清单 采取措施 措施内容 "
            "整改工作措施 拟定措施 下一步整改措施"
        ),
    ),
    Field("ordinal", "措施序号", "措施序号 措施编号 措施号 任务序号 任务编号 子序号 分序号 小序号 整改措施序号 任务号"),
    Field("nature", "类型（当下改、长久立）", "类型 措施类型 改立类型 当下改长久立 当下改/长久立 整改性质"),
    Field(
        "pace",
        "整改类型（立行立改、限期、长期坚持）",
        "整改类型 整改类别 整改方式 整改分类 时限类型 整改时限类型 完成类型 时限类别 整改形式 整改属性",
    ),
    Field(
        "lead_official",
        "责任领导",
        (
            "责任领导 牵头领导 分管领导 包抓领导 领办领导 挂钩领导 挂点领导 主管领导 责任县领导 责任区领导 县级领导 "
            "区级领导 市级领导 督办领导 牵头县领导 牵头区领导 包保领导 整改责任领导 牵头责任领导 主责领导 领导责任人 "
            "第一责任人 领衔领导 联系领导 牵头负责人 分管负责人 主要负责人 责任班子成员 责任常委 牵头常委 牵头责任人 "
            "总负责人"
        ),
    ),
    Field("led_by_secretary", "书记领办", "书记领办 是否书记领办 书记领办问题 党委书记领办 是否由书记领办 领办情况"),
    Field(
        "lead_unit",
        "牵头单位（责任单位）",
        (
            "牵头单位 责任单位 主责单位 牵头部门 责任部门 整改单位 整改责任单位 承办单位 主办单位 牵头责任单位 责任主体 "
            "整改责任主体 主要责任单位 落实单位 责任科室 责任股室 牵头科室 整改牵头单位 责任处室 主责部门 承办部门 "
            "实施单位 整改主体 责任清单 整改部门 完成单位 责任单位及部门 归口单位 责任党组织 被巡察单位 办理单位"
        ),
    ),
    Field(
        "supporting_units",
        "配合单位",
        (
            "配合单位 协办单位 协同单位 参与单位 配合部门 协助单位 配合责任单位 协作单位 会办单位 参加单位 配合科室 协办部门 "
            "协同部门 协同配合单位 整改配合单位 其他责任单位 相关单位 参与部门 次责单位"
        ),
    ),
    Field(
        "person",
        "责任人",
        (
            "责任人 具体责任人 联系人 经办人 整改责任人 直接责任人 联络员 承办人 责任人员 经办人员 责任人姓名 具体联系人 "
            "经办 具体经办人 工作责任人 具体负责人 联系人及电话 落实人 负责人 责任人及电话 责任人及联系电话 业务责任人 责任科长 "
            "具体承办人 责任人及职务"
        ),
    ),
    Field(
        "due",
        "整改时限",
        (
            "整改时限 完成时限 完成时间 整改期限 时间节点 完成期限 时限 时限要求 计划完成时间 办结时限 整改完成时间 "
            "整改完成时限 时限清单 期限 完成日期 整改时间 预计完成时间 拟完成时间 完成时间节点 时间要求 完成时限要求 "
            "整改截止时间 截止时间 截止日期 整改时限要求 时间安排 计划完成时限 整改时间节点 要求完成时间 最后期限 时间进度 "
            "办理时限 时间期限 目标时限 规定时限"
        ),
    ),
    Field("basis", "时限依据", "时限依据 整改依据 依据"),
    Field(
        "progress",
        "整改进展",
        (
            "整改进展 成效 进展情况 整改成效 落实情况 整改情况 成效清单 整改落实情况 整改进展情况 最近进展 工作进展 整改成果 "
            "整改结果 取得成效 完成进度 进展 整改进度 整改落实进展情况 整改措施落实情况 整改进展及成效 已采取措施 推进情况 "
            "整改完成情况 阶段性成效 目前进展 目前进展情况 工作成效"
        ),
        taken=False,
        why=PROGRESS,
    ),
    Field(
        "state",
        "整改状态",
        "整改状态 是否完成 完成情况 状态 是否整改到位 是否已完成 整改是否完成 是否完成整改 是否整改完成 完成状态 进展状态 办理状态",
        taken=False,
        why=PROGRESS,
    ),
    Field(
        "unfinished",
        "未完成原因、下步措施",
        (
            "未完成原因 下步措施 未完成原因及下步措施 未完成原因及下一步措施 下一步计划 存在困难 未整改到位原因 下一步工作 "
            "下步计划 下步打算 下一步打算 下一步工作计划 存在问题及下一步打算 未完成整改原因 下一步整改计划 下一步工作措施"
        ),
        taken=False,
        why=PROGRESS,
    ),
    Field(
        "regulations",
        "建章立制",
        "建章立制 制度建设 建章立制情况 制度成果 长效机制 建立制度 建立长效机制情况 建立健全制度",
        taken=False,
        why="制度在“规章制度”中登记，不从清单导入",
    ),
    Field(
        "evidence",
        "佐证材料",
        "佐证材料 印证材料 佐证资料 档案清单 附件 印证资料 佐证材料清单 支撑材料 证明材料 佐证材料份 档案资料",
        taken=False,
        why="佐证材料由单位随填报上传，不从清单导入",
    ),
    Field(
        "closing",
        "销号",
        "销号时间 销号 销号情况 审核人 销号状态 是否销号 验收情况 销号日期 验收人 审核意见 核查情况 销号审核",
        taken=False,
        why="销号要按程序提请、会审、审定，不从清单导入",
    ),
    Field("remark", "备注", "备注 说明 备注说明 其他 其他说明 注", taken=False, why="备注不导入"),
    Field(
        "found_on",
        "反馈时间等其他时间",
        (
            "反馈时间 反馈日期 原定时限 时限情况 进展截至 开始时间 启动时间 起始时间 立项时间 发现时间 交办时间 填报时间 "
            "更新时间 实际完成时间 实际完成日期"
        ),
        taken=False,
        why="不是整改时限，不导入",
    ),
    Field(
        "other",
        "其他内容",
        (
            "示例标注 电话 联系电话 手机号码 涉及金额 涉及资金 金额 涉及人数 人数 职务 联系方式 责任追究 追责情况 问责情况 "
            "督办单位 督导组 督查组 验收单位 审核单位"
        ),
        taken=False,
        why="台账里没有对应的内容，不导入",
    ),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
TAKEN = tuple(field for field in FIELDS if field.taken)

# In this order: the first that matches says what it is. Written for headings without blanks and brackets.
RULES: tuple[tuple[str, str], ...] = (
    ("other", r"(?:数|数量|率|比例|百分比|得分|分值|权重)$"),
    ("other", r"(?:督办|督查|文件|档案|材料|线索|发文|合同|工单|信访|案件|电话)件?(?:编号|序号|号)$|^文号$"),
    ("unfinished", r"未(?:完成|整改)|下[一]?步|存在(?:的)?困难|滞后原因"),
    ("found_on", r"(?:反馈|开始|起始|启动|发现|交办|填报|更新|实际完成|立项)(?:时间|日期)"),
    ("closing", r"销号|验收|核查|审核(?:人|意见|情况)"),
    ("evidence", r"佐证|印证|证明材料|支撑材料|附件"),
    ("regulations", r"建章立制|长效机制|制度(?:建设|成果|名称)"),
    ("remark", r"^备注|备注$"),
    ("ordinal", r"(?:措施|任务|举措)(?:序号|编号|号)"),
    ("number", r"(?:序号|编号)$|^序$"),
    ("led_by_secretary", r"书记领办"),
    (
        "supporting_units",
        r"(?:配合|协办|协同|协助|协作|参与|参加|会办|次责).*(?:单位|部门|科室|股室|处室|主体)|^(?:配合|协办|协同)$|(?:单位|部门).*(?:配合|协办|协同|参与)",
    ),
    (
        "lead_official",
        r"(?:领导|常委|书记|班子成员|第一责任人)(?:姓名|同志|干部)?$|(?:责任|分管|牵头|包抓|领办|挂[钩点]|包保|主管|联系|县级|区级|市级|领衔).*领导|领导.*(?:责任|牵头|分管)|(?:分管|主要|牵头)负责人|牵头责任人",
    ),
    (
        "person",
        r"(?:责任|联系|经办|具体|直接|承办|落实|负责)[^单位部门领导]{0,6}人员?(?:姓名|及电话|及联系电话|及联系方式|及职务|电话)?$|联络员|^(?:责任|联系)人",
    ),
    ("other", r"电话|手机|联系方式|金额|资金|人数|职务|问责|追责|督[办导查]"),
    (
        "lead_unit",
        r"(?:牵头|主责|责任|承办|主办|整改|落实|实施|归口|办理|负责).*(?:单位|部门|科室|股室|处室|主体|党组织)|(?:单位|部门).*(?:牵头|主责|责任)|^(?:牵头|主责)$|^(?:责任|单位|部门)$",
    ),
    ("pace", r"(?:整改|完成|时限)(?:类型|类别|方式|分类|性质|属性)"),
    ("nature", r"当下改|长久立|措施(?:类型|类别|性质)"),
    ("due", r"(?:时限|期限|时间节点|完成时间|完成日期|截止|完成时间表|时间表|时间要求|时间安排|时间)(?:要求|安排|节点|清单|表)?$"),
    ("basis", r"依据"),
    ("state", r"是否(?:已)?(?:完成|整改)|(?:完成|整改|进展|办理)状[态况]"),
    ("progress", r"进展|成效(?!目标)|落实(?:完成)?情况|整改情况|完成情况|整改结果|推进情况|进度|工作情况"),
    ("goal", r"目标|整改标准|预期|达到(?:的)?效果"),
    ("text", r"措施|举措|整改(?:任务|办法|方案)|(?:具体|工作)任务|任务清单|任务分解|怎么改|改什么措施"),
    ("category", r"(?:问题|反馈)?(?:类别|分类|大类|方面|板块|领域)$|问题类型|一级(?:问题|指标)"),
    ("title", r"(?:问题|整改|任务)(?:标题|名称|事项|概述|摘要|简述|要点|项目)|事项$"),
    ("finding", r"问题|表现|反馈意见|整改内容|反馈内容|情形"),
)
COMPILED = tuple((name, re.compile(pattern)) for name, pattern in RULES)


@dataclass(frozen=True)
class Meaning:
    """What a heading probably means, and how sure that is; an empty name for what nobody knows."""

    name: str
    score: float


NOTHING = Meaning("", 0.0)
LONGEST, LONGEST_RULED = 40, 22


def folded(words: str) -> str:
    """A heading as it is compared: one width, no blanks or line ends, no closing marks."""
    plain = unicodedata.normalize("NFKC", words)
    plain = re.sub(r"[\s\u200b\ufeff_*·•:：、,，。.“”\"']+", "", plain)
    return plain.lower()


def without_asides(words: str) -> str:
    """Without what stands in brackets (整改措施（逐条列出） → 整改措施) and without leading numbers."""
    plain = re.sub(r"[(\[【〔{][^)\]】〕}]*[)\]】〕}]?", "", words)
    return re.sub(r"^(?:第?[一二三四五六七八九十\d]{1,2}[、.)栏列])", "", plain)


@lru_cache(maxsize=4096)
def meaning_of(heading: str) -> Meaning:
    """What the heading means by itself."""
    plain = folded(heading)
    if not plain or len(plain) > LONGEST or plain.isdecimal():
        return NOTHING
    bare = without_asides(plain)
    aside = re.search(r"[(\[【〔]([^)\]】〕]*)", plain)
    if not bare:
        return meaning_of(aside[1]) if aside else NOTHING
    return _exactly(plain, bare, aside[1] if aside else "") or _by_rule(bare) or _nearest(bare)


def _exactly(plain: str, bare: str, aside: str) -> Meaning | None:
    """By one of the words that are known, as it stands or without what does not matter."""
    if plain in EXACT:
        return Meaning(EXACT[plain], SURE)
    if bare in EXACT:
        return Meaning(_by_aside(EXACT[bare], aside), SURE)
    if both := _joined(bare):
        return both
    trimmed = re.sub(r"^(?:巡[视察](?:反馈|整改)?|反馈|整改|具体|县|区|市|乡镇|单位|本单位)", "", bare)
    return Meaning(EXACT[trimmed], LIKELY) if trimmed in EXACT and len(trimmed) > 1 else None


def _by_rule(bare: str) -> Meaning | None:
    for name, pattern in COMPILED if len(bare) <= LONGEST_RULED else ():
        if pattern.search(bare):
            return Meaning(name, LIKELY if len(bare) <= 12 else MAYBE)
    return None


def _by_aside(name: str, aside: str) -> str:
    """“责任单位（配合）” is told by what stands in brackets."""
    if name == "lead_unit" and re.search(r"^(?:配合|协办|协同|参与)", aside):
        return "supporting_units"
    if name == "finding" and re.search(r"大类|类别|方面|一级", aside):
        return "category"
    return name


def _joined(words: str) -> Meaning | None:
    """“整改措施及完成时限” holds two things: the first is offered, and somebody has to look."""
    first, found, rest = re.sub(r"[及和与/、]", "及", words, count=1).partition("及")
    if found and first in EXACT and rest in EXACT and EXACT[first] != EXACT[rest]:
        return Meaning(EXACT[first], MAYBE)
    return None


def _nearest(words: str) -> Meaning:
    """By likeness to the words that are known: typing errors, a character more or less."""
    if len(words) < 3:
        return NOTHING
    best = difflib.get_close_matches(words, EXACT, n=1, cutoff=0.75)
    return Meaning(EXACT[best[0]], MAYBE) if best else NOTHING


EXACT: Mapping[str, str] = {folded(word): field.name for field in reversed(FIELDS) for word in field.words.split(" ") if word}
