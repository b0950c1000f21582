"""What can be done in this room, as the book names it."""

from __future__ import annotations

from django.db import models


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    DRAFT = "reports.draft_notice", "起草通报"
    AMEND = "reports.amend_notice", "修改通报稿"
    AMEND_ITEM = "reports.amend_item", "修改通报条目"
    ADD_ITEMS = "reports.add_items", "补齐通报条目"
    SUBMIT = "reports.submit_notice", "提请审定通报"
    APPROVE = "reports.approve_notice", "审定通报"
    RETURN = "reports.return_notice", "退回通报稿"
    VOID = "reports.void_approval", "审定失效"
    PUBLISH = "reports.publish", "发布通报"
    CIRCULATE = "reports.circulate", "送单位审核"
    REVIEW_ITEM = "reports.review_item", "审核通报条目"
    PASS_OVER = "reports.pass_over", "代为通过条目"
    REMIND = "reports.remind_heads", "提醒单位审核"
    VOID_REVIEW = "reports.void_review", "单位审核失效"
    CORRECT = "reports.correct", "起草更正"
    SET_LAYOUT = "reports.set_layout", "设置通报版式"
    DECIDE_FIGURE = "reports.decide_figure", "核对数字"
    WITHDRAW_FIGURE = "reports.withdraw_figure", "撤销数字核对决定"
    ASK_REGISTRATION = "reports.ask_registration", "请单位补登数字"
    ASK_EXCEPTION = "reports.ask_exception", "申请公开例外"
    APPROVE_EXCEPTION = "reports.approve_exception", "批准公开例外"
    REFUSE_EXCEPTION = "reports.refuse_exception", "不批准公开例外"
    WITHDRAW_EXCEPTION = "reports.withdraw_exception", "撤回公开例外"
    REVIEW_SECRECY = "reports.review_secrecy", "保密审查通过"
    VOID_SECRECY = "reports.void_secrecy", "保密审查失效"
    WATCH_WORD = "reports.watch_word", "登记关注词"
    RETIRE_WORD = "reports.retire_word", "停用关注词"
    RENDER = "reports.render", "生成通报文件"
    RECEIVE_FEEDBACK = "reports.receive_feedback", "收到群众反馈"
    ANSWER_FEEDBACK = "reports.answer_feedback", "答复群众反馈"
    SET_ASIDE_FEEDBACK = "reports.set_aside_feedback", "反馈不予办理"
    HAND_OVER_FEEDBACK = "reports.hand_over_feedback", "转交群众反馈"
    RENEW_SECRETS = "reports.renew_secrets", "用现在的密钥重新加密"
    WIPE_CONTACTS = "reports.wipe_contacts", "清除联系方式"
