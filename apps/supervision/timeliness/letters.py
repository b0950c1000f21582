"""催办未复: a letter about the measure waits for its answer beyond the day set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.supervision.models import Flag, Letter
from apps.supervision.timeliness.base import CHUNK, NOT_YET, Found, Rule

PREFIX = "letter:"
WORDS = {
    Letter.State.ANSWERED: "督查单已回复",
    Letter.State.CLOSED: "督查单已办结",
    Letter.State.ESCALATED: "督查单已升级，由升级后的督查单继续督办",
}
RE_DATED = "督查单的回复期限已调整"


class Unanswered(Rule):
    """About the letter, so that it also stands where the measure is finished: the unit still owes an answer."""

    kind = Flag.Kind.UNANSWERED
    is_of_clock = False

    def find(self) -> Iterator[Found]:
        late = {"state__in": Letter.WAITING, "reply_by__lt": self.today}
        letters = Letter.objects.filter(self.day.portion.q("measures"), inspection=self.day.inspection, **late)
        rows = letters.order_by("measures", "pk").values_list("measures", "pk", "title", "year", "number", "sent_on", "reply_by")
        for measure, pk, title, year, number, sent_on, reply_by in rows.iterator(chunk_size=CHUNK):
            if measure is not None:
                yield Found(measure, reply_by, f"{PREFIX}{pk}", (f"{title} 〔{year}〕{number}号", sent_on))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        letter, sent_on = found.facts
        facts = {"letter": letter, "sent_on": sent_on.isoformat(), "reply_by": found.due_on.isoformat()}
        return f"{letter}要求 {found.due_on} 前回复，没有回复", facts

    def prepare(self, flags: list[tuple[int, str]]) -> None:
        keys = {int(matter.removeprefix(PREFIX)) for _measure, matter in flags}
        self.states: dict[int, str] = dict(Letter.objects.filter(pk__in=keys).values_list("pk", "state"))

    def why_over_though_running(self, flag: Flag) -> str:
        state = self.states.get(int(flag.matter.removeprefix(PREFIX)), "")
        if state in Letter.WAITING:
            return NOT_YET if flag.due_on >= self.today else RE_DATED
        return WORDS.get(Letter.State(state), RE_DATED) if state else RE_DATED
