"""What can happen to a notice, as data."""

from __future__ import annotations

from collections.abc import Iterator

from apps.reports.content import TEMPLATED
from apps.reports.figures import counts, unfilled
from apps.reports.models import Act, Feedback, Notice
from apps.units.models import Role
from apps.units.workflow import transition

DRAFT, REVIEWING, SUBMITTED, APPROVED, PUBLISHED = Notice.State


def prose_is_filled(notice: Notice) -> Iterator[str]:
    """Every placeholder is known and has a figure in the ledger; so the prose cannot differ from it."""
    found = counts(notice.inspection)
    for column in Notice._meta.fields:
        if column.name in TEMPLATED:
            yield from (f"{column.verbose_name}：{problem}" for problem in unfilled(getattr(notice, column.name), found))


def every_issue_is_told(notice: Notice) -> Iterator[str]:
    """A notice answers every issue of the round, each with a title and a text."""
    missing = missing_numbers(notice)
    if missing:
        yield f"问题 {listed(missing)} 还没有通报条目，请先“补齐条目”"
    empty = [item.issue.number for item in notice.items.select_related("issue") if not item.text.strip() or not item.title.strip()]
    if empty:
        yield f"第 {listed(empty)} 条还没有公开文字，请先补写"
    if not notice.items.exists():
        yield "这一轮还没有问题，没有可以通报的内容"


def missing_numbers(notice: Notice) -> list[int]:
    """Issues of the round, by number, that have no item in the notice."""
    rows = notice.inspection.issues.exclude(notice_items__notice=notice).order_by("number")
    return list(rows.values_list("number", flat=True))


def listed(numbers: list[int]) -> str:
    """The first few numbers in words, and how many there are in all."""
    return "、".join(map(str, numbers[:8])) + (f" 等 {len(numbers)} 条" if len(numbers) > 8 else "")


COMPLETE = (prose_is_filled, every_issue_is_told)

AMEND = transition(Act.AMEND, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
AMEND_ITEM = transition(Act.AMEND_ITEM, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
ADD_ITEMS = transition(Act.ADD_ITEMS, [DRAFT, SUBMITTED, APPROVED], DRAFT, [Role.OFFICE])
SUBMIT = transition(Act.SUBMIT, [DRAFT], SUBMITTED, [Role.OFFICE], rules=COMPLETE)
APPROVE = transition(Act.APPROVE, [SUBMITTED], APPROVED, [Role.OFFICE, Role.SUPERVISOR], rules=COMPLETE)
RETURN = transition(Act.RETURN, [SUBMITTED, APPROVED], DRAFT, [Role.OFFICE, Role.SUPERVISOR], needs_reason=True)
PUBLISH = transition(Act.PUBLISH, [APPROVED], PUBLISHED, [Role.OFFICE], rules=COMPLETE)

TABLE = (AMEND, AMEND_ITEM, ADD_ITEMS, SUBMIT, APPROVE, RETURN, PUBLISH)

RECEIVED, ANSWERED, ASIDE = Feedback.State
ANSWER = transition(Act.ANSWER_FEEDBACK, [RECEIVED], ANSWERED, [Role.OFFICE])
SET_ASIDE = transition(Act.SET_ASIDE_FEEDBACK, [RECEIVED], ASIDE, [Role.OFFICE], needs_reason=True)
ANSWER_SEALED = transition(Act.ANSWER_FEEDBACK, [RECEIVED], ANSWERED, [Role.DISCIPLINE])
SET_ASIDE_SEALED = transition(Act.SET_ASIDE_FEEDBACK, [RECEIVED], ASIDE, [Role.DISCIPLINE], needs_reason=True)

FEEDBACK = (ANSWER, SET_ASIDE)
SEALED = (ANSWER_SEALED, SET_ASIDE_SEALED)
