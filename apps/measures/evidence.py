"""Evidence as pages show it: the latest version, those before it, and where else the same file is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.issues.models import Issue
from apps.issues.pages import may_take
from apps.measures import workflow
from apps.measures.models import Evidence, EvidenceVersion, Measure, Progress
from apps.measures.policies import reports_on
from apps.units.models import Role, User


@dataclass(frozen=True)
class Use:
    """Another measure whose evidence is the same file."""

    measure: int
    label: str


@dataclass(frozen=True)
class EvidenceLine:
    """A piece of evidence with its versions, the newest first."""

    row: Evidence
    versions: list[EvidenceVersion]
    uses: list[Use]

    @property
    def latest(self) -> EvidenceVersion:
        return self.versions[0]

    @property
    def earlier(self) -> list[EvidenceVersion]:
        return self.versions[1:]

    @property
    def changed_since_review(self) -> bool:
        """No version is handed in while a review waits, so what came after the first came after the approval."""
        return len(self.versions) > 1 and self._review == Progress.Review.APPROVED

    @property
    def is_unfounded(self) -> bool:
        """Evidence of a report that was found untrue on site proves nothing any more."""
        return self.row.progress is not None and self.row.progress.unfounded_on is not None

    @property
    def is_returned(self) -> bool:
        """Evidence of a report that was sent back proves nothing by itself."""
        return self._review == Progress.Review.RETURNED

    @property
    def _review(self) -> str:
        return self.row.progress.review if self.row.progress is not None else ""


def evidence_lines(measure: Measure, user: User) -> list[EvidenceLine]:
    """The evidence of a measure, the newest first, in three queries whatever its number."""
    rows = list(measure.evidence.select_related("progress").prefetch_related("versions__uploaded_by").order_by("-pk"))
    uses = other_uses({version.sha256 for row in rows for version in row.versions.all()}, measure, user)
    lines = [EvidenceLine(row, list(row.versions.all()), []) for row in rows]
    return [EvidenceLine(line.row, line.versions, _joined(line.versions, uses)) for line in lines if line.versions]


def other_uses(digests: Iterable[str], measure: Measure, user: User) -> dict[str, list[Use]]:
    """By fingerprint, the other measures with the same file, in the order of their numbers; only such as the user may see."""
    seen = Measure.objects.visible_to(user).exclude(pk=measure.pk)
    found: dict[str, list[Use]] = {}
    rows = (
        EvidenceVersion.objects.filter(sha256__in=set(digests), evidence__measure__in=seen)
        .order_by("evidence__measure__issue__inspection", "evidence__measure__issue__number", "evidence__measure__ordinal")
        .values_list(
            *("sha256", "evidence__measure", "evidence__measure__issue__number", "evidence__measure__ordinal"),
            *("evidence__measure__issue__inspection", "evidence__measure__issue__inspection__name"),
        )
        .distinct()
    )
    for digest, pk, number, ordinal, inspection, name in rows:
        label = f"{number}-{ordinal}" if inspection == measure.issue.inspection_id else f"{name} {number}-{ordinal}"
        found.setdefault(digest, []).append(Use(pk, label))
    return found


def _joined(versions: Iterable[EvidenceVersion], uses: dict[str, list[Use]]) -> list[Use]:
    return list(dict.fromkeys(use for version in versions for use in uses.get(version.sha256, ())))


def may_update(user: User, measure: Measure) -> bool:
    """Whether a page offers a new version; the service decides."""
    offered = may_take(workflow.UPDATE_EVIDENCE, measure.progress, user) and measure.issue.closure == Issue.ClosureState.OPEN
    return offered and (user.role == Role.OFFICE or reports_on(user, measure))
