"""The acts of this room."""

from __future__ import annotations

from django.db import models


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    FORM_GROUP = "supervision.form_group", "组建督查组"
    REFORM_GROUP = "supervision.reform_group", "调整督查组"
    RAISE_FLAG = "supervision.raise_flag", "提示"
    CLEAR_FLAG = "supervision.clear_flag", "解除提示"
    SEND_LETTER = "supervision.send_letter", "发出督查单"
    SIGN_LETTER = "supervision.sign_letter", "签收督查单"
    ANSWER_LETTER = "supervision.answer_letter", "回复督查单"
    CHECK_SITE = "supervision.check_site", "现场核查"
    SET_THRESHOLDS = "supervision.set_thresholds", "调整提示规则"
    ACKNOWLEDGE_FLAG = "supervision.acknowledge_flag", "知悉提示"
    SET_LADDER = "supervision.set_ladder", "调整督查单级别"
    RETURN_ANSWER = "supervision.return_answer", "退回督查单回复"
    CLOSE_LETTER = "supervision.close_letter", "办结督查单"
    PROPOSE_ESCALATION = "supervision.propose_escalation", "建议升级督查单"
    ESCALATE_LETTER = "supervision.escalate_letter", "升级督查单"
    DECLINE_ESCALATION = "supervision.decline_escalation", "不升级督查单"
    DOWNLOAD_ATTACHMENT = "supervision.download_attachment", "下载督查附件"
    PLAN_VISIT = "supervision.plan_visit", "计划实地督查"
    AMEND_VISIT = "supervision.amend_visit", "调整实地督查"
    CANCEL_VISIT = "supervision.cancel_visit", "取消实地督查"
    HOLD_VISIT = "supervision.hold_visit", "完成实地督查"
    CALL_DISPATCH = "supervision.call_dispatch", "发起调度会"
    AMEND_DISPATCH = "supervision.amend_dispatch", "调整调度会"
    SET_AGENDA = "supervision.set_agenda", "调整调度议题"
    BEGIN_DISPATCH = "supervision.begin_dispatch", "开始调度会"
    DECIDE_ITEM = "supervision.decide_item", "记录议定事项"
    CLOSE_DISPATCH = "supervision.close_dispatch", "结束调度会"
    SET_CHANNEL = "supervision.set_channel", "设置通知渠道"
    STOP_CHANNEL = "supervision.stop_channel", "停用通知渠道"
    SEND_AGAIN = "supervision.send_again", "重新发送通知"
    NOTE_FAILURE = "supervision.note_failure", "知悉任务失败"
    MAKE_SCREEN = "supervision.make_screen", "生成大屏链接"
    REVOKE_SCREEN = "supervision.revoke_screen", "停用大屏链接"
