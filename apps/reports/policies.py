"""Who may do what with a notice. The rule of visibility is ``NoticeQuerySet.visible_to``: the office and the leaders."""

from __future__ import annotations

from apps.ledgers.models import Entry
from apps.reports.models import Act, Notice, NoticeItem
from apps.units.models import Role, User
from apps.units.policies import sees_all_business

WRITING = (Act.AMEND, Act.AMEND_ITEM, Act.SET_LAYOUT, Act.ADD_ITEMS)


def drafts(user: User) -> bool:
    """Whether the user writes notices and publishes them."""
    return user.role == Role.OFFICE


def why_not_approve(user: User, notice: Notice) -> str:
    """Why this user may not approve this notice, as a sentence; empty when they may (four eyes, design.md §3)."""
    if not sees_all_business(user):
        return "通报由领导或整改办的另一位同事审定"
    if user.pk == notice.drafted_by_id:
        return "起草人不能审定自己起草的通报，请领导或另一位同事审定"
    if user.pk == notice.edited_by_id:
        return "最后修改的人不能审定这份通报，请领导或另一位同事审定"
    if user.pk == submitted_by(notice):
        return "提请的人不能审定自己提请的通报，请领导或另一位同事审定"
    if has_written(user, notice):
        return "修改过文字或认可过数字的人不能审定这份通报，请领导或另一位同事审定"
    return ""


def has_written(user: User, notice: Notice) -> bool:
    """Whether the user has changed the notice at any time, not only last, or has answered for a figure of it."""
    items = list(notice.items.values_list("pk", flat=True))
    wrote = Entry.objects.filter(book=notice.inspection.book_id, act__in=WRITING, actor=user.pk)
    return wrote.about([("notice", [notice.pk]), ("noticeitem", items)]).exists() or notice.figure_decisions.filter(by=user).exists()


def why_not_review_secrecy(user: User, notice: Notice) -> str:
    """Why this user may not review this notice for secrecy, as a sentence; empty when they may (four eyes)."""
    if not sees_all_business(user):
        return "保密审查由整改办的另一位同事或领导办理"
    if user.pk == notice.drafted_by_id or has_written(user, notice):
        return "起草人和修改过文字的人不能审查自己写的文字，请另一位同事或领导作保密审查"
    return ""


def heads_a_unit(user: User) -> bool:
    """Whether the user answers for the items of a unit."""
    return user.is_active and user.role == Role.LIAISON and user.heads_unit and user.unit_id is not None


def why_not_review(user: User, item: NoticeItem) -> str:
    """Why this user may not answer for this item, as a sentence; empty when they may."""
    if not heads_a_unit(user) or user.unit_id != item.issue.lead_unit_id:
        return "通报条目由牵头单位的负责人审核"
    return ""


def submitted_by(notice: Notice) -> int | None:
    """Whoever asked for the approval last, as the book has it."""
    asked = Entry.objects.filter(book=notice.inspection.book_id, act=Act.SUBMIT).about([("notice", [notice.pk])])
    return asked.order_by("-pk").values_list("actor", flat=True).first()


def why_not_except(user: User, asked_by: int) -> str:
    """Why this user may not decide about an exception, as a sentence; empty for a leader who has not asked for it (four eyes)."""
    if not user.is_leader:
        return "公开例外由领导批准，请由不在督查组的领导办理"
    return "申请人不能批准自己申请的例外，请另一位领导办理" if user.pk == asked_by else ""
