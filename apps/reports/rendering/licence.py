"""Under what terms everybody may use what is published, in one sentence and one address; both are settings of the house."""

from __future__ import annotations

from django.conf import settings


def licence_line() -> str:
    """One line: the words, and where the terms stand in full."""
    words, address = settings.DATA_LICENCE, settings.DATA_LICENCE_URL
    return f"{words}（{address}）" if address else words
