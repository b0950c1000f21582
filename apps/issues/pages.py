"""Pages that ask for an act of the office: a form, its errors in their places, and on to where the act is seen.

A refusal of the service belongs to its field and keeps the status it has (400, 409); what was typed stays in the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from apps.issues.models import Issue
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import Transition

Made = TypeVar("Made")
GET_OR_POST = require_http_methods(("GET", "HEAD", "POST"))


class SignedRequest(HttpRequest):
    """A request behind ``login_required``."""

    user: User
    htmx: HtmxDetails


@dataclass(frozen=True)
class Crumb:
    """A step of the way to a page."""

    label: str
    href: str


@dataclass(frozen=True)
class FormPage:
    """What stands around the form of an act. ``back`` is where “cancel” leads, and the act itself unless it says otherwise.

    ``warning`` says what stands in the way of the act, before anything is filled in.
    """

    title: str
    submit: str
    back: str
    crumbs: Sequence[Crumb] = ()
    intro: str = ""
    facts: Sequence[tuple[str, str]] = field(default=())
    warning: str = ""


def run_form(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    page: FormPage,
    *,
    template: str = "issues/form.html",
    aside: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show the form; when posted, do the act with the cleaned values. ``act`` returns the address to go on to.

    ``aside`` is what the template shows beside the form.
    """
    status = 200
    if request.method == "POST":
        target, status = attempt(form, act)
        if target is not None:
            messages.success(request, f"{page.title}：已办理，并记入台账。")
            return redirect(target)
    context = {**(aside or {}), "form": form, "page": page, "conflict": status == ActConflict.status}
    return render(request, template, context, status=status)


def attempt(form: forms.Form, act: Callable[[dict[str, Any]], Made]) -> tuple[Made | None, int]:
    """What the act made of the values of a posted form; or None and the status of the answer, in which the form says what is wrong. Who
    may not do the act at all (403) is not told by the form."""
    if not form.is_valid():
        return None, 400
    try:
        return act(form.cleaned_data), 200
    except ActForbidden:
        raise
    except ActRefused as refusal:
        put_refusal(form, refusal)
        return None, refusal.status


def put_refusal(form: forms.Form, refusal: ActRefused) -> None:
    """Show the refusal at its field where the form has it, else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


def require_role(user: User, *roles: Role) -> None:
    """Refuse (403) to show the form of an act that the user's role may not do."""
    if user.role not in roles:
        raise ActForbidden("您的角色不能办理这件事，请联系整改办")


def may_take(step: Transition, state: str, user: User) -> bool:
    """Whether a page offers the step: the role may, the state allows it. The service decides."""
    return user.role in step.roles and state in step.sources


def register_crumb() -> Crumb:
    return Crumb("整改台账", reverse("measures:register"))


def issue_page(issue: Issue, title: str, submit: str, intro: str = "") -> FormPage:
    """The frame of an act on an issue."""
    address = reverse("issues:sheet", args=(issue.pk,))
    crumbs = [register_crumb(), Crumb(f"问题 {issue.number}", address)]
    return FormPage(f"{title}：{issue.number} {issue.title}", submit, address, crumbs, intro)
