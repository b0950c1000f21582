"""``manage.py renew_secrets``: after SECRET_KEY was changed, what the former key encrypted is encrypted with the present one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.reports.services import renew_secrets


class Command(BaseCommand):
    help = "更换 SECRET_KEY 以后，把旧密钥加密的内容改用现在的密钥加密，以后可以去掉旧密钥；可以重复执行。"

    def handle(self, *args: Any, **options: Any) -> None:
        done = renew_secrets()
        for label, count in done.changed.items():
            self.stdout.write(f"{label}：重新加密 {count} 处")
        self.stdout.write(f"共重新加密 {sum(done.changed.values())} 处")
        if done.unreadable:
            lost = "，".join(f"{label} {count} 处" for label, count in done.unreadable.items())
            raise CommandError(f"还有读不出来的：{lost}。请把加密它们的旧密钥加进 SECRET_KEY_FALLBACKS，再执行一次")
        self.stdout.write("所有加密内容都用现在的密钥，可以从 SECRET_KEY_FALLBACKS 中去掉旧密钥")
