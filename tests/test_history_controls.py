"""The oracle of the random histories itself: whatever must not be is found, each by the words for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from apps.issues import workflow
from apps.issues.models import Issue
from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import reporting
from apps.supervision.services import flagging
from apps.units.errors import ActRefused
from apps.units.models import Role, User
from tests.history import BEGIN, DEEDS, First, House, Step
from tests.history_oracle import Broken, Oracle
from tests.history_round import along, build
from tests.snapshot import Rows

pytestmark = pytest.mark.django_db

Wrong = Callable[[House, pytest.MonkeyPatch], Step]
WRONG: dict[str, tuple[Wrong, str]] = {}
AMEND, END = "measures.amend_measure", "to the end and back"


@pytest.fixture
def house() -> Iterator[House]:
    with time_machine.travel(BEGIN, tick=False) as clock:
        made = build()
        made.clock = clock
        yield made


@pytest.fixture
def oracle(house: House) -> Oracle:
    return Oracle(house)


def wrong(words: str) -> Callable[[Wrong], Wrong]:
    def entered(do: Wrong) -> Wrong:
        WRONG[do.__name__] = (do, words)
        return do

    return entered


def first_measure() -> Any:
    return Measure.objects.filter(pk=Measure.objects.order_by("pk").values("pk")[:1])


def amending(house: House, besides: Callable[[], object]) -> Step:
    """An act as it should be, and what is done besides it."""

    def act(by: User) -> None:
        DEEDS[AMEND].act(house, first_measure().get(), by, First())
        besides()

    return house.try_it(AMEND, first_measure().get(), "office", ("office",), act)


def with_rows(step: Step, label: str, change: Callable[[list[tuple[Any, ...]]], list[tuple[Any, ...]]]) -> Step:
    after: Rows = {**step.after, label: change(step.after[label])}
    return replace(step, after=after)


@wrong(r"entered \[\]")
def an_act_that_enters_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(reporting, "record", lambda *_args, **_kwargs: None)
    return next(along(END, house, 1))


@wrong(r"entered \['measures.amend_measure', 'measures.amend_measure'\]")
def an_act_entered_twice(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    other, chance = house.people["office"], First()
    return amending(house, lambda: DEEDS[AMEND].act(house, first_measure().get(), other, chance))


@wrong("entered under another name")
def an_act_under_another_name(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    other, row = house.people["colleague"], first_measure().get()
    return house.try_it(AMEND, row, "office", ("office",), lambda _by: DEEDS[AMEND].act(house, row, other, First()))


@wrong("done by somebody whose act it is not")
def an_act_by_anybody(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(workflow, "AMEND", replace(workflow.AMEND, roles=frozenset(Role)))
    return house.perform("issues.amend_issue", Issue.objects.get(number=1), "auditor", First())


@wrong("refused, but changed")
def a_refusal_that_leaves_a_trace(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    def refuse(_by: User) -> None:
        first_measure().update(person="某人")
        raise ActRefused("不能办理")

    return house.try_it(AMEND, first_measure().get(), "office", ("office",), refuse)


@wrong("refused without words")
def a_refusal_without_words(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    def refuse(_by: User) -> None:
        raise ActRefused("")

    return house.try_it(AMEND, first_measure().get(), "office", ("office",), refuse)


@wrong("measure .* by the book")
def a_progress_that_the_book_does_not_know(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    return amending(house, lambda: first_measure().update(progress="ongoing"))


@wrong("issue .* by the book")
def a_round_that_the_book_does_not_know(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    return amending(house, lambda: Issue.objects.update(round=2))


@wrong("the head of the book is not its last entry")
def a_book_with_another_head(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    return amending(house, lambda: Book.objects.filter(pk=house.inspection.book_id).update(head_hash="0" * 64))


@wrong("does not match its hash")
def an_entry_with_a_wrong_hash(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    hash_of = chain.hash_of
    monkeypatch.setattr(chain, "hash_of", lambda entry, slug: hash_of(entry, f"{slug}-"))
    step = amending(house, lambda: None)
    monkeypatch.setattr(chain, "hash_of", hash_of)
    return step


@wrong("does not follow")
def an_entry_left_out(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    def skip() -> None:
        last = Entry.objects.latest("pk")
        last.pk, last.seq, last.prev_hash, last.hash = None, last.seq + 2, "0" * 64, "1" * 64
        last.save(force_insert=True)

    return amending(house, skip)


@wrong("its version did not grow")
def a_change_without_a_version(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    return amending(house, lambda: Issue.objects.update(goal="新目标"))


@wrong(r"issues.Category \d+ is gone")
def a_row_taken_away(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    return with_rows(amending(house, lambda: None), "issues.Category", lambda _rows: [])


@wrong(r"due 2025-03-14 became 2025-04-14, said was \[\]")
def a_due_date_moved_in_silence(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    moved = {"2025-03-14": "2025-04-14"}
    return with_rows(
        amending(house, lambda: None),
        "measures.Measure",
        lambda rows: [tuple(moved.get(str(value), value) for value in row) for row in rows],
    )


@wrong("the original due date changed")
def an_original_due_date_moved(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    return a_due_date_moved_in_silence(house, monkeypatch)


@wrong("became applied although measure .* is not_started, approved were")
def an_issue_past_its_rules(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(workflow, "APPLY", replace(workflow.APPLY, rules=()))
    return house.perform("issues.apply_closure", Issue.objects.get(number=1), "lead", First())


@wrong("report .* was decided by")
def a_review_by_the_unit_itself(house: House, _monkeypatch: pytest.MonkeyPatch) -> Step:
    *_, step = along(END, house, 2)
    Progress.objects.update(reviewed_by=house.people["deputy"])
    return step


@wrong("stopped on None, last counting report")
def a_clock_that_runs_on(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(reporting, "_stop_day", lambda *_args: None)
    return next(along(END, house, 1))


@wrong("flags are set.., not")
def a_flag_that_is_not_raised(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(flagging, "CATALOGUE", ())
    house.pass_time(24 * 20)
    return house.derive()


@wrong(r"entered \[\].*flag .* by the book None")
def a_flag_that_is_not_entered(house: House, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(flagging, "record_stream", lambda *_args, deeds, **_kwargs: len(list(deeds)))
    house.pass_time(24 * 20)
    return house.derive()


@pytest.mark.parametrize("name", WRONG)
def test_what_must_not_be_is_found(name: str, house: House, oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    do, words = WRONG[name]
    step = do(house, monkeypatch)
    with pytest.raises(Broken) as broken:
        oracle.look_at(step)
    assert re.search(words, str(broken.value)), broken.value


def test_what_is_right_is_not_complained_of(house: House, oracle: Oracle) -> None:
    assert oracle.complaints(amending(house, lambda: None)) == []
    house.pass_time(24 * 20)
    assert oracle.complaints(house.derive()) == []
    oracle.at_the_end()


def test_a_book_that_was_cut_off_does_not_verify_at_the_end(house: House, oracle: Oracle) -> None:
    Book.objects.filter(pk=house.inspection.book_id).update(head_seq=1)
    with pytest.raises(Broken, match="does not verify"):
        oracle.at_the_end()
