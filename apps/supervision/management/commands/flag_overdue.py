"""``manage.py flag_overdue [--on DATE]``: what the hourly job does, by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.supervision.models import Flag
from apps.supervision.services import derive_timeliness


class Command(BaseCommand):
    help = "按整改时限、填报、督查单和分期计划生成提示，解除不再成立的提示；可以重复执行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", metavar="DATE", help="按这一天计算，如 2026-03-01；不写为各轮次所在时区的今天")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            today = dt.date.fromisoformat(options["on"]) if options["on"] else None
        except ValueError as error:
            raise CommandError(f"日期 {options['on']} 不存在，请写成 2026-03-01 的样子") from error
        for done in derive_timeliness(today=today):
            self.stdout.write(
                f"{done.inspection}（截至 {done.today}）：新提示 {done.raised} 条，再次提示 {done.reopened} 条，解除 {done.cleared} 条"
            )
            for kind, (raised, reopened, cleared) in done.kinds.items():
                self.stdout.write(f"  {Flag.Kind(kind).label}：新提示 {raised} 条，再次提示 {reopened} 条，解除 {cleared} 条")
            for kind, year in done.paused.items():
                self.stdout.write(f"  {Flag.Kind(kind).label}：{year} 年的节假日安排尚未载入，暂停")
