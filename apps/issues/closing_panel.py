"""The closing of an issue as its sheet shows it: rules, application, joint review, decision, look-backs, earlier rounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from apps.issues import workflow
from apps.issues.models import Issue, LookBack
from apps.issues.pages import may_take
from apps.issues.policies import REVIEWERS, leads, may_look_back
from apps.issues.records import Record, Signature, records_of
from apps.issues.rules import Facts, Finding, findings
from apps.issues.services import content_hash
from apps.units.models import User
from apps.units.policies import sees_all_business


class ClosingPanel:
    """What is asked of the database depends on what the issue has (``has_closures`` … annotated by ``with_neighbours``)."""

    def __init__(self, issue: Issue, user: User, *, measures: Sequence[Any], indicators: Sequence[Any], regulations: Sequence[Any]) -> None:
        self.issue, self.user = issue, user
        self.facts = Facts(issue, measures=measures, indicators=indicators, regulations=regulations)

    @property
    def is_applied(self) -> bool:
        return self.issue.closure == Issue.ClosureState.APPLIED

    @cached_property
    def records(self) -> list[Record]:
        """All applications, the latest first."""
        if not getattr(self.issue, "has_closures", True):
            return []
        return records_of(self.issue, content_hash(self.issue, self.facts) if self.is_applied else "")

    @property
    def waiting(self) -> Record | None:
        return next((record for record in self.records if record.is_pending), None)

    @property
    def closing(self) -> Record | None:
        """The agreed application of this round, once the issue is closed."""
        agreed = (record for record in self.records if record.is_agreed and record.round == self.issue.round)
        return next(agreed, None) if self.issue.closure == Issue.ClosureState.CLOSED else None

    @property
    def returned(self) -> Record | None:
        """The last application, where the office returned it and none has followed."""
        last = self.records[0] if self.records else None
        is_open = self.issue.closure == Issue.ClosureState.OPEN
        return last if last and is_open and last.decision == "returned" and last.round == self.issue.round else None

    @property
    def earlier(self) -> list[Record]:
        shown = {record.pk for record in (self.waiting, self.closing, self.returned) if record}
        return [record for record in self.records if record.pk not in shown]

    @cached_property
    def look_backs(self) -> list[LookBack]:
        if not getattr(self.issue, "has_look_backs", True):
            return []
        return list(self.issue.look_backs.select_related("held_by", "draw"))

    @property
    def current_look_backs(self) -> list[LookBack]:
        return [row for row in self.look_backs if row.round == self.issue.round]

    @property
    def earlier_look_backs(self) -> list[LookBack]:
        """Those held in rounds that a relapse has ended."""
        return [row for row in self.look_backs if row.round != self.issue.round and row.held_on]

    @property
    def relapse(self) -> LookBack | None:
        """The look-back that opened this round."""
        found = (row for row in self.look_backs if row.finding == LookBack.Finding.RELAPSED and row.round == self.issue.round - 1)
        return next(found, None)

    @cached_property
    def rules(self) -> list[Finding]:
        """The catalogue, with the reasons of the waiting application. What is missing is named to those who see every measure."""
        reasons = {rule: reason for rule, _title, reason in self.waiting.reasons} if self.waiting else {}
        found = findings(self.facts, reasons)
        return found if self.sees_every_measure else [neutral(line) for line in found]

    @property
    def holding(self) -> list[Finding]:
        return [line for line in self.rules if line.holds]

    @property
    def open_rules(self) -> list[Finding]:
        return [line for line in self.rules if not line.holds]

    @property
    def sees_every_measure(self) -> bool:
        return sees_all_business(self.user) or leads(self.user, self.issue) or self._reviews

    @property
    def _reviews(self) -> bool:
        """Whether the user's unit was asked to sign one of the applications."""
        return any(row.body_id == self.user.unit_id for record in self.records for row in record.signatures)

    @property
    def ready(self) -> bool:
        return not any(line.blocks for line in self.rules)

    @property
    def first_problem(self) -> str:
        return next((line.problems[0] for line in self.rules if line.blocks), "")

    @property
    def warnings(self) -> int:
        return sum(line.warns for line in self.rules)

    @property
    def to_sign(self) -> Signature | None:
        """The signature that this user may give now."""
        record, user = self.waiting, self.user
        if record is None or user.role not in REVIEWERS or user.unit_id is None:
            return None
        return next((row for row in record.signatures if row.body_id == user.unit_id and not row.is_returned), None)

    @property
    def may(self) -> dict[str, bool]:
        """What the panel offers; the services decide."""
        closure, user = self.issue.closure, self.user
        return {
            "apply": may_take(workflow.APPLY, closure, user) and user.unit_id == self.issue.lead_unit_id,
            "decide": may_take(workflow.AGREE, closure, user),
            "look_back": may_take(workflow.LOOK_BACK, closure, user) and may_look_back(user, self.issue),
        }


def neutral(line: Finding) -> Finding:
    """That a rule does not hold, without what its sentences say of measures that the reader may not see."""
    if line.holds:
        return line
    return Finding(line.rule, [f"“{line.rule.title}”尚未满足，详情由牵头单位和整改办掌握"])
