"""The review of a notice for secrecy before it is published: by a person, over a list, for the text as it is and no other."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from apps.ledgers.services import Deed, record_many
from apps.reports import workflow
from apps.reports.models import Act, Audience, Notice, SecrecyReview
from apps.reports.policies import why_not_review_secrecy
from apps.reports.secrecy import CHECKLIST, secrecy_of
from apps.reports.services.rows import locked, same_as_shown, void_secrecy
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.workflow import check

LONGEST_NOTE = 500


@transaction.atomic
def review_secrecy(
    *, actor: User, notice: Notice, confirmed: Collection[str], note: str = "", content_hash: str = "", party_hash: str = ""
) -> SecrecyReview:
    """Confirm every line of the list (``CHECKLIST``) for both texts as they are now. Whoever finds something sends the notice back.

    ``content_hash`` and ``party_hash`` are those of the page that was read: refused (409) when a text is no longer the same.
    """
    row = locked(notice)
    check(workflow.REVIEW_SECRECY, row, field="state", actor=actor)
    objection = why_not_review_secrecy(actor, row)
    if objection:
        raise ActForbidden(objection)
    missing = [words for key, words in CHECKLIST.items() if key not in confirmed]
    if missing:
        raise ActRefused(f"保密审查要逐项确认，还差：{'；'.join(missing)}。确认不了的请退回修改", field="confirmed")
    if len(note.strip()) > LONGEST_NOTE:
        raise ActRefused(f"审查说明最多 {LONGEST_NOTE} 个字，请删减", field="note")
    hashes = {"content_hash": same_as_shown(row, content_hash), "party_hash": same_as_shown(row, party_hash, Audience.PARTY)}
    former = secrecy_of(row)
    if former is not None and former.holds:
        raise ActConflict(f"{former.review.by}已经对现在的内容作过保密审查，请刷新页面")
    void = void_secrecy(row)
    review = SecrecyReview.objects.create(notice=row, by=actor, checklist=list(CHECKLIST.values()), note=note.strip(), **hashes)
    deed = Deed(Act.REVIEW_SECRECY, row, review.note, {"checklist": review.checklist, **hashes})
    record_many(row.inspection.book, actor=actor, deeds=[*void, deed])
    return review
