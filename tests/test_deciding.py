"""What a person decides about a figure that the check leaves open, and what stands in the way of publishing without it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Indicator
from apps.measures.services import FigureDraft, add_indicator, read_indicator
from apps.reports import services
from apps.reports.models import Edition, FigureDecision, Notice
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import prove
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from tests import factories
from tests.secrecy import reviewed
from tests.test_notice import prose
from tests.test_notice_screens import page

pytestmark = pytest.mark.django_db
TEXT = "已收回土地出让金46万元，走访群众418户。"


def drafted(actor: User, text: str = TEXT, **facts: Any) -> Notice:
    issue = factories.issue(factories.category(), title="追缴土地出让金")
    factories.measure(issue)
    indicator = add_indicator(actor=actor, issue=issue, name="已收回土地出让金", kind=Indicator.Kind.MONEY, unit="万元")
    read_indicator(actor=actor, indicator=indicator, figures=[FigureDraft(Decimal(46), dt.date(2025, 7, 31))])
    return services.draft_notice(actor=actor, inspection=issue.inspection, prose=prose(**facts), texts={1: text})


def open_figure(notice: Notice) -> Finding:
    (finding,) = prove(notice).left
    return finding


def decide(actor: User, notice: Notice, finding: Finding, **facts: Any) -> FigureDecision:
    values = {"verdict": "accepted", "reason": "已核对走访登记表"} | facts
    where = {"place": finding.place, "sentence_hash": finding.sentence_hash, "written": finding.written, "occurrence": finding.occurrence}
    return services.decide_figure(actor=actor, notice=notice, **{**where, **values})


def test_an_open_figure_stands_in_the_way_until_it_is_answered_for() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    with pytest.raises(ActRefused, match="还有 1 处数字与台账不符或没有出处：第 1 条“418户”（无出处）"):
        services.submit_notice(actor=clerk, notice=notice)
    decide(clerk, notice, open_figure(notice))
    assert prove(notice).left == []
    services.submit_notice(actor=clerk, notice=notice)
    reviewed(services.approve_notice(actor=factories.leader(), notice=notice))
    services.publish(actor=clerk, notice=notice)
    kept = Edition.objects.get().proof
    (finding,) = [row for row in kept["findings"] if row["written"] == "418户"]
    assert finding["status"] == "unsupported"
    assert (finding["decision"]["verdict"], finding["decision"]["reason"], finding["decision"]["by"]) == (
        "accepted",
        "已核对走访登记表",
        str(clerk),
    )


def test_a_contradiction_stands_in_the_way_of_approval_and_of_publication_too() -> None:
    clerk, leader = factories.office(), factories.leader()
    notice = drafted(clerk, "已收回土地出让金46万元。")
    services.submit_notice(actor=clerk, notice=notice)
    services.approve_notice(actor=leader, notice=notice)
    indicator = Indicator.objects.get()
    read_indicator(actor=clerk, indicator=indicator, figures=[FigureDraft(Decimal(45), dt.date(2025, 7, 31))])
    assert open_figure(notice).status == "contradicted"
    with pytest.raises(ActRefused, match="46万元"):
        services.publish(actor=clerk, notice=notice)
    services.return_notice(actor=leader, notice=notice, reason="数字要改")
    with pytest.raises(ActRefused, match="数值不符"):
        services.submit_notice(actor=clerk, notice=notice)


def test_a_decision_ends_with_its_sentence() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    decide(clerk, notice, open_figure(notice))
    services.amend_item(actor=clerk, item=notice.items.get(), title="追缴土地出让金", text="已收回土地出让金46万元，入户走访群众418户。")
    assert open_figure(notice).written == "418户"
    with pytest.raises(ActRefused, match="418户"):
        services.submit_notice(actor=clerk, notice=notice)


def test_a_withdrawn_decision_leaves_the_figure_open_again_and_both_are_in_the_book() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    decision = decide(clerk, notice, open_figure(notice), verdict="none", reason="走访户数不是整改成效")
    assert prove(notice).counts["excluded"] >= 1
    services.withdraw_decision(actor=clerk, decision=decision, reason="应当核对")
    assert open_figure(notice).written == "418户"
    acts = Entry.objects.filter(act__in=("reports.decide_figure", "reports.withdraw_figure")).order_by("pk")
    assert [(entry.act, entry.reason, entry.payload["figure"]) for entry in acts] == [
        ("reports.decide_figure", "走访户数不是整改成效", "418户"),
        ("reports.withdraw_figure", "应当核对", "418户"),
    ]
    with pytest.raises(ActConflict, match="已经撤销"):
        services.withdraw_decision(actor=clerk, decision=decision, reason="应当核对")
    decide(clerk, notice, open_figure(notice))


def test_who_approves_has_seen_what_was_decided_last(client: Client) -> None:
    """A decision while the leader has the page open is a decision that the leader has not read."""
    clerk, leader = factories.office(), factories.leader()
    notice = drafted(clerk)
    first = decide(clerk, notice, open_figure(notice), reason="凭印象")
    services.submit_notice(actor=clerk, notice=notice)
    client.force_login(leader)
    sheet, address = reverse("reports:notice", args=[notice.pk]), reverse("reports:approve", args=[notice.pk])
    names = ("content_hash", "party_hash", "figures_hash")

    def shown() -> dict[str, str]:
        text = client.get(sheet).content.decode()
        return {name: text.split(f'name="{name}" value="')[1].split('"')[0] for name in names}

    read = shown()
    services.withdraw_decision(actor=clerk, decision=first, reason="理由不足")
    decide(clerk, notice, open_figure(notice), reason="已核对走访登记表")
    late = client.post(address, {**read, "confirmed": "yes"})
    assert (late.status_code, "又对文中的数字作过决定" in late.content.decode()) == (409, True)
    assert "由人认可的数字" in client.get(sheet).content.decode()
    assert "已核对走访登记表" in client.get(sheet).content.decode()
    silent = {name: value for name, value in shown().items() if name != "figures_hash"}
    unsaid = client.post(address, {**silent, "confirmed": "yes"})
    assert (unsaid.status_code, "文中有由人认可、关联的数字" in unsaid.content.decode()) == (409, True)
    assert client.post(address, {**shown(), "confirmed": "yes"}).status_code == 302
    notice.refresh_from_db()
    assert notice.state == "approved"


def test_a_link_lets_the_indicator_answer() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    visits = add_indicator(actor=clerk, issue=notice.items.get().issue, name="上门", kind=Indicator.Kind.COUNT, unit="户")
    read_indicator(actor=clerk, indicator=visits, figures=[FigureDraft(Decimal(417), dt.date(2025, 7, 31))])
    decide(clerk, notice, open_figure(notice), verdict="linked", reason="", indicator=visits)
    finding = open_figure(notice)
    assert (finding.status, finding.verdict.ledger) == ("contradicted", "417户")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"reason": " "}, "请写明理由"),
        ({"verdict": "linked"}, "请选择这一轮的一项成效指标"),
        ({"verdict": "maybe"}, "请选择怎样处理"),
    ],
)
def test_what_a_decision_needs(facts: dict[str, Any], message: str) -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    with pytest.raises(ActRefused, match=message):
        decide(clerk, notice, open_figure(notice), **facts)


def test_an_indicator_of_another_round_is_refused() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    other = add_indicator(actor=clerk, issue=factories.issue(), name="走访", kind=Indicator.Kind.COUNT, unit="户")
    with pytest.raises(ActRefused, match="这一轮"):
        decide(clerk, notice, open_figure(notice), verdict="linked", indicator=other)


def test_who_may_decide_when_and_once() -> None:
    clerk = factories.office()
    notice = drafted(clerk)
    finding = open_figure(notice)
    with pytest.raises(ActForbidden):
        decide(factories.leader(), notice, finding)
    with pytest.raises(ActConflict, match="没有这个数字"):
        decide(clerk, notice, finding, written="419户")
    decide(clerk, notice, finding)
    with pytest.raises(ActConflict, match="已经对这个数字作过决定"):
        decide(factories.office(), notice, finding)
    services.submit_notice(actor=clerk, notice=notice)
    services.approve_notice(actor=factories.leader(), notice=notice)
    with pytest.raises(ActConflict, match="当前状态"):
        services.withdraw_decision(actor=clerk, decision=FigureDecision.objects.get(), reason="改了主意")


def test_what_was_found_untrue_or_waits_for_review_proves_nothing() -> None:
    """Readings of reports count once they are approved, and no longer once a check on site has found the report untrue."""
    clerk = factories.office()
    notice = drafted(clerk, "走访群众418户。")
    issue = notice.items.get().issue
    visits = add_indicator(actor=clerk, issue=issue, name="走访群众", kind=Indicator.Kind.COUNT, unit="户", measure=issue.measures.get())
    report = factories.report(issue.measures.get())
    visits.readings.create(value=418, as_of=dt.date(2025, 7, 31), progress=report)
    assert open_figure(notice).status == "unsupported"
    type(report).objects.filter(pk=report.pk).update(review="approved", reviewed_by=clerk, reviewed_on=dt.date(2025, 8, 1))
    assert prove(notice).left == []
    type(report).objects.filter(pk=report.pk).update(unfounded_on=dt.date(2025, 9, 1))
    assert open_figure(notice).status == "unsupported"


def test_the_text_for_the_party_is_proved_where_it_differs() -> None:
    clerk = factories.office()
    notice = drafted(clerk, "已收回土地出让金46万元。")
    notice.items.update(party_text="已收回土地出让金47万元。")
    assert prove(notice).left == []
    (finding,) = prove(notice, "party").left
    assert (finding.written, finding.status) == ("47万元", "contradicted")
    with pytest.raises(ActRefused, match="党内通报：还有 1 处数字"):
        services.submit_notice(actor=clerk, notice=notice)
    where: dict[str, Any] = {"place": finding.place, "sentence_hash": finding.sentence_hash, "written": finding.written}
    services.decide_figure(actor=clerk, notice=notice, audience="party", verdict="accepted", reason="口径不同", **where)
    services.submit_notice(actor=clerk, notice=notice)


class TestOlderThanTheCutOff:
    """A verdict of its own: it stops nobody, and whoever approves sees it with who answers for it."""

    @staticmethod
    def moved_on(clerk: User) -> Notice:
        notice = drafted(clerk, "已收回土地出让金46万元。")
        read_indicator(actor=clerk, indicator=Indicator.objects.get(), figures=[FigureDraft(Decimal(52), dt.date(2025, 8, 31))])
        assert open_figure(notice).status == "older"
        return notice

    def test_listed_on_the_check_page_and_either_accepted_or_rewritten(self) -> None:
        clerk = factories.office()
        notice = self.moved_on(clerk)
        check = reverse("reports:check", args=(notice.pk,))
        shown = page(clerk, f"{check}?show=older")
        assert "已更新为 52万元（截至 2025-08-31）" in shown
        assert "改用 52万元" in shown
        decide(clerk, notice, open_figure(notice), reason="通报截至七月")
        assert "通报截至七月" in page(clerk, f"{check}?show=older")
        assert "46万元" not in page(clerk, check).split('id="numbers"')[1].split('id="totals"')[0]

    def test_the_approver_sees_it_and_who_answers_for_it_and_nothing_is_held_up(self) -> None:
        clerk, leader = factories.office(), factories.leader()
        notice = self.moved_on(clerk)
        path = reverse("reports:notice", args=(notice.pk,))
        services.submit_notice(actor=clerk, notice=notice)
        shown = page(leader, path)
        assert "其中 1 处数字台账已有更新数" in shown
        assert "第 1 条 46万元" in shown
        assert "还没有人认可或改写" in shown
        decide(clerk, notice, open_figure(notice), reason="通报截至七月")
        shown = page(leader, path)
        assert f"{clerk}认可：通报截至七月" in shown
        assert "还没有人认可或改写" not in shown
        reviewed(services.approve_notice(actor=leader, notice=notice))
        edition = services.publish(actor=clerk, notice=notice)
        (kept,) = [row for row in edition.proof["findings"] if row["status"] == "older"]
        assert kept["decision"]["reason"] == "通报截至七月"

    def test_the_control_a_number_that_is_right_is_not_listed(self) -> None:
        clerk = factories.office()
        notice = drafted(clerk, "已收回土地出让金46万元。")
        services.submit_notice(actor=clerk, notice=notice)
        assert "台账已有更新数" not in page(factories.leader(), reverse("reports:notice", args=(notice.pk,)))
