"""Drawing look-backs: the same seed gives the same list, strata and weights are kept, and the page says whether it still holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections import Counter
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from apps.issues.drawing import Candidate, drawn, key_of, places_of, ranked
from apps.issues.models import Inspection, Issue, LookBack, LookBackDraw
from apps.issues.services import check_draw, decide_closure, draw_look_backs, hold_look_back
from apps.ledgers import chain
from apps.measures.services import add_indicator
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, Unit
from tests import api_world
from tests import factories as make
from tests.supervision import group, supervisor

KNOWN = [2, 6, 10, 11, 13]
rows = st.lists(
    st.builds(Candidate, st.integers(1, 500), st.sampled_from("甲乙丙丁戊"), st.integers(1, 12)),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row.number,
)


@given(rows, st.text(max_size=20), st.data())
@settings(max_examples=120)
def test_a_draw_is_repeatable_and_keeps_its_strata(candidates: list[Candidate], seed: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(candidates)))
    mixed = data.draw(st.permutations(candidates))
    found = drawn(candidates, size, seed)
    assert found == drawn(mixed, size, seed) == sorted(set(found))
    assert len(found) == size
    assert set(found) <= {row.number for row in candidates}
    strata = Counter(row.stratum for row in candidates)
    taken = Counter(row.stratum for row in candidates if row.number in found)
    assert all(taken[name] <= count for name, count in strata.items())
    if size >= len(strata):
        assert set(taken) == set(strata)
        # Whoever has more than one place had the larger quotient when it got its last one.
        pairs = [(a, b) for a in strata for b in strata if taken[a] > 1]
        assert all(strata[a] * (taken[b] + 1) >= strata[b] * taken[a] for a, b in pairs)
    else:
        assert max(taken.values()) == 1


@given(rows, st.text(max_size=20))
def test_ranks_follow_the_stated_formula(candidates: list[Candidate], seed: str) -> None:
    order = ranked(candidates, seed)
    for one, other in itertools.pairwise(order):
        u, v = (Fraction(key_of(seed, row.number), 2**256) for row in (one, other))
        assert u**other.weight >= v**one.weight


def test_the_key_is_the_one_that_anybody_can_compute() -> None:
    assert key_of("20251225", 63) == int(hashlib.sha256(b"20251225:63").hexdigest(), 16) + 1
    candidates = [Candidate(number, f"单位{number % 3}", 1 + number % 4) for number in range(1, 16)]
    assert drawn(candidates, 5, "20251225") == KNOWN


def test_risk_makes_it_likelier_to_be_drawn() -> None:
    candidates = [Candidate(number, "甲", 9 if number == 1 else 1) for number in range(1, 11)]
    times = sum(1 in drawn(candidates, 1, str(seed)) for seed in range(400))
    assert 150 < times < 250  # nine of eighteen
    even = [Candidate(number, "甲", 1) for number in range(1, 11)]
    assert sum(1 in drawn(even, 1, str(seed)) for seed in range(400)) < 80


def test_places_are_dealt_in_proportion() -> None:
    candidates = [Candidate(number, "甲", 1) for number in range(1, 9)] + [Candidate(number, "乙", 1) for number in range(9, 11)]
    assert places_of(ranked(candidates, "x"), 5) == {"甲": 4, "乙": 1}


# -- the service ------------------------------------------------------------------------------------------------------


def closed_issues(lead: Unit, count: int, inspection: Inspection | None = None) -> Inspection:
    inspection = inspection or make.inspection()
    category = make.category(inspection, number=inspection.categories.count() + 1)
    for _number in range(count):
        issue = make.issue(category, lead=lead)
        make.finish(make.measure(issue))
        decide_closure(actor=make.office(), closure=make.application(issue), agree=True, opinion="同意")
    return inspection


@pytest.fixture
def inspection(db: None) -> Inspection:
    found = closed_issues(make.unit(), 4)
    return closed_issues(make.unit(), 2, found)


def draw(inspection: Inspection, size: int = 3, seed: str = "2026") -> LookBackDraw:
    return draw_look_backs(actor=make.office(), inspection=inspection, size=size, planned_on=make.days(20), seed=seed)


def test_a_draw_plans_look_backs_and_is_checked_against_the_book(inspection: Inspection) -> None:
    made = draw(inspection)
    assert len(made.drawn) == 3
    assert sorted(made.look_backs.values_list("issue__number", flat=True)) == made.drawn
    assert {look.planned_on for look in made.look_backs.all()} == {make.days(20)}
    assert all(check_draw(made).values())
    LookBackDraw.objects.filter(pk=made.pk).update(drawn=made.drawn[:2])
    made.refresh_from_db()
    assert not all(check_draw(made).values())
    made.candidates[0]["weight"] += 1
    assert not check_draw(made)["same_candidates"]
    assert chain.verify(inspection.book).holds


def test_what_waits_for_a_drawn_look_back_is_not_drawn_again(inspection: Inspection) -> None:
    first, second = draw(inspection, 4), draw(inspection, 2)
    assert not set(first.drawn) & set(second.drawn)
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(ActRefused, match="没有可以抽取的问题") as refused:
        draw(inspection, 1)
    assert refused.value.field == "size"
    hold_look_back(actor=make.office(), look_back=first.look_backs.all()[0], relapsed=False, note="巩固")
    with pytest.raises(ActRefused):
        draw(inspection, 1)  # that day it was looked at already
    again = draw_look_backs(actor=make.office(), inspection=inspection, size=1, planned_on=make.days(40))
    assert again.drawn == [first.look_backs.all()[0].issue.number]


def test_weights_count_what_makes_a_relapse_likelier(inspection: Inspection) -> None:
    issue = inspection.issues.get(number=1)
    hold_look_back(actor=make.office(), look_back=issue.look_backs.earliest("planned_on"), relapsed=True, note="反弹")
    issue.refresh_from_db()
    add_indicator(actor=None, issue=issue, name="收回资金", kind="money", unit="万元")
    make.finish(make.measure(issue))
    sent_back = make.application(issue)
    decide_closure(actor=make.office(), closure=sent_back, agree=False, opinion="请补充回单")
    decide_closure(actor=make.office(), closure=make.application(Issue.objects.get(pk=issue.pk)), agree=True, opinion="同意")
    candidates = {row["number"]: row for row in draw(inspection).candidates}
    assert {key: candidates[1][key] for key in ("extensions", "returns", "money", "relapses", "weight")} == {
        "extensions": 0, "returns": 1, "money": 1, "relapses": 1, "weight": 5,
    }  # fmt: skip
    assert candidates[2]["weight"] == 1


@pytest.mark.parametrize("role", [Role.LIAISON, Role.ADMIN, Role.AUDITOR])
def test_only_office_and_leaders_draw(role: Role, inspection: Inspection) -> None:
    member = supervisor()
    group(inspection, members=[member], units=[make.unit()])
    for actor in (make.user(role, of=make.unit()), member):
        with pytest.raises(ActForbidden):
            draw_look_backs(actor=actor, inspection=inspection, size=1, planned_on=make.days(1))
    assert draw_look_backs(actor=make.leader(), inspection=inspection, size=1, planned_on=make.days(1)).seed


def test_a_draw_refuses_what_cannot_be(inspection: Inspection) -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"size": 7}, "现在有 6 个备选问题"),
        ({"size": 0}, "1 至 6"),
        ({"planned_on": make.days(-1)}, "不能早于今天"),
        ({"seed": "9" * 65}, "最多 64 个字符"),
    )
    for facts, words in cases:
        values: dict[str, Any] = {"size": 1, "planned_on": make.days(1), **facts}
        with pytest.raises(ActRefused, match=words):
            draw_look_backs(actor=make.office(), inspection=inspection, **values)
    assert not LookBackDraw.objects.exists()


def test_a_look_back_that_closing_planned_for_that_day_becomes_the_draws(inspection: Inspection) -> None:
    day = LookBack.objects.earliest("planned_on").planned_on
    made = draw_look_backs(actor=make.office(), inspection=inspection, size=6, planned_on=day, seed="1")
    assert made.look_backs.count() == 6
    assert LookBack.objects.count() == 12


# -- pages ------------------------------------------------------------------------------------------------------------


def test_draw_page_and_check(inspection: Inspection) -> None:
    browser = make.signed_in(make.office())
    form = f"/inspections/{inspection.pk}/look-back-draws/new/"
    page = browser.get(form).content.decode()
    assert "权重 = 1 + 同意延期次数" in page
    assert browser.post(form, {"size": 99, "planned_on": str(make.days(3))}).status_code == 400
    made = browser.post(form, {"size": 2, "planned_on": str(make.days(3)), "seed": "开奖 0712"})
    assert made.status_code == 302
    page = browser.get(made["Location"]).content.decode()
    assert "开奖 0712" in page
    assert "核对一致" not in page
    checked = browser.get(f"{made['Location']}?check=1").content.decode()
    assert "核对一致" in checked
    LookBackDraw.objects.update(seed="别的")
    assert "核对不一致" in browser.get(f"{made['Location']}?check=1").content.decode()


def test_rates_and_lists_follow_what_the_user_sees(inspection: Inspection) -> None:
    first = inspection.issues.get(number=1)
    looks = LookBack.objects.order_by("issue__number", "planned_on")
    hold_look_back(actor=make.office(), look_back=looks.filter(issue=first)[0], relapsed=True, note="反弹")
    hold_look_back(actor=make.office(), look_back=looks.filter(issue__number=2)[0], relapsed=False, note="巩固")
    page = make.signed_in(make.leader()).get("/look-backs/").content.decode()
    assert "反弹率 = 结果为“反弹”的回头看次数 ÷ 已开展的回头看次数" in page
    assert "50.0%" in page
    planned = LookBack.objects.planned()
    assert not planned.filter(issue=first).exists()  # its round is over
    assert planned.count() == 9
    other = make.signed_in(make.liaison(inspection.issues.get(number=6).lead_unit)).get("/look-backs/?show=held").content.decode()
    assert first.title not in other
    assert "50.0%" not in other
    made = draw(inspection, 1)
    for who in (make.liaison(first.lead_unit), make.user(Role.ADMIN)):
        assert make.signed_in(who).get(f"/look-back-draws/{made.pk}/").status_code == 404
    assert make.signed_in(make.liaison(first.lead_unit)).get(f"/inspections/{inspection.pk}/look-back-draws/new/").status_code == 403


def test_a_draw_by_api(inspection: Inspection) -> None:
    address = api_world.url("inspections", inspection.pk, "draw-look-backs")
    body = {"size": 2, "planned_on": str(make.days(9)), "seed": "7"}
    assert api_world.client(make.liaison(inspection.issues.get(number=1).lead_unit)).post(address, body).status_code == 403
    answer = api_world.client(make.office()).post(address, body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["drawn"] == LookBackDraw.objects.get().drawn
    assert dt.date.fromisoformat(answer.json()["planned_on"]) == make.days(9)
