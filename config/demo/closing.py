"""How issues of the demonstration are closed: application, joint review, decision, look-backs, one relapse, one draw."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from apps.issues.models import Closure, Inspection, Issue
from apps.issues.rules import findings
from apps.issues.services import apply_for_closure, decide_closure, draw_look_backs, hold_look_back, sign_off
from apps.units.models import Source
from config.demo.people import People
from config.demo.plan import Plan

SIGNED_AFTER, DECIDED_AFTER = dt.timedelta(days=3), dt.timedelta(days=7)
AGREED = "同意"
REASONS = {
    "C-09": "整改目标按反馈意见原文把握，已逐条对照。",
    "C-10": "靠日常监督和定期检查长期坚持，现有制度已能覆盖，不另行制定。",
    "C-11": "余额按分期计划继续收缴，由牵头单位按季度报送。",
    "C-12": "由牵头单位按季度推进，到期复核。",
    "C-13": "按督查计划分批现场核查，销号后纳入回头看。",
    "C-14": "不属实部分已当场纠正，纳入回头看重点。",
}


@dataclass(frozen=True)
class Closing:
    """Takes one issue as far as the plan has it."""

    people: People
    plan: Plan
    issue: Issue

    def run(self, statement: str, applied_on: dt.date) -> None:
        waits = self.issue.number in self.plan.raw["applied"]
        on = self.plan.today if waits else applied_on
        closure = apply_for_closure(
            actor=self.people.liaisons[self.issue.lead_unit.short_name],
            issue=self.issue,
            statement=statement,
            reasons={finding.rule.id: REASONS[finding.rule.id] for finding in findings(self.issue) if finding.warns},
            on=on,
        )
        if waits:
            self._sign(closure, self.plan.raw["signed"].get(self.issue.number, {}), on)
            return
        self._sign(closure, dict.fromkeys(self.people.signers, AGREED), min(on + SIGNED_AFTER, self.plan.today))
        decide_closure(actor=self.people.reviewer, closure=closure, agree=True, opinion="同意销号", on=on + DECIDED_AFTER)
        self._look_back()

    def _sign(self, closure: Closure, words: dict[str, str], on: dt.date) -> None:
        for row in closure.sign_offs.select_related("body"):
            said = words.get(row.body.short_name)
            if said is not None:
                agree, actor = said == AGREED, self.people.signers[row.body.short_name]
                sign_off(actor=actor, sign_off=row, agree=agree, requirement="" if agree else said, on=on)

    def _look_back(self) -> None:
        number, relapsed = self.issue.number, self.plan.raw["relapsed"]
        if number not in self.plan.raw["looked_back"] and number not in relapsed:
            return
        look_back = self.issue.look_backs.order_by("planned_on")[0]
        note = relapsed.get(number, "抽查佐证材料并走访有关单位，整改成果巩固，未发现反弹。")
        on = min(look_back.planned_on, self.plan.today)
        hold_look_back(actor=self.people.reviewer, look_back=look_back, relapsed=number in relapsed, note=note, on=on)


def draw(people: People, plan: Plan, inspection: Inspection) -> None:
    """One draw among the closed issues."""
    wanted = plan.raw["draw"]
    draw_look_backs(
        actor=people.reviewer,
        inspection=inspection,
        size=wanted["size"],
        planned_on=plan.today + dt.timedelta(days=wanted["in_days"]),
        seed=wanted["seed"],
        source=Source.DEMONSTRATION,
    )
