"""A channel of the demonstration: set up and stopped, so that nothing of a demonstration ever leaves the house."""

from __future__ import annotations

from apps.supervision.services import set_channel, stop_channel
from config.demo.people import People

NAME, ADDRESS = "整改办工作群（示例）", "feishu://00000000-0000-0000-0000-000000000000/"


def add_channel(people: People) -> None:
    channel = set_channel(actor=people.reviewer, name=NAME, address=ADDRESS, audience=[people.reviewer, people.clerk])
    stop_channel(actor=people.reviewer, channel=channel)
