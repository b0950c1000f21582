"""What can happen to the closure of an issue, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.models import Act, Issue
from apps.units.models import Role
from apps.units.workflow import transition

OPEN, APPLIED, CLOSED = Issue.ClosureState.OPEN, Issue.ClosureState.APPLIED, Issue.ClosureState.CLOSED


def every_measure_finished(issue: Issue) -> Iterator[str]:
    """An issue may only be applied for and closed when each of its measures is done or stage-complete, as verified by the office."""
    measures = list(issue.measures.order_by("ordinal"))
    if not measures:
        yield f"问题 {issue.number} 还没有整改措施，请先制定措施"
    unfinished = [measure.number for measure in measures if not measure.is_finished]
    if unfinished:
        yield f"还有 {len(unfinished)} 条措施没有完成（{'、'.join(unfinished[:6])}），请先填报并经整改办审核通过"


def every_measure_has_evidence(issue: Issue) -> Iterator[str]:
    """Closing rests on proof: each finished measure needs at least one piece of evidence (domain.md §2.3)."""
    bare = [measure.number for measure in issue.measures.without_evidence().order_by("ordinal")]
    if bare:
        yield f"措施 {'、'.join(bare[:6])} 没有经审核通过的佐证材料，请在填报中补充"


def figures_add_up(issue: Issue) -> Iterator[str]:
    """Each declared total equals the sum of its parts, by the latest readings that count."""
    for total, parts, sides in issue.indicators.broken_sums():
        names = "、".join(part.name for part in parts)
        yield f"指标“{total.name}”与分项之和不符：合计 {sides[0]}，分项之和 {sides[1]}（{names}），请核对后重新填报"


def relapse_answered(issue: Issue) -> Iterator[str]:
    """After a relapse the measures of the earlier round prove nothing: something must have been done since (domain.md §1.4)."""
    if issue.round == 1:
        return
    if not issue.measures.filter(reports__review="approved", reports__round=issue.round).exists():
        yield f"第 {issue.round} 轮整改还没有新的进展，请针对反弹情况增加措施或重新填报，经整改办审核通过"


CLOSING_RULES = (relapse_answered, every_measure_finished, every_measure_has_evidence, figures_add_up)

APPLY = transition(Act.APPLY_CLOSURE, [OPEN], APPLIED, [Role.LIAISON], rules=CLOSING_RULES)
AGREE = transition(Act.AGREE_CLOSURE, [APPLIED], CLOSED, [Role.OFFICE], rules=CLOSING_RULES)
RETURN = transition(Act.RETURN_CLOSURE, [APPLIED], OPEN, [Role.OFFICE], needs_reason=True)
LOOK_BACK = transition(Act.HOLD_LOOK_BACK, [CLOSED], None, [Role.OFFICE, Role.SUPERVISOR])
REOPEN = transition(Act.REOPEN, [CLOSED], OPEN, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
AMEND = transition(Act.AMEND_ISSUE, [OPEN, APPLIED], None, [Role.OFFICE], needs_reason=True)
ASSIGN = transition(Act.ASSIGN_ISSUE, [OPEN, APPLIED], None, [Role.OFFICE], needs_reason=True)

TABLE = (APPLY, AGREE, RETURN, LOOK_BACK, REOPEN, AMEND, ASSIGN)
