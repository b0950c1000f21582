"""What a closing rule is, and the facts of an issue that all rules read, fetched once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models

from apps.issues.models import Issue
from apps.units.spoken import first_few

NAMED = 6


class Severity(models.TextChoices):
    """What a problem does to the application."""

    ERROR = "error", "必须满足"
    WARNING = "warning", "可以说明理由"


class Facts:
    """An issue with its measures and figures, as the rules ask for them; whoever has read them already hands them in."""

    def __init__(
        self,
        issue: Issue,
        *,
        measures: Sequence[Any] | None = None,
        indicators: Sequence[Any] | None = None,
        regulations: Sequence[Any] | None = None,
    ) -> None:
        self.issue = issue
        self._measures, self._indicators, self._regulations = measures, indicators, regulations

    @cached_property
    def measures(self) -> list[Any]:
        """All measures of the issue, read with ``for_closing``."""
        return list(self.issue.measures.for_closing() if self._measures is None else self._measures)

    @cached_property
    def indicators(self) -> list[Any]:
        """All figures of the issue with their latest values that count, in the order in which they were registered."""
        return list(self.issue.indicators.with_latest().order_by("pk") if self._indicators is None else self._indicators)

    @cached_property
    def regulations(self) -> list[Any]:
        """All regulations registered for the issue or one of its measures."""
        return list(self.issue.regulations.order_by("pk") if self._regulations is None else self._regulations)


Find = Callable[[Facts], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue. ``find`` yields, for each thing that stands in the way, a sentence that says what to do.

    ``holds`` is what the page says where nothing does. An error blocks; a warning needs a reason that the reviewers see.
    """

    id: str
    title: str
    severity: Severity
    holds: str
    find: Find

    @property
    def blocks(self) -> bool:
        return self.severity == Severity.ERROR

    def problems(self, issue: Issue | Facts) -> list[str]:
        return list(self.find(issue if isinstance(issue, Facts) else Facts(issue)))


def listed(measures: Iterable[Any]) -> str:
    """“2-1、2-3”, the first few of them by number."""
    return first_few([measure.number for measure in measures], NAMED)
