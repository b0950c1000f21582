"""Messages of the public, for those who answer them: the office's open ones, and what was sealed for the discipline role alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.issues.models import Issue
from apps.issues.pages import SignedRequest
from apps.ledgers.models import Entry
from apps.ledgers.services import SEALED
from apps.measures.deadlines import CalendarNotLoaded
from apps.reports import services, workflow
from apps.reports.answered import answered_of
from apps.reports.forms.feedback import AnswerForm, HandOverForm, InboxForm, SetAsideForm
from apps.reports.models import Feedback
from apps.reports.querysets import FeedbackQuerySet
from apps.units.errors import ActRefused
from apps.units.models import Role, User
from apps.units.parameters import page_of, refuse_unknown
from apps.units.policies import sees_all_business
from apps.units.spoken import VersionedForm

ROWS_A_PAGE = 50
GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def inbox(request: SignedRequest) -> HttpResponse:
    """The open messages, the newest first."""
    user = request.user
    if not sees_all_business(user):
        raise Http404
    return _list(request, Feedback.objects.visible_to(user), "reports/feedback/inbox.html", {"may_answer": user.role == Role.OFFICE})


@require_safe
def sealed(request: SignedRequest) -> HttpResponse:
    """The sealed messages; for everybody else there is no such page."""
    return _list(request, Feedback.objects.visible_to(_discipline(request)), "reports/feedback/sealed.html", {})


@GET_OR_POST
def message(request: SignedRequest, pk: int) -> HttpResponse:
    """One open message, and what the office does with it."""
    user = request.user
    if not sees_all_business(user):
        raise Http404
    return _message(request, user, pk, "reports/feedback/message.html", may_answer=user.role == Role.OFFICE)


@GET_OR_POST
def sealed_message(request: SignedRequest, pk: int) -> HttpResponse:
    return _message(request, _discipline(request), pk, "reports/feedback/sealed_message.html", may_answer=True)


def _discipline(request: SignedRequest) -> User:
    user = request.user
    if user.role != Role.DISCIPLINE:
        raise Http404
    return user


def _list(request: SignedRequest, seen: FeedbackQuerySet, template: str, context: dict[str, Any]) -> HttpResponse:
    refuse_unknown(request, "state", "overdue", "item", "page")
    form = InboxForm(request.GET)
    if not form.is_valid():
        words = "；".join(f"{form.fields[name].label}：{errors[0]}" for name, errors in form.errors.items())
        raise ActRefused(f"没有按这些条件筛选，请核对网址：{words}")
    chosen = form.cleaned_data
    rows = seen.overdue(timezone.localdate()) if chosen["overdue"] else seen
    rows = rows.filter(state=chosen["state"]) if chosen["state"] else rows
    rows = rows.filter(item_number=chosen["item"]) if chosen["item"] else rows
    page = page_of(rows.for_list(), request, ROWS_A_PAGE)
    context |= {
        "page": page,
        "form": form,
        "rounds": answered_of(seen),
        "working_days": settings.FEEDBACK_WORKING_DAYS,
        "unknown": _unknown(seen),
    }
    return render(request, template, context)


def _unknown(seen: FeedbackQuerySet) -> str:
    """Why messages have no day yet, where there are such: nothing is guessed."""
    first = seen.to_answer().filter(due_on=None).order_by("received_at").first()
    if first is None:
        return ""
    try:
        services.clock_of(first.inspection.local_date(first.received_at))
    except CalendarNotLoaded as unknown:
        return f"{unknown.year} 年的节假日安排尚未载入，不知道哪些天是工作日，有的来信还没有答复期限。载入后一小时内自动补算，不作推测。"
    return "有的来信还没有答复期限，一小时内自动补算。"


def _message(request: SignedRequest, user: User, pk: int, template: str, *, may_answer: bool) -> HttpResponse:
    row = get_object_or_404(Feedback.objects.visible_to(user).for_list().select_related("answered_by", "inspection__book"), pk=pk)
    refuse_unknown(request)
    asked = request.POST.get("do") if request.method == "POST" else ""
    initial = {"version": row.version}
    answer = AnswerForm(request.POST if asked == "answer" else None, initial=initial, prefix=None)
    aside = SetAsideForm(request.POST if asked == "aside" else None, initial=initial, auto_id="aside_%s")
    over = HandOverForm(request.POST if asked == "over" else None, initial=initial, auto_id="over_%s")
    acts: dict[str, tuple[VersionedForm, Callable[..., Feedback]]] = {
        "answer": (answer, services.answer_feedback),
        "aside": (aside, services.set_aside_feedback),
    }
    acts |= {"over": (over, services.hand_over_feedback)} if row.is_sealed else {}
    status = 200
    if request.method == "POST":
        if asked not in acts:
            raise ActRefused("请选择答复或不予办理，再提交")
        form, verb = acts[asked]
        status = _done(form, lambda: verb(actor=user, feedback=row, **form.cleaned_data))
        if status < 400:
            messages.success(request, "已转交整改办，这封信不再列在这里。" if asked == "over" else "已办理，写信人凭查询码可以看到。")
            return redirect("reports:sealed" if asked == "over" else request.path)
    context = {"row": row, "answer": answer, "aside": aside, "may_answer": may_answer and row.is_open, "unknown": _unknown_of(row)}
    context |= {"over": over, "may_hand_over": not [*workflow.sealed_by_rule(row)]}
    return render(request, template, {**context, "issue": _issue(user, row), "entries": _entries(row)}, status=status)


def _done(form: forms.Form, act: Callable[[], object]) -> int:
    if not form.is_valid():
        return 400
    try:
        act()
    except ActRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return refusal.status
    return 200


def _unknown_of(row: Feedback) -> bool:
    return row.is_open and row.due_on is None


def _issue(user: User, row: Feedback) -> Issue | None:
    """The issue that the item tells of, for those who see it."""
    return Issue.objects.visible_to(user).filter(inspection=row.inspection, number=row.item_number).first() if row.item_number else None


def _entries(row: Feedback) -> list[Entry]:
    """From the book that this message is entered in, and no other."""
    of_book = Entry.objects.filter(book__slug=SEALED) if row.is_sealed else Entry.objects.filter(book=row.inspection.book_id)
    return list(of_book.about([("feedback", [row.pk])]).select_related("book"))
