"""催办未复: a letter about the measure waits for its answer beyond the day set.

A letter is a word from one body to another (domain.md §2.2: one unit, one sheet): the unit it was sent to owes the answer, signs for
it and is followed up, whoever leads the measure by now. The flag, though, speaks of the measure to the unit that leads it and to the
groups that cover that. Where the measure has passed to another unit it would name the wrong one late, so it rests on that measure; the
letter itself goes on waiting in the lists of its addressee, holds up the closing of the issue, and is answered or followed up there.
The ladder goes by the same rule (``escalate_letter``): what is led by another unit now is not followed up with the former one. Should
the measure come back to the addressee, the flag does too. A new leading unit is urged by a letter of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from apps.supervision.models import Flag, Letter
from apps.supervision.querysets import LETTER
from apps.supervision.timeliness.base import CHUNK, NOT_YET, Found, Rule

WORDS = {
    Letter.State.ANSWERED: "督查单已回复",
    Letter.State.CLOSED: "督查单已办结",
    Letter.State.ESCALATED: "督查单已升级，由升级后的督查单继续督办",
}
RE_DATED = "督查单的回复期限已调整"
ELSEWHERE = "措施已改由其他单位牵头，督查单仍由受文单位回复"


def matter_of(letter: int) -> str:
    """How the flags of a letter name it."""
    return f"{LETTER}{letter}"


class Unanswered(Rule):
    """About the letter, so that it also stands where the measure is finished: the unit still owes an answer."""

    kind = Flag.Kind.UNANSWERED
    is_of_clock = False

    def find(self) -> Iterator[Found]:
        links = Letter.measures.through.objects.filter(
            self.day.portion.q("measure"),
            letter__inspection=self.day.inspection,
            letter__state__in=Letter.WAITING,
            letter__reply_by__lt=self.today,
            measure__lead_unit=F("letter__unit"),
        )
        named = ("letter__title", "letter__year", "letter__number", "letter__unit__short_name", "letter__sent_on", "letter__reply_by")
        rows = links.order_by("measure", "letter").values_list("measure", "letter", *named)
        for measure, letter, title, year, number, unit, sent_on, reply_by in rows.iterator(chunk_size=CHUNK):
            yield Found(measure, reply_by, matter_of(letter), (f"{title} 〔{year}〕{number}号", unit, sent_on))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        letter, unit, sent_on = found.facts
        facts = {"letter": letter, "unit": unit, "sent_on": sent_on.isoformat(), "reply_by": found.due_on.isoformat()}
        return f"{letter}要求{unit}在 {found.due_on} 前回复，没有回复", facts

    def prepare(self, flags: list[tuple[int, str]]) -> None:
        keys = {int(matter.removeprefix(LETTER)) for _measure, matter in flags}
        rows = Letter.objects.filter(pk__in=keys).values_list("pk", "state", "unit")
        self.letters: dict[int, tuple[str, int]] = {pk: (state, unit) for pk, state, unit in rows}

    def why_over_though_running(self, flag: Flag) -> str:
        state, unit = self.letters.get(int(flag.matter.removeprefix(LETTER)), ("", 0))
        if state in Letter.WAITING:
            if flag.measure.lead_unit_id != unit:
                return ELSEWHERE
            return NOT_YET if flag.due_on >= self.today else RE_DATED
        return WORDS.get(Letter.State(state), RE_DATED) if state else RE_DATED
