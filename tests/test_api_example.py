"""The example of the manual does what it says, as it stands there."""

from __future__ import annotations

import io
import re
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.supervision.outgoing.hooks import signature
from apps.units.models import Scope
from apps.units.services import make_token
from tests import factories as make

pytestmark = pytest.mark.django_db
MANUAL = settings.BASE_DIR / "docs" / "manual" / "api.md"


def example(number: int = 0) -> str:
    found: list[str] = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return found[number]


def test_the_ten_lines_of_the_manual_count_what_is_overdue(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = example()
    assert len([line for line in code.splitlines() if line]) == 10
    office, busy, other = make.office(), make.unit(), make.unit()
    late = make.issue(lead=busy)
    for number in range(3):
        make.measure(late, due_on=make.days(-3 - number), lead=busy)
    make.measure(make.issue(late.category, lead=other), due_on=make.days(-3), lead=other)
    make.measure(late, due_on=make.days(30), lead=busy)
    _row, key = make_token(actor=office, name="月报脚本", scopes=[Scope.READ], days=7)

    def answered(request: Request) -> io.BytesIO:
        """The server in place of the network; pages of two rows, so that the loop has something to do."""
        parts = urlsplit(request.full_url.replace("page_size=200", "page_size=2"))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=request.headers["Authorization"])
        answer = client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 200, answer.content
        return io.BytesIO(answer.content)

    monkeypatch.setattr("urllib.request.urlopen", answered)
    monkeypatch.setenv("JIANDI", "http://testserver")
    monkeypatch.setenv("JIANDI_TOKEN", key)
    exec(compile(code, str(MANUAL), "exec"), {})
    assert capsys.readouterr().out.splitlines() == [f"{busy.short_name}\t3", f"{other.short_name}\t1"]


def test_a_receiver_knows_a_call_by_the_lines_of_the_manual() -> None:
    given: dict[str, Any] = {}
    exec(compile(example(1), str(MANUAL), "exec"), given)
    is_genuine, body, now = given["is_genuine"], '{"event":"ping","label":"试推送"}', int(time.time())
    header = signature(["new", "old"], body, now)
    assert is_genuine("new", header, body.encode())
    assert is_genuine("old", header, body.encode())
    assert not is_genuine("other", header, body.encode())
    assert not is_genuine("new", header, body.encode() + b" ")
    assert not is_genuine("new", header.replace(f"t={now}", f"t={now + 1}"), body.encode())
    assert not is_genuine("new", signature(["new"], body, now - 3600), body.encode())
