"""The public's side of feedback: the form, the query of a reply, the statistics. No sign-in, no cookie, nothing kept by the browser.

Nobody's session is looked at, so the post needs no CSRF token (gate.py says why); one that a browser says comes from another site is
refused all the same.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.reports import gate, limits, services
from apps.reports.answered import answered_of
from apps.reports.forms.feedback import SEALED, FeedbackForm, StatusForm
from apps.reports.models import Edition, Feedback
from apps.units.errors import ActRefused
from apps.units.parameters import refuse_unknown

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
LONGEST_KEY = 18
TOO_FAST = "提交得太快，像是自动程序。请核对内容后再提交一次"
TOO_OLD = "这个页面打开太久，已经换了一张新表。内容还在，请核对后再提交一次"
NOT_OURS = "表单不完整，已经换了一张新表。内容还在，请核对后再提交一次"
UNPROVEN = "请回答“{}”，用数字填写"
TOO_MANY = "这个网络地址短时间内提交太多，请 {} 分钟后再提交；急事请打电话"
LOOKED_TOO_OFTEN = "查询太频繁，请 {} 分钟后再查"
NOT_FOUND = "没有查到。请核对查询码；提交后页面上显示的才是查询码"


@login_not_required
@csrf_exempt
@never_cache
@GET_OR_POST
def write(request: HttpRequest) -> HttpResponse:
    """The form about one edition, and what came of it."""
    refuse_unknown(request, "edition", "item")
    edition = _edition(request.GET.get("edition", ""))
    if edition is None:
        return render(request, "reports/feedback/none_yet.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        _refuse_other_sites(request)
        return _posted(request, edition)
    return _page(request, edition, FeedbackForm(content=edition.content, initial={"item": request.GET.get("item", "")}), gate.new_form())


def _posted(request: HttpRequest, edition: Edition) -> HttpResponse:
    """In this order: was the form ours, was it sent before, is it filled in, how often from here, was it proven, is there room."""
    form = FeedbackForm(request.POST, content=edition.content)
    sent = gate.form_of(request.POST.get("token", ""))
    if sent is None or sent.age > gate.OLDEST:
        form.add_error(None, NOT_OURS if sent is None else TOO_OLD)
        return _page(request, edition, form, gate.new_form(), HTTPStatus.BAD_REQUEST)
    former = Feedback.objects.filter(once=gate.fingerprint(sent.nonce)).first()
    if former is not None:
        return _sent(request, former, sent, is_new=False)
    if sent.age < gate.YOUNGEST:
        form.add_error(None, TOO_FAST)
    if not form.is_valid():
        return _page(request, edition, form, sent, HTTPStatus.BAD_REQUEST)
    wait = _refused_for(request, form, sent)
    if wait:
        form.add_error(None, TOO_MANY.format(minutes(wait)))
        return _later(_page(request, edition, form, sent, HTTPStatus.TOO_MANY_REQUESTS), wait)
    if form.errors:
        return _page(request, edition, form, sent, HTTPStatus.BAD_REQUEST)
    return _received(request, edition, form, sent)


def _refused_for(request: HttpRequest, form: FeedbackForm, sent: gate.Form) -> int:
    """How many seconds to wait, 0 where there is room. What was not proven is said on the form."""
    address = limits.address_of(request)
    wait = limits.POSTS.refuses(address)
    if wait or gate.is_solved(sent, form.cleaned_data["altcha"]):
        return wait
    wait = limits.UNPROVEN.refuses(address)
    if not wait and not sent.answers(form.cleaned_data["answer"]):
        form.add_error("answer", UNPROVEN.format(sent.question))
        return 0
    return wait or limits.UNPROVEN_OF_ALL.refuses()


def _received(request: HttpRequest, edition: Edition, form: FeedbackForm, sent: gate.Form) -> HttpResponse:
    values = form.cleaned_data
    try:
        done = services.receive_feedback(
            form=sent,
            edition=edition,
            text=values["text"],
            item_number=values["item"],
            contact=values["contact"],
            chosen_sealed=values["reader"] == SEALED,
        )
    except services.QuotaReached as full:
        form.add_error(None, full.message)
        return _later(_page(request, edition, form, sent, full.status), full.seconds)
    except ActRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, edition, form, sent, refusal.status)
    return _sent(request, done.row, sent, is_new=done.is_new)


@login_not_required
@never_cache
@require_safe
def challenge(request: HttpRequest) -> HttpResponse:
    """A proof of work for a form that was handed out."""
    sent = gate.form_of(request.GET.get("form", ""))
    if sent is None or sent.age > gate.OLDEST:
        return JsonResponse({"error": "表单已过期，请刷新页面"}, status=HTTPStatus.BAD_REQUEST)
    wait = limits.CHALLENGES.refuses(limits.address_of(request))
    if wait:
        return _later(JsonResponse({"error": "请求太频繁，请稍后再试"}, status=HTTPStatus.TOO_MANY_REQUESTS), wait)
    return JsonResponse(gate.challenge_for(sent))


@login_not_required
@csrf_exempt
@never_cache
@GET_OR_POST
def status(request: HttpRequest) -> HttpResponse:
    """What became of a message, for whoever has its code. By post, so that no code stands in an address, a log or a history."""
    refuse_unknown(request)
    form, row, answer = StatusForm(request.POST or None), None, int(HTTPStatus.OK)
    wait = 0
    if request.method == "POST":
        _refuse_other_sites(request)
        answer = HTTPStatus.BAD_REQUEST
        wait = limits.LOOKS.refuses(limits.address_of(request))
        if wait:
            answer = HTTPStatus.TOO_MANY_REQUESTS
            form.add_error(None, LOOKED_TOO_OFTEN.format(minutes(wait)))
        elif form.is_valid():
            row = Feedback.objects.for_list().filter(code_hash=gate.fingerprint(form.cleaned_data["code"])).first()
            answer = HTTPStatus.OK if row else HTTPStatus.NOT_FOUND
            if row is None:
                form.add_error("code", NOT_FOUND)
    response = render(request, "reports/feedback/status.html", {"form": form, "row": row}, status=answer)
    return _later(response, wait) if wait else response


@login_not_required
@cache_control(max_age=300, public=True)
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """How many open messages came and how they were answered, as of now, each number with its formula."""
    refuse_unknown(request)
    rounds = answered_of(Feedback.objects.unsealed())
    return render(request, "reports/feedback/statistics.html", {"rounds": rounds, "as_of": timezone.localtime()})


def minutes(seconds: int) -> int:
    return -(-seconds // 60)


def _edition(asked: str) -> Edition | None:
    """The edition asked for, the latest where none was. A Party edition has no feedback."""
    if not asked:
        return Edition.objects.latest_published()
    found = Edition.objects.public().select_related("inspection__book")
    row = found.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) <= LONGEST_KEY else None
    if row is None:
        raise Http404
    return row


def _refuse_other_sites(request: HttpRequest) -> None:
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ActRefused("这个表单不是从本站页面提交的，请打开本站的反馈页面填写")


def _page(request: HttpRequest, edition: Edition, form: FeedbackForm, sent: gate.Form, status: int = HTTPStatus.OK) -> HttpResponse:
    context: dict[str, Any] = {
        "edition": edition,
        "content": edition.content,
        "form": form,
        "token": sent.token,
        "question": sent.question,
        "challenge": f"{reverse('reports:feedback-challenge')}?form={sent.token}",
    }
    return render(request, "reports/feedback/form.html", context, status=status)


def _sent(request: HttpRequest, row: Feedback, sent: gate.Form, *, is_new: bool) -> HttpResponse:
    context = {"row": row, "code": gate.grouped(sent.code), "is_new": is_new}
    return render(request, "reports/feedback/sent.html", context)


def _later(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response
