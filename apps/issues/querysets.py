"""Reads of inspections, issues, activities and closures that compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Count, F, Q, When

from apps.issues import policies
from apps.units.policies import sees_all_business

if TYPE_CHECKING:
    from apps.issues.models import Activity, Category, Closure, Inspection, Issue
    from apps.units.models import User


Rows = TypeVar("Rows", bound=models.QuerySet[Any])


def rows_where(rows: Rows, rule: Q) -> Rows:
    """Those rows for which the rule holds, each once, however many rows it joins."""
    return rows.filter(pk__in=rows.model._default_manager.filter(rule).values("pk")) if rule else rows


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections, the latest feedback first."""

    def visible_to(self, user: User) -> Self:
        """Rounds in which the user sees at least one issue; the office and leaders see all."""
        return self if sees_all_business(user) else rows_where(self, policies.visible_issues(user, "issues__"))


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories in the order of their numbers."""

    def visible_to(self, user: User) -> Self:
        """Categories with at least one issue that the user sees; the office and leaders see all."""
        return rows_where(self, policies.visible_issues(user, "issues__"))


class IssueQuerySet(models.QuerySet["Issue"]):
    """Issues in the order of their numbers."""

    def visible_to(self, user: User) -> Self:
        return rows_where(self, policies.visible_issues(user))

    def with_prior(self, user: User) -> Self:
        """Annotate ``prior_seen``: the key of the earlier issue of the same kind, where the user sees that one, too."""
        seen = self.model._default_manager.filter(policies.visible_issues(user)).order_by().values("pk")
        return self.annotate(prior_seen=Case(When(prior_issue__in=seen, then=F("prior_issue_id"))))

    def with_progress(self) -> Self:
        """Annotate ``planned``, the number of measures, and ``finished``, those that the office has verified as done."""
        done = Q(measures__progress__in=("done", "stage_done"))
        return self.annotate(planned=Count("measures"), finished=Count("measures", filter=done))

    def for_sheet(self) -> Self:
        """With what every page on an issue shows."""
        return self.select_related("inspection__book", "category", "lead_unit", "prior_issue").prefetch_related("supporting_units")


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Meetings and other activities of a round."""

    def visible_to(self, user: User) -> Self:
        """Activities of the whole round are for everybody in it; those of an issue go with the issue."""
        if sees_all_business(user):
            return self
        whole_round = Q(issue__isnull=True) & policies.visible_issues(user, "inspection__issues__")
        return rows_where(self, whole_round | policies.visible_issues(user, "issue__"))


class ClosureQuerySet(models.QuerySet["Closure"]):
    """Applications to close an issue."""

    def pending(self) -> Self:
        return self.filter(decision="pending")

    def visible_to(self, user: User) -> Self:
        """Applications go with their issue."""
        return rows_where(self, policies.visible_issues(user, "issue__"))
