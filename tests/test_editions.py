"""Published editions: frozen, hashed, tied to the book, and refused when the approval no longer covers the content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.content import canonical, content_of, text_of
from apps.reports.models import Edition, Notice
from apps.reports.verification import check_edition
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from tests import append_only, factories
from tests.secrecy import reviewed
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db


def approved(inspection: Inspection | None = None) -> Notice:
    office = factories.office()
    notice = services.submit_notice(actor=office, notice=drafted(office, inspection=inspection))
    return reviewed(services.approve_notice(actor=factories.leader(), notice=notice))


def published(inspection: Inspection | None = None) -> Edition:
    return services.publish(actor=factories.office(), notice=approved(inspection))


def rewrite(statement: str, *values: str | int) -> None:
    with append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement, values)


class TestPublish:
    def test_what_is_published_is_what_was_approved(self) -> None:
        notice = approved()
        edition = services.publish(actor=factories.office(), notice=notice)
        assert edition.sha256 == notice.approved_hash == hashlib.sha256(canonical(edition.content)).hexdigest()
        notice.refresh_from_db()
        assert notice.state == Notice.State.PUBLISHED

    def test_book_names_edition_and_fingerprint_and_is_the_checkpoint(self) -> None:
        edition = published()
        entry = Entry.objects.get(book=edition.inspection.book, seq=edition.checkpoint_seq)
        assert entry.hash == edition.checkpoint_hash
        assert (entry.act_label, entry.payload["edition"], entry.payload["sha256"]) == ("发布通报", 1, edition.sha256)

    def test_numbers_run_on_within_a_round(self) -> None:
        first = published()
        second = published(first.inspection)
        elsewhere = published()
        assert [edition.number for edition in (first, second, elsewhere)] == [1, 2, 1]

    def test_content_stays_when_the_ledger_moves_on(self) -> None:
        edition = published()
        said = text_of(edition.content)
        factories.measure(edition.inspection.issues.get(number=1))
        edition.refresh_from_db()
        assert text_of(edition.content) == said
        assert check_edition(edition).holds

    def test_unapproved_is_refused(self) -> None:
        notice = drafted()
        with pytest.raises(ActConflict):
            services.publish(actor=notice.drafted_by, notice=notice)

    def test_ledger_that_moved_after_the_approval_stops_it(self) -> None:
        notice = approved()
        factories.measure(notice.inspection.issues.get(number=1))
        with pytest.raises(ActConflict, match="审定不再覆盖现在的内容"):
            services.publish(actor=notice.drafted_by, notice=notice)
        assert not Edition.objects.exists()
        assert not Entry.objects.filter(act="reports.publish").exists()

    def test_new_issue_without_text_stops_it(self) -> None:
        notice = approved()
        factories.issue(notice.inspection.categories.get())
        with pytest.raises(ActRefused, match="还没有通报条目"):
            services.publish(actor=notice.drafted_by, notice=notice)

    def test_published_notice_is_at_rest(self) -> None:
        notice = published().notice
        office, item = notice.drafted_by, notice.items.all()[0]
        with pytest.raises(ActConflict):
            services.publish(actor=office, notice=notice)
        with pytest.raises(ActConflict):
            services.amend_notice(actor=office, notice=notice, values={"phone": "1"}, reason="更正")
        with pytest.raises(ActConflict):
            services.amend_item(actor=office, item=item, title="更正", text=item.text, reason="更正")
        with pytest.raises(ActConflict):
            services.return_notice(actor=office, notice=notice, reason="更正")

    def test_leaders_do_not_publish(self) -> None:
        with pytest.raises(ActForbidden):
            services.publish(actor=factories.leader(), notice=approved())

    def test_canonical_bytes_survive_the_database(self) -> None:
        notice = approved()
        before = canonical(content_of(notice))
        edition = services.publish(actor=factories.office(), notice=notice)
        edition.refresh_from_db()
        assert canonical(edition.content) == before


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement", ["UPDATE reports_edition SET sha256 = 'x' WHERE id = %s", "DELETE FROM reports_edition WHERE id = %s"]
    )
    def test_database_refuses_change_and_removal(self, statement: str) -> None:
        edition = published()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [edition.pk])
        edition.refresh_from_db()
        assert check_edition(edition).holds


class TestVerification:
    def test_altered_text_is_found(self) -> None:
        edition = published()
        rewrite("UPDATE reports_edition SET content = %s WHERE id = %s", '{"title": "别的"}', edition.pk)
        edition.refresh_from_db()
        found = check_edition(edition)
        assert not found.content
        assert found.checkpoint

    def test_altered_text_with_a_fresh_fingerprint_is_found_too(self) -> None:
        edition = published()
        forged = hashlib.sha256(canonical({"title": "别的"})).hexdigest()
        rewrite("UPDATE reports_edition SET content = %s, sha256 = %s WHERE id = %s", '{"title": "别的"}', forged, edition.pk)
        edition.refresh_from_db()
        found = check_edition(edition)
        assert found.content
        assert not found.checkpoint

    def test_entry_that_left_the_book_is_found(self) -> None:
        edition = published()
        rewrite("DELETE FROM ledgers_entry WHERE book_id = %s AND seq = %s", edition.inspection.book_id, edition.checkpoint_seq)
        assert not check_edition(edition).checkpoint


def test_no_write_goes_round_the_services() -> None:
    """Views of this room never call save, update, delete or create."""
    for name in ("office", "public"):
        text = Path(f"apps/reports/views/{name}.py").read_text(encoding="utf-8")
        assert not any(f".{verb}(" in text for verb in ("save", "update", "delete", "create", "bulk_create"))
