"""The shape of a transition table, and the one way to walk along it. Each room above keeps its own table in ``workflow.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.ledgers.services import ActName
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User

Rule = Callable[[Any], Iterable[str]]
"""A rule reads the row and yields, for each thing that stands in the way, a sentence that says what to do."""


@dataclass(frozen=True)
class Transition:
    """One act on a row: from which states, to which (None: the state stays), by whom, under which rules."""

    act: ActName
    sources: frozenset[str]
    target: str | None
    roles: frozenset[Role]
    rules: tuple[Rule, ...] = ()
    needs_reason: bool = False


def transition(
    act: ActName,
    sources: Sequence[str],
    target: str | None,
    roles: Sequence[Role],
    *,
    rules: tuple[Rule, ...] = (),
    needs_reason: bool = False,
) -> Transition:
    return Transition(act, frozenset(map(str, sources)), target, frozenset(roles), rules, needs_reason)


def check(step: Transition, row: Any, *, field: str, actor: User | None, reason: str = "") -> None:
    """Whether the step may be taken now: role (403), state (409), reason and rules (400), in this order; ``actor`` None is the system."""
    if actor is not None and actor.role not in step.roles:
        raise ActForbidden(f"您的角色不能办理“{step.act.label}”")
    state = getattr(row, field)
    if state not in step.sources:
        shown = getattr(row, f"get_{field}_display")()
        raise ActConflict(f"当前状态是“{shown}”，不能办理“{step.act.label}”。可能有人刚刚处理过，请刷新页面后再看")
    if step.needs_reason and not reason.strip():
        raise ActRefused(f"办理“{step.act.label}”要写明理由", field="reason")
    problems = [sentence for rule in step.rules for sentence in rule(row)]
    if problems:
        raise ActRefused("；".join(problems))


def apply(step: Transition, row: Any, *, field: str, actor: User | None, reason: str = "") -> None:
    """Check the step and set the row's state in memory; the calling service saves it and writes the entry."""
    check(step, row, field=field, actor=actor, reason=reason)
    if step.target is not None:
        setattr(row, field, step.target)


def matrix(table: Iterable[Transition]) -> list[tuple[str, str, str, str]]:
    """The table as rows (act, from, to, roles) for the documents and the tests."""
    return [
        (
            str(step.act.label),
            " / ".join(sorted(step.sources)),
            step.target or "—",
            "、".join(sorted(str(Role(role).label) for role in step.roles)) or "系统",
        )
        for step in table
    ]
