"""Two lists side by side: 存在问题：1.… 2.… above 整改情况：1.… 2.…; each finding is put beside what was done about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.measures.importing.notices.labels import Said, begins_with
from apps.measures.importing.notices.lines import Line

NUMBER = re.compile(r"(?:(?<=^)|(?<=[。；;：:！？\s]))(\d{1,2})\s*[.．、](?!\d)")
BEFORE = re.compile(r"^[^：:】\]]{0,14}[：:】\]]\s*")


def with_pairs(lines: Sequence[Line]) -> list[Line]:
    """The lines; a list of findings followed by as many results becomes entries of one finding and one result."""
    found: list[Line] = []
    place = 0
    while place < len(lines):
        findings, after = _listed(lines, place, Said.FINDING)
        results, end = _listed(lines, after, Said.RESULT) if findings else ([], place)
        if findings and len(findings) == len(results):
            for number, (one, other) in enumerate(zip(findings, results, strict=True), 1):
                found.append(Line(one.number, f"{number}.{one.text}"))
                found.append(Line(other.number, f"整改情况：{other.text}"))
            place = end
        else:
            found.append(lines[place])
            place += 1
    return found


def _listed(lines: Sequence[Line], place: int, said: Said) -> tuple[list[Line], int]:
    """The numbered items under a label that begins at this line, and the line after them; none where it does not."""
    if place >= len(lines) or begins_with(lines[place].text) != said:
        return [], place
    items = _items(lines[place].number, BEFORE.sub("", lines[place].text), 1)
    end = place + 1
    rest = BEFORE.sub("", lines[place].text)
    if rest and not items:
        return [], place
    while (
        end < len(lines) and begins_with(lines[end].text) is None and (more := _items(lines[end].number, lines[end].text, len(items) + 1))
    ):
        items += more
        end += 1
    return items, end


def _items(number: int, text: str, first: int) -> list[Line]:
    """The items of one line, numbered on from ``first``; none where the line does not begin with it."""
    places: list[tuple[int, int]] = []
    for match in NUMBER.finditer(text):
        if int(match[1]) == first + len(places) and (places or not text[: match.start()].strip()):
            places.append((match.start(), match.end()))
    if not places:
        return []
    ends = [start for start, _end in places[1:]] + [len(text)]
    return [Line(number, text[begin:stop].strip()) for (_start, begin), stop in zip(places, ends, strict=True)]
