"""Fragments that a red-flag rule has to find, made at random with valid check digits; and near misses that no rule may find."""

from __future__ import annotations

import random
from collections.abc import Callable

from apps.reports.withholding.numbers import CHECKS, WEIGHTS

Make = Callable[[random.Random], str]
SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱胡郭何林罗郑梁谢唐许韩冯邓曹彭曾肖田董袁潘蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范石廖贾韦邹孟秦邱"
GIVEN = "伟芳娜敏静丽磊洋艳勇娟涛超秀霞桂兰英华慧巧美雅芝红春菊凤洁梅琳云莲环雪荣爱妹香月莺媛志刚健峰宁龙林彬诚先敬震振壮思群豪心邦波斌锋"
ZERO_WIDTH, JOINER = "\u200b", "\u2060"
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\ufe0f\ue000"
PLATE = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def day_of_birth(chance: random.Random) -> str:
    return f"{chance.randint(1945, 2004)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"


def citizen_id(chance: random.Random) -> str:
    body = chance.choice(["350427", "110101", "440305", "510104", "620102"]) + day_of_birth(chance) + digits(chance, 3)
    return body + CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def old_citizen_id(chance: random.Random) -> str:
    return "350427" + day_of_birth(chance)[2:] + digits(chance, 3)


def mobile(chance: random.Random) -> str:
    return f"1{chance.choice('3456789')}{digits(chance, 9)}"


def landline(chance: random.Random) -> str:
    return (
        chance.choice(["0598", "010", "021", "0755"]) + chance.choice(["-", "", " ", "－"]) + chance.choice("2345678") + digits(chance, 6)
    )


def card(chance: random.Random, start: str = "62") -> str:
    body = start + digits(chance, chance.choice([15, 17, 18]) - len(start))
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def plate(chance: random.Random) -> str:
    tail = "".join(chance.choice(PLATE) for _ in range(2)) + digits(chance, 3)
    return chance.choice("闽京沪粤浙") + chance.choice("ABCDEFGHJK") + chance.choice(["", "·", " "]) + tail


def new_energy_plate(chance: random.Random) -> str:
    return f"闽G{chance.choice(['D', 'F'])}{digits(chance, 5)}"


def name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice([1, 2, 2])))


def long_name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))


def spelt(number: str, digits: str = "〇一二三四五六七八九") -> str:
    return number.translate({ord(str(value)): written for value, written in enumerate(digits)})


def apart(number: str, what: str) -> str:
    return what.join(number)


def chance_word(chance: random.Random) -> str:
    return "".join(chance.choice("abcdefgh0123456789") for _ in range(8))


def masked_wide(chance: random.Random) -> str:
    return citizen_id(chance).translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})


PLANTED: dict[str, list[Make]] = {
    "citizen_id": [
        lambda c: f"涉及人员身份证号{citizen_id(c)}",
        lambda c: f"（{citizen_id(c)}）已退缴",
        lambda c: f"身份证{masked_wide(c)}的人员已退款",
        lambda c: f"证件{(n := citizen_id(c))[:6]} {n[6:14]} {n[14:]}已核对",
        lambda c: f"身份证{apart(citizen_id(c), JOINER + ' ')}已核对",
        lambda c: f"身份证{spelt(citizen_id(c))}已核对",
        lambda c: f"身份证{(n := citizen_id(c))[:10]}\n{n[10:]}已核对",
        lambda c: f"旧证号{old_citizen_id(c)}的人员已退款",
    ],
    "phone": [
        lambda c: f"如有疑问请拨打{mobile(c)}反映",
        lambda c: f"经办人联系电话{(n := mobile(c))[:3]}-{n[3:7]}-{n[7:]}",
        lambda c: f"值班电话{landline(c)}全天有人接听",
        lambda c: f"联系电话：5{digits(c, 6)}，欢迎来电",
        lambda c: f"手机+86 {mobile(c)}可加微信",
        lambda c: f"电话{mobile(c).translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})}接听",
        lambda c: f"联系电话{apart(mobile(c), ZERO_WIDTH)}",
        lambda c: f"联系电话{(n := mobile(c))[:3]}  -  {n[3:7]} / {n[7:]}",
        lambda c: f"拨打{(n := mobile(c))[:3]}，{n[3:7]}，{n[7:]}",
        lambda c: f"电话{spelt(mobile(c))[:3]} {spelt(mobile(c))[3:]}接听",
        lambda c: f"电话{spelt(mobile(c), '零壹贰叁肆伍陆柒捌玖')}接听",
        lambda c: f"电话{(n := mobile(c))[:2]}{spelt(n[2:6])}{n[6:]}接听",
        lambda c: f"电话{spelt(mobile(c), '⓪①②③④⑤⑥⑦⑧⑨')}接听",
        lambda c: f"电话{spelt(mobile(c), '٠١٢٣٤٥٦٧٨٩')}接听",
        lambda c: f"拨打{(n := mobile(c))[:5]}\n{n[5:]}反映",
        lambda c: f"TEL{mobile(c)}",
        lambda c: f"手机l{mobile(c)[1:7]}OOOO",
        lambda c: f"传真86-598-58{digits(c, 5)}",
        lambda c: f"电话0598.58{digits(c, 5)}",
        lambda c: f"微信号wx{mobile(c)}",
        lambda c: "手机号一三" + "".join(c.choice("〇一二三四五六七八九") for _ in range(9)) + "已停用",
    ],
    "bank_account": [
        lambda c: f"款项退至{card(c)}",
        lambda c: f"汇入农业银行{(n := card(c))[:4]} {n[4:8]} {n[8:12]} {n[12:]}",
        lambda c: f"收款账号{card(c, '95')}已入账",
        lambda c: f"收款账号{apart(card(c), ZERO_WIDTH)}已入账",
        lambda c: f"开户行工商银行，账号：{digits(c, 17)}",
    ],
    "address": [
        lambda c: f"家住夏茂镇{c.choice(['上洋', '李窠', '东街'])}村{c.randint(1, 12)}组{c.randint(1, 99)}号的村民已退款",
        lambda c: f"到金沙小区{c.randint(1, 30)}栋{c.randint(1, 4)}单元{c.randint(101, 1804)}室核实情况",
        lambda c: f"该干部居住在凤岗街道府西路{c.randint(1, 300)}号",
        lambda c: f"家住凤岗街道金鼎城{c.randint(1, 9)}幢{c.randint(101, 1804)}",
        lambda c: f"住{c.choice(['李窠', '上洋'])}村{c.randint(1, 99)}号",
        lambda c: f"新城东路金桥花园{c.randint(1, 9)}座{c.randint(1, 3)}梯{c.randint(101, 999)}",
        lambda c: f"其本人名下{c.randint(1, 20)}号楼{c.randint(101, 999)}室房产已登记",
    ],
    "plate": [
        lambda c: f"公车{plate(c)}违规使用问题已整改",
        lambda c: f"新购车辆{new_energy_plate(c)}已登记",
        lambda c: f"查扣闽 G · {digits(c, 5)}",
        lambda c: f"查扣闽\u200bG{digits(c, 5)}",
        lambda c: f"查扣闽G{digits(c, 4)}学教练车",
    ],
    "dealt_with": [
        lambda c: f"给予{name(c)}党内警告处分",
        lambda c: f"对{name(c)}进行诫勉谈话",
        lambda c: f"区总医院原副院长{name(c)}因违规采购受到政务处分",
        lambda c: f"{name(c)}同志被追责问责",
        lambda c: f"给予{c.choice(SURNAMES)}　{c.choice(GIVEN)}党内警告处分",
        lambda c: f"对{long_name(c)}、{long_name(c)}等2人给予党纪处分",
        lambda c: f"会计{name(c)}，挪用公款被开除党籍",
        lambda c: f"责令{long_name(c)}退缴违规取酬",
        lambda c: f"诫勉谈话对象：{long_name(c)}、{long_name(c)}",
        lambda c: f"当事人{long_name(c)}已退款",
        lambda c: f"给予{long_name(c)} 党内警告",
        lambda c: f"将{long_name(c)}予以开除公职处分",
    ],
    "passport": [
        lambda c: f"护照号E{digits(c, 8)}已上交",
        lambda c: f"持港澳通行证C{digits(c, 8)}出境",
        lambda c: f"军官证军字第{digits(c, 7)}号",
        lambda c: f"社保卡号A{digits(c, 8)}",
        lambda c: f"因私护照EA{digits(c, 7)}未按规定上交",
    ],
    "email": [
        lambda c: f"可发邮件至{chance_word(c)}@163.com反映",
        lambda c: f"邮箱{chance_word(c)}＠qq.com已公布",
        lambda c: f"邮箱{chance_word(c)}(at)163.com",
        lambda c: f"微信号zhang{digits(c, 4)}",
        lambda c: f"QQ {digits(c, 9)}",
        lambda c: f"邮箱{chance_word(c)} @ sina.com.cn",
    ],
    "hidden": [
        lambda c: f"整改{c.choice(HIDDEN)}到位",
        lambda c: f"共{c.choice('٣𝟑３๓')}家".replace("３", "৩"),
    ],
    "open_case": [
        lambda c: f"另有{c.randint(2, 9)}名人员正在接受调查",
        lambda _: "相关责任人已被立案审查调查",
        lambda _: "该案尚未公布",
        lambda _: "有关线索正在核查",
        lambda _: "相关案件正在侦办",
        lambda _: "涉案人员被采取留置措施",
        lambda _: "涉及尚未公布的案件",
        lambda _: "其余人员另案处理",
        lambda _: "区纪委已介入调查",
        lambda c: f"在查案件{c.randint(2, 9)}件",
        lambda _: "正由区纪委监委审查",
        lambda _: "该案已移送检察机关审查起诉",
    ],
    "classified": [
        lambda c: f"机密★{c.choice(['1年', '10年', '长期', ''])}",
        lambda _: "（秘密）",
        lambda _: "【绝密】",
        lambda _: "密级：机密",
        lambda _: "秘 密★六个月",
        lambda _: "密级为秘密",
        lambda _: "属于机密级事项",
        lambda _: "内部资料，注意保存",
        lambda _: "机密·1年",
        lambda _: "【内部】",
        lambda _: "不得外传",
    ],
    "minor": [
        lambda c: f"学生{long_name(c)}，由学校帮扶",
        lambda c: f"未成年人{long_name(c)}被帮教",
        lambda c: f"{long_name(c)}同学已复学",
        lambda c: f"涉案少年，{c.randint(8, 17)}岁，已送专门学校",
        lambda _: "帮教一名十五岁女生",
    ],
    "petition": [
        lambda c: f"信访户{long_name(c)}的诉求已解决",
        lambda c: f"12345工单号2025{digits(c, 7)}已办结",
        lambda c: f"信访件编号{c.randint(100000, 999999)}已办结",
        lambda c: f"信访人{long_name(c)}反映的问题已答复",
        lambda c: f"举报人{c.choice(SURNAMES)}某反映的问题属实",
        lambda c: f"交办件D3FJ2025{digits(c, 6)}号已办结",
    ],
}

NEAR_MISSES = (
    "出台沙委〔2025〕13号文件",
    "依据明委办发〔2024〕6号文件开展整治",
    "拨付资金13800138000元",
    "累计完成产值110101199003元",
    "截至2025年7月31日已收回46万元",
    "2025-07-01至2025-08-31开展专项整治",
    "统一社会信用代码91350427MA2Y7K3Q0K的企业已整改",
    "项目编号202507310001已竣工",
    "发票号码12345678已核对",
    "拨打12345热线和12388举报平台",
    "完成3840亩复垦，涉及14宗26亩违法占用耕地",
    "制定《中国共产党纪律处分条例》学习方案",
    "修订《公职人员政务处分法》配套制度",
    "由高砂镇对3名相关责任人进行相应处置",
    "由区林业局、城发集团分别对5名相关责任人进行处置",
    "给予党内警告处分7人，政务记过2人",
    "对15名违规经商办企业公职人员给予相应处分",
    "给予严重警告处分1人，免职1人",
    "对相关单位给予通报批评，约谈主要负责人3人次",
    "对高管人员违规取酬问题进行问责",
    "对项目负责人进行诫勉谈话",
    "张某某因违规采购受到政务警告处分",
    "立案12件，处分15人，留置2人",
    "立案审查调查5件5人，均已公布",
    "查处违规吃喝、酒驾醉驾公职人员8名",
    "40件未办结线索全部办结",
    "正在办理排污许可手续",
    "强化商业秘密保护，组织保密教育",
    "开展保守国家秘密法宣传",
    "破获涉未成年人刑事案件同比下降超30%",
    "对6岁以上儿童免费接种疫苗",
    "为3至6岁幼儿提供托管服务",
    "关爱未成年人健康成长，资助学生120名",
    "妥善处置信访事项，回应信访群众合理诉求",
    "信访件办结率达98%，信访人满意度提升",
    "上洋村生态公益林补偿金已整改到位",
    "改造老旧小区12个，兴贤坊小区店面新出租30间",
    "新建文体楼5楼会议室",
    "整改城关2号楼消防隐患",
    "修复村道3组路灯",
    "G25高速沙县段和S308线已修复",
    "采购A4纸200包",
    "闽GDP增长6.2%",
    "经度117.789012，纬度26.397102",
    "电话回访1200人次",
    "手机用户新增5000户",
    "银行贷款余额2025000000元",
    "农商银行发放贷款3200笔",
    "安排资金1234567890123456元用于化债",
    "第13、14、15、16、17、8条已完成",
    "完成13个，1412户，2201人",
    "区住建局印发〔2025〕12号文件",
    "上洋村3号地块已复垦",
    "账户资金1234567890123元已冻结",
    "责令高管退缴违规取酬",
    "约谈对象包括3家单位",
    "加强商业秘密文件管理",
    "完成第5栋1200平方米改造",
    "微信平台2025年推送120期",
    "A3型采购E2级风险等级",
    "项目E12345678号标段已完工",
    "一二三产业融合，二三产业增长",
    "建立党员干部“八小时之外”监督机制",
)
