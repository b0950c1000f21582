"""`manage.py create_account`: the first accounts of an empty house, asked for at the terminal or taken from the environment.

Later accounts are opened by the system administrator in the browser.
"""

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
    help = "Create an account without a unit (default role: office). Without a terminal: JIANDI_ACCOUNT_NAME, _USERNAME and _PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        roles = [role.value for role in Role if role != Role.LIAISON]
        parser.add_argument("--role", choices=roles, default=Role.OFFICE.value, help="what the person does (default: office)")
        parser.add_argument("--if-none", action="store_true", help="do nothing when there is an active account with the role")

    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        if options["if_none"] and User.objects.filter(role=role, is_active=True).exists():
            return
        if not sys.stdin.isatty():
            self._create(role, **self._from_environment())
            return
        self.stdout.write(f"请设置“{role.label}”账号。")
        for left in reversed(range(TRIES)):
            try:
                self._create(role, **self._from_terminal())
                return
            except EOFError as ended:
                raise CommandError("没有输入，账号没有建立。") from ended
            except CommandError as refusal:
                if not left:
                    raise
                self.stderr.write(f"{refusal} 请重新填写。")

    def _create(self, role: Role, name: str, username: str, password: str) -> None:
        try:
            create_user(actor=None, username=username, name=name, role=role, password=password)
        except ActRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{role.label}账号 {username} 已建立。")

    def _from_environment(self) -> dict[str, str]:
        names = {"name": "JIANDI_ACCOUNT_NAME", "username": "JIANDI_ACCOUNT_USERNAME", "password": "JIANDI_ACCOUNT_PASSWORD"}
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
