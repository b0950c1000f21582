"""The title, the contact block, the signature, and what the lead says of the round."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence

from apps.measures.importing.notices.draft import Contact, Facts
from apps.measures.importing.notices.labels import begins_with
from apps.measures.importing.notices.lines import RUN, Line
from apps.measures.importing.notices.shapes import CONTACT, LATER
from apps.measures.numbers.days import Period, periods_in
from apps.measures.numbers.digits import WIDE

BRACKET = r"(?:[（(][^（）()]{1,12}[）)])?$"
TITLE = re.compile(
    rf"(?:关于|巡[视察]).{{0,60}}(?:通报|公告|公示|报告|公开|函|台账|清单|一览表|分解表){BRACKET}|(?:关于.{{0,60}}|向.{{2,40}}反馈.{{0,30}})情况{BRACKET}"
)
FIRST_TITLE = re.compile(r"巡[视察].{0,30}整改(?:落实|进展|工作)*(?:情况|进展|成效|落实)?$")
META = re.compile(
    r"^(?:发布(?:日期|时间|机构)|来源|信息来源|作者|浏览(?:量|次数)|访问量|字号|字体|索引号|信息索引号|成文日期|"
    r"索引号|发文(?:日期|时间|机构)|成文时间|文号|标题[：:]|效力状态|有效性|"
    r"公开(?:方式|类型|范围|日期)|责任编辑|编辑|审核|"
    r"文件?名称|主题(?:词|分类)|点击(?:数|量)|阅读|时间|日期|当前位置|您(?:的|现在的)(?:当前)?位置|分享|打印|关闭|"
    r"朗读|保护视力|【?字[体号]|首页|组配分类)"
)
AFTER = re.compile(
    r"^(?:打印|关闭|分享|在看|收藏|点赞|阅读原文|上一篇|下一篇|相关(?:链接|附件|文档|新闻)|附件|扫一扫|【?(?:打印|关闭)|责任编辑|[（(]?(?:编辑|责编|供稿|撰稿)[：:]|"
    r"版权所有|主办单位|网站地图|.{0,12}ICP备)"
)
SIGNED = re.compile(
    r"^(?:中共|中国共产党)?[\u4e00-\u9fff（）()·×*]{2,40}(?:委员会|党组|党委|党工委|[市县区旗州]委|工委|总支|支部|领导小组(?:办公室)?)$"
)
NAME = re.compile(r"[\u4e00-\u9fff（）()·“”×*\s]{4,40}")
DATE_LINE = re.compile(r"^[（(]?(?:20\d\d|二[〇○零0]..)年.{1,3}月(?:.{1,4}日)?[）)]?$")
PHONE = re.compile(
    r"(?<![\d.-])(?:[48]00-?\d{3}-?\d{4}|"
    r"(?:[（(]?0\d{2,3}[）)]?\s*[-—－–]?\s*)?[2-9]\d{6,7}(?:[-转]\d{1,5})?|1[3-9]\d{9}|12\d{3})(?!\d|\.\d)"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
POSTCODE = re.compile(r"(?:邮政编码|邮编|邮政编号)[：:]?\s*(\d{6})|(?<!\d)(\d{6})(?!\d)(?=[)）。；;，,]|$)")
ADDRESS = re.compile(
    r"(?:(?:通信|通讯|邮寄|联系|来信|办公|信件|受理)?(?:地址|邮寄地址)|邮政信箱|(?<!电子)信箱|"
    r"(?:请|信函|信件|来信|邮件)(?:请)?邮?寄(?:至|到|往|送)?|寄(?:信|送)?(?:至|到|往)|来信(?=[：:]))(?![：:]?\s*[\w.+-]+@)[：:]?\s*(?P<place>[^；;。，,\n]{4,80})"
)
RECEIVER = re.compile(r"(?P<who>[\u4e00-\u9fff（）()]{2,30}?)\s*[（(]?收[）)]?$")
CONTACT_START = re.compile(
    r"(?:^|(?<=[。！!\n]))[^。！!\n]{0,40}?(?:欢迎.{0,30}(?:监督|意见|建议)|联系(?:电话|方式)|监督(?:电话|举报)|"
    r"反映.{0,6}(?:情况|方式|渠道)|公示期|电话[：:]?\s*[（(]?\d{3})"
)
HANDED_ON = re.compile(r"(?:关于|对于?|同时)?[，,]?(?:巡[视察]组?)?.{0,6}(?:移交|转办)")
CLOSING = re.compile(rf"下一?步[，,将]|下一?阶段[，,将]|今后[，,将]|接下来[，,将]|后续[，,将]|{HANDED_ON.pattern}")
NUMBERED = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]、")
MOST_CLOSING, SHORT = 3, 40
REACHED, CONTACT_WITHIN = re.compile(r"\d{7}|\d{3,4}[-—－]\d|@"), 120
"""设置监督电话 within an account is no contact: a number or an address follows soon after one."""
INSPECTOR = re.compile(
    r"(?:(?<=[，,日月对至由])|^)(?P<who>(?:(?:中央|[\u4e00-\u9fff]{0,6}?(?:省|市|县|区|旗|州|自治区|校|集团|公司|厅|"
    r"局|部|学校|大学|工委)(?:公司)?(?:党委|委|党组)?|教育部|国资委|党委)"
    r"(?:营商环境|粮食|[\u4e00-\u9fff]{0,8}?专项)?(?:第?[一二三四五六七八九十\d]{1,3})?(?:专项|常规|"
    r"提级)?巡[视察](?:第?[一二三四五六七八九十\d]{1,3})?组))"
)
INSPECTED = re.compile(
    r"(?:对|向)(?P<who>[^，,。；;、]{2,40}?(?:委员会|党组|党委|党工委|工委|[市县区旗州]委|总支|支部|[市县区旗]|公司|"
    r"集团|学院|大学|局|院|镇|街道))(?:领导班子)?(?:党组织)?(?:及.{0,20})?(?:开展|进行|反馈)"
)


def title_of(lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """The title, and the lines without it and without what a web page puts around a text."""
    kept = list(lines)
    for place, line in enumerate(kept):
        if AFTER.match(line.text) and place > len(kept) * 0.5 and not re.match(r"附件", line.text):
            kept = kept[:place]
            break
    title, place = "", 0
    for index, line in enumerate(kept[:12]):
        words = line.text.strip("　-•· ")
        if (
            (TITLE.search(words) or (not index and FIRST_TITLE.search(words)))
            and len(words) <= 90
            and not re.match(r"[一二三四五六七八九十]、|[（(]", words)
            and "。" not in words
            and not META.match(words)
        ):
            title, place = (title or words), index + 1
        elif title and index == place and len(words) < 20 and words.endswith(("通报", "公告", "公示")):
            title, place = title + words, index + 1
    for line in reversed(kept[: max(0, place - 1)]):
        words = line.text.strip()
        if (
            not title
            or title.startswith(("中共", "中国共产党"))
            or META.match(words)
            or len(words) > 50
            or words.endswith(("。", "：", "页"))
        ):
            break
        if words.endswith("关于") or words.startswith(("中共", "中国共产党")):
            title = f"{words}{title}"
    rest = [line for line in kept[place:] if not (META.match(line.text) and len(line.text) < 60)] if title else kept
    return title, _without_meta(rest)


def _without_meta(lines: list[Line]) -> list[Line]:
    found = list(lines)
    while found and len(found[0].text) < 60 and (META.match(found[0].text.lstrip("-•· ")) or DATE_LINE.match(found[0].text)):
        found.pop(0)
    return found


def contact_of(lines: Sequence[Line]) -> tuple[Contact, list[Line]]:
    """The contact block with the signature, and the lines before it."""
    kept = list(lines)
    tail: list[Line] = []
    while kept and (
        DATE_LINE.match(kept[-1].text.translate(WIDE).replace(" ", ""))
        or SIGNED.match(kept[-1].text.replace(" ", ""))
        or len(kept[-1].text) < 3
        or _stands_over_date(kept[-1], tail)
    ):
        tail.insert(0, kept.pop())
    signed = [line.text for line in tail if SIGNED.match(line.text.replace(" ", ""))]
    signature = (signed or [line.text for line in tail[:1] if _stands_over_date(line, tail[1:])] or [""])[0]
    block: list[Line] = []
    while kept and _is_contact(kept[-1]):
        block.insert(0, kept.pop())
    if kept and (cut := _cut(kept[-1])):
        kept[-1], begun = cut
        block.insert(0, begun)
    if kept and not kept[-1].text:
        kept.pop()
    text = "\n".join(line.text for line in block)
    return _contact(text, signature, (block or tail or [Line(0, "")])[0].number), kept


def _stands_over_date(line: Line, tail: Sequence[Line]) -> bool:
    """Whether a short line over the date at the end is a signature, whatever it ends with (…办公室, …公司)."""
    is_dated = bool(tail and DATE_LINE.match(tail[0].text.translate(WIDE).replace(" ", "")))
    return is_dated and bool(NAME.fullmatch(line.text))


def _is_contact(line: Line) -> bool:
    words = line.text
    if re.match(r"[一二三四五六七八九十]、", words) and not CONTACT.search(words):
        return False
    if len(words) > RUN and (_cut(line) or len(NUMBERED.findall(words)) > 1):
        return False
    if CONTACT.search(words) and (len(words) < 2 * RUN or CONTACT_START.match(words)):
        return bool(PHONE.search(words) or MAIL.search(words) or re.search(r"\d{7}|欢迎|公示|地址|邮编|邮政编码|联系|电话|邮箱", words))
    short = len(words) < 80
    return short and bool(
        MAIL.search(words)
        or PHONE.search(words)
        or re.search(r"^(?:邮编|邮政编码|地址|来信|信箱|网址|电话|传真|邮箱|联系人|收件人|（?来信请)", words)
    )


def _cut(line: Line) -> tuple[Line, Line] | None:
    """A line whose end is the contact block (missing line breaks): what is before it, and the block."""
    if not re.search(r"\d{7}|\d{3,4}[-—－]\d|@", line.text):
        return None
    found = [
        match
        for match in CONTACT_START.finditer(line.text)
        if match.start() > len(line.text) * 0.2 and REACHED.search(line.text, match.start(), match.end() + CONTACT_WITHIN)
    ]
    if not found:
        return None
    start = found[0].start()
    return Line(line.number, line.text[:start].strip()), Line(line.number, line.text[start:].strip())


def _contact(text: str, signature: str, line: int) -> Contact:
    if not text and not signature:
        return Contact()
    if not signature:
        last = re.search(r"(中共[\u4e00-\u9fff]{2,30}(?:委员会|党组|党委|党工委|[市县区旗州]委))\s*(?:20\d\d年\d+月\d+日)?$", text)
        signature = last[1] if last else ""
    said, text = text, text.translate(WIDE)
    address = ADDRESS.search(text)
    place = re.sub(r"[（(](?!\s*收)(?![^）)]*[路街号道])[^）)]*[）)]?$", "", address["place"].strip()) if address else ""
    receiver = RECEIVER.search(place)
    postcode = POSTCODE.search(text)
    plain = MAIL.sub(" ", text)
    return Contact(
        phones=tuple(dict.fromkeys(match[0].strip() for match in PHONE.finditer(_without_codes(plain)))),
        mails=tuple(dict.fromkeys(MAIL.findall(text))),
        address=place,
        postcode=next((code for code in postcode.groups() if code), "") if postcode else "",
        receiver=_receiver(receiver["who"]) if receiver else "",
        signature=signature,
        line=line,
        text=said,
    )


def closing_of(lines: Sequence[Line]) -> tuple[list[Line], list[tuple[Line, bool]]]:
    """The lines without the words after the last entry (下一步，…；关于移交事项：…), each of these with whether it tells of leads.

    Only where no entry before has such a line as its own.
    """
    kept, closing = list(lines), list[tuple[Line, bool]]()
    if len(kept) > 1 and LATER.search(kept[-2].text) and len(kept[-2].text) < SHORT:
        return kept, closing
    while len(kept) > 1 and len(closing) < MOST_CLOSING and CLOSING.match(kept[-1].text) and begins_with(kept[-1].text) is None:
        last = kept.pop()
        closing.insert(0, (last, bool(HANDED_ON.match(last.text))))
    is_of_entries = any(CLOSING.match(line.text) for line in kept)
    return (list(lines), []) if is_of_entries else (kept, closing)


def contact_told_before(contact: Contact, lead: Sequence[Line]) -> Contact:
    """The contact of a notice that says it in its lead (…公示如下，监督电话：…) and not at its end."""
    if contact.phones or contact.mails:
        return contact
    for line in lead:
        if CONTACT.search(line.text):
            told = _contact(line.text, contact.signature, line.number)
            if told.phones or told.mails:
                return told
    return contact


def _receiver(who: str) -> str:
    """Of 文化街5楼区委巡察办收 the office alone."""
    return re.split(r"\d+(?:楼|号|室|层|栋|座)", who)[-1].strip("（(楼号室层栋座")


def _without_codes(text: str) -> str:
    return re.sub(r"(?:邮政编码|邮编)[：:]?\s*\d{6}|20\d\d年\d{1,2}月\d{1,2}日|\d{1,2}[:：]\d\d", " ", text)


def facts_of(title: str, lead: Sequence[Line], signature: str, tail: Sequence[Line]) -> Facts:
    """Dates and bodies of the lead; what is not said stays empty."""
    text = "".join(line.text for line in lead)
    first = lead[0].number if lead else 0
    opening = text[:600]
    on_site, feedback = _days(opening)
    inspector, inspected = INSPECTOR.search(opening), INSPECTED.search(opening)
    named = re.match(r"(?P<who>(?:中共|中国共产党)?[^关]{2,40}?)(?:关于|落实|对).{0,40}巡[视察]", title) or re.match(
        r"(?P<who>(?:中共|中国共产党)?[^关]{2,40}?(?:委员会|党组|党委|工委|[市县区旗州]委|支部))巡[视察]", title
    )
    who = (named["who"] if named else "") or signature or (inspected["who"] if inspected else "")
    kind = "巡察" if "巡察" in f"{title}{opening[:200]}" else "巡视" if "巡视" in f"{title}{opening[:200]}" else ""
    signed = next((_one_day(line.text) for line in reversed(tail) if DATE_LINE.match(line.text.translate(WIDE).replace(" ", ""))), None)
    found = {"on_site_from": on_site[0] if on_site else None, "feedback_on": feedback, "signed_on": signed}
    lines = tuple((name, tail[-1].number if name == "signed_on" and tail else first) for name, day in found.items() if day)
    return Facts(
        title,
        who.removeprefix("中国共产党").removeprefix("中共") if who else "",
        inspector["who"] if inspector else "",
        kind,
        on_site[0] if on_site else None,
        on_site[1] if on_site else None,
        feedback,
        signed,
        lines,
    )


def _one_day(text: str) -> dt.date | None:
    period = next(iter(periods_in(text.replace(" ", ""))), None)
    return period.until if period and period.has_year and period.start == period.until else None


def _days(text: str) -> tuple[tuple[dt.date, dt.date] | None, dt.date | None]:
    """The days on site and the day of the feedback."""
    on_site: tuple[dt.date, dt.date] | None = None
    feedback: dt.date | None = None
    year = 0
    for period in periods_in(text):
        year = period.until.year if period.has_year else year
        start, until = _with_year(period, year)
        after = text[period.place[1] : period.place[1] + 70].split("。", maxsplit=1)[0]
        around = text[max(0, period.place[0] - 30) : period.place[1] + 50]
        if (
            start != until
            and on_site is None
            and "日" in text[slice(*period.place)]
            and re.search(r"巡[视察]|进驻|检查", around)
            and not re.search(r"公示|公开(?:时间|期)", around)
        ):
            on_site = (start, until)
        elif start == until and feedback is None and re.search(r"反馈", after):
            feedback = start
    return on_site, feedback


def _with_year(period: Period, year: int) -> tuple[dt.date, dt.date]:
    if period.has_year or not year:
        return period.start, period.until
    return _in_year(period.start, year), _in_year(period.until, year)


def _in_year(day: dt.date, year: int) -> dt.date:
    """The same day of that year; a month without a year (2月底) ends on the 29th, which most years do not have."""
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))
