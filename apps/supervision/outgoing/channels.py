"""One message to one channel, through apprise.

apprise says only yes or no. A number in its log is the other side's answer: not accepted, may be tried again. Without one the connection
broke after the message may have arrived, which is tried again by nobody but a person.
"""

from __future__ import annotations

import logging
import re
import socket

import apprise

from apps.supervision.outgoing.addresses import decrypted, place_of, plugin_of, refuse_inside
from apps.supervision.outgoing.outcomes import SENT, Fate, Outcome
from apps.units.errors import ActRefused

SECONDS = 10
ANSWER = re.compile(r"\berror[=:]\s*(\d{1,8})")


def send(secret: str, *, title: str, body: str) -> Outcome:
    """Try once."""
    address = decrypted(secret)
    channel = plugin_of(address) if address else None
    if channel is None:
        return Outcome(Fate.REFUSED, "渠道地址读不出来（密钥可能更换过），请在渠道里重新填写地址")
    try:
        refuse_inside(channel)
        place = place_of(channel)
        socket.create_connection((place.host, place.port), SECONDS).close()
    except ActRefused as refusal:
        return Outcome(Fate.RETRY, refusal.message)
    except OSError as broken:
        return Outcome(Fate.RETRY, f"连不上渠道的服务器（{type(broken).__name__}）")
    with apprise.LogCapture(level=logging.WARNING) as log:
        if channel.notify(body=body, title=title):
            return SENT
        answers = ANSWER.findall(log.getvalue())
    if answers:
        return Outcome(Fate.RETRY, f"渠道没有接受（{answers[-1]}）")
    return Outcome(Fate.UNCERTAIN, "消息已交出，但没有得到渠道的答复，不知道是否送达")
