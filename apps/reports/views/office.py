"""The office's screens: drafting a notice, and taking it through approval to publication. Leaders see and approve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import SignedRequest
from apps.ledgers.models import Entry
from apps.reports import services, workflow
from apps.reports.content import Content, content_of, sha256_of
from apps.reports.earlier import figures_fingerprint
from apps.reports.forms.notices import FROM_LAST, DraftForm, take_refusal
from apps.reports.models import Audience, ItemReview, Notice, NoticeItem, Rendering
from apps.reports.pages import page_of, places_of
from apps.reports.policies import drafts, why_not_approve, why_not_review_secrecy
from apps.reports.presence import others
from apps.reports.proposing import proposed_prose
from apps.reports.proving.proof import figures_to_read
from apps.reports.secrecy import CHECKLIST, secrecy_is_reviewed, secrecy_of
from apps.reports.views.fetching import notice_of
from apps.units.errors import ActRefused
from apps.units.models import User
from apps.units.parameters import written
from apps.units.policies import sees_all_business

LINES = 30
# A page that does not say which content it showed: no content has this hash.
UNSAID = "-"


@dataclass(frozen=True)
class Action:
    """One act a user may take on the notice: what it does in one sentence, or why it cannot be done now."""

    name: str
    label: str
    effect: str
    url: str
    why_not: tuple[str, ...] = ()
    needs_reason: bool = False
    needs_tick: bool = False
    primary: bool = False


@dataclass(frozen=True)
class Cover:
    """An approval beside the content of now."""

    notice: Notice
    content_hash: str

    @property
    def holds(self) -> bool:
        valid = self.notice.state in (Notice.State.APPROVED, Notice.State.PUBLISHED)
        return valid and self.notice.approved_hash == self.content_hash


@require_safe
def notices(request: SignedRequest) -> HttpResponse:
    """All notices of all rounds, the latest first."""
    user = request.user
    if not sees_all_business(user):
        raise Http404
    return render(request, "reports/notices.html", {"notices": Notice.objects.visible_to(user).for_page(), "may_draft": drafts(user)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """Draft a notice of a round; its prose starts from the last notice of that round."""
    user = request.user
    if not drafts(user):
        raise Http404
    rounds = Inspection.objects.visible_to(user)
    asked = request.GET.get("inspection", "")
    inspection = get_object_or_404(rounds, pk=asked) if asked.isdecimal() else rounds.first()
    if inspection is None:
        return render(request, "reports/no_round.html")
    last = inspection.notices.prefetch_related("items__issue").first()
    initial = {name: getattr(last, name) for name in services.PROSE} if last else proposed_prose(inspection)
    form = DraftForm(request.POST or None, initial=initial, last=last)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.BAD_REQUEST
        if form.is_valid():
            try:
                notice = _draft(user, inspection, form.cleaned_data, last)
            except ActRefused as error:
                status = HTTPStatus(take_refusal(form, error))
            else:
                messages.success(request, f"已起草，共 {notice.items.count()} 条。请逐条核对文字，再提请审定。")
                return redirect("reports:notice", notice.pk)
    context = {"form": form, "inspection": inspection, "rounds": rounds, "places": places_of(inspection)}
    return render(request, "reports/notice_new.html", context, status=status)


def _draft(user: User, inspection: Inspection, cleaned: Mapping[str, Any], last: Notice | None) -> Notice:
    prose = {name: cleaned[name] for name in services.PROSE}
    from_last = cleaned["texts"] == FROM_LAST and last is not None
    return services.draft_notice(actor=user, inspection=inspection, prose=prose, like=last if from_last else None)


@require_safe
def notice(request: SignedRequest, pk: int) -> HttpResponse:
    """The notice as it would be published, beside its state and what can be done with it."""
    return _page(request, notice_of(request, pk))


@require_POST
def submit(request: SignedRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.submit_notice, "已提请审定。")


@require_POST
def approve(request: SignedRequest, pk: int) -> HttpResponse:
    party, figures = request.POST.get("party_hash", ""), request.POST.get("figures_hash", "")
    return _act(request, pk, partial(services.approve_notice, party_hash=party, figures_hash=figures), "已审定，可以发布。")


@require_POST
def secrecy(request: SignedRequest, pk: int) -> HttpResponse:
    """The list is confirmed for the texts that the page showed."""
    confirmed, note = request.POST.getlist("confirmed"), written(request, "note")
    shown = request.POST.get("party_hash") or UNSAID
    verb = partial(services.review_secrecy, confirmed=confirmed, note=note, party_hash=shown)
    return _act(request, pk, verb, "保密审查通过，已记入台账。")


@require_POST
def publish(request: SignedRequest, pk: int) -> HttpResponse:
    """Nothing of it can be taken back, so the page asks for a tick first."""
    if request.POST.get("confirmed") != "yes":
        unconfirmed = ActRefused("发布后不能撤回。请先核对，勾选“我已核对全文和数字，确认向社会公开”，再发布", field="confirmed")
        return _page(request, notice_of(request, pk), error=unconfirmed)
    party = request.POST.get("party") == "yes"
    return _act(request, pk, partial(services.publish, party=party), "已发布，公众现在就能看到。")


@require_POST
def send_back(request: SignedRequest, pk: int) -> HttpResponse:
    row = notice_of(request, pk)
    reason = written(request, "reason")
    return _carried_out(request, row, lambda: services.return_notice(actor=request.user, notice=row, reason=reason), "已退回起草。", reason)


@require_POST
def complete(request: SignedRequest, pk: int) -> HttpResponse:
    row = notice_of(request, pk)
    return _carried_out(request, row, lambda: services.add_missing_items(actor=request.user, notice=row), "已补齐条目，请逐条补写文字。")


def _act(request: SignedRequest, pk: int, verb: Callable[..., object], done: str) -> HttpResponse:
    """An act on the content the page showed: its hash comes along, so that nobody approves what they have not read."""
    row = notice_of(request, pk)
    shown = request.POST.get("content_hash") or UNSAID
    return _carried_out(request, row, lambda: verb(actor=request.user, notice=row, content_hash=shown), done)


def _carried_out(request: SignedRequest, row: Notice, verb: Callable[[], object], done: str, reason: str = "") -> HttpResponse:
    try:
        verb()
    except ActRefused as error:
        return _page(request, notice_of(request, row.pk), error=error, reason=reason)
    messages.success(request, done)
    return redirect("reports:notice", row.pk)


def _page(request: SignedRequest, row: Notice, error: ActRefused | None = None, reason: str = "") -> HttpResponse:
    user = request.user
    edition = row.editions.public().first()
    content: Content = edition.content if edition else content_of(row)
    content_hash = sha256_of(content)
    audience = _audience(request)
    shown = content_of(row, audience) if edition is None and audience != Audience.SOCIETY else content
    items = {item.issue.number: item for item in row.items.select_related("issue")}
    to_read = figures_to_read(row) if row.state in (workflow.SUBMITTED, workflow.APPROVED) else []
    older = [(whose, finding) for whose, finding in to_read if finding.status == "older"]
    context = {
        "notice": row,
        "edition": edition,
        "page": page_of(shown),
        "content": shown,
        "audience": audience,
        "audiences": Audience,
        "content_hash": content_hash,
        "cover": Cover(row, content_hash),
        "party_hash": "" if edition else sha256_of(content_of(row, Audience.PARTY)),
        "figures_hash": "" if edition else figures_fingerprint(row),
        "party_edition": row.editions.filter(audience=Audience.PARTY).first(),
        "tells_party": edition is None and services.tells_the_party_otherwise(row),
        "may_correct": drafts(user) and edition is not None and not edition.corrections.exists(),
        "circulated": row.state == Notice.State.REVIEWING or ItemReview.objects.filter(item__notice=row).exists(),
        "actions": actions_on(row, user, content_hash, older=len(older)),
        "older": older,
        "answered": [(whose, finding) for whose, finding in to_read if finding.status != "older"],
        "may_edit": drafts(user) and edition is None,
        "items": items,
        "empty": [number for number, item in items.items() if not item.text.strip()],
        "missing": [] if edition else workflow.missing_numbers(row),
        "lacking": edition is not None and _lacks_files(row),
        **_secrecy(request, row),
        "entries": _entries(row, items),
        "present": others(row, user),
        "error": error,
        "reason": reason,
    }
    return render(request, "reports/notice.html", context, status=error.status if error else HTTPStatus.OK)


def actions_on(row: Notice, user: User, content_hash: str, older: int = 0) -> list[Action]:
    """What this user can do with the notice as it stands, the next step first; ``older``: how many numbers the ledger has moved on from."""
    state, code = row.state, content_hash[:7]
    problems = tuple(problem for rule in workflow.COMPLETE for problem in rule(row)) if state != workflow.PUBLISHED else ()
    found = []
    if state in (workflow.DRAFT, workflow.REVIEWING) and drafts(user):
        unread = tuple(workflow.units_have_agreed(row))
        if unread and state == workflow.DRAFT:
            effect = "送牵头单位的负责人逐条审核，各单位只看到本单位的条目。"
            found.append(Action("circulate", "送单位审核", effect, _url("circulate", row), problems, primary=True))
        effect = "提请后，由领导或整改办另一位同事审定；再修改要写明理由。"
        found.append(Action("submit", "提请审定", effect, _url("submit", row), (*problems, *unread), primary=not unread))
    if state == workflow.SUBMITTED:
        objection = why_not_approve(user, row)
        effect = f"审定后，可以发布的就是现在这份内容（指纹 {code}）；之后任何改动都会使审定失效。"
        effect += f"其中 {older} 处数字台账已有更新数，列在下面。" if older else ""
        why_not = (objection,) if objection else problems
        found.append(Action("approve", "审定通过", effect, _url("approve", row), why_not, primary=not objection))
    if state == workflow.APPROVED and drafts(user):
        number = (row.inspection.editions.public().order_by("-number").values_list("number", flat=True).first() or 0) + 1
        effect = f"发布后，这份内容立即向社会公开，成为第 {number} 版，不能修改或撤回；更正须另发新版。"
        problems = (*problems, *secrecy_is_reviewed(row))
        covered = row.approved_hash == content_hash and row.approved_party_hash == sha256_of(content_of(row, Audience.PARTY))
        why_not = problems if covered else ("审定不再覆盖现在的内容，请退回后重新提请审定",)
        found.append(Action("publish", "发布", effect, _url("publish", row), why_not, needs_tick=True, primary=True))
    if state in (workflow.SUBMITTED, workflow.APPROVED):
        effect = "退回后回到起草中，" + ("已有的审定随之失效，" if state == workflow.APPROVED else "") + "修改后重新提请。"
        found.append(Action("return", "退回", effect, _url("return", row), needs_reason=True))
    return found


def _secrecy(request: SignedRequest, row: Notice) -> dict[str, Any]:
    """The review for secrecy, and the list for those who may go through it, with what they had ticked when it was refused."""
    in_time = row.state in workflow.REVIEW_SECRECY.sources
    return {
        "secrecy": secrecy_of(row),
        "secrecy_objection": why_not_review_secrecy(request.user, row) if in_time else None,
        "checklist": CHECKLIST.items(),
        "ticked": request.POST.getlist("confirmed"),
        "secrecy_note": written(request, "note"),
    }


def _lacks_files(row: Notice) -> bool:
    """Whether files of its editions were given up, or could not be made on this machine."""
    made = Rendering.objects.filter(edition__notice=row).prefetch_related("files")
    return any(rendering.can_be_tried_again for rendering in made)


def _url(name: str, row: Notice) -> str:
    return reverse(f"reports:{name}", args=(row.pk,))


def _audience(request: SignedRequest) -> Audience:
    """Whose text the preview shows; what is submitted and approved is the same whatever is shown."""
    try:
        return Audience(request.GET.get("audience", Audience.SOCIETY))
    except ValueError as unknown:
        raise Http404 from unknown


def _entries(row: Notice, items: Mapping[int, NoticeItem]) -> list[Entry]:
    about = [("notice", [row.pk]), ("noticeitem", [item.pk for item in items.values()])]
    return list(Entry.objects.filter(book=row.inspection.book_id).about(about)[:LINES])
