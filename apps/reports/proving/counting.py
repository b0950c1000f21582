"""Numbers that count rows of the ledger: 6个方面83个问题, 措施360条, 规则制度115项, 3个专项督查组, 领办42个, 会议6次."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from apps.reports.proving.comparing import says
from apps.reports.proving.evidence import Ledger
from apps.reports.proving.findings import Verdict
from apps.reports.proving.places import Located

THINGS = ("个", "项", "条", "部", "份", "件", "类")


@dataclass(frozen=True)
class Rule:
    """A count is meant where its unit, and the words left (``before``) or right (``after``) of the number, are these."""

    name: str
    label: str
    units: tuple[str, ...]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    path: str

    def fits(self, number: Located) -> bool:
        if number.numeral.unit not in self.units:
            return False
        inside = number.numeral.start - number.sentence_start
        left, right = number.sentence[:inside], number.sentence[inside + len(number.numeral.written) :]
        return bool((self.before and self.before.search(left)) or (self.after and self.after.match(right)))


RULES = (
    Rule("led", "书记领办的问题", THINGS, re.compile(r"领办(?:了)?(?:[^，。；\d]{0,6})$"), None, "issues"),
    Rule("groups", "专项督查组", ("个", "支"), None, re.compile(r"(?:专项)?督[查导]组"), "groups"),
    Rule("categories", "反馈问题的方面", ("个", "类", "大类"), None, re.compile(r"方面"), "issues"),
    Rule("categories", "反馈问题的方面", ("大方面",), None, re.compile(r"(?:\d+个)?(?:反馈|具体|突出)?问题"), "issues"),
    Rule("issues", "反馈问题", ("个", "项", "条"), None, re.compile(r"(?:具体|突出|反馈|巡视|巡察|整改)*(?:问题|事项)"), "issues"),
    Rule(
        "measures",
        "整改措施",
        ("条", "项", "个"),
        re.compile(r"(?:整改)?(?:措施|举措)(?:共|达|合计)?$"),
        re.compile(r"(?:具体)?(?:整改)?(?:措施|举措)"),
        "measures",
    ),
    Rule(
        "regulations",
        "新建和修订的规章制度",
        ("项", "个", "部", "份", "件"),
        re.compile(r"(?:制度|办法|机制|规定)(?:共|达|合计)?$"),
        re.compile(r"(?:规章|规则|有关|各类|各项|相关)?制度"),
        "regulations",
    ),
    Rule("meetings", "常委会、领导小组、专题和巡察整改会议", ("次", "场", "场次"), re.compile(r"会议?[^，。；\d]{0,6}$"), None, "meetings"),
)


def counted(number: Located, ledger: Ledger) -> Verdict | None:
    """What a count of the whole round says to the number; None when it counts nothing the ledger counts."""
    for rule in RULES:
        if rule.fits(number):
            return _verdict(number, rule.name, rule.label, ledger.counts[rule.name])
    return None


def counted_in_issue(number: Located, issue: int, ledger: Ledger) -> Verdict | None:
    """The measures or rules of one issue. An equal number confirms; another one may speak of others' rules, and confirms nothing."""
    for name, label, found in (
        ("measures", "整改措施", ledger.measures_by_issue),
        ("regulations", "规章制度", ledger.regulations_by_issue),
    ):
        rule = next(rule for rule in RULES if rule.name == name)
        count = found.get(issue, 0)
        if rule.fits(number) and count and says(number.numeral, Decimal(count), strict=True):
            return Verdict("matched", f"台账中问题 {issue} 的{label}共 {count} 条", f"count:{name}", label, str(count), issue=issue)
    return None


def _verdict(number: Located, name: str, label: str, count: int) -> Verdict:
    unit = number.numeral.unit
    if says(number.numeral, Decimal(count), strict=True):
        return Verdict("matched", f"台账中{label}共 {count} {unit}", f"count:{name}", label, f"{count}{unit}")
    words = f"台账中{label}是 {count} {unit}，草稿写 {number.numeral.written}"
    return Verdict("contradicted", words, f"count:{name}", label, f"{count}{unit}", instead=f"{count}{unit}")
