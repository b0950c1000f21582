"""Rounds, issues, closures, look-backs and activities by API; and what the rooms above name of them."""

from typing import Any

from rest_framework.viewsets import GenericViewSet

from apps.issues.api.activities import ActivityViewSet
from apps.issues.api.inputs import DecisionInput
from apps.issues.api.look_backs import LookBackDrawViewSet, LookBackViewSet
from apps.issues.api.rows import SOURCE, IssueBrief
from apps.issues.api.views import CategoryViewSet, ClosureViewSet, InspectionViewSet, IssueViewSet

ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("inspections", InspectionViewSet),
    ("categories", CategoryViewSet),
    ("issues", IssueViewSet),
    ("closures", ClosureViewSet),
    ("look-backs", LookBackViewSet),
    ("look-back-draws", LookBackDrawViewSet),
    ("activities", ActivityViewSet),
)

__all__ = ("ROUTES", "SOURCE", "DecisionInput", "IssueBrief")
