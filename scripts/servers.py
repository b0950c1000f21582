"""A private PostgreSQL and private Redises in a temporary folder, on free ports of the loopback address, for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import TICK, Group
from scripts.trouble import Trouble

HOST = "127.0.0.1"
ROLE = "jiandi"
START_SECONDS = 60
# The cluster dies with the run: nothing is lost by not waiting for the disk.
POSTGRES_OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Rows of a test are never committed: statistics taken between tests would tell the planner that the tables are empty.
    "autovacuum": "off",
    "max_connections": "120",
    "log_statement": "none",
}


@dataclass(frozen=True)
class Servers:
    """Where they are, and a folder that lives as long as they do."""

    folder: Path
    database_url: str
    redis_urls: tuple[str, ...]


def postgres_program(name: str) -> str | None:
    """Debian keeps the server's programs out of PATH; the newest release is taken."""
    releases = Path("/usr/lib/postgresql").glob("*/bin")
    places = sorted(releases, key=lambda folder: float(folder.parent.name), reverse=True)
    return shutil.which(name, path=os.pathsep.join(map(str, places))) or shutil.which(name)


def redis_program() -> str | None:
    return shutil.which("redis-server")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(*, redises: int) -> Iterator[Servers]:
    """One PostgreSQL and ``redises`` Redises, ended and removed on every way out."""
    folder = Path(tempfile.mkdtemp(prefix="jiandi-servers-"))
    group = Group()
    try:
        folder.chmod(0o711)
        database_url = _start_postgres(group, folder / "postgres")
        names = (f"redis-{number}" for number in range(redises))
        yield Servers(folder, database_url, tuple(_start_redis(group, folder / name) for name in names))
    finally:
        group.end()
        shutil.rmtree(folder, ignore_errors=True)


def _start_postgres(group: Group, home: Path) -> str:
    initdb, postgres = postgres_program("initdb"), postgres_program("postgres")
    if not (initdb and postgres):
        raise Trouble("PostgreSQL's server programs (initdb, postgres) were not found.")
    home.mkdir(mode=0o700)
    user = _owner()
    if user is not None:
        os.chown(home, user, -1)
    data, port = home / "data", free_port()
    create = [initdb, "--pgdata", str(data), "--username", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(create, cwd=home, user=user, capture_output=True, text=True, check=False)
    if made.returncode:
        raise Trouble(f"PostgreSQL could not make its files: {made.stderr.strip()}")
    options = [part for name, value in POSTGRES_OPTIONS.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        group.start(
            "PostgreSQL", [postgres, "-D", str(data), "-p", str(port), *options], cwd=home, output=log, user=user, stop=signal.SIGINT
        )
    _wait_for(group, "PostgreSQL", port, home / "log", accepts="database system is ready to accept connections")
    return f"postgres://{ROLE}@{HOST}:{port}/postgres"


def _owner() -> int | None:
    """PostgreSQL refuses to run as root: the account to use instead, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return known.get("postgres", known["nobody"])


def _start_redis(group: Group, home: Path) -> str:
    program = redis_program()
    if not program:
        raise Trouble("redis-server was not found.")
    home.mkdir(mode=0o700)
    port = free_port()
    command = [program, "--port", str(port), "--bind", HOST, "--dir", str(home), "--save", "", "--appendonly", "no"]
    with (home / "log").open("wb") as log:
        group.start(home.name, command, cwd=home, output=log)
    _wait_for(group, home.name, port, home / "log", accepts="eady to accept connections")
    return f"redis://{HOST}:{port}"


def _wait_for(group: Group, name: str, port: int, log: Path, *, accepts: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while group.children[name].poll() is None and time.monotonic() < deadline:
        if accepts in log.read_text(errors="replace"):
            return
        time.sleep(TICK)
    raise Trouble(f"{name} did not start on port {port}: {log.read_text(errors='replace')[-1000:].strip()}")
