"""Evidence of the demonstration beyond one PDF a report: a photograph, minutes that several measures share, a second version."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from apps.measures.models import Measure
from apps.measures.services import EvidenceDraft, update_evidence
from apps.units.models import Source, User
from config.demo.paper import example_pdf

PHOTO_SIZE = (960, 640)
MINUTES = (
    "会议纪要（示例，不是真实文件）\r\n\r\n一、听取整改进展汇报。\r\n二、逐项核对整改措施和佐证材料。\r\n三、未完成的事项按月调度。\r\n"
)


def further_papers(plan: Mapping[str, Any], number: str, day: dt.date) -> Iterator[EvidenceDraft]:
    """What the plan has a finished measure hand in besides its PDF."""
    if number in plan["photographed"]:
        name = f"措施{number}现场照片（示例）"
        yield EvidenceDraft(name, example_photo(name, number), day, Source.DEMONSTRATION, "整改后现场", "_2")
    if number in plan["minuted"]:
        minutes = SimpleUploadedFile("会议纪要（示例）.txt", MINUTES.encode())
        yield EvidenceDraft("专题会议纪要（示例）", minutes, day, Source.DEMONSTRATION, "同一次会议研究的几条措施共用", "_3")


def renew(plan: Mapping[str, Any], measure: Measure, actor: User) -> None:
    """Hand in a second version where the plan says so."""
    if measure.number not in plan["renewed"]:
        return
    measure.refresh_from_db()
    first = measure.evidence.order_by("pk")[0]
    file = example_pdf(f"{first.name}（盖章版）", f"{measure.number} (2)")
    update_evidence(actor=actor, evidence=first, file=file, note="示例：换成加盖公章的扫描件")


def example_photo(name: str, label: str) -> SimpleUploadedFile:
    """A drawn picture that says on its face that it is an example."""
    image = Image.new("RGB", PHOTO_SIZE, "#dfe7ee")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 420, *PHOTO_SIZE), fill="#9fb59a")
    draw.rectangle((300, 220, 660, 440), fill="#f4f1ea", outline="#6b7680", width=4)
    draw.text((330, 300), f"EXAMPLE - NOT A REAL PHOTO\nJiandi demonstration, measure {label}", fill="#33404d")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return SimpleUploadedFile(f"{name}.jpg", out.getvalue(), content_type="image/jpeg")
