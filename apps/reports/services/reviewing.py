"""The units' part in a notice: their heads agree or object to the items of the unit, or the office passes over them with a reason."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.ledgers.services import Deed
from apps.reports import workflow
from apps.reports.circulation import Standing, by_unit, heads_of, item_hash, last_asked, latest_reviews, standings, still_read
from apps.reports.models import Act, ItemReview, Notice, NoticeItem
from apps.reports.policies import why_not_review
from apps.reports.services.rows import locked, moved
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Unit, User
from apps.units.recipients import office_accounts
from apps.units.services import put_notifications
from apps.units.workflow import apply, check

CHANGED = "这条文字在您打开页面之后有改动，请刷新页面，重新阅读后再办理"
NUMBER = "通报条目"


@transaction.atomic
def circulate_notice(*, actor: User, notice: Notice) -> Notice:
    """Put every item before the head of the unit that leads its issue. Units without an active head are not asked."""
    row = locked(notice)
    apply(workflow.CIRCULATE, row, field="state", actor=actor)
    waiting = [standing for standing in standings(row) if not standing.is_done]
    if not waiting:
        raise ActRefused("没有需要单位审核的条目：牵头单位都没有在用的负责人账号，或都已同意，可以直接提请审定")
    units = _told(row, waiting, "请审核通报条目")
    return moved(row, actor, [Deed(Act.CIRCULATE, row, payload={"units": units, "items": len(waiting)})])


@transaction.atomic
def review_item(*, actor: User, item: NoticeItem, verdict: str, content_hash: str, opinion: str = "") -> ItemReview:
    """The head of the leading unit agrees to the texts they have read (``content_hash``), or objects and says what is wrong."""
    row, entry = _locked(item)
    check(workflow.REVIEW_ITEM, row, field="state", actor=actor)
    objection = why_not_review(actor, entry)
    if objection:
        raise ActForbidden(objection)
    if verdict not in (ItemReview.Verdict.AGREED, ItemReview.Verdict.OBJECTED):
        raise ActRefused("请选择同意或不同意", field="verdict")
    if verdict == ItemReview.Verdict.OBJECTED and not opinion.strip():
        raise ActRefused("不同意的，请写明哪里不对、应当怎么写", field="opinion")
    if content_hash != item_hash(entry):
        raise ActConflict(CHANGED)
    review = _answered(entry, actor, verdict, opinion)
    if verdict == ItemReview.Verdict.OBJECTED:
        title = f"{entry.issue.lead_unit}不同意第 {entry.issue.number} 条的通报文字"
        _put(office_accounts(but=actor), entry, title, _address("circulation", row.pk))
    payload = {"verdict": review.get_verdict_display(), "text": review.opinion, "content_hash": review.content_hash}
    moved(row, actor, [Deed(Act.REVIEW_ITEM, entry, payload=payload)])
    return review


@transaction.atomic
def pass_over(*, actor: User, notice: Notice, unit: Unit, reason: str, numbers: Iterable[int] = ()) -> list[ItemReview]:
    """The office lets the open items of a unit through, with a reason; ``numbers``: only those."""
    row = locked(notice)
    check(workflow.PASS_OVER, row, field="state", actor=actor, reason=reason)
    wanted = set(numbers)
    found = [standing for standing in standings(row, unit) if not standing.is_done]
    items = [standing.item for standing in found if not wanted or standing.item.issue.number in wanted]
    if not items:
        raise ActConflict("这个单位没有待审核的条目，可能刚刚答复过，请刷新页面")
    reviews = [_answered(item, actor, ItemReview.Verdict.PASSED_OVER, reason) for item in items]
    deeds = [Deed(Act.PASS_OVER, review.item, reason, {"unit": str(unit), "content_hash": review.content_hash}) for review in reviews]
    moved(row, actor, deeds)
    return reviews


@transaction.atomic
def remind_heads(*, actor: User, notice: Notice) -> Notice:
    """Write once more, at most once a day, to the heads who have not answered."""
    row = locked(notice)
    check(workflow.REMIND, row, field="state", actor=actor)
    waiting = [standing for standing in standings(row) if standing.state in ("waiting", "changed")]
    if not waiting:
        raise ActConflict("没有还未答复的单位，请刷新页面")
    asked = last_asked(row)
    if asked and timezone.localdate(asked, zoneinfo.ZoneInfo(row.inspection.time_zone)) == row.inspection.today():
        raise ActConflict("今天已经送审或提醒过，请明天再提醒")
    units = _told(row, waiting, "提醒：请审核通报条目")
    return moved(row, actor, [Deed(Act.REMIND, row, payload={"units": units, "items": len(waiting)})])


def asked_again(row: Notice, item: NoticeItem, reason: str) -> list[Deed]:
    """After a change of an item: the answer that was given to its former texts is void, the book says so, and the unit is asked again."""
    review = latest_reviews([item]).get(item.pk)
    if review is None or still_read(item, review) or _void_already(row, item, review):
        return []
    if row.state == workflow.REVIEWING:
        title = f"第 {item.issue.number} 条通报文字已修改，请重新审核"
        _put(heads_of([item.issue.lead_unit_id]).get(item.issue.lead_unit_id, []), item, title, _address("review", item.pk))
    payload = {"review": review.pk, "verdict": review.get_verdict_display(), "content_hash": review.content_hash, "unit": str(review.unit)}
    return [Deed(Act.VOID_REVIEW, item, reason, payload)]


def _locked(item: NoticeItem) -> tuple[Notice, NoticeItem]:
    row = locked(item.notice)
    rows = NoticeItem.objects.select_for_update(of=("self",), no_key=True)
    return row, rows.select_related("issue__lead_unit", "notice").get(pk=item.pk)


def _answered(item: NoticeItem, actor: User, verdict: str, opinion: str) -> ItemReview:
    facts = {"content_hash": item_hash(item), "by": actor, "opinion": opinion.strip()}
    return ItemReview.objects.create(item=item, unit=item.issue.lead_unit, verdict=verdict, **facts)


def _told(row: Notice, waiting: list[Standing], words: str) -> list[str]:
    """Write to the heads of the units with open items; the names of those units."""
    units = by_unit(waiting)
    for standing in units:
        _put(standing.heads, row, f"{words}：{len(standing.items)} 条", _address("reviews"))
    return [str(standing.unit) for standing in units]


def _put(recipients: list[User], subject: Notice | NoticeItem, title: str, path: str) -> None:
    day = (subject if isinstance(subject, Notice) else subject.notice).inspection.today()
    kind = Notification.Kind.NOTICE
    put_notifications(recipients=recipients, kind=kind, subject=subject, day=day, title=title, number=NUMBER, path=path)


def _address(name: str, *numbers: int) -> str:
    return reverse(f"reports:{name}", args=numbers)


def _void_already(row: Notice, item: NoticeItem, review: ItemReview) -> bool:
    """Whether an earlier change has voided this answer."""
    entries = Entry.objects.filter(book=row.inspection.book_id, act=Act.VOID_REVIEW).about([("noticeitem", [item.pk])])
    return any(payload.get("review") == review.pk for payload in entries.values_list("payload", flat=True))
