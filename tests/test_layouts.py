"""The layouts of a notice, its audiences, and contents of both formats: one list of blocks for all of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.reports import services
from apps.reports.blocks import blocks_of
from apps.reports.content import canonical, content_of, sha256_of, text_of
from apps.reports.layouts import PRESETS, filled, problems_of_order
from apps.reports.models import Audience, Edition, Notice
from apps.reports.pages import page_of
from apps.reports.verification import check_edition
from apps.units.errors import ActConflict, ActRefused
from tests import factories as make
from tests.test_editions import published
from tests.test_notice import drafted, prose, submitted

pytestmark = pytest.mark.django_db


def laid(layout: str, **facts: Any) -> Notice:
    notice = drafted()
    return services.set_layout(actor=notice.drafted_by, notice=notice, layout=layout, **facts)


def lines(notice: Notice, audience: str = Audience.SOCIETY) -> list[str]:
    kinds = ("category", "item", "finding", "result", "subitem")
    return [block.line for block in blocks_of(content_of(notice, audience)) if block.kind in kinds]


class TestLayouts:
    def test_titled(self) -> None:
        assert lines(drafted()) == [
            "（一）“巡视反馈问题整改不彻底”问题整改方面",
            "1.整改事项1。已全部整改到位。",
            "2.整改事项2。已制定办法。",
        ]

    def test_answered_says_the_finding_then_what_was_done(self) -> None:
        assert lines(laid("answered")) == [
            "（一）反馈问题：巡视反馈问题整改不彻底",
            "1.反馈的第1个问题。",
            "整改情况：已全部整改到位。",
            "2.反馈的第2个问题。",
            "整改情况：已制定办法。",
        ]

    def test_levelled_has_the_measures_below(self) -> None:
        assert lines(laid("levelled")) == [
            "1.关于“巡视反馈问题整改不彻底”问题的整改",
            "（1）整改事项1。已全部整改到位。",
            "①逐项核实并建立台账。",
            "（2）整改事项2。已制定办法。",
            "①逐项核实并建立台账。",
        ]

    def test_patterns_of_ones_own(self) -> None:
        notice = laid("titled", category_pattern="{编号}、关于{标题}", item_pattern="{编号}-{小序号}　{标题}：")
        assert lines(notice)[:2] == ["1、关于巡视反馈问题整改不彻底", "1-1　整改事项1：已全部整改到位。"]

    @pytest.mark.parametrize(
        ("field", "pattern", "said"),
        [
            ("category_pattern", "（{labl}）{标题}", "没有占位符 {labl}"),
            ("category_pattern", "（{序号}）", "要有 {标题}"),
            ("category_pattern", "{标题", "要有 {标题}"),
            ("category_pattern", "{标题}}", "没有配对"),
            ("category_pattern", "{小序号}{标题}", "没有占位符 {小序号}"),
            ("item_pattern", "{标题}。", "要有 {编号} 或 {小序号}"),
            ("item_pattern", "{number.__class__}", "没有占位符 {number.__class__}"),
        ],
    )
    def test_wrong_patterns_are_named(self, field: str, pattern: str, said: str) -> None:
        with pytest.raises(ActRefused, match=said.replace("{", r"\{").replace("}", r"\}").replace(".", r"\.")) as refused:
            laid("titled", **{field: pattern})
        assert refused.value.field == field

    def test_braces_in_a_title_are_words(self) -> None:
        assert filled("{编号}.{标题}。", {"编号": 3, "标题": "整治{编号}问题"}) == "3.整治{编号}问题。"

    def test_an_unknown_layout_and_no_change_are_refused(self) -> None:
        with pytest.raises(ActRefused):
            laid("fourth")
        with pytest.raises(ActRefused, match="没有变化"):
            laid("titled")

    def test_it_is_in_the_book_and_voids_an_approval(self) -> None:
        notice = services.approve_notice(actor=make.leader(), notice=submitted())
        services.set_layout(actor=notice.drafted_by, notice=notice, layout="answered", reason="按上级要求")
        voided, entry = Entry.objects.all()[:2]
        assert (voided.act_label, entry.act_label) == ("审定失效", "设置通报版式")
        assert entry.payload["changes"]["layout"] == ["titled", "answered"]

    def test_a_stale_page_is_refused(self) -> None:
        notice = drafted()
        with pytest.raises(ActConflict):
            services.set_layout(actor=notice.drafted_by, notice=notice, layout="answered", version=notice.version + 1)

    def test_another_notice_takes_it_over(self) -> None:
        last = laid("answered")
        notice = services.draft_notice(actor=last.drafted_by, inspection=last.inspection, prose=prose(), like=last)
        assert lines(notice) == lines(last)


class TestOrder:
    def test_lasting_effort_stands_before_the_last_part(self) -> None:
        notice = drafted()
        issue = notice.inspection.issues.get(number=2)
        make.measures(issue, 2, pace="long_term", text="坚持常态化督查；")
        order = ["one", "two", "lasting", "three"]
        notice = services.set_layout(actor=notice.drafted_by, notice=notice, layout="titled", section_order=order)
        sections = [block.line for block in blocks_of(content_of(notice)) if block.kind == "section"]
        assert sections == ["一、组织整改落实情况", "二、整改进展情况", "三、需长期坚持的事项", "四、下步打算"]
        assert "1.整改事项2：坚持常态化督查；坚持常态化督查。" in text_of(content_of(notice))

    def test_without_such_measures_it_does_not_appear(self) -> None:
        content = content_of(laid("titled", section_order=["two", "one", "lasting", "three"]))
        sections = [block.line for block in blocks_of(content) if block.kind == "section"]
        assert sections == ["一、整改进展情况", "二、组织整改落实情况", "三、下步打算"]
        assert [line.label for line in page_of(content).toc if line.level == 1] == sections

    @pytest.mark.parametrize(
        "order",
        [[], ["one", "two"], ["one", "one", "two", "three"], ["one", "lasting", "two", "three"], ["one", "two", "three", "lasting"], ["x"]],
    )
    def test_wrong_orders_are_refused(self, order: list[str]) -> None:
        assert list(problems_of_order(order))
        with pytest.raises(ActRefused):
            laid("answered", section_order=order)


class TestAudiences:
    def test_each_reads_its_own_text(self) -> None:
        notice = drafted()
        item = notice.items.get(issue__number=1)
        services.amend_item(
            actor=notice.drafted_by, item=item, title=item.title, text=item.text, party_text="党内。", internal_text="内部。"
        )
        told = {audience: lines(notice, audience) for audience in Audience}
        assert told[Audience.SOCIETY][1] == "1.整改事项1。已全部整改到位。"
        assert told[Audience.PARTY][1] == "1.整改事项1。党内。"
        assert told[Audience.INTERNAL][1] == "1.整改事项1。内部。"
        assert {told[audience][2] for audience in Audience} == {"2.整改事项2。已制定办法。"}

    def test_no_two_audiences_have_the_same_fingerprint(self) -> None:
        notice = drafted()
        assert len({sha256_of(content_of(notice, audience)) for audience in Audience}) == 3

    def test_what_is_published_holds_no_other_text(self) -> None:
        notice = drafted()
        item = notice.items.get(issue__number=1)
        services.amend_item(
            actor=notice.drafted_by, item=item, title=item.title, text=item.text, party_text="只给党内。", internal_text="只给内部。"
        )
        assert "只给" not in canonical(content_of(notice)).decode()


class TestFormatOne:
    """Editions that were published before the layouts."""

    def test_they_read_as_they_did_and_are_verified(self, client: Any) -> None:
        edition = published()
        old = first_format(edition.content)
        assert sha256_of(old) != edition.sha256
        assert [block.line for block in blocks_of(old)] == [block.line for block in blocks_of(edition.content)]
        assert [block.anchor for block in blocks_of(old)] == [block.anchor for block in blocks_of(edition.content)]
        frozen = Edition(
            **{name: getattr(edition, name) for name in ("notice", "inspection", "checkpoint_hash", "published_by")},
            number=2,
            content=old,
            sha256=sha256_of(old),
            checkpoint_seq=10_000,
        )
        frozen.save()
        assert check_edition(frozen).content
        page = client.get(reverse("reports:edition", args=(frozen.pk,))).content.decode()
        assert "已全部整改到位。" in page
        assert "“巡视反馈问题整改不彻底”问题整改方面" in page

    def test_a_changed_one_is_found_out(self) -> None:
        edition = published()
        edition.content = first_format(edition.content)
        assert not check_edition(edition).content


def first_format(content: dict[str, Any]) -> dict[str, Any]:
    """The content as format 1 had it."""
    dropped = ("audience", "layout", "order")
    old = {**{name: value for name, value in content.items() if name not in dropped}, "format": 1}
    two = old["sections"]["two"]
    categories = [
        {
            **{name: value for name, value in category.items() if name != "heading"},
            "items": [{name: value for name, value in item.items() if name != "heading"} for item in category["items"]],
        }
        for category in two["categories"]
    ]
    return {**old, "sections": {**old["sections"], "two": {**two, "categories": categories}}}


def test_as_many_queries_for_83_items_as_for_two() -> None:
    counted: dict[str, list[int]] = {layout: [] for layout in PRESETS}
    for size in (2, 83):
        issues = round_of(size)
        notice = services.draft_notice(actor=make.office(), inspection=issues[0].inspection, prose=prose())
        for layout, found in counted.items():
            Notice.objects.filter(pk=notice.pk).update(layout=layout, section_order=["one", "two", "lasting", "three"])
            shown = Notice.objects.select_related("inspection").get(pk=notice.pk)
            with CaptureQueriesContext(connection) as captured:
                assert len([block for block in blocks_of(content_of(shown)) if block.anchor.startswith("l")]) == size
            found.append(len(captured))
    assert all(few == many for few, many in counted.values()), counted


def round_of(size: int) -> list[Issue]:
    """A round with that many issues, each with a measure that goes on."""
    first = make.issue()
    same = {"inspection": first.inspection, "category": first.category, "lead_unit": first.lead_unit}
    copies = [Issue(number=number, title=f"整改事项{number}", finding="反馈的问题", **same) for number in range(2, size + 1)]
    issues = [first, *Issue.objects.bulk_create(copies)]
    facts = {"nature": "now", "pace": "long_term", "lead_unit": first.lead_unit}
    Measure.objects.bulk_create(Measure(issue=issue, ordinal=1, text="坚持督查", **facts) for issue in issues)
    return issues
