"""A letter on paper: what stands on it, for whom, and that it is entered in the book when it leaves the house."""

from __future__ import annotations

import io

import pytest
from django.http import HttpResponse
from django.urls import reverse
from docx import Document
from pypdf import PdfReader

from apps.ledgers.models import Entry
from apps.measures.models import Act, Measure
from apps.measures.services.planning import assign_measure
from apps.supervision.models import Letter
from apps.supervision.services import sign_letter
from apps.units.models import Role, User
from tests import factories as make
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db

KINDS = ("letter_docx", "letter_pdf")


def fetched(row: Letter, person: User, name: str) -> HttpResponse:
    answer = make.signed_in(person).get(reverse(f"supervision:{name}", args=(row.pk,)))
    assert isinstance(answer, HttpResponse)
    return answer


def words_of(answer: HttpResponse, name: str) -> str:
    """All words of a paper, without spaces and line breaks."""
    data = io.BytesIO(answer.content)
    if name == "letter_pdf":
        text = "".join(page.extract_text() for page in PdfReader(data).pages)
    else:
        made = Document(data)
        cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
        text = "".join([*(line.text for line in made.paragraphs), *cells])
    return "".join(text.split())


@pytest.mark.parametrize("name", KINDS)
def test_what_stands_on_it(name: str) -> None:
    measure, member = make.measure(due_on=make.days(-12)), supervisor()
    made = group(measure.issue.inspection, units=[measure.lead_unit], members=[member])
    row = letter(measure, by=member)
    answer = fetched(row, make.office(), name)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    text = words_of(answer, name)
    day = row.reply_by
    for part in (
        made.lead_unit.name,
        row.doc_number,
        f"关于整改措施{measure.number}的蓝色督查单",
        f"{measure.lead_unit.name}：",
        measure.text,
        "12天",
        row.requirement,
        f"{day.year}年{day.month}月{day.day}日前书面回复",
        "签收人",
    ):
        assert "".join(part.split()) in text, part
    entry = Entry.objects.get(act=Act.EXPORT_PAPER.value)
    assert (entry.subject_type, entry.subject_id) == ("letter", row.pk)


@pytest.mark.parametrize("name", KINDS)
def test_the_receipt_is_filled_in_once_it_is_signed_for(name: str) -> None:
    row = letter(make.measure())
    of_unit = make.liaison(row.unit)
    sign_letter(actor=of_unit, letter=row)
    assert "".join(str(of_unit).split()) in words_of(fetched(row, of_unit, name), name)


def test_the_head_is_red_and_nothing_else() -> None:
    made = Document(io.BytesIO(fetched(letter(make.measure()), make.office(), "letter_docx").content))
    runs = [run for line in made.paragraphs for run in line.runs]
    red = [run.text for run in runs if str(run.font.color.rgb) == "C00000"]
    assert red == ["巡视整改工作领导小组办公室"]


@pytest.mark.parametrize("name", KINDS)
def test_a_measure_of_another_unit_by_now_is_told_by_its_number_only(name: str) -> None:
    measure = make.measure()
    row = letter(measure)
    of_unit = make.liaison(row.unit)
    hand_over(measure)
    text = words_of(fetched(row, of_unit, name), name)
    assert measure.number in text
    assert measure.text not in text
    assert "已改由其他单位牵头" in text
    assert measure.text in words_of(fetched(row, make.office(), name), name)


@pytest.mark.parametrize("name", KINDS)
def test_nobody_else_gets_it(name: str) -> None:
    row = letter(make.measure())
    for person in (make.liaison(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        assert fetched(row, person, name).status_code == 404
    assert not Entry.objects.filter(act=Act.EXPORT_PAPER.value).exists()


def hand_over(measure: Measure) -> None:
    """Another unit leads it from now on, and its issue as well."""
    other = make.unit()
    draft = make.draft(other, due_on=measure.due_on, text=measure.text)
    assign_measure(actor=make.office(), measure=measure, draft=draft, reason="调整分工")
    type(measure.issue).objects.filter(pk=measure.issue_id).update(lead_unit=other)
