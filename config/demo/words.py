"""The words of the annotation and the choices they stand for."""

from __future__ import annotations

from django.db.models import TextChoices


def choice(choices: type[TextChoices], word: str) -> str:
    """The value of the choice that is labelled ``word`` (or begins so: 蓝 → 蓝色督查单); raises ValueError for a word nobody knows."""
    for value, label in choices.choices:
        if label == word:
            return str(value)
    for value, label in choices.choices:
        if str(label).startswith(word):
            return str(value)
    raise ValueError(f"{choices.__name__} 没有“{word}”")
