"""What a preview hands on to its confirmation: numbers of rows, and the versions it showed. Whatever is no number is no row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import HttpRequest

from apps.measures.services.bulk import MOST
from apps.units.errors import ActRefused

LONGEST_KEY = 18


def ticked(request: HttpRequest) -> list[int]:
    """The rows that were ticked on the register; more than a page can hold are refused before a database is asked for them."""
    picked = numbers_in(request.POST.getlist("row"))
    if len(picked) > MOST:
        raise ActRefused(f"一次最多办理 {MOST} 条措施，请少勾选一些，分次办理")
    return picked


def numbers_in(values: Iterable[str]) -> list[int]:
    """Numbers written singly or joined by commas, each once."""
    parts = (part for value in values for part in value.split(","))
    return list(dict.fromkeys(int(part) for part in parts if _is_number(part)))


def versions_in(text: str) -> dict[int, int]:
    """Which version of which row was shown; of nothing, where the text says nothing."""
    pairs = (part.partition(":") for part in text.split(","))
    return {int(pk): int(version) for pk, _colon, version in pairs if _is_number(pk) and _is_number(version)}


def versions_as_text(versions: Mapping[int, int]) -> str:
    return ",".join(f"{pk}:{version}" for pk, version in versions.items())


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= LONGEST_KEY
