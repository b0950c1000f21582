"""The heads of two units, who read the items of their units before the notice is approved: one agrees, the other does not answer."""

from __future__ import annotations

from apps.reports.circulation import item_hash
from apps.reports.models import Notice
from apps.reports.services import circulate_notice, pass_over, review_item
from apps.units.models import Role, User
from apps.units.services import create_user
from config.demo.people import SIGN_IN_WORD, People

AGREES, SILENT = ("head", "何平", "区自然资源局"), ("head-2", "许宁", "区农业农村局")
REASON = "单位负责人出差未能登录，已电话核对文字，同意。"


def read_by_heads(people: People, notice: Notice) -> None:
    """The notice goes round the units. Units without a head's account are not asked."""
    head, silent = (_account(people, *row) for row in (AGREES, SILENT))
    circulate_notice(actor=people.clerk, notice=notice)
    for item in notice.items.filter(issue__lead_unit=head.unit).select_related("issue", "notice"):
        review_item(actor=head, item=item, verdict="agreed", content_hash=item_hash(item))
    if silent.unit and notice.items.filter(issue__lead_unit=silent.unit).exists():
        pass_over(actor=people.clerk, notice=notice, unit=silent.unit, reason=REASON)


def _account(people: People, username: str, name: str, unit: str) -> User:
    return create_user(
        actor=None,
        username=username,
        name=name,
        role=Role.LIAISON,
        unit=people.units[unit],
        password=SIGN_IN_WORD,
        heads_unit=True,
        is_demo=True,
    )
