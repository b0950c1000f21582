"""What reads like a tip about a person: an accusation beside somebody who could be meant. It goes to the discipline role alone.

Rules, not a model: each can be read, and tested (docs/decisions/0028). They lean to sealing: an open message that was sealed is answered
by somebody else; a tip that was not sealed lies before the people it may be about. Either half alone seals nothing: “希望公开违纪案件的
处理结果” names nobody, “王书记来过以后路修好了” accuses nobody.
"""

from __future__ import annotations

import re
import unicodedata

ACCUSATIONS = (
    *("举报", "检举", "揭发", "控告", "实名反映", "违纪", "违法", "违规", "贪污", "贪腐", "腐败", "受贿", "行贿", "索贿", "贿赂"),
    *("收受", "收钱", "收了钱", "送钱", "送礼", "好处费", "回扣", "红包", "礼金", "干股", "吃拿卡要", "索要", "敲诈", "勒索"),
    *("挪用", "侵占", "私分", "套取", "截留", "冒领", "私吞", "贪了", "小金库", "公款", "虚报", "骗取", "克扣"),
    *("以权谋私", "滥用职权", "徇私", "优亲厚友", "任人唯亲", "买官", "卖官", "跑官", "利益输送", "利益勾结", "官商勾结", "保护伞"),
    *("包庇", "打招呼", "插手", "围标", "串标", "公车私用", "吃喝", "宴请", "赌博", "嫖", "包养", "情妇", "生活作风", "威胁", "打击报复"),
    *(
        "贪占",
        "贪钱",
        "受礼",
        "收礼",
        "收了",
        "拿了",
        "拿好处",
        "拿人好处",
        "得好处",
        "捞钱",
        "捞好处",
        "勾结",
        "徇情",
        "枉法",
        "挪公款",
        "公车接送",
    ),
    *("包二奶", "二奶", "小三", "不正当关系", "骚扰", "猥亵", "酒驾", "醉驾", "打人", "殴打", "麻将", "吸毒", "黑社会", "黑恶", "恶霸"),
    *("弄虚作假", "造假", "假账", "假发票", "假字", "签假", "偷工减料", "泄露", "通风报信", "压案", "被压", "关系户", "走后门", "吃空饷"),
    *(
        "小舅子",
        "大舅子",
        "亲属承包",
        "亲戚承包",
        "儿子承包",
        "女儿承包",
        "老婆承包",
        "承包给亲",
        "给自己的亲",
        "给了自己",
        "自己卡",
        "条烟",
        "烟酒",
    ),
    *("tanwu", "shouhui", "xinghui", "huikou", "hongbao", "jubao", "tanfu", "贪wu", "受hui", "行hui"),
)
TRADITIONAL = str.maketrans(
    "賄貪汙敗舉報檢權錢鎮長書記縣區黨員領導幹錄佔騙領墊挪權職濫職縱護傘賭騷擾敗錢",
    "贿贪污败举报检权钱镇长书记县区党员领导干录占骗领垫挪权职滥职纵护伞赌骚扰败钱",
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤俞詹池翁涂官洪柯连游庄赖卓饶巫乐"
)
TITLES = (
    *("书记", "县长", "区长", "市长", "镇长", "乡长", "村长", "村主任", "局长", "处长", "科长", "股长", "所长", "站长", "校长", "院长"),
    *("部长", "主任", "主席", "厂长", "队长", "组长", "委员", "支书", "会计", "出纳", "总经理", "董事长", "经理", "老板", "主管"),
)
# Somebody who could be meant although no name is said: “他”, “这个村干部”, “分管领导”.
MEANT = (
    *("干部", "领导", "公务员", "工作人员", "负责人", "当官的", "一把手", "他", "她", "某某", "某人"),
    "本人名叫",
    *("其妻", "其子", "亲戚", "有人", "财务人员", "村干", "镇政府", "纪委的人"),
)

_ACCUSED = re.compile("|".join(map(re.escape, ACCUSATIONS)))
_SURNAME = f"[{SURNAMES}]"
_HAN = r"[\u4e00-\u9fff]"
# “王书记”, “张某”, “老李”, “小陈”, “李四同志”: a surname that something beside it makes a person's.
_NAMED = re.compile(
    rf"{_SURNAME}{_HAN}{{0,2}}(?:{'|'.join(TITLES)}|同志|先生|女士|某某?)|{_SURNAME}[局处科所镇]|[老小]{_SURNAME}(?!区|县|镇|乡|村|路|街|河|山)"
)
_TITLED = re.compile("|".join(map(re.escape, (*TITLES, *MEANT))))
_BETWEEN = r"(?:涉嫌|多次|长期|曾经?|一直|经常|在|于|利用|伙同|等人|有|还|也|把|将|私自|擅自|大肆|公然){0,3}"
# A name beside the accusation: “张三贪污”, “李四涉嫌受贿”, “举报王五”. Words that only begin like a name are no name.
_NO_NAME = (
    *(
        "方案",
        "方式",
        "方法",
        "方面",
        "方便",
        "时间",
        "何时",
        "何种",
        "何处",
        "任何",
        "任务",
        "任意",
        "高标",
        "高度",
        "金额",
        "金融",
        "安全",
    ),
    *("程序", "于是", "由于", "关于", "对于", "向上", "向社会", "向群众", "万元", "万一", "连续", "连年", "江河", "石料", "龙头", "白天"),
    *(
        "马上",
        "马路",
        "林地",
        "林业",
        "林场",
        "田地",
        "田间",
        "黄金",
        "严重",
        "严肃",
        "严格",
        "严禁",
        "史料",
        "段落",
        "雷同",
        "官方",
        "游客",
    ),
    *(
        "周边",
        "周围",
        "周期",
        "周末",
        "陆续",
        "余款",
        "余额",
        "付款",
        "胡乱",
        "许多",
        "曾经",
        "孔子",
        "顾客",
        "毛病",
        "熊猫",
        "温泉",
        "乐园",
    ),
    *(
        "平台",
        "电话",
        "信箱",
        "邮箱",
        "渠道",
        "成本",
        "和谐",
        "华侨",
        "国有",
        "公司",
        "池塘",
        "洪水",
        "连片",
        "连锁",
        "武装",
        "莫名",
        "汤圆",
    ),
)
_LOOKAHEAD = f"(?!{'|'.join(_NO_NAME)})"
_ACTS = "|".join(re.escape(word) for word in ACCUSATIONS if word not in ("举报", "检举", "揭发", "控告", "实名反映"))
_NAME_FIRST = re.compile(
    rf"(?:^|[^\u4e00-\u9fff]|[是的说和与对把被]|举报|检举|揭发|控告|反映){_LOOKAHEAD}{_SURNAME}{_HAN}{{1,2}}{_BETWEEN}(?:{_ACTS})"
)
_NAME_LAST = re.compile(rf"(?:举报|检举|揭发|控告|实名反映){_LOOKAHEAD}{_SURNAME}{_HAN}{{1,2}}")


def reads_like_a_tip(text: str) -> bool:
    """Whether the text accuses somebody who could be meant."""
    plain = folded(text)
    near = without_gaps(plain)
    if not (_ACCUSED.search(plain) or _ACCUSED.search(near)):
        return False
    return any(pattern.search(near) for pattern in (_NAMED, _TITLED)) or any(
        pattern.search(form) for pattern in (_NAME_FIRST, _NAME_LAST) for form in (plain, near)
    )


def folded(text: str) -> str:
    """Full-width and compatibility forms as plain ones; what is drawn between the characters of a word to hide it is taken out."""
    plain = unicodedata.normalize("NFKC", text).translate(TRADITIONAL).lower()
    return re.sub(r"(?<=[\u4e00-\u9fff])[^\w，。；：！？、,.;:!?\n]+(?=[\u4e00-\u9fff])", "", plain)


def without_gaps(text: str) -> str:
    """Without anything but words, for names that are written with points or spaces in between."""
    return re.sub(r"[\W_]+", "", text)
