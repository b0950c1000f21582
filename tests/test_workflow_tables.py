"""Every state × act × role of every transition table, against the tables as they are meant, written out here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from apps.issues import workflow as issues
from apps.issues.models import Issue, SignOff
from apps.measures import workflow as measures
from apps.measures.models import Extension, ImportRun, Measure
from apps.reports import workflow as reports
from apps.reports.models import Feedback, Notice
from apps.supervision import workflow as supervision
from apps.supervision.models import Clue, Dispatch, Escalation, Letter, Visit
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import Transition, apply, check, matrix

TELLING = "prose_is_filled every_issue_is_told figures_are_proved nothing_is_withheld"

# act | from | to | roles | reason | rules; “-” the state stays, “” none
ISSUES = """
issues.apply_closure  | open         | applied | liaison           |        | no_blocking_rule
issues.agree_closure  | applied      | closed  | office            |        | no_blocking_rule every_body_agreed
issues.return_closure | applied      | open    | office            | reason |
issues.hold_look_back | closed       | -       | office supervisor |        |
issues.reopen         | closed       | open    | office supervisor | reason |
issues.amend_issue    | open applied | -       | office            | reason |
issues.assign_issue   | open applied | -       | office            | reason |
"""
SIGN_OFFS = """
issues.agree_sign_off  | pending        | agreed   | liaison supervisor office |        |
issues.return_sign_off | pending agreed | returned | liaison supervisor office | reason |
"""
MEASURES = """
measures.report_progress | not_started ongoing stage_done done | in_review | liaison office | | issue_not_closed issue_not_applied
measures.approve | in_review | - | office | |
measures.send_back | in_review | - | office | reason |
measures.amend_measure | not_started ongoing in_review stage_done done | - | office | reason | issue_not_closed
measures.assign_measure | not_started ongoing in_review stage_done done | - | office | | issue_not_closed
measures.request_extension | not_started ongoing | - | liaison | reason | issue_not_closed
measures.update_evidence | not_started ongoing stage_done done | - | liaison office | | issue_not_closed evidence_rests
measures.claim_review | in_review | - | office | |
measures.release_review | in_review | - | office | |
"""
SYSTEM = """
measures.resume_stage | stage_done | ongoing | | | issue_not_closed
measures.return_unfounded | in_review stage_done done | ongoing | | | issue_not_closed
"""
IMPORTS = """
measures.set_import   | setting ready failed | reading  | office | |
measures.set_import   | setting ready        | setting  | office | |
measures.apply_import | ready                | applying | office | |
measures.drop_import  | setting ready failed | dropped  | office | |
"""
EXTENSIONS = """
measures.agree_extension   | pending  | agreed   | office     |        | first_request
measures.refuse_extension  | pending  | refused  | office     | reason |
measures.endorse_extension | pending  | endorsed | office     |        | later_request
measures.agree_extension   | endorsed | agreed   | supervisor |        |
measures.refuse_extension  | endorsed | refused  | supervisor | reason |
"""
LETTERS = """
supervision.sign_letter   | sent   | signed   | liaison | |
supervision.answer_letter | signed | answered | liaison | |
supervision.close_letter | answered | closed | office supervisor | |
supervision.return_answer | answered | signed | office supervisor | reason |
supervision.escalate_letter | sent signed | escalated | office supervisor | |
"""
PROPOSALS = """
supervision.decline_escalation | open | declined | office supervisor | reason |
"""
VISITS = """
supervision.amend_visit  | planned | -         | office supervisor |        |
supervision.cancel_visit | planned | cancelled | office supervisor | reason | nothing_seen_yet
supervision.hold_visit   | planned | held      | office supervisor |        |
"""
DISPATCHES = """
supervision.amend_dispatch | planned under_way | -         | office supervisor | |
supervision.set_agenda     | planned under_way | -         | office supervisor | |
supervision.begin_dispatch | planned           | under_way | office supervisor | | something_to_discuss
supervision.decide_item    | under_way         | -         | office supervisor | |
supervision.close_dispatch | under_way         | closed    | office supervisor | |
"""
NOTICES = f"""
reports.amend_notice   | draft submitted approved | draft     | office            |        |
reports.amend_item     | draft submitted approved | draft     | office            |        |
reports.set_layout     | draft submitted approved | draft     | office            |        |
reports.add_items      | draft submitted approved | draft     | office            |        |
reports.amend_notice   | reviewing                | -         | office            |        |
reports.amend_item     | reviewing                | -         | office            |        |
reports.set_layout     | reviewing                | -         | office            |        |
reports.add_items      | reviewing                | -         | office            |        |
reports.circulate      | draft                    | reviewing | office            |        | {TELLING}
reports.review_item    | reviewing                | -         | liaison           |        |
reports.pass_over      | reviewing                | -         | office            | reason |
reports.remind_heads   | reviewing                | -         | office            |        |
reports.submit_notice  | draft reviewing          | submitted | office            |        | {TELLING} units_have_agreed
reports.approve_notice | submitted                | approved  | office supervisor |        | {TELLING}
reports.return_notice  | submitted approved       | draft     | office supervisor | reason |
reports.publish        | approved                 | published | office            |        | {TELLING} secrecy_is_reviewed
"""
FEEDBACK = """
reports.answer_feedback    | received | answered | office | |
reports.set_aside_feedback | received | aside    | office | reason |
"""
SEALED = """
reports.answer_feedback    | received | answered | discipline | |
reports.set_aside_feedback | received | aside    | discipline | reason |
reports.hand_over_feedback | received | -        | discipline | | sealed_by_rule
"""

SECRECY = "reports.review_secrecy | submitted approved | - | office supervisor | |"
FIGURES = """
reports.decide_figure   | draft reviewing submitted | - | office |        |
reports.withdraw_figure | draft reviewing submitted | - | office | reason |
reports.ask_registration | draft reviewing submitted | - | office |        |
"""
EXCEPTIONS = """
reports.ask_exception      | draft reviewing submitted approved | - | office            | reason |
reports.approve_exception  | draft reviewing submitted approved | - | supervisor        |        |
reports.refuse_exception   | draft reviewing submitted approved | - | supervisor        | reason |
reports.withdraw_exception | draft reviewing submitted approved | - | office supervisor | reason |
"""
CLUES = """
supervision.take_up_clue  | received          | handling  | discipline | |
supervision.conclude_clue | received handling | concluded | discipline | |
"""


@dataclass(frozen=True)
class Line:
    """One line of a table as it is meant."""

    act: str
    sources: frozenset[str]
    target: str | None
    roles: frozenset[str]
    needs_reason: bool
    rules: tuple[str, ...]


def lines(text: str) -> list[Line]:
    """The lines of a table written out above."""
    cells = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [
        Line(
            act, frozenset(sources.split()), None if target == "-" else target, frozenset(roles.split()), bool(reason), tuple(rules.split())
        )
        for act, sources, target, roles, reason, rules in cells
    ]


def meant_of(step: Transition) -> Line:
    """A transition of the code in the same shape."""
    rules = tuple(rule.__name__ for rule in step.rules)
    return Line(str(step.act.value), step.sources, step.target, frozenset(map(str, step.roles)), step.needs_reason, rules)


TABLES: dict[str, tuple[tuple[Transition, ...], str, Any]] = {
    "issues": (issues.TABLE, ISSUES, Issue.ClosureState),
    "sign-offs": (issues.SIGN_OFF_TABLE, SIGN_OFFS, SignOff.Decision),
    "measures": (measures.TABLE, MEASURES, Measure.State),
    "measures of the system": (measures.SYSTEM_TABLE, SYSTEM, Measure.State),
    "extensions": (measures.EXTENSION_TABLE, EXTENSIONS, Extension.Decision),
    "imports": (measures.IMPORT_TABLE, IMPORTS, ImportRun.State),
    "letters": (supervision.TABLE, LETTERS, Letter.State),
    "proposals": (supervision.PROPOSAL_TABLE, PROPOSALS, Escalation.State),
    "visits": (supervision.VISIT_TABLE, VISITS, Visit.State),
    "dispatches": (supervision.DISPATCH_TABLE, DISPATCHES, Dispatch.State),
    "notices": (reports.TABLE, NOTICES, Notice.State),
    "secrecy": (reports.SECRECY_TABLE, SECRECY, Notice.State),
    "figures": (reports.FIGURES_TABLE, FIGURES, Notice.State),
    "exceptions": (reports.EXCEPTION_TABLE, EXCEPTIONS, Notice.State),
    "clues": (supervision.CLUE_TABLE, CLUES, Clue.State),
    "feedback": (reports.FEEDBACK, FEEDBACK, Feedback.State),
    "sealed messages": (reports.SEALED, SEALED, Feedback.State),
}


class Row:
    """A row with nothing but a state."""

    def __init__(self, state: str) -> None:
        self.state = state

    def get_state_display(self) -> str:
        return f"状态{self.state}"


def cases() -> Iterator[tuple[Transition, Line, str, Role]]:
    for table, text, states in TABLES.values():
        for step, line in zip(table, lines(text), strict=True):
            for state, role in itertools.product(states.values, Role):
                yield step, line, state, role


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_the_one_that_is_meant(name: str) -> None:
    table, text, states = TABLES[name]
    assert [meant_of(step) for step in table] == lines(text)
    for line in lines(text):
        assert line.sources | {line.target or next(iter(line.sources))} <= set(states.values)
        assert line.roles <= set(Role.values)


def test_every_combination_of_state_act_and_role_is_answered_as_meant() -> None:
    """Role first (403), then state (409), then the reason (400); only then the state changes."""
    tried = 0
    for step, line, state, role in cases():
        bare, row, actor = replace(step, rules=()), Row(state), User(role=role)
        allowed = str(role) in line.roles and state in line.sources
        if allowed and line.needs_reason:
            with pytest.raises(ActRefused, match="要写明理由") as refused:
                apply(bare, row, field="state", actor=actor, reason=" \n")
            assert (refused.value.status, refused.value.field, row.state) == (400, "reason", state)
        if allowed:
            apply(bare, row, field="state", actor=actor, reason="有理由")
            assert row.state == (line.target or state)
        else:
            error, words = (ActConflict, f"当前状态是“状态{state}”") if str(role) in line.roles else (ActForbidden, "您的角色不能办理")
            with pytest.raises(error, match=words):
                apply(bare, row, field="state", actor=actor, reason="有理由")
            assert row.state == state
        tried += 1
    assert tried == len(Role) * (
        7 * 3 + 2 * 3 + 9 * 5 + 2 * 5 + 5 * 4 + 4 * 7 + 5 * 5 + 1 * 4 + 3 * 3 + 5 * 3 + 16 * 5 + 1 * 5 + 3 * 5 + 4 * 5 + 2 * 3 + 5 * 3
    )


def test_the_keepers_of_the_house_have_no_act_on_business_rows() -> None:
    """三员分立: administrators and auditors stand in no table, the discipline role in those of what is sealed alone."""
    sealed = ("clues", "sealed messages")
    acting = {role for name, (table, _text, _states) in TABLES.items() if name not in sealed for step in table for role in step.roles}
    assert {role for name in sealed for step in TABLES[name][0] for role in step.roles} == {Role.DISCIPLINE}
    assert acting == {Role.OFFICE, Role.LIAISON, Role.SUPERVISOR}


def test_the_system_itself_needs_no_role_but_the_state() -> None:
    row = Row(Measure.State.IN_REVIEW)
    check(replace(measures.APPROVE, rules=()), row, field="state", actor=None)
    with pytest.raises(ActConflict, match="请刷新页面"):
        check(replace(measures.APPROVE, rules=()), Row(Measure.State.DONE), field="state", actor=None)


def test_every_rule_is_asked_and_all_that_stand_in_the_way_are_told() -> None:
    step = replace(measures.APPROVE, rules=(lambda _row: ["甲"], lambda _row: [], lambda _row: ["乙", "丙"]))
    row = Row(Measure.State.IN_REVIEW)
    with pytest.raises(ActRefused, match=r"^甲；乙；丙$"):
        apply(replace(step, target="done"), row, field="state", actor=User(role=Role.OFFICE))
    assert row.state == Measure.State.IN_REVIEW
    apply(replace(step, rules=(lambda _row: [],), target="done"), row, field="state", actor=User(role=Role.OFFICE))
    assert row.state == "done"


@pytest.mark.parametrize("name", TABLES)
def test_the_matrix_says_each_line_in_words(name: str) -> None:
    table, text, _states = TABLES[name]
    printed = matrix(table)
    assert len(printed) == len(lines(text))
    for (label, sources, target, roles), step, line in zip(printed, table, lines(text), strict=True):
        assert label == step.act.label
        assert sources.split(" / ") == sorted(line.sources)
        assert target == (line.target or "—")
        assert set(roles.split("、")) == ({Role(role).label for role in line.roles} or {"系统"})


def test_a_matrix_in_full() -> None:
    assert matrix(issues.TABLE)[0] == ("提请销号", "open", "applied", "单位联络员")
    assert matrix(measures.TABLE)[3][1:] == ("done / in_review / not_started / ongoing / stage_done", "—", "整改办")
