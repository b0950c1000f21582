"""A notice on its way into the ledger: handed in, read, corrected by the office, accepted, confirmed; nothing before that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps.issues.models import Inspection, Issue
from apps.ledgers.models import Entry
from apps.measures.importing.notices.correcting import IssueWords
from apps.measures.importing.tree import Kind, Node, Tree
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Indicator, Measure, Regulation
from apps.measures.services import importing
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Source, User
from tests import factories
from tests.notice_runs import sample, started

pytestmark = pytest.mark.django_db
SHAXIAN = Path(__file__).parent.parent / "fixtures" / "shaxian-2025" / "notice.txt"
DUE = dt.date(2027, 3, 31)


def nodes(run: ImportRun, kind: Kind = Kind.ISSUE) -> list[Node]:
    return list(Tree.from_json(run.tree).walk(kind))


@pytest.fixture
def office() -> User:
    return factories.office()


@pytest.fixture
def inspection() -> Inspection:
    return factories.inspection()


def confirmed(actor: User, run: ImportRun) -> ImportRun:
    importing.ask_apply(actor=actor, run=run, fingerprint=run.plan["fingerprint"], version=run.version)
    work(run.pk)
    return ImportRun.objects.get(pk=run.pk)


def test_a_notice_becomes_aspects_issues_measures_figures_and_rules(office: User, inspection: Inspection) -> None:
    lead = factories.unit("牵头单位")
    run = started(office, inspection, sample())
    assert run.state == ImportRun.State.SETTING
    assert not Issue.objects.exists()
    run = importing.accept_draft(actor=office, run=run, lead_unit=lead, due_on=DUE, version=run.version)
    assert run.state == ImportRun.State.READY, run.plan
    assert not Issue.objects.exists(), "the preview writes nothing"
    run = confirmed(office, run)
    assert run.state == ImportRun.State.APPLIED, run.error
    issues = list(Issue.objects.order_by("number"))
    assert [(row.number, row.title, row.category.title) for row in issues][:1] == [(1, "村级诊所布局不合理", "公共卫生短板补得不快")]
    assert {row.source for row in issues} == {Source.NOTICE}
    assert Measure.objects.count() == 8
    assert set(Measure.objects.values_list("lead_unit", "due_on")) == {(lead.pk, DUE)}
    (figure,) = Indicator.objects.all()
    assert (figure.name, figure.unit, figure.readings.get().as_of) == ("覆盖村", "个", dt.date(2024, 9, 30))
    assert Regulation.objects.get().title == "江渚县村级诊所管理办法"
    assert Entry.objects.filter(book=inspection.book, correlation=str(run.correlation)).exists()
    again = started(office, inspection, sample())
    again = importing.accept_draft(actor=office, run=again, lead_unit=lead, due_on=DUE)
    assert {line[2] for line in again.plan["lines"]} == {"same"}, "the same notice again changes nothing"


def test_the_office_corrects_the_draft(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    first, second, third, _fourth = nodes(run)
    words = IssueWords("诊所布局", "村级诊所布点不合理", "c2", measures=("新建诊所", "修订办法"), rules={})
    run = importing.amend_draft(actor=office, run=run, key=first.key, words=words, version=run.version)
    tree = Tree.from_json(run.tree)
    moved = next(node for node in tree.walk(Kind.ISSUE) if node.key == first.key)
    assert moved in tree.nodes[1].children
    assert [node.text("text") for node in moved.of_kind(Kind.MEASURE)] == ["新建诊所", "修订办法"]
    assert [node.text("number") for node in tree.walk(Kind.ISSUE)] == ["1", "2", "3", "4"]
    run = importing.join_draft(actor=office, run=run, key=third.key, version=run.version)
    assert len(nodes(run)) == 3
    run = importing.drop_draft(actor=office, run=run, key=second.key, version=run.version)
    run = importing.name_draft_category(actor=office, run=run, key="c2", title="组织建设", version=run.version)
    run = importing.add_to_draft(actor=office, run=run, title="漏读的一条", category="c2", version=run.version)
    run = importing.add_to_draft(actor=office, run=run, title="新的方面", version=run.version)
    tree = Tree.from_json(run.tree)
    assert [node.text("title") for node in tree.nodes] == ["公共卫生短板补得不快", "组织建设", "新的方面"]
    assert [node.text("title") for node in tree.walk(Kind.ISSUE)][-1] == "漏读的一条"
    run = importing.accept_draft(actor=office, run=run, lead_unit=factories.unit(), due_on=DUE)
    assert [node.text("title") for node in Tree.from_json(run.tree).nodes] == ["组织建设"], "aspects without issues are left out"


def test_corrections_go_back_to_the_draft_and_stale_ones_are_refused(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    key = nodes(run)[0].key
    ready = importing.accept_draft(actor=office, run=run, lead_unit=factories.unit(), due_on=DUE)
    with pytest.raises(ActConflict):
        importing.drop_draft(actor=office, run=run, key=key, version=run.version)
    back = importing.drop_draft(actor=office, run=ready, key=key, version=ready.version)
    assert (back.state, back.plan) == (ImportRun.State.SETTING, {})
    with pytest.raises(ActConflict):
        importing.drop_draft(actor=office, run=back, key=key, version=back.version)
    with pytest.raises(ActForbidden):
        importing.drop_draft(actor=factories.liaison(), run=back, key=nodes(back)[0].key, version=back.version)


def test_another_reading_gives_another_tree(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample("action-measures"))
    assert len(nodes(run)) == 4
    other = next(key for key, words, chosen in run.outline["readings"] if not chosen and "9 个问题" in words)
    run = importing.choose_reading(actor=office, run=run, reading=other, version=run.version)
    assert len(nodes(run)) == 9
    with pytest.raises(ActRefused):
        importing.choose_reading(actor=office, run=run, reading="0:nonsense", version=run.version)


def test_what_is_missing_is_an_error_before_anything_is_written(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    run = importing.accept_draft(actor=office, run=run, lead_unit=None, due_on=None)
    with pytest.raises(ActRefused):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])
    assert not Issue.objects.exists()


def test_a_notice_is_sent_back_to_its_draft_and_to_its_own_form(client: Client, office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    run = importing.accept_draft(actor=office, run=run, lead_unit=None, due_on=None)
    address, anew = reverse("measures:import", args=(run.pk,)), f'href="{reverse("measures:notice-new")}"'
    for page in (client.get(address).content.decode(), client.get(address, {"findings": "1"}).content.decode()):
        assert "请回去改草稿" in page
        assert not any(words in page for words in ("列对应", "请在清单里", "清单里没有"))
    importing.drop_import(actor=office, run=run)
    assert anew in client.get(address).content.decode()
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.FAILED)
    page = client.get(address).content.decode()
    assert anew in page
    assert "重新读取" in page
    assert reverse("measures:import-new") not in page


def test_the_units_of_an_accepted_draft_can_be_told(office: User, inspection: Inspection) -> None:
    lead = factories.unit("总务")
    run = started(office, inspection, sample("finding-label-only"))
    run = importing.accept_draft(actor=office, run=run, lead_unit=lead, due_on=DUE)
    unknown = {line[5] for line in run.plan["findings"] if line[1] == "unit_unknown"}
    assert unknown == {"党政办", "总务处", "工会", "教务处"}
    run = importing.set_import(actor=office, run=run, choices={"units": dict.fromkeys(unknown, str(lead.pk))})
    work(run.pk)
    run = ImportRun.objects.get(pk=run.pk)
    assert run.state == ImportRun.State.READY, "the corrected draft stays"
    assert confirmed(office, run).state == ImportRun.State.APPLIED


def test_the_demonstration_goes_in_whole(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, SHAXIAN.read_text(encoding="utf-8"))
    run = importing.accept_draft(actor=office, run=run, lead_unit=factories.unit(), due_on=DUE)
    run = confirmed(office, run)
    assert run.state == ImportRun.State.APPLIED, run.error
    assert (inspection.categories.count(), inspection.issues.count()) == (6, 83)
    assert Indicator.objects.filter(issue__number=53).count() == 0, "figures without a day stay in the words"
    assert str(Indicator.objects.get(issue__number=2, name="收回土地出让金").readings.get().value) == "460000.0000"


def test_a_file_or_words_and_not_both(office: User, inspection: Inspection) -> None:
    with pytest.raises(ActRefused):
        importing.start_notice(actor=office, inspection=inspection, text="  ")
    with pytest.raises(ActRefused):
        importing.start_notice(actor=office, inspection=inspection, file=SimpleUploadedFile("a.txt", b"x"), text="y")
    with pytest.raises(ActRefused):
        importing.start_notice(actor=office, inspection=inspection, file=SimpleUploadedFile("a.pdf", b"%PDF-1.4"))
    assert not ImportRun.objects.exists()


# -- pages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(office: User) -> Client:
    return factories.signed_in(office)


def test_the_way_of_a_notice_in_the_browser(client: Client, office: User, inspection: Inspection) -> None:
    lead = factories.unit("牵头")
    assert client.get(reverse("measures:notice-new")).status_code == 200
    empty = client.post(reverse("measures:notice-new"), {"inspection": inspection.pk})
    assert empty.status_code == 400
    assert "请上传文件，或粘贴正文" in empty.content.decode()
    file = SimpleUploadedFile("通报.txt", sample().encode("gb18030"))
    assert client.post(reverse("measures:notice-new"), {"inspection": inspection.pk, "file": file}).status_code == 302
    run = ImportRun.objects.get()
    work(run.pk)
    shown = client.get(reverse("measures:import", args=(run.pk,)), follow=True).content.decode()
    for words in ("核对草稿", "村级诊所布局不合理", "一致", "0795-3320118", "存疑之处", "说明"):
        assert words in shown
    run.refresh_from_db()
    key = nodes(run)[0].key
    edit = reverse("measures:notice-issue", args=(run.pk, key))
    page = client.get(edit).content.decode()
    assert "原文" in page and "整改状态：完成" in page
    bad = client.post(edit, {"version": run.version, "title": "", "finding": "x", "category": "c1"})
    assert bad.status_code == 400
    figure = nodes(run)[0].of_kind(Kind.FIGURE)[0].key
    fields = {"version": run.version, "title": "诊所布点不合理", "finding": "布点不合理", "category": "c1", "measures": "一\n二"}
    told = client.post(edit, {**fields, f"figure-{figure}": "on", f"name-{figure}": "新建诊所"})
    assert "带入的数字要有截至日期" in told.content.decode()
    assert (
        client.post(edit, {**fields, f"figure-{figure}": "on", f"name-{figure}": "新建诊所", f"day-{figure}": "2024-09-30"}).status_code
        == 302
    )
    assert client.post(edit, fields).status_code == 409, "the page was older than the draft"
    run.refresh_from_db()
    draft = reverse("measures:notice-draft", args=(run.pk,))
    assert client.post(draft, {"version": run.version, "lead_unit": lead.pk, "due_on": "2027-03-31"}).status_code == 302
    preview = client.get(reverse("measures:import", args=(run.pk,))).content.decode()
    assert "诊所布点不合理" in preview and "成效数据" in preview and "回去改草稿" in preview


def test_small_steps_on_the_draft(client: Client, office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    keys = [node.key for node in nodes(run)]
    for name, args, data in (
        ("notice-join", (keys[3],), {}),
        ("notice-drop", (keys[2],), {}),
        ("notice-rename", ("c1",), {"title": "改过的方面"}),
        ("notice-add", (), {"title": "加的问题", "category": "c1"}),
    ):
        run.refresh_from_db()
        answer = client.post(reverse(f"measures:{name}", args=(run.pk, *args)), {"version": run.version, **data})
        assert answer.status_code == 302, name
    run.refresh_from_db()
    assert Tree.from_json(run.tree).nodes[0].text("title") == "改过的方面"
    stale = client.post(reverse("measures:notice-drop", args=(run.pk, keys[0])), {"version": 1})
    assert stale.status_code == 409
    assert "草稿在别处改过了" in stale.content.decode()
    gone = client.post(reverse("measures:notice-drop", args=(run.pk, "c9.i9")), {"version": run.version})
    assert gone.status_code == 409
    assert client.post(reverse("measures:notice-rename", args=(run.pk, "c1")), {"version": run.version, "title": ""}).status_code == 400
    assert client.get(reverse("measures:notice-issue", args=(run.pk, "c9.i9"))).status_code == 404
    assert client.get(reverse("measures:notice-drop", args=(run.pk, keys[0]))).status_code == 405


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.OFFICE}))
def test_nobody_but_the_office_sees_a_draft(role: str, office: User, inspection: Inspection) -> None:
    run = started(office, inspection, sample())
    client = factories.signed_in(factories.liaison() if role == Role.LIAISON else factories.user(role))
    for address in (
        reverse("measures:notice-new"),
        reverse("measures:notice-draft", args=(run.pk,)),
        reverse("measures:notice-issue", args=(run.pk, nodes(run)[0].key)),
    ):
        assert client.get(address).status_code in (403, 404)


def test_the_command_prints_what_a_text_would_become(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "通报.txt"
    path.write_text(sample(), encoding="utf-8")
    call_command("read_notice", path)
    said = capsys.readouterr().out
    assert "村级诊所布局不合理" in said
    assert not ImportRun.objects.exists()
    with pytest.raises(CommandError, match="读不到文件"):
        call_command("read_notice", tmp_path / "没有.txt")
