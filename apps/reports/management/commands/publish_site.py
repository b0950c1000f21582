"""``manage.py publish_site``: write the public site's files again, whatever stands there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.reports.publishing.writing import publish_site


class Command(BaseCommand):
    """For an installation, an upgrade, or a PUBLIC_DIR that was lost; publications and the clock need no command."""

    help = "Write the files of the public site (PUBLIC_DIR)."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"已写好公开网站，共 {publish_site()} 个文件"
