"""What two people may do at the same time, and what must come of it: the list that ``test_races`` goes through."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Closure, Issue, LookBack, LookBackDraw, SignOff
from apps.issues.services import REASON_FIELD, decide_closure
from apps.measures.models import Evidence, EvidenceVersion, Extension, Measure, Progress
from apps.measures.services import decide_extension, request_extension
from apps.reports import services as notices
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Edition, Notice
from apps.supervision.models import Letter, Reply
from apps.supervision.services import answer_letter, sign_letter
from apps.units.models import User
from tests import factories as make
from tests import supervision
from tests.api_world import url, workday
from tests.racing import Ask
from tests.secrecy import reviewed as reviewed_for_secrecy
from tests.test_notice import prose


@dataclass(frozen=True)
class Race:
    """Requests of which one may succeed; the acts of which one is then in the book; what there must be one of; how the other is told."""

    asks: tuple[Ask, Ask]
    acts: tuple[str, ...]
    one: Callable[[], int]
    told: tuple[int, ...] = (409,)


RACES: dict[str, Callable[[], Race]] = {}


def race(make_it: Callable[[], Race]) -> Callable[[], Race]:
    RACES[make_it.__name__] = make_it
    return make_it


def waiting_report() -> Progress:
    return make.report(make.measure())


def waiting_closure() -> Closure:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    make.finish(measure, by=lead)
    return make.application(measure.issue, by=lead)


def waiting_extension() -> Extension:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    return request_extension(actor=lead, measure=measure, new_due_on=make.days(90), reason="流标")


def ask_each(people: tuple[User, User], address: str, *bodies: dict[str, Any]) -> tuple[Ask, Ask]:
    first, second = (Ask(who, address, body) for who, body in zip(people, bodies * (2 // len(bodies)), strict=True))
    return first, second


# -- reports -----------------------------------------------------------------------------------------------------------


def reviewed() -> int:
    return Progress.objects.exclude(review="pending").count()


@race
def two_reviewers_approve_the_same_report() -> Race:
    address = url("reports", waiting_report().pk, "approve")
    return Race(ask_each((make.office(), make.office()), address, {}), ("measures.approve",), reviewed)


@race
def one_approves_what_the_other_sends_back() -> Race:
    report, people = waiting_report(), (make.office(), make.office())
    asks = (
        Ask(people[0], f"/reports/{report.pk}/approve/", {"opinion": ""}),
        Ask(people[1], f"/reports/{report.pk}/send-back/", {"requirement": "请附回单"}),
    )
    return Race(asks, ("measures.approve", "measures.send_back"), reviewed)


@race
def the_same_report_is_sent_twice() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    words = {
        "claim": "ongoing",
        "text": "已核实三项。",
        "as_of": make.today().isoformat(),
        "signed_by": "张局长",
        "is_vouched_for": True,
        "version": measure.version,
    }
    return Race(ask_each((lead, lead), url("measures", measure.pk, "report"), words), ("measures.report_progress",), Progress.objects.count)


@race
def the_same_report_form_is_sent_twice() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    asks = ask_each((lead, lead), f"/measures/{measure.pk}/report/", report_form(lead, measure))
    return Race(asks, ("measures.report_progress",), Progress.objects.count)


def report_form(lead: User, measure: Measure) -> dict[str, Any]:
    """The form as the page shows it, filled in."""
    shown = make.signed_in(lead).get(f"/measures/{measure.pk}/report/").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', shown))
    words = {"claim": "ongoing", "text": "已核实三项。", "as_of": make.today().isoformat(), "signed_by": "张局长", "is_vouched_for": "on"}
    return {**{name: value for name, value in hidden.items() if name != "csrfmiddlewaretoken"}, **words}


@race
def two_reviewers_take_on_the_same_report() -> Race:
    address = url("reports", waiting_report().pk, "claim")
    claimed = Progress.objects.exclude(claimed_by=None)
    return Race(ask_each((make.office(), make.office()), address, {}), ("measures.claim_review",), claimed.count)


@race
def two_new_versions_of_the_same_evidence() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    make.finish(measure, by=lead)
    address = f"/evidence/{EvidenceVersion.objects.get().pk}/update/"
    bodies = (
        {"file": make.upload(data=make.PDF + words), "note": "补盖章", "version": Measure.objects.get().version}
        for words in (b"% 2", b"% 3")
    )
    newer = Evidence.objects.get().versions.exclude(number=1)
    return Race(ask_each((lead, make.liaison(measure.lead_unit)), address, *bodies), ("measures.update_evidence",), newer.count)


# -- closing -----------------------------------------------------------------------------------------------------------


def decided() -> int:
    return Closure.objects.exclude(decision="pending").count()


@race
def two_closers_agree_to_the_same_application() -> Race:
    address = url("closures", waiting_closure().pk, "decide")
    return Race(ask_each((make.office(), make.office()), address, {"agree": True}), ("issues.agree_closure",), decided)


@race
def one_closer_agrees_to_what_the_other_returns() -> Race:
    address, both = url("closures", waiting_closure().pk, "decide"), (make.office(), make.office())
    asks = ask_each(both, address, {"agree": True}, {"agree": False, "opinion": "请补充清单"})
    return Race(asks, ("issues.agree_closure", "issues.return_closure"), decided)


@race
def the_same_application_is_sent_twice() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    make.finish(measure, by=lead)
    issue = Issue.objects.get()
    reasons = {REASON_FIELD.format(rule): words for rule, words in make.answers(issue).items()}
    body = {"statement": "全部完成", "version": issue.version, **reasons}
    asks = ask_each((lead, lead), f"/issues/{measure.issue_id}/apply/", body)
    return Race(asks, ("issues.apply_closure",), Closure.objects.count)


@race
def an_issue_is_applied_for_while_one_of_its_measures_is_reported_on_again() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    make.finish(measure, by=lead)
    issue = Issue.objects.get()
    words = {"claim": "ongoing", "text": "又有新情况。", "as_of": make.today().isoformat(), "signed_by": "张局长", "is_vouched_for": True}
    applied = {"statement": "全部完成", "reasons": make.answers(issue), "version": issue.version}
    asks = (
        Ask(lead, url("measures", measure.pk, "report"), {**words, "version": Measure.objects.get().version}),
        Ask(lead, url("issues", issue.pk, "apply-closure"), applied),
    )
    acts = ("measures.report_progress", "issues.apply_closure")
    return Race(asks, acts, lambda: Closure.objects.count() + Progress.objects.filter(review="pending").count(), told=(400,))


def application_to_sign() -> tuple[SignOff, User, User]:
    """Under review by a body with two people."""
    measure, body = make.measure(), make.unit()
    measure.issue.inspection.reviewing_bodies.add(body)
    make.finish(measure)
    return SignOff.objects.get(closure=make.application(measure.issue)), make.liaison(body), make.liaison(body)


@race
def two_sign_for_the_same_body() -> Race:
    row, *both = application_to_sign()
    asks = ask_each((both[0], both[1]), url("closures", row.closure_id, "sign-off"), {"agree": True})
    return Race(asks, ("issues.agree_sign_off",), SignOff.objects.filter(decision="agreed").count)


@race
def one_body_returns_what_the_office_closes() -> Race:
    """Whoever comes first: a return after the closing is refused, and so is a closing after the return."""
    row, reviewer, _other = application_to_sign()
    SignOff.objects.update(decision="agreed", signed_by=reviewer, signed_on=make.today(), content_hash=row.closure.content_hash)
    asks = (
        Ask(reviewer, url("closures", row.closure_id, "sign-off"), {"agree": False, "requirement": "请补充三户的回单和台账"}),
        Ask(make.office(), url("closures", row.closure_id, "decide"), {"agree": True}),
    )
    returned, agreed = SignOff.objects.filter(decision="returned"), Closure.objects.filter(decision="agreed")
    acts = ("issues.return_sign_off", "issues.agree_closure")
    return Race(asks, acts, lambda: returned.count() + agreed.count(), told=(400, 409))


@race
def the_last_candidate_is_drawn_twice() -> Race:
    closure = waiting_closure()
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="")
    body = {"size": 1, "planned_on": make.days(10).isoformat()}
    address = url("inspections", closure.issue.inspection_id, "draw-look-backs")
    return Race(
        ask_each((make.office(), make.leader()), address, body), ("issues.draw_look_backs",), LookBackDraw.objects.count, told=(400,)
    )


@race
def one_look_back_is_held_by_two() -> Race:
    closure = waiting_closure()
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="")
    planned = LookBack.objects.order_by("planned_on")[0]
    asks = ask_each(
        (make.leader(), make.office()),
        f"/look-backs/{planned.pk}/",
        {"finding": "relapsed", "note": "又反弹"},
        {"finding": "holds", "note": "巩固"},
    )
    return Race(asks, ("issues.reopen", "issues.hold_look_back"), LookBack.objects.exclude(finding="planned").count)


# -- dates -------------------------------------------------------------------------------------------------------------


@race
def an_extension_is_decided_by_two() -> Race:
    address, both = url("extensions", waiting_extension().pk, "decide"), (make.office(), make.office())
    asks = ask_each(both, address, {"agree": True}, {"agree": False, "opinion": "抓紧办理"})
    acts = ("measures.agree_extension", "measures.refuse_extension")
    return Race(asks, acts, Extension.objects.exclude(decision="pending").count)


@race
def a_later_extension_is_endorsed_by_two() -> Race:
    first = waiting_extension()
    decide_extension(actor=make.office(), extension=first, agree=True)
    asked = request_extension(actor=first.requested_by, measure=first.measure, new_due_on=make.days(120), reason="又流标")
    asks = ask_each((make.office(), make.office()), url("extensions", asked.pk, "endorse"), {"opinion": "属实"})
    return Race(asks, ("measures.endorse_extension",), Extension.objects.filter(decision="endorsed").count)


@race
def the_same_extension_is_asked_for_twice() -> Race:
    measure = make.measure()
    lead = make.liaison(measure.lead_unit)
    address, body = f"/measures/{measure.pk}/extend/", {"new_due_on": make.days(90).isoformat(), "reason": "流标", "version": ""}
    return Race(
        ask_each((lead, lead), address, {**body, "version": measure.version}), ("measures.request_extension",), Extension.objects.count
    )


@race
def a_measure_is_assigned_by_two() -> Race:
    measure, both = make.measure(), (make.office(), make.office())
    bodies = ({"person": person, "reason": "人员调整", "version": measure.version} for person in ("甲", "乙"))
    asks = ask_each(both, url("measures", measure.pk, "assign"), *bodies)
    return Race(asks, ("measures.assign_measure",), Measure.objects.exclude(person="").count)


# -- letters and notices -----------------------------------------------------------------------------------------------


def letter_about(measure: Measure) -> dict[str, Any]:
    return {
        "inspection": measure.issue.inspection_id,
        "unit": measure.lead_unit_id,
        "measures": [measure.pk],
        "level": "orange",
        "requirement": "请加快办理",
        "reply_by": workday().isoformat(),
    }


@race
def the_same_letter_is_sent_by_two() -> Race:
    body = letter_about(make.measure())
    return Race(ask_each((make.office(), make.leader()), url("letters"), body), ("supervision.send_letter",), Letter.objects.count)


@race
def a_letter_is_signed_for_by_two() -> Race:
    measure = make.measure()
    both, sent = (make.liaison(measure.lead_unit), make.liaison(measure.lead_unit)), supervision.letter(measure)
    asks = ask_each(both, url("letters", sent.pk, "sign"), {})
    return Race(asks, ("supervision.sign_letter",), Letter.objects.filter(state="signed").count)


def signed_letter() -> Letter:
    sent = supervision.letter(make.measure())
    return sign_letter(actor=make.liaison(sent.unit), letter=sent)


@race
def a_letter_is_answered_by_two() -> Race:
    row = signed_letter()
    asks = ask_each((make.liaison(row.unit), make.liaison(row.unit)), url("letters", row.pk, "answer"), {"answer": "已办理"})
    return Race(asks, ("supervision.answer_letter",), Reply.objects.count)


@race
def one_closes_the_letter_that_the_other_returns() -> Race:
    row = signed_letter()
    answer_letter(actor=make.liaison(row.unit), letter=row, answer="已办理")
    asks = (
        Ask(make.office(), url("letters", row.pk, "close"), {}),
        Ask(make.leader(), url("letters", row.pk, "return"), {"requirement": "请补充", "reply_by": workday().isoformat()}),
    )
    return Race(asks, ("supervision.close_letter", "supervision.return_answer"), Reply.objects.exclude(accepted=None).count)


def submitted_notice() -> Notice:
    drafter = make.office()
    inspection = make.measure().issue.inspection
    drafted = notices.draft_notice(actor=drafter, inspection=inspection, prose=prose(), texts={1: "已全部整改到位。"})
    return notices.submit_notice(actor=drafter, notice=drafted)


@race
def a_notice_is_approved_by_two() -> Race:
    notice = submitted_notice()
    body = {"content_hash": sha256_of(content_of(notice))}
    asks = ask_each((make.leader(), make.office()), url("notices", notice.pk, "approve"), body)
    return Race(asks, ("reports.approve_notice",), Notice.objects.filter(state="approved").count)


@race
def a_notice_is_published_by_two() -> Race:
    notice = reviewed_for_secrecy(notices.approve_notice(actor=make.leader(), notice=submitted_notice()))
    asks = ask_each((make.office(), make.office()), url("notices", notice.pk, "publish"), {"content_hash": sha256_of(content_of(notice))})
    return Race(asks, ("reports.publish",), Edition.objects.count)
