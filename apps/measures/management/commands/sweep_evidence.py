"""``manage.py sweep_evidence``: files of evidence that no record names, left behind by acts that were rolled back, are removed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.measures.services.files import sweep


class Command(BaseCommand):
    help = "清理佐证材料库中没有任何记录引用、且存放超过一天的文件；可以重复执行。"

    def handle(self, *args: Any, **options: Any) -> None:
        removed = sweep()
        for digest in removed:
            self.stdout.write(digest)
        self.stdout.write(f"清理 {len(removed)} 个文件")
