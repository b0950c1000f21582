"""Messages of the public in the demonstration: two open ones, the older answered, and one sealed. Their codes are known to nobody."""

from __future__ import annotations

from apps.reports.gate import new_form
from apps.reports.models import Edition
from apps.reports.services import answer_feedback, receive_feedback
from config.demo.people import People

ANSWERED = "（示例）第 63 条写到欠缴的土地出让金正在追缴。请问追回的钱进了哪个账户，能不能按季度公布进度？"
ANSWER = "（示例）追缴的款项全部缴入国库。分期计划和到账进度记入整改台账，下一次通报时一并公布。"
OPEN = "（示例）希望把建立的制度全文也放在网上，方便大家对照监督。"
SEALED = "（示例）有人举报某某领导收受礼品，具体情况愿意当面说明。"


def written(edition: Edition, people: People) -> None:
    row = receive_feedback(form=new_form(), edition=edition, text=ANSWERED, item_number=63).row
    answer_feedback(actor=people.reviewer, feedback=row, answer=ANSWER, version=row.version)
    receive_feedback(form=new_form(), edition=edition, text=OPEN)
    receive_feedback(form=new_form(), edition=edition, text=SEALED, contact="（示例）000-0000000")
