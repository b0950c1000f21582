"""Every list that leaves the house comes back as it left: read by the import, it would change nothing, whatever the ledger holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.issues.models import Inspection
from apps.issues.services import amend_issue
from apps.measures.importing.comparing import compared
from apps.measures.importing.defaults import Defaults
from apps.measures.importing.directory import Directory
from apps.measures.importing.listing import Round, Settings, layouts_of, tree_of
from apps.measures.importing.opening import opened
from apps.measures.importing.plan import Deal, Plan
from apps.measures.importing.tree import Level, Tree
from apps.measures.models import Measure
from apps.measures.services import amend_measure
from tests import factories as make
from tests.undoing import undone

pytestmark = pytest.mark.django_db
LISTS = [
    reverse("measures:export"),
    *(
        f"{reverse('measures:list', args=(kind,))}{layout}"
        for kind in ("ledger", "issues", "tasks", "duties")
        for layout in ("", "?layout=flat")
    ),
]
BITS = [
    *(
        "逐项核实",
        "并建立台账",
        "追缴土地出让金12.22万元",
        "（一）",
        "1.",
        "2、",
        "一是",
        "二是",
        "①",
        "；",
        "。",
        "，",
        "\n",
        " ",
        "　",
        "=1+1",
        "-5",
        "@a",
    ),
    *(
        "“关于”",
        "2025年8月底前",
        "12-3",
        "12-3　",
        "合计",
        "注：",
        "（示例）",
        "长期坚持",
        "立行立改",
        "<b>&",
        "'",
        '"',
        "ａ１",
        "_x000D_",
        "…",
        "（牵头）",
    ),
]
WORDS = st.lists(st.sampled_from(BITS), min_size=1, max_size=7).map("".join).map(str.strip).filter(lambda words: len(words) > 1)
SHORT = WORDS.map(lambda words: words.replace("\n", "")[:60].strip()).filter(lambda words: len(words) > 1)
NAMES = ["财政局", "自然资源局", "教育局（体育局）", "市场监管局", "教育局", "沙溪镇人民政府"]


@st.composite
def measures(draw: Any) -> dict[str, Any]:
    pace = draw(st.sampled_from(Measure.Pace.values))
    due = draw(
        st.dates(dt.date(2025, 3, 1), dt.date(2027, 12, 31))
        if pace != Measure.Pace.LONG_TERM
        else st.none() | st.just(dt.date(2026, 6, 30))
    )
    return {
        "text": draw(WORDS),
        "pace": pace,
        "nature": draw(st.sampled_from(Measure.Nature.values)),
        "due_on": due,
        "lead": draw(st.integers(0, len(NAMES) - 1)),
        "supporting": draw(st.sets(st.integers(0, len(NAMES) - 1), max_size=3)),
        "person": draw(st.just("") | SHORT),
        "basis": draw(st.just("") | SHORT),
    }


@st.composite
def issues(draw: Any) -> dict[str, Any]:
    return {
        "category": draw(st.integers(0, 1)),
        "title": draw(SHORT),
        "finding": draw(WORDS),
        "goal": draw(st.just("") | WORDS),
        "official": draw(st.just("") | SHORT),
        "lead": draw(st.integers(0, len(NAMES) - 1)),
        "supporting": draw(st.sets(st.integers(0, len(NAMES) - 1), max_size=2)),
        "measures": draw(st.lists(measures(), min_size=1, max_size=3)),
    }


LEDGERS = st.lists(issues(), min_size=1, max_size=3)


def made(ledger: list[dict[str, Any]]) -> Inspection:
    """A round that holds all this, made through the services."""
    units = [make.unit(name) for name in NAMES]
    inspection = make.inspection()
    categories = [make.category(inspection, number, title) for number, title in ((1, "落实上级决策部署"), (2, "群众身边不正之风"))]
    for facts in ledger:
        issue = make.issue(
            categories[facts["category"]],
            lead=units[facts["lead"]],
            title=facts["title"],
            finding=facts["finding"],
            goal=facts["goal"],
            lead_official=facts["official"],
            supporting_units=[units[place] for place in facts["supporting"] if place != facts["lead"]],
        )
        for row in facts["measures"]:
            rule = Measure.DeadlineRule.NONE if row["due_on"] is None else Measure.DeadlineRule.FIXED
            make.measure(
                issue,
                text=row["text"],
                pace=row["pace"],
                nature=row["nature"],
                due_on=row["due_on"],
                deadline_rule=rule,
                deadline_basis=row["basis"],
                lead=units[row["lead"]],
                supporting_units=tuple(units[place] for place in row["supporting"] if place != row["lead"]),
                person=row["person"],
            )
    return inspection


def exported(browser: Client, address: str) -> bytes:
    answer: Any = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def planned(data: bytes, inspection: Inspection) -> tuple[Tree, Plan]:
    """What the import would do with the list, with nothing decided by anybody."""
    directory = Directory()
    about = Round(inspection.feedback_on, inspection.concentrated_months, directory.names)
    tree = tree_of(layouts_of(opened("清单.xlsx", data), {}), Settings(), about)
    return tree, compared(tree, inspection, directory, Defaults())


def differences(data: bytes, inspection: Inspection) -> list[Any]:
    """Whatever is not the same, and whatever is an error."""
    tree, plan = planned(data, inspection)
    lines = [
        (line.number, line.deal.value, [(one.field, one.before, one.after) for one in line.changes])
        for line in plan.lines.values()
        if line.deal != Deal.SAME
    ]
    findings = [*tree.of_level(Level.ERROR), *(finding for finding in plan.findings if finding.level == Level.ERROR)]
    return [*lines, *((finding.code, finding.message, finding.given) for finding in findings)]


@pytest.mark.parametrize("address", LISTS)
def test_every_list_of_a_plain_ledger_comes_back_unchanged(address: str) -> None:
    rows = [
        {
            "text": "1.修订办法；2.开展培训；3.全面整改",
            "pace": "limited",
            "nature": "now",
            "due_on": dt.date(2025, 8, 31),
            "lead": 0,
            "supporting": {1, 2},
            "person": "李四",
            "basis": "方案",
        },
        {
            "text": "=1+1 常态核查",
            "pace": "long_term",
            "nature": "lasting",
            "due_on": None,
            "lead": 3,
            "supporting": set(),
            "person": "",
            "basis": "",
        },
    ]
    issue = {
        "category": 0,
        "title": "欠缴土地出让金",
        "finding": "反馈的问题之一",
        "goal": "全部追缴",
        "official": "副区长",
        "lead": 1,
        "supporting": {2},
        "measures": rows,
    }
    inspection = made([issue, {**issue, "category": 1, "title": "制度不全", "finding": "反馈的问题之二"}])
    data = exported(make.signed_in(make.office()), address)
    tree, plan = planned(data, inspection)
    assert differences(data, inspection) == []
    assert len(tree.nodes) and plan.lines
    assert plan.unmentioned["issues"] == 0


@given(st.data())
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_every_list_of_any_ledger_comes_back_unchanged(data: Any) -> None:
    ledger, address = data.draw(LEDGERS), data.draw(st.sampled_from(LISTS))
    with undone():
        inspection = made(ledger)
        assert differences(exported(make.signed_in(make.office()), address), inspection) == []


def test_an_edit_of_the_ledger_after_the_export_is_seen() -> None:
    """The control: the comparison finds what differs."""
    inspection = made(
        [
            {
                "category": 0,
                "title": "欠缴",
                "finding": "问题一二三",
                "goal": "",
                "official": "",
                "lead": 1,
                "supporting": set(),
                "measures": [
                    {
                        "text": "逐项核实并整改到位",
                        "pace": "limited",
                        "nature": "now",
                        "due_on": dt.date(2025, 8, 31),
                        "lead": 0,
                        "supporting": set(),
                        "person": "",
                        "basis": "",
                    }
                ],
            }
        ]
    )
    office = make.office()
    data = exported(make.signed_in(office), LISTS[0])
    amend_measure(actor=office, measure=Measure.objects.get(), values={"text": "逐项核实并整改到位，建立台账"}, reason="订正")
    amend_issue(actor=office, issue=inspection.issues.get(), values={"title": "欠缴出让金"}, reason="订正")
    found = differences(data, inspection)
    assert [(number, deal, [name for name, _before, _after in changes]) for number, deal, changes in found] == [
        ("1", "change", ["title"]),
        ("1-1", "change", ["text"]),
    ]
