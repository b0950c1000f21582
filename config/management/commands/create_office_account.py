"""`manage.py create_office_account`: the first account of an empty house, asked for at the terminal or taken from the environment."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.units.errors import ActRefused
from apps.units.models import Role, User
from apps.units.services import create_user

TRIES = 3


class Command(BaseCommand):
    help = "Create the rectification office's first account. Without a terminal: JIANDI_OFFICE_NAME, _USERNAME and _PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-none", action="store_true", help="do nothing when there is an active office account")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_none"] and User.objects.filter(role=Role.OFFICE, is_active=True).exists():
            return
        if not sys.stdin.isatty():
            self._create(**self._from_environment())
            return
        self.stdout.write("请设置第一个整改办账号。")
        for left in reversed(range(TRIES)):
            try:
                self._create(**self._from_terminal())
                return
            except CommandError as refusal:
                if not left:
                    raise
                self.stderr.write(f"{refusal} 请重新填写。")

    def _create(self, name: str, username: str, password: str) -> None:
        try:
            create_user(actor=None, username=username, name=name, role=Role.OFFICE, password=password)
        except ActRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"整改办账号 {username} 已建立。")

    def _from_environment(self) -> dict[str, str]:
        names = {"name": "JIANDI_OFFICE_NAME", "username": "JIANDI_OFFICE_USERNAME", "password": "JIANDI_OFFICE_PASSWORD"}
        missing = [name for name in names.values() if not os.environ.get(name)]
        if missing:
            raise CommandError(f"没有终端可供输入，请用环境变量给出 {'、'.join(missing)}。")
        return {key: os.environ[name] for key, name in names.items()}

    def _from_terminal(self) -> dict[str, str]:
        name = input("姓名：").strip()
        username = input("登录名：").strip()
        password = getpass.getpass("密码（至少 12 个字符，输入时不显示）：")
        if password != getpass.getpass("再输一次密码："):
            raise CommandError("两次输入的密码不一致。")
        return {"name": name, "username": username, "password": password}
