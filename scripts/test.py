"""`make test`: every check, then every test on SQLite and again on PostgreSQL + Redis. Also `make lint`, `make pytest`, `make fmt`.

All is one pytest run, so that one closing line counts both: one pytest-xdist worker on SQLite and, as everything takes longer
there, two on PostgreSQL, each with a Redis of its own. tests/sharing_out.py gives each test to one worker of each database;
tests/conftest.py says which tests are not for both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from scripts import needs, servers
from scripts.environment import DEVELOPMENT_LOCK, ROOT, VENV, fetch_assets, install
from scripts.trouble import Trouble, ending_orderly

BIN = VENV / "bin"
PYTHON_FILES = ("apps", "config", "scripts", "tests", "deploy", "manage.py")
# What a shell may hold for something else.
NOT_INHERITED = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DATA_DIR",
    "DEBUG",
    "JIANDI_DEMO",
    "JIANDI_MODE",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "STATIC_ROOT",
)
# Workers on PostgreSQL.
ON_POSTGRES = 2
# Values of the right shape; the checks open no connection.
PRODUCTION = {
    "JIANDI_MODE": "production",
    "SECRET_KEY": "check-deploy-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "ledger.example",
    "CSRF_TRUSTED_ORIGINS": "https://ledger.example",
    "DATABASE_URL": "postgres://jiandi@127.0.0.1/jiandi",
    "REDIS_URL": "redis://127.0.0.1/0",
}


def checks() -> list[tuple[str, list[str], Mapping[str, str]]]:
    """Name, command and extra environment of each check; they do not depend on each other."""
    manage = [str(BIN / "python"), "manage.py"]
    return [
        ("ruff", [str(BIN / "ruff"), "check", *PYTHON_FILES], {}),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", *PYTHON_FILES], {}),
        ("mypy", [str(BIN / "mypy")], {}),
        ("djlint", [str(BIN / "djlint"), "templates", "--lint", "--quiet"], {}),
        ("djlint format", [str(BIN / "djlint"), "templates", "--check"], {}),
        ("import-linter", [str(BIN / "lint-imports")], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in NOT_INHERITED}


def lint() -> list[str]:
    """Run every check, so that one run shows all findings; the names of those that failed."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="jiandi-lint-") as data:
        for name, command, extra in checks():
            print(f"== {name}", flush=True)
            env = {**clean_environment(), "DATA_DIR": data, **extra}
            if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
                failed.append(name)
    return failed


def pytest(arguments: Sequence[str]) -> int:
    on_postgres = [f"--tx=popen//env:JIANDI_TEST_ON=postgres//env:JIANDI_TEST_REDIS={number}" for number in range(ON_POSTGRES)]
    # In the order of tests/sharing_out.py: pytest-xdist would begin with the files of many tests, and most of these are quick.
    workers = ["--dist=loadfile", "--no-loadscope-reorder", "--tx=popen//env:JIANDI_TEST_ON=sqlite", *on_postgres]
    with servers.running(redises=ON_POSTGRES) as started:
        env = {
            **clean_environment(),
            "JIANDI_TEST_DATABASE_URL": started.database_url,
            "JIANDI_TEST_FOLDER": str(started.folder),
            "JIANDI_TEST_REDIS_URLS": " ".join(started.redis_urls),
            "JIANDI_CHROMIUM": needs.chromium() or "",
        }
        return subprocess.run([str(BIN / "pytest"), *workers, *arguments], cwd=ROOT, env=env, check=False).returncode


def fmt() -> int:
    commands = (
        [BIN / "ruff", "check", "--fix", *PYTHON_FILES],
        [BIN / "ruff", "format", *PYTHON_FILES],
        [BIN / "djlint", "templates", "--reformat", "--quiet"],
    )
    for command in commands:
        subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    return 0


def everything() -> int:
    needs.provide()
    failed = lint()
    # Before the tests, whose closing line stays the last one.
    print(f"== checks failed: {', '.join(failed)}" if failed else "== all checks passed", flush=True)
    return pytest(["-q"]) or bool(failed)


def main() -> int:
    what, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    install(DEVELOPMENT_LOCK)
    fetch_assets()
    if what == "lint":
        failed = lint()
        if failed:
            raise Trouble(f"Failed: {', '.join(failed)}.")
        return 0
    if what == "pytest":
        needs.provide()
        return pytest(arguments)
    return fmt() if what == "fmt" else everything()


if __name__ == "__main__":
    sys.exit(ending_orderly(main))
