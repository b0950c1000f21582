"""Two people who do the same at the same time, on PostgreSQL: exactly one of them does it, the other is told so, the book says it once.

Both requests are on their way before either has ended: whoever writes first keeps its transaction open for a while.
"""

from __future__ import annotations

import re

import pytest

from apps.ledgers.models import Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import reporting
from apps.supervision.models import Letter
from tests import factories as make
from tests.api_world import url
from tests.races import RACES, letter_about, two_reviewers_approve_the_same_report
from tests.racing import Ask, hold_on, run, words_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DONE = (200, 201, 302)


@pytest.mark.parametrize("name", RACES)
def test_one_wins_and_the_other_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    this = RACES[name]()
    before = Entry.objects.latest("pk").pk
    hold_on(monkeypatch)
    winner, loser = run(this.asks)
    assert winner.status_code in DONE
    assert loser.status_code in this.told
    assert re.search("刷新页面|请勿重复|等待回复|等审定结束|请先填报|已由.*受理|请先登记结果|会审不同意", words_of(loser))
    entries = Entry.objects.filter(pk__gt=before).exclude(act__startswith="units.")
    assert [entry.act for entry in entries if entry.act in this.acts] == [entry.act for entry in entries]
    assert entries.count() == 1
    assert this.one() == 1


def test_two_letters_at_once_take_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = make.measures(count=2)
    hold_on(monkeypatch)
    asks = (Ask(make.office(), url("letters"), letter_about(one)), Ask(make.leader(), url("letters"), letter_about(other)))
    assert [answer.status_code for answer in run(asks)] == [201, 201]
    assert sorted(Letter.objects.values_list("number", flat=True)) == [1, 2]


def test_without_the_lock_both_would_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: reading the rows without locking them, two reviewers both approve."""
    this = two_reviewers_approve_the_same_report()
    hold_on(monkeypatch)

    def unlocked(report: Progress, _version: int | None = None) -> tuple[Measure, Progress]:
        row = Progress.objects.get(pk=report.pk)
        return Measure.objects.select_related("issue__inspection__book", "lead_unit").get(pk=row.measure_id), row

    monkeypatch.setattr(reporting, "locked_pair", unlocked)
    assert [answer.status_code for answer in run(this.asks)] == [200, 200]
    assert Entry.objects.filter(act="measures.approve").count() == 2
