"""The ladder of letters as data: who may send which level, and how the office changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.supervision.ladder import DEFAULT, Level, fingerprint, ladder_of, next_level
from apps.supervision.models import Act, LadderLevel, Letter
from apps.supervision.policies import levels_for
from apps.supervision.services import set_ladder
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Unit, User
from tests import factories as make
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db

NOTICE = Level("", "通报批评", "red", ("office",), "leader", 2)


def may_send(person: User, inspection: Inspection, unit: Unit) -> list[str]:
    return [level.code for level in levels_for(person, inspection, unit, ladder_of(inspection))]


class TestSenders:
    def test_the_default_ladder_by_person(self) -> None:
        inspection, unit, member, head = make.inspection(), make.unit(), supervisor(), supervisor()
        made = group(inspection, units=[unit], members=[member, head])
        assert may_send(make.office(), inspection, unit) == ["remind", "blue", "orange", "red", "talk"]
        assert may_send(make.leader(), inspection, unit) == ["orange", "red", "talk"]
        assert may_send(make.liaison(unit), inspection, unit) == []
        # Without a head on duty any member counts as the head.
        assert may_send(member, inspection, unit) == ["remind", "blue", "orange"]
        made.duty_head = head
        made.save()
        assert may_send(member, inspection, unit) == ["remind", "blue"]
        assert may_send(head, inspection, unit) == ["remind", "blue", "orange"]
        assert may_send(member, inspection, make.unit()) == []

    def test_a_level_that_is_not_theirs_is_refused_with_those_that_are(self) -> None:
        measure, member = make.measure(), supervisor()
        group(measure.issue.inspection, units=[measure.lead_unit], members=[member])
        with pytest.raises(ActForbidden, match=r"红色督查单由整改办、领导发出。您可以向.*发：提醒函、蓝色督查单、橙色督查单"):
            letter(measure, by=member, level="red")

    def test_the_form_offers_only_their_levels(self) -> None:
        measure, member = make.measure(), supervisor()
        group(measure.issue.inspection, units=[measure.lead_unit], members=[member])
        page = make.signed_in(member).get(reverse("supervision:send_letter"), {"measure": measure.pk})
        assert [code for code, _words in page.context["form"].fields["level"].choices] == ["remind", "blue", "orange"]


class TestSetting:
    def change(self, inspection: Inspection, levels: list[Level], **facts: Any) -> list[Level]:
        return set_ladder(actor=facts.pop("actor", make.office()), inspection=inspection, levels=levels, **{"reason": "研究确定", **facts})

    def test_a_new_level_takes_its_place_and_the_rest_keep_their_codes(self) -> None:
        inspection = make.inspection()
        self.change(inspection, [*DEFAULT, NOTICE])
        levels = ladder_of(inspection)
        assert [level.code for level in levels] == ["remind", "blue", "orange", "red", "talk", "level-1"]
        following = next_level(levels, "talk")
        assert following is not None
        assert following.name == "通报批评"
        assert ladder_of(make.inspection()) == list(DEFAULT)
        entry = Entry.objects.get(act=Act.SET_LADDER.value)
        assert entry.reason == "研究确定"
        assert "通报批评（红；整改办发；单位主要负责人，抄送分管领导收；2 个工作日）" in str(entry.payload)

    def test_what_was_sent_keeps_its_name_and_its_level_stays(self) -> None:
        sent = letter(make.measure())
        inspection = sent.inspection
        with pytest.raises(ActRefused, match="蓝色督查单已经发过"):
            self.change(inspection, [level for level in DEFAULT if level.code != "blue"])
        renamed = [replace(level, name="蓝色提示单") if level.code == "blue" else level for level in DEFAULT if level.code != "remind"]
        self.change(inspection, renamed)
        sent.refresh_from_db()
        assert (sent.title, sent.level) == ("蓝色督查单", "blue")
        assert letter(make.measure(sent.measures.get().issue)).title == "蓝色提示单"

    @pytest.mark.parametrize(
        ("levels", "sentence"),
        [
            ([], "至 10 个级别"),
            ([*DEFAULT, replace(NOTICE, name="提醒函")], "同名"),
            ([*DEFAULT, replace(NOTICE, name=" ")], "名称"),
            ([*DEFAULT, replace(NOTICE, senders=())], "谁可以发"),
            ([*DEFAULT, replace(NOTICE, senders=("nobody",))], "谁可以发"),
            ([*DEFAULT, replace(NOTICE, colour="green")], "颜色"),
            ([*DEFAULT, replace(NOTICE, reply_working_days=0)], "工作日之间"),
            (list(DEFAULT), "没有变化"),
        ],
    )
    def test_what_makes_no_ladder_is_refused_in_words(self, levels: list[Level], sentence: str) -> None:
        with pytest.raises(ActRefused, match=sentence):
            self.change(make.inspection(), levels)
        assert not LadderLevel.objects.exists()

    def test_it_is_the_offices_with_a_reason_and_not_over_another_change(self) -> None:
        inspection = make.inspection()
        for role in (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR):
            with pytest.raises(ActForbidden):
                self.change(inspection, [*DEFAULT, NOTICE], actor=make.user(role))
        with pytest.raises(ActRefused, match="理由"):
            self.change(inspection, [*DEFAULT, NOTICE], reason=" ")
        shown = fingerprint(ladder_of(inspection))
        self.change(inspection, [*DEFAULT, NOTICE], shown=shown)
        with pytest.raises(ActConflict):
            self.change(inspection, list(DEFAULT), shown=shown)

    def test_the_page(self) -> None:
        sent = letter(make.measure())
        address = reverse("supervision:ladder")
        browser = make.signed_in(make.office())
        page = browser.get(address)
        body = posted(page)
        assert browser.post(address, body).status_code == 400
        body |= {"form-5-name": "通报批评", "form-5-rank": "6", "form-5-colour": "red", "form-5-senders": ["office"]}
        body |= {"form-5-receiver": "leader", "form-5-reply_working_days": "2", "form-0-DELETE": "on", "form-1-DELETE": "on"}
        assert browser.post(address, body).status_code == 400, "no reason yet"
        assert browser.post(address, {**body, "reason": "研究确定"}).status_code == 302
        codes = [level.code for level in ladder_of(sent.inspection)]
        # Level blue was sent and cannot be ticked away; the reminder never was.
        assert codes == ["blue", "orange", "red", "talk", "level-1"]
        assert browser.post(address, {**body, "reason": "研究确定"}).status_code == 409
        assert make.signed_in(make.leader()).get(address).status_code == 403
        assert Letter.objects.count() == 1


def posted(page: Any) -> dict[str, Any]:
    """What the form of the ladder would send, unchanged."""
    rows, form = page.context["rows"], page.context["form"]
    body: dict[str, Any] = {f"form-{name}": value for name, value in rows.management_form.initial.items()}
    for row in rows:
        body |= {f"{row.prefix}-{name}": "" if value is None else value for name, value in row.initial.items()}
    return {**body, "shown": form.initial["shown"], "reason": ""}
