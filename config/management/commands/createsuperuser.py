"""In place of Django's own command: this house has no superusers (三员分立), and every account has its entry in the book."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "There are no superusers here; use create_account."

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "本系统没有超级用户。请用 manage.py create_account（整改办）或 manage.py create_account --role admin（系统管理员）。"
        )
