"""What a check says of a file that is not kept. Every refusal is in words that say what to do, and belongs to the field ``file``."""

from __future__ import annotations

from apps.units.errors import ActRefused


class NotThisKind(Exception):
    """The content is damaged, or not what the name says."""


def refusal(sentence: str) -> ActRefused:
    return ActRefused(sentence, field="file")
