"""The demonstration in the database against the published text: counts, quotes, figures, provenance, entries, edition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Count

from apps.issues.models import Activity, Closure, Inspection, Issue, LookBack, LookBackDraw, SignOff
from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.services import house_book
from apps.measures.models import (
    EvidenceVersion,
    Extension,
    Handover,
    Indicator,
    Instalment,
    Measure,
    Progress,
    Reading,
    Regulation,
    ReturnedWorkbook,
)
from apps.measures.owed import Owed
from apps.reports.blocks import section_two
from apps.reports.models import Edition, Feedback, ItemReview, Notice
from apps.reports.verification import check_edition
from apps.supervision.figures import History
from apps.supervision.models import (
    Attachment,
    Delivery,
    Dispatch,
    DispatchItem,
    Escalation,
    Flag,
    Letter,
    Reply,
    ScreenLink,
    SiteCheck,
    Visit,
)
from apps.units.models import Role, Source, Sourced, Unit, User
from config.demo.loader import load
from tests import demonstration
from tests.demonstration import FOLDER, database_problems

pytestmark = pytest.mark.django_db

UNFINISHED = {2, 3, 48, 51, 61, 63, 77}
SOURCED = [model for model in apps.get_models() if issubclass(model, Sourced)]


@pytest.fixture(scope="module", autouse=True)
def inspection(django_db_setup: None, django_db_blocker: Any) -> Iterator[Inspection]:
    with django_db_blocker.unblock(), demonstration.loaded() as inspection:
        yield inspection


def normal(text: str) -> str:
    """Without white space and with one width of punctuation; on purpose not the code's own function."""
    for half, full in zip(",;:()", "，；：（）", strict=True):
        text = text.replace(half, full)
    return "".join(text.split())


def published_text() -> str:
    return normal((FOLDER / "notice.txt").read_text(encoding="utf-8"))


# -- counts -----------------------------------------------------------------------------------------------------------


def test_the_counts_of_the_notice(inspection: Inspection) -> None:
    assert Inspection.objects.count() == 1
    per_category = inspection.categories.order_by("number").annotate(n=Count("issues")).values_list("n", flat=True)
    assert list(per_category) == [6, 16, 13, 8, 26, 14]
    assert sorted(inspection.issues.values_list("number", flat=True)) == list(range(1, 84))
    assert Measure.objects.filter(issue__inspection=inspection).count() == Measure.objects.count() == 360
    assert inspection.regulations.count() == 115
    assert inspection.supervision_groups.count() == 3
    assert inspection.issues.filter(led_by_secretary=True).count() == 42
    dates = (inspection.on_site_from, inspection.on_site_to, inspection.feedback_on)
    assert [str(day) for day in dates] == ["2024-08-18", "2024-09-30", "2025-02-20"]
    assert inspection.activities.filter(issue__isnull=True, kind=Activity.Kind.INSPECTION_WORK).count() == 6
    assert str(inspection.activities.get(kind=Activity.Kind.DEMOCRATIC_LIFE).held_on) == "2025-06-19"


def test_one_account_for_each_role_and_a_liaison_for_each_unit() -> None:
    named = ("office", "liaison", "supervisor", "leader", "admin", "auditor", "discipline")
    roles = dict(User.objects.filter(username__in=named).values_list("username", "role"))
    assert roles == {
        "office": Role.OFFICE,
        "liaison": Role.LIAISON,
        "supervisor": Role.SUPERVISOR,
        "leader": Role.SUPERVISOR,
        "admin": Role.ADMIN,
        "auditor": Role.AUDITOR,
        "discipline": Role.DISCIPLINE,
    }
    assert not User.objects.filter(is_demo=False).exists()
    assert all(user.check_password("jiandi-demo") for user in User.objects.filter(username__in=roles))
    assert User.objects.get(username="leader").is_leader
    assert not User.objects.get(username="supervisor").is_leader
    assert not Unit.objects.exclude(users__role=Role.LIAISON).exists()


# -- quotes -----------------------------------------------------------------------------------------------------------


def test_every_record_of_the_notice_has_a_verbatim_quote() -> None:
    text, seen = published_text(), Counter[str]()
    for model in SOURCED:
        for row in model._default_manager.filter(source=Source.NOTICE):
            assert row.quote, (model.__name__, row.pk, str(row))
            assert normal(row.quote) in text, (model.__name__, row.quote)
            seen[model.__name__] += 1
        assert not model._default_manager.exclude(source=Source.NOTICE).exclude(quote="").exists(), model.__name__
    assert seen["Issue"] == 83
    assert seen["Category"] == 6
    assert seen["Measure"] >= 240
    others = ("Inspection", "Unit", "Activity", "Progress", "Indicator", "Reading", "Regulation", "Group", "Notice", "NoticeItem")
    assert set(others) <= set(seen)


def test_the_quotes_carry_full_width_punctuation() -> None:
    columns: list[tuple[Any, str]] = [(Measure, "text"), (Issue, "finding"), (Issue, "goal"), *((model, "quote") for model in SOURCED)]
    for model, column in columns:
        for value in model._default_manager.values_list(column, flat=True):
            assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", value), (model.__name__, value)


def test_at_most_120_measures_go_without_a_quote_and_they_are_marked() -> None:
    bare = Measure.objects.filter(quote="")
    assert 0 < bare.count() <= 120
    assert not bare.exclude(source=Source.DEMONSTRATION).exists()


def test_every_clause_is_quoted_and_every_number_is_read(inspection: Inspection) -> None:
    assert list(database_problems(inspection)) == []


def drop_measure() -> int:
    quoting = Measure.objects.filter(issue__number=4).exclude(quote="")
    Measure.objects.filter(pk__in=quoting).update(quote="")
    Indicator.objects.filter(issue__number=4).update(quote="")
    return 4


def drop_activity() -> int:
    Activity.objects.filter(kind=Activity.Kind.INSPECTION_WORK).earliest("pk").delete()
    return 1


def alter_quote() -> int:
    row = Measure.objects.filter(issue__number=53).exclude(quote="").earliest("pk")
    Measure.objects.filter(pk=row.pk).update(quote=row.quote[:-1] + "某")
    return 53


def alter_reading() -> int:
    Reading.objects.filter(indicator__issue__number=53, value=46).update(value=47)
    return 53


def drop_regulation_quotes() -> int:
    row = Regulation.objects.exclude(quote="").earliest("issue__number")
    Regulation.objects.filter(pk=row.pk).update(quote="另有规定")
    assert row.issue is not None
    return row.issue.number


def retitle() -> int:
    Issue.objects.filter(number=83).update(title="另一个标题")
    return 83


@pytest.mark.parametrize("alter", [drop_measure, drop_activity, alter_quote, alter_reading, drop_regulation_quotes, retitle])
def test_the_check_of_the_rows_finds_what_was_altered(alter: Any, inspection: Inspection) -> None:
    """The control of the test before."""
    number = alter()
    found = list(database_problems(inspection))
    assert found
    assert {problem.split(":")[0] for problem in found} == {str(number)}


# -- arithmetic -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "total", "parts"),
    [(53, "91", {"2", "46", "43"}), (2, "86.4", {"46", "40.4"}), (48, "246.11", {"194.71", "51.4"}), (61, "62", {"24", "38"})],
)
def test_the_sums_that_the_notice_allows(number: int, total: str, parts: set[str], inspection: Inspection) -> None:
    rows = inspection.issues.get(number=number).indicators.with_latest()
    whole = next(row for row in rows if row.parts.exists())
    pieces = {f"{row.to_shown(row.latest):f}" for row in rows if row.total_id == whole.pk and row.latest is not None}
    assert (f"{whole.to_shown(whole.latest or Decimal(0)):f}", pieces) == (total, parts)
    assert sum(map(Decimal, parts)) == Decimal(total)
    assert rows.broken_sums() == []
    Reading.objects.filter(indicator=whole).update(value=1)
    assert [broken[0] for broken in rows.broken_sums()] == [whole]


def test_money_is_kept_in_yuan(inspection: Inspection) -> None:
    reading = Reading.objects.get(indicator__issue__number=63, value=Decimal("31552500"))
    assert (reading.indicator.unit, reading.shown, reading.indicator.kind) == ("万元", "3155.25", Indicator.Kind.MONEY)
    assert all(indicator.broken_sums() == [] for indicator in (inspection.issues.get(number=n).indicators for n in range(1, 84)))


# -- where things stand -----------------------------------------------------------------------------------------------


def test_the_tails_that_the_notice_leaves_are_unfinished(inspection: Inspection) -> None:
    unfinished = set(Measure.objects.unfinished().values_list("issue__number", flat=True))
    assert unfinished >= UNFINISHED
    assert not inspection.issues.filter(number__in=UNFINISHED, closure=Issue.ClosureState.CLOSED).exists()
    assert set(inspection.issues.values_list("closure", flat=True)) == set(Issue.ClosureState.values)


def test_what_is_demonstration_says_so() -> None:
    """What the notice does not say: dates, states, most assignments, closures, letters, checks, evidence."""
    for model in (Closure, SignOff, LookBack, LookBackDraw, Letter, SiteCheck, Visit, Dispatch):
        rows = model._default_manager.all()
        assert rows.exists(), model.__name__
        assert all(row.is_demonstration for row in rows), model.__name__
    assert all(measure.demonstrates("due_on") and measure.demonstrates("progress") for measure in Measure.objects.all())
    assert all(issue.demonstrates("closure") and issue.demonstrates("led_by_secretary") for issue in Issue.objects.all())
    assert all(version.evidence.is_demonstration for version in EvidenceVersion.objects.select_related("evidence"))
    assert all(report.is_demonstration or report.demonstrates("signed_by") for report in Progress.objects.all())
    stated = Reading.objects.filter(indicator__issue__number=2, value=460000).get()
    assert not stated.demonstrates("as_of")
    assert not Issue.objects.get(number=63).demonstrates("title")
    assert not any(model._default_manager.filter(source__in=(Source.ENTERED, Source.IMPORTED)).exists() for model in SOURCED)


def test_every_state_of_a_measures_life_can_be_seen(inspection: Inspection) -> None:
    decisions = Counter(Extension.objects.values_list("decision", flat=True))
    assert decisions == {"agreed": 2, "endorsed": 1, "pending": 1}
    assert Extension.objects.for_list().get(decision="endorsed").needs_leader
    resting = Measure.objects.filter(progress=Measure.State.STAGE_DONE, next_review_on__gt=inspection.today())
    assert resting.exclude(stage_goal="").count() == 3
    assert Measure.objects.resumed().get().due_on is None
    assert Progress.objects.pending().filter(claimed_by__isnull=False).count() == 2
    office = User.objects.get(username="office")
    current, last, *_earlier = Owed(office, inspection, inspection.today()).counts()
    assert 5 <= last.count <= 10
    assert current.count > last.count
    assert not Progress.objects.filter(is_vouched_for=False).exists()


def test_visits_and_meetings_are_shown_planned_and_over(inspection: Inspection) -> None:
    assert Counter(Visit.objects.values_list("state", flat=True)) == {"held": 1, "planned": 1}
    assert Counter(Dispatch.objects.values_list("state", flat=True)) == {"closed": 1, "planned": 1}
    assert Attachment.objects.filter(site_check__visit__state="held").count() == 3
    meeting = inspection.activities.get(kind=Activity.Kind.DISPATCH, issue=None)
    assert meeting.dispatch.state == Dispatch.State.CLOSED
    assert meeting.items.count() == DispatchItem.objects.exclude(decision="").count() == 4


def test_supervision_is_shown_in_use(inspection: Inspection) -> None:
    """Groups by category, a flag somebody has noted, an answer with its file, digests of a channel that never left the house."""
    assert inspection.supervision_groups.filter(categories__isnull=False).get().demonstrates("categories")
    assert Flag.objects.open().get(acknowledged_on__isnull=False).note.startswith("示例")
    assert Attachment.objects.get(reply__isnull=False).filename.endswith("（示例）.pdf")
    digests = Delivery.objects.order_by("day").values_list("state", "attempts", "channel__is_active", "next_try_at")
    assert list(digests) == [("sent", 1, False, None), ("sent", 3, False, None), ("failed", 6, False, None)]
    assert all("示例" in row.title for row in Delivery.objects.all())


def test_the_forecast_can_be_checked_against_what_came_of_it(inspection: Inspection) -> None:
    history = History(inspection, Measure.objects.all(), inspection.today(), whole=True)
    assert [weeks for weeks, one in history.back_tests if one.known] == [4, 8, 12]
    tests = [one for _weeks, one in history.back_tests]
    assert sum(one.hits for one in tests) > 0
    assert sum(one.false_alarms for one in tests) > 0


# -- the book ---------------------------------------------------------------------------------------------------------


def entries_of_supervision() -> dict[str, int]:
    """How many entries of each act the rows of that room stand for."""
    return {
        "supervision.form_group": 3,
        "supervision.raise_flag": Flag.objects.count(),
        "supervision.acknowledge_flag": Flag.objects.exclude(acknowledged_on=None).count(),
        "supervision.send_letter": Letter.objects.count(),
        "supervision.sign_letter": Letter.objects.exclude(signed_at=None).count(),
        "supervision.answer_letter": Reply.objects.count(),
        "supervision.close_letter": Letter.objects.filter(state=Letter.State.CLOSED).count(),
        "supervision.propose_escalation": Escalation.objects.filter(state=Escalation.State.OPEN).count(),
        "supervision.check_site": SiteCheck.objects.count(),
        "supervision.plan_visit": Visit.objects.count(),
        "supervision.hold_visit": Visit.objects.filter(state=Visit.State.HELD).count(),
        "supervision.call_dispatch": Dispatch.objects.count(),
        "supervision.set_agenda": Dispatch.objects.count(),
        "supervision.begin_dispatch": Dispatch.objects.filter(state=Dispatch.State.CLOSED).count(),
        "supervision.decide_item": DispatchItem.objects.exclude(decision="").count(),
        "supervision.close_dispatch": Dispatch.objects.filter(state=Dispatch.State.CLOSED).count(),
        "supervision.make_screen": ScreenLink.objects.count(),
        "supervision.revoke_screen": ScreenLink.objects.filter(revoked_at__isnull=False).count(),
    }


def test_links_of_screens_are_marked_as_examples(inspection: Inspection) -> None:
    assert set(ScreenLink.objects.filter(inspection=inspection).values_list("source", flat=True)) == {"demonstration"}


def test_every_record_has_its_entry(inspection: Inspection) -> None:
    acts = Counter(Entry.objects.filter(book=inspection.book).values_list("act", flat=True))
    house = Counter(Entry.objects.filter(book=house_book()).values_list("act", flat=True))
    reviews = Counter(Progress.objects.values_list("review", flat=True))
    closures = Counter(Closure.objects.values_list("decision", flat=True))
    sign_offs = Counter(SignOff.objects.values_list("decision", flat=True))
    rows = {
        "issues.open_inspection": 1,
        "issues.add_category": 6,
        "issues.add_issue": 83,
        "issues.record_activity": Activity.objects.count(),
        "issues.apply_closure": Closure.objects.count(),
        "issues.agree_closure": closures["agreed"],
        "issues.agree_sign_off": sign_offs["agreed"],
        "issues.return_sign_off": sign_offs["returned"],
        "issues.hold_look_back": LookBack.objects.filter(finding=LookBack.Finding.HOLDS).count(),
        "issues.reopen": LookBack.objects.filter(finding=LookBack.Finding.RELAPSED).count(),
        "issues.draw_look_backs": LookBackDraw.objects.count(),
        "measures.add_measure": 360,
        "measures.add_indicator": Indicator.objects.count(),
        "measures.read_indicator": Reading.objects.count(),
        "measures.plan_instalments": Instalment.objects.values("indicator").distinct().count(),
        "measures.add_regulation": 115,
        "measures.report_progress": Progress.objects.count(),
        "measures.approve": reviews["approved"],
        "measures.send_back": reviews["returned"],
        "measures.claim_review": Progress.objects.filter(claimed_by__isnull=False).count(),
        "measures.request_extension": Extension.objects.count(),
        "measures.agree_extension": Extension.objects.filter(decision=Extension.Decision.AGREED).count(),
        "measures.endorse_extension": Extension.objects.filter(endorsed_by__isnull=False).count(),
        "measures.resume_stage": Measure.objects.resumed().count(),
        "measures.update_evidence": EvidenceVersion.objects.filter(number__gt=1).count(),
        **entries_of_supervision(),
        "measures.take_workbook": ReturnedWorkbook.objects.count(),
        "measures.hand_over": Handover.objects.count(),
        "measures.refeed": Handover.objects.exclude(refed_on=None).count(),
        "measures.assign_measure": sum(len(row.items) for row in Handover.objects.filter(kind="person")),
        "issues.amend_issue": sum(len(row.items) for row in Handover.objects.filter(kind="official")),
        **dict.fromkeys(("reports.draft_notice", "reports.submit_notice", "reports.approve_notice", "reports.circulate"), 1),
        "reports.review_secrecy": 1,
        "reports.receive_feedback": Feedback.objects.filter(sealing="").count(),
        "reports.answer_feedback": Feedback.objects.filter(sealing="", state="answered").count(),
        "reports.publish": Edition.objects.count(),
        "reports.review_item": ItemReview.objects.filter(verdict="agreed").count(),
        "reports.pass_over": ItemReview.objects.filter(verdict="passed").count(),
    }
    assert dict(acts) == rows
    assert min(rows.values()) > 0
    assert house["units.add_unit"] == Unit.objects.count()
    assert house["units.create_user"] == User.objects.count()
    for model, kind in ((Issue, "issue"), (Measure, "measure"), (Regulation, "regulation"), (Unit, "unit"), (User, "user")):
        told = set(Entry.objects.filter(subject_type=kind).values_list("subject_id", flat=True))
        assert told == set(model._default_manager.values_list("pk", flat=True)), kind


def test_the_books_verify(inspection: Inspection) -> None:
    verdicts = [chain.verify(book) for book in Book.objects.all()]
    assert {verdict.book for verdict in verdicts} == {"house", "shaxian-2025", "sealed"}
    assert all(verdict.holds and verdict.entries > 0 for verdict in verdicts)
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue().count("链完整") == 3


def test_a_second_load_leaves_everything_as_it_is() -> None:
    before = {model: model._default_manager.count() for model in apps.get_models()}
    heads = list(Book.objects.order_by("pk").values())
    assert load(FOLDER) is None
    assert "保持原样" in call_command("load_demo", stdout=StringIO())
    assert {model: model._default_manager.count() for model in apps.get_models()} == before
    assert list(Book.objects.order_by("pk").values()) == heads


# -- the notice -------------------------------------------------------------------------------------------------------


def test_section_two_of_the_published_edition_is_the_source_text() -> None:
    edition = Edition.objects.public().get()
    told = normal("".join(block.line for block in section_two(edition.content)))
    text = published_text()
    head, tail = "二、集中整改期内巡视整改进展情况", "三、对持续整改的工作打算"
    source = text[text.index(head) + len(head) : text.index(tail)]
    assert len(source) > 7800
    assert told == source
    assert check_edition(edition).holds
    assert Notice.objects.get().state == Notice.State.PUBLISHED
    item = edition.content["sections"]["two"]["categories"][3]["items"][2]
    item["text"] = item["text"][:-1]
    assert normal("".join(block.line for block in section_two(edition.content))) != source
    assert not check_edition(edition).content
