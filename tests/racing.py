"""Two requests at once: whoever writes first keeps its transaction open for a while, so that the other comes up meanwhile."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.ledgers import services as books
from apps.reports.services import rows as notices
from apps.units.models import User
from tests import factories as make
from tests.api_world import client
from tests.at_once import HEAD_START, PATIENCE, at_once


@dataclass(frozen=True)
class Ask:
    """A request to the API, or a form sent from a page."""

    who: User
    address: str
    body: dict[str, Any]


def hold_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes in the book has locked its rows; the other one comes up meanwhile."""
    write = books.record_many

    def slowly(*args: Any, **kwargs: Any) -> Any:
        threading.Event().wait(HEAD_START)
        return write(*args, **kwargs)

    for place in (books, notices):
        monkeypatch.setattr(place, "record_many", slowly)


def run(asks: tuple[Ask, Ask]) -> list[Any]:
    """The answers, those of success first."""
    answers: list[Any] = []
    both = threading.Barrier(2)
    browsers: list[Client] = [client(ask.who) if ask.address.startswith("/api/") else make.signed_in(ask.who) for ask in asks]

    def post(browser: Client, ask: Ask) -> Callable[[], None]:
        def posting() -> None:
            both.wait(PATIENCE)
            answers.append(browser.post(ask.address, ask.body))

        return posting

    assert at_once(*(post(browser, ask) for browser, ask in zip(browsers, asks, strict=True))) == []
    return sorted(answers, key=lambda answer: answer.status_code)


def words_of(answer: Any) -> str:
    if answer["Content-Type"].startswith("application/json"):
        return str(answer.json()["error"]["message"])
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())
