"""One selector: page, API, workbook and notice say the same, and each link of a figure lists as many measures as the figure says.

On the demonstration, and on rounds made by chance (seeded), with a control that must fail: a figure told wrong is found out.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.issues.models import Inspection
from apps.measures.filters.figures import MARK_WORDS
from apps.measures.filters.measures import MeasureFilter
from apps.measures.models import Measure
from apps.measures.querysets import MARKS
from apps.measures.services import add_regulation
from apps.reports.figures import counts
from apps.supervision.board import Board
from apps.supervision.board_results import SECTIONS, all_series
from apps.supervision.scope import Scope, groups_seen_by
from apps.supervision.series import Series, plain
from apps.units.models import User
from tests import demonstration
from tests import factories as make
from tests.api_world import client as api_client
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db
PAGES = ("supervision:dashboard", *(f"supervision:dashboard-{key}" for key in SECTIONS if key != "overview"))


@pytest.fixture(scope="module")
def shown(django_db_setup: None, django_db_blocker: Any) -> Iterator[Inspection]:
    with django_db_blocker.unblock(), demonstration.loaded() as inspection:
        yield inspection


def random_round(seed: int) -> Inspection:
    """Issues, units, dates and states by chance."""
    chance = random.Random(seed)
    inspection = make.inspection()
    leads = [make.unit() for _ in range(3)]
    for number in (1, 2):
        category = make.category(inspection, number)
        for _ in range(2):
            issue = make.issue(category, lead=chance.choice(leads), lead_official=chance.choice(("", "张三", "李四")))
            for _ in range(chance.randint(0, 4)):
                measure = make.measure(
                    issue,
                    lead=chance.choice(leads),
                    due_on=make.days(chance.randint(-40, 20)),
                    nature=chance.choice(Measure.Nature.values),
                )
                what = chance.random()
                if what < 0.4:
                    make.finish(measure)
                elif what < 0.6:
                    make.report(measure)
                elif what < 0.7:
                    letter(measure)
    for _ in range(chance.randint(0, 3)):
        kind = chance.choice(("made", "revised", "abolished"))
        add_regulation(actor=None, inspection=inspection, title=f"办法{chance.random()}", kind=kind, unit=leads[0])
    return inspection


def board_of(user: User, inspection: Inspection) -> Board:
    return Board(Scope(user, inspection, list(groups_seen_by(user, inspection)), None))


def numbers(found: list[Series]) -> dict[str, dict[str, list[Any]]]:
    """What the selector says: by figure and row, the values."""
    return {one.key: {line.label: [plain(cell.value) for cell in line.cells] for line in one.lines} for one in found}


def numbers_of_api(user: User, inspection: Inspection) -> dict[str, dict[str, list[Any]]]:
    body = api_client(user).get("/api/v1/dashboard/", {"inspection": inspection.pk}).json()
    return {one["key"]: {row["name"]: list(row["values"].values()) for row in one["rows"]} for one in body["series"]}


def numbers_of_workbook(browser: Client, found: list[Series]) -> dict[str, dict[str, list[Any]]]:
    book = load_workbook(io.BytesIO(browser.get(reverse("supervision:dashboard-export")).content))
    assert len(book.worksheets) == len(found)
    told = {}
    for sheet, one in zip(book.worksheets, found, strict=True):
        rows = list(sheet.iter_rows(min_row=6, values_only=True))
        told[one.key] = {str(row[0]): list(row[1 : len(one.columns) + 1]) for row in rows}
    return told


def numbers_of_pages(browser: Client) -> dict[str, list[str]]:
    """The cells of each figure's table, as text, row after row."""
    told = {}
    for name in PAGES:
        page = browser.get(reverse(name)).content.decode()
        for key, body in re.findall(r'<section class="card series" aria-labelledby="([\w-]+)-title">(.*?)</section>', page, re.S):
            cells = re.findall(r"<td[^>]*>(.*?)</td>", body, re.S)
            told[key] = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    return told


def disagreements(user: User, inspection: Inspection, said: dict[str, dict[str, list[Any]]]) -> list[str]:
    """Where API, workbook, pages or notice say otherwise than the figures given."""
    browser = make.signed_in(user)
    found = all_series(board_of(user, inspection))
    told, pages, book = numbers_of_api(user, inspection), numbers_of_pages(browser), numbers_of_workbook(browser, found)
    wrong = [f"API {key}" for key in said if told.get(key) != said[key]]
    wrong += [f"XLSX {key}" for key in said if not same(book.get(key, {}), said[key])]
    texts = {key: ["—" if value is None else str(value) for row in rows.values() for value in row] for key, rows in said.items()}
    wrong += [f"page {key}" for key in said if key not in ("headline", "since") and pages.get(key) != texts[key]]
    notice, head = counts(inspection), {label: row[0] for label, row in said["headline"].items()}
    wrong += [
        f"notice {label}"
        for label, number in (("问题", notice.issues), ("措施", notice.measures), ("建章立制", notice.regulations))
        if head[label] != number
    ]
    context = browser.get(reverse("supervision:dashboard")).context
    kpi = {"措施": context["tally"].total, "逾期": context["tally"].overdue, "临期": context["tally"].soon}
    kpi |= {"已销号问题": context["closures"].closed, "建章立制": context["regulations"], "挽回资金": context["money"].shown}
    return wrong + [f"page {label}" for label, number in kpi.items() if str(head[label]) != str(number)]


def same(cells: dict[str, list[Any]], said: dict[str, list[Any]]) -> bool:
    """A workbook has numbers where JSON has text, and days with a time of day."""

    def normal(value: Any) -> Any:
        if value is None or value == "":
            return None
        text = str(value).removesuffix(" 00:00:00")
        try:
            return round(float(text), 4)
        except ValueError:
            return text

    return {label: [normal(value) for value in row] for label, row in cells.items()} == {
        label: [normal(value) for value in row] for label, row in said.items()
    }


def test_all_four_agree_on_the_demonstration(shown: Inspection) -> None:
    user = User.objects.get(username="office")
    said = numbers(all_series(board_of(user, shown)))
    assert disagreements(user, shown, said) == []
    assert said["headline"]["措施"][0] == 360


@pytest.mark.parametrize("seed", range(6))
def test_all_four_agree_on_rounds_made_by_chance(seed: int) -> None:
    inspection, user = random_round(seed), make.office()
    said = numbers(all_series(board_of(user, inspection)))
    assert disagreements(user, inspection, said) == []
    said["headline"]["措施"][0] += 1  # the control: what is told wrong is found out, in every place
    assert disagreements(user, inspection, said) == ["API headline", "XLSX headline", "notice 措施", "page 措施"]


def linked(board: Board) -> Iterator[tuple[str, str, int]]:
    """Each figure that links to the register: what it is, the query, the number of measures it stands for."""
    address = reverse("measures:register")
    for one in all_series(board):
        for line, cells in one.table:
            total = {column.key: cell.value for column, cell in cells}
            for column, cell in cells:
                target = urlsplit(cell.href)
                if target.path != address or column.key.endswith("rate") or line.label.endswith("率"):
                    continue
                if one.key == "headline" and line.label == "已销号问题":
                    continue  # counts issues; the register lists their measures
                assert isinstance(cell.value, int), (one.key, line.label, total)
                yield f"{one.key}/{line.label}/{column.label}", target.query, cell.value


def wrong_links(board: Board) -> list[str]:
    request = HttpRequest()
    request.user = board.scope.user
    found = []
    for name, query, number in linked(board):
        filterset = MeasureFilter(QueryDict(query), Measure.objects.worked_on_by(board.scope.user), request=request)
        problems = filterset.problems()
        if problems or filterset.qs.distinct().count() != number:
            found.append(f"{name}: {number}, {problems or filterset.qs.distinct().count()}, {query}")
    return found


def test_every_link_of_the_demonstration_lists_what_was_counted(shown: Inspection) -> None:
    board = board_of(User.objects.get(username="office"), shown)
    assert wrong_links(board) == []
    assert len(list(linked(board))) > 500


@pytest.mark.parametrize("username", ["supervisor-3", "liaison"])
def test_so_does_every_link_of_a_group_and_of_a_unit(shown: Inspection, username: str) -> None:
    browser = make.signed_in(User.objects.get(username=username))
    context = browser.get(reverse("supervision:dashboard")).context
    board = Board(context["scope"])
    assert board.tally.total > 0
    assert wrong_links(board) == []


def test_over_http_the_register_shows_as_many_rows(shown: Inspection) -> None:
    """One figure of each column: the page itself, not only its filter."""
    user = User.objects.get(username="office")
    browser, seen = make.signed_in(user), set()
    for name, query, number in linked(board_of(user, shown)):
        kind = (name.split("/")[0], name.split("/")[2], tuple(parse_qs(query)))
        if number and kind not in seen:
            seen.add(kind)
            assert browser.get(f"{reverse('measures:register')}?{query}").context["matched"] == number, name
    assert len(seen) > 30


@pytest.mark.parametrize("seed", [11, 12])
def test_links_under_a_group_list_what_was_counted(seed: int) -> None:
    inspection = random_round(seed)
    units = list({row.lead_unit for row in Measure.objects.filter(issue__inspection=inspection).select_related("lead_unit")})
    member = supervisor()
    made = group(inspection, units=units[:1], members=[member])
    for user in (make.office(), member):
        assert wrong_links(Board(Scope(user, inspection, [made], made))) == []


def test_the_marks_of_the_filter_are_those_of_the_strip() -> None:
    assert tuple(code for code, _words in MARK_WORDS) == MARKS
