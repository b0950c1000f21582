"""Reads of notices and editions. The public site shows editions and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models

from apps.units.models.people import Role
from apps.units.policies import sees_all_business

if TYPE_CHECKING:
    from apps.reports.models import Edition, Feedback, Notice, NoticeItem
    from apps.units.models import User


def reads_party(user: User) -> bool:
    """What is told inside the Party is read, signed in, by the office, the leaders and the liaisons."""
    return sees_all_business(user) or (user.is_active and user.role == Role.LIAISON)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices, the latest first."""

    def visible_to(self, user: User) -> Self:
        """A notice speaks of the whole round: the office and the leaders see it, nobody else before it is published."""
        return self if sees_all_business(user) else self.none()

    def for_page(self) -> Self:
        """With what the list and the page of a notice show."""
        return self.select_related("inspection__book", "drafted_by", "edited_by", "approved_by").prefetch_related("editions")


class NoticeItemQuerySet(models.QuerySet["NoticeItem"]):
    """The public texts of a notice, in the order of the issues."""

    def visible_to(self, user: User) -> Self:
        """Items go with their notice."""
        return self if sees_all_business(user) else self.none()

    def to_review_by(self, user: User) -> Self:
        """A head sees the items of the unit while they are reviewed, and nothing else of the notice."""
        if not (user.is_active and user.role == Role.LIAISON and user.heads_unit and user.unit_id):
            return self.none()
        return self.filter(issue__lead_unit=user.unit_id, notice__state="reviewing")


class EditionQuerySet(models.QuerySet["Edition"]):
    """Published editions, the latest first."""

    def public(self) -> Self:
        """What is told to society; a Party edition is not."""
        return self.filter(audience="society")

    def party(self, user: User) -> Self:
        """What is told inside the Party, for those who read it."""
        return self.filter(audience="party") if reads_party(user) else self.none()

    def latest_published(self) -> Edition | None:
        return self.public().select_related("inspection").order_by("-published_at", "-pk").first()

    def for_history(self) -> Self:
        """All editions of all rounds, the latest first."""
        return self.public().select_related("inspection").prefetch_related("corrections").order_by("-published_at", "-pk")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Messages of readers, the latest first."""

    def visible_to(self, user: User) -> Self:
        """Sealed messages are the discipline role's alone, all others the office's and the leaders'."""
        if user.is_active and user.role == Role.DISCIPLINE:
            return self.exclude(sealing="")
        return self.filter(sealing="") if sees_all_business(user) else self.none()

    def unsealed(self) -> Self:
        """What the public is told about in numbers."""
        return self.filter(sealing="")

    def for_list(self) -> Self:
        """With what a list shows; keys are drawn, so that time alone gives the order."""
        return self.select_related("inspection", "edition").order_by("-received_at", "-pk")

    def to_answer(self) -> Self:
        return self.filter(state="received")

    def overdue(self, today: dt.date) -> Self:
        return self.to_answer().filter(due_on__lt=today)
