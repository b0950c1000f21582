"""The page 公开审查: what the red-flag rules find in a draft, by rule, with what can be done about each; and the office's word list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.pages import SignedRequest, attempt
from apps.reports import services, workflow
from apps.reports.forms.withheld import WordForm
from apps.reports.models import Audience, Notice, WatchWord, WithheldException
from apps.reports.policies import drafts, why_not_except
from apps.reports.views.fetching import notice_of
from apps.reports.withholding.findings import Finding, findings_of
from apps.reports.withholding.rules import RULES, Rule
from apps.units.errors import ActRefused
from apps.units.models import User
from apps.units.parameters import refuse_unknown, written
from apps.units.policies import sees_all_business

FINDING = ("rule", "audience", "place", "sentence_hash", "fragment")


@dataclass(frozen=True)
class Shown:
    """One finding as this user sees it: where it is mended, what may be done about it, and what was typed when that was refused."""

    finding: Finding
    mend: str
    may_ask: bool
    may_decide: bool
    why_not: str
    may_withdraw: bool
    typed: dict[str, str]
    anchor: str


@dataclass(frozen=True)
class Group:
    """The findings of one rule."""

    rule: Rule
    rows: list[Shown]

    @property
    def left(self) -> int:
        return sum(row.finding.is_open for row in self.rows)


@require_safe
def withheld(request: SignedRequest, pk: int) -> HttpResponse:
    refuse_unknown(request)
    return _page(request, notice_of(request, pk))


@require_POST
def ask(request: SignedRequest, pk: int) -> HttpResponse:
    row = notice_of(request, pk)
    values = {name: written(request, name) for name in (*FINDING, "ground", "reason")}
    return _carried_out(request, row, lambda: services.ask_exception(actor=request.user, notice=row, **values), "已申请，等领导批准。")


@require_POST
def approve(request: SignedRequest, pk: int, exception: int) -> HttpResponse:
    row = notice_of(request, pk)
    asked = _exception(row, exception)
    return _carried_out(request, row, lambda: services.approve_exception(actor=request.user, exception=asked), "已批准，随版次保存。")


@require_POST
def refuse(request: SignedRequest, pk: int, exception: int) -> HttpResponse:
    row = notice_of(request, pk)
    asked, reason = _exception(row, exception), written(request, "reason")
    done = "没有批准，请整改办修改文字。"
    return _carried_out(request, row, lambda: services.refuse_exception(actor=request.user, exception=asked, reason=reason), done)


@require_POST
def withdraw(request: SignedRequest, pk: int, exception: int) -> HttpResponse:
    row = notice_of(request, pk)
    asked, reason = _exception(row, exception), written(request, "reason")
    return _carried_out(request, row, lambda: services.withdraw_exception(actor=request.user, exception=asked, reason=reason), "已撤回。")


@require_http_methods(["GET", "HEAD", "POST"])
def words(request: SignedRequest) -> HttpResponse:
    """The word list, which the office keeps and the leaders see."""
    refuse_unknown(request)
    user = request.user
    if not sees_all_business(user):
        raise PermissionDenied
    form = WordForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        made, code = attempt(form, lambda values: services.watch_word(actor=user, **values))
        status = HTTPStatus(code)
        if made is not None:
            messages.success(request, f"“{made}”已登记，以后的通报稿都会检查。")
            return redirect("reports:watch-words")
    return _words_page(request, form, status)


@require_POST
def retire(request: SignedRequest, pk: int) -> HttpResponse:
    user = request.user
    if not sees_all_business(user):
        raise PermissionDenied
    row = get_object_or_404(WatchWord, pk=pk)
    try:
        services.retire_word(actor=user, word=row, reason=written(request, "reason"))
    except ActRefused as error:
        return _words_page(request, WordForm(), HTTPStatus(error.status), error, row.pk)
    messages.success(request, f"“{row}”已停用。")
    return redirect("reports:watch-words")


def _words_page(
    request: SignedRequest, form: WordForm, status: HTTPStatus, error: ActRefused | None = None, refused: int = 0
) -> HttpResponse:
    rows = WatchWord.objects.select_related("added_by")
    context = {
        "form": form,
        "used": rows.filter(retired_at=None),
        "retired": rows.exclude(retired_at=None).order_by("-retired_at"),
        "may_change": drafts(request.user),
        "error": error,
        "refused": refused,
    }
    return render(request, "reports/watch_words.html", context, status=status)


def _exception(notice: Notice, pk: int) -> WithheldException:
    return get_object_or_404(WithheldException.objects.select_related("notice"), notice=notice, pk=pk)


def _carried_out(request: SignedRequest, row: Notice, verb: Callable[[], object], done: str) -> HttpResponse:
    try:
        verb()
    except ActRefused as error:
        return _page(request, notice_of(request, row.pk), error)
    messages.success(request, done)
    return redirect("reports:withheld", row.pk)


def _page(request: SignedRequest, row: Notice, error: ActRefused | None = None) -> HttpResponse:
    user = request.user
    published = row.state == Notice.State.PUBLISHED
    found = [] if published else findings_of(row)
    groups = [Group(rule, [_shown(request, row, user, finding) for finding in found if finding.rule is rule]) for rule in RULES]
    context = {
        "notice": row,
        "published": published,
        "groups": [group for group in groups if group.rows],
        "clean": [group.rule for group in groups if not group.rows],
        "rules": [(rule, Audience.PARTY in rule.audiences) for rule in RULES],
        "left": sum(group.left for group in groups),
        "excepted": sum(not finding.is_open for finding in found),
        "grounds": WithheldException.Ground.choices,
        "ended": row.withheld_exceptions.exclude(withdrawn_at=None).select_related("asked_by", "approved_by").order_by("-withdrawn_at"),
        "kept": row.withheld_exceptions.filter(withdrawn_at=None, approved_by__isnull=False).select_related("asked_by", "approved_by"),
        "error": error,
    }
    return render(request, "reports/withheld.html", context, status=error.status if error else HTTPStatus.OK)


def _shown(request: SignedRequest, row: Notice, user: User, finding: Finding) -> Shown:
    asked = finding.exception
    waiting = asked is not None and asked.approved_by_id is None
    same = all(request.POST.get(name) == str(value) for name, value in zip(FINDING, _values(finding), strict=True))
    return Shown(
        finding=finding,
        mend=_mend(row, finding) if drafts(user) else "",
        may_ask=asked is None and user.role in workflow.ASK_EXCEPTION.roles,
        may_decide=asked is not None and waiting and not why_not_except(user, asked.asked_by_id),
        why_not=why_not_except(user, asked.asked_by_id) if asked is not None and waiting else "",
        may_withdraw=asked is not None and (user.pk == asked.asked_by_id or user.is_leader),
        typed={name: request.POST.get(name, "") for name in ("ground", "reason")} if same else {},
        anchor=f"{finding.rule.id}-{finding.sentence_hash[:8]}-{len(finding.before)}-{finding.audience}",
    )


def _values(finding: Finding) -> tuple[str, str, str, str, str]:
    return finding.rule.id, finding.audience, finding.place, finding.sentence_hash, finding.fragment


def _mend(row: Notice, finding: Finding) -> str:
    """Where the office changes the sentence."""
    if finding.number is not None:
        return reverse("reports:item-edit", args=(row.pk, finding.number))
    return reverse("reports:notice-edit", args=(row.pk,))
