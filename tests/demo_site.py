"""The demonstration as a visitor finds it: a database of its own with the demonstration ledger, served by a real gunicorn.

One site for all tests marked `browser`. They share its rows, so each works on measures, issues and accounts of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect

from scripts.environment import ROOT
from scripts.processes import Group
from scripts.run import DEMO_PASSWORD
from scripts.servers import HOST, free_port
from tests import made_databases
from tests.browser import DESKTOP, PATIENCE, watched
from tests.production import fresh_database
from tests.workers import wait_until

# Redis databases 0 and 7 are the tests' own and production's.
REDIS_DATABASE = 5


@dataclass
class DemoSite:
    """The address of the demonstration, and for each login the cookies of one sign-in."""

    folder: Path
    port: int
    env: dict[str, str]
    browser: Browser
    group: Group = field(default_factory=Group)
    states: dict[str, StorageState] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        for command in (("migrate", "--verbosity=0"), ("collectstatic", "--no-input", "--verbosity=0"), ("load_demo",), ("publish_site",)):
            self.manage(*command)

    def manage(self, *command: str) -> None:
        """What the operator types, or what a job of the workers does: the demonstration itself has no worker."""
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"{HOST}:{self.port}", "config.wsgi"]
        with self.log.open("wb") as log:
            self.group.start("web", command, env=self.env, cwd=ROOT, output=log)
        wait_until(self._is_up, f"the demonstration; its log: {self.log}")

    @property
    def log(self) -> Path:
        return self.folder / "web.log"

    def _is_up(self) -> bool:
        assert self.group.first_ended() is None, self.log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, query: str) -> Any:
        """The one value that a query over the site's database gives: the number of a row for an address."""
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone()
        finally:
            connection.close()
        assert row is not None, query
        assert row[0] is not None, query
        return row[0]

    def context(self, login: str = "", *, viewport: ViewportSize = DESKTOP, scripts: bool = True) -> BrowserContext:
        """A browser of that person, signed in; of a visitor when no login is named."""
        context = self.browser.new_context(
            base_url=self.address,
            storage_state=self._state(login) if login else None,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=viewport,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE)
        return context

    def _state(self, login: str) -> StorageState:
        if login not in self.states:
            context = self.context()
            sign_in(context.new_page(), login)
            self.states[login] = context.storage_state()
            context.close()
        return self.states[login]


def sign_in(page: Page, login: str, password: str = DEMO_PASSWORD) -> None:
    """Through the form, as anybody does."""
    page.goto("/accounts/login/")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page).not_to_have_url(f"{page.url.split('/accounts')[0]}/accounts/login/")


def site_environment(database_url: str, redis_url: str, folder: Path) -> dict[str, str]:
    """What `make run` sets, with PostgreSQL and Redis in place of the embedded ones."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return {
        **kept,
        "DEBUG": "0",
        "JIANDI_MODE": "development",
        "JIANDI_DEMO": "1",
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "browser-tests-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "LOG_LEVEL": "WARNING",
        "WEB_CONCURRENCY": "1",
    }


@pytest.fixture(scope="session")
def demo_site(chromium_browser: Browser) -> Iterator[DemoSite]:
    """Up for the whole session; prepared by the first of the workers whose test asks for it, and copied by the others."""
    redis = f"{os.environ['JIANDI_TEST_REDIS_URL']}/{REDIS_DATABASE}"
    prepared = Path(os.environ["JIANDI_TEST_FOLDER"]) / "demonstration"

    def prepare(database: str) -> None:
        shutil.rmtree(prepared, ignore_errors=True)
        prepared.mkdir()
        DemoSite(prepared, free_port(), site_environment(database, redis, prepared), chromium_browser).prepare()

    template = made_databases.made("demonstration", made_databases.migrated(), prepare)
    with tempfile.TemporaryDirectory(prefix="jiandi-demo-") as place, fresh_database("demo", template) as database:
        folder = Path(place)
        shutil.copytree(prepared, folder, symlinks=True, dirs_exist_ok=True)
        site = DemoSite(folder, free_port(), site_environment(database, redis, folder), chromium_browser)
        try:
            site.start()
            yield site
        finally:
            site.group.end()


Visit = Callable[..., Page]


@pytest.fixture
def visit(demo_site: DemoSite) -> Iterator[Visit]:
    """``visit("office")`` is a page of that person's browser; script errors and policy violations on it fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(login: str = "", *, viewport: ViewportSize = DESKTOP, scripts: bool = True) -> Page:
        context = demo_site.context(login, viewport=viewport, scripts=scripts)
        contexts.append(context)
        return watched(context.new_page(), problems)

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, f"{problems}\n{demo_site.log.read_text(errors='replace')[-3000:]}"
