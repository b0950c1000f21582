"""What every act on a notice begins and ends with: its row locked and read anew, an approval that becomes void, the entry in the book."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.ledgers.services import Deed, record_many
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Act, Audience, Notice, NoticeItem
from apps.reports.secrecy import covers
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

STALE = "这份通报稿在您打开页面之后被修改过，请刷新页面，核对后再提交"


def locked(notice: Notice, version: int | None = None) -> Notice:
    """The notice's row, locked and read anew; refused (409) when the caller's page showed another version."""
    row = Notice.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "approved_by").get(pk=notice.pk)
    if version is not None and version != row.version:
        raise ActConflict(STALE)
    return row


def voided(row: Notice, reason: str) -> list[Deed]:
    if row.state != Notice.State.APPROVED:
        return []
    payload = {"approved_by": str(row.approved_by), "approved_on": row.approved_on, "content_hash": row.approved_hash}
    return [Deed(Act.VOID, row, reason, payload)]


def same_as_shown(row: Notice, content_hash: str, audience: str = Audience.SOCIETY) -> str:
    """The hash of the content now; refused (409) when the page that was read showed another."""
    now = sha256_of(content_of(row, audience))
    if content_hash and content_hash != now:
        raise ActConflict("内容在您打开页面之后有变动，请刷新页面，重新核对后再办理")
    return now


def moved(row: Notice, actor: User, deeds: list[Deed]) -> Notice:
    row.version += 1
    row.save()
    record_many(row.inspection.book, actor=actor, deeds=[*deeds, *void_secrecy(row)])
    return row


def void_secrecy(row: Notice) -> list[Deed]:
    """A review for secrecy that no longer covers the texts ends, and the book says so."""
    review = row.secrecy_reviews.filter(voided_at=None).select_related("by").first()
    if review is None or covers(review, row):
        return []
    review.voided_at = timezone.now()
    review.save(update_fields=["voided_at"])
    return [Deed(Act.VOID_SECRECY, row, payload={"reviewed_by": str(review.by), "content_hash": review.content_hash})]


def check_fields(row: Notice | NoticeItem) -> None:
    """Lengths, the date and the e-mail address as the columns want them; an item may wait for its text."""
    try:
        row.clean_fields(exclude=("quote", "demonstrated"))
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        labels = {column.name: column.verbose_name for column in row._meta.fields}
        raise ActRefused(f"{labels[field]}：{messages[0]}", field=field) from error
