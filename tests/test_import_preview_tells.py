"""What could not be written is told by the preview, at its place, and not first by the worker that writes."""

from __future__ import annotations

import datetime as dt

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.urls import reverse

from apps.issues.models import Inspection, Issue
from apps.measures.importing import directory, working
from apps.measures.importing.tree import Node, Tree
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Indicator, Measure
from apps.measures.services import importing
from apps.units.errors import ActRefused
from apps.units.models import User
from tests import factories as make
from tests import notice_runs
from tests.lists import applied, chosen, started, workbook

pytestmark = pytest.mark.django_db
HEADINGS = ("序号", "方面", "反馈问题", "整改措施", "牵头单位", "整改类型", "整改时限")


@pytest.fixture
def office() -> User:
    make.unit("宣传部")
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def listed(pace: str, due: str) -> bytes:
    return workbook([HEADINGS, (1, "党建", "学习不深入", "制定计划", "区宣传部", pace, due)])


def test_what_has_no_day_needs_one_to_become_anything_but_long_term(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, listed("长期坚持", "长期坚持")))
    run = started(office, inspection, listed("限期整改", ""))
    (told,) = [found for found in run.plan["findings"] if found[0] == "error"]
    assert (told[1], told[4][1:3]) == ("no_due", [2, 6])
    run = applied(office, started(office, inspection, listed("限期整改", "2099年底")))
    assert run.state == ImportRun.State.APPLIED, run.error
    assert Measure.objects.get().due_on == dt.date(2099, 12, 31)


def test_a_day_before_the_feedback_is_refused_when_a_draft_is_accepted(office: User, inspection: Inspection) -> None:
    run = notice_runs.started(office, inspection, notice_runs.sample())
    with pytest.raises(ActRefused, match="反馈日期") as refused:
        importing.accept_draft(actor=office, run=run, lead_unit=make.unit(), due_on=inspection.feedback_on - dt.timedelta(days=1))
    assert refused.value.field == "due_on"


def test_figures_of_a_closed_issue_rest(office: User, inspection: Inspection) -> None:
    lead = make.unit("牵头单位")

    def accepted() -> ImportRun:
        run = notice_runs.started(office, inspection, notice_runs.sample())
        return importing.accept_draft(actor=office, run=run, lead_unit=lead, due_on=dt.date(2099, 12, 31))

    assert applied(office, accepted()).state == ImportRun.State.APPLIED
    figure = Indicator.objects.get()
    Issue.objects.filter(pk=figure.issue_id).update(closure=Issue.ClosureState.CLOSED)
    Indicator.objects.filter(pk=figure.pk).update(name="另一个指标")
    run = accepted()
    (line,) = [line for line in run.plan["lines"] if line[1] == "figure"]
    assert (line[2], "已销号" in line[6]) == ("rest", True)
    with pytest.raises(ActRefused, match="一致"):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])
    work(run.pk)
    assert Indicator.objects.count() == 1


def test_names_of_a_column_that_was_taken_for_units_are_one_error(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks for what is near to thousands of sentences."""

    def looked(*_facts: object) -> list[tuple[int, float]]:
        looks.append(1)
        return []

    def same(_one: Node, _other: object) -> bool:
        raise AssertionError("nodes are compared with all that they hold")

    looks: list[int] = []
    monkeypatch.setattr(directory, "near", looked)
    monkeypatch.setattr(Node, "__eq__", same)
    count = directory.MOST_UNKNOWN + 1
    rows = [(number, "党建", f"第{number}个问题", "制定计划", f"第{number}号说明", "", "2099年底") for number in range(1, count + 1)]
    run = started(office, inspection, workbook([HEADINGS, *rows]))
    assert [found[1] for found in run.plan["findings"] if found[0] == "error"] == ["units_many"]
    assert run.state == ImportRun.State.SETTING
    tree = Tree.from_json(run.tree)
    assert (list(directory.Directory().suggested(tree)), looks) == ([], [])
    skipped = directory.Directory({f"第{number}号说明": "skip" for number in range(1, count)})
    assert len(skipped.unknown(tree)) == len(looks) == directory.MOST_UNKNOWN
    assert [one.name for one in skipped.suggested(tree)] == [f"第{count}号说明"]
    assert skipped.unknown(tree)[0].name == f"第{count}号说明", "what is undecided comes first"


@pytest.mark.parametrize("fault", [RuntimeError("half way"), SoftTimeLimitExceeded()])
def test_what_could_not_be_written_is_not_told_as_a_reading(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(**_facts: object) -> None:
        raise fault

    monkeypatch.setattr(importing, "apply_import", broken)
    run = applied(office, started(office, inspection, listed("限期整改", "2099年底")))
    assert (run.state, run.get_state_display()) == (ImportRun.State.FAILED, "未能完成")
    assert run.error.startswith("写入")
    monkeypatch.setattr(working, "read_list", lambda _run: broken())
    importing.reread(actor=office, run=run)
    work(run.pk)
    run.refresh_from_db()
    assert run.error.startswith("读取")


def test_a_list_with_numbers_of_its_own_leads_to_the_box_that_renumbers(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook([HEADINGS, (1, "党建", "学习不深入", "制定计划", "区宣传部", "", "2099年底")])))
    run = started(office, inspection, workbook([HEADINGS, (1, "经济", "专项资金闲置没有盘活", "逐笔清理", "区宣传部", "", "2099年底")]))
    client = make.signed_in(office)
    preview = reverse("measures:import", args=(run.pk,))
    page = client.get(preview).content.decode()
    assert "1 个编号在台账里是别的问题" in page
    assert f'href="{reverse("measures:import-columns", args=(run.pk,))}#id_renumber"' in page
    assert 'id="id_renumber"' in client.get(reverse("measures:import-columns", args=(run.pk,))).content.decode()
    assert (run.plan["counts"].get("category.same"), run.plan["counts"].get("category.add")) == (None, None), "nobody knows yet"
    run = chosen(office, run, renumber=True)
    assert run.plan["counts"]["category.add"] == 1
    assert "个编号在台账里是别的问题" not in client.get(preview).content.decode()
