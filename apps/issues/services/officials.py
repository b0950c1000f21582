"""Issues that pass to another leading official (责任领导) all at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Issue
from apps.ledgers.services import Deed, changes, record_many
from apps.units.models import Source, User
from apps.units.workflow import check


@transaction.atomic
def change_lead_official(
    *, actor: User, issues: Iterable[int], to_name: str, reason: str, correlation: uuid.UUID, source: str = Source.ENTERED
) -> list[Issue]:
    """Each of the issues (by key, of one round) is amended under the rules for one, with an entry of its own under one correlation id.

    What demonstration data set (``source``) stays marked as such.
    """
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book").filter(pk__in=list(issues))
    locked = list(rows.order_by("pk"))
    deeds = []
    for row in locked:
        check(workflow.AMEND, row, field="closure", actor=actor, reason=reason)
        payload = changes({"lead_official": row.lead_official}, {"lead_official": to_name})
        row.lead_official = to_name
        if source != Source.DEMONSTRATION:
            row.take_over(payload["changes"])
        row.version += 1
        deeds.append(Deed(Act.AMEND_ISSUE, row, reason, payload))
    Issue.objects.bulk_update(locked, ("lead_official", "demonstrated", "version"))
    if locked:
        record_many(locked[0].inspection.book, actor=actor, deeds=deeds, correlation=correlation)
    return locked
