"""The prose of a first notice, proposed from the round: the figures are placeholders, so that the ledger fills them.

A sentence whose figures the ledger does not have yet is left out; names and accounts of meetings are the office's to write.
"""

from __future__ import annotations

from typing import Any

from apps.issues.models import Inspection
from apps.reports.figures import Counts, counts


def proposed_prose(inspection: Inspection) -> dict[str, Any]:
    """Initial values for the form of a new notice; the contact block stays empty."""
    found = counts(inspection)
    kind, body = inspection.get_kind_display(), inspection.inspected_body
    issuer = body if body.startswith("中共") else f"中共{body}"
    return {
        "issuer": issuer,
        "title": f"{issuer}关于{kind}集中整改进展情况的通报",
        "lead": f"{{进驻起止}}，{inspection.inspecting_body}对{body}开展了{kind}，并于{{反馈日期}}反馈了{kind}意见。"
        f"按照党务公开规定和{kind}工作有关要求，现将{kind}整改进展情况通报如下。",
        "section_one_title": "组织整改落实情况",
        "section_one": _organised(found, kind),
        "section_two_title": "反馈问题整改进展情况",
        "section_three_title": "下步打算",
        "section_three": _planned(found, kind),
        "invitation": f"欢迎广大干部群众对{kind}整改落实情况进行监督。如有意见建议，请及时向我们反映。",
        "dated_on": inspection.today(),
    }


def _organised(found: Counts, kind: str) -> str:
    held = "召开会议{会议数}次专题研究部署。" if found.meetings else ""
    life = "{民主生活会日期}召开巡视整改专题民主生活会。".replace("巡视", kind) if found.democratic_life_on else ""
    rules = "，健全完善规则制度{制度数}项" if found.regulations else ""
    groups = "成立{督查组数}个专项督查组，跟踪督办。" if found.groups else ""
    led = f"（二）主要负责人带头抓{kind}整改。党委主要负责人领办问题{{领办数}}个，带头整改落实。" if found.led else ""
    plan = f"针对反馈的{{方面数}}个方面{{问题数}}个问题，制定整改措施{{措施数}}条{rules}。"
    first = f"（一）坚决扛起{kind}整改主体责任。{held}{life}{plan}{groups}"
    return "\n".join(part for part in (first, led) if part)


def _planned(found: Counts, kind: str) -> str:
    done = "目前，已完成整改措施{完成措施数}条，销号问题{销号数}个" if found.finished else ""
    left = "对尚未销号的{未销号数}个问题紧盯不放，逐项整改到位。" if found.issues > found.closed else "对已销号的问题适时开展“回头看”。"
    lasting = "对需要长期坚持的{长期措施数}条措施常抓不懈，防止反弹。" if found.long_term else ""
    first = f"（一）持续抓好后续整改。{f'{done}。' if done else ''}{left}{lasting}"
    return f"{first}\n（二）巩固深化整改成果。把{kind}整改与日常工作结合起来，健全长效机制。"
