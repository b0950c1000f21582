"""催办未复 ends with the act that ends the waiting for an answer, not with the next run of the job."""

from __future__ import annotations

from apps.ledgers.services import Deed
from apps.supervision.coverage import coverage_of
from apps.supervision.models import Act, Flag, Letter
from apps.supervision.timeliness.letters import WORDS, matter_of


def settle_unanswered(letter: Letter) -> list[Deed]:
    """Clear the flags about a letter that was just answered or followed up, and give back what is to be entered about them.

    Part of that act, which has locked the round, so that no run of the job is at the same flags, and has not written in the book yet:
    whoever takes note of a flag holds it while waiting for the book.
    """
    flags = list(Flag.objects.open().about(matter_of(letter.pk)).select_related("measure__issue").order_by("measure"))
    if not flags:
        return []
    reason, coverage = WORDS[Letter.State(letter.state)], coverage_of(letter.inspection)
    keys = [flag.pk for flag in flags]
    Flag.objects.filter(pk__in=keys).update(cleared_on=letter.inspection.today(), cleared_because=reason)
    found = []
    for flag in flags:
        groups = coverage.names(flag.measure.lead_unit_id, flag.measure.issue.category_id)
        payload = {"flag": flag.pk, "kind": flag.get_kind_display(), "due_on": flag.due_on, "groups": groups}
        found.append(Deed(Act.CLEAR_FLAG, flag.measure, f"{flag.get_kind_display()}解除：{reason}", payload))
    return found
