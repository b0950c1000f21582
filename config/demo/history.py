"""What was done about each measure: reports, reviews and evidence, entered as if they had come on paper or from the unit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from apps.measures.models import Extension, Measure, Progress
from apps.measures.services import (
    EvidenceDraft,
    StageGoal,
    approve,
    claim_review,
    decide_extension,
    endorse_extension,
    report_progress,
    request_extension,
    send_back,
)
from apps.units.models import Source, User
from config.demo.evidence import further_papers, renew
from config.demo.paper import example_pdf
from config.demo.people import People
from config.demo.plan import STAGED, Plan

SIGNED_BY = "单位主要负责人"
OFFICE_DAYS = 3
UNSAID = ["as_of", "signed_by", "reported_on", "difficulties", "next_step", "stage_goal", "next_review_on"]
"""What the notice says of no report."""
ONGOING = Measure.State.ONGOING


@dataclass(frozen=True)
class History:
    """Replays the life of measures by the plan."""

    people: People
    plan: Plan

    def replay(self, measure: Measure, row: dict[str, Any]) -> None:
        """Bring the measure to where the plan has it."""
        standing = self.plan.standing(measure.number)
        if standing == "done":
            self._finish(measure, row)
        elif standing in STAGED:
            self._complete_stage(measure, row)
        elif standing in ("overdue", "soon", "running"):
            self._begin(measure, row)
        elif standing == "review":
            self._put_to_review(measure)
        elif standing == "returned":
            report = self._submit(measure, 0)
            send_back(actor=self.people.reviewer, report=report, requirement=self.plan.raw["returned"][measure.number][1])
        if measure.number in self.plan.raw["extended"]:
            self._extend(measure, *self.plan.raw["extended"][measure.number])

    def _put_to_review(self, measure: Measure) -> None:
        """A report waits for its review; some come after one that was returned, some are taken on by a reviewer already."""
        returned, claimed = self.plan.raw["resubmitted"], self.plan.raw["claimed"]
        if measure.number in returned:
            report = self._submit(measure, 0, said="佐证材料附后，请予审核。")
            send_back(actor=self.people.reviewer, report=report, requirement=returned[measure.number])
        report = self._submit(measure, self.plan.raw["review"][measure.number][1])
        if measure.number in claimed:
            claim_review(actor=self.people.users[claimed[measure.number]], report=report)

    def _complete_stage(self, measure: Measure, row: dict[str, Any]) -> None:
        """A stage is complete and names the next one; the hourly job brings back those whose review day has come."""
        day, review_on, goal = self.plan.stage(measure.number)
        text = f"{row['quote']}。" if row.get("quote") else f"本阶段已落实：{measure.text}"
        stage = StageGoal(goal, review_on)
        report = self._report(
            self.people.clerk, measure, Measure.State.STAGE_DONE, text, day, quote=row.get("quote", ""), on=day, stage=stage
        )
        approve(actor=self.people.reviewer, report=report, opinion="本阶段情况属实", on=day + dt.timedelta(days=OFFICE_DAYS))

    def _extend(self, measure: Measure, until: str, days: int, reason: str, second: str = "") -> None:
        """A first request, agreed unless it still waits; where there is a second, the office has endorsed it for the leader."""
        request = self._request(measure, days, reason)
        if until == Extension.Decision.PENDING:
            return
        decide_extension(actor=self.people.reviewer, extension=request, agree=True, opinion="同意，请倒排工期")
        if until == Extension.Decision.ENDORSED:
            again = self._request(measure, 2 * days, second)
            endorse_extension(actor=self.people.reviewer, extension=again, opinion="情况属实，拟同意，请领导审批")

    def _request(self, measure: Measure, days: int, reason: str) -> Extension:
        due_on = (measure.original_due_on or self.plan.today) + dt.timedelta(days=days)
        liaison = self.people.liaisons[measure.lead_unit.short_name]
        return request_extension(actor=liaison, measure=measure, new_due_on=due_on, reason=reason, source=Source.DEMONSTRATION)

    def _finish(self, measure: Measure, row: dict[str, Any]) -> None:
        day = self.plan.done_on(measure.number, measure.pace, row.get("done_on"))
        text = f"{row['quote']}。" if row.get("quote") else f"已落实：{measure.text}"
        report = self._report(self.people.clerk, measure, Measure.State.DONE, text, day, quote=row.get("quote", ""), on=day)
        approve(
            actor=self.people.reviewer, report=report, opinion="情况属实", on=min(day + dt.timedelta(days=OFFICE_DAYS), self.plan.today)
        )
        renew(self.plan.raw["evidence"], measure, self.people.clerk)

    def _begin(self, measure: Measure, row: dict[str, Any]) -> None:
        """An approved interim report: work goes on, the clock runs."""
        day = self.plan.reported_on(measure.number, measure.issue.number, measure.issue.inspection)
        text = f"{row['quote']}。" if row.get("quote") else f"正在推进：{measure.text}"
        report = self._report(self.people.clerk, measure, ONGOING, text, day, quote=row.get("quote", ""), on=day)
        approve(actor=self.people.reviewer, report=report, opinion="请按时限抓紧推进", on=day + dt.timedelta(days=OFFICE_DAYS))

    def _submit(self, measure: Measure, days_ago: int, said: str = "") -> Progress:
        """A claim of completion that waits for the office: by the liaison today, or entered from paper some days ago."""
        again = measure.number in self.plan.raw["resubmitted"] and not said
        added = "截至目前比对卫星图斑 4 次，发现疑似占用 6 处，现场制止 6 处。" if again else ""
        text = f"已落实：{measure.text}{added}{said or '佐证材料附后，请予审核。'}"
        if days_ago == 0:
            return self._report(self.people.liaisons[measure.lead_unit.short_name], measure, Measure.State.DONE, text, self.plan.today)
        day = self.plan.today - dt.timedelta(days=days_ago)
        return self._report(self.people.clerk, measure, Measure.State.DONE, text, day, on=day)

    def _report(
        self,
        actor: User,
        measure: Measure,
        claim: str,
        text: str,
        as_of: dt.date,
        *,
        quote: str = "",
        on: dt.date | None = None,
        stage: StageGoal | None = None,
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
            is_vouched_for=True,
            difficulties="" if claim == Measure.State.DONE else "需长期推进，阶段性任务按计划落实。",
            next_step="" if finished else "按整改时限倒排进度，逐项落实。",
            stage=stage,
            evidence=[paper, *further_papers(self.plan.raw["evidence"], measure.number, as_of)] if finished else [],
            on=on,
            provenance={
                "source": Source.NOTICE if quote else Source.DEMONSTRATION,
                "quote": quote,
                "demonstrated": UNSAID if quote else [],
            },
        )
