"""The rectification office: four queues, each leading to the rows it counts, then lists of the two that are worked through one by one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from apps.measures.models import Progress
from apps.measures.querysets import ProgressQuerySet
from config.workbench.rounds import (
    Completion,
    Round,
    closures_to_decide,
    coming_dates,
    extensions_to_decide,
    feedback_to_answer,
    issues_to_close,
    late_rows,
    latest_entries,
    notices_to_approve,
    open_proposals,
    owed_reports,
)

SHOWN = 5
NEAR = dt.timedelta(days=3)


@dataclass(frozen=True)
class Queue:
    """Something to be worked off: how much, and the worst of it."""

    mark: str
    label: str
    count: int
    unit: str
    worst: str
    href: str


def page(now: Round) -> dict[str, Any]:
    completion = Completion(now.measures.mark_counts(now.today, now.until))
    reports = Progress.objects.visible_to(now.user).pending().filter(measure__issue__inspection=now.inspection)
    waiting = list(reports.for_queue()[:SHOWN])
    late = late_rows(now, SHOWN)
    notices, feedback = notices_to_approve(now), feedback_to_answer(now)
    queues = [_to_review(now, reports, waiting), _overdue(now, completion), _soon(now, completion), _to_close(now)]
    return {
        "queues": queues,
        "to_do": sum(queue.count for queue in queues if queue.mark in ("review", "over", "done")) + len(notices) + feedback.count,
        "reviews": [(report, now.waited(report.reported_on), contents(report)) for report in waiting],
        "late": late,
        "notices": notices,
        "feedback": feedback,
        "completion": completion,
        "dates": coming_dates(now),
        "extensions": extensions_to_decide(now),
        "proposals": open_proposals(now),
        "owed": owed_reports(now),
        "news": latest_entries(now),
    }


def contents(report: Progress) -> str:
    """What a report brings: its evidence and its figures, counted."""
    files, readings = len(report.evidence.all()), list(report.readings.all())
    figures = [f"{reading.indicator.name} {reading.shown} {reading.indicator.unit}" for reading in readings[:1]]
    return " · ".join([f"材料 {files} 份" if files else "无材料", *figures])


def _to_review(now: Round, reports: ProgressQuerySet, waiting: list[Progress]) -> Queue:
    worst = f"最早一条{now.waited(waiting[0].reported_on)}" if waiting else "没有等待审核的填报"
    return Queue("review", "待审核", reports.count(), "条填报", worst, reverse("measures:reviews"))


def _overdue(now: Round, completion: Completion) -> Queue:
    spread = now.measures.overdue(now.today).aggregate(issues=Count("issue", distinct=True), units=Count("lead_unit", distinct=True))
    worst = f"涉及 {spread['issues']} 个问题、{spread['units']} 个牵头单位" if completion.counts["over"] else "没有逾期的措施"
    return Queue("over", "逾期", completion.counts["over"], "条措施", worst, _listed(now, timeliness="overdue"))


def _soon(now: Round, completion: Completion) -> Queue:
    near = now.measures.due_soon(now.today, min(now.until, now.today + NEAR)).count()
    worst = f"其中 {near} 条 3 天内到期" if completion.counts["soon"] else f"{now.inspection.soon_working_days} 个工作日内没有到期的措施"
    label = f"临期（{now.inspection.soon_working_days} 个工作日内）"
    return Queue("soon", label, completion.counts["soon"], "条措施", worst, _listed(now, timeliness="soon"))


def _to_close(now: Round) -> Queue:
    ready, applied = issues_to_close(now)
    decidable = closures_to_decide(now)
    worst = f"{decidable} 个等您审定" if decidable else "没有等待审定的申请"
    worst += f"，{applied - decidable} 个会审中" if applied > decidable else ""
    worst += f"；另有 {ready} 个已具备条件，待单位提请" if ready else ""
    return Queue("done", "待销号", applied, "个问题", worst, reverse("issues:closures"))


def _listed(now: Round, **filters: str) -> str:
    """The rows that a card counts, in the register of the same round."""
    return f"{reverse('measures:register')}?{urlencode({'inspection': now.inspection.pk, **filters})}"
