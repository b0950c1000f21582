"""A letter is answered while it is followed up: one of the two comes first, the other is told so, and nothing is half done."""

from __future__ import annotations

import pytest

from apps.ledgers.models import Entry
from apps.supervision.models import Escalation, Letter
from apps.supervision.services import propose_escalations, sign_letter
from tests import factories as make
from tests.api_world import url, workday
from tests.racing import Ask, hold_on, run
from tests.supervision import letter

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def late_and_signed() -> Letter:
    row = letter(make.measure())
    sign_letter(actor=make.liaison(row.unit), letter=row)
    Letter.objects.filter(pk=row.pk).update(reply_by=make.days(-1))
    propose_escalations()
    return Letter.objects.get(pk=row.pk)


def test_an_answer_and_an_escalation_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = late_and_signed()
    hold_on(monkeypatch)
    asks = (
        Ask(make.liaison(row.unit), url("letters", row.pk, "answer"), {"answer": "已办理"}),
        Ask(make.office(), url("letters", row.pk, "escalate"), {"requirement": "限期办结", "reply_by": workday().isoformat()}),
    )
    winner, loser = run(asks)
    assert winner.status_code in (200, 201)
    assert loser.status_code == 409
    row.refresh_from_db()
    proposal = Escalation.objects.get(letter=row)
    followed = Letter.objects.filter(escalated_from=row).exists()
    assert (row.state, proposal.state, followed) in (("answered", "lapsed", False), ("escalated", "sent", True))
    assert Entry.objects.filter(act__in=("supervision.answer_letter", "supervision.escalate_letter")).count() == 1
