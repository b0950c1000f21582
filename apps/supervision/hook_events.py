"""What other systems may be told of: acts on issues, measures, reports, closures, flags and letters, and that a notice was published.

Not on the list, and so never told: whatever is sealed, clues, accounts, feedback, and who looked at what.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings

from apps.issues.models import Act as IssueAct
from apps.ledgers.models import Entry
from apps.measures.models import Act as MeasureAct
from apps.supervision.models import Act

PING = "ping"
OF_THE_ROUND = (
    *(IssueAct.ADD_ISSUE, IssueAct.AMEND_ISSUE, IssueAct.ASSIGN_ISSUE, IssueAct.APPLY_CLOSURE, IssueAct.AGREE_CLOSURE),
    *(IssueAct.RETURN_CLOSURE, IssueAct.HOLD_LOOK_BACK, IssueAct.REOPEN),
    *(MeasureAct.ADD_MEASURE, MeasureAct.AMEND_MEASURE, MeasureAct.ASSIGN_MEASURE, MeasureAct.REPORT, MeasureAct.APPROVE),
    *(MeasureAct.SEND_BACK, MeasureAct.REQUEST_EXTENSION, MeasureAct.AGREE_EXTENSION, MeasureAct.REFUSE_EXTENSION),
    *(MeasureAct.UPDATE_EVIDENCE, MeasureAct.READ_INDICATOR, MeasureAct.RETURN_UNFOUNDED),
    *(Act.RAISE_FLAG, Act.CLEAR_FLAG, Act.SEND_LETTER, Act.SIGN_LETTER, Act.ANSWER_LETTER, Act.RETURN_ANSWER, Act.CLOSE_LETTER),
    *(Act.ESCALATE_LETTER, Act.CHECK_SITE),
)
# Of the room above, by name (tests/test_hooks.py holds them to it).
PUBLISH = ("reports.publish", "发布通报")
EVENTS: dict[str, str] = {**{str(act.value): str(act.label) for act in OF_THE_ROUND}, PUBLISH[0]: PUBLISH[1]}
ADDRESSES = {
    "issue": "issues",
    "measure": "measures",
    "closure": "closures",
    "progress": "reports",
    "letter": "letters",
    "extension": "extensions",
    "notice": "notices",
    "edition": "editions",
    "indicator": "indicators",
}


def body_of(key: uuid.UUID, inspection: int, entry: Entry) -> str:
    """What is told: that something was done to which row, and where to read it with a token. No name, no text: those are read inside."""
    prefix = ADDRESSES.get(entry.subject_type)
    at = f"{settings.SITE_URL}/api/v1/{prefix}/{entry.subject_id}/" if prefix else None
    subject = {"type": entry.subject_type, "id": entry.subject_id, "url": at}
    facts = {"event": entry.act, "label": EVENTS[entry.act], "at": entry.at.isoformat(), "seq": entry.seq, "subject": subject}
    return _text({"id": str(key), "inspection": inspection, **facts})


def body_of_ping(key: uuid.UUID, inspection: int, at: str) -> str:
    return _text({"id": str(key), "inspection": inspection, "event": PING, "label": "试推送", "at": at, "seq": None, "subject": None})


def _text(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
