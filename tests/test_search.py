"""Search over the register: what is found and where it hit, that words are ANDed and wildcards mean themselves, and that nothing leaks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.measures.searching import hits_of, marked, snippet, words_of
from apps.measures.services import EvidenceDraft, approve
from apps.units.models import Unit
from tests import factories as make

pytestmark = pytest.mark.django_db


def found(browser: Client, text: str, **more: str) -> dict[str, list[str]]:
    """The measures found, and where each was hit."""
    page = browser.get("/register/", {"q": text, **more})
    assert page.status_code == 200, page.content.decode()[:400]
    words = page.context["register"].words
    rows = [row for block in page.context["blocks"] for line in block.lines for row in line.rows]
    return {row.number: [hit.where for hit in hits_of(row, words)] for row in rows}


@pytest.fixture
def issue() -> Issue:
    """1-1 with a report and evidence, 1-2 with nothing but its text; 2-1 in another issue."""
    category = make.category()
    one = make.issue(category, lead=make.unit("国土局"), title="土地出让金", finding="部分地块欠缴100%的价款")
    first = make.measure(one, text="向欠缴企业催收")
    make.measure(one, text="建立每季对账机制")
    draft = EvidenceDraft(name="非税收入一般缴款书", file=make.upload(), effective_on=make.today())
    make.report(first, text="已收回四十六万元", files=[draft])
    make.measure(make.issue(category, title="担保行为", finding="违规担保"), text="诉讼追偿担保资金")
    return one


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("催收", {"1-1": ["措施"]}),
        ("四十六万", {"1-1": ["进展"]}),
        ("缴款书", {"1-1": ["佐证材料"]}),
        ("出让金", {"1-1": ["问题"], "1-2": ["问题"]}),
        ("地块", {"1-1": ["问题"], "1-2": ["问题"]}),
        ("国土局", {"1-1": ["单位"], "1-2": ["单位"]}),
        ("催收 缴款书", {"1-1": ["措施", "佐证材料"]}),
        ("催收　四十六", {"1-1": ["措施", "进展"]}),
        ("催收 担保", {}),
        ("出让金 对账", {"1-2": ["措施"]}),
        ("100%", {"1-1": ["问题"], "1-2": ["问题"]}),
        ("100_", {}),
        ("1_0%", {}),
        ("%", {"1-1": ["问题"], "1-2": ["问题"]}),
        ("\\", {}),
        ("2-1", {"2-1": []}),
        ("2 催", {}),
        ("<b>", {}),
    ],
)
def test_what_is_found_and_where(issue: Issue, text: str, hits: dict[str, list[str]]) -> None:
    assert found(make.signed_in(make.office()), text) == hits


def test_hits_are_marked_and_everything_else_is_escaped() -> None:
    assert marked("<b>土地</b> 土 地", ["土地"]) == "&lt;b&gt;<mark>土地</mark>&lt;/b&gt; 土 地"
    assert marked("a<b", ["<"]) == "a<mark>&lt;</mark>b"
    assert marked("Abc abc", ["ABC"]) == "<mark>Abc</mark> <mark>abc</mark>"
    assert snippet("前" * 50 + "中" + "后" * 80, ["中"]) == f"…{'前' * 18}<mark>中</mark>{'后' * 36}…"
    row = make.measure(make.issue(), text="<script>alert(1)</script>催收")
    words = make.signed_in(make.office()).get("/register/", {"q": "催收"}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<mark>催收</mark>" in words
    assert row.text not in words


def test_words() -> None:
    assert words_of(" 土地  出让 土地 ") == ["土地", "出让"]
    assert words_of("63 - 2") == ["63 - 2"]
    make.measure(make.issue())
    page = make.signed_in(make.office()).get("/register/", {"q": "一 二 三 四 五 六 七 八 九"})
    assert page.status_code == 400
    assert "最多 8 个词" in page.content.decode()


def test_the_words_of_another_unit_never_hit(issue: Issue) -> None:
    """A liaison who only supports one measure of the issue finds nothing of the others, in text, report or evidence."""
    helper = make.unit()
    make.measure(issue, text="协助核对", supporting_units=(helper,))
    browser = make.signed_in(make.liaison(helper))
    assert found(browser, "核对") == {"1-3": ["措施"]}
    for secret in ("催收", "四十六万", "缴款书", "担保", "诉讼", "核对 催收", "1-1", "2-1"):
        page = browser.get("/register/", {"q": secret})
        assert page.status_code == 200
        assert found(browser, secret) == {}, secret
        assert "匹配 0 个问题 0 条措施" in page.content.decode()
    office = make.signed_in(make.office())
    assert all(found(office, secret) for secret in ("催收", "四十六万", "缴款书", "担保", "诉讼", "1-1", "2-1"))


def test_the_box_on_top_jumps_to_a_number_and_searches_for_the_rest(issue: Issue) -> None:
    browser = make.signed_in(make.office())
    row = Measure.objects.get(issue=issue, ordinal=2)
    assert browser.get("/go/", {"q": "1-2"})["Location"] == f"/measures/{row.pk}/"
    assert browser.get("/go/", {"q": "催收 四十六"}, follow=True).context["register"].words == ["催收", "四十六"]
    stranger = make.signed_in(make.liaison())
    assert stranger.get("/go/", {"q": "1-2"})["Location"].startswith("/register/")


def test_the_api_searches_in_the_same_places(issue: Issue) -> None:
    rows = make.signed_in(make.office()).get("/api/v1/measures/", {"q": "缴款书 催收"}).json()["results"]
    assert [row["number"] for row in rows] == ["1-1"]


def tabs(browser: Client) -> dict[str, tuple[int, int]]:
    """Each quick tab with its count, and how many rows its address shows."""
    counts = {}
    for tab in browser.get("/register/").context["register"].tabs:
        if not tab.unit:
            page = browser.get(f"/register/{tab.query}")
            rows = [row for block in page.context["blocks"] for line in block.lines for row in line.rows]
            counts[tab.label] = (tab.count, len(rows))
    return counts


def test_quick_tabs_count_what_they_show() -> None:
    issue, helper = make.issue(), make.unit()
    lead: Unit = issue.lead_unit
    for day in (-3, 0, 6, 7, 8, 40):
        make.measure(issue, due_on=make.days(day))
    other = make.measure(make.issue(issue.category), supporting_units=(lead, helper))
    office, clerk = make.office(), make.office()
    make.report(make.measure(issue), claim=Measure.State.DONE, files=[make.evidence()])
    by_clerk = make.measure(issue)
    make.report(by_clerk, by=clerk, claim=Measure.State.DONE, files=[make.evidence()])
    assert other.issue != issue
    of_office, of_clerk = tabs(make.signed_in(office)), tabs(make.signed_in(clerk))
    assert (of_office["待我审核"], of_clerk["待我审核"]) == ((2, 2), (1, 1))
    assert of_office["7 天内到期"] == (3, 3)
    assert of_office["逾期"] == (1, 1)
    approve(actor=office, report=by_clerk.reports.get())
    assert tabs(make.signed_in(clerk))["待我审核"] == (1, 1)
    of_liaison = tabs(make.signed_in(make.liaison(lead)))
    assert of_liaison["我的"] == (9, 9)
    assert "待我审核" not in of_liaison
    assert tabs(make.signed_in(make.liaison(helper)))["我的"] == (1, 1)
    assert make.signed_in(make.leader()).get("/register/?review=mine").context["matched"] == 0


def test_a_search_takes_the_same_queries_for_many_hits(issue: Issue) -> None:
    browser = make.signed_in(make.office())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/register/?q=催收+企业+已收回").status_code == 200
        return len(captured)

    few = queries()
    for row in make.measures(issue, 20, text="向欠缴企业催收"):
        make.report(row, text="已收回若干", files=[make.evidence()])
    assert queries() == few <= 12
