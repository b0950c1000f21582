"""A digest to a channel of which all attempts are over: kept as it went, nothing is sent. The demonstration has some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from apps.issues.services import require_office
from apps.supervision.models import Act, Channel, Delivery
from apps.supervision.outgoing.outcomes import Outcome
from apps.supervision.services.delivering import put_outcome
from apps.units.errors import ActRefused
from apps.units.models import User


@transaction.atomic
def retell_delivery(*, actor: User, channel: Channel, title: str, body: str, begun: dt.datetime, outcomes: Sequence[Outcome]) -> Delivery:
    """The first attempt began then, each further one when its turn had come. A row that were still to be sent is refused."""
    require_office(actor, Act.SET_CHANNEL)
    row = Delivery(channel=channel, day=begun.date(), title=title, body=body)
    for outcome in outcomes:
        row.attempts, row.claimed_at = row.attempts + 1, row.next_try_at or begun
        put_outcome(row, outcome, row.claimed_at)
    if row.state in (Delivery.State.WAITING, Delivery.State.SENDING):
        raise ActRefused("这条通知还没有结果，由系统按时发送")
    row.save()
    return row
