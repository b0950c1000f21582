"""What may be chosen in a filter, once it is known who asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters as filters


def offer(found: filters.FilterSet, name: str, choices: list[tuple[Any, str]] | Callable[[], list[tuple[int, str]]]) -> None:
    """What may be chosen there; where it is a function, read only when it is asked for.

    Describing the API makes the field of the class's own filter, of which this one is a copy: without forgetting it, nothing
    could be chosen any more.
    """
    found.filters[name].extra["choices"] = choices
    vars(found.filters[name]).pop("_field", None)
