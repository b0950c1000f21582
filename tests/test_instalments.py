"""What is due by instalments: the schedule, what of it has come, the balance; and changing what an indicator is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Indicator, Instalment, Reading
from apps.measures.schedules import balance_words, steps, summary
from apps.measures.services import (
    FigureDraft,
    InstalmentDraft,
    ReadingDraft,
    add_indicator,
    amend_indicator,
    approve,
    plan_instalments,
    read_indicator,
)
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


def money(issue: Issue | None = None, *, due: str | None = "86.4", read: str = "46", **facts: Any) -> Indicator:
    row = add_indicator(
        actor=None, issue=issue or make.issue(), name="已收回", kind="money", unit="万元", due_amount=Decimal(due) if due else None, **facts
    )
    if read:
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(read), make.days(-100))])
    return row


def draft(days: int, amount: str, note: str = "") -> InstalmentDraft:
    return InstalmentDraft(make.days(days), Decimal(amount), note)


PLAN = (draft(-100, "46", "此前"), draft(-40, "10.1"), draft(0, "10.1"), draft(60, "20.2"))


def planned(row: Indicator, *, by: User | None = None, **facts: Any) -> list[Instalment]:
    return plan_instalments(actor=by or make.office(), indicator=row, **{"instalments": PLAN, **facts})


def states(row: Indicator) -> list[str]:
    latest = Indicator.objects.with_latest().get(pk=row.pk)
    counting = Reading.objects.counting().filter(indicator=row).order_by("as_of", "pk")
    figures = [(reading.as_of, reading.value) for reading in counting]
    found = steps(list(latest.instalments.all()), figures, make.today())
    return [step.words for step in found]


def test_each_instalment_is_what_the_cumulative_figures_make_it() -> None:
    row = money()
    planned(row)
    assert states(row) == ["已到账", "已过期未到账", "未到期", "未到期"]
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal("60"), make.days(-5))])
    assert states(row) == ["已到账", "已到账", "未到期", "未到期"]
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal("86.4"), make.today())])
    assert states(row) == ["已到账"] * 4
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal("50"), make.today())])
    assert states(row) == ["已到账", "已过期未到账", "未到期", "未到期"]


def test_the_day_it_came_and_the_line_of_the_schedule() -> None:
    row = money()
    planned(row)
    figures = [(make.days(-100), Decimal(460_000)), (make.days(-5), Decimal(600_000))]
    found = steps(list(row.instalments.all()), figures, make.today())
    assert [step.arrived_on for step in found] == [make.days(-100), make.days(-5), None, None]
    assert [step.upto_shown for step in found] == ["46", "56.1", "66.2", "86.4"]
    assert summary(found) == "4 期：已到账 2 期，未到期 2 期"
    assert summary([]) == ""


@pytest.mark.parametrize(("read", "shown"), [("46", "40.4"), ("86.4", "0"), ("90", "0（超出 3.6）"), ("", "86.4")])
def test_the_balance_is_what_is_due_less_what_was_read_last(read: str, shown: str) -> None:
    row = money(read=read)
    assert balance_words(Indicator.objects.with_latest().get(pk=row.pk)) == shown


def test_nothing_due_has_no_balance() -> None:
    assert balance_words(Indicator.objects.with_latest().get(pk=money(due=None).pk)) == ""


def test_figures_in_review_bring_no_instalment_in() -> None:
    measure = make.measure()
    row = money(measure.issue)
    planned(row)
    report = make.report(measure, readings=[ReadingDraft(row, Decimal("86.4"), make.today())])
    browser = make.signed_in(make.office())
    assert "待审核，不计入" in browser.get(f"/indicators/{row.pk}/").content.decode()
    assert "已到账 1 期" in browser.get(f"/indicators/{row.pk}/").content.decode()
    approve(actor=make.office(), report=report)
    assert "已到账 4 期" in browser.get(f"/indicators/{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ([draft(1, "50"), draft(2, "36.5")], "各期合计 86.5，应完成 86.4"),
        ([draft(1, "0")], "数额要大于 0"),
        ([draft(1, "1"), draft(1, "2")], "有两期"),
        ([draft(1, "999999999999999")], "数值过大"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(plan: list[InstalmentDraft], words: str) -> None:
    row = money()
    with pytest.raises(ActRefused, match=words):
        planned(row, instalments=plan)
    assert not row.instalments.exists()


def test_a_second_schedule_needs_a_reason_and_the_book_has_both() -> None:
    row = money()
    planned(row)
    with pytest.raises(ActRefused, match="没有变化"):
        planned(row, reason="再存一次")
    with pytest.raises(ActRefused, match="要写明理由"):
        planned(row, instalments=PLAN[:2])
    planned(row, instalments=PLAN[:2], reason="补充协议")
    entry = Entry.objects.filter(act="measures.plan_instalments").latest("seq")
    before, after = entry.payload["changes"]["instalments"]
    assert (len(before), len(after), entry.reason) == (4, 2, "补充协议")
    assert after[0] == f"{make.days(-100)} 46 万元（此前）"
    planned(row, instalments=[], reason="协议解除")
    assert not row.instalments.exists()


def test_the_schedule_is_the_offices_on_an_open_issue_and_the_page_that_was_shown() -> None:
    row = money()
    version = row.issue.version
    with pytest.raises(ActForbidden):
        planned(row, by=make.liaison(row.issue.lead_unit))
    planned(row, version=version)
    with pytest.raises(ActConflict):
        planned(row, instalments=PLAN[:1], reason="又改", version=version)
    Issue.objects.filter(pk=row.issue_id).update(closure=Issue.ClosureState.CLOSED)
    with pytest.raises(ActConflict, match="已销号"):
        planned(row, instalments=PLAN[:1], reason="又改")


def test_a_ratio_has_neither_instalments_nor_a_due_amount() -> None:
    issue = make.issue()
    row = add_indicator(actor=None, issue=issue, name="满意度", kind="ratio", unit="%", target=Decimal(90))
    assert row.target == 90
    with pytest.raises(ActRefused, match="比率不能分期"):
        planned(row)
    with pytest.raises(ActRefused, match="比率没有应完成数"):
        add_indicator(actor=None, issue=issue, name="完成率", kind="ratio", unit="%", due_amount=Decimal(90))


class TestAmending:
    def amended(self, row: Indicator, **values: Any) -> Indicator:
        return amend_indicator(actor=make.office(), indicator=row, values=values, reason="按协议更正")

    def test_amounts_are_in_the_indicators_unit_and_the_book_has_both(self) -> None:
        row = money()
        changed = self.amended(row, due_amount=Decimal("90"), target=Decimal("88"))
        assert (changed.due_amount, changed.target) == (Decimal(900_000), Decimal(880_000))
        payload = Entry.objects.filter(act="measures.amend_indicator").latest("seq").payload
        assert payload == {"changes": {"due_amount": ["86.4", "90"], "target": [None, "88"]}}

    def test_what_others_stand_on_stays(self) -> None:
        row = money()
        planned(row)
        for values, words in (
            ({"unit": "元"}, "不能改类别和单位"),
            ({"kind": "count"}, "不能改类别和单位"),
            ({"due_amount": Decimal(80)}, "分期计划合计 86.4 万元，超过"),
            ({"outcome": "handled"}, "处理人数要选"),
            ({"name": "已收回"}, "没有变化"),
            ({"issue": 1}, "不能修改：issue"),
        ):
            with pytest.raises(ActRefused, match=words):
                self.amended(row, **values)

    def test_no_indicator_is_its_own_part(self) -> None:
        total = money(read="")
        part = add_indicator(actor=None, issue=total.issue, name="分项", kind="money", unit="万元", total=total)
        for above in (part, total):
            with pytest.raises(ActRefused, match="不能是它自己的分项"):
                self.amended(total, total=above)
        with pytest.raises(ActRefused, match="属于同一问题、使用同一单位"):
            self.amended(part, total=add_indicator(actor=None, issue=make.issue(), name="别处", kind="money", unit="万元"))

    def test_a_reason_and_the_version_of_the_page(self) -> None:
        row = money()
        office = make.office()
        with pytest.raises(ActRefused, match="要写明理由"):
            amend_indicator(actor=office, indicator=row, values={"name": "别名"}, reason=" ")
        with pytest.raises(ActForbidden):
            amend_indicator(actor=make.leader(), indicator=row, values={"name": "别名"}, reason="理由")
        self.amended(row, name="别名")
        with pytest.raises(ActConflict):
            amend_indicator(actor=office, indicator=row, values={"name": "又名"}, reason="理由", version=row.issue.version)


class TestPages:
    def test_define_plan_and_amend(self) -> None:
        issue, browser = make.issue(), make.signed_in(make.office())
        form: dict[str, Any] = {"name": "已收回", "kind": "money", "unit": "万元", "due_amount": "86.4"}
        assert browser.post(f"/issues/{issue.pk}/indicators/new/", {**form, "due_amount": "-1"}).status_code == 400
        assert browser.post(f"/issues/{issue.pk}/indicators/new/", form).status_code == 302
        row = Indicator.objects.get()
        assert row.due_amount == 864_000
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(46), dt.date(2025, 7, 31))])
        page = browser.get(f"/indicators/{row.pk}/instalments/").content.decode()
        assert 'value="2025-07-31"' in page
        assert "此前已到账" in page
        issue.refresh_from_db()
        plan: dict[str, Any] = {
            "due_on_1": "2025-07-31",
            "amount_1": "46",
            "note_1": "此前",
            "due_on_2": "2025-09-30",
            "version": issue.version,
        }
        wrong = browser.post(f"/indicators/{row.pk}/instalments/", plan)
        assert wrong.status_code == 400
        assert "请填写第 2 期的数额" in wrong.content.decode()
        assert browser.post(f"/indicators/{row.pk}/instalments/", {**plan, "amount_2": "40.5"}).status_code == 400
        assert browser.post(f"/indicators/{row.pk}/instalments/", {**plan, "amount_2": "40.4"}).status_code == 302
        assert browser.post(f"/indicators/{row.pk}/instalments/", {**plan, "amount_2": "1", "reason": "改"}).status_code == 409
        shown = browser.get(f"/indicators/{row.pk}/").content.decode()
        for words in ("已过期未到账", "已到账", "40.4", "2025-09-30"):
            assert words in shown
        assert "已过期未到账 1 期" in browser.get(f"/issues/{issue.pk}/").content.decode()
        issue.refresh_from_db()
        form |= {"name": "已收回土地出让金", "reason": "写全", "version": issue.version}
        assert browser.post(f"/indicators/{row.pk}/amend/", form).status_code == 302
        assert browser.post(f"/indicators/{row.pk}/amend/", form).status_code == 409

    def test_who_sees_an_indicator_and_who_changes_it(self) -> None:
        row = money()
        lead, stranger, leader = make.liaison(row.issue.lead_unit), make.liaison(), make.leader()
        for who, shown, form in ((lead, 200, 403), (stranger, 404, 404), (leader, 200, 403)):
            browser = make.signed_in(who)
            assert browser.get(f"/indicators/{row.pk}/").status_code == shown
            for act in ("amend", "instalments", "readings/new"):
                assert browser.get(f"/indicators/{row.pk}/{act}/").status_code == form, act
                assert browser.post(f"/indicators/{row.pk}/{act}/", {}).status_code == form, act

    def test_what_another_units_report_says_is_not_shown_to_a_supporting_unit(self) -> None:
        issue, helper = make.issue(), make.unit()
        make.measure(issue, lead=helper)
        foreign = make.measure(issue)
        row = money(issue)
        approve(actor=make.office(), report=make.report(foreign, text="别人的话", readings=[ReadingDraft(row, Decimal(50), make.today())]))
        make.report(foreign, text="还没审", readings=[ReadingDraft(row, Decimal("51.7"), make.today())])
        page = make.signed_in(make.liaison(helper)).get(f"/indicators/{row.pk}/").content.decode()
        assert "其他措施的填报" in page
        assert "51.7" not in page
        assert f"/measures/{foreign.pk}/" not in page
        assert "51.7" in make.signed_in(make.liaison(foreign.lead_unit)).get(f"/indicators/{row.pk}/").content.decode()
