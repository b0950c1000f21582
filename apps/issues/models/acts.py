"""The acts of this room."""

from __future__ import annotations

from django.db import models


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    OPEN_INSPECTION = "issues.open_inspection", "建立轮次"
    ADD_CATEGORY = "issues.add_category", "登记方面"
    ADD_ISSUE = "issues.add_issue", "登记问题"
    AMEND_ISSUE = "issues.amend_issue", "修改问题"
    ASSIGN_ISSUE = "issues.assign_issue", "明确分工"
    RECORD_ACTIVITY = "issues.record_activity", "登记会议活动"
    AMEND_ACTIVITY = "issues.amend_activity", "修改会议活动"
    APPLY_CLOSURE = "issues.apply_closure", "提请销号"
    AGREE_CLOSURE = "issues.agree_closure", "审定销号"
    RETURN_CLOSURE = "issues.return_closure", "退回销号申请"
    HOLD_LOOK_BACK = "issues.hold_look_back", "回头看"
    REOPEN = "issues.reopen", "反弹重开"
    AMEND_INSPECTION = "issues.amend_inspection", "修改轮次"
    AGREE_SIGN_OFF = "issues.agree_sign_off", "会审同意"
    RETURN_SIGN_OFF = "issues.return_sign_off", "会审退回"
    DRAW_LOOK_BACKS = "issues.draw_look_backs", "抽取回头看"
