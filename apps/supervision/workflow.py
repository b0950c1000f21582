"""What can happen to a supervision letter, as data."""

from __future__ import annotations

from apps.supervision.models import Act, Letter
from apps.units.models import Role
from apps.units.workflow import transition

SENT, SIGNED, ANSWERED, CLOSED, ESCALATED = Letter.State

SIGN = transition(Act.SIGN_LETTER, [SENT], SIGNED, [Role.LIAISON])
ANSWER = transition(Act.ANSWER_LETTER, [SIGNED], ANSWERED, [Role.LIAISON])

TABLE = (SIGN, ANSWER)
