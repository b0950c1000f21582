"""催办未复 ends with the act that ends the waiting for an answer, not with the next run of the job."""

from __future__ import annotations

import uuid

from apps.ledgers.services import Deed, record_many
from apps.supervision.coverage import coverage_of
from apps.supervision.models import Act, Flag, Letter
from apps.supervision.timeliness.letters import WORDS, matter_of


def settle_unanswered(letter: Letter, correlation: uuid.UUID | None = None) -> None:
    """Clear the flags about a letter that was just answered or followed up; part of that act, which has locked the round – so that no
    run of the job is at the same flags – and saved the letter. The entries are the system's, as they are where the job clears them.
    """
    flags = list(Flag.objects.open().about(matter_of(letter.pk)).select_related("measure__issue").order_by("measure"))
    if not flags:
        return
    reason, coverage = WORDS[Letter.State(letter.state)], coverage_of(letter.inspection)
    keys = [flag.pk for flag in flags]
    Flag.objects.filter(pk__in=keys).update(cleared_on=letter.inspection.today(), cleared_because=reason)
    deeds = [
        Deed(
            Act.CLEAR_FLAG,
            flag.measure,
            f"{flag.get_kind_display()}解除：{reason}",
            {
                "flag": flag.pk,
                "kind": flag.get_kind_display(),
                "due_on": flag.due_on,
                "groups": coverage.names(flag.measure.lead_unit_id, flag.measure.issue.category_id),
            },
        )
        for flag in flags
    ]
    record_many(letter.inspection.book, actor=None, deeds=deeds, correlation=correlation)
