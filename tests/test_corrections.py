"""Approval of both audiences, Party editions, and the one way in which an edition is withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Audience, Edition, Notice, NoticeItem
from apps.reports.verification import check_edition
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from tests import factories
from tests.api_world import client as api
from tests.secrecy import reviewed
from tests.test_axe import names_of
from tests.test_editions import approved, published
from tests.test_notice import submitted
from tests.test_notice_screens import address, page, post

pytestmark = pytest.mark.django_db
PARTY_TEXT = "已全部整改到位，欠款如数追缴，有关责任人已处理。"


def for_party(notice: Notice) -> Notice:
    """The same notice, with other words for the Party in its first item."""
    NoticeItem.objects.filter(notice=notice, issue__number=1).update(party_text=PARTY_TEXT)
    return notice


def told_twice() -> Edition:
    """The edition for society of a notice that tells the Party something else."""
    notice = reviewed(services.approve_notice(actor=factories.leader(), notice=for_party(submitted())))
    return services.publish(actor=factories.office(), notice=notice)


def corrected(edition: Edition, reason: str = "第一条金额有误") -> Edition:
    """The edition that corrects it, taken through all steps."""
    office = factories.office()
    notice = services.correct_edition(actor=office, edition=edition, reason=reason)
    item = notice.items.select_related("notice", "issue").get(issue__number=1)
    services.amend_item(actor=office, item=item, title=item.title, text="已基本整改。")
    services.submit_notice(actor=office, notice=notice)
    reviewed(services.approve_notice(actor=factories.leader(), notice=notice))
    return services.publish(actor=office, notice=notice)


class TestApproval:
    def test_both_contents_are_bound(self) -> None:
        notice = services.approve_notice(actor=factories.leader(), notice=for_party(submitted()))
        society, party = (sha256_of(content_of(notice, audience)) for audience in (Audience.SOCIETY, Audience.PARTY))
        assert (notice.approved_hash, notice.approved_party_hash) == (society, party)
        assert society != party

    def test_party_text_that_changed_after_the_approval_stops_publishing(self) -> None:
        notice = for_party(approved())
        with pytest.raises(ActConflict, match="审定不再覆盖现在的内容"):
            services.publish(actor=notice.drafted_by, notice=notice)
        assert not Edition.objects.exists()

    def test_the_approver_has_read_what_the_party_is_told(self) -> None:
        notice, leader = for_party(submitted()), factories.leader()
        read, party = (sha256_of(content_of(notice, audience)) for audience in (Audience.SOCIETY, Audience.PARTY))
        post(leader, address(notice, "approve"), 409, content_hash=read)
        post(leader, address(notice, "approve"), 409, content_hash=read, party_hash="0" * 64)
        post(leader, address(notice, "approve"), 302, content_hash=read, party_hash=party)


class TestPartyEditions:
    def test_made_where_the_texts_differ(self) -> None:
        society = told_twice()
        party = society.notice.editions.get(audience=Audience.PARTY)
        assert PARTY_TEXT in str(party.content)
        assert PARTY_TEXT not in str(society.content)
        assert (society.number, party.number) == (1, 1)
        assert check_edition(society).holds
        assert check_edition(party).holds
        assert [entry.payload["told_to"] for entry in Entry.objects.filter(act="reports.publish").order_by("seq")] == [
            "社会公开",
            "党内通报",
        ]

    def test_made_where_the_office_asks_and_not_otherwise(self) -> None:
        services.publish(actor=factories.office(), notice=approved(), party=True)
        assert Edition.objects.filter(audience=Audience.PARTY).count() == 1
        published()
        assert Edition.objects.filter(audience=Audience.PARTY).count() == 1

    def test_read_in_the_house_by_those_who_may(self) -> None:
        party = told_twice().notice.editions.get(audience=Audience.PARTY)
        path = reverse("reports:party-edition", args=(party.pk,))
        for reader in (factories.office(), factories.leader(), factories.liaison()):
            assert PARTY_TEXT in page(reader, path)
            assert path in page(reader, reverse("reports:party-editions"))
        for other in (factories.user(Role.ADMIN), factories.user(Role.AUDITOR)):
            page(other, path, 404)
            page(other, reverse("reports:party-editions"), 404)
            page(other, reverse("reports:party-json", args=(party.pk,)), 404)

    def test_never_public(self, client: Client) -> None:
        """With the edition for society as the control at each address."""
        society = told_twice()
        party = society.notice.editions.get(audience=Audience.PARTY)
        for name in ("edition", "verify", "edition-json", "proof"):
            assert client.get(reverse(f"reports:{name}", args=(society.pk,))).status_code == 200
            assert client.get(reverse(f"reports:{name}", args=(party.pk,))).status_code == 404
        assert client.get(reverse("reports:compare", args=(society.pk, party.pk))).status_code == 404
        assert client.get(reverse("reports:compare", args=(society.pk, society.pk))).status_code == 200
        for path in ("/", "/editions/", "/api/v1/editions/"):
            shown = client.get(path).content.decode()
            assert society.sha256[:16] in shown.replace(" ", "")
            assert party.sha256[:16] not in shown.replace(" ", "")
            assert PARTY_TEXT not in shown
        assert "没有找到" in client.get("/verify/", {"sha256": party.sha256}).content.decode()
        assert "现行有效" in client.get("/verify/", {"sha256": society.sha256}).content.decode()
        assert client.get(f"/api/v1/editions/{party.pk}/").status_code == 404
        assert client.get(f"/api/v1/editions/{society.pk}/").status_code == 200
        assert client.get(reverse("reports:party-edition", args=(party.pk,))).status_code == 302


class TestCorrecting:
    def test_draft_is_a_copy_that_says_what_it_corrects(self) -> None:
        edition = told_twice()
        notice = services.correct_edition(actor=factories.office(), edition=edition, reason="第一条金额有误")
        rows = [list(row.items.values_list("issue__number", "title", "text", "party_text")) for row in (notice, edition.notice)]
        assert rows[0] == rows[1]
        assert content_of(notice)["corrects"] == {"edition": 1, "sha256": edition.sha256, "reason": "第一条金额有误"}
        assert (notice.state, notice.lead) == (Notice.State.DRAFT, edition.notice.lead)

    def test_published_correction_withdraws_the_old_one_which_stays_readable(self, client: Client) -> None:
        old = published()
        new = corrected(old)
        assert (new.corrects, new.correction, new.number) == (old, "第一条金额有误", 2)
        said = client.get(reverse("reports:edition", args=(old.pk,))).content.decode()
        assert "本版已由" in said
        assert "第一条金额有误" in said
        assert "已全部整改到位。" in said
        told = client.get(reverse("reports:edition", args=(new.pk,))).content.decode()
        assert "本版更正第 1 版。更正理由：第一条金额有误。" in told
        assert "本版已由" not in told
        assert client.get("/editions/").content.decode().count("已更正") == 1
        assert check_edition(old).holds

    def test_reason_is_part_of_what_is_approved(self) -> None:
        office = factories.office()
        notice = services.correct_edition(actor=office, edition=published(), reason="第一条金额有误")
        services.submit_notice(actor=office, notice=notice)
        reviewed(services.approve_notice(actor=factories.leader(), notice=notice))
        Notice.objects.filter(pk=notice.pk).update(correction="别的理由")
        with pytest.raises(ActConflict, match="审定不再覆盖"):
            services.publish(actor=office, notice=notice)

    def test_the_party_edition_is_corrected_with_it(self) -> None:
        old = told_twice()
        new = corrected(old)
        party = new.notice.editions.get(audience=Audience.PARTY)
        assert party.corrects == old.notice.editions.get(audience=Audience.PARTY)
        assert party.content["corrects"]["sha256"] == party.corrects.sha256

    def test_once(self) -> None:
        old, office = published(), factories.office()
        services.correct_edition(actor=office, edition=old, reason="金额有误")
        with pytest.raises(ActConflict, match="已经在起草"):
            services.correct_edition(actor=office, edition=old, reason="金额有误")

    def test_a_corrected_edition_is_not_corrected_again(self) -> None:
        old = published()
        corrected(old)
        with pytest.raises(ActConflict, match="已经更正过"):
            services.correct_edition(actor=factories.office(), edition=old, reason="金额有误")

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_needs_a_reason(self, reason: str) -> None:
        with pytest.raises(ActRefused, match="请写明更正理由"):
            services.correct_edition(actor=factories.office(), edition=published(), reason=reason)

    def test_is_for_the_office(self) -> None:
        edition, leader = published(), factories.leader()
        with pytest.raises(ActForbidden):
            services.correct_edition(actor=leader, edition=edition, reason="金额有误")
        path = reverse("reports:correct", args=(edition.pk,))
        page(leader, path, 403)
        page(factories.liaison(), path, 404)

    def test_on_the_page(self) -> None:
        edition, office = published(), factories.office()
        path = reverse("reports:correct", args=(edition.pk,))
        assert path in page(office, address(edition.notice))
        assert "请填写更正理由" in post(office, path, 400, reason="")
        post(office, path, 302, reason="金额有误")
        notice = Notice.objects.get(corrects=edition)
        assert "这份通报稿更正" in page(office, address(notice))
        assert path not in page(office, address(notice))

    def test_there_is_no_other_way(self) -> None:
        """No address takes an edition away, no service does, and the database refuses."""
        edition = corrected(published())
        about = {name for name in names_of(get_resolver()) if "edition" in name}
        assert about == {
            *("reports:edition", "reports:editions", "reports:edition-json"),
            *("reports:edition-docx", "reports:edition-pdf", "reports:edition-csv"),
            *("reports:party-edition", "reports:party-editions"),
        }
        for method in ("post", "put", "patch", "delete"):
            answered = getattr(factories.signed_in(factories.office()), method)(f"/api/v1/editions/{edition.pk}/")
            assert answered.status_code == 405
        for statement in ("DELETE FROM reports_edition WHERE id = %s", "UPDATE reports_edition SET corrects_id = NULL WHERE id = %s"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [edition.pk])


class TestReasonWhileDrafting:
    def test_it_is_put_otherwise_and_voids_what_was_approved(self) -> None:
        office = factories.office()
        notice = services.correct_edition(actor=office, edition=published(), reason="第一条金额有误")
        path = address(notice, "correction")
        assert path in page(office, address(notice))
        shown = page(office, path)
        assert "第一条金额有误" in shown
        hidden = shown.split('name="shown" value="')[1].split('"')[0]
        post(office, path, 302, correction="第一条的金额应为 46 万元", shown=hidden)
        notice.refresh_from_db()
        assert notice.correction == "第一条的金额应为 46 万元"
        entry = Entry.objects.filter(act="reports.amend_notice").latest("pk")
        assert entry.payload["changes"] == {"correction": ["第一条金额有误", "第一条的金额应为 46 万元"]}
        services.amend_correction(actor=office, notice=notice, correction="第一条的表述有误")
        services.submit_notice(actor=office, notice=notice)
        approved_then = services.approve_notice(actor=factories.leader(), notice=notice)
        with pytest.raises(ActRefused, match="要写明理由"):
            services.amend_correction(actor=office, notice=notice, correction="另有原因")
        services.amend_correction(actor=office, notice=notice, correction="另有原因", reason="说得更清楚")
        notice.refresh_from_db()
        assert notice.state == Notice.State.DRAFT
        assert sha256_of(content_of(notice)) != approved_then.approved_hash
        assert Entry.objects.filter(act="reports.void_approval").exists()

    def test_a_late_save_shows_both_texts_and_keeps_what_was_typed(self) -> None:
        office, other = factories.office(), factories.office()
        notice = services.correct_edition(actor=office, edition=published(), reason="第一条金额有误")
        path = address(notice, "correction")
        hidden = page(office, path).split('name="shown" value="')[1].split('"')[0]
        services.amend_correction(actor=other, notice=notice, correction="对方写的理由")
        said = post(office, path, 409, correction="我写的理由", shown=hidden)
        assert "对方保存的：对方写的理由" in said
        assert "我写的理由" in said
        again = said.split('name="shown" value="')[1].split('"')[0]
        post(office, path, 302, correction="我写的理由", shown=again)

    def test_by_api_too_and_nobody_overwrites_what_they_have_not_read(self) -> None:
        office, other = factories.office(), factories.office()
        notice = services.correct_edition(actor=office, edition=published(), reason="第一条金额有误")
        address = f"/api/v1/notices/{notice.pk}/amend-correction/"
        first = api(office).get(f"/api/v1/notices/{notice.pk}/")
        version = first.json()["version"]
        assert "version" in api(office).post(address, {"correction": "改"}).json()["error"]["fields"]
        changed = api(other).post(address, {"correction": "对方写的理由", "version": version})
        assert changed.status_code == 200, changed.content
        assert api(office).post(address, {"correction": "我写的理由", "version": version}).status_code == 409
        assert api(office).post(address, {"correction": "我写的理由"}, HTTP_IF_MATCH=first["ETag"]).status_code == 412
        notice.refresh_from_db()
        assert notice.correction == "对方写的理由"
        assert api(office).post(address, {"correction": "我写的理由"}, HTTP_IF_MATCH=changed["ETag"]).status_code == 200
        for who, told in ((factories.leader(), 403), (factories.liaison(), 404)):
            assert api(who).post(address, {"correction": "改", "version": changed.json()["version"] + 1}).status_code == told

    def test_what_is_refused(self, client: Client) -> None:
        office = factories.office()
        first = published()
        notice = services.correct_edition(actor=office, edition=first, reason="第一条金额有误")
        for words in ("", " \n", "共 {issues} 个", "长" * 501, "第一条金额有误"):
            with pytest.raises(ActRefused):
                services.amend_correction(actor=office, notice=notice, correction=words)
        with pytest.raises(ActForbidden):
            services.amend_correction(actor=factories.leader(), notice=notice, correction="改")
        page(factories.leader(), address(notice, "correction"), 403)
        page(factories.liaison(), address(notice, "correction"), 404)
        page(office, address(first.notice, "correction"), 404)  # the control: a notice that corrects nothing
        with pytest.raises(ActRefused, match="不是更正"):
            services.amend_correction(actor=office, notice=first.notice, correction="改")


class TestComparing:
    def test_page_shows_what_changed(self, client: Client) -> None:
        old = published()
        new = corrected(old)
        for pair in ((old.pk, new.pk), (new.pk, old.pk)):
            shown = client.get(reverse("reports:compare", args=pair)).content.decode()
            assert "第 1 版与第 2 版的差别" in shown
            assert "<del>全部</del>" in shown
            assert "第二部分共 2 条，1 条没有改动" in shown
            assert "第一条金额有误" in shown

    def test_editions_of_two_rounds_are_not_compared(self, client: Client) -> None:
        one, two = published(), published()
        assert client.get(reverse("reports:compare", args=(one.pk, two.pk))).status_code == 404
        assert client.get(reverse("reports:compare", args=(one.pk, 10**12))).status_code == 404


def test_no_write_goes_round_the_services() -> None:
    for name in ("editions", "reviewing", "verifying"):
        text = Path(f"apps/reports/views/{name}.py").read_text(encoding="utf-8")
        assert not any(f".{verb}(" in text for verb in ("save", "update", "delete", "create", "bulk_create"))
