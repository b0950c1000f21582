"""Help: the manual inside the application, the page of one's own role first; and where help on the page at hand is found."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.units.models import User
from apps.units.parameters import refuse_unknown
from config import manual
from config.manual import FIRST, PICTURES, ManualPage

LONGEST = 60
# What the page at hand is called in the manual: the first section of one's own page whose heading has the word.
SPOKEN_OF_AS = {
    "measures:report": "填报",
    "measures:reviews": "审核",
    "measures:extend": "延期",
    "measures:decide-extension": "延期",
    "measures:as-of": "某日",
    "measures:issue-as-of": "某日",
    "measures:round-as-of": "某日",
    "measures:compare": "对比",
    "measures:register": "查找",
    "measures:views": "查找",
    "measures:view-new": "查找",
    "measures:bulk": "批量",
    "measures:review-many": "审核",
    "measures:imports": "导入清单",
    "measures:import": "导入清单",
    "measures:import-new": "导入清单",
    "measures:import-columns": "导入清单",
    "measures:import-units": "导入清单",
    "measures:workbooks": "离线工作簿",
    "measures:workbook": "离线工作簿",
    "measures:handovers": "交接",
    "measures:handover": "交接",
    "measures:handover-new": "交接",
    "measures:notice-new": "通报开始",
    "measures:notice-draft": "通报开始",
    "measures:notice-issue": "通报开始",
    "measures:extensions": "延期",
    "measures:missing": "漏报",
    "measures:papers": "文书",
    "measures:issue-papers": "文书",
    "measures:figures": "成效",
    "measures:indicator": "成效",
    "measures:instalments": "成效",
    "measures:regulations": "制度",
    "measures:regulation": "制度",
    "issues:activities": "活动",
    "issues:activity": "活动",
    "issues:inspection": "某日",
    "issues:amend-inspection": "建账",
    "issues:closures": "销号",
    "issues:sheet": "销号",
    "issues:look-backs": "回头看",
    "issues:draw-new": "抽查",
    "issues:draw": "抽查",
    "issues:open": "建账",
    "issues:apply": "销号",
    "issues:decide": "销号",
    "issues:sign": "会审",
    "issues:look-back": "回头看",
    "supervision:letters": "督查单",
    "supervision:letter": "督查单",
    "supervision:send_letter": "督查单",
    "supervision:send_letters": "督查单",
    "supervision:ladder": "督查单",
    "supervision:escalations": "督查单",
    "supervision:close_letter": "督查单",
    "supervision:return_answer": "督查单",
    "supervision:escalate": "督查单",
    "supervision:decline": "督查单",
    "supervision:check": "核查",
    "supervision:visits": "实地督查",
    "supervision:visit": "实地督查",
    "supervision:visit-new": "实地督查",
    "supervision:dispatches": "调度会",
    "supervision:dispatch": "调度会",
    "supervision:dispatch-new": "调度会",
    "supervision:dispatch-item": "调度会",
    "supervision:flags": "落后",
    "supervision:groups": "督查",
    "supervision:deliveries": "通知",
    "supervision:channel": "通知",
    "supervision:channel-new": "通知",
    "supervision:hooks": "推送",
    "supervision:hook": "推送",
    "supervision:hook-new": "推送",
    "supervision:hook-amend": "推送",
    "units:notifications": "消息",
    "supervision:screens": "大屏",
    "supervision:chart": "倒排工期",
    "reports:notices": "通报",
    "reports:notice": "通报",
    "reports:check": "校核",
    "reports:item-edit": "写通报条目",
    "reports:notice-edit": "出通报",
    "reports:layout": "通报版式",
    "reports:withheld": "公开审查",
    "reports:watch-words": "公开审查",
    "supervision:clues": "线索",
    "supervision:clue": "线索",
    "reports:inbox": "反馈",
    "reports:message": "反馈",
    "reports:sealed": "密封来信",
    "reports:sealed-message": "密封来信",
    "ledgers:book": "核验",
    "units:accounts": "账号",
    "units:account": "账号",
    "units:list": "单位",
    "units:tokens": "令牌",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page of one's own role; ``?q=`` searches all pages."""
    refuse_unknown(request, "q")
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    found = in_order(request.user)
    if not found:
        raise Http404
    if words:
        return render(request, "help/search.html", {"pages": found, "words": words, "hits": manual.search(words, found)})
    return _shown(request, found[0], found)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of the manual."""
    refuse_unknown(request)
    found = manual.page_of(slug)
    if found is None:
        raise Http404
    return _shown(request, found, in_order(request.user))


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One picture of the manual: those in its folder, and nothing else that a name might spell."""
    found = manual.picture(name)
    if found is None:
        raise Http404
    response = FileResponse(found.open("rb"), content_type=PICTURES[found.suffix])
    response["X-Content-Type-Options"] = "nosniff"
    return response


def in_order(user: object) -> list[ManualPage]:
    """The pages, that of the user's role first, the general one after it."""
    own = user.role if isinstance(user, User) else FIRST
    return sorted(manual.pages(), key=lambda one: (one.slug != own, one.slug != FIRST))


def help_on(user: User | None, view_name: str) -> str:
    """Where help on that page is: the section of the user's own page that speaks of it, else help as a whole."""
    word = SPOKEN_OF_AS.get(view_name)
    own = manual.page_of(user.role) if user is not None and word else None
    section = next((row for row in own.sections if row.anchor and word and word in row.title), None) if own else None
    return f"{own.href}#{section.anchor}" if own and section else reverse("help")


def _shown(request: HttpRequest, shown: ManualPage, found: list[ManualPage]) -> HttpResponse:
    return render(request, "help/page.html", {"pages": found, "page": shown, "own": found[0]})
