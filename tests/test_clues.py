"""Clues are sealed to the discipline role, and nothing leads from them to a notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.urls import NoReverseMatch, reverse

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.ledgers.policies import readable_books
from apps.measures.models import Measure
from apps.reports import services as reports
from apps.reports.content import canonical, content_of
from apps.reports.models import Edition, Notice, NoticeItem, Rendering
from apps.supervision.models import Clue
from apps.supervision.services import conclude_clue, register_clue, take_up_clue
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from config.navigation import links_for
from tests import factories
from tests.factories import signed_in
from tests.secrecy import reviewed
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db
CANARY = "金丝雀线索内容九号"
TOLD = (Notice, NoticeItem, Issue, Measure)


def discipline() -> User:
    return factories.user(Role.DISCIPLINE)


def registered(actor: User | None = None, **facts: Any) -> Clue:
    values = {"origin": Clue.Origin.INSPECTORS, "summary": CANARY, "transferred_on": factories.today(), **facts}
    inspection = values.pop("inspection", None) or factories.inspection()
    return register_clue(actor=actor or discipline(), inspection=inspection, **values)


def reached_from(*starts: type[models.Model]) -> set[type[models.Model]]:
    """Every model that the relations of these lead to, forward and back, however far."""
    found: set[type[models.Model]] = set()
    todo = list(starts)
    while todo:
        model = todo.pop()
        if model not in found:
            found.add(model)
            todo += [field.related_model for field in model._meta.get_fields() if isinstance(field.related_model, type)]
    return found


def test_no_relation_leads_from_a_notice_an_issue_or_a_measure_to_a_clue() -> None:
    found = reached_from(*TOLD)
    assert {Edition, Rendering, User, Entry} <= found
    assert Clue not in found


def test_a_relation_with_a_way_back_would_be_found() -> None:
    """The control: letters have one."""
    from apps.supervision.models import Letter

    assert Letter in reached_from(*TOLD)
    assert Notice in reached_from(Clue)


def names_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield getattr(node, "module", "") or ""
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def test_no_module_of_the_reports_knows_clues() -> None:
    files = [path for path in Path("apps/reports").rglob("*.py") if "migrations" not in path.parts]
    knowing = [str(path) for path in files if any("clue" in name.lower() for name in names_of(path))]
    assert len(files) > 20
    assert knowing == []
    assert any("clue" in name.lower() for name in names_of(Path("config/navigation.py")))
    assert not any("clue" in str(path).lower() or "clue" in path.read_text() for path in Path("templates/reports").rglob("*.html"))


def test_the_text_is_encrypted_at_rest() -> None:
    clue = conclude_clue(actor=discipline(), clue=registered(), outcome=f"{CANARY}已了解")
    with connection.cursor() as cursor:
        cursor.execute("SELECT summary, outcome FROM supervision_clue")
        stored = cursor.fetchall()
    assert CANARY not in str(stored)
    assert clue.summary_text == CANARY
    assert clue.outcome_text == f"{CANARY}已了解"


def test_a_clue_is_registered_taken_up_and_concluded_in_the_sealed_book_without_its_text() -> None:
    actor = discipline()
    clue = registered(actor)
    take_up_clue(actor=actor, clue=clue, version=1)
    conclude_clue(actor=actor, clue=clue, outcome=f"{CANARY}不实", version=2)
    entries = Entry.objects.filter(subject_type="clue").order_by("pk")
    assert [(entry.book.slug, entry.act_label) for entry in entries] == [
        ("sealed", "登记移交线索"),
        ("sealed", "受理移交线索"),
        ("sealed", "办结移交线索"),
    ]
    assert CANARY not in str(list(Entry.objects.values()))
    with pytest.raises(ActConflict):
        conclude_clue(actor=actor, clue=clue, outcome="再办")
    with pytest.raises(ActConflict, match="被别人修改过"):
        conclude_clue(actor=actor, clue=registered(), outcome="办", version=7)


def test_what_is_missing_or_wrong_is_said() -> None:
    with pytest.raises(ActRefused, match="线索内容"):
        registered(summary="  ")
    with pytest.raises(ActRefused, match="来源"):
        registered(origin="x")
    with pytest.raises(ActRefused, match="今天"):
        registered(transferred_on=factories.days(1))


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.DISCIPLINE])
def test_nobody_else_registers_sees_or_opens_a_clue(role: str) -> None:
    clue = registered()
    who = factories.liaison() if role == Role.LIAISON else factories.user(role)
    assert not Clue.objects.visible_to(who).exists()
    with pytest.raises(ActForbidden):
        registered(who)
    with pytest.raises(ActForbidden):
        take_up_clue(actor=who, clue=clue)
    browser = signed_in(who)
    for name, args in (("clues", ()), ("clue-new", ()), ("clue", (clue.pk,)), ("clue-take-up", (clue.pk,)), ("clue-conclude", (clue.pk,))):
        assert browser.get(reverse(f"supervision:{name}", args=args)).status_code == 403
        assert browser.get(reverse(f"supervision:{name}", args=[10**6] if args else [])).status_code == 403
    assert "移交线索" not in [link.label for _group, link in links_for(who, "")]


def test_a_disabled_discipline_account_sees_nothing() -> None:
    registered()
    who = discipline()
    who.is_active = False
    assert not Clue.objects.visible_to(who).exists()
    assert not readable_books(who).exists()


def test_the_discipline_role_works_with_clues_and_sees_no_business() -> None:
    issue = factories.measure().issue
    clue, who = registered(inspection=issue.inspection), discipline()
    browser = signed_in(who)
    home = browser.get(reverse("workbench"))
    assert "1 条线索" in home.content.decode()
    assert CANARY in browser.get(reverse("supervision:clue", args=(clue.pk,))).content.decode()
    values = {"inspection": issue.inspection_id, "origin": "office", "transferred_on": factories.today(), "summary": "另一条"}
    assert browser.post(reverse("supervision:clue-new"), values).status_code == 302
    assert browser.post(reverse("supervision:clue-take-up", args=(clue.pk,)), {"version": 1}).status_code == 302
    assert browser.post(reverse("supervision:clue-conclude", args=(clue.pk,)), {"version": 2, "outcome": "不实"}).status_code == 302
    assert browser.get(reverse("supervision:clues") + "?state=concluded").status_code == 200
    assert browser.get(reverse("supervision:clues") + "?state=x").status_code == 400
    assert not Issue.objects.visible_to(who).exists()
    assert browser.get(reverse("issues:sheet", args=(issue.pk,))).status_code == 404
    assert browser.get(reverse("reports:notices")).status_code in (403, 404)


def test_the_sealed_book_is_read_by_the_discipline_role_and_auditors_alone() -> None:
    registered()
    readers = {role: readable_books(factories.liaison() if role == Role.LIAISON else factories.user(role)) for role in Role.values}
    assert {role for role, books in readers.items() if books.filter(slug="sealed").exists()} == {Role.DISCIPLINE, Role.AUDITOR}
    assert set(readers[Role.DISCIPLINE].values_list("slug", flat=True)) == {"sealed"}
    assert signed_in(discipline()).get("/book/?book=sealed").status_code == 200
    assert signed_in(factories.office()).get("/book/?book=sealed").status_code == 404


def pages(names: Iterator[str], rows: dict[str, int]) -> Iterator[str]:
    for name in names:
        for args in ([], [rows["notice"]], [rows["issue"]], [rows["edition"]]):
            try:
                yield reverse(name, args=args)
            except NoReverseMatch:
                continue


def test_a_clue_is_in_no_draft_edition_rendering_answer_or_page_of_anybody_else() -> None:
    from tests.test_bad_pages import PAGES

    notice = drafted()
    clue = registered(inspection=notice.inspection)
    assert CANARY not in canonical(content_of(notice)).decode()
    office, leader = User.objects.get(pk=notice.drafted_by_id), factories.leader()
    reports.submit_notice(actor=office, notice=notice)
    reviewed(reports.approve_notice(actor=leader, notice=notice))
    edition = reports.publish(actor=office, notice=notice)
    issue = notice.inspection.issues.get(number=1)
    rows = {"notice": notice.pk, "issue": issue.pk, "edition": edition.pk}
    found = list(pages(iter(PAGES), rows)) + [f"/api/v1/{name}/" for name in ("notices", "editions", "issues", "measures", "inspections")]
    liaison = factories.liaison(issue.lead_unit)
    others = (leader, liaison, factories.user(Role.ADMIN), factories.user(Role.AUDITOR))
    readers = [(signed_in(office), found), *((reader, found[::5]) for reader in (Client(), *map(signed_in, others)))]
    for reader, addresses in readers:
        reader.raise_request_exception = False
        for address in addresses:
            assert CANARY not in reader.get(address).content.decode(errors="ignore"), address
    for model in apps.get_models():
        if model.__module__.startswith("apps.") and model is not Clue:
            assert CANARY not in str(list(model._default_manager.values())), model
    assert not Notification.objects.filter(title__contains="线索").exists()
    assert CANARY in signed_in(discipline()).get(reverse("supervision:clue", args=(clue.pk,))).content.decode()
