"""What was done about each measure: reports, reviews and evidence, entered as if they had come on paper or from the unit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from apps.measures.models import Measure, Progress
from apps.measures.services import EvidenceDraft, approve, report_progress, send_back
from apps.units.models import Source, User
from config.demo.evidence import further_papers, renew
from config.demo.paper import example_pdf
from config.demo.people import People
from config.demo.plan import Plan

SIGNED_BY = "单位主要负责人"
OFFICE_DAYS = 3
ONGOING = Measure.State.ONGOING


@dataclass(frozen=True)
class History:
    """Replays the life of measures by the plan."""

    people: People
    plan: Plan

    def replay(self, measure: Measure, row: dict[str, Any]) -> None:
        """Bring the measure to where the plan has it."""
        standing = self.plan.standing(measure.number)
        if standing in ("done", "stage_done"):
            self._finish(measure, row, Measure.State.DONE if standing == "done" else Measure.State.STAGE_DONE)
        elif standing in ("overdue", "soon", "running"):
            self._begin(measure, row)
        elif standing == "review":
            self._submit(measure, self.plan.raw["review"][measure.number][1])
        elif standing == "returned":
            report = self._submit(measure, 0)
            send_back(actor=self.people.reviewer, report=report, requirement=self.plan.raw["returned"][measure.number][1])

    def _finish(self, measure: Measure, row: dict[str, Any], claim: str) -> None:
        index = measure.issue.number * 5 + measure.ordinal
        day = self.plan.done_on(index, measure.pace, row.get("done_on"))
        text = f"{row['quote']}。" if row.get("quote") else f"已落实：{measure.text}"
        report = self._report(self.people.clerk, measure, claim, text, day, quote=row.get("quote", ""), on=day)
        approve(
            actor=self.people.reviewer, report=report, opinion="情况属实", on=min(day + dt.timedelta(days=OFFICE_DAYS), self.plan.today)
        )
        renew(self.plan.raw["evidence"], measure, self.people.clerk)

    def _begin(self, measure: Measure, row: dict[str, Any]) -> None:
        """An approved interim report a good month ago: work goes on, the clock runs."""
        day = self.plan.today - dt.timedelta(days=36 + measure.issue.number % 9)
        text = f"{row['quote']}。" if row.get("quote") else f"正在推进：{measure.text}"
        report = self._report(self.people.clerk, measure, ONGOING, text, day, quote=row.get("quote", ""), on=day)
        approve(actor=self.people.reviewer, report=report, opinion="请按时限抓紧推进", on=day + dt.timedelta(days=OFFICE_DAYS))

    def _submit(self, measure: Measure, days_ago: int) -> Progress:
        """A claim of completion that waits for the office: by the liaison today, or entered from paper some days ago."""
        text = f"已落实：{measure.text}佐证材料附后，请予审核。"
        if days_ago == 0:
            return self._report(self.people.liaisons[measure.lead_unit.short_name], measure, Measure.State.DONE, text, self.plan.today)
        day = self.plan.today - dt.timedelta(days=days_ago)
        return self._report(self.people.clerk, measure, Measure.State.DONE, text, day, on=day)

    def _report(
        self, actor: User, measure: Measure, claim: str, text: str, as_of: dt.date, *, quote: str = "", on: dt.date | None = None
    ) -> Progress:
        finished = claim != ONGOING
        name = f"措施{measure.number}佐证材料（示例）"
        paper = EvidenceDraft(name, example_pdf(name, measure.number), as_of, Source.DEMONSTRATION)
        return report_progress(
            actor=actor,
            measure=measure,
            claim=claim,
            text=text,
            as_of=as_of,
            signed_by=SIGNED_BY,
            difficulties="" if claim == Measure.State.DONE else "需长期推进，阶段性任务按计划落实。",
            next_step="" if finished else "按整改时限倒排进度，逐项落实。",
            evidence=[paper, *further_papers(self.plan.raw["evidence"], measure.number, as_of)] if finished else [],
            on=on,
            provenance={
                "source": Source.NOTICE if quote else Source.DEMONSTRATION,
                "quote": quote,
                "demonstrated": ["as_of", "signed_by", "reported_on", "difficulties", "next_step"] if quote else [],
            },
        )
