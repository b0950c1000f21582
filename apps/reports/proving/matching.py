"""The verdict on every number of a block, in the order: places that hold no figures, figures of the ledger, counts, sums, words; dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from apps.measures.numbers.numerals import FACTORS, Numeral
from apps.reports.blocks import Block
from apps.reports.proving.assigning import Claim, assign
from apps.reports.proving.comparing import in_words, same_unit, says
from apps.reports.proving.counting import counted, counted_in_issue
from apps.reports.proving.dating import Governed, dated
from apps.reports.proving.evidence import Decided, Fact, Ledger, Words, plain
from apps.reports.proving.findings import Finding, Status, Verdict, sentence_hash
from apps.reports.proving.places import Located, located

NOT_CHECKED = {"date": "落款日期"}
SHARE = re.compile(r"占(?:比|[^，。；]{0,12})|[完整办退支拨]\w{0,3}率(?:为|达|达到|提高到|提高至)?$")
TOTAL = re.compile(r"(?:共计|合计|总计|总额|共)[^，。；\d]{0,8}$")
ADJACENT = 2
STRONG = 6
HISTORY = 5


def quoted_in(block: Block) -> str:
    """What a block without a text of the office quotes from the ledger: the finding as it was fed back, or the words of measures."""
    if block.kind == "finding":
        return "反馈问题原文"
    return "整改措施原文" if block.kind == "subitem" or (block.kind == "paragraph" and not block.place) else ""


class Matcher:
    """Checks the blocks of one notice against one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.decided = {(row.place, row.sentence_hash, row.written, row.occurrence): row for row in ledger.decided}

    def findings(self, index: int, block: Block) -> Iterator[Finding]:
        """One for every number of the block's line."""
        numbers = located(block.line)
        decided = [self._decision(block, number) for number in numbers]
        verdicts = self._verdicts(block, numbers, decided)
        for number, verdict, decision in zip(numbers, verdicts, decided, strict=True):
            numeral = number.numeral
            sentence, occurrence = number.sentence, number.occurrence
            place = (index, block.place, block.anchor, numeral.start, numeral.end, numeral.written, numeral.kind)
            yield Finding(*place, sentence, occurrence, verdict, decision)

    def _decision(self, block: Block, number: Located) -> Decided | None:
        key = (block.place, sentence_hash(number.sentence), number.numeral.written, number.occurrence)
        return self.decided.get(key)

    def _verdicts(self, block: Block, numbers: list[Located], decided: list[Decided | None]) -> list[Verdict]:
        issue = block.number
        found: dict[int, Verdict] = {}
        for place, (number, decision) in enumerate(zip(numbers, decided, strict=True)):
            reason = self._excluded(block, number, decision)
            if reason:
                found[place] = Verdict("excluded", reason)
        asked = [place for place, number in enumerate(numbers) if place not in found and number.numeral.kind == "quantity"]
        claims = self._claims([numbers[place] for place in asked], [decided[place] for place in asked], issue)
        by_place = {asked[index]: claim for index, claim in claims.items()}
        for place in asked:
            found[place] = self._quantity(numbers[place], by_place.get(place), issue)
        for place in asked:
            if found[place].status == "unsupported":
                found[place] = self._computed(place, numbers, found) or found[place]
        for place in range(len(numbers)):
            if place not in found:
                found[place] = self._date(place, numbers, found, by_place, issue)
        return [found[place] for place in range(len(numbers))]

    def _excluded(self, block: Block, number: Located, decision: Decided | None) -> str:
        numeral = number.numeral
        if decision and decision.verdict == "none":
            return f"{decision.by}决定不需核对：{decision.reason}"
        if numeral.kind == "none":
            return numeral.reason
        if block.kind in NOT_CHECKED:
            return NOT_CHECKED[block.kind]
        in_head = numeral.start < len(block.head)
        if block.kind == "contact":
            return "" if in_head else "联系方式"
        if not in_head and (quoted := quoted_in(block)):
            return quoted
        return "条目序号" if _numbers_the_block(block, numeral) else ""

    def _claims(self, numbers: list[Located], decided: list[Decided | None], issue: int | None) -> dict[int, Claim]:
        """Figures of the issue for an item; for prose those of all issues. A decision that links a number to an indicator goes first."""
        facts = [fact for fact in self.ledger.facts if issue is None or fact.issue in (issue, None)]
        claims = assign(numbers, facts, prose=issue is None)
        for index, decision in enumerate(decided):
            fact = self.ledger.fact_of(f"indicator:{decision.indicator}") if decision and decision.verdict == "linked" else None
            if fact:
                claims[index] = Claim(100, index, fact, sure=True)
        return claims

    def _quantity(self, number: Located, claim: Claim | None, issue: int | None) -> Verdict:
        round_wide = counted(number, self.ledger) if issue is None else None
        if round_wide and not (claim and claim.sure):
            return round_wide
        if claim is not None:
            return self.compared(number.numeral, claim.fact)
        if issue is not None:
            own = counted_in_issue(number, issue, self.ledger)
            if own:
                return own
        return self._said(number, issue) or Verdict("unsupported", "台账中没有登记这个数字")

    def compared(self, numeral: Numeral, fact: Fact) -> Verdict:
        """What the fact says to the number it speaks of."""
        latest = fact.standing(self.ledger.until)
        shown = fact.shown(latest.value)
        past = [point for point in fact.points if point.as_of < latest.as_of]
        history = tuple((fact.shown(point.value), point.as_of) for point in reversed(past))[:HISTORY]
        as_of = latest.as_of if latest.as_of.year > 1 else None

        def verdict(status: Status, words: str, instead: str = "") -> Verdict:
            return Verdict(status, words, fact.key, fact.name, shown, as_of, fact.evidence, fact.measure, fact.issue, history, instead)

        when = f"（截至 {as_of}）" if as_of else ""
        if not same_unit(numeral.unit, fact.unit):
            return verdict("contradicted", f"台账“{fact.name}”是 {shown}{when}，单位不同", shown)
        strict = loosened(numeral, fact)
        if says(numeral, latest.value, strict=strict):
            if fact.terms:
                return verdict("derived", f"“{fact.name}”：{fact.terms}")
            return verdict("matched", f"台账“{fact.name}”{shown}{when}")
        if any(says(numeral, point.value, strict=strict) for point in past):
            return verdict("older", f"台账“{fact.name}”已更新为 {shown}{when}", shown)
        return verdict("contradicted", f"台账“{fact.name}”是 {shown}{when}，草稿写 {numeral.written}", shown)

    def _said(self, number: Located, issue: int | None) -> Verdict | None:
        """A limit or a scope (任职超10年, 三家区属国企) that a record states in its own words, not in a quote of the notice."""
        best: tuple[int, bool, Words, Numeral] | None = None
        for line in self.ledger.words:
            if line.quoted or (issue is not None and line.issue not in (issue, None)):
                continue
            for other in located(line.text):
                if other.numeral.kind != "quantity":
                    continue
                common, same = number.anchor.common(other.anchor), _same_number(number.numeral, other.numeral)
                if (common >= STRONG or (same and common >= ADJACENT)) and (best is None or (same, common) > (best[1], best[0])):
                    best = (common, same, line, other.numeral)
        if best is None:
            return None
        _common, same, line, other_numeral = best
        if same:
            return Verdict("matched", f"{line.label}的文字写明 {other_numeral.written}", line.key, line.label, other_numeral.written)
        words = f"{line.label}的文字写的是 {other_numeral.written}，草稿写 {number.numeral.written}"
        return Verdict("contradicted", words, line.key, line.label, other_numeral.written, instead=other_numeral.written)

    def _computed(self, place: int, numbers: list[Located], found: dict[int, Verdict]) -> Verdict | None:
        """A share or a sum of proved numbers of the same sentence."""
        number = numbers[place]
        proved = [
            other.numeral
            for index, other in enumerate(numbers)
            if index != place
            and other.sentence_start == number.sentence_start
            and other.numeral.kind == "quantity"
            and index in found
            and found[index].status in ("matched", "derived")
        ]
        left = number.sentence[: number.numeral.start - number.sentence_start]
        if number.numeral.unit == "%" and SHARE.search(left):
            return _share(number.numeral, proved)
        if TOTAL.search(left):
            parts = [other for other in proved if other.unit == number.numeral.unit]
            if len(parts) > 1:
                return _sum(number.numeral, parts)
        return None

    def _date(self, place: int, numbers: list[Located], found: dict[int, Verdict], claims: dict[int, Claim], issue: int | None) -> Verdict:
        number = numbers[place]
        end = number.sentence_start + len(number.sentence)
        governed = []
        for index in range(place + 1, len(numbers)):
            other = numbers[index]
            if other.numeral.kind == "date" or other.numeral.start >= end:
                end = min(end, other.numeral.start)
                break
            verdict, claim = found.get(index), claims.get(index)
            if claim and verdict and verdict.as_of and claim.fact.source == "reading":
                governed.append(self._governed(other.numeral, claim.fact))
        right = number.sentence[number.numeral.end - number.sentence_start : end - number.sentence_start]
        words = [line for line in self.ledger.words if issue is None or line.issue in (issue, None)]
        return dated(number, right, governed, words, self.ledger)

    def _governed(self, numeral: Numeral, fact: Fact) -> Governed:
        """The reading the number was matched with: the latest that says so, else the one that stands."""
        latest = fact.standing(self.ledger.until)
        point = next((point for point in reversed(fact.points) if says(numeral, point.value)), latest)
        return Governed(fact, point.as_of, point.as_of == latest.as_of)


def _numbers_the_block(block: Block, numeral: Numeral) -> bool:
    """The number that a heading begins with, or that its pattern has put there: 7., 反馈问题7：."""
    kind, _, number = block.place.partition(":")
    if numeral.unit or kind not in ("item", "category"):
        return False
    in_heading = block.kind == "category" or numeral.start < len(block.head)
    return numeral.start < len(block.marker) or (in_heading and numeral.written == number)


def loosened(numeral: Numeral, fact: Fact) -> bool:
    """Whether 超 or 近 before a figure is the draft's own: the ledger's quotes say the figure without it. 不足90 is never 90."""
    quotes = [quote for quote in (fact.quote, *(point.quote for point in fact.points)) if quote]
    said = any(found.numeral.about == numeral.about for quote in quotes for found in located(quote))
    return not said and (bool(quotes) or numeral.about == "under")


def _same_number(one: Numeral, other: Numeral) -> bool:
    return one.values == other.values and same_unit(one.unit, other.unit) and one.about == other.about


def _share(numeral: Numeral, proved: list[Numeral]) -> Verdict:
    """x% of two numbers with one unit, rounded as it is written."""
    formulas = []
    for part in proved:
        for whole in proved:
            if part is not whole and part.unit == whole.unit and part.unit != "%" and 0 < part.value <= whole.value:
                share = (part.value / whole.value * 100).quantize(Decimal(1).scaleb(-numeral.decimals), ROUND_HALF_UP)
                formulas.append((share, f"{part.written} ÷ {whole.written} = {plain(share)}%"))
    for share, formula in formulas:
        if share == numeral.value:
            return Verdict("derived", formula)
    if not formulas:
        return Verdict("unsupported", "台账中没有登记这个比率，句中也没有可以算出它的两个数")
    share, formula = formulas[0]
    return Verdict("contradicted", f"按句中数字应为 {formula}", ledger=f"{plain(share)}%", instead=f"{plain(share)}%")


def _sum(numeral: Numeral, parts: list[Numeral]) -> Verdict:
    total = sum((part.value for part in parts), Decimal(0))
    formula = " + ".join(part.written for part in parts)
    if says(numeral, total):
        return Verdict("derived", f"{formula} = {numeral.written}")
    shown = f"{plain(total / FACTORS.get(numeral.scale, 1))}{numeral.scale}{numeral.unit}"
    return Verdict("contradicted", f"{formula} = {shown}，草稿写 {in_words(numeral)}", ledger=shown, instead=shown)
