"""A published notice, and messages of the public about it: through the page as a browser sends them, or through the service."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from typing import Any

import altcha
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.reports import services
from apps.reports.gate import Form, challenge_for, new_form
from apps.reports.models import Edition, Feedback
from apps.units.models import Role, User
from tests import factories
from tests.test_editions import published

TEXT = "第三条写的路灯，到今天还没有装好，晚上走路看不见。"
TIP = "我要举报镇里的王书记收受包工头的红包。"
PHONE = "13900001234"
WRITE = "/feedback/"
LATER = dt.timedelta(seconds=10)


def edition() -> Edition:
    return published()


def discipline() -> User:
    return factories.user(Role.DISCIPLINE)


def message(of: Edition, text: str = TEXT, *, contact: str = "", chosen: bool = False, item: int | None = 1) -> Feedback:
    return services.receive_feedback(form=new_form(), edition=of, text=text, item_number=item, contact=contact, chosen_sealed=chosen).row


def solution(form: Form) -> str:
    """What the widget sends, found the way it finds it."""
    challenge = altcha.Challenge.from_dict(challenge_for(form))
    found = altcha.solve_challenge(challenge)
    assert found is not None
    return base64.b64encode(json.dumps(altcha.Payload(challenge, found).to_dict()).encode()).decode()


def answer_of(form: Form) -> str:
    return str(sum(form._terms()))


def fields(form: Form, **changed: Any) -> dict[str, Any]:
    """A form as somebody without JavaScript fills it in."""
    values = {"item": "1", "text": TEXT, "reader": "office", "contact": "", "website": "", "token": form.token, "answer": answer_of(form)}
    return {**values, **changed}


def proven(form: Form, **changed: Any) -> dict[str, Any]:
    """The same with the proof of work."""
    return fields(form, **{"answer": "", "altcha": solution(form), **changed})


def post(client: Client, of: Edition, values: dict[str, Any], *, address: str = "203.0.113.5", later: dt.timedelta = LATER) -> Any:
    """Sent some seconds after the form was handed out."""
    with time_machine.travel(timezone.now() + later, tick=False):
        return client.post(f"{WRITE}?edition={of.pk}", values, REMOTE_ADDR=address)


def code_in(page: str) -> str:
    found = re.search(r'class="qcode">([^<]+)<', page)
    assert found is not None, page
    return found[1]


def look_up(client: Client, code: str, *, address: str = "203.0.113.5") -> Any:
    return client.post(reverse("reports:feedback-status"), {"code": code}, REMOTE_ADDR=address)
