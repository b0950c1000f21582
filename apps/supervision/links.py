"""Addresses behind the figures: the register, narrowed to exactly what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from apps.supervision.scope import Scope
from apps.units.models import Role


@dataclass(frozen=True)
class Links:
    """Links within one scope: its round, its group and its unit are part of each address."""

    scope: Scope

    @property
    def base(self) -> dict[str, str]:
        found = {"inspection": str(self.scope.inspection.pk)}
        if self.scope.group:
            found["group"] = str(self.scope.group.pk)
        if self.scope.unit:
            found["lead"] = str(self.scope.unit.pk)
        return found

    def register(self, **filters: object) -> str:
        """The register under the scope and these filters."""
        return f"{reverse('measures:register')}?{urlencode({**self.base, **{name: str(value) for name, value in filters.items()}})}"

    def page(self, name: str, **further: object) -> str:
        """A page of the dashboard in the same scope."""
        asked = {"inspection": self.scope.inspection.pk}
        if self.scope.group:
            asked["group"] = self.scope.group.pk
        if self.scope.unit and self.scope.user.role != Role.LIAISON:
            asked["unit"] = self.scope.unit.pk
        return f"{reverse(name)}?{urlencode({**asked, **further})}"

    def of_unit(self, unit: int) -> str:
        """The dashboard of one unit; a liaison is on it already."""
        if self.scope.user.role == Role.LIAISON:
            return ""
        return f"{reverse('supervision:dashboard')}?{urlencode({'inspection': self.scope.inspection.pk, 'unit': unit})}"

    def regulations(self, kind: str) -> str:
        """The register of regulations lists the whole round: a narrower count has no address."""
        if not self.scope.is_whole:
            return ""
        return f"{reverse('measures:regulations')}?{urlencode({'inspection': self.scope.inspection.pk, 'kind': kind})}"

    def all_regulations(self) -> str:
        return f"{reverse('measures:regulations')}?{urlencode({'inspection': self.scope.inspection.pk})}"

    def figures(self) -> str:
        return f"{reverse('measures:figures')}?{urlencode({'inspection': self.scope.inspection.pk})}"

    def missing(self, period: str, unit: int) -> str:
        return f"{reverse('measures:missing')}?{urlencode({'inspection': self.scope.inspection.pk, 'period': period, 'unit': unit})}"
