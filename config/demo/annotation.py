"""The annotation of the notice by hand (``fixtures/shaxian-2025/*.yaml``) and what must hold of it.

What a record says beyond its ``quote`` is demonstration data. ``problems()`` names, in words, every clause
and every number of section 二 that no record accounts for; the loader and the tests both ask it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from config.demo.source import Item, Number, Source, read_source, squeeze, widen

NATURES = {"当下改", "长久立"}
PACES = {"立行立改", "限期", "长期坚持"}
INDICATOR_KINDS = {"金额", "人数", "面积", "比率", "数量"}
REGULATION_KINDS = {"新建", "修订", "废止"}
ISSUE_KEYS = {"number", "title", "finding", "goal", "lead_official", "led_by_secretary", "lead_unit", "supporting_units",
              "unfinished", "measures", "indicators", "regulations", "activities", "not_a_figure"}  # fmt: skip
MEASURE_KEYS = {"text", "quote", "nature", "pace", "lead_unit", "supporting_units", "unfinished", "done_on", "progress"}
INDICATOR_KEYS = {"name", "outcome", "kind", "unit", "value", "as_of", "quote", "measure", "part_of", "derived", "due", "instalments"}
REGULATION_KEYS = {"title", "kind", "quote", "measure", "issued_on", "doc_number", "unit"}
ACTIVITY_KEYS = {"title", "kind", "quote", "held_on", "count"}


@dataclass(frozen=True)
class Annotation:
    """Everything the loader needs: the source text and the records made of it."""

    source: Source
    units: list[dict[str, Any]]
    categories: list[dict[str, Any]]

    @property
    def issues(self) -> list[dict[str, Any]]:
        """The annotated issues of all categories, in the order of their numbers."""
        return [issue for category in self.categories for issue in category["issues"]]


def read_annotation(folder: Path) -> Annotation:
    """Read ``notice.txt``, ``units.yaml`` and ``category-1…6.yaml`` of ``folder``."""
    units = yaml.safe_load((folder / "units.yaml").read_text(encoding="utf-8"))["units"]
    files = sorted(folder.glob("category-*.yaml"))
    categories = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return Annotation(read_source(folder / "notice.txt"), units, categories)


def problems(annotation: Annotation) -> Iterator[str]:
    """What is wrong with the annotation, one sentence each; nothing when it accounts for the whole text."""
    items = {item.number: item for item in annotation.source.items}
    units = {unit["short"] for unit in annotation.units}
    annotated = [issue["number"] for issue in annotation.issues]
    yield from (f"{number}: 通报的这个问题没有标注" for number in items if number not in annotated)
    yield from (f"{number}: 标注了不止一次" for number in sorted(set(annotated)) if annotated.count(number) > 1)
    for issue in annotation.issues:
        item = items.get(issue["number"])
        if item is None:
            yield f"{issue['number']}: 通报中没有这个问题"
            continue
        for text in (*_shape(issue, units), *_quotes(issue, item), *_clauses(issue, item), *_numbers(issue, item)):
            yield f"{issue['number']}: {text}"


def records(issue: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    """The records of the named kinds (measures, indicators, regulations, activities) under one issue."""
    return [record for kind in kinds for record in issue.get(kind) or []]


def _shape(issue: dict[str, Any], units: set[str]) -> Iterator[str]:
    yield from (f"多余的键 {key}" for key in issue.keys() - ISSUE_KEYS)
    yield from (f"缺少 {key}" for key in ("title", "finding", "goal", "lead_official", "lead_unit", "measures") if not issue.get(key))
    shapes = (("measures", MEASURE_KEYS), ("indicators", INDICATOR_KEYS), ("regulations", REGULATION_KEYS), ("activities", ACTIVITY_KEYS))
    for kind, keys in shapes:
        for record in records(issue, kind):
            yield from (f"{kind} 多余的键 {key}" for key in record.keys() - keys)
    for measure in records(issue, "measures"):
        if not measure.get("text") or measure.get("nature") not in NATURES or measure.get("pace") not in PACES:
            yield f"措施的 text/nature/pace 不对：{measure}"
    for record in (issue, *records(issue, "measures")):
        named = [record["lead_unit"]] if record.get("lead_unit") else []
        yield from (f"没有这个单位：{name}" for name in named + (record.get("supporting_units") or []) if name not in units)
        if record.get("lead_unit") in (record.get("supporting_units") or []):
            yield f"牵头单位不能又是配合单位：{record['lead_unit']}"
    if bool(issue.get("unfinished")) != any(measure.get("unfinished") for measure in records(issue, "measures")):
        yield "问题未完成，当且仅当有措施未完成"
    yield from _shape_of_figures(issue)


def _shape_of_figures(issue: dict[str, Any]) -> Iterator[str]:
    names = [indicator["name"] for indicator in records(issue, "indicators")]
    yield from (f"指标重名：{name}" for name in {name for name in names if names.count(name) > 1})
    for indicator in records(issue, "indicators"):
        if indicator.get("kind") not in INDICATOR_KINDS or not indicator.get("unit"):
            yield f"指标的 kind/unit 不对：{indicator}"
        if not isinstance(indicator.get("value"), str):
            yield f"指标的 value 要写成带引号的字符串：{indicator['name']}"
        if indicator.get("part_of") and indicator["part_of"] not in names:
            yield f"没有合计指标：{indicator['part_of']}"
        if bool(indicator.get("derived")) == bool(indicator.get("quote")):
            yield f"指标要么有 quote，要么 derived: true：{indicator['name']}"
    for regulation in records(issue, "regulations"):
        if regulation.get("kind") not in REGULATION_KINDS:
            yield f"制度的 kind 不对：{regulation['title']}"
    for record in records(issue, "indicators", "regulations"):
        ordinal = record.get("measure")
        if ordinal is not None and not 1 <= ordinal <= len(issue["measures"]):
            yield f"没有第 {ordinal} 条措施"
    yield from _sums(issue)


def _sums(issue: dict[str, Any]) -> Iterator[str]:
    for total in records(issue, "indicators"):
        parts = [Decimal(part["value"]) for part in records(issue, "indicators") if part.get("part_of") == total["name"]]
        if parts and sum(parts) != Decimal(total["value"]):
            yield f"{total['name']} {total['value']} ≠ {' + '.join(map(str, parts))}"


def _quotes(issue: dict[str, Any], item: Item) -> Iterator[str]:
    if issue["title"] != item.title:
        yield f"标题应为 {item.title}"
    text = squeeze(f"{item.title}。{item.body}")
    for record in records(issue, "measures", "indicators", "regulations", "activities", "not_a_figure"):
        quote = record.get("quote")
        if quote and squeeze(quote) not in text:
            yield f"不是原文：{quote}"
        if quote and quote != widen(quote):
            yield f"引文要用全角标点：{quote}"


def _clauses(issue: dict[str, Any], item: Item) -> Iterator[str]:
    quotes = [
        squeeze(record["quote"]) for record in records(issue, "measures", "indicators", "regulations", "activities") if record.get("quote")
    ]
    yield from (f"没有记录引用这一句：{clause}" for clause in item.clauses if not any(squeeze(clause) in quote for quote in quotes))


def _numbers(issue: dict[str, Any], item: Item) -> Iterator[str]:
    for number in item.numbers:
        if not any(
            _accounts_for(record, number, item.body) for record in records(issue, "indicators", "regulations", "activities", "not_a_figure")
        ):
            yield f"没有记录说明这个数：{item.body[max(0, number.start - 8) : number.end + 8]}（{number.written}）"
    for entry in records(issue, "not_a_figure"):
        if not entry.get("reason") or not re.search(r"[\d一二两三四五六七八九十]", entry.get("quote", "")):
            yield f"not_a_figure 要有带数字的 quote 和 reason：{entry}"


def _accounts_for(record: dict[str, Any], number: Number, body: str) -> bool:
    """Whether the record's quote covers the number; an indicator or a count must also have its value."""
    quote = record.get("quote")
    if not quote:
        return False
    value = record.get("value", record.get("count"))
    if value is not None and Decimal(str(value)) != Decimal(number.value):
        return False
    return any(found.start() <= number.start and number.end <= found.end() for found in re.finditer(re.escape(quote), body))


def main() -> int:
    """``python -m config.demo.annotation FOLDER [NUMBERS]``: print the problems and the counts; exit 1 if any."""
    annotation = read_annotation(Path(sys.argv[1]))
    found = list(problems(annotation))
    sys.stdout.writelines(f"{text}\n" for text in found)
    for category in annotation.categories:
        measures = [measure for issue in category["issues"] for measure in issue["measures"]]
        bare = sum(1 for measure in measures if not measure.get("quote"))
        regulations = sum(len(issue.get("regulations") or []) for issue in category["issues"])
        led = sum(1 for issue in category["issues"] if issue.get("led_by_secretary"))
        totals = f"问题 {len(category['issues'])} 措施 {len(measures)}（无引文 {bare}） 制度 {regulations} 书记领办 {led}"
        sys.stdout.write(f"类别 {category['number']}: {totals}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
