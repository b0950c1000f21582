"""Repeat findings shown on both issues; the three tracks of completion with their gaps on issue, unit and round."""

from __future__ import annotations

import pytest

from apps.issues.models import Issue
from apps.issues.services import amend_issue
from apps.measures.models import Measure
from apps.measures.tracks import TRACKS
from apps.supervision import figures
from apps.supervision.models import SiteCheck
from apps.supervision.services import check_site
from apps.units.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


def sheet(who: User, issue: Issue) -> str:
    page = make.signed_in(who).get(f"/issues/{issue.pk}/")
    assert page.status_code == 200
    return page.content.decode()


def test_a_repeat_finding_is_shown_on_both_to_those_who_see_both() -> None:
    lead, other = make.unit(), make.unit()
    earlier = make.issue(lead=lead, title="挂账长期不清")
    later = make.issue(lead=other, title="又见挂账不清", supporting_units=[lead])
    foreign = make.issue(lead=other, title="别家的同类问题")
    for row in (later, foreign):
        amend_issue(actor=make.office(), issue=row, values={"prior_issue": earlier}, reason="同类问题")
    office = make.office()
    assert "以往同类问题" in sheet(office, later)
    assert f'href="/issues/{earlier.pk}/"' in sheet(office, later)
    shown = sheet(office, earlier)
    assert shown.count("后续轮次再次发现") == 2
    assert f'href="/issues/{later.pk}/"' in shown
    mine = sheet(make.liaison(lead), earlier)
    assert "又见挂账不清" in mine
    assert "别家的同类问题" not in mine
    theirs = sheet(make.liaison(other), later)
    assert f"/issues/{earlier.pk}/" not in theirs  # the timeline says its number only
    assert "挂账长期不清" not in theirs


def test_the_tracks_say_count_rate_gap_and_formula_everywhere_alike() -> None:
    issue, leader = make.issue(), make.leader()
    first, second, third, _fourth = make.measures(issue, 4)
    for measure in (first, second):
        make.finish(measure)
    make.report(third, claim=Measure.State.DONE, files=[make.evidence()])
    check_site(actor=leader, measure=first, finding=SiteCheck.Finding.TRUE, note="看过", checked_on=make.today())
    pages = (f"/issues/{issue.pk}/", f"/units/{issue.lead_unit_id}/", f"/inspections/{issue.inspection_id}/")
    for address in pages:
        page = make.signed_in(leader).get(address).content.decode()
        for formula, rate in zip(TRACKS, ("75.0%", "50.0%", "25.0%"), strict=True):
            assert formula.words in page, address
            assert rate in page, address
        for gap in ("申报完成 − 核实完成", "核实完成 − 核查完成"):
            assert gap in page, address
    counts = Measure.objects.track_counts()
    tally = figures.tracks(Measure.objects.all(), make.today(), make.days(5)).overall
    read = Measure.objects.track_counts(issue.measures.for_closing())
    assert [gap.number for gap in counts.gaps] == [1, 1]
    assert counts == read
    assert [getattr(counts, key.key) for key in TRACKS] == [getattr(tally, key.key) for key in TRACKS] == [3, 2, 1]
