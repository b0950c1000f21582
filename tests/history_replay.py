"""The state of a round folded from the entries of its book, one after the other: a replay that knows nothing of the product's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.ledgers.models import Entry

FINISHED = ("stage_done", "done")
CLAIMS = {"推进中": "ongoing", "阶段性完成": "stage_done", "已完成": "done"}
FLAG_KINDS = {
    "临期": "soon",
    "逾期": "overdue",
    "严重逾期": "grave",
    "漏报": "missed",
    "停滞": "stalled",
    "退回未改": "returned",
    "催办未复": "unanswered",
    "分期未到账": "unpaid",
}


@dataclass
class MeasureThen:
    text: str
    person: str
    lead_unit: str
    due_on: str | None
    original_due_on: str | None
    progress: str = "not_started"
    stopped_on: str | None = None
    asked: str | None = None
    waiting: tuple[str, str] | None = None
    approved: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """What a row can be compared with."""
        return {name: value for name, value in vars(self).items() if name not in ("waiting", "approved")}

    def verified(self) -> tuple[str, str | None]:
        """The claim approved last, and the first day of its unbroken run where it is one of completion."""
        if not self.approved or self.approved[-1][0] == "ongoing":
            return "ongoing", None
        claim = self.approved[-1][0]
        run = [day for place, (_claim, day) in enumerate(self.approved) if all(later == claim for later, _day in self.approved[place:])]
        return claim, run[0]


@dataclass
class IssueThen:
    lead_unit: str
    closure: str = "open"
    round: int = 1
    planned: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class Replay:
    """The state of the round folded from its entries, one after the other."""

    measures: dict[int, MeasureThen] = field(default_factory=dict)
    issues: dict[int, IssueThen] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    letters: dict[int, str] = field(default_factory=dict)
    proposals: set[int] = field(default_factory=set)
    flags: dict[int, tuple[int, str, str]] = field(default_factory=dict)

    def fold(self, entry: Entry) -> None:
        read = READERS.get(entry.act)
        if read is not None and entry.subject_id is not None:
            read(self, entry.subject_id, entry.payload)


Reader = Callable[[Replay, int, dict[str, Any]], None]
READERS: dict[str, Reader] = {}


def reads(*acts: str) -> Callable[[Reader], Reader]:
    def entered(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(acts, reader))
        return reader

    return entered


@reads("issues.add_issue")
def _add_issue(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk], replay.numbers[said["number"]] = IssueThen(said["lead_unit"]), pk


@reads("issues.draw_look_backs")
def _draw(replay: Replay, _pk: int, said: dict[str, Any]) -> None:
    for number in said["drawn"]:
        issue = replay.issues[replay.numbers[number]]
        issue.planned.add((issue.round, said["planned_on"]))


@reads("issues.assign_issue")
def _assign_issue(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk].lead_unit = _after(said, "lead_unit", replay.issues[pk].lead_unit)


@reads("issues.apply_closure")
def _apply(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.issues[pk].closure = "applied"


@reads("issues.return_closure")
def _return(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.issues[pk].closure = "open"


@reads("issues.agree_closure")
def _agree(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    issue = replay.issues[pk]
    issue.closure = "closed"
    issue.planned |= {(said["round"], day) for day in said["look_backs"]}


@reads("issues.hold_look_back")
def _look_back(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk].planned.discard((said["round"], said["planned_on"]))


@reads("issues.reopen")
def _reopen(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    issue = replay.issues[pk]
    issue.planned.discard((issue.round, said["planned_on"]))
    issue.closure, issue.round = "open", issue.round + 1


@reads("measures.add_measure")
def _add_measure(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.measures[pk] = MeasureThen(said["text"], said["person"], said["lead_unit"], said["due_on"], said["due_on"])


@reads("measures.amend_measure", "measures.assign_measure", "measures.agree_extension")
def _change(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    for name in ("text", "person", "lead_unit", "due_on"):
        setattr(measure, name, _after(said, name, getattr(measure, name)))
    measure.original_due_on = measure.original_due_on or measure.due_on
    if _after(said, "due_on", None) == measure.asked:
        measure.asked = None


@reads("measures.report_progress")
def _report(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    measure, claim = replay.measures[pk], CLAIMS[said["claim"]]
    verified, stopped = measure.verified()
    measure.waiting, measure.progress = (claim, said["reported_on"]), "in_review"
    measure.stopped_on = stopped if stopped and claim == verified else said["reported_on"] if claim in FINISHED else None


@reads("measures.approve")
def _approve(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    assert measure.waiting is not None
    measure.approved.append(measure.waiting)
    measure.progress, measure.waiting = measure.waiting[0], None


@reads("measures.send_back")
def _send_back(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    measure.waiting = None
    measure.progress, measure.stopped_on = measure.verified()


@reads("measures.return_unfounded")
def _unfounded(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    """What was claimed was found untrue: it counts no longer, and what waited is returned."""
    measure = replay.measures[pk]
    measure.waiting = None
    measure.approved.clear()
    measure.progress, measure.stopped_on = "ongoing", None


@reads("measures.resume_stage")
def _resume(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    """A stage is over: what was approved of it claims nothing any more."""
    measure = replay.measures[pk]
    measure.approved.clear()
    for name in ("progress", "stopped_on", "due_on"):
        setattr(measure, name, _after(said, name, getattr(measure, name)))


@reads("measures.request_extension")
def _ask(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.measures[pk].asked = said["new_due_on"]


@reads("measures.refuse_extension")
def _refuse(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.measures[pk].asked = None


@reads("supervision.send_letter")
def _send(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "sent"


@reads("supervision.sign_letter")
def _sign(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "signed"


@reads("supervision.answer_letter")
def _answer(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "answered"
    replay.proposals.discard(pk)


@reads("supervision.close_letter")
def _close(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "closed"


@reads("supervision.return_answer")
def _return_answer(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "signed"


@reads("supervision.escalate_letter")
def _escalate(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "escalated"
    replay.proposals.discard(pk)


@reads("supervision.propose_escalation")
def _propose(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.proposals.add(pk)


@reads("supervision.decline_escalation")
def _decline(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.proposals.discard(pk)


@reads("supervision.raise_flag")
def _raise(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.flags[said["flag"]] = (pk, FLAG_KINDS[said["kind"]], said["due_on"])


@reads("supervision.clear_flag")
def _clear(replay: Replay, _pk: int, said: dict[str, Any]) -> None:
    del replay.flags[said["flag"]]


def _after(said: dict[str, Any], name: str, kept: Any) -> Any:
    return said.get("changes", {}).get(name, (None, kept))[1]
