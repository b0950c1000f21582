"""Broken parameters, sent to the pages that look at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
REFUSED = {400, 403, 404, 405, 409}
ALL = "*"
BROKEN_QUERIES = (
    "page=0",
    "page=x",
    "page=" + "9" * 40,
    "inspection=x",
    "inspection=" + "9" * 40,
    "group=-1",
    "group=%00",
    "measure=x",
    "measure=" + "9" * 40,
    "q=%00",
    "q=" + "x" * 3000,
    "unit=999999999999999999999",
    "period=x",
    "whose=x",
    "decision=approve&report=x",
    "decision=approve&report=0",
    "decision=x&report=1",
    "seen=1",
    "state=x",
    "kind=x",
    "since=2025-02-30",
    "book=..%2f..",
    "nonsense=1",
    "q=%ff%fe",
)


def broken(browser: Client, path: str) -> Iterator[str]:
    """Ask for the page with each broken query that it looks at; what it answers badly.

    Most pages look at few parameters or at none, and one that nobody looks at breaks nothing. The first query is always sent, and
    shows what is looked at; a parameter that is looked at only beside another one shows with that one.
    """
    left = list(BROKEN_QUERIES)
    with looked_at() as names:
        while sent := next((query for query in left if len(left) == len(BROKEN_QUERIES) or names & keys_of(query)), None):
            left.remove(sent)
            answer = browser.get(f"{path}?{sent}")
            in_chinese = answer.status_code not in REFUSED or CHINESE.search(answer.content.decode())
            if answer.status_code not in {200, 302} | REFUSED or not in_chinese:
                yield f"{path}?{sent[:60]}: {answer.status_code}"


def keys_of(query: str) -> set[str]:
    """The names in it, and the word for a page that goes through all names."""
    return {part.split("=")[0] for part in query.split("&")} | {ALL}


@contextmanager
def looked_at() -> Iterator[set[str]]:
    """The names of the parameters that are asked for inside; ALL when somebody goes through whatever is there."""
    names: set[str] = set()

    def one(method: Callable[..., Any]) -> Callable[..., Any]:
        def asked(query: QueryDict, name: str, *rest: Any) -> Any:
            names.add(name)
            return method(query, name, *rest)

        return asked

    def every(method: Callable[..., Any]) -> Callable[..., Any]:
        def asked(query: QueryDict, *rest: Any, **more: Any) -> Any:
            names.add(ALL)
            return method(query, *rest, **more)

        return asked

    with pytest.MonkeyPatch.context() as patch:
        for name in ("__getitem__", "__contains__", "get", "getlist"):
            patch.setattr(QueryDict, name, one(getattr(QueryDict, name)), raising=False)
        for name in ("__iter__", "keys", "values", "items", "lists", "dict", "copy", "urlencode"):
            patch.setattr(QueryDict, name, every(getattr(QueryDict, name)), raising=False)
        yield names
