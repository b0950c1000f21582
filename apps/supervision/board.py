"""The dashboard of one scope: every figure of ``figures/`` as a ``Series``, each made where it is asked for and only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from apps.issues.models import Category
from apps.measures.deadlines import ONE_DAY
from apps.measures.filters.figures import NO_OFFICIAL
from apps.measures.models import Measure
from apps.measures.querysets import MARKS
from apps.measures.rollup import RollUp, roll_up
from apps.measures.templatetags.measure_ui import WORDS
from apps.measures.tracks import TRACKS
from apps.supervision import figures
from apps.supervision.figures import History, Row, Tally
from apps.supervision.figures import places as ordering
from apps.supervision.figures import weeks as by_week
from apps.supervision.links import Links
from apps.supervision.scope import Scope
from apps.supervision.series import WHOLE, Cell, Column, Line, Series, Value
from apps.units.models import Unit

TALLY_COLUMNS = (
    Column("total", "措施"),
    *(
        column
        for formula in TRACKS
        for column in (Column(formula.key, formula.name[:2] + "完成"), Column(f"{formula.key}_rate", formula.name, "%"))
    ),
    Column("overdue", "逾期", red=True),
    Column("soon", "临期"),
    Column("returned", "退回补正"),
)
TRACK_FORMULA = "；".join(f"{formula.name} = {formula.words}" for formula in TRACKS)
MARKS_FORMULA = "每条措施只计一次：逾期先于临期，临期先于办理状态"
NO_NAME = "（未明确）"


class Board:
    """All that a scope's pages, API and workbook show."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.links = Links(scope)
        self.today: dt.date = scope.today

    @cached_property
    def rows(self) -> list[Row]:
        return figures.read_rows(self.scope.measures, *self.scope.window)

    @cached_property
    def tracks(self) -> figures.Tracks:
        return figures.tracks_of(self.rows)

    @property
    def tally(self) -> Tally:
        return self.tracks.overall

    @cached_property
    def categories(self) -> list[Category]:
        return list(Category.objects.filter(pk__in=list(self.tracks.by_category)).order_by("number"))

    @cached_property
    def units(self) -> dict[int, Unit]:
        return Unit.objects.in_bulk(list(self.tracks.by_unit))

    @cached_property
    def outcomes(self) -> RollUp:
        scope = self.scope
        return roll_up(scope.user, scope.inspection, within=None if scope.is_whole else scope.measures)

    @property
    def money(self) -> figures.Money:
        return figures.money_recovered(self.outcomes.whole)

    @cached_property
    def closures(self) -> figures.Closures:
        return figures.closures(self.scope.inspection, self.scope.measures, whole=self.scope.is_whole)

    @cached_property
    def history(self) -> History:
        return History(self.scope.inspection, self.scope.measures, self.today, whole=self.scope.is_whole)

    @cached_property
    def curve(self) -> figures.Remaining:
        return figures.remaining(self.scope.measures, self.scope.inspection, self.today)

    @cached_property
    def places(self) -> list[figures.Place]:
        scope = self.scope
        return figures.ranking(scope.user, scope.inspection, scope.measures, self.rows, self.today)

    # ---- 总览

    def headline(self) -> Series:
        """The figures at the top of the overview."""
        tally, closed, link = self.tally, self.closures, self.links.register
        rows: list[tuple[str, str, Value, str]] = [
            ("问题", "个", closed.total, ""),
            ("已销号问题", "个", closed.closed, link(closure="closed")),
            ("措施", "条", tally.total, link()),
            *((formula.name[:2] + "完成", "条", count, link(track=formula.key)) for formula, count, _rate in tally.rates),
            *((formula.name, "%", rate, link(track=formula.key)) for formula, _count, rate in tally.rates),
            ("逾期", "条", tally.overdue, link(timeliness="overdue")),
            ("临期", "条", tally.soon, link(timeliness="soon")),
            ("退回补正", "条", tally.returned, link(progress="returned")),
            ("挽回资金", "万元", self.money.wan, self.links.figures()),
            ("建章立制", "项", self.outcomes.whole.regulations, self.links.all_regulations()),
        ]
        words = f"措施 {tally.total} 条，核实完成 {tally.verified} 条，逾期 {tally.overdue} 条"
        columns = (Column("value", "数", "见单位"), Column("unit", "单位", ""))
        lines = [Line(label, [Cell(value, href), Cell(unit)]) for label, unit, value, href in rows]
        return Series("headline", "主要数字", "", f"{TRACK_FORMULA}。{figures.MONEY_FORMULA}", words, columns, lines)

    # ---- 进度

    def remaining(self) -> Series:
        """The plan line and what is really left."""
        link = self.links.register
        lines = [
            Line(
                f"{point.day}{'（今天）' if point.day == self.today else ''}",
                [
                    Cell(point.planned, link(planned_after=point.day if point.day != self.today else point.day - ONE_DAY)),
                    Cell(point.remaining, link(left_on=point.day) if point.remaining is not None else ""),
                ],
            )
            for point in self.curve.points
        ]
        note = f"。另有 {self.curve.undated} 条长期坚持、不设时限的措施不计入" if self.curve.undated else ""
        extra = {
            "today": self.today.isoformat(),
            "planned": [[point.day.isoformat(), point.planned] for point in self.curve.points],
            "remaining": [[point.day.isoformat(), point.remaining] for point in self.curve.points if point.remaining is not None],
        }
        columns = (Column("planned", "计划剩余"), Column("remaining", "实际剩余"))
        formula = f"{figures.REMAINING_FORMULA}{note}"
        return Series("remaining", "剩余措施", "实际与计划", formula, self.curve.conclusion, columns, lines, "curve", extra=extra)

    def marks(self) -> Series:
        """Measures of each category by mark."""
        counts = figures.marks_of(self.rows)
        columns = [*(Column(mark, WORDS[mark], red=mark == "over") for mark in MARKS), Column("total", "合计")]
        lines = []
        for row in self.categories:
            link = self._linker(category=row.pk)
            cells = [Cell(number, link(mark=mark)) for mark, number in counts[row.pk].items()]
            lines.append(Line(str(row), [*cells, Cell(self.tracks.by_category[row.pk].total, link())]))
        worst = max(self.categories, key=lambda row: counts[row.pk]["over"], default=None)
        words = "没有逾期的措施"
        if worst is not None and counts[worst.pk]["over"]:
            words = f"逾期 {self.tally.overdue} 条，最多的是{worst}，{counts[worst.pk]['over']} 条"
        return Series("marks", "各方面措施状态", "条数", MARKS_FORMULA, words, columns, lines, "marks", MARKS)

    def by_category(self) -> Series:
        """The three tracks by category."""
        named = [(str(row), self.tracks.by_category[row.pk], {"category": row.pk}) for row in self.categories]
        return self._tallied("tracks", "完成情况三条线", "单位申报、整改办核实、督查组核查，差距就是要查的地方", named, whole=True)

    def by_nature(self) -> Series:
        return self._by_choice("nature", "按整改性质", Measure.Nature.choices, lambda row: row.nature)

    def by_pace(self) -> Series:
        return self._by_choice("pace", "按整改类型", Measure.Pace.choices, lambda row: row.pace)

    def by_leader(self) -> Series:
        """By the official who answers for the issue."""
        found = figures.tallies(self.rows, lambda row: row.official)
        order = sorted(found, key=lambda name: (not name, -found[name].overdue, found[name].percent("verified") or 0, name))
        named = [(name or NO_NAME, found[name], {"leader": name or NO_OFFICIAL}) for name in order]
        return self._tallied("leader", "按责任领导", "逾期多的在前", named, chart="bars")

    def flow(self) -> Series:
        """What became overdue, was cleared and was finished, week by week."""
        found = figures.flow(self.rows, self.today)
        link = self.links.register
        lines = [
            Line(
                one.week.label,
                [
                    Cell(one.raised, link(late_week=one.week.monday)),
                    Cell(one.cleared, link(cleared_week=one.week.monday)),
                    Cell(one.finished, link(done_week=one.week.monday)),
                    Cell(one.overdue, link(late_on=one.week.end)),
                ],
            )
            for one in found
        ]
        last = found[-1]
        words = f"本周新增逾期 {last.raised} 条，消除 {last.cleared} 条，办结 {last.finished} 条，现在逾期 {last.overdue} 条"
        columns = (
            Column("raised", "新增逾期", red=True),
            Column("cleared", "消除逾期"),
            Column("finished", "办结"),
            Column("overdue", "周末逾期", red=True),
        )
        drawn = ("raised", "cleared", "finished")
        return Series("flow", "每周进出", f"最近 {len(found)} 周", by_week.FLOW_FORMULA, words, columns, lines, "columns", drawn)

    def ages(self) -> Series:
        """How long things are overdue."""
        found = figures.ages(self.rows, self.today)
        lines = [Line(words, [Cell(number, self.links.register(age=key))]) for key, words, number in found]
        longest = next((f"最久的{words}" for _key, words, number in reversed(found) if number), "没有逾期的措施")
        words = f"逾期 {self.tally.overdue} 条，{longest}" if self.tally.overdue else longest
        return Series("ages", "逾期时长", "现在逾期的措施", by_week.AGES_FORMULA, words, (Column("n", "逾期", red=True),), lines, "bars")

    # ---- 单位

    def by_unit(self) -> Series:
        """The three tracks by lead unit, the worst first."""
        order = [place.unit for place in self.places]
        named = [(row.short_name, self.tracks.by_unit[row.pk], {"lead": row.pk}) for row in order]
        return self._tallied("units", "单位三条线", "次序同排位", named)

    def ranking(self) -> Series:
        """Units with the reasons for their places."""
        period = figures.last_period(self.scope.inspection, self.today)
        lines = []
        for place in self.places:
            link = self._linker(lead=place.unit.pk)
            missed = self.links.missing(period.key, place.unit.pk) if period and place.missed else ""
            cells = [
                Cell(place.tally.overdue, link(timeliness="overdue")),
                Cell(place.tally.returned, link(progress="returned")),
                Cell(place.unanswered),
                Cell(place.letters),
                Cell(place.missed, missed),
                Cell(place.rate, link(track="verified")),
                Cell(place.because),
            ]
            lines.append(Line(f"{place.number}. {place.unit}", cells, self.links.of_unit(place.unit.pk)))
        columns = (
            Column("overdue", "逾期", red=True),
            Column("returned", "退回补正"),
            Column("unanswered", "督查单未回复", "张"),
            Column("letters", "督查单", "张"),
            Column("missed", "上期漏报"),
            Column("rate", "核实完成率", "%"),
            Column("because", "为什么排在这里", ""),
        )
        first = self.places[0] if self.places else None
        words = f"排在最前的是{first.unit}：{first.because}" if first else "范围内还没有措施"
        formula = f"{ordering.RANKING_FORMULA}。上期为{period.label if period else '（还没有结束的填报期）'}"
        return Series("ranking", "单位排位和原因", "问题多的在前", formula, words, columns, lines)

    def heat(self) -> Series:
        """Units by week."""
        weeks, found = figures.heat(self.rows, self.today)
        order = sorted(found, key=lambda unit: (-found[unit][-1], -sum(found[unit]), self.units[unit].short_name))
        lines = []
        for unit in order:
            link = self._linker(lead=unit)
            cells = [Cell(number, link(late_on=week.end)) for week, number in zip(weeks, found[unit], strict=True)]
            lines.append(Line(self.units[unit].short_name, cells, self.links.of_unit(unit)))
        columns = [Column(f"w{place}", f"{week.end:%m-%d}", red=True) for place, week in enumerate(weeks, start=1)]
        worst = f"现在逾期最多的是{self.units[order[0]].short_name}，{found[order[0]][-1]} 条" if order and found[order[0]][-1] else ""
        words = worst or ("最近 12 周有过逾期，现在都已消除" if order else "最近 12 周没有单位逾期")
        return Series("heat", "单位逾期热力图", "单位 × 周", by_week.HEAT_FORMULA, words, columns, lines, "heat", empty=f"{words}。")

    # ---- helpers

    def _linker(self, **fixed: object) -> Callable[..., str]:
        return lambda **further: self.links.register(**{**fixed, **further})

    def _by_choice(self, name: str, title: str, choices: Iterable[tuple[str, str]], key: Callable[[Row], str]) -> Series:
        found = figures.tallies(self.rows, key)
        named = [(str(words), found[code], {name: code}) for code, words in choices if code in found]
        return self._tallied(name, title, "三条线和时限", named, chart="bars")

    def _tallied(
        self,
        key: str,
        title: str,
        of: str,
        named: Sequence[tuple[str, Tally, Mapping[str, object]]],
        *,
        whole: bool = False,
        chart: str = "",
    ) -> Series:
        """Rows of tallies, each figure with its address; ``whole`` adds the sum of all."""
        lines = [self._tally_line(label, tally, fixed) for label, tally, fixed in named]
        if whole:
            lines.append(self._tally_line(WHOLE, self.tally, {}))
        slowest = min((one for one in named if one[1].total), key=lambda one: one[1].percent("verified") or 0, default=None)
        words = f"核实完成率最低的是{slowest[0]}，{slowest[1].percent('verified')}%" if slowest else "范围内还没有措施"
        return Series(
            key, title, of, f"{TRACK_FORMULA}。{Tally.rounding}", words, TALLY_COLUMNS, lines, chart, ("verified_rate",) if chart else ()
        )

    def _tally_line(self, label: str, tally: Tally, fixed: Mapping[str, object]) -> Line:
        link = self._linker(**fixed)
        cells = [Cell(tally.total, link())]
        for formula, count, rate in tally.rates:
            address = link(track=formula.key)
            cells += [Cell(count, address), Cell(rate)]
        cells += [
            Cell(tally.overdue, link(timeliness="overdue")),
            Cell(tally.soon, link(timeliness="soon")),
            Cell(tally.returned, link(progress="returned")),
        ]
        return Line(label, cells)
