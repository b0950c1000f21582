"""改用台账数: the text of each audience takes the ledger's number at its own place, and no other text of the item with it."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.ledgers.models import Entry
from apps.reports import services
from apps.reports.models import FigureDecision, Notice, NoticeItem
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import prove
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from tests import factories
from tests.test_check_page import address, figure, page
from tests.test_deciding import drafted

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "已收回土地出让金46万元。", "已收回土地出让金47万元。"
PARTY, INTERNAL = f"{WRONG}对张三诫勉谈话。", f"{WRONG}尚余部分拟起诉。"


def told(clerk: User, text: str = RIGHT, party_text: str = "", internal_text: str = "") -> Notice:
    notice = drafted(clerk, text)
    item = notice.items.get()
    if party_text or internal_text:
        services.amend_item(actor=clerk, item=item, title=item.title, text=text, party_text=party_text, internal_text=internal_text)
    return Notice.objects.get()


def wrong_in(notice: Notice, audience: str) -> Finding:
    (finding,) = (finding for finding in prove(notice, audience).left if finding.written == "47万元")
    return finding


def adopt(browser: Client, notice: Notice, audience: str) -> int:
    form = {**figure(wrong_in(notice, audience)), "instead": "46万元", "audience": audience}
    return int(browser.post(address(notice, "check-adopt"), form).status_code)


def texts() -> tuple[str, str, str]:
    item = NoticeItem.objects.get()
    return item.text, item.party_text, item.internal_text


@pytest.mark.parametrize(
    ("audience", "party_text", "internal_text", "after"),
    [
        ("party", PARTY, INTERNAL, (RIGHT, PARTY.replace("47", "46"), INTERNAL)),
        ("internal", PARTY, INTERNAL, (RIGHT, PARTY, INTERNAL.replace("47", "46"))),
        # Where an audience has no text of its own, the one it reads is changed.
        ("internal", PARTY, "", (RIGHT, PARTY.replace("47", "46"), "")),
    ],
)
def test_the_text_of_that_audience_is_changed_and_no_other(
    audience: str, party_text: str, internal_text: str, after: tuple[str, str, str]
) -> None:
    clerk = factories.office()
    notice = told(clerk, party_text=party_text, internal_text=internal_text)
    assert adopt(factories.signed_in(clerk), notice, audience) == 302
    assert texts() == after
    assert [finding for finding in prove(Notice.objects.get(), audience).left if finding.written.endswith("万元")] == []
    entry = Entry.objects.filter(act="reports.amend_item").latest("pk")
    assert entry.reason == "数字校核：“47万元”改用台账数“46万元”（已收回土地出让金）"
    changed = "party_text" if after[1] != party_text else "internal_text"
    assert list(entry.payload["changes"]) == [changed]


def test_the_partys_own_words_may_now_be_those_of_the_internal_text() -> None:
    """The sentence stood there before: it is not what slips out of the house with the figure."""
    clerk = factories.office()
    notice = told(clerk, "已整改到位。", PARTY, f"{RIGHT}尚余部分拟起诉。")
    assert adopt(factories.signed_in(clerk), notice, "party") == 302
    assert texts()[1] == PARTY.replace("47", "46")


def test_the_page_of_the_party_and_of_the_house_offer_it() -> None:
    clerk = factories.office()
    notice = told(clerk, party_text=PARTY, internal_text=INTERNAL)
    assert "改用 46万元" not in page(clerk, notice)
    for audience in ("party", "internal"):
        shown = page(clerk, notice, f"?audience={audience}")
        assert "改用 46万元" in shown
        assert ("认可，按原文发布" in shown) == (audience == "party")
    assert "改用 46万元" not in page(factories.leader(), notice, "?audience=internal")


def test_what_only_the_house_reads_stands_in_nobodys_way_and_is_not_decided_on() -> None:
    clerk = factories.office()
    notice = told(clerk, internal_text=INTERNAL)
    finding = wrong_in(notice, "internal")
    with pytest.raises(ActRefused, match="内部文字不发布"):
        services.decide_figure(actor=clerk, notice=notice, verdict="accepted", reason="试", audience="internal", **figure(finding))
    assert not FigureDecision.objects.exists()
    assert services.submit_notice(actor=clerk, notice=notice).state == "submitted"


def test_it_is_refused_where_page_or_person_is_not_the_right_one() -> None:
    clerk = factories.office()
    notice = told(clerk, party_text=PARTY, internal_text=INTERNAL)
    asked = figure(wrong_in(notice, "party"))
    for instead, audience in (("45万元", "party"), ("46万元", "society")):
        with pytest.raises(ActConflict):
            services.adopt_ledger(actor=clerk, notice=notice, instead=instead, audience=audience, **asked)
    with pytest.raises(ActForbidden):
        services.adopt_ledger(actor=factories.leader(), notice=notice, instead="46万元", audience="party", **asked)
    assert texts() == (RIGHT, PARTY, INTERNAL)


def test_the_prose_that_all_read_is_changed_from_the_partys_page_too() -> None:
    clerk = factories.office()
    prose = "（一）高位推动抓整改。针对{方面数}个方面2个问题，制定措施{措施数}条，召开会议{会议数}次。"
    notice = drafted(clerk, RIGHT, section_one=prose)
    item = notice.items.get()
    services.amend_item(actor=clerk, item=item, title=item.title, text=item.text, party_text=RIGHT + "已约谈。")
    (finding,) = prove(Notice.objects.get(), "party").left
    browser = factories.signed_in(clerk)
    browser.post(address(notice, "check-adopt"), {**figure(finding), "instead": "1个", "audience": "party"})
    assert Notice.objects.get().section_one == prose.replace("2个问题", "1个问题")


def test_programs_read_and_mend_the_internal_text_too() -> None:
    clerk = factories.office()
    notice = told(clerk, internal_text=INTERNAL)
    browser = factories.signed_in(clerk)
    found = browser.get(f"/api/v1/notices/{notice.pk}/figures/?audience=internal").json()
    assert "47万元" in {finding["written"] for finding in found["findings"]}
