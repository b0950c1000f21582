"""What an entry of the book holds, in the words of the screen. The book itself keeps the keys as they were hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db.models import Model

from apps.ledgers.models import Entry

INDENT = "　"
WORDS = {
    "agenda": "议程",
    "answer": "办理情况",
    "attempts": "尝试次数",
    "audience": "汇总人员",
    "applied_on": "提请日期",
    "approved_by": "审定人",
    "checklist": "审查清单",
    "reviewed_by": "审查人",
    "approved_on": "审定日期",
    "as_of": "截至",
    "bodies": "会审单位",
    "body": "会审单位",
    "candidates_hash": "备选问题指纹",
    "asked_by": "要求完成日期",
    "attendance": "参加人员",
    "categories": "负责方面",
    "category_pattern": "方面标题样式",
    "internal_text": "内部文字",
    "item_pattern": "条目标题样式",
    "layout": "版式",
    "party_text": "党内通报文字",
    "section_order": "部分次序",
    "caption": "说明",
    "chair": "主持人",
    "checked": "已登记核查结论",
    "category": "方面",
    "checked_on": "核查日期",
    "claim": "申报进展",
    "claimed_by": "受理人",
    "content_hash": "内容指纹",
    "told_to": "公开范围",
    "day": "日期",
    "deadline_basis": "时限依据",
    "decided_on": "审定日期",
    "doc_number": "文号",
    "drawn": "抽中问题",
    "decided": "议定事项",
    "decision": "议定事项",
    "decided_item": "议定事项",
    "due_amount": "应完成数",
    "due_on": "整改时限",
    "duty_head": "值班负责人",
    "email": "邮箱",
    "is_active": "启用",
    "scopes": "授权范围",
    "owner": "所有人",
    "host": "主机",
    "events": "事件",
    "former_until": "原密钥有效期至",
    "event": "事件",
    "new_address": "更换地址",
    "result": "结果",
    "edition": "版次",
    "corrects": "更正的版次",
    "heads_unit": "单位负责人",
    "party_hash": "党内通报内容指纹",
    "review": "单位答复",
    "verdict": "意见",
    "item": "条目",
    "late": "逾期办结",
    "due_at": "应运行时间",
    "error": "失败原因",
    "job": "后台任务",
    "evidence": "佐证材料",
    "expires_at": "有效期至",
    "figures": "成效数据",
    "figures_until": "数据截止日期",
    "draft": "草稿改动",
    "file": "文件",
    "filename": "文件名",
    "filters": "筛选条件",
    "finding": "结论",
    "flag": "提示序号",
    "goal": "整改目标",
    "ground": "例外情形",
    "group": "督查组",
    "groups": "督查组",
    "held_on": "日期",
    "figure": "数字",
    "figure_place": "所在位置",
    "figure_verdict": "核对决定",
    "sentence": "所在句子",
    "indicator": "指标",
    "inspected_body": "被巡视（巡察）党组织",
    "inspecting_body": "巡视（巡察）机构",
    "instalments": "分期计划",
    "is_demo": "演示账号",
    "is_vouched_for": "真实性承诺",
    "is_workday": "是否工作日",
    "issue": "问题",
    "issued_on": "印发日期",
    "items": "条目",
    "kind": "类型",
    "lead_unit": "牵头单位",
    "listed_on": "列入清单日期",
    "look_backs": "回头看日期",
    "measure": "措施",
    "measures": "措施",
    "members": "成员",
    "days_late": "逾期天数",
    "from_name": "移交人",
    "handed_on": "移交日期",
    "is_default": "默认视图",
    "name": "名称",
    "new_due_on": "新的时限",
    "next_review_on": "下次复核日期",
    "not_discussed": "未议的措施",
    "not_seen": "没有查看的措施",
    "note": "说明",
    "number": "编号",
    "numbers": "编号",
    "old_due_on": "原来的时限",
    "outcome": "成效类别",
    "person": "责任人",
    "photos": "照片",
    "place": "地点",
    "planned_on": "计划日期",
    "progress": "进展状态",
    "purpose": "查看内容",
    "quote": "原文",
    "readings": "成效数据",
    "reasons": "提示事项说明",
    "escalated_from": "升级自",
    "escalated_to": "升级为",
    "ladder": "督查单级别",
    "level": "级别",
    "files": "佐证材料",
    "refed_on": "再反馈日期",
    "refeedback_by": "再反馈期限",
    "occurrence": "句中第几处",
    "renewed": "重新加密",
    "reply_by": "回复期限",
    "report": "填报序号",
    "reports": "填报序号（几份）",
    "reported_on": "填报日期",
    "reviewed_on": "审核日期",
    "requirement": "督办要求",
    "resubmits": "补正的填报序号",
    "reviewing_bodies": "会审单位",
    "role": "角色",
    "round": "轮",
    "rows": "行数",
    "scope": "共享范围",
    "sentence_hash": "句子指纹",
    "section_one_title": "第一部分标题",
    "section_three_title": "第三部分标题",
    "section_two_title": "第二部分标题",
    "seed": "随机种子",
    "sha256": "文件指纹（SHA-256）",
    "signed_by": "签发人",
    "stage_goal": "下一阶段目标",
    "stopped_on": "办结日期",
    "size": "数量",
    "supporting_units": "配合单位",
    "target": "目标值",
    "text": "内容",
    "title": "标题",
    "to_name": "接收人",
    "total": "合计指标",
    "unfounded": "核查不实的填报序号",
    "unit": "单位",
    "unreadable": "仍读不出来",
    "units": "负责单位",
    "username": "登录名",
    "value": "数值",
    "visit": "实地督查",
    "withheld_place": "位置",
    "withheld_rule": "公开审查规则",
}


def act_of(entry: Entry) -> str:
    """The act; a flag by its kind (逾期提示), which the bare act leaves open."""
    kind = entry.payload.get("kind") if isinstance(entry.payload, dict) else None
    if entry.subject_type == "measure" and kind and entry.act_label in ("提示", "解除提示"):
        return entry.act_label.replace("提示", f"{kind}提示")
    return entry.act_label


@lru_cache
def model_of(subject_type: str) -> type[Model] | None:
    """The model that a subject's type names, whatever room it lives in; None where there is none any more."""
    own = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    return next((model for model in own if model._meta.model_name == subject_type), None)


def kind_of(subject_type: str) -> str:
    """What a subject's type is called on screen."""
    model = model_of(subject_type)
    return str(model._meta.verbose_name) if model else subject_type


def subject_of(entry: Entry) -> str:
    """What the act is about, without the word that the act has said already (制定措施 2-4)."""
    word, _space, rest = entry.subject_label.partition(" ")
    return rest if rest and word in entry.act_label else entry.subject_label


def lines_of(content: Mapping[str, Any]) -> str:
    """What the entry holds, a line each; keys without a word of their own stay as they are."""
    return "\n".join(_lines(content, ""))


def _lines(content: Mapping[str, Any], before: str) -> Iterator[str]:
    for key, value in content.items():
        label = f"{before}{WORDS.get(key, key)}："
        if isinstance(value, dict):
            yield label
            yield from _lines(value, before + INDENT)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield label
            for number, item in enumerate(value, start=1):
                yield f"{before}{INDENT}第 {number} 项"
                yield from _lines(item if isinstance(item, dict) else {"value": item}, before + INDENT * 2)
        else:
            yield label + spelled(value, {})


def spelled(value: Any, words: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(spelled(item, words) for item in value) or "（空）"
    return words.get(str(value), str(value))
