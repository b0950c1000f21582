"""Supervision letters and notices: every act, in every state, by everybody (how to read the tables: ``tests/cells.py``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.issues.models import Issue
from apps.reports import services as notices
from apps.reports import workflow as notice_tables
from apps.reports.circulation import item_hash
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Audience, Notice, NoticeItem
from apps.reports.secrecy import CHECKLIST
from apps.supervision import workflow as letter_tables
from apps.supervision.models import Escalation, Letter
from apps.supervision.services import answer_letter, close_letter, decline_escalation, escalate_letter, return_answer, sign_letter
from apps.units.models import User
from tests import factories as make
from tests.api_world import url
from tests.cells import Inside, Outside, Patch, Scene, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells
from tests.secrecy import reviewed
from tests.supervision import letter, reply_day
from tests.test_notice import prose

pytestmark = pytest.mark.django_db

LETTERS = """
act                            | from             | to        | office lead helper foreign covering elsewhere leader admin auditor
supervision.sign_letter        | sent             | signed    | 403    done 404    404     403      404       403    404   404
                               | signed answered  | -         | 403    409  404    404     403      404       403    404   404
                               | closed escalated | -         | 403    409  404    404     403      404       403    404   404
supervision.answer_letter      | signed           | answered  | 403    done 404    404     403      404       403    404   404
                               | sent answered    | -         | 403    409  404    404     403      404       403    404   404
                               | closed escalated | -         | 403    409  404    404     403      404       403    404   404
supervision.close_letter       | answered         | closed    | done   403  404    404     done     404       done   404   404
                               | sent signed      | -         | 409    403  404    404     409      404       409    404   404
                               | closed escalated | -         | 409    403  404    404     409      404       409    404   404
supervision.return_answer      | answered         | signed    | done   403  404    404     done     404       done   404   404
                               | sent signed      | -         | 409    403  404    404     409      404       409    404   404
                               | closed escalated | -         | 409    403  404    404     409      404       409    404   404
supervision.escalate_letter    | sent signed      | escalated | done   403  404    404     done     404       done   404   404
                               | answered closed  | -         | 409    403  404    404     409      404       409    404   404
                               | escalated        | -         | 409    403  404    404     409      404       409    404   404
supervision.decline_escalation | open             | declined  | done   403  404    404     done     404       done   404   404
                               | sent declined    | -         | 409    403  404    404     409      404       409    404   404
                               | lapsed           | -         | 409    403  404    404     409      404       409    404   404
"""
# The drafter is of the office, too.
NOTICES = """
act                    | from                     | to        | office drafter lead helper foreign covering elsewhere leader admin auditor
reports.amend_notice   | draft submitted approved | draft     | done   done    404  404    404     404      404       403    404   404
                       | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | published                | -         | 409    409     404  404    404     404      404       403    404   404
reports.amend_item     | draft submitted approved | draft     | done   done    404  404    404     404      404       403    404   404
                       | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | published                | -         | 409    409     404  404    404     404      404       403    404   404
reports.set_layout     | draft submitted approved | draft     | done   done    404  404    404     404      404       403    404   404
                       | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | published                | -         | 409    409     404  404    404     404      404       403    404   404
reports.add_items      | draft submitted approved | draft     | done   done    404  404    404     404      404       403    404   404
                       | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | published                | -         | 409    409     404  404    404     404      404       403    404   404
reports.circulate      | draft                    | reviewing | done   done    404  404    404     404      404       403    404   404
                       | reviewing submitted      | -         | 409    409     404  404    404     404      404       403    404   404
                       | approved published       | -         | 409    409     404  404    404     404      404       403    404   404
reports.review_item    | reviewing                | =         | 404    404     done 404    404     404      404       404    404   404
                       | draft submitted          | -         | 404    404     404  404    404     404      404       404    404   404
                       | approved published       | -         | 404    404     404  404    404     404      404       404    404   404
reports.pass_over      | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | draft submitted          | -         | 409    409     404  404    404     404      404       403    404   404
                       | approved published       | -         | 409    409     404  404    404     404      404       403    404   404
reports.remind_heads   | reviewing                | =         | done   done    404  404    404     404      404       403    404   404
                       | draft submitted          | -         | 409    409     404  404    404     404      404       403    404   404
                       | approved published       | -         | 409    409     404  404    404     404      404       403    404   404
reports.submit_notice  | draft reviewing          | submitted | done   done    404  404    404     404      404       403    404   404
                       | submitted approved published | -     | 409    409     404  404    404     404      404       403    404   404
reports.approve_notice | submitted                | approved  | done   403     404  404    404     404      404       done   404   404
                       | draft reviewing          | -         | 409    409     404  404    404     404      404       409    404   404
                       | approved published       | -         | 409    409     404  404    404     404      404       409    404   404
reports.return_notice  | submitted approved       | draft     | done   done    404  404    404     404      404       done   404   404
                       | draft reviewing published | -        | 409    409     404  404    404     404      404       409    404   404
reports.publish        | approved                 | published | done   done    404  404    404     404      404       403    404   404
                       | draft reviewing          | -         | 409    409     404  404    404     404      404       403    404   404
                       | submitted published      | -         | 409    409     404  404    404     404      404       403    404   404
reports.review_secrecy | submitted approved       | =         | done   403     404  404    404     404      404       done   404   404
                       | draft reviewing published | -        | 409    409     404  404    404     404      404       409    404   404
"""


def letter_trials(here: Scene) -> dict[str, Trial]:
    """The letter is late, so that it may be followed up; a proposal to do so is open."""
    sent = letter(here.measure)
    late: dict[str, Any] = {"reply_by": make.days(-1)}
    signed = {**late, "signed_by": here.lead, "signed_at": timezone.now()}
    answered = {**signed, "answered_by": here.lead, "answered_on": make.today()}
    closed = {**answered, "closed_by": make.office(), "closed_on": make.today()}
    facts: dict[str, dict[str, Any]] = {"sent": late, "signed": signed, "answered": answered, "closed": closed, "escalated": late}
    states: dict[str, list[Patch]] = {state: [(sent, {"state": state, **facts[state]})] for state in Letter.State.values}
    proposal = Escalation.objects.create(letter=sent, level="orange", title="橙色督查单", proposed_on=make.today(), because="已过期限")
    proposed: dict[str, list[Patch]] = {state: [(proposal, {"state": state})] for state in Escalation.State.values}
    day = reply_day()
    again: dict[str, Any] = {"requirement": "请补充", "reply_by": day}

    def trial(act: Callable[[User], object], verb: str, body: dict[str, Any], **more: Any) -> Trial:
        return Trial(sent, "state", states, act, lambda: (url("letters", sent.pk, verb), body), **more)

    def send_back(by: User, requirement: str = "请补充") -> object:
        return return_answer(actor=by, letter=sent, requirement=requirement, reply_by=day)

    def decline(by: User, note: str = "已电话核实") -> object:
        return decline_escalation(actor=by, escalation=proposal, note=note)

    return {
        "supervision.sign_letter": trial(lambda by: sign_letter(actor=by, letter=sent), "sign", {}),
        "supervision.answer_letter": trial(lambda by: answer_letter(actor=by, letter=sent, answer="已办"), "answer", {"answer": "已办"}),
        "supervision.close_letter": trial(lambda by: close_letter(actor=by, letter=sent), "close", {}),
        "supervision.return_answer": trial(send_back, "return", again, bare=lambda by: send_back(by, "")),
        "supervision.escalate_letter": trial(
            lambda by: escalate_letter(actor=by, letter=sent, **again),
            "escalate",
            again,
            entries=dict.fromkeys(("sent", "signed"), ("supervision.send_letter", "supervision.escalate_letter")),
        ),
        "supervision.decline_escalation": Trial(
            proposal,
            "state",
            proposed,
            decline,
            lambda: (url("letters", sent.pk, "decline"), {"note": "已电话核实"}),
            bare=lambda by: decline(by, ""),
        ),
    }


class Notices:
    """A notice that was approved once, and the ways to act on it."""

    def __init__(self, here: Scene) -> None:
        self.here, self.drafter = here, here.people["drafter"]
        drafted = notices.draft_notice(actor=self.drafter, inspection=here.inspection, prose=prose(), texts={1: "已全部整改到位。"})
        notices.submit_notice(actor=self.drafter, notice=drafted)
        self.notice = notices.approve_notice(actor=make.leader(), notice=drafted)
        self.item = NoticeItem.objects.get(notice=drafted)

    def trial(self, act: Callable[[User], object], door: Callable[[], tuple[str, dict[str, Any]]], **more: Any) -> Trial:
        states: dict[str, list[Patch]] = {state: [(self.notice, {"state": state})] for state in Notice.State.values}
        return Trial(self.notice, "state", states, act, door, **more)

    def page(self, *parts: object) -> str:
        return f"/notices/{self.notice.pk}/{'/'.join(map(str, parts))}/"

    def shown(self, verb: str) -> Callable[[], tuple[str, dict[str, Any]]]:
        return lambda: (
            url("notices", self.notice.pk, verb),
            {"content_hash": sha256_of(content_of(Notice.objects.get(pk=self.notice.pk)))},
        )

    def amend(self) -> Trial:
        values = prose(title="关于整改进展的通报")

        def door() -> tuple[str, dict[str, Any]]:
            return self.page("edit"), {**values, "reason": "订正", "version": Notice.objects.get(pk=self.notice.pk).version}

        return self.trial(
            lambda by: notices.amend_notice(actor=by, notice=self.notice, values={"title": values["title"]}, reason="订正"),
            door,
            entries={"approved": ("reports.amend_notice", "reports.void_approval")},
        )

    def amend_item(self) -> Trial:
        number = Issue.objects.get(notice_items=self.item).number
        body = {"title": "事项", "text": "已整改。", "reason": "订正", "version": self.item.version}
        return self.trial(
            lambda by: notices.amend_item(actor=by, item=self.item, title="事项", text="已整改。", reason="订正"),
            lambda: (self.page("items", number), body),
            entries={"approved": ("reports.amend_item", "reports.void_approval")},
        )

    def set_layout(self) -> Trial:
        def door() -> tuple[str, dict[str, Any]]:
            version = Notice.objects.get(pk=self.notice.pk).version
            body = {"layout": "answered", "section_order": "one,two,three", "reason": "订正", "version": version}
            return self.page("layout"), body

        return self.trial(
            lambda by: notices.set_layout(actor=by, notice=self.notice, layout="answered", reason="订正"),
            door,
            entries={"approved": ("reports.set_layout", "reports.void_approval")},
        )

    def add_items(self) -> Trial:
        return self.trial(
            lambda by: notices.add_missing_items(actor=by, notice=self.notice),
            lambda: (self.page("complete"), {}),
            prepare=lambda: make.issue(self.here.issue.category),
            entries={"approved": ("reports.add_items", "reports.void_approval")},
        )

    def head(self) -> None:
        """The liaison of the leading unit heads it."""
        User.objects.filter(pk=self.here.lead.pk).update(heads_unit=True)

    def secrecy(self) -> None:
        """It is reviewed for secrecy, which is done once it has been submitted."""
        state = Notice.objects.get(pk=self.notice.pk).state
        Notice.objects.filter(pk=self.notice.pk).update(state=Notice.State.APPROVED)
        reviewed(self.notice)
        Notice.objects.filter(pk=self.notice.pk).update(state=state)

    def circulated(self) -> dict[str, Trial]:
        """The notice goes round the units."""
        unit = self.here.issue.lead_unit

        def body() -> dict[str, str]:
            return {"verdict": "agreed", "content_hash": item_hash(NoticeItem.objects.select_related("issue").get(pk=self.item.pk))}

        def trial(act: Callable[[User], object], verb: str, data: dict[str, Any], **more: Any) -> Trial:
            return self.trial(act, lambda: (self.page(verb), data), prepare=self.head, **more)

        def pass_over(by: User, reason: str = "已电话核对") -> object:
            return notices.pass_over(actor=by, notice=self.notice, unit=unit, reason=reason)

        return {
            "reports.circulate": trial(lambda by: notices.circulate_notice(actor=by, notice=self.notice), "circulate", {}),
            "reports.review_item": self.trial(
                lambda by: notices.review_item(actor=by, item=self.item, **body()),
                lambda: (f"/notice-items/{self.item.pk}/", body()),
                prepare=self.head,
            ),
            "reports.pass_over": trial(
                pass_over, "pass-over", {"unit": str(unit.pk), "reason": "已电话核对"}, bare=lambda by: pass_over(by, "")
            ),
            "reports.remind_heads": trial(lambda by: notices.remind_heads(actor=by, notice=self.notice), "remind", {}),
        }

    def send_back(self) -> Trial:
        def act(by: User, reason: str = "请核对") -> object:
            return notices.return_notice(actor=by, notice=self.notice, reason=reason)

        return self.trial(
            act,
            lambda: (url("notices", self.notice.pk, "return"), {"reason": "请核对"}),
            bare=lambda by: act(by, ""),
            entries={"approved": ("reports.return_notice", "reports.void_approval")},
        )

    def review_secrecy(self) -> Trial:
        def door() -> tuple[str, dict[str, Any]]:
            row = Notice.objects.get(pk=self.notice.pk)
            hashes = {"content_hash": sha256_of(content_of(row)), "party_hash": sha256_of(content_of(row, Audience.PARTY))}
            return url("notices", self.notice.pk, "secrecy"), {"confirmed": list(CHECKLIST), **hashes}

        return self.trial(lambda by: notices.review_secrecy(actor=by, notice=self.notice, confirmed=list(CHECKLIST)), door)

    def trials(self) -> dict[str, Trial]:
        return {
            "reports.amend_notice": self.amend(),
            "reports.amend_item": self.amend_item(),
            "reports.set_layout": self.set_layout(),
            "reports.add_items": self.add_items(),
            **self.circulated(),
            "reports.submit_notice": self.trial(lambda by: notices.submit_notice(actor=by, notice=self.notice), self.shown("submit")),
            "reports.approve_notice": self.trial(lambda by: notices.approve_notice(actor=by, notice=self.notice), self.shown("approve")),
            "reports.return_notice": self.send_back(),
            "reports.review_secrecy": self.review_secrecy(),
            "reports.publish": self.trial(
                lambda by: notices.publish(actor=by, notice=self.notice), self.shown("publish"), prepare=self.secrecy
            ),
        }


def test_every_cell_of_a_letter() -> None:
    here, lines = scene(), read_table(LETTERS)
    trials = letter_trials(here)
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, (*letter_tables.TABLE, *letter_tables.PROPOSAL_TABLE))
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []


def test_every_cell_of_a_notice() -> None:
    here, lines = scene(), read_table(NOTICES)
    here.people["drafter"] = make.office()
    trials = Notices(here).trials()
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, (*notice_tables.TABLE, *notice_tables.SECRECY_TABLE))
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []
