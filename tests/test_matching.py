"""Which figure of the ledger a number speaks of, and what the ledger says to it: on small ledgers made by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from apps.reports.blocks import Block, Kind
from apps.reports.proving.evidence import Day, Decided, Fact, Ledger, Point, Words
from apps.reports.proving.findings import Finding, sentence_hash
from apps.reports.proving.matching import Matcher
from apps.reports.proving.totals import differing

CUT_OFF = dt.date(2025, 12, 25)
COUNTS = {"categories": 6, "issues": 83, "measures": 360, "regulations": 115, "led": 42, "groups": 3, "meetings": 6}


def fact(name: str, value: str, unit: str = "家", *, scale: str = "", as_of: str = "2025-07-31", **facts: Any) -> Fact:
    factor = {"": 1, "万": 10_000, "亿": 10**8}[scale]
    points = facts.pop("points", (Point(Decimal(value) * factor, dt.date.fromisoformat(as_of)),))
    return Fact(facts.pop("key", f"indicator:{name}"), facts.pop("source", "reading"), name, unit, scale, points, issue=7, **facts)


def ledger(*facts: Fact, **more: Any) -> Ledger:
    return Ledger(until=CUT_OFF, asked_until=None, facts=facts, counts=COUNTS, **more)


def check(text: str, told: Ledger, place: str = "item:7", head: str = "") -> list[Finding]:
    kind: Kind = "item" if place.startswith("item") else "paragraph"
    return list(Matcher(told).findings(0, Block(kind, text, head, place)))


def statuses(text: str, told: Ledger, place: str = "item:7") -> dict[str, str]:
    return {finding.written: finding.status for finding in check(text, told, place) if finding.status != "excluded"}


def test_the_name_and_the_unit_decide() -> None:
    told = ledger(fact("提升改造标准门店", "1070"), fact("新增会员店", "418"))
    assert statuses("提升改造1070家标准门店，新增会员店418家。", told) == {"1070家": "matched", "418家": "matched"}
    assert statuses("提升改造418家标准门店，新增会员店1070家。", told) == {"418家": "contradicted", "1070家": "contradicted"}
    assert statuses("整改问题1070个。", told) == {"1070个": "unsupported"}
    assert statuses("走访群众418家。", told) == {"418家": "unsupported"}


def test_a_newer_reading_makes_a_figure_old_and_a_later_one_than_the_cut_off_does_not() -> None:
    first, second = Point(Decimal(1070), dt.date(2025, 7, 31)), Point(Decimal(1112), dt.date(2025, 11, 30))
    told = ledger(fact("提升改造标准门店", "0", points=(first, second)))
    (finding,) = check("提升改造1070家标准门店。", told)
    assert (finding.status, finding.verdict.ledger, finding.verdict.instead) == ("older", "1112家", "1112家")
    assert finding.verdict.history == (("1070家", dt.date(2025, 7, 31)),)
    assert finding.is_left
    assert not finding.blocks
    late = ledger(fact("提升改造标准门店", "0", points=(first, Point(Decimal(1112), dt.date(2026, 1, 31)))))
    assert statuses("提升改造1070家标准门店。", late) == {"1070家": "matched"}


def test_an_as_of_date_is_that_of_the_reading() -> None:
    told = ledger(fact("已收回土地出让金", "46", "元", scale="万"))
    assert statuses("截至2025年7月已收回土地出让金46万元。", told) == {"2025年7月": "matched", "46万元": "matched"}
    moved = check("截至2025年8月已收回土地出让金46万元。", told)
    assert [finding.status for finding in moved] == ["contradicted", "matched"]
    assert moved[0].verdict.instead == "2025年7月"
    assert statuses("2025年2-7月已收回土地出让金46万元。", told)["2025年2-7月"] != "matched"
    asked = Ledger(until=dt.date(2025, 10, 31), asked_until=dt.date(2025, 10, 31), facts=told.facts, counts=COUNTS)
    assert statuses("截至2025年7月已收回土地出让金46万元。", asked)["2025年7月"] == "older"


def test_money_in_other_units_is_the_same_money() -> None:
    told = ledger(fact("已收回土地出让金", "46", "元", scale="万"))
    assert statuses("已收回土地出让金460000元。", told) == {"460000元": "matched"}
    assert statuses("已收回土地出让金46亿元。", told) == {"46亿元": "contradicted"}
    assert statuses("已收回土地出让金0.0046亿元。", told) == {"0.0046亿元": "matched"}


def test_the_balance_and_what_is_due_are_derived_and_shown() -> None:
    due = fact("已退缴违规领取工资（应完成数）", "5.7", "元", scale="万", key="due:1", source="due")
    left = fact(
        "已退缴违规领取工资（剩余）", "2.4", "元", scale="万", key="balance:1", source="balance", terms="5.7万元 − 3.3万元 = 2.4万元"
    )
    told = ledger(fact("已退缴违规领取工资", "3.3", "元", scale="万"), due, left)
    found = check("违规领取工资已退缴3.3万元，剩余2.4万元从每月工资中扣除。", told)
    assert [finding.status for finding in found] == ["matched", "derived"]
    assert "5.7万元 − 3.3万元 = 2.4万元" in found[1].verdict.words
    assert statuses("违规领取工资已退缴3.3万元，剩余2.5万元从每月工资中扣除。", told)["2.5万元"] == "contradicted"


def test_percentages_and_sums_recompute() -> None:
    told = ledger(fact("已办理财审项目", "24", "个"), fact("未经财审的竣工项目", "62", "个"))
    text = "未经财审的竣工项目62个，已办理财审项目24个，占比{share}%。"
    assert statuses(text.format(share="38.7"), told)["38.7%"] == "derived"
    assert statuses(text.format(share="39.7"), told)["39.7%"] == "contradicted"
    two = ledger(fact("查处典型案件", "22", "起"), fact("约谈提醒问题", "31", "起"))
    assert statuses("查处典型案件22起，约谈提醒问题31起，共计53起。", two)["53起"] == "derived"
    assert statuses("查处典型案件22起，约谈提醒问题31起，共计54起。", two)["54起"] == "contradicted"


def test_prose_is_checked_against_the_counts_of_the_round() -> None:
    text = "针对巡视反馈的6个方面83个问题，梳理整改措施360条，健全完善规则制度115项，组成3个专项督查组，书记领办42个问题，召开会议6次。"
    assert set(statuses(text, ledger(), "section_one").values()) == {"matched"}
    for right, wrong in (
        ("6个", "7个"),
        ("83个", "84个"),
        ("360条", "361条"),
        ("115项", "114项"),
        ("3个专", "4个专"),
        ("42个", "41个"),
        ("6次", "5次"),
    ):
        found = [finding for finding in check(text.replace(right, wrong), ledger(), "section_one") if finding.blocks]
        assert [finding.status for finding in found] == ["contradicted"], wrong


def test_days_of_the_round_are_known_by_their_words() -> None:
    feedback = Day("round:feedback_on", "反馈日期", dt.date(2025, 2, 20), dt.date(2025, 2, 20), ("反馈",))
    meeting = Day("activity:1", "专题民主生活会", dt.date(2025, 6, 19), dt.date(2025, 6, 19), ("专题民主生活会",))
    told = ledger(days=(feedback, meeting))
    assert statuses("省委巡视组于2025年2月20日反馈了意见，6月19日召开专题民主生活会。", told, "lead") == {
        "2025年2月20日": "matched",
        "6月19日": "matched",
    }
    wrong = statuses("省委巡视组于2025年2月21日反馈了意见，6月20日召开专题民主生活会。", told, "lead")
    assert set(wrong.values()) == {"contradicted"}


def test_a_limit_is_proved_by_the_words_of_a_record_but_not_by_a_quote_of_the_notice() -> None:
    said = Words("measure:1", "措施 7-1", "调整任职超10年的干部", 7)
    quoted = Words("measure:1", "措施 7-1", "调整任职超10年的干部", 7, quoted=True)
    assert statuses("任职超10年的干部已全部调整。", ledger(words=(said,))) == {"10年": "matched"}
    assert statuses("任职超10年的干部已全部调整。", ledger(words=(quoted,))) == {"10年": "unsupported"}
    assert statuses("任职超20年的干部已全部调整。", ledger(words=(said,)))["20年"] != "matched"


def test_a_rule_with_a_year_in_its_title_is_known() -> None:
    told = ledger(words=(Words("regulation:1", "制度《2025年全区人才工作要点》", "2025年全区人才工作要点", 7),))
    assert statuses("制定2025年全区人才工作要点。", told) == {"2025年": "matched"}
    assert statuses("制定2024年全区人才工作要点。", told) == {"2024年": "contradicted"}


def decided(text: str, written: str, verdict: str, **more: Any) -> Decided:
    return Decided(
        1, "item:7", sentence_hash(text), written, 0, verdict, more.get("indicator"), "已核对原始凭证", "林静", "2025-12-01T10:00"
    )


def test_a_decision_holds_for_its_sentence_only() -> None:
    text = "走访群众418家。"
    accepted = ledger(decided=(decided(text, "418家", "accepted"),))
    (finding,) = check(text, accepted)
    assert (finding.status, finding.is_left, finding.blocks) == ("unsupported", False, False)
    assert finding.as_json()["decision"]["reason"] == "已核对原始凭证"
    (other,) = check("走访企业418家。", accepted)
    assert other.blocks
    (no_figure,) = check(text, ledger(decided=(decided(text, "418家", "none"),)))
    assert (no_figure.status, no_figure.verdict.words) == ("excluded", "林静决定不需核对：已核对原始凭证")


def test_a_link_makes_the_indicator_answer() -> None:
    text = "走访群众418家。"
    told = ledger(fact("入户走访", "418", key="indicator:5"), decided=(decided(text, "418家", "linked", indicator=5),))
    (finding,) = check(text, told)
    assert (finding.status, finding.verdict.name) == ("matched", "入户走访")
    wrong = ledger(fact("入户走访", "419", key="indicator:5"), decided=(decided(text, "418家", "linked", indicator=5),))
    assert check(text, wrong)[0].blocks


def test_places_without_figures_are_left_out() -> None:
    contact = Block("contact", "联系电话：0598-5556611；通信地址：文化街5楼；邮政编码：365050。", "欢迎监督。", "invitation")
    found = list(Matcher(ledger()).findings(0, contact))
    assert found
    assert {finding.status for finding in found} == {"excluded"}
    assert {finding.status for finding in Matcher(ledger()).findings(0, Block("date", "2025年12月25日"))} == {"excluded"}
    (number,) = check("已整改到位。", ledger(), head="反馈问题7：")
    assert number.verdict.words == "条目序号"


def test_the_same_figure_has_to_be_the_same_everywhere() -> None:
    told = ledger(fact("已收回土地出让金", "46", "元", scale="万"))
    first = check("截至2025年7月已收回土地出让金46万元。", told)
    assert differing(first) == []
    second = check("截至2025年7月已收回土地出让金47万元。", told)
    (uneven,) = differing([*first, *second])
    assert (uneven.label, uneven.formula) == ("已收回土地出让金", "第 7 条写 46万元、第 7 条写 47万元")
