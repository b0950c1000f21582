"""The notice while it is drafted: figures in prose, the content, the acts on it and their book entries."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from apps.issues.models import Activity, Inspection
from apps.issues.services import record_activity
from apps.ledgers.models import Entry
from apps.measures.models import Measure, Regulation
from apps.measures.services import add_regulation
from apps.reports import figures, services
from apps.reports.blocks import section_two
from apps.reports.content import TEMPLATED, content_of, sha256_of, text_of
from apps.reports.models import Notice
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User
from config.demo.source import Source as Text
from config.demo.source import read_source, squeeze
from tests import factories

pytestmark = pytest.mark.django_db
SOURCE = Path("fixtures/shaxian-2025/notice.txt")


def prose(**changed: Any) -> dict[str, Any]:
    """A small notice whose prose names figures."""
    values = {
        "issuer": "中共测试区委",
        "title": "关于巡视整改进展情况的通报",
        "lead": "{进驻起止}，省委巡视组开展了巡视，并于{反馈日期}反馈了意见。",
        "section_one_title": "组织整改落实情况",
        "section_one": "（一）高位推动抓整改。针对{方面数}个方面{问题数}个问题，制定措施{措施数}条。",
        "section_two_title": "整改进展情况",
        "section_three_title": "下步打算",
        "section_three": "（一）强化政治建设。持续抓好整改。",
        "invitation": "欢迎监督。",
        "phone": "0000-1234567",
        "address": "测试路1号",
        "postcode": "365000",
        "email": "office@example.org",
        "dated_on": dt.date(2025, 12, 25),
    }
    return {**values, **changed}


def small_round() -> Inspection:
    """One category, two issues with one measure each."""
    category = factories.category(title="巡视反馈问题整改不彻底")
    for _ in range(2):
        factories.measure(factories.issue(category))
    return category.inspection


def drafted(actor: User | None = None, **facts: Any) -> Notice:
    return services.draft_notice(
        actor=actor or factories.office(),
        inspection=facts.pop("inspection", None) or small_round(),
        prose=prose(**facts),
        texts={1: "已全部整改到位。", 2: "已制定办法。"},
    )


def submitted(**facts: Any) -> Notice:
    drafter = factories.office()
    return services.submit_notice(actor=drafter, notice=drafted(drafter, **facts))


def demonstration() -> tuple[Notice, Text]:
    """The published notice, drafted from records that have its figures."""
    text = read_source(SOURCE)
    inspection = factories.inspection(on_site_from=dt.date(2024, 8, 18), on_site_to=dt.date(2024, 9, 30))
    lead = factories.unit()
    categories = [factories.category(inspection, number, title) for number, title in enumerate(text.categories, start=1)]
    for item in text.items:
        issue = factories.issue(
            categories[item.category - 1], lead=lead, number=item.number, title=item.title, led_by_secretary=item.number <= 42
        )
        factories.measures(issue, 5 if item.number <= 28 else 4)
    for ordinal in range(115):
        add_regulation(actor=None, inspection=inspection, title=f"制度{ordinal}", kind=Regulation.Kind.MADE, unit=lead)
    for _ in range(6):
        record_activity(actor=None, inspection=inspection, kind=Activity.Kind.COMMITTEE, title="常委会会议")
    record_activity(
        actor=None, inspection=inspection, kind=Activity.Kind.DEMOCRATIC_LIFE, title="专题民主生活会", held_on=dt.date(2025, 6, 19)
    )
    for number in range(1, 4):
        inspection.supervision_groups.create(number=number, name=f"第{number}组", lead_unit=lead)
    return draft_demonstration(inspection, text), text


def draft_demonstration(inspection: Inspection, text: Text) -> Notice:
    """The source's prose with its figures turned into placeholders."""
    places = {
        "2024年8月18日至9月30日": "{进驻起止}",
        "2025年2月20日": "{反馈日期}",
        "会议等6次": "会议等{会议数}次",
        "6月19日": "{民主生活会日期}",
        "6个方面83个问题": "{方面数}个方面{问题数}个问题",
        "措施360条": "措施{措施数}条",
        "制度115项": "制度{制度数}项",
        "3个专项督查组": "{督查组数}个专项督查组",
        "领办42个": "领办{领办数}个",
    }
    lead, one = text.lead, "\n".join(text.section_one)
    for written, place in places.items():
        assert f"{lead}{one}".count(written) == 1
        lead, one = lead.replace(written, place), one.replace(written, place)
    contact = re.fullmatch(r"(.+?)联系电话：(.+?)；通信地址：(.+?)；邮政编码：(.+?)；电子邮箱：(.+?)。", text.contact)
    assert contact
    titles = re.findall(r"^[一二三]、(.+)$", text.text, re.M)
    values = prose(
        issuer=text.signature,
        lead=lead,
        section_one=one,
        section_three="\n".join(text.section_three),
        **dict(zip(("section_one_title", "section_two_title", "section_three_title"), titles, strict=True)),
        **dict(zip(("invitation", "phone", "address", "postcode", "email"), contact.groups(), strict=True)),
    )
    texts = {item.number: item.body for item in text.items}
    office = factories.office()
    return services.draft_notice(
        actor=office, inspection=inspection, prose=values, texts=texts, source=Source.NOTICE, demonstrated=["title"]
    )


class TestDemonstration:
    def test_text_equals_the_source(self) -> None:
        notice, text = demonstration()
        content = content_of(notice)
        source = text.text.split("二、", 1)[1].split("\n", 1)[1].split("\n三、", 1)[0]
        assert squeeze("\n".join(block.line for block in section_two(content))) == squeeze(source)
        assert squeeze(text_of(content)) == squeeze(text.text)

    def test_figures_up_front_occur_in_the_text(self) -> None:
        notice, _ = demonstration()
        content = content_of(notice)
        assert [figure["value"] for figure in content["figures"]] == [83, 360, 115, 3]
        for figure in content["figures"]:
            assert f"{figure['value']}{figure['unit'][0]}" in text_of(content)

    def test_content_says_that_it_is_a_demonstration(self) -> None:
        notice, _ = demonstration()
        assert "示例" in content_of(notice)["demonstration"]
        assert content_of(drafted())["demonstration"] == ""

    def test_whatever_is_drafted_in_its_round_is_one_too(self) -> None:
        inspection = factories.inspection(source=Source.NOTICE)
        factories.issue(factories.category(inspection))
        assert "不是正式通报" in content_of(drafted(inspection=inspection))["demonstration"]

    def test_items_keep_their_quote(self) -> None:
        notice, text = demonstration()
        assert [item.quote for item in notice.items.order_by("issue__number")] == [item.body for item in text.items]


class TestFigures:
    def test_meetings_are_those_of_the_round(self) -> None:
        inspection = small_round()
        issue = inspection.issues.get(number=1)
        for kind in Activity.Kind:
            record_activity(actor=None, inspection=inspection, kind=kind, title=kind.label)
        record_activity(actor=None, inspection=inspection, issue=issue, kind=Activity.Kind.COMMITTEE, title="专题研究本问题")
        assert figures.counts(inspection).meetings == 4

    def test_abolished_rules_do_not_count(self) -> None:
        inspection = small_round()
        for number, kind in enumerate(Regulation.Kind):
            add_regulation(actor=None, inspection=inspection, title=f"制度{number}", kind=kind, unit=factories.unit())
        assert figures.counts(inspection).regulations == 2

    def test_another_round_does_not_count(self) -> None:
        small_round()
        found = figures.counts(small_round())
        assert (found.categories, found.issues, found.measures) == (1, 2, 2)

    def test_stay_over_new_year_names_both_years(self) -> None:
        inspection = factories.inspection(on_site_from=dt.date(2024, 12, 1), on_site_to=dt.date(2025, 1, 20))
        assert figures.on_site(figures.counts(inspection)) == "2024年12月1日至2025年1月20日"

    @pytest.mark.parametrize(
        ("text", "named"),
        [("共{isues}个", "{isues}"), ("共{issues个", "{"), ("共issues}个", "}"), ("共｛issues｝个", "｛"), ("{}", "{}")],
    )
    def test_wrong_placeholder_is_named(self, text: str, named: str) -> None:
        assert named in next(figures.problems_in(text))
        with pytest.raises(ActRefused) as refused:
            drafted(section_one=text)
        assert refused.value.field == "section_one"
        assert named in refused.value.message

    def test_every_placeholder_is_explained_and_fills(self) -> None:
        inspection = small_round()
        record_activity(
            actor=None, inspection=inspection, kind=Activity.Kind.DEMOCRATIC_LIFE, title="民主生活会", held_on=dt.date(2025, 6, 19)
        )
        text = "".join(place.written for place in figures.PLACEHOLDERS.values())
        assert all(place.explanation for place in figures.PLACEHOLDERS.values())
        assert "{" not in figures.fill(text, figures.counts(inspection))

    def test_only_figures_named_in_the_prose_are_shown(self) -> None:
        assert [figure["value"] for figure in content_of(drafted())["figures"]] == [2, 2]


class TestDraft:
    def test_run_in_headings_are_told_apart(self) -> None:
        part = content_of(drafted())["sections"]["one"]["paragraphs"][0]
        assert part == {"head": "（一）高位推动抓整改。", "text": "针对1个方面2个问题，制定措施2条。"}

    def test_texts_come_from_approved_reports(self) -> None:
        inspection = small_round()
        first, second = Measure.objects.filter(issue__inspection=inspection).order_by("issue__number")
        factories.finish(first)
        factories.report(second, text="还在审核的内容。")
        office = factories.office()
        notice = services.draft_notice(actor=office, inspection=inspection, prose=prose())
        assert [item.text for item in notice.items.all()] == ["已逐项核实，台账建成。", ""]
        with pytest.raises(ActRefused, match="第 2 条还没有公开文字"):
            services.submit_notice(actor=office, notice=notice)

    def test_only_the_office_drafts(self) -> None:
        with pytest.raises(ActForbidden):
            drafted(factories.leader())

    def test_ordinals_of_section_titles_are_not_doubled(self) -> None:
        assert drafted(section_one_title="一、组织整改").section_one_title == "组织整改"

    @pytest.mark.parametrize(("field", "value"), [("title", ""), ("email", "不是邮箱"), ("dated_on", None), ("phone", "1" * 41)])
    def test_bad_fields_are_refused(self, field: str, value: Any) -> None:
        with pytest.raises(ActRefused) as refused:
            drafted(**{field: value})
        assert refused.value.field == field

    def test_issue_registered_later_must_be_told(self) -> None:
        notice = drafted()
        office = notice.drafted_by
        late = factories.issue(notice.inspection.categories.get())
        with pytest.raises(ActRefused, match=r"第 3 条问题还没有通报条目"):
            services.submit_notice(actor=office, notice=notice)
        services.add_missing_items(actor=office, notice=notice)
        assert notice.items.get(issue=late).title == late.title
        with pytest.raises(ActRefused, match="已经齐全"):
            services.add_missing_items(actor=office, notice=notice)


class TestAmend:
    def test_draft_needs_no_reason(self) -> None:
        notice = drafted()
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"invitation": "欢迎群众监督。"})
        entry = Entry.objects.first()
        assert entry
        assert entry.payload == {"changes": {"invitation": ["欢迎监督。", "欢迎群众监督。"]}}

    def test_submitted_needs_a_reason_and_is_a_draft_again(self) -> None:
        notice = submitted()
        with pytest.raises(ActRefused) as refused:
            services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"})
        assert refused.value.field == "reason"
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"}, reason="号码更正")
        notice.refresh_from_db()
        assert notice.state == Notice.State.DRAFT

    def test_amending_after_approval_voids_it_and_says_so(self) -> None:
        notice, leader = submitted(), factories.leader()
        services.approve_notice(actor=leader, notice=notice)
        item = notice.items.get(issue__number=2)
        services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text="已制定并印发办法。", reason="补充印发情况")
        notice.refresh_from_db()
        voided, amended = Entry.objects.all()[:2]
        assert notice.state == Notice.State.DRAFT
        assert notice.approved_by == leader  # who had approved what stays on record
        assert voided.act_label == "审定失效"
        assert voided.payload["content_hash"] == notice.approved_hash
        assert amended.payload == {"changes": {"text": ["已制定办法。", "已制定并印发办法。"]}}
        assert amended.correlation == voided.correlation
        with pytest.raises(ActConflict):
            services.publish(actor=notice.drafted_by, notice=notice)

    def test_stale_forms_are_refused(self) -> None:
        notice = drafted()
        item = notice.items.get(issue__number=1)
        services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "1"}, version=notice.version)
        services.amend_item(actor=notice.drafted_by, item=item, title="新标题", text=item.text, version=item.version)
        with pytest.raises(ActConflict):
            services.amend_notice(actor=notice.drafted_by, notice=notice, values={"phone": "2"}, version=notice.version)
        with pytest.raises(ActConflict):
            services.amend_item(actor=notice.drafted_by, item=item, title="又一个", text=item.text, version=item.version)

    @pytest.mark.parametrize(("title", "text", "field"), [("", "有", "title"), ("有", " ", "text"), ("有", "共{问题数}个", "text")])
    def test_bad_item_is_refused(self, title: str, text: str, field: str) -> None:
        notice = drafted()
        with pytest.raises(ActRefused) as refused:
            services.amend_item(actor=notice.drafted_by, item=notice.items.all()[0], title=title, text=text)
        assert refused.value.field == field

    def test_no_change_is_refused(self) -> None:
        notice = drafted()
        item = notice.items.all()[0]
        with pytest.raises(ActRefused, match="没有变化"):
            services.amend_notice(actor=notice.drafted_by, notice=notice, values={"title": notice.title})
        with pytest.raises(ActRefused, match="没有变化"):
            services.amend_item(actor=notice.drafted_by, item=item, title=item.title, text=item.text)


class TestApproval:
    def test_leader_or_another_of_the_office_approves(self) -> None:
        for approver in (factories.leader(), factories.office()):
            notice = services.approve_notice(actor=approver, notice=submitted())
            assert notice.approved_hash == sha256_of(content_of(notice))

    def test_drafter_and_last_editor_do_not(self) -> None:
        notice, editor = drafted(), factories.office()
        services.amend_notice(actor=editor, notice=notice, values={"phone": "1"})
        services.submit_notice(actor=editor, notice=notice)
        for person in (notice.drafted_by, editor):
            with pytest.raises(ActForbidden):
                services.approve_notice(actor=person, notice=notice)

    def test_whoever_asked_for_the_approval_does_not_give_it(self) -> None:
        notice, colleague = drafted(), factories.office()
        services.submit_notice(actor=colleague, notice=notice)
        with pytest.raises(ActForbidden, match="提请的人"):
            services.approve_notice(actor=colleague, notice=notice)

    def test_whoever_has_written_in_it_does_not_although_others_wrote_later(self) -> None:
        """Four eyes for every sentence, not for the last one alone; a colleague who wrote nothing is the control."""
        notice, early, late = drafted(), factories.office(), factories.office()
        item = notice.items.select_related("issue", "notice").earliest("pk")
        services.amend_item(actor=early, item=item, title=item.title, text="已全部整改到位，并建立台账。")
        services.amend_notice(actor=late, notice=notice, values={"phone": "1"})
        services.submit_notice(actor=notice.drafted_by, notice=notice)
        for person in (early, late):
            with pytest.raises(ActForbidden, match="修改"):
                services.approve_notice(actor=person, notice=notice)
        assert services.approve_notice(actor=factories.office(), notice=notice).state == Notice.State.APPROVED

    def test_group_supervisors_and_liaisons_do_not(self) -> None:
        notice, supervisor = submitted(), factories.leader()
        group = notice.inspection.supervision_groups.create(number=1, name="第一组", lead_unit=factories.unit())
        group.members.add(supervisor)
        for person in (supervisor, factories.liaison()):
            with pytest.raises(ActForbidden):
                services.approve_notice(actor=person, notice=notice)

    def test_approver_must_have_read_the_content_of_now(self) -> None:
        notice = submitted()
        read = sha256_of(content_of(notice))
        factories.measure(notice.inspection.issues.get(number=1))
        with pytest.raises(ActConflict):
            services.approve_notice(actor=factories.leader(), notice=notice, content_hash=read)

    def test_draft_cannot_be_approved(self) -> None:
        with pytest.raises(ActConflict):
            services.approve_notice(actor=factories.leader(), notice=drafted())

    def test_return_needs_a_reason(self) -> None:
        notice, leader = submitted(), factories.leader()
        with pytest.raises(ActRefused) as refused:
            services.return_notice(actor=leader, notice=notice, reason="  ")
        assert refused.value.field == "reason"
        assert services.return_notice(actor=leader, notice=notice, reason="第 2 条不具体").state == Notice.State.DRAFT

    def test_placeholder_without_data_stops_the_submission(self) -> None:
        notice = drafted(section_one="于{民主生活会日期}召开会议。")
        with pytest.raises(ActRefused, match="民主生活会"):
            services.submit_notice(actor=notice.drafted_by, notice=notice)


def test_templated_fields_are_columns() -> None:
    assert set(TEMPLATED) < set(services.PROSE)
