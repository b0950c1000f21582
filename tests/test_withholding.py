"""The red-flag rules: the published notice raises none, planted fragments are found wherever they stand, near misses are not."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from apps.reports.models import Audience
from apps.reports.withholding.findings import look
from apps.reports.withholding.rules import BY_ID, RULES, WATCH
from config.demo.source import read_source
from tests.withheld_corpus import NEAR_MISSES, PLANTED

TEXT = read_source(Path("fixtures/shaxian-2025/notice.txt"))
CONTACT = {"phone": "0598-5556611", "address": "沙县区文化街文体楼5楼区委巡察办收", "postcode": "365050", "email": "sxxwxcb6611@163.com"}
PLACES = 20


def content(*items: tuple[int, str, str], **changed: Any) -> dict[str, Any]:
    """A notice with these items: number, title, text."""
    rows = [{"number": number, "title": title, "text": text} for number, title, text in items]
    section = {"title": "工作", "paragraphs": []}
    base = {
        "title": "关于省委巡视整改进展情况的通报",
        "lead": ["现将巡视整改进展情况通报如下。"],
        "sections": {
            "one": section,
            "two": {"title": "进展", "categories": [{"number": 1, "label": "一", "title": "整改不彻底", "items": rows}]},
            "three": section,
        },
        "invitation": "欢迎监督。",
        "contact": CONTACT,
        "signature": "中共三明市沙县区委",
        "date": "2025-12-25",
    }
    return {**base, **changed}


def whole() -> dict[str, Any]:
    found = content(*((item.number, item.title, item.body) for item in TEXT.items), lead=[TEXT.lead])
    for name, lines in (("one", TEXT.section_one), ("three", TEXT.section_three)):
        found["sections"][name] = {"title": "工作", "paragraphs": [{"head": "", "text": line} for line in lines]}
    return found


def raised(told: dict[str, Any], audience: Audience = Audience.SOCIETY) -> list[tuple[str, str, str]]:
    return [(finding.rule.id, finding.place, finding.fragment) for finding in look(told, audience)]


def planted_in(body: str, fragment: str, chance: random.Random) -> str:
    """At the end, at the beginning, or after a comma somewhere."""
    commas = [place + 1 for place, character in enumerate(body) if character in "，；"]
    place = chance.choice([0, len(body), *commas])
    before, after = body[:place], body[place:]
    return f"{before}{fragment}{'。' if place == len(body) else '，'}{after}"


def test_the_published_notice_raises_no_flag_for_either_audience() -> None:
    assert raised(whole()) == raised(whole(), Audience.PARTY) == []


def test_every_rule_has_fragments_and_says_why_and_what_to_do() -> None:
    assert set(PLANTED) == set(BY_ID) - {WATCH}
    assert all(rule.why and rule.to_do and Audience.SOCIETY in rule.audiences for rule in RULES)
    assert [rule.id for rule in RULES if Audience.PARTY not in rule.audiences] == ["dealt_with"]


@pytest.mark.parametrize("rule", sorted(PLANTED))
def test_planted_fragments_are_found_wherever_they_stand(rule: str) -> None:
    """Each kind of fragment in each of the 83 items."""
    chance = random.Random(rule)
    missed = []
    for item in TEXT.items:
        for kind, make in enumerate(PLANTED[rule]):
            fragment = make(chance)
            text = planted_in(item.body, fragment, chance)
            found = raised(content((item.number, item.title, text)))
            if not any(name == rule and place == f"item:{item.number}" and written in text for name, place, written in found):
                missed.append((item.number, kind, fragment))
    assert missed == []


def test_near_misses_raise_nothing() -> None:
    chance = random.Random(1)
    alarms = {}
    for near in NEAR_MISSES:
        for item in chance.sample(TEXT.items, PLACES):
            found = raised(content((item.number, item.title, planted_in(item.body, near, chance))))
            if found:
                alarms[near] = (item.number, found)
    assert alarms == {}


def test_what_is_found_is_the_fragment_and_its_sentence() -> None:
    told = content((5, "整治取酬", "已退缴21.03万元。请拨打13905980000反映；今后严格执行。"))
    [finding] = look(told, Audience.SOCIETY)
    assert (finding.rule.id, finding.place, finding.where, finding.anchor) == ("phone", "item:5", "第 5 条", "i5")
    assert (finding.before, finding.fragment, finding.after) == ("请拨打", "13905980000", "反映；")
    other = copy.deepcopy(told)
    other["sections"]["two"]["categories"][0]["items"][0]["text"] += "另有说明。"
    assert [again.sentence_hash for again in look(other, Audience.SOCIETY)] == [finding.sentence_hash]


def test_the_contact_block_is_exempt_by_its_place_and_the_invitation_is_not() -> None:
    assert raised(content()) == []
    invited = content(invitation="欢迎监督，也可拨打0598-5556611。")
    assert raised(invited) == [("phone", "invitation", "0598-5556611")]


def test_titles_headings_and_prose_are_looked_at_too() -> None:
    assert raised(content(title="秘密★关于整改情况的通报")) == [("classified", "title", "秘密★")]
    assert raised(content((1, "对张伟明给予警告处分", "已办。")))[0][:2] == ("dealt_with", "item:1")


def test_leaders_in_office_may_be_named_where_the_work_of_the_committee_is_told() -> None:
    named = "沙县区委书记陈晓翔，带头约谈整改不力单位并问责。"
    told = content()
    told["sections"]["one"] = {"title": "组织", "paragraphs": [{"head": "", "text": named}]}
    assert raised(told) == []
    assert raised(content((1, "约谈", named)))[0][0] == "dealt_with"
    told["sections"]["one"] = {"title": "组织", "paragraphs": [{"head": "", "text": "区住建局原局长陈晓翔因违纪受到政务处分。"}]}
    assert [name for name, _place, _written in raised(told)] == ["dealt_with"]


def test_the_party_may_be_told_who_was_dealt_with_and_nothing_else_that_is_flagged() -> None:
    told = content((1, "处置", "给予张伟明党内警告处分，其手机13905980000，案件正在侦办。"))
    assert {name for name, *_ in raised(told)} == {"dealt_with", "phone", "open_case"}
    assert {name for name, *_ in raised(told, Audience.PARTY)} == {"phone", "open_case"}


def test_watch_words_are_found_as_they_are_written_or_in_full_width() -> None:
    told = content((1, "整改", "涉及Ａ1项目的款项已收回，a1项目已停。"))
    found = look(told, Audience.PARTY, ["a1项目"])
    assert [(finding.rule.id, finding.fragment) for finding in found] == [(WATCH, "Ａ1项目"), (WATCH, "a1项目")]
