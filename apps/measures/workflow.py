"""What can happen to a measure and to an extension request, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.models import Issue
from apps.measures.models import Act, Extension, ImportRun, Measure
from apps.units.models import Role
from apps.units.workflow import transition

NOT_STARTED, ONGOING, IN_REVIEW, STAGE_DONE, DONE = Measure.State
ANY = tuple(Measure.State)


def issue_not_closed(measure: Measure) -> Iterator[str]:
    """Measures of a closed issue rest; a look-back that finds a relapse re-opens them."""
    if measure.issue.closure == Issue.ClosureState.CLOSED:
        yield f"问题 {measure.issue.number} 已销号，不能再改动；如有反弹，请通过“回头看”重开"


def issue_not_applied(measure: Measure) -> Iterator[str]:
    """While an application to close waits, reports would change what it stands for."""
    if measure.issue.closure == Issue.ClosureState.APPLIED:
        yield f"问题 {measure.issue.number} 正在审定销号，请等审定结束后再填报"


def evidence_rests(measure: Measure) -> Iterator[str]:
    """While an application to close waits, the evidence it stands on stays what it is."""
    if measure.issue.closure == Issue.ClosureState.APPLIED:
        yield f"问题 {measure.issue.number} 正在审定销号，请等审定结束后再更新佐证材料"


RESTING = (issue_not_closed,)

REPORT = transition(
    Act.REPORT,
    [NOT_STARTED, ONGOING, STAGE_DONE, DONE],
    IN_REVIEW,
    [Role.LIAISON, Role.OFFICE],
    rules=(issue_not_closed, issue_not_applied),
)
APPROVE = transition(Act.APPROVE, [IN_REVIEW], None, [Role.OFFICE])
SEND_BACK = transition(Act.SEND_BACK, [IN_REVIEW], None, [Role.OFFICE], needs_reason=True)
AMEND = transition(Act.AMEND_MEASURE, ANY, None, [Role.OFFICE], rules=RESTING, needs_reason=True)
ASSIGN = transition(Act.ASSIGN_MEASURE, ANY, None, [Role.OFFICE], rules=RESTING)
UPDATE_EVIDENCE = transition(
    Act.UPDATE_EVIDENCE,
    [NOT_STARTED, ONGOING, STAGE_DONE, DONE],
    None,
    [Role.LIAISON, Role.OFFICE],
    rules=(issue_not_closed, evidence_rests),
)
EXTEND = transition(Act.REQUEST_EXTENSION, [NOT_STARTED, ONGOING], None, [Role.LIAISON], rules=RESTING, needs_reason=True)

CLAIM = transition(Act.CLAIM_REVIEW, [IN_REVIEW], None, [Role.OFFICE])
RELEASE = transition(Act.RELEASE_REVIEW, [IN_REVIEW], None, [Role.OFFICE])

TABLE = (REPORT, APPROVE, SEND_BACK, AMEND, ASSIGN, EXTEND, UPDATE_EVIDENCE, CLAIM, RELEASE)

RESUME = transition(Act.RESUME_STAGE, [STAGE_DONE], ONGOING, [], rules=RESTING)

RETURN_UNFOUNDED = transition(Act.RETURN_UNFOUNDED, [IN_REVIEW, STAGE_DONE, DONE], ONGOING, [], rules=RESTING)

SYSTEM_TABLE = (RESUME, RETURN_UNFOUNDED)
"""What no user does: the hourly job acts as the system, and a check on site that finds a claim untrue sends the measure back."""


def first_request(extension: Extension) -> Iterator[str]:
    """The office decides the first request on a measure alone; a later one goes up to a leader (domain.md §1.4)."""
    if extension.needs_leader:
        yield "本措施此前已经延期过，这次要先由整改办初审，再由领导审批"


def later_request(extension: Extension) -> Iterator[str]:
    """Only a later request goes up: the first is the office's own."""
    if not extension.needs_leader:
        yield "第一次延期由整改办直接审批，不需要报领导"


PENDING, ENDORSED, AGREED, REFUSED = Extension.Decision
AGREE_EXTENSION = transition(Act.AGREE_EXTENSION, [PENDING], AGREED, [Role.OFFICE], rules=(first_request,))
REFUSE_EXTENSION = transition(Act.REFUSE_EXTENSION, [PENDING], REFUSED, [Role.OFFICE], needs_reason=True)
ENDORSE_EXTENSION = transition(Act.ENDORSE_EXTENSION, [PENDING], ENDORSED, [Role.OFFICE], rules=(later_request,))
AGREE_ENDORSED = transition(Act.AGREE_EXTENSION, [ENDORSED], AGREED, [Role.SUPERVISOR])
REFUSE_ENDORSED = transition(Act.REFUSE_EXTENSION, [ENDORSED], REFUSED, [Role.SUPERVISOR], needs_reason=True)

EXTENSION_TABLE = (AGREE_EXTENSION, REFUSE_EXTENSION, ENDORSE_EXTENSION, AGREE_ENDORSED, REFUSE_ENDORSED)


READING, SETTING, READY, APPLYING, APPLIED, FAILED, DROPPED = ImportRun.State
SET_IMPORT = transition(Act.SET_IMPORT, [SETTING, READY, FAILED], READING, [Role.OFFICE])
APPLY_IMPORT = transition(Act.APPLY_IMPORT, [READY], APPLYING, [Role.OFFICE])
DROP_IMPORT = transition(Act.DROP_IMPORT, [SETTING, READY, FAILED], DROPPED, [Role.OFFICE])

IMPORT_TABLE = (SET_IMPORT, APPLY_IMPORT, DROP_IMPORT)
