"""A returned workbook beside the ledger of today: for each measure that was filled in, what would be reported and what stands against it.

Reports only ever add; still nothing is submitted that would pass over what happened since the workbook was made. A row whose measure or
figures have moved on is in conflict: both sides are shown, and a person decides.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Prefetch, prefetch_related_objects

from apps.ledgers.models import Entry
from apps.measures.cell_text import storable
from apps.measures.comparing import Side, side_of
from apps.measures.models import Act, EvidenceVersion, Indicator, Measure, Progress, ReturnedWorkbook
from apps.measures.papers.records import latest
from apps.measures.services.evidence import EvidenceDraft, check_count, check_room
from apps.measures.services.reporting import ReadingDraft, Said, refusals_of
from apps.measures.services.staging import StageGoal
from apps.measures.workbooks.layout import EVIDENCE, FIGURES, MEASURES
from apps.measures.workbooks.matching import Contents, Files, Found
from apps.measures.workbooks.reading import Filled, FilledFigure, FilledFile, FilledReport, Problem
from apps.measures.workbooks.rows import UnitRows, rows_of
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User

FIELD_KEYS = {"text": "report", "is_vouched_for": "vouched", "file": "number", "readings": "number"}
"""Fields of a report whose columns have other keys."""
LOOKED_AT = (Act.DOWNLOAD_EVIDENCE.value, Act.PREVIEW_EVIDENCE.value)
MOST_COMPARED = 10_000
MOST_HINTS = 50
"""To look for a name that is like another takes time."""
FIELDS = ("claim", "text", "as_of", "difficulties", "next_step", "signed_by", "stage_goal", "next_review_on")


class Standing(StrEnum):
    """What of a row can be done."""

    NEW = "new"
    CONFLICT = "conflict"
    SAME = "same"
    WRONG = "wrong"
    RESTS = "rests"


WORDS = {
    Standing.NEW: "可以提交",
    Standing.CONFLICT: "有冲突，请逐条决定",
    Standing.SAME: "与台账相同",
    Standing.WRONG: "有错误",
    Standing.RESTS: "现在不能提交",
}
HEADINGS = {
    Standing.CONFLICT: "有冲突：导出以后台账又有变动",
    Standing.WRONG: "有错误：请改正工作簿后重新上传",
    Standing.NEW: WORDS[Standing.NEW],
    Standing.RESTS: WORDS[Standing.RESTS],
}
"""Of the groups that a page shows, in its order; what is the same is no group."""


@dataclass
class FigureSides:
    """A figure of a row: what the workbook says, and what the ledger said then and says now where that differs."""

    filled: FilledFigure
    indicator: Indicator
    now: str = ""
    moved: bool = False


@dataclass
class Row:
    """A measure that was filled in, with all that would go with its report."""

    filled: FilledReport
    measure: Measure
    figures: list[FigureSides] = field(default_factory=list)
    files: list[tuple[FilledFile, Found | EvidenceVersion]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    blocked: str = ""
    is_same: bool = False
    is_unmarked: bool = False
    since: list[Entry] = field(default_factory=list)
    said: Said | None = None

    @property
    def is_altered(self) -> bool:
        """Whether the locked words of the measure are others than those it had when the workbook was made; nothing of them is taken."""
        given = self.filled.measure_text
        return given is not None and self.filled.version == self.measure.version and _plain(given) != _plain(storable(self.measure.text))

    @property
    def has_moved(self) -> bool:
        report = latest(self.measure)
        stale = (self.filled.version, self.filled.report) != (self.measure.version, report.pk if report else 0)
        return stale or self.is_unmarked or any(row.moved for row in self.figures)

    @property
    def standing(self) -> Standing:
        if self.is_same:
            return Standing.SAME
        if self.blocked:
            return Standing.RESTS
        if self.problems:
            return Standing.WRONG
        return Standing.CONFLICT if self.has_moved else Standing.NEW

    @property
    def words(self) -> str:
        return WORDS[self.standing]

    @property
    def may_be_submitted(self) -> bool:
        return self.standing in (Standing.NEW, Standing.CONFLICT)

    @property
    def report(self) -> Progress | None:
        """The latest report of the ledger."""
        return latest(self.measure)

    @property
    def sides(self) -> list[Side]:
        """The ledger's latest report beside the workbook's, field by field; without a report the workbook's alone."""
        report, proposed = self.report, proposed_report(self.filled)
        return [side for side in (side_of(name, report, proposed) for name in FIELDS) if side.before or side.after]

    @property
    def token(self) -> str:
        """What of the ledger this row was held against, and the files that go with it: whoever submits it has seen just that."""
        report = latest(self.measure)
        state = [self.measure.pk, self.measure.version, self.measure.issue.closure, report.pk if report else 0]
        state += [words for row in self.figures for words in (row.indicator.pk, row.now)]
        # A package that comes in later may hold another file of the same path.
        state += [words for file, found in self.files for words in (file.row, _identity(found))]
        return hashlib.sha256(repr(state).encode()).hexdigest()[:16]


@dataclass
class Preview:
    """A workbook beside the ledger. ``problems`` belong to no row."""

    workbook: ReturnedWorkbook
    rows: list[Row]
    problems: list[Problem]
    unused: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def of(self, *standings: Standing) -> list[Row]:
        return [row for row in self.rows if row.standing in standings]

    @property
    def submittable(self) -> list[Row]:
        return [row for row in self.rows if row.may_be_submitted]


def proposed_report(filled: FilledReport) -> Progress:
    """The report that a row would become, unsaved; for the words of its fields."""
    days = {key: dt.date.fromisoformat(words) if (words := getattr(filled, key)) else None for key in ("as_of", "next_review_on")}
    rest = {key: getattr(filled, key) for key in FIELDS if key not in days}
    return Progress(**rest, **days)


def preview(workbook: ReturnedWorkbook, actor: User, *, on: dt.date | None = None, keys: Iterable[int] | None = None) -> Preview:
    """Every filled row held against the ledger as it is now, by the rules of reporting; nothing is written.

    ``keys`` narrows to some measures.
    """
    filled = Filled.from_json(workbook.content)
    seen = Measure.objects.visible_to(actor)
    rows = rows_of(workbook.inspection, workbook.unit, seen)
    made = _Comparison(workbook, actor, filled, rows, Files(workbook.packages.all()), on)
    return made.preview(None if keys is None else set(keys))


class _Comparison:
    """One run over a workbook."""

    def __init__(self, workbook: ReturnedWorkbook, actor: User, filled: Filled, rows: UnitRows, files: Files, on: dt.date | None) -> None:
        self.workbook, self.actor, self.filled, self.rows, self.files, self.on = workbook, actor, filled, rows, files, on
        self.own = set(workbook.reports.values_list("pk", flat=True))
        self.by_key = {measure.pk: measure for measure in rows.measures}
        self.by_number = {measure.number: measure for measure in rows.measures}
        self.files_of: dict[str, list[FilledFile]] = defaultdict(list)
        for file in filled.files:
            self.files_of[file.number].append(file)
        again = {file.version for file in filled.files if file.version}
        self.versions = EvidenceVersion.objects.select_related("evidence").in_bulk(again) if again else {}
        self.problems: list[Problem] = []
        self.missing = 0
        self.used: list[Found] = []

    def preview(self, keys: set[int] | None) -> Preview:
        found = [row for filled in self.filled.reports if (row := self._row(filled)) is not None]
        by_number = {row.measure.number: row for row in reversed(found)}
        told = {(MEASURES, row.filled.row): row for row in found}
        for figure in self.filled.figures:
            self._take_figure(figure, by_number, told)
        for file in self.filled.files:
            self._take_file(file, by_number, told)
        for problem in self.filled.problems:
            row = told.get((problem.sheet, problem.row))
            (row.problems if row else self.problems).append(problem)
        chosen = [row for row in found if keys is None or row.measure.pk in keys]
        entries = self._entries([row.measure.pk for row in chosen])
        said = Progress.objects.prefetch_related("readings", "evidence__versions")
        prefetch_related_objects([row.measure for row in chosen], Prefetch("reports", said, to_attr="every_report"))
        for row in chosen:
            row.since = entries[row.measure.pk]
            self._judge(row)
        return Preview(self.workbook, chosen, self.problems, self.files.unused(self.used), self.files.replaced)

    def _row(self, filled: FilledReport) -> Row | None:
        """The row of a measure that the unit leads now; any other is told and left alone."""
        if not filled.measure and not filled.number:
            words = "这一行没有措施编号，认不出是哪条措施。请填到原有的那一行；要新增措施的，请与整改办联系"
            self.problems.append(self._at(MEASURES, filled.row, "number", filled.text[:60], words))
            return None
        measure = self.by_key.get(filled.measure) if filled.measure else self.by_number.get(filled.number)
        if measure is None:
            words = "这条措施现在不由本单位牵头（可能已调整牵头单位），或不在本轮。内容保留在工作簿里，请与整改办联系"
            self.problems.append(self._at(MEASURES, filled.row, "number", filled.number, words))
            return None
        row = Row(filled, measure, is_unmarked=filled.measure is None)
        if filled.number != measure.number:
            words = f"行标记属于措施 {measure.number}，与编号不一致，多半是复制粘贴时挪了行。请把内容填到编号相符的那一行"
            row.problems.append(self._at(MEASURES, filled.row, "number", filled.number, words))
        return row

    def _take_figure(self, figure: FilledFigure, by_number: dict[str, Row], told: dict[tuple[str, int], Row]) -> None:
        row = by_number.get(figure.number)
        if row is None:
            words = "填了数，但“措施填报”表里没有填报这条措施。请填报这条措施，或改为随另一条措施填报"
            self.problems.append(self._at(FIGURES, figure.row, "number", figure.number, words))
            return
        told[FIGURES, figure.row] = row
        offered = self.rows.figures_of(row.measure)
        indicator = next((one for one in offered if figure.indicator in (one.pk, None) and one.name == figure.name), None)
        if indicator is None:
            words = f"措施 {row.measure.number} 没有“{figure.name}”这个指标，或指标已经改名、归另一条措施填报，请重新导出工作簿核对"
            row.problems.append(self._at(FIGURES, figure.row, "name", figure.name, words))
            return
        now = (
            f"{indicator.to_shown(indicator.latest):f} {indicator.unit}，截至 {indicator.latest_as_of}"
            if indicator.latest is not None
            else ""
        )
        moved = figure.reading != self.rows.latest_reading.get(indicator.pk, 0)
        row.figures.append(FigureSides(figure, indicator, now, moved))

    def _take_file(self, file: FilledFile, by_number: dict[str, Row], told: dict[tuple[str, int], Row]) -> None:
        row = by_number.get(file.number)
        if row is None:
            words = "登记了材料，但“措施填报”表里没有填报这条措施。请填报这条措施，或改正措施编号"
            self.problems.append(self._at(EVIDENCE, file.row, "number", file.number, words))
            return
        told[EVIDENCE, file.row] = row
        if file.version is not None:
            self._take_again(file, row)
            return
        matches = self.files.named(file.file, file.number) if file.file else []
        if len(matches) == 1:
            self.used.append(matches[0])
            row.files.append((file, matches[0]))
        refused = matches[0].refused if len(matches) == 1 else self._not_found(file, matches)
        if file.file and refused:
            row.problems.append(self._at(EVIDENCE, file.row, "file", file.file, refused))

    def _take_again(self, file: FilledFile, row: Row) -> None:
        version = self.versions.get(file.version or 0)
        if version is None or version.evidence.measure_id != row.measure.pk:
            row.problems.append(self._at(EVIDENCE, file.row, "again", file.file, "这份材料不属于这条措施，不能沿用，请重新放进压缩包"))
        else:
            row.files.append((file, version))

    def _not_found(self, file: FilledFile, matches: Sequence[Found]) -> str:
        if matches:
            paths = "、".join(found.path for found in matches[:5])
            return f"压缩包里有几个同名文件（{paths}），请写明目录，或把文件放进以措施编号命名的文件夹"
        if not self.files.all:
            return "还没有上传压缩包，请在下面“补传压缩包”处上传"
        self.missing += 1
        near = self.files.near(file.file) if self.missing <= MOST_HINTS else []
        hint = f"相近的有：{'、'.join(near)}。" if near else ""
        return f"压缩包里没有这个文件。{hint}请改正文件名，或补传压缩包"

    def _entries(self, keys: list[int]) -> dict[int, list[Entry]]:
        """What the book has of the measures since the workbook was made."""
        found: dict[int, list[Entry]] = defaultdict(list)
        book = self.workbook.inspection.book
        rows = Entry.objects.filter(book=book, seq__gt=self.workbook.seq).about([("measure", keys)]).exclude(act__in=LOOKED_AT)
        for entry in rows.select_related("book").order_by("seq"):
            found[entry.subject_id or 0].append(entry)
        return found

    def _judge(self, row: Row) -> None:
        reports: list[Progress] = getattr(row.measure, "every_report", [])
        row.is_same = any(self._says_same(row, report) for report in reports)
        if row.is_same:
            row.problems.clear()
            return
        if not row.filled.as_of and not any(self._is_of(problem, row, "as_of") for problem in row.problems):
            row.problems.append(self._at(MEASURES, row.filled.row, "as_of", "", "请填写截至日期"))
        row.said = self._said(row)
        for refusal in refusals_of(self.actor, row.measure, row.said):
            self._note(row, refusal)
        try:
            check_count(row.said.evidence)
            if row.files:
                check_room(row.measure, sum(found.size for _file, found in row.files), field="file")
        except ActRefused as refusal:
            self._note(row, refusal)

    def _note(self, row: Row, refusal: ActRefused) -> None:
        if isinstance(refusal, ActConflict | ActForbidden) or refusal.field is None:
            row.blocked = row.blocked or refusal.message
            return
        key = FIELD_KEYS.get(refusal.field, refusal.field)
        if any(self._is_of(problem, row, key) for problem in row.problems):
            return
        row.problems.append(self._at(MEASURES, row.filled.row, key, "", refusal.message))

    def _is_of(self, problem: Problem, row: Row, key: str) -> bool:
        place = self.filled.columns.get(MEASURES, {}).get(key)
        return (problem.sheet, problem.row, problem.column) == (MEASURES, row.filled.row, place) and key != "number"

    def _said(self, row: Row) -> Said:
        proposed = proposed_report(row.filled)
        return Said(
            claim=proposed.claim,
            text=proposed.text,
            as_of=proposed.as_of or self.workbook.inspection.today(),
            signed_by=proposed.signed_by,
            is_vouched_for=row.filled.vouched,
            difficulties=proposed.difficulties,
            next_step=proposed.next_step,
            stage=StageGoal(proposed.stage_goal, proposed.next_review_on) if proposed.stage_goal or proposed.next_review_on else None,
            evidence=[self._draft(file, found) for file, found in row.files if file.effective_on],
            readings=[_reading(one) for one in row.figures if one.filled.value and one.filled.as_of],
            on=self.on,
        )

    def _draft(self, file: FilledFile, found: Found | EvidenceVersion) -> EvidenceDraft:
        """Without the bytes of the file, which :func:`drafts_with_files` puts in its place."""
        if isinstance(found, EvidenceVersion):
            evidence = found.evidence
            return EvidenceDraft(
                name=evidence.name,
                file=None,
                effective_on=evidence.effective_on,
                source=evidence.source,
                description=evidence.description,
                again=found,
            )
        day = dt.date.fromisoformat(file.effective_on)
        return EvidenceDraft(name=_called(file, found), file=None, effective_on=day, description=file.description)

    def _says_same(self, row: Row, report: Progress) -> bool:
        """Whether a report of the ledger says what the row says: the same words, figures and files.

        Who vouches anew for a returned report hands it in again, even without a change; only what came of this workbook is done with.
        """
        if report.review == Progress.Review.RETURNED and row.filled.vouched and report.pk not in self.own:
            return False
        proposed = proposed_report(row.filled)
        if any((getattr(report, name) or None) != (getattr(proposed, name) or None) for name in FIELDS):
            return False
        readings = {(one.indicator_id, one.value, one.as_of) for one in report.readings.all()}
        filled = {
            (one.indicator.pk, one.indicator.to_base(Decimal(one.filled.value or 0)), dt.date.fromisoformat(one.filled.as_of))
            for one in row.figures
            if one.filled.as_of
        }
        return filled <= readings and self._has_files(row, report)

    def _has_files(self, row: Row, report: Progress) -> bool:
        """Whether the files of the row are among those of the report, with what is said of them; of one that came in no package the bytes
        are not known."""
        held = [(version, item) for item in report.evidence.all() for version in item.versions.all()]
        told = {(version.filename, item.effective_on.isoformat(), item.description) for version, item in held}
        contents = {(version.filename, version.size, version.sha256) for version, _item in held}
        sizes = {(name, size, "") for name, size, _digest in contents}
        given = {(found.filename, found.size, found.sha256) for _file, found in row.files}
        named = {(found.filename, *_said_of(file, found)) for file, found in row.files}
        named |= {(file.file.replace("\\", "/").rpartition("/")[2], *_said_of(file)) for file in self._unmatched(row)}
        return named <= told and given <= contents | sizes

    def _unmatched(self, row: Row) -> list[FilledFile]:
        """Files that the workbook names for the measure and no package holds."""
        matched = {file.row for file, _found in row.files}
        return [file for file in self.files_of[row.measure.number] if file.row not in matched and file.file]

    def _at(self, sheet: str, row: int, key: str, given: str, words: str) -> Problem:
        return self.filled.problem(sheet, row, key, given, words)


def _plain(words: str) -> str:
    """As it is compared: blanks and line ends, which programs change, do not matter, nor what no cell can hold."""
    return re.sub(r"[\s\u200b\ufeff]+", "", words)[:MOST_COMPARED]


def drafts_with_files(row: Row, contents: Contents) -> list[EvidenceDraft]:
    """The evidence of a row with the bytes of its files, in the order of the workbook; those of one row are held at once."""
    drafts = []
    pairs = [pair for pair in row.files if pair[0].effective_on]
    for (file, found), draft in zip(pairs, row.said.evidence if row.said else (), strict=True):
        upload = SimpleUploadedFile(found.filename, contents.of(found)) if isinstance(found, Found) else None
        drafts.append(replace(draft, file=upload, row=f"_{file.row}"))
    return drafts


def _said_of(file: FilledFile, found: Found | EvidenceVersion | None = None) -> tuple[str, str]:
    """Day and description; those of a file that is handed in again stay as they were."""
    if isinstance(found, EvidenceVersion):
        return found.evidence.effective_on.isoformat(), found.evidence.description
    return file.effective_on, file.description


def _identity(found: Found | EvidenceVersion) -> tuple[object, ...]:
    return (found.pk,) if isinstance(found, EvidenceVersion) else (found.package, found.path, found.size, found.sha256)


def _called(file: FilledFile, found: Found) -> str:
    return file.name or found.filename.rpartition(".")[0] or found.filename


def _reading(sides: FigureSides) -> ReadingDraft:
    return ReadingDraft(sides.indicator, Decimal(sides.filled.value), dt.date.fromisoformat(sides.filled.as_of))
