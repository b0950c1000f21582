"""Pages about letters: the list, one letter, and what may be done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, attempt, may_take, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import services, workflow
from apps.supervision.coverage import covers
from apps.supervision.forms.letters import AnswerForm, CloseForm, DeclineForm, EscalateForm, LetterForm, ReturnForm
from apps.supervision.ladder import Level, ladder_of, ladders_of, level_in, next_level
from apps.supervision.models import Escalation, Group, Letter, Reply
from apps.supervision.policies import SUPERVISING, checks_answers, levels_for, receives
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown
from apps.units.workflow import check

RECEIVING = (*SUPERVISING, Role.LIAISON)
LETTERS_A_PAGE = 50
TOP = "已到最高级"


@dataclass(frozen=True)
class LetterLine:
    """A letter in a list, with the colour of its level in the ladder of its round."""

    letter: Letter
    colour: str
    is_late: bool
    is_top: bool

    @property
    def late_words(self) -> str:
        return f"已过期限，{TOP}" if self.is_top else "已过期限"


@require_safe
def letters(request: SignedRequest) -> HttpResponse:
    """Letters the user sends or receives, the newest first."""
    require_role(request.user, *RECEIVING)
    refuse_unknown(request, "state", "page")
    seen = Letter.objects.visible_to(request.user)
    state = chosen_of(request, "state", "状态", Letter.State.values)
    chosen = seen.filter(state=state) if state else seen
    page = page_of(chosen.select_related("unit", "group", "inspection").prefetch_related("measures__issue"), request, LETTERS_A_PAGE)
    context = {
        "page": page,
        "lines": lines_of(page),
        "state": state,
        "states": [(value, label, seen.filter(state=value).count()) for value, label in Letter.State.choices],
        "is_liaison": request.user.role == Role.LIAISON,
        "is_office": request.user.role == Role.OFFICE,
        "proposals": open_proposals(request).count(),
    }
    return render(request, "supervision/letters.html", context)


@require_safe
def escalations(request: SignedRequest) -> HttpResponse:
    """Letters left without an answer, each with the level that is proposed next (建议升级)."""
    require_role(request.user, *SUPERVISING)
    refuse_unknown(request, "state", "page")
    state = chosen_of(request, "state", "状态", Escalation.State.values) or Escalation.State.OPEN
    seen = Escalation.objects.filter(letter__in=Letter.objects.visible_to(request.user))
    related = ("letter__unit", "letter__inspection", "letter__group", "letter__escalated_to", "decided_by")
    page = page_of(seen.filter(state=state).select_related(*related).prefetch_related("letter__measures__issue"), request, LETTERS_A_PAGE)
    ladders = ladders_of({row.letter.inspection_id for row in page})
    own = list(request.user.supervision_groups.select_related("duty_head").prefetch_related("units", "categories"))
    context = {
        "page": page,
        "rows": [
            (row, level_in(ladders[row.letter.inspection_id], row.letter.level), _sendable(request, row, ladders, own)) for row in page
        ],
        "state": state,
        "states": [(value, label, seen.filter(state=value).count()) for value, label in Escalation.State.choices],
        "is_office": request.user.role == Role.OFFICE,
        "proposals": open_proposals(request).count(),
    }
    return render(request, "supervision/escalations.html", context)


@require_safe
def letter(request: SignedRequest, pk: int) -> HttpResponse:
    """One letter as a sheet to print, with what may be done about it."""
    return _sheet(request, letter_seen(request, pk), AnswerForm())


@require_POST
def sign(request: SignedRequest, pk: int) -> HttpResponse:
    """A liaison of the unit signs for the letter."""
    row = services.sign_letter(actor=request.user, letter=letter_seen(request, pk))
    messages.success(request, f"{row}已签收，请在 {row.reply_by} 前回复。")
    return redirect("supervision:letter", row.pk)


@require_POST
def answer(request: SignedRequest, pk: int) -> HttpResponse:
    """A liaison of the unit answers it."""
    row, form = letter_seen(request, pk), AnswerForm(request.POST, request.FILES)
    made, status = attempt(form, lambda values: services.answer_letter(actor=request.user, letter=row, **values))
    if made is not None:
        messages.success(request, f"{row}的回复已提交，并记入台账。")
        return redirect("supervision:letter", row.pk)
    return _sheet(request, row, form, status)


@GET_OR_POST
def close(request: SignedRequest, pk: int) -> HttpResponse:
    """The sending side accepts the answer."""
    row = _to_check(request, pk)
    check(workflow.CLOSE, row, field="state", actor=request.user)

    def act(values: dict[str, Any]) -> str:
        services.close_letter(actor=request.user, letter=row, **values)
        return _address(row)

    return run_form(
        request,
        CloseForm(request.POST or None, initial={"reply": _waiting(row)}),
        act,
        _page(row, "核验通过，办结", "办结", [("单位回复", row.answer)]),
    )


@GET_OR_POST
def send_back(request: SignedRequest, pk: int) -> HttpResponse:
    """The sending side asks for more."""
    row = _to_check(request, pk)
    check(workflow.RETURN, row, field="state", actor=request.user, reason="—")

    def act(values: dict[str, Any]) -> str:
        services.return_answer(actor=request.user, letter=row, **values)
        return _address(row)

    level = level_in(ladder_of(row.inspection), row.level)
    form = ReturnForm(request.POST or None, initial={"reply": _waiting(row), **_clock(level, row.inspection.today())})
    return run_form(request, form, act, _page(row, "退回回复", "退回", [("单位回复", row.answer)]))


@GET_OR_POST
def escalate(request: SignedRequest, pk: int) -> HttpResponse:
    """Send the letter of the next level after one that was not answered."""
    row = _to_check(request, pk)
    check(workflow.ESCALATE, row, field="state", actor=request.user)
    level = next_level(ladder_of(row.inspection), row.level)
    if level is None:
        raise ActRefused(f"{row.title}{TOP}，不能再升级")

    def act(values: dict[str, Any]) -> str:
        sent = services.escalate_letter(actor=request.user, letter=row, **values)
        return _address(sent)

    form = EscalateForm(request.POST or None, initial={"requirement": row.requirement, **_clock(level, row.inspection.today())})
    facts = [("升级为", level.name), ("由谁发出", level.sender_words), ("发给谁", level.receiver_words), ("原回复期限", str(row.reply_by))]
    return run_form(request, form, act, _page(row, "升级督查单", f"发出{level.name}", facts))


@GET_OR_POST
def decline(request: SignedRequest, pk: int) -> HttpResponse:
    """Leave the letter at its level."""
    row = _to_check(request, pk)
    found = Escalation.objects.filter(letter=row).first()
    if found is None:
        raise ActConflict("这张督查单没有待处理的升级建议，请刷新后再看")
    check(workflow.DECLINE, found, field="state", actor=request.user, reason="—")

    def act(values: dict[str, Any]) -> str:
        services.decline_escalation(actor=request.user, escalation=found, **values)
        return reverse("supervision:escalations")

    return run_form(request, DeclineForm(request.POST or None), act, _page(row, "不升级", "确认不升级", [("建议", found.because)]))


@GET_OR_POST
def send_letter(request: SignedRequest) -> HttpResponse:
    """Write a letter about ``?measure=``; other running measures of the same unit may be added."""
    require_role(request.user, *SUPERVISING)
    measure = _measure(request, request.GET.get("measure", ""))
    if measure is None:
        messages.info(request, "请先在清单中选择要督办的措施，再发督查单。")
        return redirect("supervision:flags")
    inspection, unit = measure.issue.inspection, measure.lead_unit
    mine = Measure.objects.worked_on_by(request.user).filter(issue__inspection=inspection, lead_unit=unit)
    levels = levels_for(request.user, inspection, unit, ladder_of(inspection))
    if not levels:
        raise ActForbidden(f"您不能向{unit.name}发督查单，请联系整改办或负责该单位的督查组")

    def act(values: dict[str, Any]) -> str:
        sent = services.send_letter(actor=request.user, inspection=inspection, unit=unit, **values)
        return _address(sent)

    form = LetterForm(
        request.POST or None,
        levels=levels,
        today=inspection.today(),
        measures=mine.filter(stopped_on__isnull=True).select_related("issue").order_by("issue__number", "ordinal"),
        initial={"measures": [measure.pk]},
    )
    facts = [("受文单位", unit.name), ("轮次", inspection.name)]
    page = FormPage("发督查单", "发出", reverse("supervision:flags"), [Crumb("临期逾期", reverse("supervision:flags"))], facts=facts)
    return run_form(request, form, act, page)


def lines_of(page: Iterable[Letter]) -> list[LetterLine]:
    """The letters of a list with the colours of their levels, in one query."""
    rows = list(page)
    ladders = ladders_of({row.inspection_id for row in rows})
    found = []
    for row in rows:
        levels = ladders[row.inspection_id]
        level = level_in(levels, row.level)
        found.append(
            LetterLine(row, level.colour if level else "plain", row.is_late(row.inspection.today()), next_level(levels, row.level) is None)
        )
    return found


def open_proposals(request: SignedRequest) -> Any:
    return Escalation.objects.filter(letter__in=Letter.objects.visible_to(request.user), state=Escalation.State.OPEN)


def letter_seen(request: SignedRequest, pk: int) -> Letter:
    related = ("inspection__book", "group__lead_unit", "unit", "sent_by__unit", "signed_by__unit", "answered_by", "closed_by")
    rows = Letter.objects.visible_to(request.user).select_related(*related, "escalated_from", "escalated_to", "escalation__decided_by")
    row: Letter = get_object_or_404(rows, pk=pk)
    return row


def _to_check(request: SignedRequest, pk: int) -> Letter:
    """A letter for its sending side."""
    row = letter_seen(request, pk)
    if not checks_answers(request.user, row):
        raise ActForbidden("督查单的核验和升级由整改办、领导或负责该单位的督查组办理")
    return row


def _waiting(row: Letter) -> int | None:
    """The answer that is to be checked."""
    return row.replies.filter(accepted=None).values_list("pk", flat=True).last()


def _sheet(request: SignedRequest, row: Letter, form: AnswerForm, status: int = 200) -> HttpResponse:
    user, today, levels = request.user, row.inspection.today(), ladder_of(row.inspection)
    level, following, is_receiver = level_in(levels, row.level), next_level(levels, row.level), receives(user, row)
    checks = checks_answers(user, row)
    may_send_next = following is not None and checks and following in levels_for(user, row.inspection, row.unit, levels)
    proposal = getattr(row, "escalation", None)
    replies = Reply.objects.filter(letter=row).select_related("answered_by", "checked_by").prefetch_related("attachments")
    context = {
        "letter": row,
        "level": level,
        "following": following,
        "top": TOP,
        "measures": row.measures.select_related("issue__inspection").order_by("issue__number", "ordinal"),
        "seen": set(Measure.objects.visible_to(user).filter(letters=row).values_list("pk", flat=True)),
        "replies": list(replies),
        "proposal": proposal,
        "today": today,
        "is_late": row.is_late(today),
        "may_sign": is_receiver and may_take(workflow.SIGN, row.state, user),
        "may_answer": is_receiver and may_take(workflow.ANSWER, row.state, user),
        "may_check": checks and may_take(workflow.CLOSE, row.state, user),
        "may_escalate": may_send_next and row.is_late(today),
        "may_decline": may_send_next and proposal is not None and may_take(workflow.DECLINE, proposal.state, user),
        "form": form,
        "entries": Entry.objects.about([("letter", [row.pk])]),
    }
    return render(request, "supervision/letter.html", context, status=status)


def _sendable(request: SignedRequest, row: Escalation, ladders: dict[int, list[Level]], own: list[Group]) -> bool:
    """Whether the user may send the level that is proposed; asks no query."""
    levels = ladders[row.letter.inspection_id]
    level, letter = level_in(levels, row.level), row.letter
    categories = {measure.issue.category_id for measure in letter.measures.all()}
    mine = [group for group in own if group.inspection_id == letter.inspection_id and covers(group, letter.unit_id, categories)]
    return level is not None and level in levels_for(request.user, letter.inspection, letter.unit, levels, mine)


def _clock(level: Level | None, today: dt.date) -> dict[str, Any]:
    """The day that the level's clock gives, to begin with; empty where the calendar is not loaded, which the service says in words."""
    try:
        return {"reply_by": level.reply_by(today)} if level else {}
    except ActRefused:
        return {}


def _page(row: Letter, title: str, submit: str, facts: list[tuple[str, str]]) -> FormPage:
    crumbs = [Crumb("督查单", reverse("supervision:letters")), Crumb(row.doc_number, _address(row))]
    return FormPage(title, submit, _address(row), crumbs, facts=[("督查单", str(row)), ("受文单位", row.unit.name), *facts])


def _address(row: Letter) -> str:
    return reverse("supervision:letter", args=(row.pk,))


def _measure(request: SignedRequest, asked: str) -> Measure | None:
    """The measure asked for, a 404 where the user does not see it; None where none was asked for."""
    if not asked:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else 0
    rows = Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit")
    row: Measure = get_object_or_404(rows, pk=number)
    return row
