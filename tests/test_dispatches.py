"""Dispatch meetings: an agenda of what is late, decisions recorded by several people, minutes, and an activity of the round."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docx import Document

from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import send_back
from apps.reports.figures import counts
from apps.supervision import services
from apps.supervision.agenda import candidates
from apps.supervision.models import Dispatch, DispatchItem
from apps.units.errors import ActRefused
from apps.units.models import Notification
from tests import factories as make
from tests.supervision import group, letter, supervisor
from tests.test_query_counts import queries

pytestmark = pytest.mark.django_db


class World:
    """Four measures of one unit: late, very late, returned, due soon; and one that is on time. A group covers the unit."""

    def __init__(self) -> None:
        self.unit = make.unit("自然资源局")
        self.issue = make.issue(lead=self.unit)
        due = (make.days(-3), make.days(-12), make.days(60), make.today(), make.days(60))
        self.late, self.worst, self.returned, self.soon, self.fine = (make.measure(self.issue, due_on=day) for day in due)
        send_back(actor=make.office(), report=make.report(self.returned), requirement="请补充")
        self.outside = make.measure(make.issue(self.issue.category), due_on=make.days(-40))
        self.member = supervisor()
        self.group = group(self.issue.inspection, units=[self.unit], members=[self.member])

    def call(self, **facts: Any) -> Dispatch:
        values: dict[str, Any] = {
            "actor": self.member,
            "inspection": self.issue.inspection,
            "group": self.group,
            "title": "第三次调度会",
            "held_on": make.today(),
            "chair": "区委副书记",
        }
        return services.call_dispatch(**{**values, **facts})

    def under_way(self, *measures: Measure) -> tuple[Dispatch, list[DispatchItem]]:
        made = self.call()
        items = services.set_agenda(actor=self.member, dispatch=made, measures=measures or (self.worst, self.late))
        return services.begin_dispatch(actor=self.member, dispatch=made), items


class TestAgenda:
    def test_the_worst_come_first_and_only_those_of_the_scope(self) -> None:
        here = World()
        made = here.call()
        found = candidates(here.member, made)
        assert [topic.measure for topic in found] == [here.worst, here.late, here.returned, here.soon]
        assert [topic.label for topic in found] == ["逾期", "逾期", "退回未改", "临期"]
        whole = here.call(actor=make.leader(), group=None, title="全轮调度会")
        assert candidates(make.leader(), whole)[0].measure == here.outside

    def test_how_a_measure_stands_is_frozen_in_words(self) -> None:
        here = World()
        for level in ("blue", "orange"):
            letter(here.worst, level=level)
        make.report(here.worst, text="正在追缴。")
        made = here.call()
        [item] = services.set_agenda(actor=here.member, dispatch=made, measures=[here.worst])
        assert item.standing == f"逾期 12 天，已发 2 次督查单，最近进展（截至 {make.today()}）：正在追缴。"
        services.begin_dispatch(actor=here.member, dispatch=made)
        letter(here.worst, level="red")
        services.set_agenda(actor=here.member, dispatch=made, measures=[here.worst, here.fine])
        assert "已发 2 次" in DispatchItem.objects.get(measure=here.worst).standing

    def test_it_is_arranged_on_the_page(self) -> None:
        here = World()
        made, browser = here.call(), make.signed_in(here.member)

        def arrange(**body: Any) -> list[int]:
            version = Dispatch.objects.get().version
            assert browser.post(f"/dispatches/{made.pk}/agenda/", {"version": version, **body}).status_code == 302
            return list(made.items.order_by("place").values_list("measure", flat=True))

        first, second, third = here.worst.pk, here.late.pk, here.fine.pk
        assert arrange(do="add", pick=[first, second]) == [first, second]
        assert arrange(do="add", numbers=f"{here.fine.number}") == [first, second, third]
        assert arrange(do=f"up-{third}") == [first, third, second]
        assert arrange(do=f"down-{first}") == [third, first, second]
        assert arrange(do=f"remove-{third}") == [first, second]
        assert Entry.objects.filter(act="supervision.set_agenda").count() == 5

    @pytest.mark.parametrize("numbers", ["99-1", "2-1", "abc", "1-1-1"])
    def test_numbers_that_are_not_of_the_scope_are_told(self, numbers: str) -> None:
        here = World()
        made = here.call()
        answer = make.signed_in(here.member).post(f"/dispatches/{made.pk}/agenda/", {"version": 1, "do": "add", "numbers": numbers})
        assert answer.status_code == 400
        assert "调度范围内没有编号" in answer.content.decode()
        assert not DispatchItem.objects.exists()

    def test_a_stale_page_is_told(self) -> None:
        here = World()
        made = here.call()
        services.set_agenda(actor=here.member, dispatch=made, measures=[here.late])
        body = {"version": 1, "do": "add", "pick": [here.worst.pk]}
        assert make.signed_in(here.member).post(f"/dispatches/{made.pk}/agenda/", body).status_code == 409
        assert DispatchItem.objects.count() == 1

    def test_what_was_decided_stays(self) -> None:
        here = World()
        made, items = here.under_way()
        services.decide_item(actor=here.member, item=items[0], decision="月底办结")
        with pytest.raises(ActRefused, match="不能移出"):
            services.set_agenda(actor=here.member, dispatch=made, measures=[here.late])

    def test_no_meeting_begins_without_an_agenda_or_before_its_day(self) -> None:
        here = World()
        with pytest.raises(ActRefused, match="还没有议题"):
            services.begin_dispatch(actor=here.member, dispatch=here.call())
        ahead = here.call(held_on=make.days(3), title="下次")
        services.set_agenda(actor=here.member, dispatch=ahead, measures=[here.late])
        with pytest.raises(ActRefused, match="还没有到"):
            services.begin_dispatch(actor=here.member, dispatch=ahead)


class TestMeeting:
    def test_another_group_does_not_see_it(self) -> None:
        here = World()
        made, items = here.under_way()
        stranger = supervisor()
        group(here.issue.inspection, units=[make.unit()], members=[stranger], name="督查二组")
        for address in (f"/dispatches/{made.pk}/", f"/dispatch-items/{items[0].pk}/"):
            for who, status in ((here.member, 200), (make.office(), 200), (stranger, 404), (make.liaison(here.unit), 404)):
                assert make.signed_in(who).get(address).status_code == status, (address, who)

    def test_it_goes_through_item_by_item(self) -> None:
        here = World()
        _made, items = here.under_way()
        browser = make.signed_in(here.member)
        page = browser.get(f"/dispatch-items/{items[0].pk}/").content.decode()
        assert f"下一项 {here.late.number}" in page
        body = {"version": 1, "decision": "月底办结", "asked_by": make.days(9).isoformat(), "next": "1"}
        answer = browser.post(f"/dispatch-items/{items[0].pk}/", body)
        assert answer["Location"] == f"/dispatch-items/{items[1].pk}/"
        item = DispatchItem.objects.get(pk=items[0].pk)
        assert (item.decision, item.asked_by, item.decided_by) == ("月底办结", make.days(9), here.member)

    def test_the_slower_of_two_is_told_what_the_other_wrote(self) -> None:
        here = World()
        _made, items = here.under_way()
        services.decide_item(actor=make.office(), item=items[0], decision="月底办结", version=1)
        answer = make.signed_in(here.member).post(f"/dispatch-items/{items[0].pk}/", {"version": 1, "decision": "两周内办结"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "月底办结" in page
        assert "两周内办结" in page
        assert DispatchItem.objects.get(pk=items[0].pk).decision == "月底办结"

    def test_a_day_before_the_meeting_is_refused(self) -> None:
        here = World()
        _made, items = here.under_way()
        with pytest.raises(ActRefused, match="不能早于会议日期"):
            services.decide_item(actor=here.member, item=items[0], decision="办结", asked_by=make.days(-1))


class TestClosing:
    def test_each_item_is_decided_or_named(self) -> None:
        here = World()
        made, items = here.under_way()
        services.decide_item(actor=here.member, item=items[0], decision="月底办结")
        for summary in ("", "其余未议", f"{here.late.number} 下次再说", f"1{here.late.number} 未议", f"{here.late.number}1 未议"):
            with pytest.raises(ActRefused, match=f"措施 {here.late.number} 还没有记录"):
                services.close_dispatch(actor=here.member, dispatch=made, summary=summary)
        services.close_dispatch(actor=here.member, dispatch=made, summary=f"{here.late.number} 未议。")
        assert Dispatch.objects.get().state == "closed"

    def test_it_becomes_an_activity_whose_items_can_become_measures(self) -> None:
        here = World()
        before = counts(here.issue.inspection)
        made, items = here.under_way()
        services.decide_item(actor=here.member, item=items[0], decision="追缴到位\n逐周报送", asked_by=make.days(9))
        closed = services.close_dispatch(actor=here.member, dispatch=made, summary=f"{here.late.number} 未议")
        activity = closed.activity
        assert activity is not None
        assert (activity.kind, activity.title, activity.held_on) == ("dispatch", "第三次调度会", make.today())
        said = f"{here.worst.number} 自然资源局：追缴到位；逐周报送（{make.days(9)} 前完成）"
        assert [item.text for item in activity.items.all()] == [said]
        assert counts(here.issue.inspection) == before
        page = make.signed_in(make.office()).get(f"/activities/{activity.pk}/")
        assert "转为措施" in page.content.decode()

    def test_the_units_are_told_and_their_sheets_show_it(self) -> None:
        here = World()
        liaison, stranger = make.liaison(here.unit), make.liaison()
        made, items = here.under_way()
        services.decide_item(actor=here.member, item=items[0], decision="月底办结")
        browser = make.signed_in(liaison)
        assert "月底办结" not in browser.get(f"/measures/{here.worst.pk}/").content.decode()
        services.close_dispatch(actor=here.member, dispatch=made, summary=f"{here.late.number} 未议")
        told = Notification.objects.filter(kind="dispatch")
        assert told.get(recipient=liaison).number == here.worst.number
        assert not told.filter(recipient=stranger).exists()
        assert "月底办结" in browser.get(f"/measures/{here.worst.pk}/").content.decode()

    def test_the_minutes_say_it_all(self) -> None:
        here = World()
        made, items = here.under_way()
        browser = make.signed_in(here.member)
        assert browser.get(f"/dispatches/{made.pk}/minutes/").status_code == 409
        services.decide_item(actor=here.member, item=items[0], decision="追缴到位", asked_by=make.days(9))
        services.close_dispatch(actor=here.member, dispatch=made, summary=f"会议强调抓紧。{here.late.number} 未议")
        answer = browser.get(f"/dispatches/{made.pk}/minutes/")
        document = Document(io.BytesIO(answer.content))
        assert document.paragraphs[0].text == "第三次调度会纪要"
        rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
        assert rows[1][1:] == [here.worst.number, "自然资源局", f"逾期：{items[0].standing}", "追缴到位", make.days(9).isoformat()]
        assert rows[2][1:3] + rows[2][4:] == [here.late.number, "自然资源局", "未议", "—"]
        assert any("会议强调抓紧" in line.text for line in document.paragraphs)
        assert Entry.objects.filter(act="measures.export_paper").exists()


def test_pages_take_the_same_queries_however_long_the_agenda() -> None:
    here = World()
    browser = make.signed_in(here.member)

    def pages(made: Dispatch) -> list[int]:
        item = made.items.order_by("place")[0].pk
        return [queries(browser, address) for address in ("/dispatches/", f"/dispatches/{made.pk}/", f"/dispatch-items/{item}/")]

    small, _items = here.under_way(here.late)
    few = pages(small)
    more = make.measures(here.issue, 15, due_on=make.days(-2))
    large, _items = here.under_way(*more)
    assert pages(large) == few
    assert max(few) <= 16
