"""Reads of inspections, issues, activities and closures that compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from apps.issues import policies
from apps.units.policies import sees_all_business

if TYPE_CHECKING:
    from apps.issues.models import Activity, Category, Closure, Inspection, Issue, LookBack, SignOff
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

    def worked_on_by(self, user: User) -> Self:
        """What the user sees, less what their unit only reviews: the subject of the register."""
        return rows_where(self, policies.working_issues(user))

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
        return self.select_related(
            "inspection__book", "category", "lead_unit", "prior_issue__inspection", "prior_issue__lead_unit"
        ).prefetch_related("supporting_units")

    def with_risks(self) -> Self:
        """Annotate what makes a relapse likelier, for the weights of a look-back draw."""
        every = self.model._default_manager.order_by().filter(pk=OuterRef("pk"))

        def counted(path: str, **condition: str) -> Coalesce:
            rows = every.filter(**condition).values("pk").annotate(n=Count(path)).values("n")
            return Coalesce(Subquery(rows), 0)

        return self.annotate(
            extensions_agreed=counted("measures__extensions", measures__extensions__decision="agreed"),
            reports_returned=counted("measures__reports", measures__reports__review="returned"),
            closures_returned=counted("closures", closures__decision="returned"),
            relapses=counted("look_backs", look_backs__finding="relapsed"),
            has_money=Exists(every.filter(indicators__kind="money")),
        )


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Meetings and other activities of a round."""

    def visible_to(self, user: User) -> Self:
        """Activities of the whole round are for everybody in it; those of an issue go with the issue, and the dispatch meeting of one
        group is for the group and for those who see an issue that it was about."""
        if sees_all_business(user):
            return self
        whole_round = Q(issue__isnull=True) & policies.visible_issues(user, "inspection__issues__")
        told = Q(dispatch__group__isnull=True) | Q(dispatch__group__members=user)
        told |= policies.visible_issues(user, "dispatch__items__measure__issue__")
        return rows_where(self, (whole_round & told) | policies.visible_issues(user, "issue__"))


class ClosureQuerySet(models.QuerySet["Closure"]):
    """Applications to close an issue."""

    def pending(self) -> Self:
        return self.filter(decision="pending")

    def for_queue(self) -> Self:
        """The longest waiting first, with what a row of the queue shows."""
        return (
            self.select_related("issue__inspection", "issue__lead_unit", "applied_by", "decided_by")
            .prefetch_related("sign_offs__body", "sign_offs__signed_by")
            .order_by("applied_on", "pk")
        )

    def visible_to(self, user: User) -> Self:
        """Applications go with their issue."""
        return rows_where(self, policies.visible_issues(user, "issue__"))


class SignOffQuerySet(models.QuerySet["SignOff"]):
    """Signatures under applications, given or asked for."""

    def visible_to(self, user: User) -> Self:
        """Signatures go with the issue."""
        return rows_where(self, policies.visible_issues(user, "closure__issue__"))

    def waiting_for(self, user: User) -> Self:
        """What the user's unit has still to sign, and the user may: an application of their own is for a colleague."""
        if user.unit_id is None or not user.is_active or user.role not in policies.REVIEWERS:
            return self.none()
        return self.filter(body=user.unit_id, decision="pending", closure__decision="pending").exclude(closure__applied_by=user.pk)


class LookBackQuerySet(models.QuerySet["LookBack"]):
    """Look-backs, planned and held."""

    def visible_to(self, user: User) -> Self:
        """Look-backs go with their issue."""
        return rows_where(self, policies.visible_issues(user, "issue__"))

    def planned(self) -> Self:
        """Still to be held: those of rounds that a relapse has ended are not."""
        return self.filter(finding="planned", round=F("issue__round"), issue__closure="closed")

    def held(self) -> Self:
        return self.exclude(finding="planned")

    def relapse_rates(self) -> list[dict[str, Any]]:
        """By lead unit: look-backs held, and those that found a relapse; the most relapses first."""
        rows = self.held().order_by().values(unit=F("issue__lead_unit__short_name"), unit_id=F("issue__lead_unit"))
        counted: list[dict[str, Any]] = [
            dict(row) for row in rows.annotate(held=Count("pk"), relapsed=Count("pk", filter=Q(finding="relapsed")))
        ]
        return sorted(counted, key=lambda row: (-row["relapsed"], -row["held"], row["unit_id"]))
