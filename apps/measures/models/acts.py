"""The acts of this room."""

from __future__ import annotations

from django.db import models


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    ADD_MEASURE = "measures.add_measure", "制定措施"
    AMEND_MEASURE = "measures.amend_measure", "修改措施"
    ASSIGN_MEASURE = "measures.assign_measure", "明确分工和时限"
    REPORT = "measures.report_progress", "填报进展"
    APPROVE = "measures.approve", "审核通过"
    SEND_BACK = "measures.send_back", "退回补正"
    REQUEST_EXTENSION = "measures.request_extension", "申请延期"
    AGREE_EXTENSION = "measures.agree_extension", "同意延期"
    REFUSE_EXTENSION = "measures.refuse_extension", "不同意延期"
    ADD_INDICATOR = "measures.add_indicator", "登记指标"
    READ_INDICATOR = "measures.read_indicator", "登记成效数据"
    ADD_REGULATION = "measures.add_regulation", "登记制度"
    OVERRIDE_CALENDAR = "measures.override_calendar", "调整工作日"
    DOWNLOAD_EVIDENCE = "measures.download_evidence", "查阅佐证材料"
    EXPORT_REGISTER = "measures.export_register", "导出台账"
    EXPORT_PAPER = "measures.export_paper", "导出文书"
    EXPORT_ARCHIVE = "measures.export_archive", "导出档案"
    UPDATE_EVIDENCE = "measures.update_evidence", "更新佐证材料"
    PREVIEW_EVIDENCE = "measures.preview_evidence", "预览佐证材料"
    CLAIM_REVIEW = "measures.claim_review", "受理审核"
    RELEASE_REVIEW = "measures.release_review", "退出受理"
    ENDORSE_EXTENSION = "measures.endorse_extension", "初审同意延期"
    RESUME_STAGE = "measures.resume_stage", "阶段复核，恢复推进"
    HAND_OVER = "measures.hand_over", "移交"
    REFEED = "measures.refeed", "登记再反馈"
    AMEND_INDICATOR = "measures.amend_indicator", "修改指标"
    PLAN_INSTALMENTS = "measures.plan_instalments", "登记分期计划"
    AMEND_REGULATION = "measures.amend_regulation", "修改制度"
    DOWNLOAD_REGULATION = "measures.download_regulation", "查阅制度文件"
    SAVE_VIEW = "measures.save_view", "保存视图"
    REMOVE_VIEW = "measures.remove_view", "删除视图"
    RETURN_UNFOUNDED = "measures.return_unfounded", "现场核查不实退回"
    TAKE_WORKBOOK = "measures.take_workbook", "收到离线工作簿"
    SUBMIT_WORKBOOK = "measures.submit_workbook", "提交离线工作簿"
