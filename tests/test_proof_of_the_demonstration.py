"""The figure check on the published notice: every figure is proved, every slip is caught, and nothing else is alarmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.reports.content import Content, content_of
from apps.reports.models import Edition, Notice
from apps.reports.proving.evidence import Ledger, ledger_of
from apps.reports.proving.matching import Matcher
from apps.reports.proving.proof import Proof, prove, prove_content
from tests import demonstration
from tests.alterations import Alteration, alterations

pytestmark = pytest.mark.django_db
QUERIES = 25


@pytest.fixture(scope="module", autouse=True)
def notice(django_db_setup: None, django_db_blocker: Any) -> Iterator[Notice]:
    with django_db_blocker.unblock(), demonstration.loaded():
        yield Notice.objects.select_related("inspection").get()


@pytest.fixture(scope="module")
def content(notice: Notice, django_db_blocker: Any) -> Content:
    with django_db_blocker.unblock():
        return content_of(notice)


@pytest.fixture(scope="module")
def ledger(notice: Notice, django_db_blocker: Any) -> Ledger:
    with django_db_blocker.unblock():
        return ledger_of(notice)


@pytest.fixture(scope="module")
def proof(content: Content, ledger: Ledger) -> Proof:
    return prove_content(content, ledger)


def without_quotes(ledger: Ledger) -> Ledger:
    """The same figures as a house would have entered them: nothing is quoted from the notice."""
    facts = tuple(replace(fact, quote="", points=tuple(replace(point, quote="") for point in fact.points)) for fact in ledger.facts)
    return replace(ledger, facts=facts, words=tuple(line for line in ledger.words if not line.quoted))


def missed(proof: Proof, ledger: Ledger) -> tuple[list[Alteration], list[Alteration], list[tuple[str, str]]]:
    """All slips, those that nothing blocks at their own place, and figures elsewhere that a slip alarmed."""
    matcher = Matcher(ledger)
    everything: list[Alteration] = []
    passed: list[Alteration] = []
    false: list[tuple[str, str]] = []
    for slip in alterations(proof):
        index = slip.finding.block
        found = list(matcher.findings(index, slip.of(proof.blocks[index])))
        start, end = slip.finding.start, slip.finding.start + len(slip.written)
        there = [finding for finding in found if finding.start < end and finding.end > start]
        everything.append(slip)
        if not any(finding.blocks for finding in there):
            passed.append(slip)
        open_before = {finding.written for finding in proof.findings if finding.block == index and finding.blocks}
        false += [(str(slip), one.written) for one in found if one.blocks and one not in there and one.written not in open_before]
    return everything, passed, false


def test_every_figure_of_the_text_is_resolved(proof: Proof) -> None:
    assert [(finding.where, finding.written, finding.verdict.words) for finding in proof.left] == []
    assert proof.broken == []
    assert proof.counts["matched"] + proof.counts["derived"] >= 190
    assert proof.counts["unsupported"] == proof.counts["contradicted"] == proof.counts["older"] == 0
    assert all(finding.verdict.words for finding in proof.findings)


def test_what_a_figure_was_matched_with_can_be_looked_up(proof: Proof) -> None:
    found = {(finding.place, finding.written): finding.verdict for finding in proof.findings}
    money = found["item:2", "46万元"]
    assert (money.status, money.ledger, str(money.as_of), money.measure) == ("matched", "46万元", "2025-07-31", "2-1")
    assert money.evidence >= 1
    assert money.key.startswith("indicator:")
    assert str(found["item:2", "2025年7月"].as_of) == "2025-07-31"
    assert found["section_one", "83个"].key == "count:issues"
    assert found["section_one", "6月19日"].key.startswith("activity:")
    assert found["lead", "2024年8月18日至9月30日"].key == "round:on_site"
    assert found["item:73", "10年"].key.startswith("measure:")


def test_the_totals_agree_with_their_lists(proof: Proof, ledger: Ledger, content: Content) -> None:
    assert len(proof.totals) == 4
    assert all(total.holds for total in proof.totals)
    one_more = replace(ledger, counts={**ledger.counts, "issues": 84})
    assert [total.label for total in prove_content(content, one_more).broken][:1] == ["各方面问题之和"]
    fewer = replace(ledger, regulations_by_issue={**ledger.regulations_by_issue, 1: 0})
    assert [total.label for total in prove_content(content, fewer).broken] == ["各问题规章制度之和"]


def test_every_planted_slip_is_caught_and_alarms_nothing_else(proof: Proof, ledger: Ledger) -> None:
    everything, passed, false = missed(proof, ledger)
    kinds = Counter(slip.kind for slip in everything)
    assert len(everything) >= 600
    assert min(kinds[kind] for kind in ("digit", "unit", "date", "off by one", "digits swapped")) >= 60
    assert kinds["Chinese numeral"] >= 3
    assert [str(slip) for slip in passed] == []
    assert false == []


def test_no_slip_is_matched_by_chance_where_the_ledger_quotes_nothing(content: Content, ledger: Ledger) -> None:
    """The words of names and units alone must do: fewer figures are proved, but no wrong one is."""
    entered = without_quotes(ledger)
    proof = prove_content(content, entered)
    assert proof.counts["matched"] + proof.counts["derived"] >= 165
    assert proof.counts["contradicted"] == 0
    everything, passed, _false = missed(proof, entered)
    assert len(everything) >= 500
    assert [str(slip) for slip in passed] == []


def test_the_control_a_ledger_that_says_something_else_is_told(content: Content, ledger: Ledger) -> None:
    def with_value(fact: Any) -> Any:
        return replace(fact, points=tuple(replace(point, value=point.value + 1) for point in fact.points))

    moved = replace(ledger, facts=tuple(with_value(fact) if fact.name == "已收回土地出让金" else fact for fact in ledger.facts))
    (finding,) = [finding for finding in prove_content(content, moved).left if finding.place == "item:2"]
    assert (finding.written, finding.status) == ("46万元", "contradicted")
    assert "46.0001万元" in finding.verdict.words


def test_equal_numbers_elsewhere_prove_nothing(content: Content, ledger: Ledger) -> None:
    """Without its own row a figure has no source, however many rows have the same number."""
    gone = replace(ledger, facts=tuple(fact for fact in ledger.facts if fact.name != "暂无可执行资产的公司"))
    assert sum(fact.points[-1].value == 3 for fact in gone.facts) > 3
    (finding,) = prove_content(content, gone).left
    assert (finding.where, finding.written, finding.status) == ("第 3 条", "3家", "unsupported")


def test_the_number_of_queries_is_fixed(notice: Notice) -> None:
    with CaptureQueriesContext(connection) as asked:
        prove(notice)
    assert len(asked) <= QUERIES


def test_the_edition_keeps_its_proof(proof: Proof) -> None:
    kept = Edition.objects.public().get().proof
    assert kept["counts"] == dict(proof.counts)
    assert len(kept["findings"]) == len(proof.findings)
    assert {total["holds"] for total in kept["totals"]} == {True}
