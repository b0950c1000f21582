"""Why an edition is corrected can be put otherwise while the correction is drafted: a change of its content like any other."""

from __future__ import annotations

from django.db import transaction

from apps.ledgers.services import changes
from apps.reports import workflow
from apps.reports.earlier import correction_fingerprint
from apps.reports.models import Notice
from apps.reports.services.changing import amended, check_amendable
from apps.reports.services.correcting import checked_why
from apps.reports.services.rows import STALE, locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User


@transaction.atomic
def amend_correction(
    *, actor: User, notice: Notice, correction: str, reason: str = "", version: int | None = None, shown: str = ""
) -> Notice:
    """``correction`` is told to the public, ``reason`` says why it is changed and is needed once the notice was submitted.

    ``shown`` is the fingerprint of what the caller's page showed: refused (409) where somebody else has changed it since;
    ``version`` counts every change of the notice.
    """
    row = locked(notice, version)
    if row.corrects_id is None:
        raise ActRefused("这份通报稿不是更正，没有更正理由")
    if shown and shown != correction_fingerprint(row):
        raise ActConflict(STALE)
    check_amendable(row, workflow.AMEND, actor, reason)
    before = {"correction": row.correction}
    row.correction = checked_why(correction, "correction")
    payload = changes(before, {"correction": row.correction})
    if not payload["changes"]:
        raise ActRefused("更正理由没有变化，不需要修改")
    return amended(row, actor, workflow.AMEND, reason, payload)
