"""What an application to close an issue stands for, and its fingerprint: the application stores it, every signature and the
decision are bound to it."""

from __future__ import annotations

from typing import Any

from apps.issues.models import Closure, Issue
from apps.issues.rules import Facts
from apps.ledgers import chain

OUTDATED = "提请销号之后内容有变动，申请不再对应现在的内容，请退回后由牵头单位重新提请"


def content_of(issue: Issue, facts: Facts | None = None) -> dict[str, Any]:
    """The issue, its measures with their approved reports and evidence, its figures, its regulations. ``facts`` were read already.

    The lead unit is part of it: it applies, and does not review its own application (回避).
    """
    # The rules are not asked here, so that their facts of each measure need not be read.
    read = facts or Facts(issue, measures=list(issue.measures.order_by("ordinal")))
    figures = [
        {
            "name": row.name,
            "unit": row.unit,
            "value": row.latest,
            "as_of": row.latest_as_of,
            "due": row.due_amount,
            "target": row.target,
            "total": row.total_id,
        }
        for row in read.indicators
    ]
    told = ("number", "title", "finding", "goal", "round", "lead_unit_id")
    return {
        "issue": {name: getattr(issue, name) for name in told},
        "measures": issue.measures.contents_for_closure(read.measures),
        "figures": figures,
        "regulations": [[row.title, row.doc_number, row.kind, row.issued_on, row.sha256] for row in read.regulations],
    }


def content_hash(issue: Issue, facts: Facts | None = None) -> str:
    """SHA-256 over :func:`content_of`."""
    return chain.sha256_of(chain.plain(content_of(issue, facts)))


def covers(closure: Closure, issue: Issue) -> bool:
    """Whether the application still stands for what the issue contains now."""
    return closure.content_hash == content_hash(issue)
