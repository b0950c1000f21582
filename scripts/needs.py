"""What the tests need from the machine: found, or as root on Debian installed, or named together with the way to install it."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.servers import postgres_program, redis_program
from scripts.trouble import Trouble

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
MACOS_FONT = Path("/System/Library/Fonts/PingFang.ttc")


@dataclass(frozen=True)
class Need:
    name: str
    debian: str
    elsewhere: str
    found: Callable[[], object]


def chromium() -> str | None:
    """JIANDI_CHROMIUM, else the browser of the machine."""
    chosen = os.environ.get("JIANDI_CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    named = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return named or next((str(place) for place in CHROMIUM_PLACES if place.exists()), None)


def nginx() -> str | None:
    """JIANDI_NGINX, else the one of the machine; Debian keeps it where only root looks."""
    chosen = os.environ.get("JIANDI_NGINX")
    return shutil.which(chosen) if chosen else shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def chinese_font() -> bool:
    if MACOS_FONT.exists():
        return True
    lister = shutil.which("fc-list")
    return bool(lister and subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def pango() -> bool:
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))


NEEDS = (
    Need(
        "PostgreSQL server (initdb, postgres)",
        "postgresql",
        "brew install postgresql",
        lambda: postgres_program("initdb") and postgres_program("postgres"),
    ),
    Need("Redis server (redis-server)", "redis-server", "brew install redis", redis_program),
    Need("Chromium (or its path in JIANDI_CHROMIUM)", "chromium", "brew install --cask chromium", chromium),
    Need("nginx (or its path in JIANDI_NGINX)", "nginx", "brew install nginx", nginx),
    Need("Pango (renders PDF papers)", "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "brew install pango", pango),
    Need("a font with Chinese characters (fc-list :lang=zh)", "fontconfig fonts-noto-cjk", "part of macOS", chinese_font),
)


def provide() -> None:
    """Install what is missing where we may, and fail naming each that is still missing: nothing is skipped."""
    missing = [need for need in NEEDS if not need.found()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([package for need in missing for package in need.debian.split()])
        missing = [need for need in NEEDS if not need.found()]
    if missing:
        packages = " ".join(need.debian for need in missing)
        lines = [f"  - {need.name}: apt-get install {need.debian} | {need.elsewhere}" for need in missing]
        raise Trouble("\n".join(["The tests need what this machine does not have:", *lines, f"Debian: sudo apt-get install {packages}"]))


def _install(packages: list[str]) -> None:
    print(f"Installing {' '.join(packages)} ...", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=env, stdout=subprocess.DEVNULL, check=False)
    subprocess.run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], env=env, stdout=subprocess.DEVNULL, check=False
    )
