"""请单位补登: a figure that the text has and the ledger has not is asked of the unit that leads the issue."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Indicator
from apps.measures.services import FigureDraft, add_indicator, read_indicator
from apps.reports import services
from apps.reports.models import Notice
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import prove
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, User
from tests import factories
from tests.test_check_page import address, figure, page
from tests.test_deciding import decide, drafted, open_figure

pytestmark = pytest.mark.django_db


def scene(text: str = "已收回土地出让金46万元，走访群众418户。") -> tuple[User, User, Notice]:
    """Who writes the notice, a liaison of the unit, and the notice."""
    clerk = factories.office()
    notice = drafted(clerk, text)
    return clerk, factories.liaison(notice.items.get().issue.lead_unit), notice


def ask(clerk: User, notice: Notice, finding: Finding, **facts: Any) -> Notice:
    return services.ask_registration(actor=clerk, notice=notice, **{**figure(finding), **facts})


def test_the_liaison_reads_which_figure_of_which_item_and_where() -> None:
    clerk, liaison, notice = scene()
    unit = notice.items.get().issue.lead_unit
    other, gone = factories.liaison(), factories.liaison(unit)
    gone.is_active = False
    gone.save()
    assert f"请{unit.name}补登" in page(clerk, notice)
    answer = factories.signed_in(clerk).post(address(notice, "check-ask"), figure(open_figure(notice)))
    assert answer.status_code == 302
    (told,) = Notification.objects.filter(kind="notice")
    assert told.recipient == liaison
    assert other not in {row.recipient for row in Notification.objects.all()}
    assert told.title == "请补登通报第 1 条“已收回土地出让金46万元，走访群众418户。”中的“418户”：台账没有这个数字，请填报并附佐证"
    assert (told.number, told.path) == ("问题 1", reverse("issues:sheet", args=(notice.items.get().issue_id,)))
    assert factories.signed_in(liaison).get(told.path).status_code == 200
    entry = Entry.objects.get(act="reports.ask_registration")
    assert (entry.payload["figure"], entry.payload["unit"], entry.payload["figure_place"]) == ("418户", str(unit), "item:1")


def test_it_shows_as_asked_stays_open_and_a_reading_answers_it() -> None:
    clerk, _liaison, notice = scene()
    ask(clerk, notice, open_figure(notice))
    shown = page(clerk, notice)
    assert f"{notice.inspection.today()} {clerk.name_in_book}已请" in shown
    assert "再催" in shown
    with pytest.raises(ActRefused, match="还有 1 处数字"):
        services.submit_notice(actor=clerk, notice=notice)
    issue = notice.items.get().issue
    indicator = add_indicator(actor=clerk, issue=issue, name="走访群众", kind=Indicator.Kind.COUNT, unit="户")
    read_indicator(actor=clerk, indicator=indicator, figures=[FigureDraft(Decimal(418), dt.date(2025, 7, 31))])
    assert prove(Notice.objects.get()).left == []
    assert "已请" not in page(clerk, notice)


def test_once_a_day_for_each_figure_and_again_the_next_day() -> None:
    clerk, liaison, notice = scene("走访群众418户，修缮房屋23间。")
    first, second = prove(notice).left
    ask(clerk, notice, first)
    with pytest.raises(ActConflict, match="今天已经请"):
        ask(clerk, notice, first)
    ask(clerk, notice, second)
    assert Notification.objects.filter(recipient=liaison).count() == 2
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)):
        ask(clerk, notice, first)
    assert Notification.objects.filter(recipient=liaison).count() == 3


def test_the_partys_words_are_not_told_and_the_internal_ones_never_asked_about() -> None:
    clerk, liaison, notice = scene("已整改到位。")
    item = notice.items.get()
    secret = "对张三等7名干部诫勉谈话。"
    services.amend_item(actor=clerk, item=item, title=item.title, text=item.text, party_text=secret, internal_text=f"{secret}另有9人待查。")
    notice = Notice.objects.get()
    (finding,) = prove(notice, "party").left
    ask(clerk, notice, finding, audience="party")
    told = Notification.objects.get(recipient=liaison)
    assert told.title == "请补登通报第 1 条党内通报文字中的“7名”：台账没有这个数字，请填报并附佐证"
    inside = next(finding for finding in prove(notice, "internal").left if finding.written == "9人")
    with pytest.raises(ActRefused, match="只有对外的通报条目"):
        ask(clerk, notice, inside, audience="internal")
    assert "补登" not in page(clerk, notice, "?audience=internal")


def test_it_is_refused_where_there_is_nothing_to_ask_or_nobody_to_be_asked() -> None:
    clerk, liaison, notice = scene()
    finding = open_figure(notice)
    with pytest.raises(ActForbidden):
        ask(factories.leader(), notice, finding)
    with pytest.raises(ActConflict):
        ask(clerk, notice, finding, written="419户")
    proved = next(one for one in prove(notice).findings if one.status == "matched" and one.place == "item:1")
    with pytest.raises(ActRefused, match="不需要请单位补登"):
        ask(clerk, notice, proved)
    decide(clerk, notice, finding)
    with pytest.raises(ActRefused, match="不需要请单位补登"):
        ask(clerk, notice, finding)
    services.withdraw_decision(actor=clerk, decision=notice.figure_decisions.get(), reason="再核")
    with pytest.raises(ActRefused, match="只有对外的通报条目"):
        ask(clerk, notice, finding, place="section_one")
    liaison.is_active = False
    liaison.save()
    with pytest.raises(ActRefused, match="没有在用的联络员账号"):
        ask(clerk, notice, finding)
    assert not Notification.objects.filter(kind="notice").exists()
