"""Production by hand: the processes of docker-compose.yml without Docker, on free ports, under the production settings.

Needs the private PostgreSQL and Redis of `make test`; a test that asks for ``production_stack`` is marked `postgres`.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.environment import ROOT
from scripts.processes import Group
from scripts.servers import HOST, free_port
from tests import made_databases
from tests.workers import wait_until

SITE = "ledger.example"
# The tests' own broker is Redis database 0.
REDIS_DATABASE = 7


@dataclass
class ProductionStack:
    """gunicorn, one worker and one beat on a new database; plain HTTP, as nginx would hand it on."""

    folder: Path
    port: int
    env: dict[str, str]
    group: Group = field(default_factory=Group)

    def manage(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**self.env, **extra}, capture_output=True, text=True, check=False)

    def prepare(self) -> None:
        """What the one-shot service `migrate` does."""
        for command in (("migrate", "--no-input"), ("collectstatic", "--no-input", "--verbosity=0"), ("publish_site",)):
            done = self.manage(*command)
            assert done.returncode == 0, done.stderr

    def start(self) -> None:
        python = [sys.executable, "-m"]
        bind = ["--bind", f"{HOST}:{self.port}"]
        beat = ["--schedule", str(self.folder / "celerybeat-schedule"), "--pidfile", str(self.folder / "celerybeat.pid")]
        self._spawn("web", [*python, "gunicorn", "--config", "deploy/gunicorn.conf.py", *bind, "config.wsgi"])
        self._spawn("worker", [*python, "celery", "--app", "config", "worker", "--loglevel=INFO", "--concurrency=1"])
        self._spawn("beat", [*python, "celery", "--app", "config", "beat", "--loglevel=INFO", *beat])
        wait_until(self._is_up, f"production; its logs: {self.logs()}")

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """One request as nginx hands it on. The answer's body is still to be read."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        given = {"Host": SITE, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", **(headers or {})}
        connection.request(method, path, body, given)
        return connection.getresponse()

    def logs(self) -> str:
        return "\n".join(f"-- {log.stem}\n{log.read_text(errors='replace')[-4000:]}" for log in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        self.group.end()

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.group.start(name, command, env=self.env, cwd=ROOT, output=log)

    def _is_up(self) -> bool:
        ended = self.group.first_ended()
        assert ended is None, f"{ended} ended:\n{self.logs()}"
        try:
            answer = self.request("GET", "/readyz")
        except OSError:
            return False
        with answer:
            return answer.status == 200 and json.load(answer) == {"status": "up"}


def production_environment(database_url: str, redis_url: str, folder: Path) -> dict[str, str]:
    """The variables of docker-compose.yml's application services, with values for this machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return {
        **kept,
        "JIANDI_MODE": "production",
        "DEBUG": "0",
        "JIANDI_DEMO": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": SITE,
        "CSRF_TRUSTED_ORIGINS": "",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "EVIDENCE_MAX_BYTES": str(20 * 1024 * 1024),
        "EVIDENCE_MAX_FILES": "10",
        "EVIDENCE_MAX_MEASURE_BYTES": str(200 * 1024 * 1024),
        "TIME_ZONE": "Asia/Shanghai",
        "SESSION_IDLE_MINUTES": "60",
        "TRUSTED_PROXY_COUNT": "1",
        "LOG_LEVEL": "INFO",
        "WEB_CONCURRENCY": "2",
    }


@contextmanager
def fresh_database(prefix: str, template: str = "template0") -> Iterator[str]:
    """The address of a new database on the private PostgreSQL, empty or a copy of ``template``; dropped afterwards."""
    name = f"{prefix}_{secrets.token_hex(4)}"
    made_databases.create(name, template)
    try:
        yield made_databases.address_of(name)
    finally:
        made_databases.drop(name)


@pytest.fixture
def production_database() -> Iterator[str]:
    """Migrated already, so that `migrate` finds nothing to do. The production walk begins with an empty one."""
    with fresh_database("production", made_databases.migrated()) as address:
        yield address


@pytest.fixture
def production_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="jiandi-production-") as folder:
        yield Path(folder)


@pytest.fixture
def production_unstarted(production_database: str, production_folder: Path) -> Iterator[ProductionStack]:
    """Migrated, with nothing running yet: ``stack.start()`` when the first accounts are there."""
    redis = f"{os.environ['JIANDI_TEST_REDIS_URL']}/{REDIS_DATABASE}"
    stack = ProductionStack(production_folder, free_port(), production_environment(production_database, redis, production_folder))
    stack.prepare()
    yield stack
    stack.end()


@pytest.fixture
def production_stack(production_unstarted: ProductionStack) -> ProductionStack:
    """Migrated and running: web, worker and beat."""
    production_unstarted.start()
    return production_unstarted
