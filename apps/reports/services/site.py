"""The public site follows what was published: its files are asked for after the commit. The clock makes good a message that is lost."""

from __future__ import annotations

import logging

import celery
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAway

log = logging.getLogger(__name__)
TASK = "reports.publish_site"


def site_follows() -> None:
    """Part of an act that changes what the public reads."""
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    try:
        celery.current_app.send_task(TASK)
    except (BrokerAway, OSError):
        log.warning("no broker: the public site waits for the clock", exc_info=True)
