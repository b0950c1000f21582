"""``manage.py load_demo``: the demonstration ledger, loaded once through the services."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.loader import load


class Command(BaseCommand):
    """Idempotent: a house that has the demonstration already is left as it is."""

    help = "Load the demonstration ledger (the published notice of Shaxian 2025)."

    def handle(self, *args: Any, **options: Any) -> str:
        if settings.PRODUCTION:
            raise CommandError("演示数据带有公开密码的账号，不能载入生产环境")
        inspection = load(settings.BASE_DIR / "fixtures" / "shaxian-2025")
        if inspection is None:
            return "演示台账已经载入，保持原样"
        return f"已载入演示台账：{inspection}，{inspection.issues.count()} 个问题，台账流水 {inspection.book.entries.count()} 条"
