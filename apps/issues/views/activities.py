"""Meetings and other activities of a round: the list, one of them with what it decided, and how an item becomes a measure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues import services
from apps.issues.filters import ActivityFilter
from apps.issues.forms.issues import RowForm, initial_of, narrowed, words
from apps.issues.models import Activity, DecidedItem, Inspection, Issue
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.ledgers.models import Entry
from apps.units.filters import problems_of
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, page_of
from apps.units.spoken import SpokenForm

BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
A_PAGE = 50
LINES = 100


class AmendActivityForm(RowForm):
    """What is on record of an activity, with the reason of the change; ``seen`` tells a stale page."""

    model = Activity
    columns = ("kind", "title", "held_on", "issue", "attendance", "decided")
    last = ("reason", "seen")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, error_messages={"required": "页面已过期，请刷新后再提交"})
    reason = words("修改理由", rows=2, help_text="写明依据，修改前后的内容会一并记入台账。")

    def __init__(self, *args: Any, issues: QuerySet[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "issue", issues)
        self.fields["decided"].help_text = "一行一项。已转为措施的事项可以改写，不能删去。"


class ItemForm(SpokenForm):
    """For which issue an item of a whole round becomes a measure."""

    issue = forms.ModelChoiceField(label="归入哪个问题", queryset=Issue.objects.none())

    def __init__(self, *args: Any, issues: QuerySet[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "issue", issues)


@require_safe
def activities(request: SignedRequest) -> HttpResponse:
    """The activities of a round, filtered; the latest first, those of no known day last."""
    require_role(request.user, *BUSINESS)
    rounds = list(Inspection.objects.visible_to(request.user).select_related("book"))
    asked = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in rounds])
    inspection = next((row for row in rounds if not asked or str(row.pk) == asked), None)
    if inspection is None:
        return render(request, "issues/activities.html", {"inspection": None})
    filterset = ActivityFilter(request.GET, user=request.user, rounds=rounds, inspection=inspection)
    problems = problems_of(filterset)
    rows = filterset.seen.none() if problems else filterset.qs
    counts = dict(filterset.seen.order_by().values_list("kind").annotate(n=Count("pk")))
    listed = rows.select_related("issue").annotate(decided_count=Count("items")).order_by("-held_on", "-pk")
    context = {
        "inspection": inspection,
        "filter": filterset,
        "problems": problems,
        "page": page_of(listed, request, A_PAGE),
        "kinds": [(value, label, counts[value]) for value, label in Activity.Kind.choices if counts.get(value)],
        "total": sum(counts.values()),
        "is_office": request.user.role == Role.OFFICE,
    }
    return render(request, "issues/activities.html", context, status=400 if problems else 200)


@require_safe
def activity(request: SignedRequest, pk: int) -> HttpResponse:
    """One activity: who came, what was decided, and the measures the items became."""
    row = _row(request, pk)
    context = {
        "activity": row,
        "items": _items(row, request.user),
        "entries": Entry.objects.filter(book=row.inspection.book_id).about([("activity", [row.pk])])[:LINES],
        "is_office": request.user.role == Role.OFFICE,
    }
    return render(request, "issues/activity.html", context)


def _items(row: Activity, user: User) -> list[tuple[DecidedItem, list[Any]]]:
    """Each item with the measures in sight that it became."""
    items = list(row.items.order_by("ordinal"))
    found: dict[int, list[Any]] = {item.pk: [] for item in items}
    became: Any = DecidedItem._meta.get_field("measures").related_model
    for measure in became.objects.visible_to(user).filter(decided_item__in=items).select_related("issue", "lead_unit"):
        found[measure.decided_item_id].append(measure)
    return [(item, found[item.pk]) for item in items]


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """The office changes what is on record of an activity."""
    row = _row(request, pk)
    require_role(request.user, Role.OFFICE)
    address = reverse("issues:activity", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        reason, seen = values.pop("reason"), values.pop("seen")
        services.amend_activity(actor=request.user, activity=row, values=values, reason=reason, seen=seen)
        return address

    initial = {**initial_of(row, AmendActivityForm.columns), "seen": services.fingerprint(row)}
    form = AmendActivityForm(request.POST or None, issues=row.inspection.issues.all(), initial=initial)
    crumbs = [Crumb("会议活动", reverse("issues:activities")), Crumb(row.title, address)]
    return run_form(request, form, act, FormPage("修改会议活动", "保存修改", address, crumbs))


@require_safe
def item_to_measure(request: SignedRequest, pk: int) -> HttpResponse:
    """转为措施: on to the form of a new measure, with the words of the item; an item of the whole round asks for the issue first."""
    seen = Activity.objects.visible_to(request.user)
    item = get_object_or_404(DecidedItem.objects.filter(activity__in=seen).select_related("activity__inspection", "activity__issue"), pk=pk)
    require_role(request.user, Role.OFFICE)
    row = item.activity
    open_issues = row.inspection.issues.filter(closure=Issue.ClosureState.OPEN)
    form = ItemForm(request.GET if "issue" in request.GET else None, issues=open_issues)
    issue = row.issue or (form.cleaned_data["issue"] if form.is_valid() else None)
    if issue is not None:
        return redirect(f"{reverse('measures:add', args=(issue.pk,))}?item={item.pk}")
    context = {"item": item, "activity": row, "form": form}
    return render(request, "issues/item_to_measure.html", context, status=400 if form.is_bound else 200)


def _row(request: SignedRequest, pk: int) -> Activity:
    require_role(request.user, *BUSINESS)
    rows = Activity.objects.visible_to(request.user).select_related("inspection__book", "issue")
    row: Activity = get_object_or_404(rows, pk=pk)
    return row
