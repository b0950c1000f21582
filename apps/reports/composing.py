"""The first draft of what is told of an issue: composed from approved reports, readings that count, and regulations, nothing else.

Every sentence names where it comes from. The same records give the same words: no clock, no order of the database is in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from apps.issues.models import Activity, Issue
from apps.measures.models import Measure, Progress, Reading, Regulation
from apps.reports.figures import long_date
from apps.reports.withholding.names import NAME, WORDS

STOPS = ("。", "！", "？")
SOMEBODY = "相关人员"
UNITS = ("局", "委", "办", "镇", "乡", "村", "院", "校", "部", "公司", "集团", "单位", "班子", "书记", "主任", "镇长", "局长")
SENTENCE = re.compile(r"[^。！？]*[。！？]")
LISTED = re.compile(r"[、，,；;\s]+")
KINDS = {Regulation.Kind.MADE.value: "制定", Regulation.Kind.REVISED.value: "修订"}


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft and where it comes from; ``measure`` is the row that shows it, where there is one."""

    text: str
    origin: str
    measure: int | None = None


@dataclass(frozen=True)
class Composition:
    """What the ledger has to tell of an issue: ``told`` to everybody, ``inside`` for the house alone.

    ``names`` are those of people dealt with: society reads 相关人员 in their place.
    """

    told: list[Sentence] = field(default_factory=list)
    inside: list[Sentence] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def for_society(self) -> list[Sentence]:
        return [replace(sentence, text=self._nameless(sentence.text)) for sentence in self.told]

    @property
    def society(self) -> str:
        return joined(self.for_society)

    @property
    def party(self) -> str:
        """Empty where the Party is told what society is told."""
        told = joined(self.told)
        return told if told != self.society else ""

    @property
    def internal(self) -> str:
        """Empty where nothing is left to be done."""
        return joined([*self.told, *self.inside]) if self.inside else ""

    def _nameless(self, text: str) -> str:
        for name in self.names:
            text = text.replace(name, SOMEBODY)
        return text


def joined(sentences: Iterable[Sentence]) -> str:
    return "".join(sentence.text for sentence in sentences)


def composed(issues: Iterable[Issue]) -> dict[int, Composition]:
    """A composition for each issue, by its key, in as many queries for one as for a hundred."""
    keys = [issue.pk for issue in issues]
    found = {key: Composition() for key in keys}
    reports = _latest_reports(keys)
    _tell_reports(found, reports)
    _tell_figures(found, keys)
    _tell_regulations(found, keys)
    _tell_what_is_left(found, keys, {report.measure_id: report for report in reports})
    talks = Activity.objects.filter(issue__in=keys, kind=Activity.Kind.TALK).order_by("pk")
    for issue, attendance in talks.values_list("issue", "attendance"):
        found[issue].names.extend(name for name in names_of(attendance) if name not in found[issue].names)
    return found


def names_of(attendance: str) -> list[str]:
    """The names of people in a list of those talked to, the longest first."""
    parts = (part.removesuffix("同志").removesuffix("等") for part in LISTED.split(attendance))
    names = {part for part in parts if 2 <= len(part) <= 4 and NAME.fullmatch(part) and part[:2] not in WORDS and not part.endswith(UNITS)}
    return sorted(names, key=lambda name: (-len(name), name))


def says(text: str, shown: str, unit: str) -> bool:
    """Whether the text has the figure already: the same digits with the same unit, full-width or with thousands marked, too."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    return re.search(rf"(?<![\d.]){re.escape(shown)}\s*{re.escape(unicodedata.normalize('NFKC', unit))}", plain) is not None


def _latest_reports(keys: list[int]) -> list[Progress]:
    """Of each measure the last report that was approved and not found untrue since, in the order of the measures."""
    rows = Progress.objects.filter(measure__issue__in=keys, review=Progress.Review.APPROVED, unfounded_on__isnull=True)
    latest = {row.measure_id: row for row in rows.select_related("measure__issue").order_by("pk")}
    return sorted(latest.values(), key=lambda row: (row.measure.issue.number, row.measure.ordinal))


def _tell_reports(found: Mapping[int, Composition], reports: Iterable[Progress]) -> None:
    """What each report says that an earlier one of the same issue has not said already."""
    for report in reports:
        told = found[report.measure.issue_id].told
        text = "".join(sentence for sentence in SENTENCE.findall(stopped(report.text)) if sentence not in joined(told))
        if report.text.strip() and text:
            origin = f"措施 {report.measure.number}，截至 {report.as_of} 的填报，审核通过"
            told.append(Sentence(text, origin, report.measure_id))


def _tell_figures(found: Mapping[int, Composition], keys: list[int]) -> None:
    """Figures that the reports do not say, those of one day in one sentence."""
    rows = Reading.objects.counting().filter(indicator__issue__in=keys).exclude(progress__unfounded_on__isnull=False)
    latest = {row.indicator_id: row for row in rows.select_related("indicator__measure__issue").order_by("as_of", "pk")}
    days: dict[tuple[int, str], list[Reading]] = defaultdict(list)
    for row in sorted(latest.values(), key=lambda row: (row.as_of, row.indicator_id)):
        if not says(joined(found[row.indicator.issue_id].told), row.shown, row.indicator.unit):
            days[row.indicator.issue_id, long_date(row.as_of)].append(row)
    for (issue, day), readings in days.items():
        words = "，".join(f"{row.indicator.name}{row.shown}{row.indicator.unit}" for row in readings)
        measures = {row.indicator.measure for row in readings if row.indicator.measure}
        numbers = "、".join(sorted(measure.number for measure in measures))
        origin = f"成效指标，截至 {readings[0].as_of} 的数据{f'，措施 {numbers}' if numbers else ''}"
        measure = next(iter(measures)).pk if len(measures) == 1 else None
        found[issue].told.append(Sentence(f"截至{day}，{words}。", origin, measure))


def _tell_regulations(found: Mapping[int, Composition], keys: list[int]) -> None:
    """Rules made or revised that the reports do not name."""
    made: dict[int, dict[str, list[Regulation]]] = {key: defaultdict(list) for key in keys}
    for row in Regulation.objects.in_force().filter(issue__in=keys).order_by("pk"):
        title = row.title.strip("《》 ")
        if row.issue_id and title not in joined(found[row.issue_id].told):
            made[row.issue_id][KINDS[row.kind]].append(row)
    for key, kinds in made.items():
        words = [verb + "".join(f"《{row.title.strip('《》 ')}》" for row in kinds[verb]) for verb in KINDS.values() if kinds[verb]]
        if words:
            numbers = [row.doc_number or row.title for verb in KINDS.values() for row in kinds[verb]]
            found[key].told.append(Sentence(f"{'，'.join(words)}。", f"规章制度：{'、'.join(numbers)}"))


def _tell_what_is_left(found: Mapping[int, Composition], keys: list[int], reports: Mapping[int, Progress]) -> None:
    """For the house: what is not finished, why, and what comes next, by the last approved report."""
    unfinished = Measure.objects.filter(issue__in=keys).unfinished().select_related("issue").order_by("issue__number", "ordinal")
    for measure in unfinished:
        due = f"，时限{long_date(measure.due_on)}" if measure.due_on else ""
        text = f"措施{measure.number}尚未完成（{measure.get_progress_display()}{due}）。"
        inside = found[measure.issue_id].inside
        inside.append(Sentence(text, f"措施 {measure.number} 的进展状态", measure.pk))
        if report := reports.get(measure.pk):
            origin = f"措施 {measure.number}，截至 {report.as_of} 的填报，审核通过"
            given = (("未完成原因：", report.difficulties), ("下一步：", report.next_step))
            inside += [Sentence(f"{words}{stopped(said)}", origin, measure.pk) for words, said in given if said.strip()]


def stopped(text: str) -> str:
    """On one line, ending with a stop."""
    line = "".join(part.strip() for part in text.splitlines())
    return line if line.endswith(STOPS) else f"{line.rstrip('；，;,')}。"
