"""`manage.py changepassword LOGIN`: for whoever runs the machine, when nobody can sign in any more. In place of Django's own
command, which would leave no entry in the book."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.units.errors import ActRefused
from apps.units.models import User
from apps.units.services import set_password


class Command(BaseCommand):
    help = "Give an account a new password, with an entry in the book. Without a terminal: JIANDI_ACCOUNT_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"没有登录名“{options['username']}”，请核对。")
        try:
            set_password(actor=None, user=user, password=self._password())
        except ActRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"账号 {user.username} 的密码已经更换，并记入台账。")

    def _password(self) -> str:
        if not sys.stdin.isatty():
            given = os.environ.get("JIANDI_ACCOUNT_PASSWORD")
            if not given:
                raise CommandError("没有终端可供输入，请用环境变量 JIANDI_ACCOUNT_PASSWORD 给出新密码。")
            return given
        password = getpass.getpass("新密码（至少 12 个字符，输入时不显示）：")
        if password != getpass.getpass("再输一次新密码："):
            raise CommandError("两次输入的密码不一致。")
        return password
