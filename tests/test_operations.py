"""The commands, the locks, and production's refusals: what an operator relies on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.environment import ROOT
from scripts.run import NOT_INHERITED
from scripts.servers import HOST, free_port
from tests.production import SITE, ProductionStack, production_environment
from tests.workers import wait_until

APPLICATION_SERVICES = ("migrate", "web", "worker", "beat")
# deploy/gunicorn.conf.py reads it, not the settings.
GUNICORN_ONLY = {"WEB_CONCURRENCY"}
OFFICE = {"JIANDI_ACCOUNT_NAME": "王主任", "JIANDI_ACCOUNT_USERNAME": "wang", "JIANDI_ACCOUNT_PASSWORD": "correct-horse-battery"}


def settings_variables() -> set[str]:
    return set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", (ROOT / "config" / "settings.py").read_text()))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def example_variables() -> set[str]:
    return set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


# -- the compose file and the settings know the same variables -------------------------------------------------------


@pytest.mark.parametrize("service", APPLICATION_SERVICES)
@pytest.mark.once
def test_compose_and_settings_know_the_same_variables(service: str) -> None:
    given = set(compose()["services"][service]["environment"]) - GUNICORN_ONLY
    assert given == settings_variables()


@pytest.mark.once
def test_example_file_names_every_variable() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert example_variables() == settings_variables() | GUNICORN_ONLY | asked


@pytest.mark.once
def test_every_secret_is_demanded_from_the_environment() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(r"\$\{" + name + r"(?!\w)[^}]*\}", text)
        assert uses
        assert all(use.startswith(f"${{{name}:?") for use in uses), uses


@pytest.mark.once
def test_every_service_has_a_health_check_and_keeps_its_data_in_a_named_volume() -> None:
    services = compose()["services"]
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    named = set(compose()["volumes"])
    for name in ("postgres", "redis", "web", "worker", "beat"):
        assert {volume.split(":")[0] for volume in services[name]["volumes"]} <= named


# -- production refuses unsafe values ---------------------------------------------------------------------------------

UNSAFE = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "short key": ({"SECRET_KEY": "a1b2c3d4e5"}, "SECRET_KEY"),
    "dull key": ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY"),
    "the development key": ({"SECRET_KEY": "jiandi-development-key-that-production-refuses-to-start-with"}, "SECRET_KEY"),
    "a short former key": ({"SECRET_KEY_FALLBACKS": "a1b2c3d4e5"}, "SECRET_KEY_FALLBACKS"),
    "the development key as a former one": (
        {"SECRET_KEY_FALLBACKS": "jiandi-development-key-that-production-refuses-to-start-with"},
        "SECRET_KEY_FALLBACKS",
    ),
    "debug": ({"DEBUG": "1"}, "DEBUG"),
    "demonstration": ({"JIANDI_DEMO": "1"}, "JIANDI_DEMO"),
    "no host": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
    "any host": ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    "any host among others": ({"ALLOWED_HOSTS": "ledger.example,*"}, "ALLOWED_HOSTS"),
    "no database": ({"DATABASE_URL": ""}, "DATABASE_URL"),
    "SQLite": ({"DATABASE_URL": "sqlite:///ledger.sqlite3"}, "DATABASE_URL"),
    "no Redis": ({"REDIS_URL": ""}, "REDIS_URL"),
    "an unknown mode": ({"JIANDI_MODE": "prod"}, "JIANDI_MODE"),
}


def django_check(folder: Path, changes: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    env = {**production_environment("postgres://jiandi@127.0.0.1/jiandi", "redis://127.0.0.1/0", folder), **changes}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.once
def test_safe_production_values_pass_the_deployment_check(tmp_path: Path) -> None:
    checked = django_check(tmp_path, {})
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


@pytest.mark.parametrize("case", UNSAFE)
@pytest.mark.once
def test_production_refuses(case: str, tmp_path: Path) -> None:
    changes, variable = UNSAFE[case]
    checked = django_check(tmp_path, changes)
    assert checked.returncode != 0
    assert re.search(rf"ImproperlyConfigured: .*\b{variable}\b", checked.stderr)


@pytest.mark.once
def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("file-" + "0123456789abcdefghij" * 3 + "\n")
    unset = {"SECRET_KEY": ""}
    assert django_check(tmp_path, unset).returncode != 0
    assert django_check(tmp_path, {**unset, "SECRET_KEY_FILE": str(tmp_path / "key")}).returncode == 0


ROTATED = """
import sys
import django
django.setup()
from django.conf import settings
from apps.units.encryption import decrypted, encrypted
if sys.argv[1] == "write":
    print(encrypted("what the public writes", "一封来信"))
else:
    print(decrypted("what the public writes", sys.argv[2]), len(settings.SECRET_KEY_FALLBACKS))
"""


def with_keys(folder: Path, key: str, former: str, *asked: str, **more: str) -> str:
    """What a process of its own says that has these keys from its environment."""
    env = {**production_environment("postgres://jiandi@127.0.0.1/jiandi", "redis://127.0.0.1/0", folder), "SECRET_KEY": key, **more}
    env |= {"SECRET_KEY_FALLBACKS": former, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", ROTATED, *asked], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.once
def test_what_was_encrypted_before_the_key_changed_is_read_with_the_former_keys(tmp_path: Path) -> None:
    first, second, third = (f"{name}-" + "0123456789abcdefghij" * 3 for name in ("first", "second", "third"))
    old, newer = with_keys(tmp_path, first, "", "write"), with_keys(tmp_path, second, first, "write")
    for written in (old, newer):
        assert with_keys(tmp_path, third, f"{second}, {first}", "read", written) == "一封来信 2"
    file = tmp_path / "former"
    file.write_text(f"{second}\n{first}\n")
    assert with_keys(tmp_path, third, "", "read", old, SECRET_KEY_FALLBACKS_FILE=str(file)) in ("一封来信 2",)
    # the controls: without its key a text is lost, and a new text is made with the new key alone
    assert with_keys(tmp_path, third, second, "read", old) == "None 1"
    assert with_keys(tmp_path, second, "", "read", newer) == "一封来信 0"


# -- production starts, and does not start with a published password --------------------------------------------------


@pytest.mark.postgres
def test_production_starts_and_answers_with_its_headers(production_stack: ProductionStack) -> None:
    with production_stack.request("GET", "/accounts/login/") as answer:
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert cookies
        assert all(re.match(r"__Host-\w+=", cookie) and "Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)
    with production_stack.request("GET", "/accounts/login/", headers={"X-Forwarded-Proto": "http"}) as answer:
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{SITE}/accounts/login/")
    with production_stack.request("GET", "/accounts/login/", headers={"Host": "other.example"}) as answer:
        assert answer.status == 400


DEMO_ACCOUNT = """
from apps.units.models import Role
from apps.units.services import create_user
create_user(actor=None, username="office", name="演示", role=Role.OFFICE, password="jiandi-demo", is_demo=True)
"""
STOP_DEMO_ACCOUNT = """
from apps.units.models import User
from apps.units.services import disable_user
disable_user(actor=None, user=User.objects.get(username="office"), reason="投入正式使用")
"""
ENTRY_POINTS = {
    "preflight": ("manage.py", "preflight"),
    "web": ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"{HOST}:0", "config.wsgi"),
    "worker": ("-m", "celery", "--app", "config", "worker", "--concurrency=1"),
    "beat": ("-m", "celery", "--app", "config", "beat"),
}


@pytest.mark.postgres
def test_production_does_not_start_while_a_demonstration_account_is_active(production_unstarted: ProductionStack) -> None:
    stack = production_unstarted
    made = stack.manage("shell", "-c", DEMO_ACCOUNT, JIANDI_MODE="development")
    assert made.returncode == 0, made.stderr
    for command in ENTRY_POINTS.values():
        refused = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=60, check=False
        )
        assert refused.returncode != 0, command
        assert "demonstration accounts" in refused.stdout + refused.stderr, command
    stopped = stack.manage("shell", "-c", STOP_DEMO_ACCOUNT, JIANDI_MODE="development")
    assert stopped.returncode == 0, stopped.stderr
    ready = stack.manage("preflight")
    assert ready.returncode == 0, ready.stderr
    stack.start()


@pytest.mark.postgres
def test_production_does_not_start_before_its_tables_are_made(production_unstarted: ProductionStack) -> None:
    assert production_unstarted.manage("preflight").returncode == 0
    assert production_unstarted.manage("migrate", "reports", "zero").returncode == 0
    refused = production_unstarted.manage("preflight")
    assert refused.returncode != 0
    assert "reports.0001_initial" in refused.stderr


# -- make -------------------------------------------------------------------------------------------------------------


def make(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**run_environment(), **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run_environment() -> dict[str, str]:
    ours = {*NOT_INHERITED, *settings_variables()}
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("MAKE")} | {
        "PYTHON": sys.executable
    }


@pytest.mark.once
def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets
    said = make("help")
    assert said.returncode == 0
    assert re.findall(r"^  make (\w+)", said.stdout, re.MULTILINE) == targets[1].split()


def lines_of_ours(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said, without make's own last word."""
    return [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith("make: ***")]


@pytest.mark.once
def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = make("run", f"PORT={port}", f"DATA={tmp_path}")
    assert said.returncode != 0
    assert len(lines_of_ours(said)) == 1
    assert f"端口 {port} 已被占用" in said.stderr


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
@pytest.mark.once
def test_an_impossible_port_is_said_in_one_line(port: str, tmp_path: Path) -> None:
    said = make("run", f"PORT={port}", f"DATA={tmp_path}")
    assert said.returncode != 0
    assert len(lines_of_ours(said)) == 1
    assert f"PORT={port}" in said.stderr


@pytest.mark.once
def test_a_missing_python_is_said_in_one_line() -> None:
    said = make("run", PYTHON="no-such-python")
    assert said.returncode != 0
    assert len(lines_of_ours(said)) == 1
    assert "Python 3.11" in said.stderr


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


class RunningHouse:
    """`make run DEMO=0` as a terminal would start it: leader of a process group of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        given = {"DATA": str(data), "PORT": str(self.port), "DEMO": "0", **OFFICE}
        self.log = (data.parent / "run.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env={**run_environment(), **given},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self) -> str:
        return Path(self.log.name).read_text()

    def wait_until_up(self) -> None:
        wait_until(lambda: "Ctrl-C" in self.said() or self.process.poll() is not None, "make run", seconds=120)
        assert self.process.poll() is None, self.said()

    def processes(self) -> list[int]:
        """Every process that works on this data folder, whoever its parent is by now."""
        listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
        ours = (str(self.data), f"{HOST}:{self.port}")
        found = [line.split(None, 1) for line in listed.splitlines() if any(mark in line for mark in ours)]
        return [int(pid) for pid, _command in found]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.log.close()


@dataclass(frozen=True)
class FirstSetup:
    """`make setup` on a new data folder: what it said, and the folder as it left it."""

    data: Path
    said: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def unmanned(tmp_path_factory: pytest.TempPathFactory) -> FirstSetup:
    """With nobody to sign in, and no terminal to ask for the first account. The tables are made by then, which takes longest."""
    data = tmp_path_factory.mktemp("unmanned") / "data"
    return FirstSetup(data, make("setup", f"DATA={data}", "DEMO=0"))


@pytest.fixture(scope="session")
def prepared(unmanned: FirstSetup, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that `make setup DEMO=0` has made."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    shutil.copytree(unmanned.data, data, symlinks=True)
    made = make("setup", f"DATA={data}", "DEMO=0", **OFFICE)
    assert made.returncode == 0, made.stderr
    return data


@pytest.fixture
def house(prepared: Path, tmp_path: Path) -> Iterator[RunningHouse]:
    shutil.copytree(prepared, tmp_path / "data", symlinks=True)
    running = RunningHouse(tmp_path / "data")
    yield running
    running.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.once
def test_an_interrupt_ends_every_process(house: RunningHouse, number: signal.Signals) -> None:
    house.wait_until_up()
    wait_until(lambda: len(house.processes()) >= 6, "gunicorn and its two, the worker, its child and the clock")
    with urllib.request.urlopen(f"http://{HOST}:{house.port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    house.process.send_signal(number)
    assert house.process.wait(60) == 0, house.said()
    assert house.processes() == []
    assert "Traceback" not in house.said()


@pytest.mark.once
def test_when_one_process_dies_all_end_and_the_reason_is_said(house: RunningHouse) -> None:
    house.wait_until_up()
    worker = next(pid for pid in house.processes() if "celery" in command_of(pid))
    os.kill(worker, signal.SIGKILL)
    assert house.process.wait(60) == 1
    assert "后台任务已停止" in house.said()
    wait_until(lambda: house.processes() == [], "the last of the processes to end")


def command_of(pid: int) -> str:
    return subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


@pytest.mark.once
def test_a_second_run_on_the_same_data_is_refused_in_one_line(house: RunningHouse) -> None:
    house.wait_until_up()
    said = make("run", f"PORT={free_port()}", f"DATA={house.data}", "DEMO=0")
    assert said.returncode != 0
    assert len(lines_of_ours(said)) == 1
    assert "另一个 make run" in said.stderr


@pytest.mark.once
def test_an_empty_ledger_without_a_terminal_says_which_variables_are_missing(unmanned: FirstSetup) -> None:
    assert unmanned.said.returncode != 0
    assert all(name in unmanned.said.stderr for name in OFFICE)
    assert "Traceback" not in unmanned.said.stderr


@pytest.mark.once
def test_a_weak_first_password_is_refused_in_chinese(unmanned: FirstSetup, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(unmanned.data, data, symlinks=True)
    said = make("setup", f"DATA={data}", "DEMO=0", **{**OFFICE, "JIANDI_ACCOUNT_PASSWORD": "short"})
    assert said.returncode != 0
    assert "密码" in said.stderr
    assert "Traceback" not in said.stderr
