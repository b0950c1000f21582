"""What can happen to the closure of an issue, and to the signatures under an application, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.models import Act, Issue, SignOff
from apps.issues.policies import REVIEWERS
from apps.issues.rules import no_blocking_rule
from apps.units.models import Role
from apps.units.workflow import transition

OPEN, APPLIED, CLOSED = Issue.ClosureState.OPEN, Issue.ClosureState.APPLIED, Issue.ClosureState.CLOSED
PENDING, AGREED, RETURNED = SignOff.Decision


def every_body_agreed(issue: Issue) -> Iterator[str]:
    """Joint review (会审): each reviewing body that was asked must have agreed; where none was, the office decides alone."""
    asked = SignOff.objects.filter(closure__issue=issue, closure__decision="pending").select_related("body").order_by("pk")
    waiting = [row.body.short_name for row in asked if row.decision == PENDING]
    against = [row.body.short_name for row in asked if row.decision == RETURNED]
    if waiting:
        yield f"会审还没有结束，等{'、'.join(waiting)}签署意见"
    if against:
        yield f"{'、'.join(against)}会审不同意，请把补充要求一并退回牵头单位"


APPLY = transition(Act.APPLY_CLOSURE, [OPEN], APPLIED, [Role.LIAISON], rules=(no_blocking_rule,))
AGREE = transition(Act.AGREE_CLOSURE, [APPLIED], CLOSED, [Role.OFFICE], rules=(no_blocking_rule, every_body_agreed))
RETURN = transition(Act.RETURN_CLOSURE, [APPLIED], OPEN, [Role.OFFICE], needs_reason=True)
LOOK_BACK = transition(Act.HOLD_LOOK_BACK, [CLOSED], None, [Role.OFFICE, Role.SUPERVISOR])
REOPEN = transition(Act.REOPEN, [CLOSED], OPEN, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
AMEND = transition(Act.AMEND_ISSUE, [OPEN, APPLIED], None, [Role.OFFICE], needs_reason=True)
ASSIGN = transition(Act.ASSIGN_ISSUE, [OPEN, APPLIED], None, [Role.OFFICE], needs_reason=True)

TABLE = (APPLY, AGREE, RETURN, LOOK_BACK, REOPEN, AMEND, ASSIGN)

AGREE_SIGN_OFF = transition(Act.AGREE_SIGN_OFF, [PENDING], AGREED, REVIEWERS)
RETURN_SIGN_OFF = transition(Act.RETURN_SIGN_OFF, [PENDING, AGREED], RETURNED, REVIEWERS, needs_reason=True)

SIGN_OFF_TABLE = (AGREE_SIGN_OFF, RETURN_SIGN_OFF)
