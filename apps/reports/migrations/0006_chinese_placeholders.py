"""Placeholders in the prose of drafts have Chinese names: those who write it read Chinese."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAMES = {
    "categories": "方面数",
    "issues": "问题数",
    "measures": "措施数",
    "regulations": "制度数",
    "led": "领办数",
    "groups": "督查组数",
    "meetings": "会议数",
    "finished": "完成措施数",
    "long_term": "长期措施数",
    "closed": "销号数",
    "remaining": "未销号数",
    "democratic_life_on": "民主生活会日期",
    "on_site": "进驻起止",
    "feedback_on": "反馈日期",
}
PROSE = ("lead", "section_one", "section_three", "invitation")


def renamed(apps: Apps, names: dict[str, str]) -> None:
    for notice in apps.get_model("reports", "Notice").objects.all():
        for field in PROSE:
            text = getattr(notice, field)
            for old, new in names.items():
                text = text.replace(f"{{{old}}}", f"{{{new}}}")
            setattr(notice, field, text)
        notice.save(update_fields=PROSE)


def to_chinese(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    renamed(apps, NAMES)


def to_english(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    renamed(apps, {new: old for old, new in NAMES.items()})


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_rendering_attempts")]
    operations = [migrations.RunPython(to_chinese, to_english)]
