"""Lists, notices and workbooks by API, from the file to the ledger; who may not is told so, and what no page shows is not written."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from apps.issues.models import Inspection, Issue
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure, Progress, RememberedHeading, RememberedUnit
from apps.measures.services import amend_measure
from apps.units.models import Unit, User
from tests import factories as make
from tests.api_world import client, refused, url
from tests.filling import Filling, in_gbk, liaison_of, zipped
from tests.lists import workbook
from tests.notice_runs import sample

pytestmark = pytest.mark.django_db
LIST = [
    ("序号", "反馈问题", "整改措施", "谁来办", "牵头单位", "配合单位", "时限"),
    (1, "学习不够深入", "集中学习；开展检查", "张三", "某县宣传部", "各乡镇", "2099年底"),
    (2, "研究不够经常", "专题研究", "李四", "新设立的中心", "", ""),
]


@pytest.fixture
def office() -> User:
    make.unit("宣传部")
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def upload(data: bytes | None = None, name: str = "台账.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, workbook(LIST) if data is None else data)


def posted(who: User, *parts: object, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client(who).post(url(*parts), body, format="json")
    assert answer.status_code == status, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def sent(who: User, *parts: object, status: int = 201, **body: Any) -> dict[str, Any]:
    """With a file."""
    answer = client(who).post(url(*parts), body, format="multipart")
    assert answer.status_code == status, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def read(who: User, *parts: object, **asked: Any) -> dict[str, Any]:
    answer = client(who).get(url(*parts), asked)
    assert answer.status_code == 200, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def begun(office: User, inspection: Inspection) -> dict[str, Any]:
    run = sent(office, "imports", inspection=inspection.pk, file=upload())
    assert run["state"]["code"] == "reading"
    assert run["progress"]["words"]
    work(run["id"])
    return read(office, "imports", run["id"])


def test_a_list_from_the_file_to_the_ledger(office: User, inspection: Inspection) -> None:
    run = begun(office, inspection)
    pk = run["id"]
    assert run["state"] == {"code": "setting", "display": "待对应"}
    columns = read(office, "imports", pk, "columns")
    (sheet,) = columns["sheets"]
    asked = next(column for column in sheet["columns"] if not column["sure"])
    assert (asked["heading"], asked["samples"]) == ("谁来办", ["张三", "李四"])
    said: dict[str, Any] = {"sheets": [{"name": sheet["name"], "columns": {str(asked["number"]): "person"}}], "due_on": "2099-06-30"}
    run = posted(office, "imports", pk, "set-columns", version=columns["version"], **said)
    assert RememberedHeading.objects.get().field == "person"
    work(pk)
    names = read(office, "imports", pk, "units")
    assert [(row["name"], row["place"]["cell"], row["is_collective"]) for row in names["names"]] == [
        ("某县宣传部", "E2", False),
        ("各乡镇", "F2", True),
        ("新设立的中心", "E3", False),
    ]
    near = names["names"][0]["near"][0]["unit"]
    assert near["id"] == Unit.objects.get(short_name="宣传部").pk
    chosen = [
        {"name": "某县宣传部", "unit": near["id"]},
        {"name": "各乡镇", "skip": True},
        {"name": "新设立的中心", "new_kind": "institution"},
    ]
    posted(office, "imports", pk, "set-units", version=names["version"], units=chosen)
    assert RememberedUnit.objects.get().name == "某县宣传部"
    work(pk)
    plan = read(office, "imports", pk, "plan")
    assert (plan["error_count"], plan["may_apply"], plan["needs_reason"]) == (0, True, False)
    assert plan["new_units"] == {"新设立的中心": "institution"}
    assert plan["totals"][2] == {"what": "措施", "new": 3, "changed": 0, "same": 0, "resting": 0}
    shown = read(office, "imports", pk, "preview", only="changes")["results"]
    assert [measure["text"] for issue in shown for measure in issue["measures"]] == ["集中学习", "开展检查", "专题研究"]
    assert not Issue.objects.exists(), "nothing is written before it is confirmed"
    refused(client(office).post(url("imports", pk, "apply"), {"fingerprint": "0" * 64, "version": plan["version"]}), 409)
    refused(client(office).post(url("imports", pk, "apply"), {"fingerprint": plan["fingerprint"], "version": 1}), 409)
    posted(office, "imports", pk, "apply", fingerprint=plan["fingerprint"], version=plan["version"])
    work(pk)
    assert read(office, "imports", pk)["state"]["code"] == "applied"
    rows = Measure.objects.filter(issue__inspection=inspection)
    assert [(row.number, row.person, row.lead_unit.name) for row in rows] == [
        ("1-1", "张三", near["name"]),
        ("1-2", "张三", near["name"]),
        ("2-1", "李四", "新设立的中心"),
    ]
    assert [row["id"] for row in read(office, "imports", state="applied", kind="list")["results"]] == [pk]


def test_errors_are_told_at_their_cells_and_handed_out_marked(office: User, inspection: Inspection) -> None:
    pk = begun(office, inspection)["id"]
    found = read(office, "imports", pk, "findings", page_size=200)["results"]
    late = next(row for row in found if row["code"] == "no_due")
    assert (late["level"]["code"], late["place"]["cell"]) == ("error", "C3")
    assert late["advice"]
    answer = client(office).get(url("imports", pk, "errors"))
    marked = load_workbook(io.BytesIO(answer.content))
    assert marked["整改台账"]["C3"].comment is not None
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("set-columns", {"sheets": [{"name": "没有这个表"}]}),
        ("set-columns", {"sheets": [{"name": "整改台账", "columns": {"99": "person"}}]}),
        ("set-columns", {"sheets": [{"name": "整改台账", "columns": {"4": "finding"}}]}),
        ("set-columns", {"sheets": [{"name": "整改台账", "columns": {"4": "nonsense"}}]}),
        ("set-columns", {"sheets": [{"name": "整改台账", "taken": False}]}),
        ("set-columns", {"due_on": "2001-01-01"}),
        ("set-units", {"units": []}),
        ("set-units", {"units": [{"name": "没有写过的单位", "skip": True}]}),
        ("set-units", {"units": [{"name": "各乡镇"}]}),
        ("set-units", {"units": [{"name": "各乡镇", "skip": True, "new_kind": "party"}]}),
    ],
)
def test_what_is_said_wrongly_is_refused_in_words(office: User, inspection: Inspection, address: str, said: dict[str, Any]) -> None:
    run = begun(office, inspection)
    error = refused(client(office).post(url("imports", run["id"], address), {"version": run["version"], **said}), 400)
    assert error["fields"] or "，" in error["message"]
    assert ImportRun.objects.get().state == ImportRun.State.SETTING


def test_what_is_no_table_is_refused_and_a_stale_version_too(office: User, inspection: Inspection) -> None:
    body = {"inspection": inspection.pk, "file": upload(b"%PDF-1.7\n", "清单.pdf")}
    error = refused(client(office).post(url("imports"), body, format="multipart"), 400)
    assert error["fields"]["file"] == ["这不是表格文件。清单请用 XLSX 或 CSV 上传；通报正文请从“导入通报”上传"]
    run = begun(office, inspection)
    refused(client(office).post(url("imports", run["id"], "set-columns"), {"version": run["version"] - 1}), 409)
    refused(client(office).get(url("imports", run["id"], "preview"), {"nonsense": 1}), 400)
    refused(client(office).get(url("imports", run["id"], "findings"), {"only": "changes"}), 400)


def test_a_run_is_read_again_and_given_up(office: User, inspection: Inspection) -> None:
    pk = begun(office, inspection)["id"]
    seen = client(office).get(url("imports", pk))
    assert refused(client(office).post(url("imports", pk, "again")), 400)["fields"] == {"version": ["请填写这一项"]}
    refused(client(office).post(url("imports", pk, "drop"), {"version": seen.json()["version"] - 1}), 409)
    refused(client(office).post(url("imports", pk, "drop"), HTTP_IF_MATCH='"1-another"'), 412)
    again = client(office).post(url("imports", pk, "again"), HTTP_IF_MATCH=seen["ETag"])
    assert again.json()["state"]["code"] == "reading"
    work(pk)
    version = read(office, "imports", pk)["version"]
    dropped = posted(office, "imports", pk, "drop", version=version)
    assert dropped["state"]["code"] == "dropped"
    refused(client(office).post(url("imports", pk, "again"), {"version": dropped["version"]}), 409)
    refused(client(office).get(url("imports", pk, "plan")), 409)
    refused(client(office).get(url("imports", pk, "columns")), 409)


def test_nobody_but_the_office_sees_an_import(office: User, inspection: Inspection) -> None:
    pk, leader = begun(office, inspection)["id"], make.leader()
    for who in (leader, make.liaison(), make.user("discipline"), make.user("admin"), make.user("auditor")):
        assert read(who, "imports")["count"] == 0
        for address in ("columns", "units", "plan", "preview", "findings", "errors"):
            refused(client(who).get(url("imports", pk, address)), 404)
        refused(client(who).post(url("imports", pk, "drop")), 404)
    refused(client(leader).post(url("imports"), {"inspection": inspection.pk, "file": upload()}, format="multipart"), 403)
    refused(client().get(url("imports")), 401)


# -- notices ---------------------------------------------------------------------------------------------------------


def test_a_notice_from_its_text_to_the_ledger(office: User, inspection: Inspection) -> None:
    run = posted(office, "notice-drafts", status=201, inspection=inspection.pk, text=sample())
    pk = run["id"]
    work(pk)
    draft = read(office, "notice-drafts", pk, "draft")
    issues = [issue for category in draft["categories"] for issue in category["issues"]]
    assert draft["counts"]["issues"] == len(issues) == 4
    first, second = issues[:2]
    figure = next(row for issue in issues for row in issue["figures"] if row["taken"])
    assert (figure["name"], figure["as_of"]) == ("覆盖村", "2024-09-30")
    version = draft["version"]

    def act(verb: str, **body: Any) -> int:
        found: int = posted(office, "notice-drafts", pk, verb, version=version, **body)["version"]
        return found

    version = act("amend-issue", key=first["key"], title="诊所布局", measures=["新建诊所", "修订办法"])
    version = act("name-category", key=draft["categories"][0]["key"], title="公共卫生")
    version = act("add", title="没有读出来的问题", category=draft["categories"][0]["key"])
    version = act("join-part", key=second["key"])
    after = read(office, "notice-drafts", pk, "draft")
    shown = after["categories"][0]["issues"]
    assert (shown[0]["title"], shown[0]["measures"][:2], shown[0]["lead_unit"]) == (
        "诊所布局",
        ["新建诊所", "修订办法"],
        first["lead_unit"],
    )
    assert after["categories"][0]["title"] == "公共卫生"
    version = act("drop-part", key=shown[-1]["key"])
    refused(client(office).get(url("imports", pk, "columns")), 409)
    lead = Unit.objects.get(short_name="宣传部")
    act("accept", lead_unit=lead.pk, due_on="2099-03-31")
    plan = read(office, "imports", pk, "plan")
    assert plan["may_apply"], read(office, "imports", pk, "findings")
    posted(office, "imports", pk, "apply", fingerprint=plan["fingerprint"], version=plan["version"])
    work(pk)
    assert Issue.objects.order_by("number")[0].title == "诊所布局"


def test_a_draft_is_not_broken_by_keys_that_are_none(office: User, inspection: Inspection) -> None:
    run = posted(office, "notice-drafts", status=201, inspection=inspection.pk, text=sample())
    work(run["id"])
    draft = read(office, "notice-drafts", run["id"], "draft")
    version, category = draft["version"], draft["categories"][0]
    issue = category["issues"][0]["key"]
    for verb, body, status in (
        ("amend-issue", {"key": "c9.i9"}, 400),
        ("amend-issue", {"key": category["key"]}, 400),
        ("amend-issue", {"key": issue, "category": issue}, 400),
        ("amend-issue", {"key": issue, "category": "c99"}, 400),
        ("amend-issue", {"key": issue, "figures": [{"key": "c1", "taken": True}]}, 400),
        ("amend-issue", {"key": issue, "rules": [{"key": "c1", "taken": True}]}, 400),
        ("drop-part", {"key": f"{issue}.m1"}, 409),
        ("join-part", {"key": issue}, 400),
        ("join-part", {"key": category["key"]}, 409),
        ("name-category", {"key": issue, "title": "方面"}, 409),
        ("add", {"title": "问题", "category": issue}, 409),
        ("choose-reading", {"reading": "没有这种"}, 400),
    ):
        refused(client(office).post(url("notice-drafts", run["id"], verb), {"version": version, **body}), status)
    assert read(office, "notice-drafts", run["id"], "draft") == draft
    both = {"inspection": inspection.pk, "text": sample(), "file": upload(sample().encode(), "通报.txt")}
    refused(client(office).post(url("notice-drafts"), both, format="multipart"), 400)
    refused(client(office).post(url("notice-drafts"), {"inspection": inspection.pk}), 400)
    refused(client(make.leader()).post(url("notice-drafts"), {"inspection": inspection.pk, "text": sample()}), 403)


# -- workbooks -------------------------------------------------------------------------------------------------------


issue = pytest.fixture(make.issue)
who = pytest.fixture(liaison_of)


def taken_along(who: User, issue: Issue, **asked: Any) -> Filling:
    answer = client(who).get(url("workbooks", "export"), {"inspection": issue.category.inspection_id, **asked})
    assert answer.status_code == 200, answer.content.decode()
    return Filling(answer.content)


def test_a_workbook_from_the_export_to_the_reports(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2)
    filling = taken_along(who, issue)
    for measure in (first, second):
        filling.report(measure)
    filling.file(first, "缴款回单.pdf")
    came = sent(who, "workbooks", file=filling.upload())
    assert (came["submitted"], came["packages"]) == (0, [])
    assert (
        sent(who, "workbooks", file=SimpleUploadedFile("又.xlsx", client(who).get(url("workbooks", came["id"], "file")).getvalue()))["id"]
        == came["id"]
    )
    rows = read(who, "workbooks", came["id"], "preview")["rows"]
    assert [row["standing"]["code"] for row in rows] == ["wrong", "new"]
    assert rows[0]["problems"][0]["cell"]
    package = SimpleUploadedFile("材料.zip", in_gbk({"缴款回单.pdf": make.PDF}))
    came = sent(who, "workbooks", came["id"], "add-package", status=200, file=package)
    assert came["packages"][0]["files"] == 1
    amend_measure(actor=make.office(), measure=second, values={"text": "改过的措施"}, reason="订正")
    stale = {"measure": second.pk, "token": rows[1]["token"]}
    rows = read(who, "workbooks", came["id"], "preview")["rows"]
    assert [(row["standing"]["code"], row["files"]) for row in rows] == [("new", ["缴款回单.pdf"]), ("conflict", [])]
    assert rows[1]["since"] == ["measures.amend_measure"]
    picked = [{"measure": row["measure"]["id"], "token": row["token"]} for row in rows]
    refused(client(who).post(url("workbooks", came["id"], "submit"), {"rows": [picked[0], stale]}), 409)
    assert not Progress.objects.exists(), "all of them, or none"
    refused(client(who).post(url("workbooks", came["id"], "submit"), {"rows": picked, "on": make.today().isoformat()}), 400)
    came = posted(who, "workbooks", came["id"], "submit", rows=picked)
    assert came["submitted"] == 2
    assert Progress.objects.get(measure=first).evidence.get().versions.get().filename == "缴款回单.pdf"


def test_workbooks_are_their_units_and_the_offices(issue: Issue, who: User) -> None:
    measure, foreign, office = make.measure(issue), make.liaison(), make.office()
    unit, inspection = issue.lead_unit, issue.category.inspection
    filling = taken_along(office, issue, unit=unit.pk)
    filling.report(measure)
    refused(client(foreign).post(url("workbooks"), {"file": filling.upload()}, format="multipart"), 403)
    refused(client(make.leader()).post(url("workbooks"), {"file": filling.upload()}, format="multipart"), 403)
    came = sent(office, "workbooks", file=filling.upload())
    assert read(who, "workbooks", unit=unit.pk)["count"] == 1
    for address in ("", "preview", "file"):
        refused(client(foreign).get(url(*filter(None, ("workbooks", came["id"], address)))), 404)
    refused(client(foreign).post(url("workbooks", came["id"], "submit"), {"rows": [{"measure": measure.pk, "token": "0" * 16}]}), 404)
    asked = {"inspection": inspection.pk}
    refused(client(foreign).get(url("workbooks", "export"), {**asked, "unit": unit.pk}), 400)
    refused(client(office).get(url("workbooks", "export"), {**asked, "unit": 10**6}), 400)
    refused(client(office).get(url("workbooks", "export")), 400)
    refused(client(make.leader()).get(url("workbooks", "export"), asked), 403)
    refused(client(make.user("auditor")).get(url("workbooks", "export"), asked), 403)
    body = {"file": SimpleUploadedFile("材料.rar", b"Rar!\x1a\x07")}
    refused(client(who).post(url("workbooks", came["id"], "add-package"), body, format="multipart"), 400)
    outside = SimpleUploadedFile("材料.zip", zipped({"../../回单.pdf": make.PDF}))
    refused(client(who).post(url("workbooks", came["id"], "add-package"), {"file": outside}, format="multipart"), 400)


def test_an_upload_that_is_sent_again_is_kept_once(office: User, inspection: Inspection) -> None:
    caller, data = client(office), workbook(LIST)
    answers = [
        caller.post(url("imports"), {"inspection": inspection.pk, "file": upload(data)}, format="multipart", HTTP_IDEMPOTENCY_KEY="u-1")
        for _turn in range(2)
    ]
    assert answers[0].status_code == 201
    assert ImportRun.objects.count() == len({answer.json()["id"] for answer in answers}) == 1
