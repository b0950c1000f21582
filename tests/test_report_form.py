"""The report form: what it takes, what it refuses, and that nothing is half-written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Evidence, Indicator, Measure, Progress, Reading
from apps.measures.services import FigureDraft, add_indicator, amend_measure, read_indicator, send_back
from apps.units.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def measure() -> Measure:
    issue = make.issue()
    return make.measure(issue, text="清退违规发放的津补贴")


@pytest.fixture
def indicator(measure: Measure) -> Indicator:
    row = add_indicator(actor=None, issue=measure.issue, name="已清退津补贴", kind="money", unit="万元")
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal("194.71"), make.days(-30))])
    return row


def browser_of(measure: Measure) -> Client:
    return make.signed_in(make.liaison(measure.lead_unit))


def fields(measure: Measure, **other: Any) -> dict[str, Any]:
    return {
        "claim": "ongoing",
        "text": "已清退194.71万元",
        "as_of": make.today().isoformat(),
        "signed_by": "张局长",
        "is_vouched_for": "on",
        "version": measure.version,
        **other,
    }


def post(measure: Measure, browser: Client | None = None, /, **other: Any) -> HttpResponse:
    browser = browser or browser_of(measure)
    answer = browser.post(reverse("measures:report", args=(measure.pk,)), fields(measure, **other))
    assert isinstance(answer, HttpResponse)
    return answer


def nothing_written() -> bool:
    reported = Entry.objects.filter(act="measures.report_progress").exists()
    return not (
        Progress.objects.exists() or Evidence.objects.exists() or Reading.objects.filter(progress__isnull=False).exists() or reported
    )


def test_report_goes_to_review_and_shows_the_increment(measure: Measure, indicator: Indicator) -> None:
    browser = browser_of(measure)
    page = browser.get(reverse("measures:report", args=(measure.pk,))).content.decode()
    assert "上期累计" in page
    assert "194.71" in page
    answer = post(
        measure,
        browser,
        claim="done",
        name="银行回单",
        effective_on=make.days(-1).isoformat(),
        file=make.upload(),
        **{f"value_{indicator.pk}": "197.91", f"as_of_{indicator.pk}": make.days(-1).isoformat()},
    )
    assert answer.status_code == 302
    assert answer["Location"] == reverse("measures:sheet", args=(measure.pk,))
    after = browser.get(answer["Location"]).content.decode()
    for said in ("已办理，并记入台账", "待审核", "银行回单", "197.91", "本期新增 +3.2", "已清退194.71万元"):
        assert said in after
    measure.refresh_from_db()
    assert measure.progress == Measure.State.IN_REVIEW
    assert Reading.objects.get(progress__isnull=False).value == Decimal(1979100)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"claim": ""}, "claim", "请选择本期状态"),
        ({"claim": "closed"}, "claim", "closed"),
        ({"text": " "}, "text", "请填写本期进展"),
        ({"text": "字" * 10_001}, "text", "10000"),
        ({"signed_by": ""}, "signed_by", "请填写签发领导"),
        ({"as_of": "2025-02-30"}, "as_of", "存在的日期"),
        ({"as_of": "2098-01-01"}, "as_of", "晚于今天"),
        ({"claim": "stage_done"}, "difficulties", "未完成的部分和原因"),
        ({"claim": "done"}, "file", "至少要附一份佐证材料"),
        ({"name": "只有名称"}, "file", "还没有选择文件"),
        ({"file": make.upload()}, "effective_on", "请填写材料日期"),
        ({"file": make.upload("a.exe"), "effective_on": "2025-03-01"}, "file", "不接受这种文件"),
        ({"file": make.upload("a.pdf", b"MZ program"), "effective_on": "2025-03-01"}, "file", "与扩展名不符"),
        ({"file": SimpleUploadedFile("a.pdf", b""), "effective_on": "2025-03-01"}, "file", "文件是空的"),
        ({"file": make.upload(), "effective_on": "2098-01-01"}, "effective_on", "晚于今天"),
    ],
)
def test_refusals_stand_at_their_field_and_keep_the_words(measure: Measure, wrong: dict[str, Any], field: str, sentence: str) -> None:
    if "file" in wrong:
        wrong["file"].seek(0)
    answer = post(measure, next_step="下月办结", **wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert 'role="alert"' in page
    assert f'href="#id_{field}' in page
    assert "invalid" in page
    assert "下月办结" in page
    assert nothing_written()


@pytest.mark.parametrize(
    ("value", "as_of", "sentence"),
    [
        ("-1", "2025-06-01", "不能是负数"),
        ("很多", "2025-06-01", "请填写数字"),
        ("1e30", "2025-06-01", "数字"),
        ("NaN", "2025-06-01", "请填写数字"),
        ("5", "", "截至日期"),
        ("", "2025-06-01", "请填写累计数"),
        ("5", "2098-01-01", "晚于今天"),
        ("5", "2025-13-01", "存在的日期"),
    ],
)
def test_broken_figures(measure: Measure, indicator: Indicator, value: str, as_of: str, sentence: str) -> None:
    answer = post(measure, **{f"value_{indicator.pk}": value, f"as_of_{indicator.pk}": as_of})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert nothing_written()


def test_too_large_a_file(measure: Measure, settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = 10
    answer = post(measure, file=make.upload(), effective_on="2025-03-01")
    assert answer.status_code == 400
    assert "上限" in answer.content.decode()
    assert nothing_written()


def test_stale_form_is_a_conflict_and_keeps_the_words(measure: Measure) -> None:
    browser = browser_of(measure)
    amend_measure(actor=make.office(), measure=measure, values={"text": "改写过的措施"}, reason="更正")
    answer = post(measure, browser, text="我写了很久的话")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "我写了很久的话" in page
    assert "刷新页面" in page
    assert nothing_written()


def test_second_submission_is_a_conflict(measure: Measure) -> None:
    browser = browser_of(measure)
    assert post(measure, browser).status_code == 302
    again = post(measure, browser)
    assert again.status_code == 409
    assert Progress.objects.count() == 1


def test_form_without_a_version_is_refused(measure: Measure) -> None:
    for version in ("", "x", "0", "99999999999999999999999"):
        assert post(measure, version=version).status_code in (400, 409)
    assert nothing_written()


def test_returned_report_is_shown_beside_the_form(measure: Measure) -> None:
    report = make.report(measure)
    send_back(actor=make.office(), report=report, requirement="请附银行回单\n并核对累计数")
    browser = browser_of(measure)
    page = browser.get(reverse("measures:report", args=(measure.pk,))).content.decode()
    assert "请附银行回单<br>并核对累计数" in page
    measure.refresh_from_db()
    assert post(measure, browser).status_code == 302
    assert Progress.objects.latest("pk").resubmits == report


def test_who_may_report(measure: Measure) -> None:
    place = reverse("measures:report", args=(measure.pk,))
    helper = make.unit()
    supported = make.measure(measure.issue, supporting_units=(helper,))
    assert make.signed_in(make.liaison()).get(place).status_code == 404
    assert make.signed_in(make.user(Role.AUDITOR)).post(place, {}).status_code == 404
    assert make.signed_in(make.leader()).get(place).status_code == 403
    helping = make.signed_in(make.liaison(helper))
    assert helping.get(reverse("measures:report", args=(supported.pk,))).status_code == 403
    assert helping.post(reverse("measures:report", args=(supported.pk,)), fields(supported)).status_code == 403
    assert nothing_written()


def test_office_may_enter_a_paper_report_of_an_earlier_day(measure: Measure) -> None:
    browser = make.signed_in(make.office())
    assert post(measure, browser, reported_on=make.days(-10).isoformat()).status_code == 302
    assert Progress.objects.get().reported_on == make.days(-10)
    other = make.measure(Issue.objects.get())
    assert post(other, browser_of(other), reported_on=make.days(-10).isoformat()).status_code == 302
    assert Progress.objects.latest("pk").reported_on == make.today()


def test_indicator_of_another_issue_is_not_taken(measure: Measure) -> None:
    foreign = add_indicator(actor=None, issue=make.issue(), name="别的指标", kind="count", unit="个")
    assert post(measure, **{f"value_{foreign.pk}": "5", f"as_of_{foreign.pk}": "2025-06-01"}).status_code == 302
    assert not Reading.objects.exists()


def test_post_without_token_is_refused(measure: Measure) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.liaison(measure.lead_unit))
    answer = browser.post(reverse("measures:report", args=(measure.pk,)), fields(measure))
    assert answer.status_code == 403
    assert nothing_written()


def test_after_a_return_the_form_begins_with_the_returned_words(measure: Measure) -> None:
    browser, address = browser_of(measure), reverse("measures:report", args=(measure.pk,))
    assert not browser.get(address).context["form"]["text"].value(), "a first report begins empty"
    post(measure, browser, next_step="继续追缴")
    send_back(actor=make.user(Role.OFFICE), report=measure.reports.get(), requirement="请写明未退的原因")
    form = browser.get(address).context["form"]
    assert (form["text"].value(), form["next_step"].value(), form["signed_by"].value()) == ("已清退194.71万元", "继续追缴", "张局长")
    assert not form["is_vouched_for"].value(), "the commitment is made anew"
