"""What people do about flags: take note of one, set from how many days on the rules raise them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import changes, record
from apps.measures.services.planning import locked
from apps.supervision.models import Act, Flag, Thresholds
from apps.supervision.policies import acknowledges
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.services import refuse_stale

LONGEST_NOTE = 300
LIMITS = {"grave_days": 365, "stalled_days": 365, "returned_working_days": 60}


@transaction.atomic
def acknowledge_flag(*, actor: User, flag: Flag, note: str) -> Flag:
    """Take note (知悉) of an open flag, in words. It stays in the list: nothing is put off."""
    measure = locked(flag.measure)
    row = Flag.objects.select_for_update(of=("self",), no_key=True).get(pk=flag.pk)
    if not acknowledges(actor, measure):
        raise ActForbidden("知悉提示由负责该措施的督查组、领导或整改办办理")
    if not note.strip():
        raise ActRefused("请写明了解到的情况和下一步安排", field="note")
    if len(note.strip()) > LONGEST_NOTE:
        raise ActRefused(f"备注最多 {LONGEST_NOTE} 字，请精简", field="note")
    if row.cleared_on is not None:
        raise ActConflict("这条提示已经解除，不需要知悉，请刷新页面")
    if row.acknowledged_on is not None:
        raise ActConflict(f"这条提示已由{row.acknowledged_by}知悉，请刷新页面")
    row.acknowledged_by, row.acknowledged_on, row.note = actor, measure.issue.inspection.today(), note.strip()
    row.save()
    payload = {"flag": row.pk, "kind": row.get_kind_display(), "due_on": row.due_on}
    record(measure.issue.inspection.book, actor=actor, act=Act.ACKNOWLEDGE_FLAG, subject=measure, reason=row.note, payload=payload)
    return row


@transaction.atomic
def set_thresholds(
    *,
    actor: User,
    inspection: Inspection,
    grave_days: int,
    stalled_days: int,
    returned_working_days: int,
    reason: str,
    version: int | None = None,
) -> Thresholds:
    """From how many days on the rules of one round raise a flag, with a reason. Flags follow at the next run of the job."""
    require_office(actor, Act.SET_THRESHOLDS)
    round_ = locked_inspection(inspection)
    row = Thresholds.objects.filter(inspection=round_).first() or Thresholds(inspection=round_)
    refuse_stale(row.version, version)
    if not reason.strip():
        raise ActRefused("请写明调整的理由", field="reason")
    values = {"grave_days": grave_days, "stalled_days": stalled_days, "returned_working_days": returned_working_days}
    for name, value in values.items():
        if not 1 <= value <= LIMITS[name]:
            raise ActRefused(f"请填写 1 到 {LIMITS[name]} 之间的整数", field=name)
    payload = changes({name: getattr(row, name) for name in values}, values)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要保存")
    for name, value in values.items():
        setattr(row, name, value)
    row.version = row.version + 1
    try:
        row.full_clean(exclude=("inspection",), validate_unique=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ActRefused(messages[0], field=field) from error
    row.save()
    record(round_.book, actor=actor, act=Act.SET_THRESHOLDS, subject=round_, reason=reason, payload=payload)
    return row
