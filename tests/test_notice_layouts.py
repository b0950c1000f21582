"""The files of a notice in each of the three layouts, and with what needs lasting effort, say what the content says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from apps.reports.content import content_of, text_of
from apps.reports.layouts import LASTING
from apps.reports.models import Notice
from apps.reports.rendering.data import items_of
from apps.reports.rendering.docx import notice_docx
from apps.reports.rendering.imprint import imprint_of
from apps.reports.rendering.outline import lines_of
from apps.reports.rendering.pdf import notice_pdf
from apps.reports.views.downloads import SCHEMA
from tests.notice_text import docx_text, pdf_text, squeezed
from tests.test_notice import drafted
from tests.test_notice_files import rendering_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("layout", Notice.Layout.values)
def test_each_layout_is_the_same_text_in_each_file(layout: str) -> None:
    notice = drafted()
    notice.layout, notice.section_order = layout, ["two", "one", LASTING, "three"]
    notice.inspection.issues.get(number=1).measures.update(pace="long_term")
    content = content_of(notice)
    imprint = imprint_of(rendering_of(content))
    text = squeezed(text_of(content))
    assert docx_text(notice_docx(content, imprint)) == text
    assert pdf_text(notice_pdf(content, imprint), content) == text
    assert not list(jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes())).iter_errors(content))
    first = next(items_of(content))
    assert first.number == "1"
    assert bool(first.finding) == (layout == Notice.Layout.ANSWERED)
    assert len(first.told) == (2 if layout == Notice.Layout.LEVELLED else 1)
    assert first.told[0] == "已全部整改到位。"
    assert "1." not in [line.block.head for line in lines_of(content) if line.level]
