"""The other half of the dashboard: outcomes, the forecast with its back-test, what moved since the last dispatch."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from apps.measures.rates import percent
from apps.measures.rollup import FORMULAS, WAN, Sum
from apps.supervision import figures
from apps.supervision.board import Board
from apps.supervision.figures import outcomes, since
from apps.supervision.figures import pace as forecasting
from apps.supervision.series import WHOLE, Cell, Column, Line, Series

MONEY = tuple(row for row in FORMULAS if row.key in ("recovered", "due", "received", "outstanding"))
MONEY_WORDS = "；".join(f"{row.name} = {row.words}" for row in MONEY)


def money_by_unit(board: Board) -> Series:
    return _money(board, "money", "资金：按单位", board.outcomes.units)


def money_by_category(board: Board) -> Series:
    return _money(board, "money-category", "资金：按方面", board.outcomes.categories)


def _money(board: Board, key: str, title: str, sums: list[Sum]) -> Series:
    """应退、已退、待退 in 万元, and what was recovered; the whole last."""
    whole, href = board.outcomes.whole, board.links.figures()
    shown = [row for row in sums if row.recovered or row.due]
    lines = [Line(row.name, [Cell(in_wan(getattr(row, column.key)), href) for column in MONEY]) for row in (*shown, whole) if shown]
    if lines:
        lines[-1] = Line(WHOLE, lines[-1].cells)
    words = f"挽回资金 {in_wan(whole.recovered)} 万元；应完成 {in_wan(whole.due)} 万元，已完成 {in_wan(whole.received)} 万元，"
    words += f"未完成 {in_wan(whole.outstanding)} 万元"
    columns = [Column(row.key, row.name, row.unit) for row in MONEY]
    return Series(
        key,
        title,
        "应退、已退、待退",
        MONEY_WORDS,
        words,
        columns,
        lines,
        "bars",
        ("recovered", "outstanding"),
        empty="范围内还没有登记金额。",
    )


def in_wan(yuan: Decimal) -> Decimal:
    """元 in 万元, without trailing zeros."""
    value = yuan / WAN
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def regulations(board: Board) -> Series:
    scope = board.scope
    found = figures.regulations_by_kind(scope.user, scope.inspection, scope.measures, whole=scope.is_whole)
    lines = [Line(words, [Cell(number, board.links.regulations(code) if number else "")]) for code, words, number in found]
    made = sum(number for code, _words, number in found if code != "abolished")
    return Series(
        "regulations",
        "规章制度",
        "按类别",
        outcomes.REGULATIONS_FORMULA,
        f"建章立制 {made} 项",
        (Column("n", "制度", "项"),),
        lines,
        "bars",
    )


def relapses(board: Board) -> Series:
    scope = board.scope
    found = figures.relapses(scope.user, scope.inspection, scope.measures, whole=scope.is_whole)
    href = f"{reverse('issues:look-backs')}?show=held"
    lines = [Line(row.name, [Cell(row.held, href), Cell(row.relapsed, href), Cell(percent(row.relapsed, row.held))]) for row in found]
    held, again = sum(row.held for row in found), sum(row.relapsed for row in found)
    words = f"已开展回头看 {held} 次，反弹 {again} 次，反弹率 {percent(again, held)}%" if held else "还没有开展回头看"
    columns = (Column("held", "已开展", "次"), Column("relapsed", "反弹", "次"), Column("rate", "反弹率", "%"))
    return Series("relapse", "回头看反弹", "按单位", outcomes.RELAPSE_FORMULA, words, columns, lines, empty=f"{words}。")


def forecast_units(board: Board) -> Series:
    """Each unit's pace and line."""
    lines = []
    for one in board.history.forecast:
        cells = [
            Cell(one.pace.finished),
            Cell(one.pace.per_week.quantize(Decimal("0.01")) if one.pace.finished else None),
            Cell(one.overdue, board.links.register(lead=one.unit, timeliness="overdue") if one.overdue else ""),
            Cell(one.ahead),
            Cell(len(one.missing) if one.pace.finished else None, "#forecast" if one.missing else ""),
            Cell(one.words),
        ]
        lines.append(Line(board.units[one.unit].short_name, cells, board.links.of_unit(one.unit)))
    columns = (
        Column("finished", f"近 {forecasting.PACE_WEEKS} 周完成"),
        Column("pace", "办结速度", "条/周"),
        Column("overdue", "已经逾期", red=True),
        Column("ahead", "未到时限"),
        Column("missing", "预测会逾期"),
        Column("note", "说明", ""),
    )
    return Series(
        "forecast-units", "按办结速度预测", "按单位", forecasting.RULE, forecast_words(board), columns, lines, "bars", ("missing",)
    )


def forecast_words(board: Board) -> str:
    found = board.history.forecast
    missing = sum(len(one.missing) for one in found)
    silent = sum(not one.pace.finished for one in found)
    units = sum(bool(one.missing) for one in found)
    words = f"按现在的速度，{units} 个单位的 {missing} 条措施会逾期" if missing else "按现在的速度，没有措施会新增逾期"
    return f"{words}；{silent} 个单位近 {forecasting.PACE_WEEKS} 周没有办结，不作预测" if silent else words


def forecast_measures(board: Board) -> Series:
    """The measures that are forecast to be late, the earliest due first."""
    rows = {row.pk: row for row in board.history.rows}
    found = sorted((one for unit in board.history.forecast for one in unit.missing), key=lambda one: (one.due_on, one.task.place))
    lines = []
    for one in found:
        row = rows[one.task.pk]
        cells = [
            Cell(row.text[:60]),
            Cell(row.lead_unit.short_name),
            Cell(one.place),
            Cell(one.due_on),
            Cell(one.expected_on),
            Cell(one.days_after),
        ]
        lines.append(Line(row.number, cells, reverse("measures:sheet", args=(row.pk,))))
    columns = (
        Column("text", "措施", ""),
        Column("unit", "牵头单位", ""),
        Column("place", "排队", "第几条"),
        Column("due_on", "整改时限", ""),
        Column("expected_on", "预计完成", ""),
        Column("days", "预计超过", "天"),
    )
    words = forecast_words(board)
    return Series(
        "forecast", "预测会逾期的措施", f"{len(found)} 条", forecasting.RULE, words, columns, lines, empty="没有预测会逾期的措施。"
    )


def back_tests(board: Board) -> Series:
    """How far the same rule was right before."""
    lines = []
    for weeks, one in board.history.back_tests:
        numbers: list[Any] = [
            one.known,
            one.silent,
            one.predicted,
            one.missed,
            one.hits,
            one.false_alarms,
            one.unforeseen,
            one.precision,
            one.recall,
        ]
        lines.append(Line(f"{weeks} 周前（{one.day}）", [*map(Cell, numbers), Cell(one.words)]))
    columns = (
        Column("known", "结果已知 n"),
        Column("silent", "未作预测"),
        Column("predicted", "预测会逾期"),
        Column("missed", "实际逾期"),
        Column("hits", "命中"),
        Column("false_alarms", "误报"),
        Column("unforeseen", "漏测"),
        Column("precision", "准确率", "%"),
        Column("recall", "查全率", "%"),
        Column("note", "说明", ""),
    )
    tests = [one for _weeks, one in board.history.back_tests if one.known]
    if not tests:
        words = "以前各时点还没有结果已知的措施，准不准还看不出来"
    else:
        words = "；".join(
            f"{weeks} 周前 n={one.known}：预测 {one.predicted} 条，实际 {one.missed} 条，命中 {one.hits} 条"
            f"{'（样本不足）' if one.words else ''}"
            for weeks, one in board.history.back_tests
            if one.known
        )
    return Series("back-test", "以前预测得准不准", "回测", forecasting.TEST_RULE, words, columns, lines)


def since_dispatch(board: Board) -> tuple[Any, list[figures.Change], int, str] | None:
    """The last dispatch, the changes since, how many measures were sent back, and where those are listed. None: no dispatch yet."""
    last = figures.last_dispatch(board.scope.user, board.scope.inspection, board.today)
    if last is None or last.held_on is None:
        return None
    returned = board.scope.measures.filter(pk__in=since.sent_back(last.held_on)).count()
    return last, board.history.since(last.held_on), returned, board.links.register(returned_since=last.held_on)


def since_series(board: Board) -> Series:
    """The same as rows."""
    found = since_dispatch(board)
    columns = (Column("n", "变化", "项"),)
    if found is None:
        return Series("since", "自上次调度以来", "", since.SINCE_FORMULA, "本轮还没有登记调度会", columns, [])
    last, changes, returned, href = found
    lines = [Line(change.words, [Cell(change.count)]) for change in changes]
    lines.append(Line("退回补正", [Cell(returned, href if returned else "")]))
    words = f"上次调度 {last.held_on}：{'，'.join(f'{line.label} {line.cells[0].value}' for line in lines)}"
    return Series("since", "自上次调度以来", str(last.held_on), since.SINCE_FORMULA, words, columns, lines)


Maker = Callable[[Board], Series]
SECTIONS: dict[str, tuple[str, dict[str, Maker]]] = {
    "overview": (
        "总览",
        {
            "headline": Board.headline,
            "since": since_series,
            "remaining": Board.remaining,
            "marks": Board.marks,
            "tracks": Board.by_category,
        },
    ),
    "progress": (
        "进度",
        {"flow": Board.flow, "ages": Board.ages, "nature": Board.by_nature, "pace": Board.by_pace, "leader": Board.by_leader},
    ),
    "units": ("单位", {"ranking": Board.ranking, "heat": Board.heat, "units": Board.by_unit}),
    "outcomes": (
        "资金与成效",
        {"money": money_by_unit, "money-category": money_by_category, "regulations": regulations, "relapse": relapses},
    ),
    "forecast": ("预测", {"forecast-units": forecast_units, "forecast": forecast_measures, "back-test": back_tests}),
}
MAKERS: dict[str, Maker] = {key: maker for _title, makers in SECTIONS.values() for key, maker in makers.items()}


def all_series(board: Board) -> list[Series]:
    """Every figure, in the order of the pages."""
    return [maker(board) for maker in MAKERS.values()]
