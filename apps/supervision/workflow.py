"""What can happen to a supervision letter and to a proposal to follow it up, to a visit and to a dispatch meeting, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.supervision.models import Act, Clue, Dispatch, Escalation, Letter, Visit
from apps.supervision.policies import SUPERVISING
from apps.units.models import Role
from apps.units.workflow import transition

SENT, SIGNED, ANSWERED, CLOSED, ESCALATED = Letter.State
OPEN, TAKEN_UP, DECLINED, LAPSED = Escalation.State

SIGN = transition(Act.SIGN_LETTER, [SENT], SIGNED, [Role.LIAISON])
ANSWER = transition(Act.ANSWER_LETTER, [SIGNED], ANSWERED, [Role.LIAISON])
CLOSE = transition(Act.CLOSE_LETTER, [ANSWERED], CLOSED, SUPERVISING)
RETURN = transition(Act.RETURN_ANSWER, [ANSWERED], SIGNED, SUPERVISING, needs_reason=True)
ESCALATE = transition(Act.ESCALATE_LETTER, [SENT, SIGNED], ESCALATED, SUPERVISING)

TABLE = (SIGN, ANSWER, CLOSE, RETURN, ESCALATE)

DECLINE = transition(Act.DECLINE_ESCALATION, [OPEN], DECLINED, SUPERVISING, needs_reason=True)

PROPOSAL_TABLE = (DECLINE,)

PLANNED, HELD, CANCELLED = Visit.State


def nothing_seen_yet(visit: Visit) -> Iterator[str]:
    """What was seen stays on record, and with it the visit."""
    if visit.checks.exists():
        yield "已经登记了核查结论，不能取消；没有看到的措施请在小结中说明，再办理“完成”"


AMEND_VISIT = transition(Act.AMEND_VISIT, [PLANNED], None, SUPERVISING)
CANCEL_VISIT = transition(Act.CANCEL_VISIT, [PLANNED], CANCELLED, SUPERVISING, rules=(nothing_seen_yet,), needs_reason=True)
HOLD_VISIT = transition(Act.HOLD_VISIT, [PLANNED], HELD, SUPERVISING)

VISIT_TABLE = (AMEND_VISIT, CANCEL_VISIT, HOLD_VISIT)

PREPARED, UNDER_WAY, OVER = Dispatch.State


def something_to_discuss(dispatch: Dispatch) -> Iterator[str]:
    """A meeting begins with an agenda."""
    if not dispatch.items.exists():
        yield "还没有议题，请先选入要调度的措施"


AMEND_DISPATCH = transition(Act.AMEND_DISPATCH, [PREPARED, UNDER_WAY], None, SUPERVISING)
SET_AGENDA = transition(Act.SET_AGENDA, [PREPARED, UNDER_WAY], None, SUPERVISING)
BEGIN_DISPATCH = transition(Act.BEGIN_DISPATCH, [PREPARED], UNDER_WAY, SUPERVISING, rules=(something_to_discuss,))
DECIDE_ITEM = transition(Act.DECIDE_ITEM, [UNDER_WAY], None, SUPERVISING)
CLOSE_DISPATCH = transition(Act.CLOSE_DISPATCH, [UNDER_WAY], OVER, SUPERVISING)

DISPATCH_TABLE = (AMEND_DISPATCH, SET_AGENDA, BEGIN_DISPATCH, DECIDE_ITEM, CLOSE_DISPATCH)

RECEIVED, HANDLING, CONCLUDED = Clue.State

TAKE_UP_CLUE = transition(Act.TAKE_UP_CLUE, [RECEIVED], HANDLING, [Role.DISCIPLINE])
CONCLUDE_CLUE = transition(Act.CONCLUDE_CLUE, [RECEIVED, HANDLING], CONCLUDED, [Role.DISCIPLINE])

CLUE_TABLE = (TAKE_UP_CLUE, CONCLUDE_CLUE)
