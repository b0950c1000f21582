"""The annotation by hand accounts for the whole text; the checker that says so finds what is taken away or altered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from config.demo.annotation import Annotation, problems, records
from tests.demonstration import annotation

pytestmark = pytest.mark.once

Alter = Callable[[dict[str, Any]], object]


def test_the_annotation_accounts_for_every_clause_and_number() -> None:
    assert list(problems(annotation())) == []
    assert len(annotation().source.items) == len(annotation().issues) == 83
    assert sum(len(item.clauses) for item in annotation().source.items) > 300
    assert sum(len(item.numbers) for item in annotation().source.items) == 140
    assert all(entry["reason"] for issue in annotation().issues for entry in records(issue, "not_a_figure"))


def unquote(issue: dict[str, Any], quote: str) -> None:
    """Take every record away that quotes these words."""
    for kind in ("measures", "indicators", "regulations", "activities"):
        issue[kind] = [record for record in issue.get(kind) or [] if quote not in record.get("quote", "")]


def of_name(issue: dict[str, Any], name: str) -> dict[str, Any]:
    return next(record for record in issue["indicators"] if record["name"] == name)


# issue, what is altered, words of the problem that is named
ALTERATIONS: dict[str, tuple[int, Alter, str]] = {
    "a clause nobody quotes": (4, lambda issue: unquote(issue, "由区法院"), "没有记录引用这一句：由区法院将失信公职人员"),
    "a number nobody reads": (53, lambda issue: issue["indicators"].pop(0), "没有记录说明这个数"),
    "another value": (2, lambda issue: issue["indicators"][0].update(value="47"), "没有记录说明这个数"),
    "a sum that is off": (53, lambda issue: of_name(issue, "已办理排污登记企业").update(value="45"), "91 ≠ 2 + 45 + 43"),
    "words that are not there": (2, lambda issue: issue["measures"][0].update(quote="已收回土地出让金47万元"), "不是原文"),
    "half-width punctuation": (6, lambda issue: issue["measures"][0].update(quote="方式,督促"), "引文要用全角标点|不是原文"),
    "another title": (83, lambda issue: issue.update(title="别的"), "标题应为"),
    "an unknown unit": (1, lambda issue: issue["measures"][0].update(lead_unit="某局"), "没有这个单位：某局"),
    "a unit that supports itself": (1, lambda issue: issue.update(supporting_units=[issue["lead_unit"]]), "牵头单位不能又是配合单位"),
    "no finding": (1, lambda issue: issue.update(finding=""), "缺少 finding"),
    "an unknown key": (1, lambda issue: issue["measures"][0].update(colour="red"), "多余的键 colour"),
    "an unknown nature": (1, lambda issue: issue["measures"][0].update(nature="随便"), "nature"),
    "a figure that is quoted and derived": (2, lambda issue: issue["indicators"][0].update(derived=True), "要么有 quote"),
    "a value as a float": (2, lambda issue: issue["indicators"][0].update(value=46.0), "带引号的字符串"),
    "a measure that is not there": (2, lambda issue: issue["indicators"][0].update(measure=9), "没有第 9 条措施"),
    "a total that is not there": (2, lambda issue: issue["indicators"][0].update(part_of="无"), "没有合计指标"),
    "unfinished without a measure": (4, lambda issue: issue.update(unfinished=True), "问题未完成，当且仅当有措施未完成"),
    "no reason": (0, lambda issue: issue["not_a_figure"][0].update(reason=""), "要有带数字的 quote 和 reason"),
}


def altered(number: int, alter: Alter) -> tuple[Annotation, int]:
    """A copy with one issue altered; number 0: the first that has an entry of ``not_a_figure``."""
    mine = copy.deepcopy(annotation())
    issue = next(issue for issue in mine.issues if (issue["number"] == number if number else issue.get("not_a_figure")))
    alter(issue)
    return mine, issue["number"]


@pytest.mark.parametrize("case", ALTERATIONS)
def test_the_checker_names_what_was_altered(case: str) -> None:
    number, alter, words = ALTERATIONS[case]
    mine, number = altered(number, alter)
    found = list(problems(mine))
    assert any(part in problem for problem in found for part in words.split("|")), found
    assert all(problem.startswith(f"{number}: ") for problem in found)
    assert list(problems(annotation())) == []


def test_an_issue_that_is_missing_double_or_unknown_is_named() -> None:
    mine = copy.deepcopy(annotation())
    gone = mine.categories[2]["issues"].pop(0)
    assert list(problems(mine)) == [f"{gone['number']}: 通报的这个问题没有标注"]
    mine.categories[2]["issues"][:0] = [gone, copy.deepcopy(gone)]
    assert list(problems(mine)) == [f"{gone['number']}: 标注了不止一次"]
    mine.categories[2]["issues"][0]["number"] = 84
    assert list(problems(mine)) == ["84: 通报中没有这个问题"]
