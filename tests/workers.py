"""Celery workers as processes of their own, against the private Redis and the test's own PostgreSQL database."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.celery import app
from scripts.processes import Group

PATIENCE = 60.0
TICK = 0.05


def wait_until(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Ask again and again until ``holds``; fail naming ``what`` did not come."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(TICK)


def database_url() -> str:
    """The address of the database the test itself is using."""
    place = connection.settings_dict
    return f"postgres://{quote(place['USER'])}@{place['HOST']}:{place['PORT']}/{quote(place['NAME'])}"


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DATA_DIR": str(settings.DATA_DIR),
        "LOG_LEVEL": "INFO",
    }


class Workers:
    def __init__(self) -> None:
        self.group = Group()

    def start(self, *options: str, **env: str) -> str:
        """Start one more worker and wait until it takes tasks; its name."""
        number = len(self.group.children) + 1
        name = f"test-{os.getpid()}-{number}@localhost"
        command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--concurrency=1", "--hostname", name, *options]
        with self.log(name).open("wb") as log:
            self.group.start(name, command, env={**environment(), **env}, cwd=settings.BASE_DIR, output=log)
        wait_until(lambda: self._answers(name), f"the worker {name}; its log: {self.log(name)}")
        return name

    def clock(self, **env: str) -> str:
        """Start one more beat; its name."""
        name = f"beat-{os.getpid()}-{len(self.group.children) + 1}"
        schedule = Path(settings.DATA_DIR) / f"{name}.schedule"
        command = [
            sys.executable,
            "-m",
            "celery",
            "--app",
            "config",
            "beat",
            "--schedule",
            str(schedule),
            "--pidfile",
            "",
            "--loglevel=INFO",
        ]
        with self.log(name).open("wb") as log:
            self.group.start(name, command, env={**environment(), **env}, cwd=settings.BASE_DIR, output=log)
        return name

    def kill(self, name: str) -> None:
        """As by a power cut: it and all its children at once."""
        os.killpg(self.group.children[name].pid, signal.SIGKILL)
        self.group.children[name].wait()

    def log(self, name: str) -> Path:
        return Path(settings.DATA_DIR) / f"{name}.log"

    def _answers(self, name: str) -> bool:
        assert self.group.children[name].poll() is None, self.log(name).read_text(errors="replace")
        return any(name in answer for answer in app.control.ping(destination=[name], timeout=0.5) or ())

    def end(self) -> None:
        self.group.end()
        app.control.purge()
