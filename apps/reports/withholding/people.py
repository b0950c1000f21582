"""Red flags about people: where they live, that they were dealt with, minors among them, who petitioned; and what is still looked into."""

from __future__ import annotations

import re

from apps.reports.withholding.names import LEADER_BEFORE, SUFFERS, Named, names_in
from apps.reports.withholding.numbers import Spans, within
from apps.reports.withholding.text import Reading

COUNTED = r"[0-9一二三四五六七八九十百]+"
HAN = r"[\u4e00-\u9fff]"
RURAL = re.compile(
    rf"{HAN}{{1,12}}(?:村|社区|屯|寨|居委会|自然村)[^，。；、\s]{{0,12}}?{COUNTED}(?:村民小组|组|队|社)[^，。；、\s]{{0,8}}?{COUNTED}号"
)
ESTATE = re.compile(
    rf"{HAN}{{1,12}}?(?:小区|花园|公寓|家园|新村|新城|苑|庭|府|宿舍|公馆|豪庭|广场)[^，。；、\s]{{0,8}}?[0-9A-Za-z一二三四五六七八九十]+(?:栋|幢|座|号楼)"
    rf"(?:{COUNTED}(?:单元|梯))?(?:{COUNTED}(?:层|楼))?(?:{COUNTED}(?:室|房|号|户)|[0-9]{{3,4}}(?![0-9]))"
)
BUILDING = re.compile(
    rf"[0-9A-Za-z一二三四五六七八九十]+(?:栋|幢|座|号楼)(?:{COUNTED}(?:单元|梯))?(?:{COUNTED}(?:层|楼))?(?:{COUNTED}(?:室|房)|[0-9]{{3,4}}(?![0-9]))"
)
HOUSE = re.compile(
    rf"(?<!居)住(?:在|于)?(?!建|房|宅|院|所|户|校|保)[^，。；〔（(]{{2,20}}{COUNTED}号(?!文|线|院|令|公告)|{HAN}{{1,8}}村{COUNTED}号(?=[，。；、（）的]|$)"
)
LIVES = re.compile(r"住|居民|业主|户主|村民|家中|家住|同志|本人|其妻|其子|其父|租客|租户|房主|户籍")
DWELLS = re.compile(
    rf"(?:住址|家住|住在|户籍地?|现住址?|居住在|居住于|居住地|家庭地址|常住地)[：:为是]?[^，。；]{{2,40}}{COUNTED}(?:号|室|组|栋|房)"
)
DEALT = re.compile(
    r"党纪|政务处分|政纪|处分|立案|查处|警告|记过|记大过|降级|撤职|开除|留党察看|诫勉|批评教育|谈话提醒|提醒谈话|约谈|问责|追责|追究|移送|双开|双规|留置|强制措施|"
    r"违纪|违法|违规|判处|有期徒刑|拘留|逮捕|拘役|受贿|行贿|贪污|侵占|挪用|套取|骗取|免职|免去|停职|辞退|检讨|退缴|退赔|多领|当事人|给予.{0,8}处理|作出.{0,8}处理|严肃处理|处置"
)
TITLE_OF_RULE = re.compile(r"《[^》]*》")
OPEN_SECTIONS = ("lead", "section_one")
CASE = re.compile(
    r"正在(?:被|接受|配合|开展|进行)?(?:立案)?(?:核查|核实|调查|审查|初核|侦查|侦办|纪律审查|监察调查|审理|查办|问责调查)"
    rf"|(?:已|被|予以|正|正式)?立案(?:审查调查|审查|调查|侦查)(?!调查|{COUNTED}(?:件|人|起|名|宗))"
    r"|(?:接受|配合)(?:纪律审查|监察调查|审查调查|组织调查|组织审查)"
    r"|(?:被|予以|采取|已)(?:采取)?留置(?:措施)?"
    r"|(?:尚未|还未|暂未|未)(?:对外|对社会|向社会|正式)?(?:公布|公开|通报)的?(?:案件|案|线索|问题线索|处分|调查|结论|人员|违纪|涉)"
    r"|(?:案件|线索|此案|该案)[^，。；]{0,8}(?:尚未|还未|暂未|仍在|正在|未)(?:公布|公开|通报|核查|调查|审查|办理|侦办|初核|审理|核实|对外)"
    r"|(?:初步核实|谈话函询|初核)(?:阶段|中|期间|当中)"
    r"|另案处理|在查(?:案件|问题|线索)|在办案件|协助调查|移送[^，。；]{0,8}审查起诉"
    r"|(?:纪委|监委|纪检|公安|检察)[^，。；]{0,6}介入|配合[^，。；]{0,8}(?:部门|机关|组)[^，。；]{0,4}(?:调查|核查)"
    r"|正由[^，。；]{1,16}(?:审查|调查|核查|侦查|侦办|审理)|尚在(?:侦查|侦办|调查|审查|核查|审理|初核)"
    r"|(?:案件|线索)[^，。；]{0,4}(?:正在|尚在|仍在)(?:处置|办理)"
    r"|(?:审查调查|立案审查|留置|调查)(?:阶段|期间|当中|尚在进行)"
)
MARK = r"(?:绝\s?密|机\s?密|秘\s?密)"
CLASSIFIED = re.compile(
    rf"{MARK}\s?[★☆※*＊]\s?(?:{COUNTED}\s?(?:年|个?月|日|天)|长期|启用前)?"
    rf"|[★☆※]\s?{MARK}"
    rf"|密级\s?(?:为|是|[：:])?\s?{MARK}|(?:属于?|定为|标为|标注){MARK}|(?<!商业)(?<!国家)(?<!工作){MARK}级?(?:文件|事项|件|材料|资料)|{MARK}级(?![\u4e00-\u9fff])"
    rf"|{MARK}[\s·.]?{COUNTED}\s?(?:年|个?月)"
    r"|内部(?:资料|文件|材料)[，,]?(?:注意|妥善)保(?:存|管|密)|(?:不得|严禁|请勿|不准)外传|涉密文件(?:编号|号)"
    rf"|[【〔\[（(［]\s?(?:{MARK}|内部|内部资料|内部文件|不予公开|涉密)[^】〕\]）)］]{{0,12}}[】〕\]）)］]"
    r"|密级\s?[：:]\s?[绝机秘]|保密期限\s?[：:]|解密(?:时间|日期|条件)\s?[：:]"
    rf"|^\s?{MARK}\s?$"
)
YOUNG = r"(?:未成年人|学生|小学生|中学生|初中生|高中生|幼儿|儿童|女童|男童|少年|少女|女生|男生|孤儿|婴儿|孩子|未成年子女)"
YOUNG_BEFORE = re.compile(rf"(?:{YOUNG}[（(：:]?|未满(?:18|十八)周?岁的)$")
YOUNG_CALLED = re.compile(r"^(?:同学|小朋友|（?(?:男|女)，[0-9]{1,2}岁)")
NAMED_ENDS = re.compile(r"^(?:[，。、；（(：:]|等|的|因|被|受|遭|在|于|和|及|从|向|将|家|父|母|同学|溺|死|伤|$)")
AGE = re.compile(
    r"(?<![0-9—\-~～至到满])([0-9]{1,2}|十[一二三四五六七]?|[一二三四五六七八九])(?:周)?岁(?!以|及|至|到|[—\-~～]|的?(?:以|年龄段|组))"
)
SPELLED_AGES = ("零", *"一二三四五六七八九十", "十一", "十二", "十三", "十四", "十五", "十六", "十七")
CHINESE_AGES = {word: number for number, word in enumerate(SPELLED_AGES)}
OF_AGE = 18
PERSONAL = re.compile(rf"{YOUNG}|某|其女|其子|女儿|儿子|被害|受害|（男|（女|男，|女，|现年|年仅|时年|姓名|辍学|同学|涉案|犯罪|溺")
SENDER = r"(?:信访人|上访人|来访人|来信人|举报人|检举人|控告人|投诉人|反映人|信访当事人|上访户|信访户|上访人员|来访群众|来信群众)"
PETITION = re.compile(
    r"(?:信访|来访|来信|举报|投诉)(?:件|事项|案件|登记|单|受理|交办|转办)?(?:编号|登记号|受理号|流水号|序号)[^，。；]{0,16}"
    r"|(?:信访件|交办件|转办件|举报件|信访事项)第?[〔\[（(]?[0-9A-Za-z][0-9A-Za-z\-〔〕\[\]（）()]{2,24}号?"
    r"|工单(?:编号|号)?[：:为是]?\s?[0-9]{6,}"
    r"|(?:闽信|省信|市信|区信|国信)[^，。；]{0,4}[〔\[（(][0-9]{4}[〕\]）)][^，。；]{0,4}[0-9]+号"
)
SENDER_TOLD = re.compile(rf"{SENDER}(?:的)?(?:姓名|身份|电话|住址|地址|单位|联系|身份证|为|是|系|：|:|、|，|{HAN}某)")
SENDER_BEFORE = re.compile(rf"{SENDER}(?:的姓名)?(?:为|是|系|：|:)?$")


def addresses(reading: Reading) -> Spans:
    """Where a person lives: a house of a village group, a flat of an estate; a room of a building where the sentence speaks of living."""
    told: list[tuple[int, int]] = []
    for pattern in (DWELLS, RURAL, ESTATE, HOUSE, BUILDING):
        for found in pattern.finditer(reading.plain):
            lives = pattern is not BUILDING or LIVES.search(reading.around(*found.span()))
            if lives and not within(found.span(), told):
                told.append(found.span())
    yield from told


def people_dealt_with(reading: Reading, place: str) -> Spans:
    """A name in a sentence that speaks of discipline; a leader in office, named with the office, may be named in the lead and in 一."""
    rules = [found.span() for found in TITLE_OF_RULE.finditer(reading.plain)]
    told: list[tuple[int, int]] = []
    for named in names_in(reading.plain):
        span = named.start, named.end
        if within(span, rules) or within(span, told) or not named.is_likely:
            continue
        if DEALT.search(reading.around(*span)) and not (place in OPEN_SECTIONS and _leads(reading, named)):
            told.append(span)
    yield from told


def _leads(reading: Reading, named: Named) -> bool:
    office = LEADER_BEFORE.search(named.before)
    return office is not None and not re.search(r"[原前][^，。]{0,6}$", named.before) and not SUFFERS.match(reading.plain[named.end :])


def open_cases(reading: Reading) -> Spans:
    yield from (found.span() for found in CASE.finditer(reading.plain))


def classification_marks(reading: Reading) -> Spans:
    """The mark of a secret; 商业秘密 or 保守秘密 is a word like others."""
    yield from (found.span() for found in CLASSIFIED.finditer(reading.plain))


def minors(reading: Reading) -> Spans:
    """A minor by name, or by an age below eighteen of somebody in particular."""
    told: list[tuple[int, int]] = []
    for named in names_in(reading.plain):
        rest, span = reading.plain[named.end : named.end + 12], (named.start, named.end)
        by_word = YOUNG_BEFORE.search(named.before) and NAMED_ENDS.match(rest)
        if (by_word or YOUNG_CALLED.match(rest)) and not within(span, told):
            told.append(span)
    yield from told
    for found in AGE.finditer(reading.plain):
        age = CHINESE_AGES.get(found[1]) or int(found[1] if found[1].isdigit() else OF_AGE)
        if age < OF_AGE and PERSONAL.search(reading.around(*found.span())):
            yield found.span()


def petitions(reading: Reading) -> Spans:
    """The number of a petition, and who sent it."""
    yield from (found.span() for found in PETITION.finditer(reading.plain))
    told = [found.span() for found in SENDER_TOLD.finditer(reading.plain)]
    for named in names_in(reading.plain):
        span = named.start, named.end
        if SENDER_BEFORE.search(named.before) and not within(span, told):
            told.append(span)
    yield from told
