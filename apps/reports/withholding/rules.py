"""The rules as one table: what is looked for, in what is told to whom, why it must not be told, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.reports.models import Audience
from apps.reports.withholding.numbers import Spans, bank_accounts, citizen_ids, mail_addresses, passports, phones, plates
from apps.reports.withholding.people import addresses, classification_marks, minors, open_cases, people_dealt_with, petitions
from apps.reports.withholding.text import Reading, hidden_characters

SOCIETY_ALONE = frozenset((Audience.SOCIETY,))
BOTH = frozenset((Audience.SOCIETY, Audience.PARTY))
WATCH = "watch_word"
DEALT_WITH = "dealt_with"


@dataclass(frozen=True)
class Rule:
    """One red flag. ``look`` gives the spans of a line that it raises; ``place`` is where the office edits that line."""

    id: str
    label: str
    why: str
    to_do: str
    audiences: frozenset[Audience]
    look: Callable[[Reading, str], Spans]


def anywhere(look: Callable[[Reading], Spans]) -> Callable[[Reading, str], Spans]:
    return lambda reading, _place: look(reading)


def nowhere(_reading: Reading, _place: str) -> Spans:
    """Watch words are the office's own and come from the database (``findings``)."""
    return iter(())


LAW_OF_PRIVACY = "个人信息处理者不得公开其处理的个人信息，取得个人单独同意的除外（个人信息保护法第二十五条）"
RULES = (
    Rule(
        "citizen_id",
        "身份证号",
        f"{LAW_OF_PRIVACY}；身份证号一经公开无法收回。",
        "删去，或改写为“某干部”“1名人员”。",
        BOTH,
        anywhere(citizen_ids),
    ),
    Rule(
        "phone",
        "电话号码",
        f"{LAW_OF_PRIVACY}。监督电话只写在联系方式一栏。",
        "删去号码；监督电话填到联系方式一栏，不写进正文。",
        BOTH,
        anywhere(phones),
    ),
    Rule(
        "bank_account",
        "银行账号",
        "银行账户属于敏感个人信息（个人信息保护法第二十八条），单位账号公开也有被冒用的风险。",
        "删去账号，只写金额和入库结果。",
        BOTH,
        anywhere(bank_accounts),
    ),
    Rule(
        "address",
        "个人住址",
        f"{LAW_OF_PRIVACY}。",
        "写到乡镇、街道为止，不写村组、楼栋和门牌。",
        BOTH,
        anywhere(addresses),
    ),
    Rule(
        "plate",
        "车牌号",
        "车牌号可以对应到个人，属于个人信息。",
        "删去车牌号，公务用车只写辆数。",
        BOTH,
        anywhere(plates),
    ),
    Rule(
        "passport",
        "出入境证件号",
        f"{LAW_OF_PRIVACY}。",
        "删去证件号码。",
        BOTH,
        anywhere(passports),
    ),
    Rule(
        "email",
        "邮箱或社交账号",
        f"{LAW_OF_PRIVACY}。监督邮箱只写在联系方式一栏。",
        "删去邮箱；监督邮箱填到联系方式一栏，不写进正文。",
        BOTH,
        anywhere(mail_addresses),
    ),
    Rule(
        "hidden",
        "看不见的字符",
        "读者看不见、检查会被绕过的字符，或不是常用写法的数字，多半是从网页或聊天记录粘贴进来的。",
        "删去这几个字，重新输入。",
        BOTH,
        anywhere(hidden_characters),
    ),
    Rule(
        DEALT_WITH,
        "被处理人员姓名",
        "向社会公开的整改通报只写被处理人数，点名只限在职的党委领导；党内通报可以点名。",
        "改写为人数，如“对1名相关责任人给予党内警告处分”。",
        SOCIETY_ALONE,
        people_dealt_with,
    ),
    Rule(
        "open_case",
        "正在核查的案件",
        "正在核查、立案审查和尚未公布的案件，党内通报也不写（五种例外情形之二）。",
        "删去，等案件公布后再写；或写已办结的件数和人数。",
        BOTH,
        anywhere(open_cases),
    ),
    Rule(
        "classified",
        "密级标志",
        "国家秘密不得在非涉密系统存储、处理，也不得公开（保守国家秘密法）。带密级标志的内容本来就不该在这里。",
        "立即删去，按保密规定报告并处置，原文移到涉密系统。",
        BOTH,
        anywhere(classification_marks),
    ),
    Rule(
        "minor",
        "未成年人",
        "不得公开可以识别未成年人的姓名、年龄等信息（未成年人保护法第一百零三条）。",
        "删去姓名和年龄，只写人数或工作情况。",
        BOTH,
        anywhere(minors),
    ),
    Rule(
        "petition",
        "信访举报信息",
        "信访、举报人的身份和信访件编号不得泄露（信访工作条例、监督执纪工作规则）。",
        "删去编号和人，只写办理情况。",
        BOTH,
        anywhere(petitions),
    ),
    Rule(
        WATCH,
        "关注词",
        "整改办自己登记的词语，出现在公开文字里要有人看过。",
        "修改文字；确需保留的申请例外。",
        BOTH,
        nowhere,
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
