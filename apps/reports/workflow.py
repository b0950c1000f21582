"""What can happen to a notice, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.reports.circulation import State, standings
from apps.reports.content import TEMPLATED
from apps.reports.figures import unfilled
from apps.reports.models import Act, Feedback, Notice
from apps.reports.proving.rules import figures_are_proved
from apps.reports.secrecy import secrecy_is_reviewed
from apps.reports.withholding.findings import nothing_is_withheld
from apps.units.models import Role
from apps.units.workflow import Transition, transition

DRAFT, REVIEWING, SUBMITTED, APPROVED, PUBLISHED = Notice.State


def prose_is_filled(notice: Notice) -> Iterator[str]:
    """Every placeholder is known and has a figure in the ledger; so the prose cannot differ from it."""
    for column in Notice._meta.fields:
        if column.name in TEMPLATED:
            yield from (f"{column.verbose_name}：{problem}" for problem in unfilled(getattr(notice, column.name), notice.counted))


def every_issue_is_told(notice: Notice) -> Iterator[str]:
    """A notice answers every issue of the round, each with a title and a text."""
    missing = missing_numbers(notice)
    if missing:
        yield f"第 {listed(missing)}问题还没有通报条目，请先“补齐条目”"
    empty = [item.issue.number for item in notice.items.select_related("issue") if not item.text.strip() or not item.title.strip()]
    if empty:
        yield f"第 {listed(empty)}还没有公开文字，请先补写"
    if not notice.items.exists():
        yield "这一轮还没有问题，没有可以通报的内容"


def missing_numbers(notice: Notice) -> list[int]:
    """Issues of the round, by number, that have no item in the notice."""
    rows = notice.inspection.issues.exclude(notice_items__notice=notice).order_by("number")
    return list(rows.values_list("number", flat=True))


def listed(numbers: list[int]) -> str:
    """The first few numbers in words, and how many there are in all."""
    return "、".join(map(str, numbers[:8])) + (f" 等 {len(numbers)} 条" if len(numbers) > 8 else " 条")


def units_have_agreed(notice: Notice) -> Iterator[str]:
    """Every unit with an active head has agreed to its items as they are now, or the office has passed over it with a reason."""
    by_state: dict[State, list[int]] = {}
    for standing in standings(notice):
        if not standing.is_done:
            by_state.setdefault(standing.state, []).append(standing.item.issue.number)
    if waiting := by_state.get("waiting"):
        yield f"第 {listed(waiting)}还没有经牵头单位负责人审核，请先“送单位审核”或代为通过"
    if changed := by_state.get("changed"):
        yield f"第 {listed(changed)}在单位审核之后有改动，请牵头单位重新审核或代为通过"
    if objected := by_state.get("objected"):
        yield f"第 {listed(objected)}牵头单位不同意，请修改后再送，或写明理由代为通过"


def sealed_by_rule(row: Feedback) -> Iterator[str]:
    """What the sender chose to seal is never handed over."""
    if row.sealing == Feedback.Sealing.CHOSEN:
        yield "写信人自己选择了密封，不能转交，请在这里答复"


COMPLETE = (prose_is_filled, every_issue_is_told, figures_are_proved, nothing_is_withheld)
AGREED = (*COMPLETE, units_have_agreed)
READY = (*COMPLETE, secrecy_is_reviewed)

AMEND = transition(Act.AMEND, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
AMEND_ITEM = transition(Act.AMEND_ITEM, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
SET_LAYOUT = transition(Act.SET_LAYOUT, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
ADD_ITEMS = transition(Act.ADD_ITEMS, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
# While the units review, a change leaves the notice with them; only what was changed is asked for again.
AMEND_UNDER_REVIEW = transition(Act.AMEND, [REVIEWING], None, [Role.OFFICE])
AMEND_ITEM_UNDER_REVIEW = transition(Act.AMEND_ITEM, [REVIEWING], None, [Role.OFFICE])
SET_LAYOUT_UNDER_REVIEW = transition(Act.SET_LAYOUT, [REVIEWING], None, [Role.OFFICE])
ADD_ITEMS_UNDER_REVIEW = transition(Act.ADD_ITEMS, [REVIEWING], None, [Role.OFFICE])
CIRCULATE = transition(Act.CIRCULATE, [DRAFT], REVIEWING, [Role.OFFICE], rules=COMPLETE)
REVIEW_ITEM = transition(Act.REVIEW_ITEM, [REVIEWING], None, [Role.LIAISON])
PASS_OVER = transition(Act.PASS_OVER, [REVIEWING], None, [Role.OFFICE], needs_reason=True)
REMIND = transition(Act.REMIND, [REVIEWING], None, [Role.OFFICE])
SUBMIT = transition(Act.SUBMIT, [DRAFT, REVIEWING], SUBMITTED, [Role.OFFICE], rules=AGREED)
APPROVE = transition(Act.APPROVE, [SUBMITTED], APPROVED, [Role.OFFICE, Role.SUPERVISOR], rules=COMPLETE)
RETURN = transition(Act.RETURN, [SUBMITTED, APPROVED], DRAFT, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
PUBLISH = transition(Act.PUBLISH, [APPROVED], PUBLISHED, [Role.OFFICE], rules=READY)
REVIEW_SECRECY = transition(Act.REVIEW_SECRECY, [SUBMITTED, APPROVED], None, [Role.OFFICE, Role.SUPERVISOR])
DECIDE_FIGURE = transition(Act.DECIDE_FIGURE, [DRAFT, REVIEWING, SUBMITTED], None, [Role.OFFICE])
WITHDRAW_FIGURE = transition(Act.WITHDRAW_FIGURE, [DRAFT, REVIEWING, SUBMITTED], None, [Role.OFFICE], needs_reason=True)
ASK_REGISTRATION = transition(Act.ASK_REGISTRATION, [DRAFT, REVIEWING, SUBMITTED], None, [Role.OFFICE])
UNPUBLISHED = (DRAFT, REVIEWING, SUBMITTED, APPROVED)
ASK_EXCEPTION = transition(Act.ASK_EXCEPTION, UNPUBLISHED, None, [Role.OFFICE], needs_reason=True)
APPROVE_EXCEPTION = transition(Act.APPROVE_EXCEPTION, UNPUBLISHED, None, [Role.SUPERVISOR])
REFUSE_EXCEPTION = transition(Act.REFUSE_EXCEPTION, UNPUBLISHED, None, [Role.SUPERVISOR], needs_reason=True)
WITHDRAW_EXCEPTION = transition(Act.WITHDRAW_EXCEPTION, UNPUBLISHED, None, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
RECEIVED, ANSWERED, ASIDE = Feedback.State
ANSWER = transition(Act.ANSWER_FEEDBACK, [RECEIVED], ANSWERED, [Role.OFFICE])
SET_ASIDE = transition(Act.SET_ASIDE_FEEDBACK, [RECEIVED], ASIDE, [Role.OFFICE], needs_reason=True)
ANSWER_SEALED = transition(Act.ANSWER_FEEDBACK, [RECEIVED], ANSWERED, [Role.DISCIPLINE])
SET_ASIDE_SEALED = transition(Act.SET_ASIDE_FEEDBACK, [RECEIVED], ASIDE, [Role.DISCIPLINE], needs_reason=True)
HAND_OVER = transition(Act.HAND_OVER_FEEDBACK, [RECEIVED], None, [Role.DISCIPLINE], rules=(sealed_by_rule,))

UNDER_REVIEW = {
    AMEND: AMEND_UNDER_REVIEW,
    AMEND_ITEM: AMEND_ITEM_UNDER_REVIEW,
    SET_LAYOUT: SET_LAYOUT_UNDER_REVIEW,
    ADD_ITEMS: ADD_ITEMS_UNDER_REVIEW,
}
CIRCULATION = (CIRCULATE, REVIEW_ITEM, PASS_OVER, REMIND)
TABLE = (AMEND, AMEND_ITEM, SET_LAYOUT, ADD_ITEMS, *UNDER_REVIEW.values(), *CIRCULATION, SUBMIT, APPROVE, RETURN, PUBLISH)
SECRECY_TABLE = (REVIEW_SECRECY,)
FIGURES_TABLE = (DECIDE_FIGURE, WITHDRAW_FIGURE, ASK_REGISTRATION)
EXCEPTION_TABLE = (ASK_EXCEPTION, APPROVE_EXCEPTION, REFUSE_EXCEPTION, WITHDRAW_EXCEPTION)
FEEDBACK = (ANSWER, SET_ASIDE)
SEALED = (ANSWER_SEALED, SET_ASIDE_SEALED, HAND_OVER)


def change(step: Transition, notice: Notice) -> Transition:
    """The step for a change of the notice in the state it is in."""
    return UNDER_REVIEW[step] if notice.state == REVIEWING else step
