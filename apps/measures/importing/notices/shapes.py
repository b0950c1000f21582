"""The shapes of words by which a heading tells what it is: a problem, an aspect, an act, a part of the notice that holds no issue."""

from __future__ import annotations

import re

OPEN, CLOSE = '“"＂「『', '”"＂」』'
SHORTCOMING = re.compile(
    r"不(?:够|足|合|清楚|紧密|牢固|配套|统一|一致|到位|力|严|实|强|深|细|高|快|畅|明|清|规范|及时|完善|健全|平衡|充分|彻底|紧|牢|准|全面|扎实|深入|"
    r"主动|积极|用心|担当|作为|落实|"
    r"到底|精准|坚决|经常|系统|科学|合理|透明|公开|顺|好|多|优|佳|大|浓|广|硬|稳|密|匹配|符|愿|敢|会|善|良|少数|同程度|严肃|严格|认真|"
    r"严不实|深不透|作为|尽责|协调|理想|明显|突出|有力|高效|见底|重视|讲|知|懂|执行|履行|履职|均衡|聚焦|接地气|遵守|按|如实|真实)"
    r"|薄弱|死角|盲区|弱项|反弹|欠缺|欠佳|缺失|缺位|缺乏|缺少|滞后|短板|差距|弱化|淡化|虚化|边缘化|流于|偏差|偏松|偏软|偏弱|偏慢|偏低|偏少|偏离|松懈|松散|流于形式|"
    r"走过场|浮于表面|违规|违纪|违法|违反|隐患|漏洞|缓慢|落后|乏力|空转|悬空|折扣|有待|仍需|亟待|亟需|尚未|未能|未按|未及时|未落实|未有效|"
    r"没有|尚无|较重|偏重|慢[。]?$|松[。]?$|散[。]?$|少[。]?$|低[。]?$|差[。]?$|弱[。]?$|乱[。]?$|难[。]?$|较差|较慢|"
    r"较低|较弱|失衡|乱象|超标|超编|超配|多发|频发|泛滥|失管|失察|失责|失职|闲置|拖欠|挪用|截留|套取|骗取|侵占|虚报|"
    r"瞒报|"
    r"形式主义|官僚主义|吃拿卡要|不作为|慢作为|乱作为|脱节|断档|断层|老化|僵化|固化|重.{1,8}轻.{1,8}|宽松软|两张皮|"
    r"一言堂|风险较|矛盾突出|问题突出|"
    r"存在|粗放|混乱|随意|敷衍|应付|推诿|扯皮|懈怠|畏难|冷落|疏于|忽视|放松"
)
PROBLEM_END = re.compile(
    rf"问题[{CLOSE}）)]?(?:的?(?:整改|进展|落实|完成|推进|解决)*(?:情况|方面|进展|成效|落实|工作)*)?[{CLOSE}]?[。．.：:；;，,]?$"
)
ABOUT = re.compile(
    rf"^(?:关于|针对|对于|对|就|在)?(?:巡[视察](?:组)?(?:反馈)?(?:指出|提出|发现)?的?)?"
    rf"(?:[{OPEN}](?P<quoted>[^{CLOSE}]{{3,}}?(?:“[^”]*”[^{CLOSE}]*?)*)[{CLOSE}]|(?P<plain>[^。：:\n]{{3,90}}?))"
    rf"(?P<tail>等?(?:(?:存在)?的?(?:具体|突出|主要)?问题|方面(?:的?问题|存在(?:的)?问题)?)"
    rf"(?:的|方面)*(?:整改|进展|落实|完成|推进|解决|工作)*(?:情况|方面|进展|成效)*)[。．.：:；;，,]?"
)
ABOUT_WHOLE = re.compile(
    r"(?:关于|针对|对于|对|就|在)(?P<plain>[^。：:，,；;\n“”]{3,90}?)(?P<tail>(?:存在)?的?问题)(?=[。．.：:；;，,\n]|$)[。．.：:；;，,]?"
)
ABOUT_MIXED = re.compile(
    r"(?:关于|针对|对于)(?P<plain>[^。：:，,；;\n]{3,80}?)(?P<tail>(?:存在)?的问题)(?=[。．.：:；;，,\n]|$)[。．.：:；;，,]?"
)
"""A finding with a term in quotation marks and 问题 within it: 关于“执行难”问题依然突出的问题."""
MENDING = re.compile(r"(?:整改|落实|进展|完成).{0,4}(?:情况|进展|成效)")
MOST_BETWEEN = 12
QUOTED_HEAD = re.compile(rf"^(?:关于|针对|对于|对|就|在)[{OPEN}]|^[{OPEN}].{{4,}}[{CLOSE}](?:的?问题|方面)")
ASPECT = re.compile(
    r"方面(?:存在)?(?:的)?(?:问题)?(?:的)?(?:整改|落实)*(?:情况|进展)*[。：:]?$|^(?:在|关于).{2,60}方面|^(?:聚焦|围绕).{2,60}方面"
)
ACTING = re.compile(
    r"^(?:已|将|要|再|持续|进一步|全面|认真|扎实|切实|深入|着力|大力|积极|及时|严格|严肃|坚决|坚持|科学|依规|依纪|依法|常态化?|"
    r"加强|强化|完善|健全|建立|建好|制定|制订|出台|开展|推进|推动|落实|规范|提升|提高|加大|加快|深化|组织|召开|督促|明确|压实|细化|"
    r"狠抓|抓好|抓实|抓紧|做好|做实|修订|印发|成立|优化|清退|清收|清理|追缴|追回|整治|处置|处理|扛牢|扛起|守牢|培育|统筹|构建|发挥|"
    r"引导|拓宽|拓展|畅通|严控|严查|严把|筑牢|夯实|紧盯|聚力|打造|增强|实施|改进|纠正|约谈|学习|专题|对照|举一反三|第一时间|"
    r"多措并举|盘活|化解|消除|堵塞|补齐|补足|提请|邀请|结合|通过|利用|依托|按照|根据|配齐|选派|选优|安排|梳理|排查|核查|核实|摸排)"
)
PLAIN_HEAD = re.compile(rf"^(?:关于|针对)[{OPEN}]?.{{4,}}(?:问题|方面)")

ORGANISING = re.compile(
    r"组织(?:(?<!党组织)领导(?!班子)|整改|落实|开展|推进|保障)|履行|主体责任|第一责任|主要负责(?:人|同志)|责任落实|组织情况|工作组织|"
    r"工作部署|总体(?:情况|整改)|"
    r"基本情况|工作(?:概况|总体|开展)|高度重视|提高(?:政治)?(?:站位|认识)|政治(?:站位|责任|担当)|思想认识|统一思想|统筹推进|周密部署|"
    r"加强领导|(?<!党)组织领导(?!班子)|压实(?:整改)?责任|扛(?:牢|起|实|稳)|高位推动|迅速行动|整改工作(?:情况|举措|机制|做法)|"
    r"主要做法|牵头抓总|方向(?:，|,)"
)
PROGRESS = re.compile(
    r"整改(?:工作)?(?:落实|进展|完成|推进)?(?:工作)?(?:情况|进展|成效|结果|落实)|进展情况|反馈(?:的|意见)?.{0,12}问题|"
    r"问题(?:的)?整改|反馈意见|"
    r"整改(?:任务|事项|清单)|主要问题|存在(?:的)?.{0,6}问题|发现(?:的)?.{0,6}问题|集中整改期"
)
LATER = re.compile(
    r"下一?步|下一?阶段|今后|持续(?:整改|推进|深化|巩固|用力|抓好|做好)|后续|打算|长期(?:坚持|整改|任务)|巩固(?:拓展|"
    r"深化|提升|整改|和)|长效(?:机制|常态)|"
    r"努力方向|继续(?:整改|推进|抓好|深化|做好)|工作(?:打算|安排|计划|思路|措施)|尚未(?:完成|整改)|未完成|"
    r"有待.{0,6}整改|需(?:要)?(?:进一步|继续|持续)(?:推进|整改|深化|解决|坚持)|深化整改|成果(?:运用|转化)|意见(?:和)?建议|有关要求|"
    r"需(?:要)?长期"
)
PART_NAME = re.compile(
    r"(?:组织|履行|责任|整改|落实|进展|部署|总体|基本|工作).{0,20}(?:情况|成效|举措|做法)$|(?:下一?步|今后|持续|后续|"
    r"下一?阶段).{0,16}(?:打算|安排|计划|措施|工作|方向|思路|整改)$"
)
ASIDE = re.compile(
    r"线索|信访(?:件|事项|举报)|移交|立行立改|选人用人.{0,6}专项|责任追究|问责情况|建章立制情况|经验做法|意见(?:和)?建议|联系方式"
)
END = 10
"""How far from its end the shortcoming stands in a finding that begins like an act (推进项目建设缓慢)."""
CONTACT = re.compile(
    r"欢迎.{0,24}监督|联系(?:电话|方式|人)|监督(?:电话|方式)|(?:通信|通讯|邮寄|联系|来信)地址|邮政编码|电子邮[箱件]|公示期|反映情况"
)


def about_of(text: str) -> re.Match[str] | None:
    """关于…问题 at the start. 问题 within the finding (上轮问题反弹的问题) does not end it, unless what follows tells an act."""
    found, whole = ABOUT.match(text), ABOUT_WHOLE.match(text)
    longer = ABOUT_MIXED.match(text) if found else None
    if longer and found and found.end() < longer.end() and longer.start("tail") - found.end() <= MOST_BETWEEN:
        between = text[found.end() : longer.start("tail")]
        if between and not (MENDING.search(between) or ACTING.match(between)):
            return longer
    if found and found["plain"] and whole and whole.end() > found.end():
        between = text[found.end() : whole.start("tail")]
        if len(between) <= MOST_BETWEEN and (SHORTCOMING.search(between) or not ACTING.match(between)):
            return whole
    return found


def is_problem(head: str) -> bool:
    """Whether the heading names a shortcoming, in the words of an inspection."""
    if names_problem(head):
        return True
    words = head.rstrip("。．.；;：:，,")
    return bool(SHORTCOMING.search(words[-END:] if ACTING.match(words) else words))


def names_problem(head: str) -> bool:
    """Whether the heading says outright that it is a finding: 关于“…”问题, “…”问题整改方面."""
    return bool(QUOTED_HEAD.search(head) or PLAIN_HEAD.search(head) or PROBLEM_END.search(head))


def is_aspect(head: str) -> bool:
    """Whether the heading names a group of findings (方面)."""
    return bool(ASPECT.search(head))


def is_acting(head: str) -> bool:
    """Whether the heading begins with an act, whatever it goes on to say."""
    return bool(ACTING.match(head))


def is_act(head: str) -> bool:
    """Whether the heading tells what was done."""
    return bool(ACTING.match(head)) and not is_problem(head)
