"""The page of a person's own tokens, for programs; the administrator ends those of others on the page of the account."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.units import services
from apps.units.errors import ActForbidden, ActRefused
from apps.units.forms import TokenForm, put_refusal
from apps.units.models import ApiToken, Role, User
from apps.units.parameters import refuse_unknown, written

ENDED_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The valid ones and the latest that ended; a new one, whose key is on the page that answers and nowhere else."""
    user = _me(request)
    refuse_unknown(request)
    form, status = TokenForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made, key = services.make_token(actor=user, **form.cleaned_data)
            except ActRefused as refusal:
                put_refusal(form, refusal)
                status = refusal.status
            else:
                return render(request, "units/token_made.html", {"token": made, "key": key})
    own = ApiToken.objects.filter(owner=user)
    valid = list(own.valid())
    ended = own.exclude(pk__in=[row.pk for row in valid])[:ENDED_SHOWN]
    return render(request, "units/tokens.html", {"form": form, "valid": valid, "ended": ended}, status=status)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End an own token; the administrator anybody's, with a reason. One that is neither is not there (404)."""
    user = _me(request)
    rows = ApiToken.objects.all() if user.role == Role.ADMIN else ApiToken.objects.filter(owner=user)
    row = get_object_or_404(rows.select_related("owner"), pk=pk)
    own = row.owner_id == user.pk
    back = redirect("units:tokens") if own else redirect("units:account", row.owner_id)
    try:
        services.revoke_token(actor=user, token=row, reason=written(request, "reason"))
    except ActForbidden:
        raise
    except ActRefused as refusal:
        messages.error(request, refusal.message)
        return back
    messages.success(request, f"令牌“{row.name}”已撤销，用它的程序随即不能再访问。")
    return back


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
