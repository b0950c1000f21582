"""What can happen to a supervision letter and to a proposal to follow it up, as data."""

from __future__ import annotations

from apps.supervision.models import Act, Escalation, Letter
from apps.units.models import Role
from apps.units.workflow import transition

SENT, SIGNED, ANSWERED, CLOSED, ESCALATED = Letter.State
OPEN, TAKEN_UP, DECLINED, LAPSED = Escalation.State

SIGN = transition(Act.SIGN_LETTER, [SENT], SIGNED, [Role.LIAISON])
ANSWER = transition(Act.ANSWER_LETTER, [SIGNED], ANSWERED, [Role.LIAISON])
CLOSE = transition(Act.CLOSE_LETTER, [ANSWERED], CLOSED, [Role.OFFICE, Role.SUPERVISOR])
RETURN = transition(Act.RETURN_ANSWER, [ANSWERED], SIGNED, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
ESCALATE = transition(Act.ESCALATE_LETTER, [SENT, SIGNED], ESCALATED, [Role.OFFICE, Role.SUPERVISOR])

TABLE = (SIGN, ANSWER, CLOSE, RETURN, ESCALATE)

DECLINE = transition(Act.DECLINE_ESCALATION, [OPEN], DECLINED, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)

PROPOSAL_TABLE = (DECLINE,)
