"""Making the files of a notice: by a worker, once; watched, failed, tried again; and who may fetch what."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.ledgers.models import Entry
from apps.measures.models import Act as MeasureAct
from apps.measures.services.files import sweep
from apps.reports import services, tasks
from apps.reports.models import Act, Audience, Edition, Notice, RenderedFile, Rendering
from apps.reports.rendering import making
from apps.reports.services import rendering as verbs
from apps.units.errors import ActConflict, ActForbidden
from apps.units.models import Notification, Role
from tests import factories
from tests.notice_text import docx_text, squeezed
from tests.test_editions import approved, published
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db
Kind, State = RenderedFile.Kind, Rendering.State


@pytest.fixture(autouse=True)
def no_pdf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick stand-in for WeasyPrint; tests/test_notice_files.py looks at real ones."""
    monkeypatch.setattr(making, "notice_pdf", lambda *_facts: b"%PDF-1.7 stand-in")


def rendered(edition: Edition) -> Rendering:
    row = edition.renderings.get()
    tasks.render(row.pk)
    row.refresh_from_db()
    return row


def party_edition(of: Edition) -> Edition:
    """The same notice told to the Party."""
    facts = {name: getattr(of, name) for name in ("notice", "inspection", "content", "sha256", "checkpoint_seq", "checkpoint_hash")}
    return Edition.objects.create(audience=Audience.PARTY, number=1, published_by=of.published_by, **facts)


def failures() -> list[Notification]:
    return list(Notification.objects.filter(title__contains="没有生成完").select_related("recipient"))


def url(name: str, *args: Any) -> str:
    return reverse(f"reports:{name}", args=args)


class TestWorker:
    def test_publishing_asks_for_the_files_after_the_commit(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sent: list[Any] = []
        monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
        with django_capture_on_commit_callbacks(execute=True):
            notice = approved()
            edition = services.publish(actor=factories.office(), notice=notice)
            assert not sent
        assert sent == [("reports.render", [edition.renderings.get().pk])]
        row = rendered(edition)
        assert (row.state, row.done, row.of) == (State.DONE, 4, 4)
        assert {file.kind for file in row.files.all()} == {"docx", "pdf", "json", "csv"}
        assert all(file.sha256 and file.size for file in row.files.all())

    def test_publishing_goes_on_without_a_broker(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        def away(*_args: Any, **_options: Any) -> None:
            raise BrokerAway

        monkeypatch.setattr(current_app, "send_task", away)
        with django_capture_on_commit_callbacks(execute=True):
            edition = published()
        row = edition.renderings.get()
        assert row.state == State.WAITING
        assert verbs.overdue() == []
        Rendering.objects.filter(pk=row.pk).update(asked_at=timezone.now() - verbs.LEASE * 2)
        assert verbs.overdue() == [row.pk]

    def test_run_twice_makes_nothing_twice(self) -> None:
        edition = published()
        row = rendered(edition)
        before = list(row.files.values_list("pk", "sha256"))
        tasks.render(row.pk)
        assert list(row.files.values_list("pk", "sha256")) == before

    def test_goes_on_where_a_worker_died(self, monkeypatch: pytest.MonkeyPatch) -> None:
        row = published().renderings.get()

        def killed(*_facts: Any) -> bytes:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(making, "notice_docx", killed)
            with pytest.raises(KeyboardInterrupt):
                tasks.render(row.pk)
        row.refresh_from_db()
        assert (row.state, row.done, row.attempts) == (State.RUNNING, 2, 1)
        Rendering.objects.filter(pk=row.pk).update(begun_at=timezone.now() - verbs.LEASE * 2)
        assert verbs.overdue() == [row.pk]
        first = set(row.files.values_list("pk", flat=True))
        tasks.render(row.pk)
        row.refresh_from_db()
        assert (row.state, row.done, row.attempts) == (State.DONE, 4, 2)
        assert first < set(row.files.values_list("pk", flat=True))

    def test_what_kills_its_worker_each_time_is_given_up_and_everybody_concerned_is_told(
        self, monkeypatch: pytest.MonkeyPatch, client: Client
    ) -> None:
        edition = published()
        row, office = edition.renderings.get(), factories.signed_in(factories.office())
        followed: list[None] = []
        monkeypatch.setattr(verbs, "site_follows", lambda: followed.append(None))
        for _ in range(verbs.MOST_TRIES):
            assert verbs.claim_rendering(pk=row.pk)
        public, house = url("edition", edition.pk), url("notice", row.notice_id)
        assert "正在生成" in client.get(public).content.decode()  # the control: until now it may still come
        assert "没有全部生成" not in office.get(house).content.decode()
        assert not followed
        assert not failures()
        assert verbs.claim_rendering(pk=row.pk) is None
        row.refresh_from_db()
        assert row.state == State.FAILED
        assert "不再自动重试" in row.error
        assert followed == [None]
        assert "没有生成成功，暂时不能下载" in client.get(public).content.decode()
        assert client.get(url("edition-docx", edition.pk)).status_code == 409
        assert {(note.recipient.role, note.path) for note in failures()} == {(Role.OFFICE, url("files", row.notice_id))}
        assert "没有全部生成" in office.get(house).content.decode()
        assert url("render-again", row.pk) in office.get(url("files", row.notice_id)).content.decode()
        assert office.post(url("render-again", row.pk)).status_code == 302
        assert "正在生成" in client.get(public).content.decode()
        tasks.render(row.pk)
        assert "没有全部生成" not in office.get(house).content.decode()
        assert url("edition-docx", edition.pk) in client.get(public).content.decode()

    def test_of_a_draft_whoever_asked_for_the_files_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        notice, leader = drafted(), factories.leader()
        row = services.ask_rendering(actor=leader, notice=notice)
        monkeypatch.setattr(tasks, "make", lambda *_facts: 1 / 0)
        tasks.render(row.pk)
        assert [note.recipient for note in failures()] == [leader]

    def test_a_failure_says_its_kind_and_not_its_words_and_can_be_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        row = published().renderings.get()

        def broken(*_facts: Any) -> bytes:
            raise OperationalError("secret words")

        with monkeypatch.context() as patch:
            patch.setattr(making, "notice_docx", broken)
            tasks.render(row.pk)
        row.refresh_from_db()
        assert row.state == State.FAILED
        assert "数据库" in row.error
        assert "secret" not in row.error
        services.retry_rendering(actor=factories.office(), rendering=row)
        tasks.render(row.pk)
        row.refresh_from_db()
        assert (row.state, row.done, row.error) == (State.DONE, 4, "")

    def test_a_machine_without_fonts_says_so_and_may_try_again_later(self, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
        edition = published()

        def fontless(*_facts: Any) -> bytes:
            raise ActConflict("本机的字体缺少文中的汉字；DOCX 版本仍可下载")

        with monkeypatch.context() as patch:
            patch.setattr(making, "notice_pdf", fontless)
            row = rendered(edition)
        assert row.state == State.DONE
        page = client.get(url("edition", edition.pk)).content.decode()
        assert "本机的字体缺少文中的汉字" in page
        assert url("edition-docx", edition.pk) in page
        assert url("edition-pdf", edition.pk) not in page
        answer = client.get(url("edition-pdf", edition.pk))
        assert answer.status_code == 409
        assert "DOCX 版本仍可下载" in answer.content.decode()
        services.retry_rendering(actor=factories.office(), rendering=row)
        tasks.render(row.pk)
        assert client.get(url("edition-pdf", edition.pk)).status_code == 200
        with pytest.raises(ActConflict):
            services.retry_rendering(actor=factories.office(), rendering=row)

    def test_files_are_named_and_so_never_swept(self) -> None:
        row = rendered(published())
        mine, later = set(row.files.values_list("sha256", flat=True)), timezone.now() + verbs.LEASE * 1000
        assert not mine & set(sweep(now=later))
        row.files.all().delete()
        assert mine <= set(sweep(now=later))

    def test_the_clock_sends_what_is_overdue(self, monkeypatch: pytest.MonkeyPatch) -> None:
        row = published().renderings.get()
        Rendering.objects.filter(pk=row.pk).update(asked_at=timezone.now() - verbs.LEASE * 2)
        sent: list[int] = []
        monkeypatch.setattr(verbs, "send", sent.append)
        tasks.render_overdue()
        assert sent == [row.pk]


class TestDraft:
    def test_a_draft_as_it_is_is_marked_and_entered_in_the_book(self) -> None:
        notice = drafted()
        row = services.ask_rendering(actor=notice.drafted_by, notice=notice)
        tasks.render(row.pk)
        entry = Entry.objects.get(act=Act.RENDER.value)
        assert entry.payload == {"content_hash": row.sha256, "told_to": "社会公开"}
        assert all("草稿" in file.filename for file in row.files.all())

    def test_the_same_content_is_not_rendered_twice_and_another_is(self) -> None:
        notice = drafted()
        first = services.ask_rendering(actor=notice.drafted_by, notice=notice)
        assert services.ask_rendering(actor=factories.leader(), notice=notice) == first
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"})
        assert services.ask_rendering(actor=notice.drafted_by, notice=notice) != first
        assert Entry.objects.filter(act=Act.RENDER.value).count() == 2

    def test_only_the_office_and_the_leaders_ask(self) -> None:
        notice = drafted()
        for role in (Role.LIAISON, Role.AUDITOR, Role.ADMIN):
            of = factories.unit() if role == Role.LIAISON else None
            with pytest.raises(ActForbidden):
                services.ask_rendering(actor=factories.user(role, of=of), notice=notice)


class TestPages:
    def test_progress_is_shown_and_asks_for_itself_until_it_is_done(self) -> None:
        notice = drafted()
        browser = factories.signed_in(notice.drafted_by)
        answer = browser.post(url("render", notice.pk))
        assert (answer.status_code, answer["Location"]) == (302, url("files", notice.pk))
        row = Rendering.objects.get()
        page = browser.get(url("files", notice.pk)).content.decode()
        assert "已完成 0 份，共 4 份" in page
        assert "<progress" in page
        part = url("rendering", row.pk)
        assert f'hx-get="{part}"' in page
        assert browser.get(part).status_code == 302  # without JavaScript the page itself is loaded again
        tasks.render(row.pk)
        done = browser.get(part, headers={"hx-request": "true"}).content.decode()
        assert "hx-get" not in done
        assert "<html" not in done
        assert [url("rendered-file", file.pk) in done for file in row.files.all()] == [True] * 4

    def test_a_failure_is_shown_with_a_way_to_try_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        notice = drafted()
        row = services.ask_rendering(actor=notice.drafted_by, notice=notice)
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "make", lambda *_facts: 1 / 0)
            tasks.render(row.pk)
        browser = factories.signed_in(notice.drafted_by)
        page = browser.get(url("files", notice.pk)).content.decode()
        assert "没有生成完：程序出错（ZeroDivisionError）" in page
        assert browser.post(url("render-again", row.pk)).status_code == 302
        row.refresh_from_db()
        assert row.state == State.WAITING
        assert browser.post(url("render-again", row.pk)).status_code == 409

    def test_files_of_an_older_draft_say_so(self) -> None:
        notice = drafted()
        services.ask_rendering(actor=notice.drafted_by, notice=notice)
        browser = factories.signed_in(notice.drafted_by)
        assert "这些文件不是现在的内容" not in browser.get(url("files", notice.pk)).content.decode()
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"})
        assert "这些文件不是现在的内容" in browser.get(url("files", notice.pk)).content.decode()

    def test_fetching_one_is_entered_in_the_book(self) -> None:
        row = rendered(published())
        file = row.files.get(kind=Kind.DOCX)
        answer = factories.signed_in(factories.leader()).get(url("rendered-file", file.pk))
        data = answer.getvalue()
        assert hashlib.sha256(data).hexdigest() == file.sha256
        assert answer["Cache-Control"] == "private, no-store"
        entry = Entry.objects.get(act=MeasureAct.EXPORT_PAPER.value)
        assert entry.payload == {"name": file.filename, "rows": 2, "sha256": file.sha256}

    @pytest.mark.parametrize("role", [Role.LIAISON, Role.AUDITOR, Role.ADMIN])
    def test_nobody_else_sees_them(self, role: Role) -> None:
        row = rendered(published())
        browser = factories.signed_in(factories.user(role, of=factories.unit() if role == Role.LIAISON else None))
        for name, pk in (("files", row.notice_id), ("rendering", row.pk), ("rendered-file", row.files.all()[0].pk)):
            assert browser.get(url(name, pk)).status_code == 404
        for name, pk in (("render", row.notice_id), ("render-again", row.pk)):
            assert browser.post(url(name, pk)).status_code == 404


class TestPublic:
    @pytest.mark.parametrize("kind", ["docx", "pdf", "csv"])
    def test_files_have_type_name_tag_and_no_cookie(self, kind: str, client: Client) -> None:
        edition = published()
        row = rendered(edition).files.get(kind=kind)
        answer = client.get(url(f"edition-{kind}", edition.pk))
        assert answer.status_code == 200
        assert answer["Content-Type"] == row.media_type
        assert answer["ETag"] == f'"{row.sha256}"'
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer["Content-Length"] == str(row.size)
        assert answer["Cache-Control"].startswith("public")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.cookies
        again = client.get(url(f"edition-{kind}", edition.pk), headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again["ETag"]) == (304, answer["ETag"])
        assert client.head(url(f"edition-{kind}", edition.pk)).status_code == 200

    def test_what_is_fetched_says_what_was_published(self, client: Client) -> None:
        edition = published()
        rendered(edition)
        data = client.get(url("edition-docx", edition.pk)).getvalue()
        assert squeezed("已全部整改到位。") in docx_text(data)

    def test_before_they_are_made_the_reader_is_told(self, client: Client) -> None:
        edition = published()
        page = client.get(url("edition", edition.pk)).content.decode()
        assert "正在生成" in page
        assert url("edition-json", edition.pk) in page
        answer = client.get(url("edition-docx", edition.pk))
        assert answer.status_code == 409
        assert "正在生成" in answer.content.decode()

    def test_editions_for_the_party_are_not_found(self, client: Client) -> None:
        told = published()
        party = party_edition(told)
        services.render_edition(actor=told.published_by, edition=party)
        row = rendered(party)
        for browser in (client, factories.signed_in(factories.office())):
            for name in ("edition", "verify", "edition-json", "edition-docx", "edition-pdf", "edition-csv"):
                assert browser.get(url(name, party.pk)).status_code == 404, name
        assert client.get(f"/api/v1/editions/{party.pk}/").status_code == 404
        assert [line["id"] for line in client.get("/api/v1/editions/").json()["results"]] == [told.pk]
        assert url("edition", party.pk) not in client.get(url("feed")).content.decode()
        assert url("edition", party.pk) not in client.get(url("editions")).content.decode()
        # the house has it
        answer = factories.signed_in(factories.leader()).get(url("rendered-file", row.files.get(kind=Kind.DOCX).pk))
        assert answer.status_code == 200

    @pytest.mark.parametrize("kind", ["docx", "pdf", "csv", "json"])
    def test_those_who_read_what_the_party_is_told_fetch_its_files(self, kind: str, client: Client) -> None:
        told = published()
        party = party_edition(told)
        services.render_edition(actor=told.published_by, edition=party)
        rendered(party)
        address, page = url(f"party-{kind}", party.pk), url("party-edition", party.pk)
        liaison = factories.liaison()
        for reader in (factories.office(), factories.leader(), liaison):
            browser = factories.signed_in(reader)
            assert f'href="{address}"' in browser.get(page).content.decode()
            answer = browser.get(address)
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "private, no-store"
        taken = Entry.objects.filter(act=MeasureAct.EXPORT_PAPER.value).latest("pk")
        assert taken.actor == liaison
        for role in (Role.ADMIN, Role.AUDITOR, Role.DISCIPLINE):
            assert factories.signed_in(factories.user(role)).get(address).status_code == 404
        assert client.get(address).status_code == 302
        # the control: an edition for society is not found at the Party's addresses, by anybody
        assert factories.signed_in(factories.office()).get(url(f"party-{kind}", told.pk)).status_code == 404

    def test_the_page_of_an_edition_for_the_party_says_what_is_not_there(self) -> None:
        told = published()
        party = party_edition(told)
        services.render_edition(actor=told.published_by, edition=party)
        reader, office = factories.signed_in(factories.liaison()), factories.signed_in(factories.office())
        page = reader.get(url("party-edition", party.pk)).content.decode()
        assert page.count("正在生成") == 3
        assert url("party-docx", party.pk) not in page
        assert url("files", party.notice_id) not in page
        assert url("files", party.notice_id) in office.get(url("party-edition", party.pk)).content.decode()
        refused = reader.get(url("party-docx", party.pk))
        assert (refused.status_code, "正在生成" in refused.content.decode()) == (409, True)
        rendered(party)
        assert "正在生成" not in reader.get(url("party-edition", party.pk)).content.decode()

    def test_feed_names_each_edition_with_its_files(self, client: Client) -> None:
        first = published()
        second = published(first.inspection)
        rendered(second)
        answer = client.get(url("feed"))
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert not answer.cookies
        atom = "{http://www.w3.org/2005/Atom}"
        entries = ET.fromstring(answer.content).findall(f"{atom}entry")
        assert [entry.findtext(f"{atom}title") for entry in entries] == [f"{second.content['title']}（第 {n} 版）" for n in (2, 1)]
        assert len({entry.findtext(f"{atom}id") for entry in entries}) == 2
        links = [[link.get("rel") for link in entry.findall(f"{atom}link")].count("enclosure") for entry in entries]
        assert links == [4, 1]
        assert client.get(url("feed"), headers={"if-none-match": answer["ETag"]}).status_code == 304
        rendered(first)
        assert client.get(url("feed"), headers={"if-none-match": answer["ETag"]}).status_code == 200

    def test_empty_feed_and_schema_are_served(self, client: Client) -> None:
        assert b"<feed" in client.get(url("feed")).content
        answer = client.get("/editions/schema.json")
        assert answer["Content-Type"] == "application/schema+json"
        assert answer.json()["properties"]["format"]
        assert client.get("/editions/schema.json", headers={"if-none-match": answer["ETag"]}).status_code == 304

    @pytest.mark.parametrize("ending", ["docx", "pdf", "csv"])
    def test_unknown_editions_are_404(self, ending: str, client: Client) -> None:
        for number in (0, 999, 10**20):
            assert client.get(f"/editions/{number}.{ending}").status_code == 404

    def test_api_lists_the_files(self, client: Client) -> None:
        edition = published()
        rendered(edition)
        files = client.get(f"/api/v1/editions/{edition.pk}/").json()["files"]
        assert [line["kind"] for line in files] == ["docx", "pdf", "csv", "json"]
        assert files[0]["url"].endswith(url("edition-docx", edition.pk))
        assert files[0]["sha256"] == RenderedFile.objects.get(kind=Kind.DOCX).sha256


def test_a_draft_is_never_served_to_the_public(client: Client) -> None:
    notice = drafted()
    row = services.ask_rendering(actor=notice.drafted_by, notice=notice)
    tasks.render(row.pk)
    answer = client.get(url("rendered-file", row.files.all()[0].pk))
    assert answer.status_code == 302
    assert Notice.objects.get().state == Notice.State.DRAFT


@pytest.mark.parametrize("audience", Audience.values)
def test_a_draft_is_rendered_for_the_audience_that_was_asked_for(audience: str) -> None:
    notice = drafted()
    item = notice.items.get(issue__number=1)
    item.party_text, item.internal_text = "党内文字。", "内部文字。"
    item.save()
    browser = factories.signed_in(notice.drafted_by)
    assert browser.post(url("render", notice.pk), {"audience": audience}).status_code == 302
    row = Rendering.objects.get()
    tasks.render(row.pk)
    data = browser.get(url("rendered-file", row.files.get(kind=Kind.DOCX).pk)).getvalue()
    said = {"internal": "内部文字。", "party": "党内文字。", "society": "已全部整改到位。"}
    assert {name: words in docx_text(data) for name, words in said.items()} == {name: name == audience for name in said}
    assert browser.post(url("render", notice.pk), {"audience": "nobody"}).status_code == 400
